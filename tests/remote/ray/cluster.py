"""A Ray cluster on this machine with a model on so many workers; runs until it is told to end:

python -m tests.remote.ray.cluster PORT REPLICAS MODEL
"""

from __future__ import annotations

import signal
import sys

import ray
from ray import serve

from model_utils.remote.ray.worker import Arguments, app

if __name__ == "__main__":
    port, replicas, model = sys.argv[1:]
    quiet = {"include_dashboard": False, "log_to_driver": False}
    ray.init("local", num_cpus=int(replicas) + 1, object_store_memory=100_000_000, **quiet)
    serve.start(http_options={"host": "127.0.0.1", "port": int(port)})
    serve.run(app(Arguments(model=model, replicas=int(replicas))))
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    serve.shutdown()
    ray.shutdown()
