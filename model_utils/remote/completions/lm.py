"""A model behind a completions server as an `LM`, whose rows are partial.

The server holds no session: every row is requested with its whole prefix, so a text continues when a server returns.
Leaves out: the requests themselves (`server`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from model_utils.catalog import MODELS, embedded, tokenizer_folder
from model_utils.configuration import rescales_beyond
from model_utils.errors import OtherTokens, PriceUnknown, ServerRefuses, TokenizerMissing
from model_utils.logits.top_only import PartialRow
from model_utils.model_errors import UnusableTokenizer
from model_utils.tokens.encoder import Encoder, end_ids, first_known
from model_utils.tokens.spelling import Unspellable
from model_utils.tokens.tokenizer_files import load_tokenizer
from model_utils.tokens.vocabulary import Vocabulary, vocabulary_of

from .answers import TOLERANCE, Entry, Served, Told, ToldRow
from .capabilities import BAN, FORCE, PROBE, PROMPT_ROWS, find_dialect, prompt_of
from .server import Server
from .token_keys import Keys

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

REVISION = "served"
"""A server does not say which weights it has."""
MOST_NAMED = 500
"""Characters of the names of models that an error repeats."""


class Address(NamedTuple):
    """``http://host:port/v1#model?tokenizer=folder``; without one, the tokenizer is that of the model's name."""

    server: str
    model: str
    tokenizer: str

    @classmethod
    def of(cls, text: str) -> Address:
        server, _, named = text.partition("#")
        model, _, tokenizer = named.partition("?tokenizer=")
        return cls(server.rstrip("/"), model, tokenizer or model)


