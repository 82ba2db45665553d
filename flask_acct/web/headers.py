"""What every page of the blueprint tells the browser: nothing inline, nothing from elsewhere, nothing kept."""

from __future__ import annotations

from flask import Response

from .presence import write_cookie
from .state import state

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
"""Content-Security-Policy. Source: OWASP CSP Cheat Sheet; ASVS 3.4.3."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Not "no-referrer": Flask-WTF refuses an https form without a Referer.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def protect(response: Response) -> Response:
    """The response with the blueprint's headers; shipped static files keep their own caching."""
    is_file = response.is_streamed and response.mimetype != "text/html"
    for name, value in HEADERS.items():
        if not (is_file and name == "Cache-Control"):
            response.headers.setdefault(name, value) if is_file else response.headers.set(name, value)
    if state().is_https:
        response.headers.set("Strict-Transport-Security", "max-age=31536000")
    if not is_file:
        response.vary.update(("Cookie", "Accept-Language"))
    return write_cookie(response)
