"""The bytes that each token adds to a text; joined, they are the output of the tokenizer's decoder.

A decoder maps a list of tokens to a text, and a token's part of it depends on its place: WordPiece puts a space before
every token but the first, a Metaspace drops the first one's, an end-of-word mark is a space once another token follows.
So a token is spelled in a state: the decoder's memory of the tokens before it. Parts of a character are given as bytes,
where the decoder gives U+FFFD. Leaves out: labels (`vocabulary`), and special tokens, which are no text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from .byte_tokens import byte_level, fallback_byte

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

State: TypeAlias = Hashable
NO_DECODER = "null"
SPACE = "▁"
"""How SentencePiece writes a space."""
EVERY = 2**31
NEUTRAL = "a"
"""A token of this text brings a speller to the middle of a text."""

_CLEANUPS = (
    *((" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m")),
    *((" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")),
)
"""What WordPiece takes the spaces from, in this order."""


def text_of(raw: bytes) -> str:
    """A token as text, with lone surrogates, which a vocabulary may have and a text may not."""
    return raw.decode("utf-8", "surrogatepass")


class Unspellable(ValueError):
    """The part of a decoder without bytes per token; no full stop."""


class Spelling(Protocol):
    """A `Vocabulary`'s source of bytes: `start` is the state before any token, `within` that in the middle of a text.
    `name` names a special token."""

    @property
    def start(self) -> State: ...
    @property
    def within(self) -> State: ...
    def name(self, token_id: int) -> bytes: ...
    def push(self, state: State, token_id: int) -> tuple[bytes, State]: ...


class Plain:
    """Every token adds the same bytes wherever it stands."""

    start = within = 0

    def __init__(self, piece: Callable[[int], bytes]) -> None:
        self.name = piece

    def push(self, state: State, token_id: int) -> tuple[bytes, State]:
        return self.name(token_id), state


Piece: TypeAlias = tuple[State, bytes, bool]
"""The state after a piece, its bytes, and whether it begins an entry of the list that one part of a decoder passes to
the next; if not, it continues one."""


class _Part(NamedTuple):
    """One part of a decoder. `push` takes a state, bytes, and whether they begin an entry."""

    push: Callable[[Any, bytes, bool], Piece]
    start: State = None
    takes_parts: bool = True
    """Whether an entry may come in several pieces."""
    joins: bool = False
    """Whether it makes one entry of several, and remembers nothing but where that begins."""
    asks: bool = False
    """Whether it matters to it where an entry begins."""
    ends_late: bool = False
    """Whether it gives the end of an entry with the next one. Only `Fuse` may follow."""


class DecoderSpelling:
    """The spelling of a decoder as the `tokenizers` library describes it in JSON; `token` gives the text of an id.

    Raises Unspellable for a decoder without bytes per token.
    """

    def __init__(self, decoder: str, token: Callable[[int], str | None]) -> None:
        self.decoder = decoder
        self.token = token
        self._parts = _parts(json.loads(decoder))
        self.start: State = tuple(part.start for part in self._parts)
        ended = next((d["suffix"] for d in _flat(json.loads(decoder)) if d["type"] == "BPEDecoder"), "")
        self.marks_ends = bool(ended)
        """Whether `push` may raise Unspellable, for a token with an end-of-word mark inside it."""
        _, self.within = self.push_text(self.start, NEUTRAL + ended)

    def name(self, token_id: int) -> bytes:
        """The token as it is written in the vocabulary."""
        return (self.token(token_id) or "").encode("utf-8", "surrogatepass")

    def push(self, state: State, token_id: int) -> tuple[bytes, State]:
        """The bytes of an id in this state, and the state behind it. An id without a token adds nothing."""
        text = self.token(token_id)
        return (b"", state) if text is None else self.push_text(state, text)

    def push_text(self, state: Any, text: str) -> tuple[bytes, State]:
        raw, begins, states = text.encode("utf-8", "surrogatepass"), True, []
        for part, before in zip(self._parts, state, strict=True):
            after, raw, begins = part.push(before, raw, begins)
            states.append(after)
        return raw, tuple(states)


def _flat(decoder: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The parts of a decoder in their order."""
    if decoder is None:
        return [{"type": NO_DECODER}]
    if decoder["type"] != "Sequence":
        return [decoder]
    return [part for inner in decoder["decoders"] for part in _flat(inner)]


