"""Error pages in the brand and the visitor's language."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from flask import Flask, Response, jsonify, make_response, request
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from .. import standing
from ..models import Account
from ..screen import OWNER, SUB_USER
from ..sessions import Present
from . import addresses, guards, presence, rules
from .headers import protect
from .page import Page
from .state import session, state

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

USUAL_WAITS = {429: timedelta(minutes=1), 503: timedelta(seconds=10)}
"""After which a client may try again, where nobody said it: what the header ``Retry-After`` holds."""

OTHER_ACCOUNT = "error.other_account"
"""Not for every 409: a host's own has other reasons."""


def install(app: Flask) -> None:
    """The app's error pages are ours, except where the host has its own."""
    hosts = app.error_handler_spec[None]
    for code in SCREENS:
        if code != 500 and not hosts.get(code):
            app.register_error_handler(code, _http_error)
    if not hosts.get(500):
        app.register_error_handler(500, _server_error)
    app.register_error_handler(guards.OtherAccount, _other_account)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolExhausted, _exhausted)


def _http_error(error: HTTPException) -> Response:
    here = presence.present()
    if isinstance(error, guards.Denied) and here is not None and here.account is not None:
        return _denied(error.needs, here, here.account)
    code = error.code or 500
    return _shown(code, after=_wait(error), **({"wait": _wait(error)} if code == 429 else {}))


def _denied(needs: str, here: Present, account: Account) -> Response:
    """What is missing, who can give it, and what is open instead."""
    if guards.wants_json():
        return protect(make_response(jsonify(error="forbidden", needs=needs), 403))
    texts = state().edition.declared.texts
    owner = standing.owner_of(account, db=session())
    page = Page(state().edition.declared.screens[SCREENS[403]])
    said = needs if needs in (OWNER, SUB_USER) else "permission"
    return protect(
        page.show(
            said,
            permission=texts.get(f"users.permission.{needs}", needs),
            account=account.name,
            owner=owner.full_name if owner else "",
            allowed=rules.doors(here),
        )
    )


def _other_account(error: guards.OtherAccount) -> Response:
    """Which account is in view, and the way back to the one the form was for, where what was typed may be kept."""
    here = presence.present()
    name = here.account.name if here and here.account else ""
    if guards.wants_json() or here is None:
        return _shown(409, account=name)
    page = Page(state().edition.declared.screens[OTHER_ACCOUNT])
    other = standing.account_of(here.user.id, error.number or "", db=session())
    if other is not None and other.state != "closed":
        back = {"number": other.number}
        page.links["back"] = addresses.screen_url("accounts.enter", back, **guards.way_back())
    return protect(page.show("kept" if error.is_kept and page.links else None, status=409, account=name))


def _wait(error: HTTPException) -> timedelta:
    after = getattr(error, "retry_after", None)
    if isinstance(after, datetime):
        return max(after.astimezone(UTC) - datetime.now(UTC), timedelta(seconds=1))
    return timedelta(seconds=after) if isinstance(after, int) else USUAL_WAITS.get(error.code or 0, timedelta())


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
    if _collided(error):
        # The database undid one of two that waited for each other. Nothing is broken, and nothing was done.
        log.warning("two requests waited for each other in the database; one was undone")
        presence.ask_no_more()
        return _shown(503)
    # A driver may say it in several lines; one of ours is one.
    said = " ".join(str(error.orig).split())
    log.error("the database cannot be used: %s. If its tables are missing, run: flask acct upgrade", said)
    presence.ask_no_more()
    return _shown(503)


def _exhausted(_error: SQLAlchemyError) -> Response:
    log.error("every connection to the database is in use, and none came free in time")
    presence.ask_no_more()
    return _shown(503)


def _is_away(error: DBAPIError) -> bool:
    away = {"OperationalError", "InterfaceError", "AdminShutdown"}
    return error.connection_invalidated or type(error.orig).__name__ in away or _collided(error)


def _collided(error: DBAPIError) -> bool:
    """Whether a deadlock, or transactions that cannot both have happened, ended it: PostgreSQL's class 40."""
    return str(getattr(error.orig, "sqlstate", None) or "").startswith("40")


def _shown(code: int, *, after: timedelta | None = None, **slots: Any) -> Response:
    screen = SCREENS.get(code, OTHER_ACCOUNT)
    if guards.wants_json():
        said = {name: str(value) for name, value in slots.items()}
        response = protect(make_response(jsonify(error=screen.removeprefix("error."), **said), code))
    else:
        response = protect(Page(state().edition.declared.screens[screen]).show(**slots))
    if code in USUAL_WAITS:
        response.headers["Retry-After"] = str(ceil((after or USUAL_WAITS[code]).total_seconds()))
    return response
