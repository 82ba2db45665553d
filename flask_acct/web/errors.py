"""Error pages in the brand and the visitor's language."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Response, jsonify, make_response, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from . import guards, presence
from .headers import protect
from .page import Page
from .state import state

log = logging.getLogger("flask_acct")

SCREENS = {
    400: "error.bad_request",
    403: "error.forbidden",
    404: "error.not_found",
    405: "error.not_allowed",
    410: "error.gone",
    413: "error.too_large",
    429: "error.too_many",
    500: "error.server",
    503: "error.unavailable",
}


def install(app: Flask) -> None:
    """The app's error pages are ours, except where the host has its own."""
    hosts = app.error_handler_spec[None]
    for code in SCREENS:
        if code != 500 and not hosts.get(code):
            app.register_error_handler(code, _http_error)
    if not hosts.get(500):
        app.register_error_handler(500, _server_error)
    app.register_error_handler(DBAPIError, _database_error)


def _http_error(error: HTTPException) -> Response:
    return _shown(error.code or 500, **({"wait": _wait(error)} if error.code == 429 else {}))


def _wait(error: HTTPException) -> timedelta:
    after = getattr(error, "retry_after", None)
    return timedelta(seconds=after) if isinstance(after, int) else timedelta(minutes=1)


def _server_error(error: Exception) -> Response:
    original = getattr(error, "original_exception", None) or error
    if isinstance(original, DBAPIError) and _is_away(original):
        return _away(original)
    reference = secrets.token_hex(4)
    log.error("error %s at %s", reference, request.endpoint, exc_info=original)
    presence.ask_no_more()
    return _shown(500, reference=reference)


def _database_error(error: DBAPIError) -> Response:
    """The service is away while its database is; anything else the database refused is our fault."""
    return _away(error) if _is_away(error) else _server_error(error)


def _away(error: DBAPIError) -> Response:
    log.error("the database cannot be used: %s. If its tables are missing, run: flask acct upgrade", error.orig)
    presence.ask_no_more()
    return _shown(503)


def _is_away(error: DBAPIError) -> bool:
    away = {"OperationalError", "InterfaceError", "AdminShutdown"}
    return error.connection_invalidated or type(error.orig).__name__ in away


def _shown(code: int, **slots: Any) -> Response:
    if guards.wants_json():
        said = {name: str(value) for name, value in slots.items()}
        return protect(make_response(jsonify(error=SCREENS[code].removeprefix("error."), **said), code))
    return protect(Page(state().edition.declared.screens[SCREENS[code]]).show(**slots))
