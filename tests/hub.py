"""A fake hub in one process: serves folders to huggingface_hub as the real one does, and records the requests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

from tests.served import answering

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """`repos` maps an id to its files. `asked` holds the paths, `broken` the status that everything gets."""

    repos: ClassVar[dict[str, dict[str, bytes]]]
    asked: ClassVar[list[str]]
    broken: ClassVar[int | None]
    missing: ClassVar[str] = "missing-revision"

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.asked.append(f"{self.command} {path}")
        if self.broken:
            return self.answer(self.broken, b"")
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "models"] and parts[-1] == COMMIT and "tree" in parts:
            return self.tree("/".join(parts[2 : parts.index("tree")]))
        if parts[:2] == ["api", "models"] and self.missing in parts:
            return self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        if parts[:2] == ["api", "models"]:
            return self.info("/".join(parts[2:4]))
        if "resolve" in parts:
            at = parts.index("resolve")
            return self.file("/".join(parts[:at]), "/".join(parts[at + 2 :]))
        return self.answer(404, b"")

    do_HEAD = do_GET

    def info(self, repo: str) -> None:
        if repo not in self.repos:
            return self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        siblings = [{"rfilename": name} for name in self.repos[repo]]
        return self.json({"id": repo, "modelId": repo, "sha": COMMIT, "siblings": siblings, "tags": []})

    def tree(self, repo: str) -> None:
        self.json([{"type": "file", "path": n, "size": len(b), "oid": _oid(b)} for n, b in self.repos[repo].items()])

    def file(self, repo: str, name: str) -> None:
        if repo not in self.repos:
            return self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})
        if name not in self.repos[repo]:
            return self.answer(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        body = self.repos[repo][name]
        return self.answer(200, body, {"ETag": f'"{_oid(body)}"', "X-Repo-Commit": COMMIT})

    def json(self, data: Any) -> None:
        self.answer(200, json.dumps(data).encode(), {"Content-Type": "application/json"})

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests read `asked`."""


def _oid(body: bytes) -> str:
    return hashlib.sha1(body).hexdigest()


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def serving(repos: dict[str, dict[str, bytes]]) -> Iterator[tuple[str, type[Hub]]]:
    """The address, and the class whose `asked` and `broken` a test looks at and sets."""
    served = type("Served", (Hub,), {"repos": repos, "asked": [], "broken": None})
    with answering(served) as address:
        yield address, served
