"""Error pages in the brand and the visitor's language."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from ..accounts import account_status
from ..db.database import OURS
from ..db.models import Account
from ..declare.elements import OWNER, SUB_USER
from ..security.sessions import CurrentSession
from . import addresses, clients, current, guards, html, language, rules
from .addresses import is_below_ours
from .clients import NotSecure
from .dispatch import page_of
from .headers import protect
from .json_errors import problem
from .options import Mount
from .state import State, session, state
from .submission import Malformed, submission

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
"""After which a client may try again by default: the header ``Retry-After``."""

UPGRADE = "If its tables are missing, run: flask acct upgrade"

OTHER_ACCOUNT = "error.other_account"
"""Not for every 409: a host's own has other reasons."""


def install(app: Flask) -> None:
    """Error pages are ours where the host wants them, ``Acct(errors=...)``; errors that it handles stay its own."""
    acct: State = app.extensions["acct"]
    if acct.mount.errors == "none":
        return
    app.before_request(_unrouted)
    # Flask looks for a handler of the code first, then for one of the class, the nearest first. Whatever the host has,
    # and whenever it is registered, comes before the last of all.
    if acct.mount.errors == "all" and Exception not in app.error_handler_spec[None][None]:
        app.register_error_handler(Exception, _left_unhandled)


def guard(blueprint: Blueprint, mount: Mount) -> None:
    """Errors on the blueprint's pages are answered by pages of ours, whatever the host does with its own."""
    for kind in (Malformed, NotSecure):
        blueprint.register_error_handler(kind, _program_error)
    if mount.errors == "none":
        return
    for code in SCREENS:
        blueprint.register_error_handler(code, _server_error if code == 500 else _http_error)
    blueprint.register_error_handler(guards.OtherAccount, _other_account)
    blueprint.register_error_handler(Exception, _failed)


def refusal(error: HTTPException) -> Response | None:
    """Return the answer of ``@requires`` if the host has no handler for it; ``None`` for Flask's own page."""
    if state().mount.errors == "none":
        return None
    return _other_account(error) if isinstance(error, guards.OtherAccount) else _http_error(error)


def _unrouted() -> Response | None:
    """Answer a path below our prefix that has no page for the method. Flask knows of no blueprint then."""
    error = request.routing_exception
    if not isinstance(error, NotFound | MethodNotAllowed) or not is_below_ours():
        return None
    return _http_error(error)


def _left_unhandled(error: Exception) -> ResponseReturnValue:
    """Answer errors that nobody else has answered, on any page."""
    if isinstance(error, HTTPException):
        if current_app.trap_http_exception(error):
            raise error
        if error.code in SCREENS:
            return _server_error(error) if error.code == 500 else _http_error(error)
    return _failed(error)


def _failed(error: Exception) -> ResponseReturnValue:
    """Answer 503 if the database is unavailable. Flask handles other exceptions: it passes them on or logs them."""
    if isinstance(error, HTTPException):
        return error
    if _is_gone(error) and is_below_ours():
        return _gone(error)
    if _is_away(error):
        if _propagates():
            error.add_note(UPGRADE)
            raise error
        return _away(error)
    g.acct_reference = secrets.token_hex(4)
    error.add_note(f"The visitor was told the reference {g.acct_reference}.")
    raise error


def _propagates() -> bool:
    """Whether tests, the debugger or the server want to see exceptions themselves."""
    chosen = current_app.config["PROPAGATE_EXCEPTIONS"]
    return current_app.testing or current_app.debug if chosen is None else bool(chosen)


def _http_error(error: HTTPException) -> Response:
    here = current.present()
    if isinstance(error, guards.Denied) and here is not None and here.account is not None:
        return _denied(error.needs, here, here.account)
    code = error.code or 500
    response = _shown(code, after=_wait(error), **({"wait": _wait(error)} if code == 429 else {}))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _program_error(error: Malformed | NotSecure) -> Response:
    """Return what is wrong with a request that only a program makes, for its author."""
    screen, code = (SCREENS[403], 403) if isinstance(error, NotSecure) else (SCREENS[400], error.code)
    return protect(problem(code, error.name_for_programs, _title(screen), detail=error.description))


def _title(screen: str) -> str:
    return language.words()[f"{screen}.title"]


