"""A picture in light and in dark is one file, and nobody sees it."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from flask_acct.kb.articles import schemes
from flask_acct.kb.articles.manifest import Checked, Manifest, TakenPicture
from flask_acct.kb.journeys import palettes

Colour = tuple[int, int, int]


def drawn(paper: Colour, ink: Colour, button: Colour, word: Colour) -> Image.Image:
    """A page with a line of text and a button with a word on it."""
    image = Image.new("RGB", (120, 60), paper)
    draw = ImageDraw.Draw(image)
    draw.text((4, 4), "Sign in with", ink)
    draw.rectangle((4, 30, 80, 50), button)
    draw.text((10, 34), "Send", word)
    draw.rectangle((70, 34, 74, 46), word)
    return image


LIGHT = drawn((255, 255, 255), (20, 20, 30), (0, 100, 110), (255, 255, 255))
DARK = drawn((20, 30, 40), (240, 240, 245), (40, 160, 170), (255, 255, 255))


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def together(light: Image.Image, dark: Image.Image) -> bytes:
    found = palettes.both(light, dark)
    assert found is not None
    return found


def differ(one: Image.Image, other: Image.Image) -> float:
    """By how much of 255 their pixels differ (root mean square)."""
    pairs = list(zip(one.convert("RGB").tobytes(), other.convert("RGB").tobytes(), strict=True))
    return float((sum((a - b) ** 2 for a, b in pairs) / len(pairs)) ** 0.5)


def test_one_file_is_the_picture_in_light_for_every_program() -> None:
    assert differ(opened(together(LIGHT, DARK)), LIGHT) < 4


def test_the_same_file_is_the_picture_in_dark() -> None:
    assert differ(opened(schemes.in_dark(together(LIGHT, DARK))), DARK) < 4


def test_white_paper_and_white_words_may_be_two_colours_in_dark() -> None:
    dark = opened(schemes.in_dark(together(LIGHT, DARK)))
    assert LIGHT.getpixel((0, 0)) == LIGHT.getpixel((72, 40))
    assert dark.getpixel((0, 0)) == (20, 30, 40)
    assert dark.getpixel((72, 40)) == (255, 255, 255)


def test_what_covers_most_of_a_page_keeps_its_very_colour() -> None:
    png = together(LIGHT, DARK)
    for place in ((0, 0), (5, 48), (72, 40)):
        near = zip(opened(png).getpixel(place), LIGHT.getpixel(place), strict=True)  # type: ignore[arg-type]
        assert all(abs(a - b) <= 1 for a, b in near)
        assert opened(schemes.in_dark(png)).getpixel(place) == DARK.getpixel(place)


def test_grey_pages_keep_their_colours_in_dark() -> None:
    light = drawn((255, 255, 255), (0, 0, 0), (128, 128, 128), (255, 255, 255))
    assert differ(opened(schemes.in_dark(together(light, DARK))), DARK) < 4


def test_a_page_of_two_colours_keeps_both_schemes() -> None:
    light, dark = (Image.new("RGB", (40, 40), colour) for colour in ("white", "black"))
    for image, ink in ((light, "black"), (dark, "white")):
        ImageDraw.Draw(image).line((0, 0, 39, 39), ink)
    assert differ(opened(schemes.in_dark(together(light, dark))), dark) < 4


def test_two_schemes_in_one_file_take_less_than_two_files() -> None:
    light, dark = (Image.new("RGB", (900, 1200), paper) for paper in ((255, 255, 255), (20, 30, 40)))
    for image, ink in ((light, (20, 20, 30)), (dark, (240, 240, 245))):
        for line in range(60):
            ImageDraw.Draw(image).text((5, 20 * line), f"Line {line * 7919} of a page about signing in" * 3, ink)
    assert len(together(light, dark)) < 0.8 * (len(palettes.alone(light)) + len(palettes.alone(dark)))


def test_a_page_that_moves_in_dark_is_two_files() -> None:
    assert palettes.both(LIGHT, DARK.resize((120, 80))) is None


def test_a_photograph_is_not_pressed_into_one_palette() -> None:
    bands = [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256))]
    photograph = Image.merge("RGB", bands)
    assert palettes.both(photograph, photograph.rotate(90)) is None


def test_a_file_of_one_scheme_says_so() -> None:
    with pytest.raises(ValueError, match="holds no colours for the dark scheme"):
        schemes.in_dark(palettes.alone(LIGHT))


def test_a_page_asks_for_either_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "ab12.png").write_bytes(together(LIGHT, DARK))
    assert differ(opened(schemes.content(tmp_path, "ab12.png")), LIGHT) < 4
    assert differ(opened(schemes.content(tmp_path, schemes.name_in_dark("ab12.png"))), DARK) < 4


def test_a_picture_of_one_scheme_in_a_file_of_its_own_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "cd34.webp").write_bytes(b"dark")
    assert schemes.content(tmp_path, "cd34.webp") == b"dark"


def test_a_manifest_keeps_the_file_that_holds_both(tmp_path: Path) -> None:
    for name in ("ab12.png", "cd34.png", "ef56.webp", "logo-of-mine.png"):
        (tmp_path / name).write_bytes(b"x")
    taken = TakenPicture(1, "ab12.png", 40, 20, "77", "ab12-dark.png")
    Manifest(tmp_path, {"try-it/en/-/wide": Checked("9c1e", date(2026, 3, 4), (taken,))}).write()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ab12.png", "logo-of-mine.png", "manifest.json"]
