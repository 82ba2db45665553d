"""The brand's colours, as a stylesheet of variables.

A company names one accent colour. Text and buttons need it with a contrast of at least 4.5 to 1 on light and on
dark, so it is darkened or lightened until it has that.
"""

from __future__ import annotations

import colorsys

from flask import Response, make_response

from ..config import Config
from .state import state

ENOUGH = 4.6
"""A little over WCAG 1.4.3's 4.5, for rounding."""

LIGHT_PAPER = "#ffffff"
DARK_PAPER = "#1c222b"
CACHE_SECONDS = 365 * 24 * 3600


def styles(config: Config) -> str:
    """The variables of the brand, for light and dark."""
    accent = config.brand.accent
    light = readable(accent, LIGHT_PAPER)
    dark = readable(accent, DARK_PAPER)
    return (
        f":root {{ --acct-accent: {light}; --acct-on-accent: {_ink_on(light)}; }}\n"
        "@media (prefers-color-scheme: dark) {\n"
        f"  :root {{ --acct-accent: {dark}; --acct-on-accent: {_ink_on(dark)}; }}\n"
        "}\n"
        f"@media print {{ :root {{ --acct-accent: {light}; --acct-on-accent: {_ink_on(light)}; }} }}\n"
    )


def serve() -> Response:
    """The brand's stylesheet; its address changes when it does."""
    response = make_response(state().styles)
    response.mimetype = "text/css"
    response.cache_control.public = True
    response.cache_control.max_age = CACHE_SECONDS
    response.cache_control.immutable = True
    return response


def readable(colour: str, paper: str) -> str:
    """The colour, made darker or lighter until it can be read on the paper."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    step = -0.01 if luminance(paper) > 0.5 else 0.01
    while contrast(_hex(hue, lightness, saturation), paper) < ENOUGH and 0 < lightness + step < 1:
        lightness += step
    return _hex(hue, lightness, saturation)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance, 0 to 1. Source: WCAG 2.2, "relative luminance"."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ink_on(colour: str) -> str:
    return max("#ffffff", "#10151c", key=lambda ink: contrast(ink, colour))


def _parts(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))  # type: ignore[return-value]


def _hex(hue: float, lightness: float, saturation: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))
