"""State that all visitors of this process share: models in memory, the job queue, and the runs of each page.

Leaves out: what only one visitor has, which the browser keeps.
"""

from __future__ import annotations

import logging
import os

from gradio.context import LocalContext

from model_utils import load
from model_utils.catalog import names
from model_utils.serving.http.uploads import Uploads, own_folder
from model_utils.serving.job_queue import Desk
from model_utils.serving.limits import Limits
from model_utils.serving.metrics import Metrics
from model_utils.serving.model_cache import Loaded
from model_utils.serving.rates import address_of
from model_utils.views.lecture.lessons import read_lessons

from .latest import Latest
from .serving import zero_gpu

LARGEST_FILE_MB = 20

log = logging.getLogger("tsuzuki")
limits = Limits.read()
models = Loaded(lambda name: load(limits.admitted(name)))
offered = [*names(), *limits.models]
checkpoints = Loaded(load, capacity=8)
"""Small models, wanted all together."""
metrics = Metrics()


def visitor() -> str | None:
    """The client address of the current event, or None outside of one."""
    asked = LocalContext.request.get(None)
    inner = getattr(asked, "request", None)
    return address_of(inner.scope.get("client")) if inner else None


desk = Desk(note=metrics.note, start=zero_gpu.start, whose=visitor)
metrics.watch(desk)
lessons, lesson_troubles = read_lessons()
uploads = Uploads(own_folder(), LARGEST_FILE_MB * 10**6)
# Gradio looks for uploads there, too.
os.environ["GRADIO_TEMP_DIR"] = str(uploads.folder)
runs, tables = Latest(), Latest()
"""The run, and the table, that each open page waits for."""
