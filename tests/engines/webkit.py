"""WebKit as the system's WebKitGTK has it: about what Safari and every browser of an iPhone draw with.

Leaves out: what a window can do in every browser (`window`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.remote.command import Command

from .window import PATIENCE_S, Window

DRIVER = shutil.which("WebKitWebDriver")
SCREEN = shutil.which("Xvfb")


class Screen:
    """A screen that nobody sees, with a number of its own."""

    def __init__(self) -> None:
        reads, writes = os.pipe()
        size = ["-screen", "0", "1920x1200x24", "-nolisten", "tcp"]
        self._process = subprocess.Popen(
            [str(SCREEN), "-displayfd", str(writes), *size],
            pass_fds=[writes],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writes)
        with os.fdopen(reads) as said:
            self.name = f":{said.readline().strip()}"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


class WebKit(Window):
    def __init__(self, language: str = "en-US", *, is_dark: bool = False, width: int = 1280, height: int = 900) -> None:
        self._screen = Screen()
        locale = language.replace("-", "_")
        spoken = dict.fromkeys(("LANGUAGE", "LANG", "LC_ALL"), f"{locale}.UTF-8")
        own = {"DISPLAY": self._screen.name, **spoken, "GDK_BACKEND": "x11"}
        theme = {"GTK_THEME": "Adwaita:dark"} if is_dark else {}
        options = webdriver.WebKitGTKOptions()
        options.add_argument("--automation")
        service = webdriver.WebKitGTKService(executable_path=DRIVER, env={**os.environ, **own, **theme})
        self._driver = webdriver.WebKitGTK(options=options, service=service)
        self._driver.set_script_timeout(PATIENCE_S)
        self.resize(width, height)

    def goto(self, url: str) -> None:
        self._driver.get(url)

    def evaluate(self, script: str) -> Any:
        asked = f"(async () => JSON.stringify(await ({script})) ?? 'null')()"
        answer = "then(value => done([value]), error => done(String(error)))"
        found = self._driver.execute_async_script(f"const done = arguments[0]; {asked}.{answer}")
        if isinstance(found, str):
            raise RuntimeError(found)
        return json.loads(found[0])

    def act(self, actions: list[dict[str, Any]]) -> None:
        self._driver.execute(Command.W3C_ACTIONS, {"actions": actions})

    def resize(self, width: int, height: int) -> None:
        self._driver.set_window_rect(0, 0, width, height)
        inner = self.evaluate("[innerWidth, innerHeight]")
        self._driver.set_window_rect(0, 0, 2 * width - inner[0], 2 * height - inner[1])

    def picture(self, path: Path) -> None:
        self._driver.save_screenshot(str(path))

    def close(self) -> None:
        self._driver.quit()
        self._screen.close()
