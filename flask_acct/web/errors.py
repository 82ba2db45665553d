"""Error pages in the brand and the visitor's language."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from . import guards
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
    return _shown(error.code or 500, wait=_wait(error))


def _wait(error: HTTPException) -> timedelta:
    after = getattr(error, "retry_after", None)
    return timedelta(seconds=after) if isinstance(after, int) else timedelta(minutes=1)


def _server_error(error: Exception) -> Response:
    reference = secrets.token_hex(4)
    original = getattr(error, "original_exception", None) or error
    log.error("error %s at %s", reference, request.endpoint, exc_info=original)
    g.acct_error_page = True
    return _shown(500, reference=reference)


def _database_error(error: DBAPIError) -> Response:
    """The service is away while its database is; anything else the database refused is our fault."""
    if not (error.connection_invalidated or _is_away(error)):
        return _server_error(error)
    log.error("the database cannot be reached: %s", type(error.orig).__name__)
    g.acct_error_page = True
    return _shown(503)


def _is_away(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "InterfaceError", "AdminShutdown"}


def _shown(code: int, **slots: Any) -> Response:
    if guards.wants_json():
        return make_response(
            jsonify(error=SCREENS[code].removeprefix("error."), **{k: str(v) for k, v in slots.items()}), code
        )
    response = Page(state().edition.declared.screens[SCREENS[code]]).show(**slots)
    response.headers["Cache-Control"] = "no-store"
    return response
