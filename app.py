"""Serves the page, or writes one into a file:

    python app.py                http://127.0.0.1:7860; --host and --port: page/command.py
    python app.py export --help  a page in a file: viz/command.py

Leaves out: how (`page/__main__.py`).
"""

from __future__ import annotations

from page.__main__ import main

if __name__ == "__main__":
    main()
