"""What tells a page that its form was answered, where the browser stays on it: a file to keep, or nothing to show.

Browsers tell a page's script of neither, so the form would look as if it were still on its way.
"""

from __future__ import annotations

import secrets

from flask import Response, request

from . import clients
from .state import state

COOKIE = "acct_answered"
"""Read by the page's script, so it says nothing but that it is another one than before."""

SECONDS = 60


def tell(response: Response) -> Response:
    """The answer to a form brings another value of the cookie, if no page comes with it."""
    if request.method == "POST" and not clients.is_app() and _leaves_page(response):
        path = f"{request.script_root}/"
        response.set_cookie(
            COOKIE, secrets.token_hex(4), max_age=SECONDS, path=path, secure=state().is_https, samesite="Strict"
        )
    return response


def _leaves_page(response: Response) -> bool:
    """Whether browsers may keep the page a form was sent from in view. What a script asked for is none of it."""
    if request.headers.get("Sec-Fetch-Dest") == "empty" or not 200 <= response.status_code < 300:
        return False
    kind = response.headers.get("Content-Disposition", "").partition(";")[0].strip().lower()
    return response.status_code in {204, 205} or kind == "attachment" or response.mimetype != "text/html"
