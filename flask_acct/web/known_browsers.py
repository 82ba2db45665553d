"""The cookie of a browser in which a user signed in before; it outlives the session and opens nothing by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from flask import Response, after_this_request, g, request

from ..db.models import User
from ..security import browsers
from ..security.browsers import Browser
from . import browser_cookies, clients
from .state import state

HEADER = "X-Acct-Known"
"""What an app sends in place of the cookie: the value that the answer to its last sign-in called ``known_as``."""


def known_as() -> str | None:
    """Return the mark that this request has made; ``None`` where nobody signed in, or none are made."""
    return cast("str | None", g.get("acct_known_as"))


def cookie_name() -> str:
    """``__Host-acct_browser`` under https."""
    return f"{state().cookie_name}_browser"


def browser() -> Browser:
    """Return the marks of the visitor's browser. Of two cookies of this name neither is trusted."""
    if "acct_browser" not in g:
        acct = state()
        sent = request.headers.getlist(HEADER) if clients.is_app() else browser_cookies.read_all(cookie_name())
        cookie = sent[0] if len(sent) == 1 else None
        days = acct.platform.config.limits.known_browser_days
        g.acct_browser = browsers.read(cookie, acct.keys, acct.clock(), days=days)
    found: Browser = g.acct_browser
    return found


def remember(user: User) -> None:
    """The browser is known from now on as one in which the user signs in."""
    acct = state()
    days = acct.platform.config.limits.known_browser_days
    if not days:
        return
    value = g.acct_known_as = browsers.written(browser(), user.id, acct.keys, acct.clock())

    @after_this_request
    def write(response: Response) -> Response:
        browser_cookies.write(response, cookie_name(), value, lasts=timedelta(days=days))
        return response
