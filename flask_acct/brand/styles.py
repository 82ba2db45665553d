"""The brand's colours, font and corners, as a stylesheet of variables.

A company names one accent colour. On surfaces (buttons, bars, initials) it stays as it is, and the text on it is white
or dark. Where it is text itself, a link or an outline, it is darkened or lightened until it has a contrast of at least
4.5 to 1 on light and on dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..config import Config
from ..config.tables.site import Brand
from .colours import (
    ENOUGH,
    ENOUGH_IN_GREY,
    INK,
    WHITE,
    contrast,
    edge,
    ink_on,
    is_neutral,
    is_reddish,
    mixed,
    readable,
    surface_and_ink,
)

NOTICEABLE = 1.12
"""The contrast between a button and the same one under the pointer."""

RED_SHARE = 0.45
"""How much of a red brand's share its page has: on a pink one everything would look like an error."""

ROUNDER = 1.6
"""How much rounder a card is than the buttons on it."""


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


def styles(config: Config, *, site: str | None = "") -> str:
    """Return the variables of the brand, for light and dark.

    Args:
        site: What the paths of the brand's files begin with; ``None`` where there is no server for them.
    """
    brand = config.brand
    light = _variables(brand.accent, LIGHT)
    dark = _variables(brand.accent, DARK)
    return (
        f"{_font_faces(brand, site)}"
        f":root {{ {light}{_shapes(brand, site)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"@media print {{ :root {{ {light} }} }}\n"
    )


def _font_faces(brand: Brand, site: str | None) -> str:
    if not brand.font_file or site is None:
        return ""
    if not brand.font_bold_file:
        return _font_face(f"{site}{brand.font_file}", "100 900")
    return _font_face(f"{site}{brand.font_file}", "100 500") + _font_face(f"{site}{brand.font_bold_file}", "501 900")


def _font_face(address: str, weights: str) -> str:
    family = f'font-family: "acct-brand"; src: url("{address}")'
    return f"@font-face {{ {family}; font-weight: {weights}; font-display: swap; }}\n"


def _shapes(brand: Brand, site: str | None) -> str:
    """Return the variables of the font and of the corners, where the brand has its own."""
    families = ['"acct-brand"'] if brand.font_file and site is not None else []
    if brand.font or families:
        families.append(brand.font or "system-ui, sans-serif")
    shapes = f" --acct-font: {', '.join(families)};" if families else ""
    if brand.radius is not None:
        pixels = float(brand.radius.removesuffix("px"))
        shapes += f" --acct-radius: {brand.radius}; --acct-card-radius: {pixels * ROUNDER:g}px;"
    return shapes


@lru_cache(maxsize=64)
def _variables(accent: str, ground: Ground) -> str:
    colours = palette(accent, ground)
    return " ".join(f"--acct-{name}: {colour};" for name, colour in colours.items())


def palette(accent: str, ground: Ground) -> dict[str, str]:
    """Return the brand's colours by the names of their variables.

    ``brand`` is for surfaces, with ``on-brand`` on it; ``accent`` can be read on every surface that the page has.
    """
    share = RED_SHARE if is_reddish(accent) else 1
    surfaces = {
        "page": mixed(accent, ground.page, ground.tint * share),
        "glow": mixed(accent, ground.page, ground.glow * share),
        "soft": mixed(accent, ground.card, ground.soft * share),
    }
    shown = accent
    for paper in (ground.card, *surfaces.values()):
        shown = readable(shown, paper, ENOUGH_IN_GREY if is_neutral(accent) else ENOUGH)
    return {
        **surfaces,
        "accent": shown,
        "accent-strong": mixed(ink_on(ground.card), shown, 0.22),
        "on-accent": ink_on(shown),
        **_surface(accent, ground.card),
        **_grave(accent),
    }


def _surface(accent: str, card: str) -> dict[str, str]:
    brand, ink = surface_and_ink(accent)
    # Away from the text, so that it can only be read better; near white or black there is room enough the other way.
    away = [mixed(WHITE if ink == INK else INK, brand, share) for share in (0.18, 0.3, 0.45)]
    strong = next((one for one in away if contrast(one, brand) >= NOTICEABLE), mixed(ink, brand, 0.12))
    return {"brand": brand, "brand-strong": strong, "brand-edge": edge(brand, card), "on-brand": ink}


def _grave(accent: str) -> dict[str, str]:
    """Return the colours of a button for what cannot be undone, where a full red one would look like all others."""
    if not is_reddish(accent):
        return {}
    return {"grave": "var(--acct-paper)", "on-grave": "var(--acct-error)"}
