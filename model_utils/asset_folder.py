"""The folder of all files but code: models, lessons, examples, locales, and the page's and the player's scripts.

A wheel carries them inside this package, where no other package's can lie. Leaves out: which files there are.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CARRIED = _PACKAGE / "assets"
ASSETS = _CARRIED if _CARRIED.is_dir() else _PACKAGE.parent / "assets"
