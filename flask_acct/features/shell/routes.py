"""Requests of the page's script about its session."""

from __future__ import annotations

from flask import Response, jsonify, make_response

from ...security.sessions import CurrentSession
from ...web import current, form_tokens, guards
from ...web.state import state


def session_left() -> Response:
    """Return how long the session still lasts. Asking does not extend it."""
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


ROUTES = (
    ("session", "session_left", session_left, ("GET",)),
    ("session", "stay_signed_in", stay_signed_in, ("POST",)),
)
"""Requests of the page's script: path, endpoint, view, methods."""
