"""Ids to exact bytes to what the eye sees.

A token is bytes, not text: it may hold a part of a character, or nothing visible. `Reader` walks over ids and gives
each its `Token` as it stands at that place. Leaves out: text to ids, which is the tokenizer's own work.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .errors import InvalidText, UnknownToken
from .readable import hex_label
from .values import Token

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_BROKEN = re.compile("[\udc80-\udcff]+")
_SHOWN = {" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥", "\x7f": "␡", "\N{REPLACEMENT CHARACTER}": "‹U+FFFD›"}
_JOINERS = "\u200c\u200d"
_INVISIBLE = ("Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs")


def check_text(text: str) -> None:
    """Raises InvalidText for lone surrogates, which no bytes can say."""
    for position, character in enumerate(text):
        if "\ud800" <= character <= "\udfff":
            raise InvalidText(codepoint=f"{ord(character):04X}", position=position + 1)


def visible(text: str) -> str:
    """`text` with white space, controls and lone combining marks made visible: ``visible(" the\\n") == "␣the⏎"``."""
    shown = "".join(_visible_character(text, at) for at in range(len(text)))
    return _BROKEN.sub(lambda run: hex_label(run[0].encode("utf-8", "surrogateescape")), shown)


def _visible_character(text: str, at: int) -> str:
    character = text[at]
    if character in _SHOWN:
        return _SHOWN[character]
    if character < " ":
        return chr(0x2400 + ord(character))
    if character in _JOINERS and 0 < at < len(text) - 1:
        return character
    category = unicodedata.category(character)
    if category in _INVISIBLE:
        return f"‹U+{ord(character):04X}›"
    return "◌" + character if at == 0 and category.startswith("M") else character


def label(raw: bytes, pending: bytes = b"") -> str:
    """What the eye sees of a token's bytes, after `pending`, the bytes of a character begun by the tokens before it.

    >>> label("か".encode()[2:], pending="か".encode()[:2])
    '‹8B›か'
    >>> label("か".encode()[:2])
    '‹E3 81›'
    """
    if pending:
        head = _character(pending + raw)
        if head:
            taken = len(head.encode()) - len(pending)
            return hex_label(raw[:taken]) + visible(head) + label(raw[taken:])
    return visible(raw.decode("utf-8", "surrogateescape"))


def _character(raw: bytes) -> str:
    """The first character of `raw`; empty where its bytes do not make one."""
    for length in range(1, 5):
        try:
            return raw[:length].decode("utf-8")
        except UnicodeDecodeError:
            continue
    return ""


def unfinished(raw: bytes) -> bytes:
    """The bytes at the end of `raw` that begin a character and do not end it: at most three."""
    for length in range(1, min(3, len(raw)) + 1):
        tail = raw[-length:]
        if tail[0] >= 0xC0:
            try:
                tail.decode("utf-8")
            except UnicodeDecodeError as error:
                return tail if error.reason == "unexpected end of data" else b""
            return b""
    return b""


class _Made(dict[int, Token]):
    """Tokens by id, each made when it is first looked up."""

    def __init__(self, make: Callable[[int], Token]) -> None:
        self._make = make

    def __missing__(self, token_id: int) -> Token:
        made = self[token_id] = self._make(token_id)
        return made


class Vocabulary:
    """The tokens of one model: id to bytes, and which are special. `size` counts the ids that have logits."""

    def __init__(
        self,
        model: str,
        size: int,
        piece: Callable[[int], bytes],
        special: Iterable[int],
        strips_first_space: bool = False,
    ) -> None:
        self.model = model
        self.size = size
        self.special = frozenset(special)
        self.strips_first_space = strips_first_space
        self._piece = piece
        self._made = _Made(lambda token_id: self.make(token_id, self.spell(token_id)))

    def check(self, ids: Iterable[int]) -> None:
        """Raises UnknownToken for an id without logits."""
        for token_id in ids:
            if not 0 <= token_id < self.size:
                raise UnknownToken(token_id=token_id, model=self.model, last=self.size - 1)

    def spell(self, token_id: int) -> bytes:
        """Raises UnknownToken for an id without logits."""
        self.check([token_id])
        return self._piece(token_id)

    def token(self, token_id: int) -> Token:
        """The token as it stands within a text, between whole characters."""
        return self._made[token_id]

    def tokens(self, ids: Iterable[int]) -> list[Token]:
        """`token` of each."""
        return list(map(self._made.__getitem__, ids))

    def make(self, token_id: int, raw: bytes, pending: bytes = b"") -> Token:
        """A token of these bytes after `pending`. An id that no piece of text has shows its number."""
        shown = label(raw, pending) if raw else f"‹{token_id}›"
        return Token(id=token_id, bytes=raw, label=shown, special=token_id in self.special)

    def read(self, ids: Iterable[int]) -> tuple[Token, ...]:
        """The tokens of a text from its beginning."""
        reader = Reader(self)
        return tuple(reader.push(token_id) for token_id in ids)


class Reader:
    """A place in a text: knows which character is half read, and whether anything was read at all."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._pending = b""
        self._at_start = True

    def peek(self, token_id: int) -> Token:
        """The token as it would stand here."""
        if self._is_plain:
            return self._vocabulary.token(token_id)
        raw = self._vocabulary.spell(token_id)
        if self._at_start and self._vocabulary.strips_first_space and token_id not in self._vocabulary.special:
            # SentencePiece puts a space before the first word, which its decoder takes away again.
            raw = raw.removeprefix(b" ")
        return self._vocabulary.make(token_id, raw, self._pending)

    def peek_all(self, ids: Sequence[int]) -> list[Token]:
        """`peek` of each."""
        return self._vocabulary.tokens(ids) if self._is_plain else list(map(self.peek, ids))

    @property
    def _is_plain(self) -> bool:
        """Whether every token stands here as it stands within a text."""
        return not self._pending and not (self._at_start and self._vocabulary.strips_first_space)

    def push(self, token_id: int) -> Token:
        """Take the token here and go on behind it."""
        token = self.peek(token_id)
        self._pending = b"" if token.special else unfinished(self._pending + token.bytes)
        self._at_start = self._at_start and token.special
        return token


