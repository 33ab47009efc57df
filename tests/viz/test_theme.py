"""Contrast: everything that is text can be read on what it stands on (WCAG AA)."""

from __future__ import annotations

import re

import pytest

from viz.pages.assets import FOLDER
from viz.theme import SURPRISAL_COLOURS, THEMES, contrast, css_variables, ink_on, surprisal_colour

EACH_THEME = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)


def test_contrast_by_hand():
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@EACH_THEME
def test_text_can_be_read(theme):
    for name in ("ink", "soft", "accent_text", "candidate"):
        assert contrast(getattr(theme, name), theme.paper) >= 4.5, name
    for name in ("accent", "cut"):
        assert contrast(getattr(theme, name), theme.paper) >= 3, name
    assert contrast(theme.on_accent, theme.accent) >= 4.5


@EACH_THEME
def test_text_can_be_read_on_every_colour_of_surprisal(theme):
    assert len(theme.surprisal) == SURPRISAL_COLOURS
    for colour in theme.surprisal:
        assert contrast(ink_on(colour), colour) >= 4.5


@EACH_THEME
@pytest.mark.parametrize(("bits", "at"), [(0.0, 0), (0.99, 0), (1.0, 1), (8.99, 8), (9.0, 9), (300.0, 9)])
def test_a_colour_a_bit(theme, bits, at):
    assert surprisal_colour(bits, theme) == theme.surprisal[at]


def test_the_style_sheets_read_only_variables_that_exist_and_hold_no_colour():
    known = set(re.findall(r"--([\w-]+):", css_variables())) | {"fill", "fill-ink", "embed-height"}
    for path in FOLDER.glob("*.css"):
        sheet = path.read_text(encoding="utf-8")
        assert set(re.findall(r"var\(--([\w-]+)\)", sheet)) <= known, path.name
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", sheet), path.name
