"""One accent colour, whatever it is, can be read everywhere."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flask_acct
from flask_acct.brand.colours import contrast
from flask_acct.brand.styles import DARK, LIGHT, Ground, palette

STATIC = Path(flask_acct.__file__).parent / "static"
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize("ground", [LIGHT, DARK], ids=["light", "dark"])
@given(accent=COLOURS)
def test_links_and_buttons_can_be_read_in_any_accent(ground: Ground, accent: str) -> None:
    colours = palette(accent, ground)
    papers = [ground.card, colours["page"], colours["glow"], colours["soft"]]
    assert min(contrast(colours["accent"], paper) for paper in papers) >= 4.5
    assert min(contrast(colours["accent-strong"], paper) for paper in papers) >= 4.5
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent-strong"]) >= 4.5


@pytest.mark.parametrize(
    ("ground", "ink", "quiet"), [(LIGHT, "#161c26", "#515b6b"), (DARK, "#edf0f5", "#adb6c4")], ids=["light", "dark"]
)
@given(accent=COLOURS)
def test_text_can_be_read_on_every_tint_of_any_accent(ground: Ground, ink: str, quiet: str, accent: str) -> None:
    colours = palette(accent, ground)
    assert ink in (STATIC / "acct.css").read_text()
    assert quiet in (STATIC / "acct.css").read_text()
    for paper in (colours["page"], colours["glow"], colours["soft"]):
        assert contrast(ink, paper) >= 4.5
        assert contrast(quiet, paper) >= 4.5


@pytest.mark.parametrize(("file", "kilobytes"), [("acct.css", 7), ("acct.js", 6), ("password.js", 4)])
def test_what_pages_load_stays_small_on_its_way(file: str, kilobytes: int) -> None:
    assert len(gzip.compress((STATIC / file).read_bytes())) < kilobytes * 1000
