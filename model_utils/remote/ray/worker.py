"""One model behind a port, on as many workers as a Ray cluster has room for:

    serve run model_utils.remote.ray.worker:app model=small replicas=2

Each connection keeps its worker, which holds its text; a new one goes to the least busy worker. Leaves out: the page,
and everything that is computed from rows of logits.
"""

from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field
from ray import serve

from model_utils import load
from model_utils.errors import InvalidMessage, TsuzukiError
from model_utils.lm import LM

from .messages import LARGEST_ASKED, Answer, Facts, error_of, pack
from .reading import Reading, encoded, facts_of, logits

CONNECTIONS = 32
"""Texts on their way that one worker holds at most; further ones wait."""

api = FastAPI()


def _response(message: Answer | Facts, status: int = 200) -> Response:
    return Response(pack(message), status, media_type="application/msgpack")


async def _body(request: Request) -> bytes:
    """Raises InvalidMessage for one that is too large, as soon as it is."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_ASKED:
            raise InvalidMessage(reason=f"it is larger than {LARGEST_ASKED} bytes")
    return bytes(body)


# Ray takes the class as it is here: what it uses stands above it, and FastAPI reads its annotations as they are.
@serve.ingress(api)
class Worker:
    """One copy of the model."""

    def __init__(self, model: str) -> None:
        self.lm: LM = load(model or None)

    @api.get("/model")
    async def model(self) -> Response:
        return _response(facts_of(self.lm))

    @api.post("/encode")
    async def encode(self, request: Request) -> Response:
        try:
            return Response(encoded(self.lm, await _body(request)))
        except TsuzukiError as error:
            return _response(error_of(error), 400)

    @api.post("/logits")
    async def logits(self, request: Request) -> Response:
        try:
            return _response(await logits(self.lm, await _body(request)))
        except TsuzukiError as error:
            return _response(error_of(error), 400)

    @api.websocket("/text")
    async def text(self, socket: WebSocket) -> None:
        await socket.accept()
        reading = Reading(self.lm)
        try:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                async for answer in reading.answers(message.get("bytes") or (message.get("text") or "").encode()):
                    await socket.send_bytes(pack(answer))
        except WebSocketDisconnect:
            pass


class Arguments(BaseModel, extra="forbid"):
    """What stands behind `serve run model_utils.remote.ray.worker:app`, as NAME=VALUE."""

    model: str = Field("", description="as `load` takes it")
    replicas: int = Field(1, ge=1, description="the most workers")
    at_least: int | None = Field(None, ge=0, description="the fewest, also where there is nothing to do")
    cpus: float = Field(1, ge=0, description="for each worker")
    gpus: float = Field(0, ge=0, description="for each worker")


def app(args: Arguments) -> serve.Application:
    """The app that `serve run` starts. Invalid arguments are refused before anything starts."""
    asked = Arguments.model_validate(args)
    deployment = serve.deployment(
        name="tsuzuki",
        max_ongoing_requests=CONNECTIONS,
        autoscaling_config={
            "min_replicas": asked.replicas if asked.at_least is None else asked.at_least,
            "max_replicas": asked.replicas,
            "target_ongoing_requests": 2,
        },
        ray_actor_options={"num_cpus": asked.cpus, "num_gpus": asked.gpus},
    )
    application: serve.Application = deployment(Worker).bind(asked.model)
    return application