def vocabulary_of(tokenizer: PreTrainedTokenizerBase, model: str, size: int) -> Vocabulary:
    """Read from a transformers tokenizer how its pieces spell bytes: byte-level BPE, byte fallback, or plain text."""
    decoders = _decoders(tokenizer)
    added = {token_id: token.content.encode() for token_id, token in tokenizer.added_tokens_decoder.items()}
    spell = _speller(tokenizer, decoders)

    def piece(token_id: int) -> bytes:
        if token_id in added:
            return added[token_id]
        text = tokenizer.convert_ids_to_tokens([token_id])[0]
        return spell(text) if text else b""

    special = set(tokenizer.all_special_ids) | {
        i for i, token in tokenizer.added_tokens_decoder.items() if token.special
    }
    return Vocabulary(model, size, piece, special, strips_first_space=_strips_first_space(decoders))


def _decoders(tokenizer: PreTrainedTokenizerBase) -> list[dict[str, Any]]:
    """The parts of the tokenizer's decoder, as the `tokenizers` library describes them."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:  # SentencePiece without a tokenizer.json: spells as these two do.
        return [{"type": "Metaspace", "prepend_scheme": "first"}, {"type": "ByteFallback"}]
    if backend.decoder is None:
        return []
    decoder = json.loads(backend.decoder.__getstate__())
    return decoder["decoders"] if decoder["type"] == "Sequence" else [decoder]


def _speller(tokenizer: PreTrainedTokenizerBase, decoders: list[dict[str, Any]]) -> Callable[[str], bytes]:
    types = {decoder["type"] for decoder in decoders}
    if "ByteLevel" in types:
        from transformers.convert_slow_tokenizer import bytes_to_unicode

        byte_of = {character: byte for byte, character in bytes_to_unicode().items()}  # type: ignore[no-untyped-call]
        return lambda text: b"".join(
            bytes([byte_of[character]]) if character in byte_of else character.encode() for character in text
        )
    replaced = [
        (d["pattern"]["String"], d["content"]) for d in decoders if d["type"] == "Replace" and "String" in d["pattern"]
    ]
    if "Metaspace" in types:
        replaced.append((next(d for d in decoders if d["type"] == "Metaspace").get("replacement", "▁"), " "))

    def spell(text: str) -> bytes:
        byte = _BYTE_PIECE.fullmatch(text) if "ByteFallback" in types else None
        if byte:
            return bytes.fromhex(byte[1])
        for pattern, content in replaced:
            text = text.replace(pattern, content)
        return text.encode("utf-8", errors="surrogatepass")

    return spell


def _strips_first_space(decoders: list[dict[str, Any]]) -> bool:
    """Whether decoding takes away one space at the beginning of a text."""
    return any(
        (decoder["type"] == "Strip" and decoder.get("content") == " " and decoder.get("start", 0) > 0)
        or (decoder["type"] == "Metaspace" and decoder.get("prepend_scheme", "always") != "never")
        for decoder in decoders
    )
