"""What every page of the blueprint tells the browser: nothing inline, nothing from elsewhere, nothing kept."""

from __future__ import annotations

from flask import Response, request

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


FILES = ("static", "brand", "icon")
"""Pages whose answers are the same for everybody, and may be kept."""

FOR_GOOD = "public, max-age=31536000, immutable"
"""The address of a file holds its fingerprint, so it is another when the file is."""


def is_of_file() -> bool:
    """Whether this request asks for a file of ours, the same for everybody."""
    return request.endpoint in {state().mount.endpoint(name) for name in FILES}


def protect(response: Response) -> Response:
    """The response with the headers of our pages; files that are the same for everybody keep their own caching."""
    is_file = is_of_file() and response.status_code < 400
    for name, value in HEADERS.items():
        if not (is_file and name == "Cache-Control"):
            response.headers[name] = value
    if state().is_https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if is_file:
        if "v" in request.args:
            response.headers["Cache-Control"] = FOR_GOOD
        return response
    response.vary.update(("Cookie", "Accept-Language"))
    return write_cookie(response)
