"""The app's host names, and the origins that may ask it for work.

    TSUZUKI_HOSTS=class.example,*.school.example   names that it answers to besides this machine's own; * for any

Another site can point a name of its own to this machine and then read the app from its page (DNS rebinding). So only
known names are answered. An address in digits belongs to no site, and is always answered. Leaves out: refusals
(`door`).
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from msgspec import Struct

VARIABLE = "TSUZUKI_HOSTS"
LOCAL = ("localhost", "*.localhost")
SPACES = ("*.hf.space",)
"""Hosts of Hugging Face's Spaces, beside the name in SPACE_HOST."""


class Hosts(Struct, frozen=True):
    """The names that are answered, as patterns in which * stands for any letters."""

    names: tuple[str, ...]
    told: tuple[str, ...] = ()
    """Names set by a person: behind a proxy, the page has one of them, unlike the request."""

    @staticmethod
    def read(environment: Mapping[str, str] = os.environ, served_at: str = "") -> Hosts:
        """`served_at` is the address or name at which the app listens."""
        told = tuple(filter(None, (name.strip().lower() for name in environment.get(VARIABLE, "").split(","))))
        here = socket.gethostname().lower()
        own = [here, f"{here}.local", name_of(served_at)]
        space = (environment.get("SPACE_HOST", "").lower(), *SPACES) if "SPACE_ID" in environment else ()
        return Hosts((*LOCAL, *filter(None, [*own, *space]), *told), told)

    def answers(self, host: str) -> bool:
        """Whether a request for this host, with a port or without, is answered. None at all comes from no browser."""
        name = name_of(host)
        return not host or _is_address(name) or _is_among(name, self.names)

    def is_own_page(self, origin: str, host: str, site: str) -> bool:
        """Whether the page that asks is the app's own.

        `origin` and `site` are the headers ``Origin`` and ``Sec-Fetch-Site``, "" if missing: then it is no browser. The
        second is the browser's own judgement, which no proxy on the way can spoil.
        """
        if site:
            return site in ("same-origin", "none")
        if not origin:
            return True
        parts = urlsplit(origin)
        return parts.netloc.lower() == _without_default_port(host, parts.scheme) or _is_among(
            name_of(parts.netloc), self.told
        )


def name_of(host: str) -> str:
    """A host without its port, its brackets, and the dot at its end."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return (name.rpartition(":")[0] if name.count(":") == 1 else name).rstrip(".")


def _without_default_port(host: str, scheme: str) -> str:
    default = {"http": ":80", "https": ":443"}.get(scheme, "")
    return host.lower().removesuffix(default) if default else host.lower()


def _is_address(name: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(name.partition("%")[0]))
    return False


def _is_among(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
