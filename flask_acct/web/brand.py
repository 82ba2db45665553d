"""The brand's stylesheet and letter icon, as the app serves them."""

from __future__ import annotations

from flask import Response, make_response

from ..brand.icons import letter_icon
from ..config import Config
from .state import state

CACHE_SECONDS = 365 * 24 * 3600


def icon(config: Config) -> str:
    """Return the icon beside the title, for a brand without an image for it."""
    return letter_icon(config.site.name, config.brand.accent)


def way_to_site(prefix: str) -> str:
    """Return how the stylesheet below a prefix names the start of the site, wherever the app is mounted: ``..``."""
    return "/".join([".."] * len(prefix.strip("/").split("/"))) if prefix.strip("/") else "."


def serve_icon() -> Response:
    """Return the brand's letter icon; its address changes when it does."""
    response = make_response(icon(state().platform.config))
    response.mimetype = "image/svg+xml"
    return response


def serve() -> Response:
    """Return the brand's stylesheet; its address changes when it does."""
    response = make_response(state().styles)
    response.mimetype = "text/css"
    return response
