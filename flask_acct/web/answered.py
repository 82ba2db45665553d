"""Tells a page that its form was answered when the browser stays on the page: a file to save, or nothing to show.

Browsers notify a page's script of neither, so the form would look as if it were still being sent.
"""

from __future__ import annotations

import secrets

from flask import Response, request

from . import clients
from .state import state

COOKIE = "acct_answered"
"""Read by the page's script; its value only says that it differs from the one before."""

SECONDS = 60


def mark(response: Response) -> Response:
    """The answer to a form sets a new value of the cookie, if no page comes with it."""
    if request.method == "POST" and not clients.is_app() and _leaves_page(response):
        path = f"{request.script_root}/"
        response.set_cookie(
            COOKIE, secrets.token_hex(4), max_age=SECONDS, path=path, secure=state().is_https, samesite="Strict"
        )
    return response


def _leaves_page(response: Response) -> bool:
    """Whether browsers may keep showing the page a form was sent from. Requests of scripts do not count."""
    if request.headers.get("Sec-Fetch-Dest") == "empty" or not 200 <= response.status_code < 300:
        return False
    kind = response.headers.get("Content-Disposition", "").partition(";")[0].strip().lower()
    return response.status_code in {204, 205} or kind == "attachment" or response.mimetype != "text/html"
