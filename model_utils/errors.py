"""Typed errors with sentences for a person.

Each error has a `key`, whose sentence stands in every file of `assets/locales` under `error.<key>`, and the `params`
that fill its blanks. No error carries a traceback, a path the caller did not give, or a secret.
Leaves out: the sentences in the reader's language, which `viz.text.i18n` gives.
"""

from __future__ import annotations

from .readable_error import TsuzukiError
from .remote_errors import (
    InvalidMessage,
    OnlyLikeliest,
    OtherTokens,
    PriceUnknown,
    ServerGarbled,
    ServerKeyMissing,
    ServerRefuses,
    ServerUnreachable,
    SpacesLost,
    TokenizerMissing,
    UnclearToken,
)

__all__ = [
    "InvalidMessage",
    "OnlyLikeliest",
    "OtherTokens",
    "PriceUnknown",
    "ServerGarbled",
    "ServerKeyMissing",
    "ServerRefuses",
    "ServerUnreachable",
    "SpacesLost",
    "TokenizerMissing",
    "TsuzukiError",
    "UnclearToken",
]  # those of other files


class EmptyPrompt(TsuzukiError):
    key = "empty_prompt"


class PromptTooLong(TsuzukiError):
    key = "prompt_too_long"


class InvalidText(TsuzukiError):
    key = "invalid_text"


class Unwritable(TsuzukiError):
    key = "unwritable"


class Unreadable(TsuzukiError):
    key = "unreadable"


class InvalidIds(TsuzukiError):
    key = "invalid_ids"


class UnknownToken(TsuzukiError):
    key = "unknown_token"


class InvalidSettings(TsuzukiError):
    key = "invalid_settings"


class NotWhole(InvalidSettings):
    key = "not_whole"


class InvalidChoice(TsuzukiError):
    key = "invalid_choice"


class InvalidTrace(TsuzukiError):
    key = "invalid_trace"


class InvalidView(TsuzukiError):
    key = "invalid_view"


class CannotRead(TsuzukiError):
    key = "cannot_read"


class CannotWrite(TsuzukiError):
    key = "cannot_write"


class NoFolder(TsuzukiError):
    key = "no_folder"


class InvalidFork(TsuzukiError):
    key = "invalid_fork"


class InvalidLink(TsuzukiError):
    key = "invalid_link"


class LinkedModelMissing(TsuzukiError):
    key = "linked_model_missing"


class ForeignIds(TsuzukiError):
    key = "foreign_ids"


class NonFiniteLogits(TsuzukiError):
    key = "non_finite_logits"


class ModelNotFound(TsuzukiError):
    key = "model_not_found"


class ModelNotListed(TsuzukiError):
    key = "model_not_listed"


class TextTooLong(TsuzukiError):
    key = "text_too_long"


class HubUnreachable(TsuzukiError):
    key = "hub_unreachable"


class PackagesMissing(TsuzukiError):
    key = "packages_missing"


class UnsafeWeights(TsuzukiError):
    key = "unsafe_weights"


class RemoteCodeNeeded(TsuzukiError):
    key = "remote_code_needed"


class ModelLoadFailed(TsuzukiError):
    key = "model_load_failed"


class GpuNotLent(TsuzukiError):
    key = "gpu_not_lent"


class Busy(TsuzukiError):
    key = "busy"


class Ending(TsuzukiError):
    key = "ending"


class NoChatTemplate(TsuzukiError):
    key = "no_chat_template"


class ChatTemplateFailed(TsuzukiError):
    key = "chat_template_failed"


class EmptyAnswers(TsuzukiError):
    key = "empty_answers"


class TooManySpellings(TsuzukiError):
    key = "too_many_spellings"


class InvalidLesson(TsuzukiError):
    key = "invalid_lesson"


class EmptyTable(TsuzukiError):
    key = "empty_table"


class BrokenTable(TsuzukiError):
    key = "broken_table"


class NoTextColumn(TsuzukiError):
    key = "no_text_column"


class TableOfTrace(TsuzukiError):
    key = "table_of_trace"


class NotUtf8(TsuzukiError):
    key = "not_utf8"


class TableTooLong(TsuzukiError):
    key = "table_too_long"