class CompletionsLM:
    """The contract of `lm.LM`. Raises as `Server.complete` does, TokenizerMissing, OtherTokens, SpacesLost.

    ServerGarbled also where rows that are right by themselves do not fit this vocabulary, or one another.
    """

    def __init__(self, address: str) -> None:
        asked = Address.of(address)
        self._server = Server(asked.server, asked.model)
        facts = self._facts()
        self.model = self._server.model
        self.revision = REVISION
        tokenizer = _tokenizer(asked.tokenizer or self.model)
        config, generation = _configs(tokenizer.name_or_path)
        self.vocab_size: int = getattr(config, "vocab_size", None) or len(tokenizer)
        limit = facts.max_model_len or getattr(config, "max_position_embeddings", None)
        self.context_length: int | None = limit if isinstance(limit, int) and limit > 0 else None
        self._server.vocab_size = self.vocab_size
        self.vocabulary = _vocabulary(tokenizer, self.model, self.vocab_size)
        self.rescales_beyond = None if config is None else rescales_beyond(config)
        self.bos_id = first_known(self.vocab_size, tokenizer.bos_token_id, getattr(config, "bos_token_id", None))
        self.end_ids = end_ids(tokenizer.eos_token_id, getattr(config, "eos_token_id", None), generation)
        self._encoder = Encoder(tokenizer, self.vocabulary, self.bos_id)
        self._keys = Keys(self.vocabulary, self.encode_on)
        self._dialect = find_dialect(self._server, self._keys, self._encoder.encode(PROBE))
        # Some servers report no row whose greedy token ends the text.
        self._ends = dict.fromkeys(self.end_ids, BAN) if self._dialect.can_force else {}
        self._mark, self.bos_id = self.bos_id, None if self._dialect.hides_mark else self.bos_id

    def encode(self, text: str) -> list[int]:
        return self._own(self._encoder.encode(text))

    def encode_on(self, text: str, behind: Sequence[int] = ()) -> list[int]:
        return self._encoder.encode_on(text, behind)

    def encode_chat(self, text: str) -> list[int]:
        return self._own(self._encoder.encode_chat(text))

    def session(self, ids: Sequence[int] = ()) -> CompletionsSession:
        return CompletionsSession(self, ids)

    def logits(self, batch: Sequence[Sequence[int]]) -> list[list[PartialRow]]:
        return [[row for rows in self.rows(ids, 0) for row in rows] for ids in batch]

    def rows(self, ids: Sequence[int], first: int) -> Iterator[list[PartialRow]]:
        """The rows after `ids[first]` and all later ones, as they come."""
        if self._dialect.reads_prompts and len(ids) - first > 1:
            yield self._rows_at_once(list(ids), first)
        else:
            for end in range(first + 1, len(ids) + 1):
                yield [self.row(ids[:end])]

    def row(self, ids: Sequence[int]) -> PartialRow:
        """The row after some ids."""
        told = self._ask(ids, self._ends)
        if not told.row:
            raise self._server.garbled("it has no logprobs")
        return self._partial(ids, told.row)

    def _rows_at_once(self, ids: list[int], first: int) -> list[PartialRow]:
        told = self._server.complete(
            ids, self._dialect.count, self._ends, {**self._dialect.extra, PROMPT_ROWS: self._dialect.count}
        )
        prompt = told.prompt or []
        if not prompt or not told.row:
            raise self._server.garbled("it has not as many rows as the text has tokens")
        rows = []
        for place in range(first + 1, len(ids)):
            row = prompt[place]
            if not row:
                raise self._server.garbled("a row is missing")
            rows.append(self._partial(ids[:place], row))
        return [*rows, self._partial(ids, told.row)]

    def _partial(self, ids: Sequence[int], told: ToldRow) -> PartialRow:
        known = self._certain(ids, told)
        top = [token_id for token_id, _ in known]
        if len(set(top)) < len(top):
            raise self._server.garbled("two of its tokens are one")
        most = known[-1][1] if known else 0.0

        def logprob_of(token_id: int) -> float:
            price = told.came[1] if token_id == told.came[0] else self._forced(ids, token_id)
            if price > most + TOLERANCE:
                raise self._server.garbled("a token is likelier than the likeliest")
            return min(price, most)

        likeliest = str(told.entries[0][0]) if told.entries else ""
        return PartialRow(self.model, top, [value for _, value in known], logprob_of, likeliest)

    def _certain(self, ids: Sequence[int], told: ToldRow) -> list[tuple[int, float]]:
        """The first tokens of a row, as far as it is certain which ones they are, ties to the lower id.

        In rows keyed by text, fewer entries than requested mean that some were merged. An empty text is an end of text
        if the server stops there when all more likely tokens are banned. A text that several tokens share is the one
        that the tokenizer writes, if all of the others are less likely.
        """
        is_whole = told.sure >= min(self._dialect.count, self.vocab_size)
        bound: float | None = None
        found: list[tuple[int, float]] = []
        for key, logprob in (told.entries if is_whole else self._before_lost(told))[: self._dialect.count]:
            candidates = self._keys.ids(key)
            token_id = candidates[0] if len(candidates) == 1 else None
            if token_id is None and is_whole and key == "":
                token_id = self._end_after(ids, [i for i, _ in found])
            elif token_id is None and is_whole:
                bound = self._likeliest_alias(ids) if bound is None else bound
                token_id = self._keys.written(key) if logprob > bound + TOLERANCE else None
            if token_id is None:
                # The order of entries level with it is uncertain, too.
                found = [one for one in found if one[1] > logprob]
                break
            found.append((token_id, logprob))
        return sorted(found, key=lambda one: (-one[1], one[0]))

    def _before_lost(self, told: ToldRow) -> list[Entry]:
        """The entries of a row before any that may have taken the place of a likelier one of the same text.

        Such a one, of several tokens or of none here, has the more likely one's place and the other's logprob.
        """
        lost = next((at for at, key in enumerate(told.listed) if len(self._keys.ids(key)) != 1), None)
        if lost is None:
            return told.entries
        sizes = range(min(lost, self._dialect.count), 0, -1)
        sure = next((at for at in sizes if {key for key, _ in told.entries[:at]} == set(told.listed[:at])), 0)
        return told.entries[:sure]

    def _end_after(self, ids: Sequence[int], likelier: Sequence[int]) -> int | None:
        """The end of text, where the server chooses it once the likelier tokens are banned."""
        if not self._dialect.can_force or len(self.end_ids) != 1:
            return None
        told = self._ask(ids, dict.fromkeys(likelier, BAN))
        return next(iter(self.end_ids)) if told.is_stopped and not told.text else None

    def _likeliest_alias(self, ids: Sequence[int]) -> float:
        """The logprob of the most likely of `Keys.aliases`; 0 if it cannot be requested."""
        if not self._dialect.can_force:
            return 0.0
        came = self._came(ids, dict.fromkeys(self._keys.aliases, FORCE))
        return 0.0 if came is None else came

    def _forced(self, ids: Sequence[int], token_id: int) -> float:
        """The logprob of a token outside the top-k. Raises PriceUnknown if it cannot be requested."""
        came = self._came(ids, {token_id: FORCE}) if self._dialect.can_force else None
        if came is None:
            raise PriceUnknown(model=self.model, limit=self._dialect.count)
        return came

    def _came(self, ids: Sequence[int], bias: dict[int, float]) -> float | None:
        told = self._ask(ids, bias)
        if not told.row:
            return None
        key, logprob = told.row.came
        return logprob if set(self._keys.ids(key)) & set(bias) else None

    def _own(self, ids: list[int]) -> list[int]:
        """Without the mark that the server puts there."""
        return ids[1:] if self._dialect.hides_mark and ids[:1] == [self._mark] else ids

    def _ask(self, ids: Sequence[int], bias: dict[int, float]) -> Told:
        address, dialect = self._server.address, self._dialect
        told = self._server.complete(
            prompt_of(dialect.form, ids, self._keys, address), dialect.count, bias, dialect.extra
        )
        if told.prompt_tokens not in (None, len(ids) + dialect.hides_mark):
            raise OtherTokens(address=address)
        return told

    def _facts(self) -> Served:
        """The server's entry of the model, or of its first one if none was named."""
        found = {entry.id: entry for entry in self._server.models()}
        self._server.model = self._server.model or next(iter(found), "")
        if self._server.model not in found:
            names = ", ".join(found)[:MOST_NAMED] or "none"
            raise ServerRefuses(
                address=self._server.address, reason=f"it has no model {self._server.model}; those it has: {names}"
            )
        return found[self._server.model]


