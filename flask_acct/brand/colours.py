"""Computes with colours, written ``#rrggbb``: how well one reads on another, and how to make it readable.

Source: WCAG 2.2, "relative luminance" and "contrast ratio".
"""

from __future__ import annotations

import colorsys

ENOUGH = 4.6
"""A little more than the 4.5 of WCAG 1.4.3, for rounding."""

WHITE, INK = "#ffffff", "#10151c"

ALMOST = 3.9
"""White on a colour falls short of ``ENOUGH`` by so little that a shade nobody notices mends it. Dark text, which would
have enough, looks wrong on such reds, blues and greens."""


INVISIBLE = 1.35
"""A surface of less contrast to what is behind it needs a border, as a white button on a white card does."""

TOLD_APART = 3.0
"""The contrast of a border that alone shows where a control is. Source: WCAG 2.2, 1.4.11."""

ENOUGH_IN_GREY = 9.0
"""What has no hue, if it were only just readable, would look switched off; and a white button as a field."""


def mixed(colour: str, into: str, share: float) -> str:
    """Return the second colour mixed with a share of the first."""
    parts = zip(_parts(colour), _parts(into), strict=True)
    return "#" + "".join(f"{round((one * share + other * (1 - share)) * 255):02x}" for one, other in parts)


def readable(colour: str, paper: str, enough: float = ENOUGH) -> str:
    """Return the colour, made darker or lighter until it can be read on the paper."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    step = -0.01 if luminance(paper) > 0.5 else 0.01
    while contrast(_hex(hue, lightness, saturation), paper) < enough and 0 < lightness + step < 1:
        lightness += step
    return _hex(hue, lightness, saturation)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1. Source: WCAG 2.2, "relative luminance"."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink_on(colour: str) -> str:
    """Return white or near-black, whichever reads better on the colour."""
    return max(WHITE, INK, key=lambda ink: contrast(ink, colour))


def surface_and_ink(accent: str) -> tuple[str, str]:
    """Return the colour of buttons and bars in a brand, and that of the text on it, which has ``ENOUGH`` contrast.

    The surface is the accent itself, or a shade darker where only that little is missing for white text.
    """
    if contrast(WHITE, accent) < ALMOST:
        return accent, INK
    return readable(accent, WHITE), WHITE


def edge(colour: str, paper: str) -> str:
    """Return a surface's border: the surface's own colour, or one that is seen where the surface would not be."""
    if contrast(colour, paper) >= INVISIBLE:
        return colour
    return readable(colour, paper, ENOUGH_IN_GREY if is_neutral(colour) else TOLD_APART)


def is_neutral(colour: str) -> bool:
    """Whether it is black, white or a grey, to the eye."""
    return max(_parts(colour)) - min(_parts(colour)) < 0.12


def is_reddish(colour: str) -> bool:
    """Whether people call it red: it could be taken for the colour of errors and of what cannot be undone."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    return (hue <= 25 / 360 or hue >= 335 / 360) and 0.2 <= lightness <= 0.75 and saturation >= 0.35


def _parts(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))  # type: ignore[return-value]


def _hex(hue: float, lightness: float, saturation: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))
