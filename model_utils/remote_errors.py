"""Errors of remote models: on the workers of a Ray cluster, or behind a completions server.

Imported through `errors`. Leaves out: errors of models in this process (`model_errors`).
"""

from __future__ import annotations

from .readable_error import TsuzukiError


class ServerUnreachable(TsuzukiError):
    key = "server_unreachable"


class ServerRefuses(TsuzukiError):
    key = "server_refuses"


class ServerKeyMissing(TsuzukiError):
    key = "server_key_missing"


class ServerGarbled(TsuzukiError):
    key = "server_garbled"


class InvalidMessage(TsuzukiError):
    key = "invalid_message"


class OtherTokens(TsuzukiError):
    key = "other_tokens"


class SpacesLost(TsuzukiError):
    key = "spaces_lost"


class UnclearToken(TsuzukiError):
    key = "unclear_token"


class TokenizerMissing(TsuzukiError):
    key = "tokenizer_missing"


class OnlyLikeliest(TsuzukiError):
    key = "only_likeliest"


class PriceUnknown(OnlyLikeliest):
    key = "price_unknown"
