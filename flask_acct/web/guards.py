"""Where somebody goes who may not open a page; and ``@requires``, which closes a host's."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, abort, jsonify, make_response, redirect, request
from flask import session as flask_session

from ..sessions import Present
from ..standing import state_of
from . import addresses, presence
from .state import state

View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: str | None = None) -> Callable[[View], View]:
    """The view opens only for a signed-in user of an open account, who has the permission if one is named.

    Sample: ``@requires("invoices")``, ``@requires()``.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return stopped(permission) or view(*args, **kwargs)

        guarded.acct_permission = permission  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def stopped(permission: str | None) -> Response | None:
    """Where somebody goes who may not open a host's page; 403 without the permission."""
    here = presence.present()
    if here is None:
        return sign_in_first()
    if here.may_only_set_password:
        return set_password_first()
    closed = _closed(here)
    if closed:
        return _account_first(closed)
    if permission and not (here.membership and here.membership.allows(permission)):
        abort(403)
    return None


def sign_in_first() -> Response:
    """To the sign-in form, and back afterwards; 401 as JSON for a script, which could not follow."""
    if wants_json():
        return sign_in_first_json()
    message = "login.form.ended" if presence.has_ended() else "login.form.please"
    flask_session["acct_said"] = {"at": "login.form", "id": message, "slots": {}}
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    return cast(Response, redirect(addresses.screen_url("login.form", **({"next": back} if back else {})), 303))


def sign_in_first_json() -> Response:
    """401, what happened, and where to sign in."""
    error = "session_ended" if presence.has_ended() else "sign_in_first"
    return make_response(jsonify(error=error, sign_in=addresses.screen_url("login.form")), 401)


def set_password_first() -> Response:
    """To the only page open to them; a script is told that nobody is signed in yet."""
    if wants_json():
        return sign_in_first_json()
    return cast(Response, redirect(addresses.screen_url("password.set"), 303))


def _account_first(closed: str) -> Response:
    """To the page that says what is so with the account; 403 as JSON for a script."""
    if wants_json():
        return make_response(jsonify(error=f"account_{closed}"), 403)
    return cast(Response, redirect(addresses.screen_url(f"accounts.{closed}"), 303))


def wants_json() -> bool:
    """Whether a script asks rather than a person: a redirect into a form would be read as success."""
    if request.headers.get("X-Requested-With") == "XMLHttpRequest" or request.is_json:
        return True
    if request.headers.get("Sec-Fetch-Dest") == "empty":
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def is_cross_site() -> bool:
    """Whether another site's page sent this form. Source: ASVS 3.5.1."""
    return request.headers.get("Sec-Fetch-Site") == "cross-site"


def _closed(here: Present) -> str | None:
    acct = state()
    found = state_of(here, config=acct.edition.config, now=acct.clock())
    return None if found == "open" else found
