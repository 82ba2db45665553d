"""The brand's colours, as a stylesheet of variables.

A company names one accent colour. Text and buttons need it with a contrast of at least 4.5 to 1 on light and on
dark, so it is darkened or lightened until it has that.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

from flask import Response, make_response

from ..config import Config
from .state import state

ENOUGH = 4.6
"""A little over WCAG 1.4.3's 4.5, for rounding."""

CACHE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Ground:
    """What the accent is mixed into: behind the page, on a card, and how much of it each surface takes."""

    page: str
    card: str
    tint: float
    glow: float
    soft: float


LIGHT = Ground("#ffffff", "#ffffff", tint=0.05, glow=0.15, soft=0.1)
DARK = Ground("#11151b", "#1c222b", tint=0.03, glow=0.13, soft=0.12)


def styles(config: Config) -> str:
    """The variables of the brand, for light and dark."""
    light = _variables(config.brand.accent, LIGHT)
    dark = _variables(config.brand.accent, DARK)
    return (
        f":root {{ {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"@media print {{ :root {{ {light} }} }}\n"
    )


def _variables(accent: str, ground: Ground) -> str:
    colours = palette(accent, ground)
    return " ".join(f"--acct-{name}: {colour};" for name, colour in colours.items())


def palette(accent: str, ground: Ground) -> dict[str, str]:
    """The brand's colours by the names of their variables. The accent can be read on every surface among them."""
    surfaces = {
        "page": mixed(accent, ground.page, ground.tint),
        "glow": mixed(accent, ground.page, ground.glow),
        "soft": mixed(accent, ground.card, ground.soft),
    }
    shown = accent
    for paper in (ground.card, *surfaces.values()):
        shown = readable(shown, paper)
    return {
        **surfaces,
        "accent": shown,
        "accent-strong": mixed(_ink_on(ground.card), shown, 0.22),
        "on-accent": _ink_on(shown),
    }


def mixed(colour: str, into: str, share: float) -> str:
    """The second colour with a share of the first in it."""
    parts = zip(_parts(colour), _parts(into), strict=True)
    return "#" + "".join(f"{round((one * share + other * (1 - share)) * 255):02x}" for one, other in parts)


def serve() -> Response:
    """The brand's stylesheet; its address changes when it does."""
    response = make_response(state().styles)
    response.mimetype = "text/css"
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
