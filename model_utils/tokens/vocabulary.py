"""Ids to exact bytes to visible labels.

A token is bytes, not text: it may hold a part of a character, or nothing visible. `Reader` walks over ids and gives
each its `Token` at that place. Leaves out: the bytes of each id (`spelling`), and text to ids (`encoder`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from ..errors import InvalidText, UnknownToken
from ..trace.utf8 import hex_label
from ..trace.values import Token
from .byte_tokens import fallback_byte
from .spelling import Plain, Spelling, State, Unspellable, spelling_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_BROKEN = re.compile("[\udc80-\udcff]+")
_SHOWN = {" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥", "\x7f": "␡", "\N{REPLACEMENT CHARACTER}": "‹U+FFFD›"}
_JOINERS = "\u200c\u200d"
TRIES, TRIED_IDS = 20, 12
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


class _Made(dict[int, tuple[Token, State]]):
    """The tokens of one state by id, with the state after each; made at the first lookup."""

    def __init__(self, make: Callable[[int], tuple[Token, State]]) -> None:
        self._make = make

    def __missing__(self, token_id: int) -> tuple[Token, State]:
        made = self[token_id] = self._make(token_id)
        return made


class Vocabulary:
    """The tokens of one model: id to bytes, and which are special. `size` counts the ids that have logits.

    `pieces` says how ids are spelled; a function gives each the same bytes wherever it stands. `changes_texts`: the
    tokenizer may read another text than the one it is given, in case or width or white space.
    """

    def __init__(
        self,
        model: str,
        size: int,
        pieces: Spelling | Callable[[int], bytes],
        special: Iterable[int],
        changes_texts: bool = False,
    ) -> None:
        self.changes_texts = changes_texts
        self.model = model
        self.size = size
        self.special = frozenset(special)
        self.spelling: Spelling = Plain(pieces) if callable(pieces) else pieces
        self._made: dict[State, _Made] = {}

    def check(self, ids: Iterable[int]) -> None:
        """Raises UnknownToken for an id without logits."""
        for token_id in ids:
            if not 0 <= token_id < self.size:
                raise UnknownToken(token_id=token_id, model=self.model, last=self.size - 1)

    def spell(self, token_id: int) -> bytes:
        """The id's bytes within a text. Raises UnknownToken for one without logits."""
        return self.spell_in(self.spelling.within, token_id)[0]

    def spell_in(self, state: State, token_id: int) -> tuple[bytes, State]:
        """The bytes of the id in this state of `spelling`, and the state after it. A special id gives its name, and
        changes no state. Raises UnknownToken for an id without logits."""
        self.check([token_id])
        return (
            (self.spelling.name(token_id), state) if token_id in self.special else self.spelling.push(state, token_id)
        )

    def token(self, token_id: int) -> Token:
        """The token as it stands within a text, between whole characters."""
        return self.made(self.spelling.within)[token_id][0]

    def tokens(self, ids: Iterable[int]) -> list[Token]:
        """`token` of each."""
        made = self.made(self.spelling.within)
        return [made[token_id][0] for token_id in ids]

    def made(self, state: State) -> _Made:
        """The tokens of this state between whole characters, with the state after each."""
        found = self._made.get(state)
        if found is None:
            found = self._made[state] = _Made(lambda token_id: self._make(token_id, state))
        return found

    def _make(self, token_id: int, state: State) -> tuple[Token, State]:
        raw, after = self.spell_in(state, token_id)
        return self.make(token_id, raw), after

    def make(self, token_id: int, raw: bytes, pending: bytes = b"") -> Token:
        """A token of these bytes after `pending`. An id without bytes shows its number."""
        shown = label(raw, pending) if raw else f"‹{token_id}›"
        return Token(id=token_id, bytes=raw, label=shown, special=token_id in self.special)

    def read(self, ids: Iterable[int]) -> tuple[Token, ...]:
        """The tokens of a text from its beginning."""
        reader = Reader(self)
        return tuple(reader.push(token_id) for token_id in ids)

    def state_behind(self, ids: Iterable[int]) -> State:
        """The state after these ids of a text."""
        state = self.spelling.start
        for token_id in ids:
            state = self.made(state)[token_id][1]
        return state

    def bytes_in(self, state: State, ids: Iterable[int]) -> bytes:
        """The joined bytes of several ids from this state on; special ids give their names."""
        found = []
        for token_id in ids:
            token, state = self.made(state)[token_id]
            found.append(token.bytes)
        return b"".join(found)


