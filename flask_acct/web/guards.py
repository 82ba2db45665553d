"""Where somebody goes who may not open a page; and ``@requires``, which closes a host's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Literal, TypeVar, cast, get_args

from flask import Response, abort, after_this_request, jsonify, make_response, redirect, request
from flask import session as flask_session
from werkzeug.exceptions import Conflict, Forbidden

from .. import identifiers, permissions
from ..errors import AcctError
from ..problems import did_you_mean
from ..screen import MEMBER
from ..sessions import Present
from ..standing import State, account_of, state_of, stays_open
from . import addresses, presence
from .state import session, state

ACCOUNT_MARK = "acct_account"
"""The field of a form that says for which account it was drawn: ``{{ acct.account_mark }}`` writes it."""


NAMED_ACCOUNT = "account"
"""What names an account in an address, ``/invoices/7?account=9000``, so that a mail's link opens in the right one."""


class OtherAccount(Conflict):
    """A form of one account was sent while another one is in view."""


class Denied(Forbidden):
    """The place somebody has in the account in view is not enough for the page."""

    def __init__(self, needs: str) -> None:
        super().__init__()
        self.needs = needs


View = TypeVar("View", bound=Callable[..., Any])

Closed = Literal["expired", "suspended"]
CLOSED = get_args(Closed)
"""How an account may stand that is not open, and some of whose pages are all the same."""


def requires(permission: str | None = None, *, also_when: Sequence[Closed] = ()) -> Callable[[View], View]:
    """The view opens only for a signed-in user of an open account, who has the permission if one is named.

    Nobody keeps its answer, unless the view says otherwise: the way back after signing out must not show it.

    Args:
        also_when: Which accounts that are not open it opens in all the same, ``("expired", "suspended")``, besides
            those that acct.toml keeps its permission open in, ``[accounts]``.

    Sample: ``@requires("invoices")``, ``@requires()``, ``@requires("orders", also_when=["expired"])``.
    """
    for state_ in also_when:
        if state_ not in CLOSED:
            raise AcctError(f'@requires: also_when names "{state_}", which is none. {did_you_mean(state_, CLOSED)}')

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            after_this_request(_not_kept)
            away = stopped(permission or MEMBER, also_when=also_when)
            if away is None:
                refuse_other_account()
            return away or view(*args, **kwargs)

        guarded.acct_permission = permission  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def _not_kept(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def public(view: View) -> View:
    """The view is for everybody, signed in or not; ``flask acct check`` asks every route of the host's for a rule."""
    view.acct_is_public = True  # type: ignore[attr-defined]
    return view


def stopped(needs: str, *, also_when: Sequence[Closed] = ()) -> Response | None:
    """Where somebody goes who may not open a page that is about an account. Raises ``Denied`` without the permission.

    Args:
        needs: A permission, ``MEMBER``, ``OWNER`` or ``SUB_USER``.
        also_when: How an account may stand that is not open.
    """
    here = presence.present()
    if here is None:
        return sign_in_first()
    if here.may_only_set_password:
        return set_password_first()
    elsewhere = _other_account_first(here)
    if elsewhere:
        return elsewhere
    config, stands = state().edition.config, _stands(here)
    if stands not in also_when and not stays_open(stands, needs, config=config):
        return _account_first(stands, here)
    if not permissions.is_enough(here.membership, needs, config=config):
        raise Denied(needs)
    return None


def may(here: Present, needs: str) -> bool:
    """Whether somebody may open what needs a permission, or a place, in the account in view as it stands now."""
    config = state().edition.config
    return permissions.is_enough(here.membership, needs, config=config) and stays_open(
        _stands(here), needs, config=config
    )


def permitted(permission: str) -> bool:
    """For templates, ``{% if "invoices" is permitted %}``: whether the one who is here may, in the account in view.

    Raises ``UnknownPermission``.
    """
    permissions.refuse_unknown(permission, config=state().edition.config)
    here = presence.signed_in()
    return here is not None and may(here, permission)


def refuse_other_account(*, is_ours: bool = False) -> None:
    """Nothing for a form of the account in view. Raises ``OtherAccount`` for one drawn while another one was.

    Args:
        is_ours: Whether the form says its account for certain; a host's need not.
    """
    if request.method != "POST":
        return
    here = presence.present()
    number = here.account.number if here and here.account else None
    if request.form.get(ACCOUNT_MARK, None if is_ours else number) != number:
        raise OtherAccount


def sign_in_first() -> Response:
    """To the sign-in form, and back afterwards; 401 as JSON for a script, which could not follow."""
    if wants_json():
        return sign_in_first_json()
    message = "login.form.ended" if presence.has_ended() else "login.form.please"
    flask_session["acct_said"] = {"at": "login.form", "id": message, "slots": {}}
    return _by_way_of("login.form")


def sign_in_first_json() -> Response:
    """401, what happened, and where to sign in."""
    error = "session_ended" if presence.has_ended() else "sign_in_first"
    return make_response(jsonify(error=error, sign_in=addresses.screen_url("login.form")), 401)


def set_password_first() -> Response:
    """To the only page open to them; a script is told that nobody is signed in yet."""
    if wants_json():
        return sign_in_first_json()
    return cast(Response, redirect(addresses.screen_url("password.set"), 303))


def _account_first(closed: str, here: Present) -> Response:
    """To the page that says what is so with the account; 403 as JSON for a script.

    Who has lost their place in the account in view, and has one in another, chooses.
    """
    if wants_json():
        return make_response(jsonify(error=f"account_{closed}"), 403)
    if closed == "none" and here.has_others:
        return _by_way_of("accounts.switch")
    return cast(Response, redirect(addresses.screen_url(f"accounts.{closed}"), 303))


def _other_account_first(here: Present) -> Response | None:
    """To the page that asks before it changes to the account an address names; nothing where that is in view.

    Raises 404 for an account the user has no place in, as for one that does not exist, and ``OtherAccount`` for
    whatever cannot be asked: a form, or a script.
    """
    named = request.args.get(NAMED_ACCOUNT)
    number = here.account.number if here.account else None
    if named is None or (wanted := identifiers.number_key(named)) == number:
        return None
    if request.method not in {"GET", "HEAD"} or wants_json():
        raise OtherAccount
    if account_of(here.user.id, wanted, db=session()) is None:
        abort(404)
    return _by_way_of("accounts.enter", {"number": wanted})


def _by_way_of(screen: str, at: Mapping[str, object] | None = None) -> Response:
    """To a screen that comes first, and from there to where this request wanted to go."""
    return cast(Response, redirect(addresses.screen_url(screen, at or {}, **_way_back()), 303))


def _way_back() -> dict[str, str]:
    """The address of this request, for the screen that comes first; a form cannot be sent again from there."""
    if request.method != "GET":
        return {}
    return {"next": f"{request.script_root}{request.full_path.rstrip('?')}"}


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


def _stands(here: Present) -> State:
    acct = state()
    return state_of(here, config=acct.edition.config, now=acct.clock())
