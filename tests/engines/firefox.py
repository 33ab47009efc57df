"""Firefox, the system's own, over WebDriver BiDi, which it speaks by itself.

Leaves out: what a window can do in every browser (`window`).
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from selenium.common import WebDriverException
from selenium.webdriver.remote.websocket_connection import WebSocketConnection

from .window import PATIENCE_S, Window

BINARY = shutil.which("firefox-esr") or shutil.which("firefox")
ANSWER_S = 0.005


def prefs(language: str, is_dark: bool) -> dict[str, Any]:
    """The reader's languages and theme; whatever is not on this machine is behind a proxy that is not there."""
    return {
        "intl.accept_languages": language,
        "intl.locale.requested": language,
        "ui.systemUsesDarkTheme": int(is_dark),
        "layout.css.prefers-color-scheme.content-override": 0 if is_dark else 1,
        "network.proxy.type": 1,
        **{f"network.proxy.{kind}": "127.0.0.1" for kind in ("http", "ssl")},
        **{f"network.proxy.{kind}_port": 9 for kind in ("http", "ssl")},
        "security.sandbox.content.level": 0,
    }


class Firefox(Window):
    def __init__(self, language: str = "en-US", *, is_dark: bool = False, width: int = 1280, height: int = 900) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in prefs(language, is_dark).items()]
        Path(self._profile.name, "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [
            str(BINARY),
            "--headless",
            "--remote-debugging-port",
            "0",
            "--profile",
            self._profile.name,
            "about:blank",
        ]
        said = Path(self._profile.name, "said")
        with said.open("wb") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out)
        self._socket = WebSocketConnection(f"{self._address(said)}/session", PATIENCE_S, ANSWER_S)
        self._send("session.new", {"capabilities": {}})
        self._context = self._send("browsingContext.getTree", {})["contexts"][0]["context"]
        self.resize(width, height)

    def _address(self, said: Path) -> str:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self._process.poll() is None:
            if found := re.search(r"BiDi listening on (ws://\S+)", said.read_text("utf-8", errors="replace")):
                return found[1]
            time.sleep(0.05)
        raise RuntimeError(f"Firefox did not start: {said.read_text('utf-8', errors='replace')[-2000:]}")

    def _send(self, method: str, params: dict[str, Any]) -> Any:
        answer = self._socket.send_cmd(method, params)
        if "error" in answer:
            raise WebDriverException(f"{answer['error']}: {answer.get('message')}")
        return answer["result"]

    def goto(self, url: str) -> None:
        self._send("browsingContext.navigate", {"context": self._context, "url": url, "wait": "complete"})

    def evaluate(self, script: str) -> Any:
        # As text: BiDi's own values are trees of their own.
        wrapped = f"(async () => JSON.stringify(await ({script})) ?? 'null')()"
        asked = {
            "expression": wrapped,
            "target": {"context": self._context},
            "awaitPromise": True,
            "userActivation": False,
        }
        found = self._send("script.evaluate", asked)
        if found["type"] == "exception":
            raise WebDriverException(found["exceptionDetails"]["text"])
        return json.loads(found["result"]["value"])

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._send("input.performActions", {"context": self._context, "actions": actions})

    def resize(self, width: int, height: int) -> None:
        self._send(
            "browsingContext.setViewport", {"context": self._context, "viewport": {"width": width, "height": height}}
        )

    def picture(self, path: Path) -> None:
        path.write_bytes(
            base64.b64decode(self._send("browsingContext.captureScreenshot", {"context": self._context})["data"])
        )

    def close(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(30)
        self._profile.cleanup()