def _denied(needs: str, here: CurrentSession, account: Account) -> Response:
    """Return what is missing, who can grant it, and what is open instead."""
    if clients.wants_json():
        return protect(problem(403, "forbidden", _title(SCREENS[403]), needs=needs))
    texts = state().platform.declared.texts
    owner = account_status.owner_of(session(), account)
    message = needs if needs in (OWNER, SUB_USER) else "permission"
    slots = {
        "permission": texts.get(f"users.permission.{needs}", needs),
        "account": account.name,
        "owner": owner.full_name if owner else "",
    }
    page = page_of(state().platform.declared.screens[SCREENS[403]])
    page.brought["allowed"] = rules.doors(here)
    return protect(html.show_message(page, message, slots))


def _other_account(error: guards.OtherAccount) -> Response:
    """Return which account is in view, and the way back to the form's, where what was typed may be kept."""
    here = current.present()
    name = here.account.name if here and here.account else ""
    if clients.wants_json() or here is None:
        return _shown(409, account=name, **_how_to_name_account(here))
    page = page_of(state().platform.declared.screens[OTHER_ACCOUNT])
    other = account_status.account_of(session(), here.user.id, error.number or "")
    if other is not None and other.state != "closed":
        back = {"number": other.number}
        page.links["back"] = addresses.role_url("enter_account", back, **guards.way_back())
    message = "kept" if error.is_kept and page.links else None
    return protect(html.show_message(page, message, {"account": name}, status=409))


def _how_to_name_account(here: CurrentSession | None) -> dict[str, Any]:
    """Return help for the author of a program whose form named no account."""
    if here is None or here.account is None or not clients.speaks_json() or submission().account is not None:
        return {}
    return {"detail": f'Send the account the form is for: {{"account": "{here.account.number}", "fields": {{…}}}}'}


def _wait(error: HTTPException) -> timedelta:
    after = getattr(error, "retry_after", None)
    if isinstance(after, datetime):
        return max(after.astimezone(UTC) - datetime.now(UTC), timedelta(seconds=1))
    return timedelta(seconds=after) if isinstance(after, int) else USUAL_WAITS.get(error.code or 0, timedelta())


def _server_error(error: Exception) -> Response:
    original = getattr(error, "original_exception", None)
    if original is not None and _is_away(original):
        return _away(original)
    reference = g.pop("acct_reference", None)
    if reference is None:
        # Flask has logged an exception, with its reference; not what was answered with an error.
        reference = secrets.token_hex(4)
        log.error("error %s at %s", reference, request.endpoint, exc_info=original)
    current.ask_no_more()
    return _shown(500, reference=reference)


def _gone(error: Exception) -> Response:
    # With the place: a fault of ours may look the same, and nobody is told a reference.
    log.warning("what a request to %s was about was deleted while it ran", request.endpoint, exc_info=error)
    current.ask_no_more()
    return _shown(404)


def _is_gone(error: Exception) -> bool:
    """Whether a row of ours that the request had read was deleted by somebody else before it could be changed."""
    if isinstance(error, StaleDataError):
        # "UPDATE statement on table 'acct_user' expected to update 1 row(s); 0 were matched."
        return f"'{OURS}" in str(error)
    if isinstance(error, ObjectDeletedError):
        return True
    return isinstance(error, InvalidRequestError) and str(error).startswith("Could not refresh instance")


def _away(error: Exception) -> Response:
    if isinstance(error, PoolExhausted):
        log.error("every connection to the database is in use, and none came free in time")
    elif _collided(error):
        # The database rolled back one of two transactions that deadlocked. Nothing is broken, and nothing was done.
        log.warning("two requests waited for each other in the database; one was undone")
    else:
        # A driver may report it in several lines; one of ours is one.
        log.error("the database cannot be used: %s. %s", " ".join(str(getattr(error, "orig", error)).split()), UPGRADE)
    current.ask_no_more()
    return _shown(503)


def _is_away(error: Exception) -> bool:
    """Whether the database is unavailable now; anything else it refuses is a fault of the app's."""
    if isinstance(error, PoolExhausted):
        return True
    away = {"OperationalError", "InterfaceError", "AdminShutdown"}
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or type(error.orig).__name__ in away or _collided(error)
    )


def _collided(error: Exception) -> bool:
    """Whether a deadlock or a serialisation failure ended it: PostgreSQL's class 40."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "").startswith("40")


def _shown(code: int, *, after: timedelta | None = None, **slots: Any) -> Response:
    screen = SCREENS.get(code, OTHER_ACCOUNT)
    if clients.wants_json():
        message = {name: str(value) for name, value in slots.items()}
        response = protect(problem(code, screen.removeprefix("error."), _title(screen), **message))
    else:
        response = protect(html.show_message(page_of(state().platform.declared.screens[screen]), None, slots))
    if code in USUAL_WAITS:
        response.headers["Retry-After"] = str(ceil((after or USUAL_WAITS[code]).total_seconds()))
    return response
