"""One model behind a port, on as many workers as a Ray cluster has room for:

    serve run model_utils.replicas.worker:app model=small replicas=2

Each connection keeps its worker and with it the text it is reading; a new one goes to whoever has least to do. Leaves
out: the page, and everything that is computed from rows of logits.
"""

import asyncio
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from ray import serve

from model_utils import load
from model_utils.errors import TsuzukiError
from model_utils.lm import LM, Session

from .messages import Advance, Answer, Asked, Begin, Facts, Keep, Read, Text, answer_of, error_of, pack

CONNECTIONS = 32
"""Texts on their way that one worker holds at most; further ones wait."""

api = FastAPI()


def facts_of(lm: LM) -> Facts:
    vocabulary = lm.vocabulary
    return Facts(
        model=lm.model,
        revision=lm.revision,
        vocab_size=lm.vocab_size,
        context_length=lm.context_length,
        bos_id=lm.bos_id,
        end_ids=sorted(lm.end_ids),
        pieces=[vocabulary.spell(token_id) for token_id in range(lm.vocab_size)],
        special=sorted(vocabulary.special),
        strips_first_space=vocabulary.strips_first_space,
    )


async def _answers(session: Session, asked: Asked) -> Any:
    """Yields the answers to one message, the work itself in a thread."""
    if isinstance(asked, Keep):
        await asyncio.to_thread(session.keep)
        yield Answer()
    elif isinstance(asked, Advance):
        rows = await asyncio.to_thread(session.advance, asked.parents, asked.ids)
        yield answer_of(rows) if asked.wanted else Answer()
    elif isinstance(asked, Read):
        left, parts = len(asked.ids), session.read(asked.ids)
        while left:
            part = await asyncio.to_thread(parts.__next__)
            left -= len(part)
            if asked.wanted:
                yield answer_of(part, more=left > 0)
        if not asked.wanted or not asked.ids:
            yield Answer()


def _response(message: Any, status: int = 200) -> Response:
    return Response(pack(message), status, media_type="application/msgpack")


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
        asked = msgspec.msgpack.decode(await request.body(), type=Text)
        cut = {"encode": self.lm.encode, "encode_on": self.lm.encode_on, "encode_chat": self.lm.encode_chat}[asked.how]
        try:
            return Response(msgspec.msgpack.encode(cut(asked.text)))
        except TsuzukiError as error:
            return _response(error_of(error), 400)

    @api.post("/logits")
    async def logits(self, request: Request) -> Response:
        batch = msgspec.msgpack.decode(await request.body(), type=list[list[int]])
        return _response(answer_of(await asyncio.to_thread(self.lm.logits, batch)))

    @api.websocket("/text")
    async def text(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                asked: Asked = msgspec.msgpack.decode(await socket.receive_bytes(), type=Asked)
                if isinstance(asked, Begin):
                    session = self.lm.session(asked.ids)
                    await socket.send_bytes(pack(Answer(number=session.length)))
                    continue
                async for answer in _answers(session, asked):
                    await socket.send_bytes(pack(answer))
        except WebSocketDisconnect:
            pass


def app(args: dict[str, str]) -> serve.Application:
    """What `serve run` starts. `model` as `load` takes it, `replicas` at most so many, `cpus` and `gpus` for each."""
    most = int(args.get("replicas", 1))
    deployment = serve.deployment(
        name="tsuzuki",
        max_ongoing_requests=CONNECTIONS,
        autoscaling_config={
            "min_replicas": int(args.get("at_least", most)),
            "max_replicas": most,
            "target_ongoing_requests": 2,
        },
        ray_actor_options={"num_cpus": float(args.get("cpus", 1)), "num_gpus": float(args.get("gpus", 0))},
    )
    application: serve.Application = deployment(Worker).bind(args.get("model", ""))
    return application