def _parts(decoder: dict[str, Any] | None) -> list[_Part]:
    made: list[_Part] = []
    for described in _flat(decoder):
        kind = described["type"]
        if kind not in _KINDS:
            raise Unspellable(f"its decoder {kind} is none whose tokens can be spelled one by one")
        part = _KINDS[kind](described)
        if not part.takes_parts and any(before.joins for before in made):
            raise Unspellable(f"its decoder applies {kind} to a text that was joined before")
        if made and made[-1].ends_late and kind != "Fuse":
            raise Unspellable(f"its decoder applies {kind} to words whose ends it has marked before")
        made.append(part)
    return _without_idle_states(made)


def _without_idle_states(parts: list[_Part]) -> list[_Part]:
    """Beginnings of entries stay in the state only if a later part needs them: fewer states mean fewer tables."""
    kept, is_asked = list[_Part](), False
    for part in reversed(parts):
        kept.append(_forgetful(part) if part.joins and not is_asked else part)
        is_asked = part.asks or (is_asked and not part.joins)
    return kept[::-1]


def _forgetful(part: _Part) -> _Part:
    return part._replace(push=lambda state, raw, begins: (None, *part.push(part.start, raw, begins)[1:]), start=None)


def _each(change: Callable[[bytes], bytes], takes_parts: bool = False) -> _Part:
    """The same change of every piece."""
    return _Part(lambda state, raw, begins: (state, change(raw), begins), takes_parts=takes_parts)


def _by_place(first: Callable[[bytes], bytes], later: Callable[[bytes], bytes], takes_parts: bool = False) -> _Part:
    """`first` changes the first entry, `later` all others. The state counts the entries, up to two."""

    def push(count: int, raw: bytes, begins: bool) -> Piece:
        count = min(2, count + begins)
        return count, first(raw) if count == 1 else later(raw), begins

    return _Part(push, 0, takes_parts, asks=True)


def _byte_level(_: dict[str, Any]) -> _Part:
    def push(is_begun: bool, raw: bytes, begins: bool) -> Piece:
        return True, byte_level(raw.decode("utf-8", "surrogatepass")), not is_begun

    return _Part(push, False, takes_parts=False, joins=True)


def _byte_fallback(_: dict[str, Any]) -> _Part:
    """Neighbouring bytes make one entry. The state says whether the last token was a byte."""

    def push(was_byte: bool, raw: bytes, begins: bool) -> Piece:
        byte = fallback_byte(raw)
        return (False, raw, begins) if byte is None else (True, byte, not was_byte)

    return _Part(push, False, takes_parts=False, joins=True)


def _fuse(_: dict[str, Any]) -> _Part:
    return _Part(lambda is_begun, raw, begins: (True, raw, not is_begun), False, joins=True)


def _strip(described: dict[str, Any]) -> _Part:
    """The state: strips remaining at the entry's left, and bytes to strip at its right if it ends here."""
    content, left, right = described["content"].encode(), described["start"], described["stop"]
    most = len(content) * right

    def push(state: tuple[int, bytes], raw: bytes, begins: bool) -> Piece:
        strips, held = (left, b"") if begins else state
        while strips and raw.startswith(content):
            raw, strips = raw.removeprefix(content), strips - 1
        strips = 0 if raw else strips
        kept = raw = held + raw
        while kept.endswith(content) and len(raw) - len(kept) < most:
            kept = kept.removesuffix(content)
        return (strips, raw[len(kept) :]), kept, begins

    return _Part(push, (left, b""), asks=True)


