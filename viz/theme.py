"""Every colour and font, once: as CSS variables for the player, as a template for Plotly.

The colours are those of Okabe and Ito, and cividis; each also has a mark or a pattern, so none carries a meaning alone.
Leaves out: layout (`assets/player/styles/player.css`), and the drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from plotly.colors import sequential

SANS = (
    '"Tsuzuki Signs", -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Hiragino Sans", '
    '"Hiragino Kaku Gothic ProN", "Yu Gothic UI", "Yu Gothic", "Noto Sans JP", "Noto Sans CJK JP", '
    "system-ui, sans-serif"
)
SIGNS = (
    '@font-face { font-family: "Tsuzuki Signs"; src: local("DejaVu Sans"); '
    "unicode-range: U+B2-B3, U+B9, U+D7, U+2070-207B; }"
)
"""Noto Sans CJK has only some of the superscripts, and a full-width ×: a power of ten would mix two fonts."""
MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK JP", monospace'

SURPRISAL_COLOURS = 10
"""One colour for each bit of surprisal: 0 to 1, 1 to 2, …, and the last for 9 and more."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one theme, each as ``#rrggbb``."""

    name: str
    paper: str
    ink: str
    soft: str
    """Secondary text; readable (4.5:1) on paper."""
    line: str
    """Hairlines and tracks; carries no meaning."""
    accent: str
    """The chosen token: areas and large type."""
    accent_text: str
    """The chosen token in small type."""
    on_accent: str
    candidate: str
    cut: str
    others: str
    surprisal: tuple[str, ...]
    """From expected to surprising, `SURPRISAL_COLOURS` of them; the last stands out most from the paper."""


_CIVIDIS: tuple[str, ...] = tuple(sequential.Cividis)

LIGHT = Theme(
    name="light",
    paper="#fbfaf7",
    ink="#1b1b1f",
    soft="#625f59",
    line="#dedad2",
    accent="#d55e00",
    accent_text="#b04a00",
    on_accent="#000000",
    candidate="#0072b2",
    cut="#8a867d",
    others="#a8a49b",
    surprisal=_CIVIDIS[::-1],
)
DARK = Theme(
    name="dark",
    paper="#16161a",
    ink="#ece9e1",
    soft="#a9a59c",
    line="#33323a",
    accent="#ff8a3d",
    accent_text="#ff8a3d",
    on_accent="#1b1b1f",
    candidate="#56b4e9",
    cut="#7d7a74",
    others="#6a6861",
    surprisal=_CIVIDIS,
)
THEMES = (LIGHT, DARK)


def named(name: str) -> Theme:
    """The theme of a name. Raises ValueError where there is none."""
    for theme in THEMES:
        if theme.name == name:
            return theme
    raise ValueError(f"there is no theme {name!r}: choose one of {', '.join(repr(theme.name) for theme in THEMES)}")


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two ``#rrggbb`` colours: 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on `colour`."""
    return max("#ffffff", "#000000", key=lambda ink: contrast(ink, colour))


def css_variables() -> str:
    """The themes as CSS: light, and in print; dark under ``.dark``; under ``:root.system`` as the system has it.

    A frame in a deck is printed as the deck has it.
    """
    light, dark = _declarations(LIGHT), _declarations(DARK)
    fonts = f"--sans: {SANS}; --mono: {MONO};"
    return (
        f"{SIGNS}\n"
        f":root {{ {fonts} {light} }}\n"
        f".dark {{ {dark} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root.system {{ {dark} }} }}\n"
        f"@media print {{ :root:not(.tz-embed), :root:not(.tz-embed) .dark {{ {light} }} }}\n"
    )


def _declarations(theme: Theme) -> str:
    named = {
        "scheme": theme.name,
        "paper": theme.paper,
        "ink": theme.ink,
        "soft": theme.soft,
        "line": theme.line,
        "accent": theme.accent,
        "accent-text": theme.accent_text,
        "on-accent": theme.on_accent,
        "candidate": theme.candidate,
        "cut": theme.cut,
        "others": theme.others,
    }
    for bits, colour in enumerate(theme.surprisal):
        named[f"surprisal-{bits}"] = colour
        named[f"surprisal-{bits}-ink"] = ink_on(colour)
    return " ".join(f"--{name}: {value};" for name, value in named.items()) + f" color-scheme: {theme.name};"


def surprisal_colour(bits: float, theme: Theme) -> str:
    """The colour of a token of this surprisal; each colour is one bit wide, the last has no end."""
    return theme.surprisal[min(int(bits), SURPRISAL_COLOURS - 1)]


def template(theme: Theme) -> dict[str, Any]:
    """A Plotly template (plain data): quiet axes, no grid that is not needed, the fonts of the page."""
    axis = {
        "gridcolor": theme.line,
        "linecolor": theme.line,
        "zerolinecolor": theme.line,
        "tickfont": {"size": 12, "color": theme.soft},
        "title": {"font": {"size": 13, "color": theme.soft}},
        "fixedrange": True,
    }
    return {
        "layout": {
            "paper_bgcolor": theme.paper,
            "plot_bgcolor": theme.paper,
            "font": {"family": SANS, "size": 13, "color": theme.ink},
            "title": {"x": 0, "xanchor": "left", "font": {"size": 16}},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"font": {"family": SANS, "size": 13}, "align": "left"},
            "showlegend": False,
            "dragmode": False,
        }
    }
