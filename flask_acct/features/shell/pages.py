"""Choosing a language, and the session as the page's script sees it."""

from __future__ import annotations

from flask import Response, jsonify, make_response

from ...db.database import begin_writing
from ...security.sessions import CurrentSession
from ...web import current, form_tokens, guards
from ...web.page import Page, View
from ...web.replies import Home, Reply, Speak
from ...web.state import state


def choose_language(page: Page) -> Reply:
    """The visitor's language is the chosen one, on the page they were on."""
    chosen = page.visitor.sent("locale") or ""
    if chosen not in page.config.site.locales:
        return Home()
    if page.here is None:
        return Home().leaving(Speak(chosen))
    begin_writing(page.db)
    return Home().leaving(Speak(chosen, page.here.user))


def session_left() -> Response:
    """How long the session still lasts. Asking does not keep it alive."""
    return _left(current.signed_in())


def stay_signed_in() -> Response:
    """The session lasts the whole idle time again."""
    if guards.is_foreign() or form_tokens.problem():
        return make_response(jsonify(error="bad_request"), 400)
    here = current.signed_in()
    return _left(current.keep_alive(here) if here else None)


def _left(here: CurrentSession | None) -> Response:
    if here is None:
        return guards.sign_in_first_json()
    seconds = int((here.idle_ends_at - state().clock()).total_seconds())
    return jsonify(seconds=max(0, seconds), csrf_token=form_tokens.token())


PAGES = {"shell.language": View(post=choose_language)}

ROUTES = (
    ("session", "session_left", session_left, ("GET",)),
    ("session", "stay_signed_in", stay_signed_in, ("POST",)),
)
"""What the page's script asks: path, endpoint, view, methods."""
