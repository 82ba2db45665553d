"""Stores screenshots as small files: few colours, and light and dark in one file if only the colours differ."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

import oxipng
from PIL import Image

from ..articles.schemes import palette_of, with_dark

COLOURS = 255
"""Colours of a palette. A page has few: its paper, its text, a button, and the shades at the edges of letters."""

MOST_COLOURS = 4096
"""A page with more contains photographs, which no palette fits."""

MOST_LOST = 8.0
"""How far, of 255, the colours of the file may differ from the page's on average over all pixels (root mean
square). What a page loses is shades at the edges of letters: about 2."""

LEVEL = 2
"""Of oxipng. Level 4 takes six times as long for two per cent."""

Colour = tuple[int, int, int]
Pair = tuple[Colour, Colour]


def both(light: Image.Image, dark: Image.Image) -> bytes | None:
    """Return one PNG that holds both, see ``schemes``; ``None`` if more than the colours differs."""
    if light.size != dark.size:
        return None
    pixels = list(zip(_pixels(light), _pixels(dark), strict=True))
    counted = Counter(pixels)
    if len(counted) > MOST_COLOURS:
        return None
    colours, index, lost = _few(counted, _cells(light), _cells(dark))
    if lost > MOST_LOST**2 * len(pixels) * 2:
        return None
    lights = _distinct([one for one, _ in colours])
    indexed = Image.frombytes("P", light.size, bytes(map(index.__getitem__, pixels)))
    indexed.putpalette(_bytes(lights))
    png = _png(indexed)
    dark_of = {one: other for one, (_, other) in zip(lights, colours, strict=True)}
    return with_dark(png, _bytes([dark_of.get(one, one) for one in _colours(palette_of(png))]))


def _few(
    counted: Counter[tuple[int, int]], cells: Mapping[int, int], dark_cells: Mapping[int, int]
) -> tuple[list[Pair], dict[tuple[int, int], int], int]:
    """Return the palette, the index of each pair of pixels in it, and the loss: the sum of squared distances.

    Each colour that the octree finds for both schemes becomes the most frequent of its pairs, unchanged.
    """
    first: dict[tuple[int, int], tuple[int, int]] = {}
    times: Counter[tuple[int, int]] = Counter()
    for pair, count in counted.most_common():
        cell = cells[pair[0]], dark_cells[pair[1]]
        first.setdefault(cell, pair)
        times[cell] += count
    common = [cell for cell, _ in times.most_common(COLOURS)]
    colours = [_both_colours(first[cell]) for cell in common]
    number = {cell: place for place, cell in enumerate(common)}
    index: dict[tuple[int, int], int] = {}
    lost = 0
    for pair, count in counted.items():
        cell, shown = (cells[pair[0]], dark_cells[pair[1]]), _both_colours(pair)
        if cell not in number:
            number[cell] = _nearest(shown, colours)
        index[pair] = number[cell]
        lost += count * _distance(shown, colours[index[pair]])
    return colours, index, lost


def _cells(image: Image.Image) -> dict[int, int]:
    """Return for each colour of an image its index among the few that an octree finds."""
    few = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    return dict(zip(_pixels(image), few.tobytes(), strict=True))


def alone(image: Image.Image) -> bytes:
    """Return one picture in one scheme."""
    return _png(image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE))


def _png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG")
    small: bytes = oxipng.optimize_from_memory(
        content.getvalue(),
        level=LEVEL,
        strip=oxipng.StripChunks.all(),
        # Grey pages stay indexed, because their colours in dark may be others.
        color_type_reduction=False,
        grayscale_reduction=False,
    )
    return small


def _pixels(image: Image.Image) -> Sequence[int]:
    """Return one number for each pixel, which is quicker to count than three."""
    return memoryview(image.convert("RGBA").tobytes()).cast("I")


def _colour(pixel: int) -> Colour:
    red, green, blue, _ = pixel.to_bytes(4, sys.byteorder)
    return red, green, blue


def _both_colours(pair: tuple[int, int]) -> Pair:
    return _colour(pair[0]), _colour(pair[1])


def _distance(one: Pair, other: Pair) -> int:
    """Return the square of the distance."""
    return sum((a - b) ** 2 for a, b in zip((*one[0], *one[1]), (*other[0], *other[1]), strict=True))


def _nearest(pair: Pair, colours: Sequence[Pair]) -> int:
    """Return the index of the nearest pair of colours."""
    return min(range(len(colours)), key=lambda place: _distance(pair, colours[place]))


def _distinct(colours: Sequence[Colour]) -> list[Colour]:
    """Return the same colours, none twice: one that is one colour in light and two in dark is changed invisibly."""
    found: dict[Colour, None] = {}
    for red, green, blue in colours:
        steps = ((red, green, blue + step) for distance in range(256) for step in (distance, -distance))
        found[next(one for one in steps if 0 <= one[2] <= 255 and one not in found)] = None
    return list(found)


def _colours(palette: bytes) -> list[Colour]:
    return [(palette[at], palette[at + 1], palette[at + 2]) for at in range(0, len(palette), 3)]


def _bytes(colours: Sequence[Colour]) -> bytes:
    return bytes(value for colour in colours for value in colour)
