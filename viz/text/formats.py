"""Numbers and tokens as the eye reads them, and text made safe for Plotly.

The formats are those of `assets/player/core/formats.js`; a test holds the two equal. Leaves out: words and units
(`viz.text.i18n`).

>>> percent(0.18316), percent(0.00012), percent(3e-9), product(-20.5), odds(4.234)
('18.3 %', '0.012 %', '<0.001 %', '1.3 × 10⁻⁹', '69')
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_PLOTLY_MARKS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}
LONGEST_LABEL = 24


def plotly_text(text: str) -> str:
    """`text` so that Plotly shows it as typed: Plotly reads a small HTML of its own, and ``$…$`` as TeX."""
    return "".join(_PLOTLY_MARKS.get(character, character) for character in text)


def plotly_label(text: str) -> str:
    """The same for an axis: at most `LONGEST_LABEL` characters."""
    return plotly_text(text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…")


def fixed(value: float, decimals: int) -> str:
    """Rounded half away from zero, grouped by thousands, with a real minus sign."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,}"
    return f"−{text}" if rounded < 0 else text


def percent(probability: float) -> str:
    """One decimal, or two digits below one percent: ``18.3 %``, ``0.12 %``, ``0.0012 %``, ``<0.001 %``."""
    value = probability * 100
    if value == 0 or value == 100:
        return f"{value:.0f} %"
    if value >= 99.95:
        return ">99.9 %"
    if value < 0.001:
        return "<0.001 %"
    for decimals, least in ((1, 0.995), (2, 0.0995), (3, 0.00995)):
        if value >= least:
            return f"{fixed(value, decimals)} %"
    return f"{fixed(value, 4)} %"


def product(logprob: float) -> str:
    """The probability exp(`logprob`) in percent, or as a power of ten if it is too small for percent."""
    if logprob / math.log(10) >= -5:
        return percent(math.exp(logprob))
    return power_of_ten(logprob)


def power_of_ten(nats: float) -> str:
    """exp of `nats`, however small or large: ``1.2 × 10⁻⁹``."""
    exponent = math.floor(nats / math.log(10))
    mantissa = fixed(10 ** (nats / math.log(10) - exponent), 1)
    if mantissa == "10.0":
        mantissa, exponent = "1.0", exponent + 1
    return f"{mantissa} × 10{str(exponent).translate(_SUPERSCRIPTS)}"


def rank(value: int | None) -> str:
    """A rank, or a dash if it is unknown."""
    return "–" if value is None else fixed(value, 0)


def odds(nats: float) -> str:
    """The number of equally likely choices with this entropy, in nats: ``3.4``, ``69``, ``1,234``."""
    choices = math.exp(nats)
    return fixed(choices, 1 if choices < 9.95 else 0)


def rounded(count: int) -> str:
    """A count to two digits: ``0``, ``66k``, ``1.0M``."""
    size, sign = (1e6, "M") if count >= 999_500 else (1e3, "k") if count >= 1000 else (1, "")
    value = count / size
    return f"{fixed(value, 1 if sign and value < 9.95 else 0)}{sign}"


def perplexity(value: float) -> str:
    """Three digits or more: ``5.37``, ``53.7``, ``1,234``; a dash where there is none."""
    if math.isnan(value):
        return "–"
    return fixed(value, 2 if value < 9.995 else 1 if value < 99.95 else 0)