class Reader:
    """A place in a text, with the bytes of a half-read character and the state of the next token."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._pending = b""
        self._made = vocabulary.made(vocabulary.spelling.start)

    def peek(self, token_id: int) -> Token:
        """The token as it would stand here."""
        token = self._made[token_id][0]
        return self._vocabulary.make(token_id, token.bytes, self._pending) if self._pending else token

    def peek_all(self, ids: Sequence[int]) -> list[Token]:
        """`peek` of each."""
        if self._pending:
            return list(map(self.peek, ids))
        made = self._made
        return [made[token_id][0] for token_id in ids]

    def push(self, token_id: int) -> Token:
        """Take the token here and go on behind it."""
        token = self.peek(token_id)
        self._pending = b"" if token.special else unfinished(self._pending + token.bytes)
        self._made = self._vocabulary.made(self._made[token_id][1])
        return token


def vocabulary_of(tokenizer: PreTrainedTokenizerBase, model: str, size: int) -> Vocabulary:
    """Read from a transformers tokenizer how its pieces spell bytes, and try it. Raises Unspellable."""
    special = {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
    spelling = spelling_of(tokenizer)
    special |= _controls(tokenizer)
    named = [i for i in tokenizer.all_special_ids if i is not None and not _is_text(tokenizer, i)]
    backend = getattr(tokenizer, "backend_tokenizer", None)
    takes_spaces = any(token.lstrip or token.rstrip for token in tokenizer.added_tokens_decoder.values())
    is_changed = backend is None or backend.normalizer is not None or spelling.start != spelling.within
    vocabulary = Vocabulary(model, size, spelling, special.union(named), is_changed or takes_spaces)
    if spelling.marks_ends:
        vocabulary.tokens(range(min(size, len(tokenizer))))
    _try(tokenizer, vocabulary)
    return vocabulary


def _controls(tokenizer: PreTrainedTokenizerBase) -> set[int]:
    """The pieces of a SentencePiece model that are no text."""
    model: Any = getattr(tokenizer, "sp_model", None)
    size = 0 if model is None else model.get_piece_size()
    return {i for i in range(size) if model.is_control(i) or model.is_unknown(i)}


def _is_text(tokenizer: PreTrainedTokenizerBase, token_id: int) -> bool:
    """Whether a special token of a configuration (say, a newline as end of text) is also ordinary text."""
    if token_id in tokenizer.added_tokens_decoder:
        return False
    text = tokenizer.decode([token_id])
    return list(tokenizer(text, add_special_tokens=False).input_ids) == [token_id]


def _try(tokenizer: PreTrainedTokenizerBase, vocabulary: Vocabulary) -> None:
    """Read random ids, and raise Unspellable where the library's own decoder gives another text."""
    random = Random(0)
    size = min(vocabulary.size, len(tokenizer))
    for _ in range(TRIES):
        ids = [i for i in random.choices(range(size), k=TRIED_IDS) if i not in vocabulary.special]
        ids = [i for i in ids if fallback_byte(vocabulary.spelling.name(i)) is None]
        written = vocabulary.bytes_in(vocabulary.spelling.start, ids).decode("utf-8", "replace")
        if written != tokenizer.decode(ids, clean_up_tokenization_spaces=False):
            raise Unspellable("its tokens do not spell the text that its decoder gives")