def _replace(described: dict[str, Any]) -> _Part:
    pattern, content = described["pattern"], described["content"].encode()
    if "String" not in pattern:
        from tokenizers import Regex, decoders

        library = decoders.Replace(Regex(pattern["Regex"]), described["content"])
        return _each(lambda raw: library.decode([raw.decode("utf-8", "surrogatepass")]).encode())
    old = pattern["String"].encode()
    return _each(lambda raw: raw.replace(old, content), takes_parts=len(pattern["String"]) == 1)


def _metaspace(described: dict[str, Any]) -> _Part:
    mark = described.get("replacement", SPACE).encode()
    at_first = b" " if described.get("prepend_scheme", "always") == "never" else b""
    return _by_place(lambda raw: raw.replace(mark, at_first), lambda raw: raw.replace(mark, b" "), takes_parts=True)


def _word_piece(described: dict[str, Any]) -> _Part:
    prefix, is_cleaned = described["prefix"].encode(), described["cleanup"]

    def cleaned(raw: bytes) -> bytes:
        for old, new in _CLEANUPS if is_cleaned else ():
            raw = raw.replace(old.encode(), new.encode())
        return raw

    def later(raw: bytes) -> bytes:
        return cleaned(raw.removeprefix(prefix) if raw.startswith(prefix) else b" " + raw)

    return _by_place(cleaned, later)


def _end_of_word(described: dict[str, Any]) -> _Part:
    """The space after a word is written before the next token. The state is the spaces still to be written."""
    suffix = described["suffix"].encode()
    if not suffix:
        raise Unspellable("its decoder BPEDecoder has no mark for the end of a word")

    def push(held: bytes, raw: bytes, begins: bool) -> Piece:
        word, *marks = raw.split(suffix)
        if any(marks):  # A space if another token follows, and else nothing.
            raise Unspellable("its decoder BPEDecoder has a mark for the end of a word within a token")
        return b" " * len(marks), held + word, begins

    return _Part(push, b"", takes_parts=False, ends_late=True)


def _joined(_: dict[str, Any]) -> _Part:
    """Without a decoder, the library puts a space between all tokens."""
    return _by_place(lambda raw: raw, lambda raw: b" " + raw)


_KINDS: dict[str, Callable[[dict[str, Any]], _Part]] = {
    "ByteLevel": _byte_level,
    "ByteFallback": _byte_fallback,
    "Fuse": _fuse,
    "Strip": _strip,
    "Replace": _replace,
    "Metaspace": _metaspace,
    "WordPiece": _word_piece,
    "BPEDecoder": _end_of_word,
    NO_DECODER: _joined,
}
"""CTC is none of them: it drops a token that equals the one before it, so that no text is spelled by its tokens."""


def spelling_of(tokenizer: PreTrainedTokenizerBase) -> DecoderSpelling:
    """How a transformers tokenizer spells its ids. Raises Unspellable."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        decoder = NO_DECODER if backend.decoder is None else bytes(backend.decoder.__getstate__()).decode()
        return DecoderSpelling(decoder, backend.id_to_token)
    model = getattr(tokenizer, "sp_model", None)
    if model is None:
        raise Unspellable(f"its tokenizer {type(tokenizer).__name__} is none whose tokens can be spelled one by one")
    known = len(tokenizer)
    return DecoderSpelling(
        json.dumps(_sentence_piece(model)), lambda i: tokenizer.convert_ids_to_tokens([i])[0] if i < known else None
    )


def _sentence_piece(model: Any) -> dict[str, Any]:
    """SentencePiece's own decoding: it strips one leading space, all or none, as its normalizer adds or removes them,
    but no spaces that are bytes."""
    texts = [model.decode([*[SPACE] * count, SPACE + NEUTRAL]) for count in (0, 1)]
    stripped = {(NEUTRAL, NEUTRAL): EVERY, (NEUTRAL, f" {NEUTRAL}"): 1}.get((texts[0], texts[1]), 0)
    strip = {"type": "Strip", "content": SPACE, "start": stripped, "stop": 0}
    replace = {"type": "Replace", "pattern": {"String": SPACE}, "content": " "}
    return {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}, strip, replace]}
