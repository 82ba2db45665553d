"""One accent colour, whatever it is, can be read everywhere."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flask_acct
from flask_acct import config as configuration
from flask_acct.brand.colours import INVISIBLE, contrast, surface_and_ink
from flask_acct.brand.styles import DARK, LIGHT, Ground, palette, styles

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


@pytest.mark.parametrize("ground", [LIGHT, DARK], ids=["light", "dark"])
@given(accent=COLOURS)
def test_text_on_a_surface_of_any_accent_can_be_read_under_the_pointer_too(ground: Ground, accent: str) -> None:
    colours = palette(accent, ground)
    assert contrast(colours["on-brand"], colours["brand"]) >= 4.5
    assert contrast(colours["on-brand"], colours["brand-strong"]) >= 4.5
    assert colours["brand-strong"] != colours["brand"]


@given(accent=COLOURS)
def test_a_surface_is_of_the_accent_itself_or_of_a_shade_nobody_tells_from_it(accent: str) -> None:
    surface, ink = surface_and_ink(accent)
    assert surface == accent or (ink == "#ffffff" and contrast(surface, accent) < 1.25)


@pytest.mark.parametrize("accent", ["#ffb800", "#e30613", "#0c0c0e", "#fafafa", "#1f6f78"])
@pytest.mark.parametrize("ground", [LIGHT, DARK], ids=["light", "dark"])
def test_the_accents_of_companies_stay_as_they_are_on_buttons(ground: Ground, accent: str) -> None:
    assert palette(accent, ground)["brand"] == accent


@pytest.mark.parametrize("ground", [LIGHT, DARK], ids=["light", "dark"])
@given(accent=COLOURS)
def test_a_button_of_any_accent_is_seen_on_its_card(ground: Ground, accent: str) -> None:
    assert contrast(palette(accent, ground)["brand-edge"], ground.card) >= INVISIBLE


@pytest.mark.parametrize("ground", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("accent", ["#0c0c0e", "#777777", "#fafafa"])
def test_a_link_without_a_hue_does_not_look_switched_off(ground: Ground, accent: str) -> None:
    assert contrast(palette(accent, ground)["accent"], ground.card) >= 9


@pytest.mark.parametrize(
    ("accent", "told"),
    [
        ("#e30613", True),
        ("#b3261e", True),
        ("#c2185b", True),
        ("#ffb800", False),
        ("#1f6f78", False),
        ("#400606", False),
    ],
)
def test_what_cannot_be_undone_is_outlined_where_the_brand_is_red(accent: str, told: bool) -> None:
    assert ("--acct-grave: var(--acct-paper)" in styles(configuration.parse(f'[brand]\naccent = "{accent}"'))) == told


def test_the_font_and_corners_of_the_brand_are_in_its_stylesheet() -> None:
    config = configuration.parse('[brand]\nfont = "Inter"\nfont_file = "/static/inter.woff2"\nradius = "4px"')
    written = styles(config, site="/clients")
    assert 'src: url("/clients/static/inter.woff2"); font-weight: 100 900;' in written
    assert '--acct-font: "acct-brand", "Inter", sans-serif;' in written
    assert "--acct-radius: 4px; --acct-card-radius: 6.4px;" in written


def test_a_font_of_two_files_has_a_bold_of_its_own() -> None:
    written = styles(configuration.parse('[brand]\nfont_file = "/a.woff2"\nfont_bold_file = "/b.woff2"'))
    assert 'url("/a.woff2"); font-weight: 100 500;' in written
    assert 'url("/b.woff2"); font-weight: 501 900;' in written


def test_a_copy_without_a_server_has_the_fonts_of_its_readers() -> None:
    written = styles(configuration.parse('[brand]\nfont_file = "/a.woff2"'), site=None)
    assert "@font-face" not in written
    assert "--acct-font" not in written


def test_a_brand_without_a_font_or_corners_leaves_ours() -> None:
    assert "--acct-font" not in styles(configuration.parse(""))
    assert "--acct-radius" not in styles(configuration.parse(""))


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


@pytest.mark.parametrize(("file", "kilobytes"), [("acct.css", 9), ("acct.js", 9), ("password.js", 4)])
def test_what_pages_load_stays_small_on_its_way(file: str, kilobytes: int) -> None:
    assert len(gzip.compress((STATIC / file).read_bytes())) < kilobytes * 1000