class CompletionsSession:
    """A text in progress; the server may cache any of it."""

    def __init__(self, lm: CompletionsLM, ids: Sequence[int]) -> None:
        self._lm = lm
        self._texts = [list(ids)]

    @property
    def length(self) -> int:
        return len(self._texts[0])

    def read(self, ids: Sequence[int]) -> Iterator[list[PartialRow]]:
        first = self.length
        self._texts = [[*self._texts[0], *ids]]
        return self._lm.rows(self._texts[0], first)

    def advance(self, parents: Sequence[int], ids: Sequence[int]) -> list[PartialRow]:
        self._texts = [[*self._texts[parent], token_id] for parent, token_id in zip(parents, ids, strict=True)]
        return [self._lm.row(text) for text in self._texts]

    def keep(self) -> None:
        pass


def _tokenizer(name: str) -> PreTrainedTokenizerBase:
    """That of an embedded model, a folder or a hub id. Raises TokenizerMissing."""
    folder = MODELS / name if name in embedded() else Path(name).expanduser()
    try:
        return load_tokenizer(folder if folder.is_dir() else tokenizer_folder(name))
    except Exception:  # transformers raises whatever its parts raise
        raise TokenizerMissing(model=name) from None


def _vocabulary(tokenizer: PreTrainedTokenizerBase, model: str, size: int) -> Vocabulary:
    try:
        return vocabulary_of(tokenizer, model, size)
    except Unspellable as wrong:
        raise UnusableTokenizer(model=model, reason=wrong) from None


def _configs(folder: str) -> tuple[object, object]:
    """The model's configuration and its defaults of generation, where they lie beside the tokenizer."""
    from transformers import AutoConfig, GenerationConfig

    found: list[object] = []
    for kind in (AutoConfig, GenerationConfig):
        try:
            found.append(kind.from_pretrained(folder))
        except Exception:  # It is not there, or not for this version; the tokenizer says enough.
            found.append(None)
    return found[0], found[1]
