"""Screenshots as small files: few colours, and light and dark in one file where only the colours differ."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Sequence

import oxipng
from PIL import Image

from ..articles.schemes import palette_of, with_dark

COLOURS = 255
"""Of a palette. A page holds few: its paper, its words, a button, and what is between them at the edges of letters."""

MOST_COLOURS = 4096
"""A page with more holds photographs, whose colours no palette has."""

MOST_LOST = 2.0
"""How far, of 255, the colours of one file may be from those of two on the average of all pixels (root mean square)."""

LEVEL = 2
"""Of oxipng. Level 4 takes six times as long for two per cent."""

Colour = tuple[int, int, int]
Pair = tuple[Colour, Colour]


def both(light: Image.Image, dark: Image.Image) -> bytes | None:
    """One PNG that holds both, see ``schemes``; ``None`` where more than the colours differs."""
    if light.size != dark.size:
        return None
    pixels = list(zip(_pixels(light), _pixels(dark), strict=True))
    counted = Counter(pixels)
    if len(counted) > MOST_COLOURS:
        return None
    common = [pair for pair, _ in counted.most_common(COLOURS)]
    colours = [(_colour(one), _colour(other)) for one, other in common]
    index = {pair: number for number, pair in enumerate(common)}
    lost = 0
    for pair, times in counted.items():
        if pair not in index:
            index[pair], distance = _nearest((_colour(pair[0]), _colour(pair[1])), colours)
            lost += times * distance
    if lost > MOST_LOST**2 * len(pixels) * 2:
        return None
    lights = _told_apart([one for one, _ in colours])
    indexed = Image.frombytes("P", light.size, bytes(map(index.__getitem__, pixels)))
    indexed.putpalette(_bytes(lights))
    png = _png(indexed)
    dark_of = {one: other for one, (_, other) in zip(lights, colours, strict=True)}
    return with_dark(png, _bytes([dark_of.get(one, one) for one in _colours(palette_of(png))]))


def alone(image: Image.Image) -> bytes:
    """One picture in one scheme."""
    return _png(image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE))


def _png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG")
    small: bytes = oxipng.optimize_from_memory(
        content.getvalue(),
        level=LEVEL,
        strip=oxipng.StripChunks.all(),
        # Grey pages stay indexed, for their colours in dark may be others.
        color_type_reduction=False,
        grayscale_reduction=False,
    )
    return small


def _pixels(image: Image.Image) -> Sequence[int]:
    """A number for each pixel, which is quicker to count than three."""
    return memoryview(image.convert("RGBA").tobytes()).cast("I")


def _colour(pixel: int) -> Colour:
    red, green, blue, _ = pixel.to_bytes(4, sys.byteorder)
    return red, green, blue


def _nearest(pair: Pair, colours: Sequence[Pair]) -> tuple[int, int]:
    """The number of the pair of colours that is nearest, and the square of its distance."""
    one = (*pair[0], *pair[1])
    distances = [sum((a - b) ** 2 for a, b in zip(one, (*other[0], *other[1]), strict=True)) for other in colours]
    least = min(distances)
    return distances.index(least), least


def _told_apart(colours: Sequence[Colour]) -> list[Colour]:
    """The same colours, none twice: what is one colour in light and two in dark differs by a step nobody sees."""
    found: dict[Colour, None] = {}
    for red, green, blue in colours:
        steps = ((red, green, blue + step) for distance in range(256) for step in (distance, -distance))
        found[next(one for one in steps if 0 <= one[2] <= 255 and one not in found)] = None
    return list(found)


def _colours(palette: bytes) -> list[Colour]:
    return [(palette[at], palette[at + 1], palette[at + 2]) for at in range(0, len(palette), 3)]


def _bytes(colours: Sequence[Colour]) -> bytes:
    return bytes(value for colour in colours for value in colour)
