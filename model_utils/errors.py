"""What can go wrong, as typed errors that a person can read.

Each error has a `key` and its `params`, so that a page can say the same sentence in another language
(`assets/locales`, under `error.<key>`), and an English sentence of its own. No error carries a traceback,
a path the caller did not give, or a secret.
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
    sentence = "The text is empty, and {model} has no beginning-of-text token to start from. Type at least one token."


class PromptTooLong(TsuzukiError):
    key = "prompt_too_long"
    sentence = "The text has {tokens} tokens; {model} reads at most {limit}. Shorten it."


class InvalidText(TsuzukiError):
    key = "invalid_text"
    sentence = "The text holds half of a character (a lone surrogate, U+{codepoint}) at position {position}. Remove it."


class Unwritable(TsuzukiError):
    key = "unwritable"
    sentence = (
        "The tokenizer of {model} cannot write “{text}” exactly as it stands behind other tokens. Type it otherwise."
    )


class Unreadable(TsuzukiError):
    key = "unreadable"
    sentence = (
        "The tokenizer of {model} has no tokens for “{characters}”, so no probability is that of this text. "
        "Leave that out, or choose another model."
    )


class InvalidIds(TsuzukiError):
    key = "invalid_ids"
    sentence = "Ids are whole numbers apart by spaces, commas or lines, in brackets or not: 12, 7, 431 or [12, 7, 431]."


class UnknownToken(TsuzukiError):
    key = "unknown_token"
    sentence = "There is no token {token_id} in {model}: its ids run from 0 to {last}."


class InvalidSettings(TsuzukiError):
    key = "invalid_settings"
    sentence = "{name} is {value}; it must be a number from {low} to {high}."


class NotWhole(InvalidSettings):
    key = "not_whole"
    sentence = "{name} is {value}; it must be a whole number from {low} to {high}."


class InvalidChoice(TsuzukiError):
    key = "invalid_choice"
    sentence = "{name} is {value}; it must be one of {choices}."


class InvalidTrace(TsuzukiError):
    key = "invalid_trace"
    sentence = "This is not a trace that can be shown: {reason}."


class InvalidView(TsuzukiError):
    key = "invalid_view"
    sentence = "This cannot be saved as a page: {reason}."


class CannotRead(TsuzukiError):
    key = "cannot_read"
    sentence = "The file {path} cannot be read. Check its name, and whether you may read it."


class CannotWrite(TsuzukiError):
    key = "cannot_write"
    sentence = "{path} cannot be written. Check whether you may write there, and whether there is room."


class NoFolder(TsuzukiError):
    key = "no_folder"
    sentence = "There is no folder {folder} to write into. Make it first."


class InvalidFork(TsuzukiError):
    key = "invalid_fork"
    sentence = "Cannot continue from there: {reason}."


class InvalidLink(TsuzukiError):
    key = "invalid_link"
    sentence = "This link cannot be shown: {reason}."


class LinkedModelMissing(TsuzukiError):
    key = "linked_model_missing"
    sentence = (
        "This link was made with {model} ({revision}), which is not here, so its probabilities cannot be computed. "
        "Its text: “{text}”"
    )


class ForeignIds(TsuzukiError):
    key = "foreign_ids"
    sentence = (
        "The ids of this link mean another text to {model} ({revision}): “{read}”. "
        "It was made with another tokenizer, for the text “{text}”."
    )


class NonFiniteLogits(TsuzukiError):
    key = "non_finite_logits"
    sentence = "{model} gave a logit that is NaN or infinite at token {position}; no probability follows from it."


class ModelNotFound(TsuzukiError):
    key = "model_not_found"
    sentence = (
        "There is no model {model}. Give a folder in Hugging Face format, or a hub id such as openai-community/gpt2."
    )


class ModelNotListed(TsuzukiError):
    key = "model_not_listed"
    sentence = "{model} is not among the models of this page. Choose one from the list, or run Tsuzuki yourself."


class TextTooLong(TsuzukiError):
    key = "text_too_long"
    sentence = "The text has {characters} characters; this page reads at most {limit} at once. Shorten it."


class HubUnreachable(TsuzukiError):
    key = "hub_unreachable"
    sentence = (
        "The model hub cannot be reached, and {model} is not in the local cache. "
        "Check the network, or use the embedded model."
    )


class PackagesMissing(TsuzukiError):
    key = "packages_missing"
    sentence = "{model} needs packages that are not installed here: pip install -r requirements-serve.txt."


class UnsafeWeights(TsuzukiError):
    key = "unsafe_weights"
    sentence = "{model} has no safetensors weights. Pickled weights can run code, so they are never loaded."


class RemoteCodeNeeded(TsuzukiError):
    key = "remote_code_needed"
    sentence = (
        "{model} needs code of its own from the hub. Such code is never run; choose a model that transformers knows."
    )


class ModelLoadFailed(TsuzukiError):
    key = "model_load_failed"
    sentence = "{model} could not be loaded: {reason}."


class GpuNotLent(TsuzukiError):
    key = "gpu_not_lent"
    sentence = "No GPU is lent for {model} now: {reason}. The small models run without one."


class Busy(TsuzukiError):
    key = "busy"
    sentence = "Too many people are asking at once: {waiting} are waiting already. Try again in a moment."


class Ending(TsuzukiError):
    key = "ending"
    sentence = "The app is being stopped or started anew. What is on this page stays; try again in a moment."


class NoChatTemplate(TsuzukiError):
    key = "no_chat_template"
    sentence = "{model} has no chat template: it was not made for conversations. Give it the text as it is."


class ChatTemplateFailed(TsuzukiError):
    key = "chat_template_failed"
    sentence = "The chat template of {model} refuses this text: {reason}."


class EmptyAnswers(TsuzukiError):
    key = "empty_answers"
    sentence = "There is no answer to look for. Type one a line; between spellings, a slash with spaces around it."


class TooManySpellings(TsuzukiError):
    key = "too_many_spellings"
    sentence = "There are {spellings} spellings; at most {limit} are looked for at once. Leave some out."


class InvalidLesson(TsuzukiError):
    key = "invalid_lesson"
    sentence = "The lesson {file} cannot be shown. Line {line}: {reason}."


class EmptyTable(TsuzukiError):
    key = "empty_table"
    sentence = "The table has no text. Give one text a line, or a CSV whose first line names a column text."


class BrokenTable(TsuzukiError):
    key = "broken_table"
    sentence = (
        "This CSV cannot be read from line {line} on: a quotation mark is missing or out of place. "
        "Save it anew from your spreadsheet."
    )


class NoTextColumn(TsuzukiError):
    key = "no_text_column"
    sentence = "The first line of the CSV names no column text. Name the column that holds the texts so."


class TableOfTrace(TsuzukiError):
    key = "table_of_trace"
    sentence = (
        "This is the CSV of a trace, whose tokens have their numbers already. To see it again, open its JSON file "
        "in the view Step."
    )


class NotUtf8(TsuzukiError):
    key = "not_utf8"
    sentence = "The file is no text in UTF-8. Save it as “CSV UTF-8”."


class TableTooLong(TsuzukiError):
    key = "table_too_long"
    sentence = "The table has {rows} rows; at most {limit} are scored at once. Split it."
