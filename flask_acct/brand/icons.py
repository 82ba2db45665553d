"""The icon that browsers show beside a page's title, for brands without one of their own."""

from __future__ import annotations

from html import escape

from .colours import surface_and_ink

FONT = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, Helvetica, Arial, sans-serif"


def letter_icon(name: str, accent: str) -> str:
    """Return an SVG: the first letter or digit of a site's name on the brand's colour, or a dot if it has none."""
    surface, ink = surface_and_ink(accent)
    letter = next((one for one in name if one.isalnum()), "•").upper()[:1]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{surface}"/>'
        f'<text x="16" y="23.5" text-anchor="middle" font-family="{FONT}" font-size="21" font-weight="700" '
        f'fill="{ink}">{escape(letter)}</text></svg>\n'
    )
