"""What can go wrong with a model elsewhere: on the workers of a cluster, or behind a completions server.

Known to all as parts of `errors`.
"""

from __future__ import annotations

from .readable_error import TsuzukiError


class ServerUnreachable(TsuzukiError):
    key = "server_unreachable"
    sentence = "The model server at {address} does not answer. What it gave so far is kept; try again when it is back."


class ServerRefuses(TsuzukiError):
    key = "server_refuses"
    sentence = "The model server at {address} refuses: {reason}."


class ServerKeyMissing(TsuzukiError):
    key = "server_key_missing"
    sentence = "The model server at {address} wants another key. Whoever runs Tsuzuki sets it as {variable}."


class ServerGarbled(TsuzukiError):
    key = "server_garbled"
    sentence = "The answer of the model server at {address} cannot be right: {reason}. None of it is shown."


class InvalidMessage(TsuzukiError):
    key = "invalid_message"
    sentence = "The model's worker cannot read this message: {reason}."


class OtherTokens(TsuzukiError):
    key = "other_tokens"
    sentence = "The model server at {address} cuts this text into other tokens than its tokenizer here: no number fits."


class SpacesLost(TsuzukiError):
    key = "spaces_lost"
    sentence = (
        "The model server at {address} tells its tokens without the spaces before them, so nobody can say which ones "
        "it means. Use a server that tells them as they are, or by id, such as vLLM or llama.cpp's."
    )


class UnclearToken(TsuzukiError):
    key = "unclear_token"
    sentence = (
        "The server of {model} calls its likeliest token “{key}”, and nobody can say which one of its tokenizer here "
        "that is. Name the tokenizer of its model, or use a server that tells tokens by id, such as vLLM."
    )


class TokenizerMissing(TsuzukiError):
    key = "tokenizer_missing"
    sentence = (
        "The tokenizer of {model} is needed here too. Name its folder or hub id behind the model: "
        "openai:http://host:port/v1#{model}?tokenizer=…"
    )


class OnlyLikeliest(TsuzukiError):
    key = "only_likeliest"
    sentence = (
        "The server of {model} tells the {limit} likeliest tokens alone, which is too few for this. "
        "Choose temperature 0 without a repetition penalty, a top-k of at most {limit}, or a narrower search."
    )


class PriceUnknown(OnlyLikeliest):
    key = "price_unknown"
    sentence = (
        "The server of {model} tells the {limit} likeliest tokens alone. A token of this text is none of them, and how "
        "likely it is cannot be asked for."
    )
