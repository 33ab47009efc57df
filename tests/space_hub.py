"""A hub of one process that takes a Space as the real one does: large and binary files by LFS, and else a refusal.

It speaks what `hf` speaks without Xet: create, preupload, LFS batches, commits. Leaves out: Xet, which the real hub
prefers, and everything that reads (`tests/hub.py`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

from .served import answering

LARGEST = 10 * 2**20
"""Most bytes of a file without LFS."""
SHA = "0123456789abcdef0123456789abcdef01234567"


def needs_lfs(content: bytes, size: int) -> bool:
    """`content` may be the beginning of the file."""
    return size > LARGEST or b"\0" in content


class SpaceHub(BaseHTTPRequestHandler):
    """`files` are those of the one Space, `large` the names of those uploaded by LFS, `created` the create request."""

    protocol_version = "HTTP/1.1"
    files: ClassVar[dict[str, bytes]]
    large: ClassVar[set[str]]
    created: ClassVar[dict[str, Any]]
    stored: ClassVar[dict[str, bytes]]
    unknown: ClassVar[list[str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0]
        if path == "/api/repos/create":
            self.created.update(json.loads(body))
            self.json({"url": f"http://{self.headers['Host']}/spaces/user/name", "id": "user/name"})
        elif re.fullmatch(r"/api/spaces/user/name/preupload/main", path):
            self.json({"files": [self.mode_of(file) for file in json.loads(body)["files"]]})
        elif path == "/spaces/user/name.git/info/lfs/objects/batch":
            objects = [self.place_for(one) for one in json.loads(body)["objects"]]
            self.json({"transfer": "basic", "objects": objects}, kind="application/vnd.git-lfs+json")
        elif re.fullmatch(r"/api/spaces/user/name/commit/main", path):
            self.commit([json.loads(line) for line in body.splitlines()])
        elif path == "/api/validate-yaml":
            self.json({"errors": [], "warnings": []})
        else:
            self.refuse(404, path)

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/api/spaces/user/name/tree/main":
            tree = [{"type": "file", "path": name, "size": len(raw), "oid": SHA} for name, raw in self.files.items()]
            self.json(tree)
        elif re.fullmatch(r"/api/spaces/user/name(/revision/main)?", path):
            siblings = [{"rfilename": name} for name in self.files]
            self.json({"id": "user/name", "sha": SHA, "siblings": siblings, "tags": [], "private": False})
        else:
            self.refuse(404, path)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        oid = self.path.rpartition("/")[2]
        if hashlib.sha256(content).hexdigest() != oid:
            return self.refuse(400, "other bytes than announced")
        self.stored[oid] = content
        return self.json({})

    def mode_of(self, file: dict[str, Any]) -> dict[str, Any]:
        is_large = needs_lfs(base64.b64decode(file["sample"]), file["size"])
        return {"path": file["path"], "uploadMode": "lfs" if is_large else "regular", "shouldIgnore": False}

    def place_for(self, one: dict[str, Any]) -> dict[str, Any]:
        return {**one, "actions": {"upload": {"href": f"http://{self.headers['Host']}/upload/{one['oid']}"}}}

    def commit(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                content = base64.b64decode(value["content"])
                if needs_lfs(content, len(content)):
                    return self.refuse(400, f"{value['path']}: larger than 10 MiB or binary, and no LFS")
                self.files[value["path"]] = content
            elif line["key"] == "lfsFile":
                self.files[value["path"]] = self.stored[value["oid"]]
                self.large.add(value["path"])
            elif line["key"] == "deletedFile":
                del self.files[value["path"]]
        place = f"http://{self.headers['Host']}/spaces/user/name/commit/{SHA}"
        return self.json({"commitUrl": place, "commitOid": SHA, "success": True})

    def refuse(self, status: int, why: str) -> None:
        self.unknown.append(f"{self.command} {why}")
        self.json({"error": why}, status)

    def json(self, data: Any, status: int = 200, kind: str = "application/json") -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests read `unknown`."""


@contextmanager
def space_hub(files: dict[str, bytes]) -> Iterator[tuple[str, type[SpaceHub]]]:
    """The address of a hub with the Space user/name, and the class whose attributes a test looks at."""
    empty: dict[str, Any] = {"large": set(), "created": {}, "stored": {}, "unknown": []}
    served = type("Served", (SpaceHub,), {"files": files, **empty})
    with answering(served) as address:
        yield address, served
