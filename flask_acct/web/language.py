"""Which language a page is in: what was chosen on the way in, the user's setting, the visitor's choice, then what the
browser asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import cast

from flask import Response, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from ..db.models import User
from . import browser_cookies, cookies
from .current import present
from .state import state
from .visits import visit

COOKIE_LASTS = timedelta(days=365)
LONGEST_WISH = 200
"""Most characters of Accept-Language that are read."""


def cookie_name() -> str:
    """Return ``acct_language``, under https as well: the cookie opens nothing."""
    return f"{cookies.label(state().mount)}_language"


def locale() -> str:
    """Return the language of this request: ``es_AR``."""
    if "acct_locale" not in g:
        g.acct_locale = _chosen()
    return cast(str, g.acct_locale)


def words() -> Mapping[str, str]:
    """Return every sentence by element id in the language of this request."""
    return state().platform.sentences(locale())


def remember(chosen: str, response: Response) -> None:
    """The visitor's browser has the language in a cookie, for when nobody is signed in."""
    browser_cookies.write(response, cookie_name(), chosen, lasts=COOKIE_LASTS)


def choose(chosen: str, response: Response) -> None:
    """The visitor reads this language from now on, also once they have signed in."""
    visit().choose_language(chosen)
    remember(chosen, response)


def set_for_user(user: User, chosen: str, response: Response) -> None:
    """The user's language is this one, on every device; what was chosen before signing in no longer counts."""
    user.locale = chosen
    visit().choose_language("")
    remember(chosen, response)


def time_zone() -> str:
    """Return the time zone in which times are shown."""
    here = present()
    return (here.user.time_zone if here else None) or state().platform.config.site.time_zone


def _chosen() -> str:
    site = state().platform.config.site
    here = present()
    # A help page adds its language to the addresses it links to.
    named = request.args.get("locale", "").replace("-", "_")
    for wish in (visit().language, here.user.locale if here else None, browser_cookies.read(cookie_name()), named):
        if wish in site.locales:
            return wish
    header = request.headers.get("Accept-Language", "")[:LONGEST_WISH]
    return _negotiated(header, site.locales) or site.default_locale


@lru_cache(maxsize=512)
def _negotiated(header: str, offered: Sequence[str]) -> str | None:
    wished = parse_accept_header(header, LanguageAccept)
    tags = [tag.replace("-", "_").lower() for tag, quality in wished if quality > 0]
    known = {name.lower(): name for name in offered}
    return next((known[one] for wish in tags for one in (wish, wish.partition("_")[0]) if one in known), None)
