"""A process of its own that asks /health again and again, and at the end tells how long each answer took.

    python -m tests.benchmarks.probe http://127.0.0.1:7860/     until its input is closed

Leaves out: what goes on meanwhile (`hostile`).
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit

EVERY_SECONDS = 0.02


def probe(url: str) -> list[float]:
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    waits = []
    while not ended.wait(EVERY_SECONDS):
        begin = time.perf_counter()
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()
        waits.append(time.perf_counter() - begin)
    return waits


if __name__ == "__main__":
    print(json.dumps(probe(sys.argv[1])))
