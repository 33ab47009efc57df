"""Address of the page: the requested port, or the first free one from 7860 on.

Leaves out: serving.
"""

from __future__ import annotations

import errno
import os
import socket
import sys

PORT = 7860
TRIED = 100
EVERYWHERE = ("0.0.0.0", "::")


def free_port(host: str, asked_for: int | None) -> int:
    """The requested port, or the first free one from 7860 on. Exits with a sentence if there is none."""
    for port in range(PORT, PORT + TRIED) if asked_for is None else (asked_for,):
        trouble = _trouble(host, port)
        if not trouble:
            return port
        if asked_for is not None or trouble.errno != errno.EADDRINUSE:
            sys.exit(_sentence(trouble, host, port))
    sys.exit(f"Ports {PORT} to {PORT + TRIED - 1} are all in use. Choose another one with --port.")


def url(host: str, port: int) -> str:
    """The page's URL on this machine."""
    name = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def _trouble(host: str, port: int) -> OSError | None:
    """Why no server can listen there; None where one can."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        with socket.socket(family, kind) as tried:
            if os.name == "posix":  # As servers do: a port that a server has just left is free.
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except (OSError, UnicodeError) as error:
        return error if isinstance(error, OSError) else OSError(str(error))
    return None


def _sentence(trouble: OSError, host: str, port: int) -> str:
    if trouble.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program. End that one, or choose another port with --port."
    if trouble.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} is not open to this user. Choose one from 1024 on with --port."
    return f"{host} is no address of this machine. Use --host 127.0.0.1, or 0.0.0.0 for all of its addresses."
