"""The brand's colours, as a stylesheet of variables.

A company names one accent colour. Text and buttons need a contrast of at least 4.5 to 1 on light and on
dark, so the accent is darkened or lightened until it has that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..config import Config
from .colours import ink_on, mixed, readable


@dataclass(frozen=True, slots=True)
class Ground:
    """The colours the accent is mixed into, behind the page and on a card, and the share of it in each surface."""

    page: str
    card: str
    tint: float
    glow: float
    soft: float


LIGHT = Ground("#ffffff", "#ffffff", tint=0.05, glow=0.15, soft=0.1)
DARK = Ground("#11151b", "#1c222b", tint=0.03, glow=0.13, soft=0.12)


def styles(config: Config) -> str:
    """Return the variables of the brand, for light and dark."""
    light = _variables(config.brand.accent, LIGHT)
    dark = _variables(config.brand.accent, DARK)
    return (
        f":root {{ {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"@media print {{ :root {{ {light} }} }}\n"
    )


@lru_cache(maxsize=64)
def _variables(accent: str, ground: Ground) -> str:
    colours = palette(accent, ground)
    return " ".join(f"--acct-{name}: {colour};" for name, colour in colours.items())


def palette(accent: str, ground: Ground) -> dict[str, str]:
    """Return the brand's colours by the names of their variables. The accent can be read on each of these surfaces."""
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
        "accent-strong": mixed(ink_on(ground.card), shown, 0.22),
        "on-accent": ink_on(shown),
    }
