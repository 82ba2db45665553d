"""Where somebody goes who may not open a page; and ``@requires``, which closes a host's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Literal, TypeVar, cast, get_args

from flask import Response, abort, after_this_request, current_app, redirect, request
from jinja2 import pass_context
from jinja2.runtime import Context
from werkzeug.exceptions import Conflict, Forbidden, HTTPException

from ..accounts import permissions
from ..accounts.account_status import AccountStatus, account_of, state_of, stays_open
from ..config.problems import did_you_mean
from ..declare.elements import MEMBER, Message
from ..errors import AcctError
from ..security.sessions import CurrentSession
from ..values import identifiers
from . import addresses, clients, current, form_tokens, language
from .json_errors import problem
from .state import session, state
from .submission import submission
from .visits import visit

NAMED_ACCOUNT = "account"
"""What names an account in an address, ``/invoices/7?account=9000``, so that a mail's link opens in the right one."""


class Refused(HTTPException):
    """Raised by ``@requires``: a handler of the host's answers it, else a page of ours, on whatever page it was."""

    def get_response(self, environ: Any = None, scope: Any = None) -> Any:
        # They draw pages, and pages are guarded by what is here.
        from .errors import refusal

        return refusal(self) or super().get_response(environ, scope)


class OtherAccount(Refused, Conflict):
    """A form of one account was sent while another one is in view.

    Args:
        number: The customer number of the account it belongs to, if it says so.
    """

    def __init__(self, number: str | None = None) -> None:
        super().__init__()
        self.number = number
        self.is_kept = False
        """Whether what was typed is there again once its user has changed back."""


class Denied(Refused, Forbidden):
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
            return away or current_app.ensure_sync(view)(*args, **kwargs)

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


def stopped(needs: str, *, is_ours: bool = False, also_when: Sequence[Closed] = ()) -> Response | None:
    """Where somebody goes who may not open a page that is about an account. Raises ``Denied`` without the permission.

    A form of another account than the one in view is refused first, with ``OtherAccount``: what is permitted in this
    one says nothing about it.

    Args:
        needs: A permission, ``MEMBER``, ``OWNER`` or ``SUB_USER``.
        also_when: How an account may stand that is not open.
        is_ours: Whether the form says its account for certain; a host's need not.
    """
    here = current.present()
    if here is None:
        return sign_in_first()
    if here.may_only_set_password:
        return set_password_first()
    refuse_other_account(here, is_ours=is_ours)
    elsewhere = _other_account_first(here)
    if elsewhere:
        return elsewhere
    config, stands = state().platform.config, _stands(here)
    if stands not in also_when and not stays_open(stands, needs, config):
        return _account_first(stands, here)
    if not permissions.is_enough(here.membership, needs, config):
        raise Denied(needs)
    return None


def may(here: CurrentSession, needs: str) -> bool:
    """Whether somebody may open what needs a permission, or a place, in the account in view as it stands now."""
    config = state().platform.config
    return permissions.is_enough(here.membership, needs, config) and stays_open(_stands(here), needs, config)


@pass_context
def permitted(_context: Context, permission: str) -> bool:
    """For templates, ``{% if "invoices" is permitted %}``: whether the one who is here may, in the account in view.

    It asks for the context, for Jinja works out once and for all what does not: the first visitor's answer would be
    everybody's. Raises ``UnknownPermission``.
    """
    permissions.raise_unless_declared(permission, state().platform.config)
    here = current.signed_in()
    return here is not None and may(here, permission)


def refuse_other_account(here: CurrentSession, *, is_ours: bool = False) -> None:
    """Raise ``OtherAccount`` unless the form was drawn while the account in view was in view."""
    if request.method != "POST" or here.account is None:
        return
    number = here.account.number
    mark = submission().account
    if mark is None and (not is_ours or form_tokens.are_off()):
        mark = number
    if mark != number:
        raise OtherAccount(identifiers.number_key(mark or ""))


def sign_in_first(account: str | None = None, *, comes_back: bool = True) -> Response:
    """To the sign-in form, and back afterwards; 401 as JSON for a script, which could not follow.

    Args:
        account: The customer number of the account that must be in view then, if it is not the only one.
        comes_back: Whether this request is one its user wanted to make.
    """
    if clients.wants_json():
        return sign_in_first_json()
    screen = addresses.named("sign_in")
    visit().say(screen, _sign_in_message(has_ended=current.has_ended()).id)
    return _by_way_of(screen, account=account) if comes_back else _to(screen)


def _sign_in_message(*, has_ended: bool) -> Message:
    return state().platform.declared.screens[addresses.named("sign_in")].message("ended" if has_ended else "please")


def sign_in_first_json() -> Response:
    """401, what happened, and where to sign in."""
    has_ended = current.has_ended()
    text = language.words()[_sign_in_message(has_ended=has_ended).id]
    error = "session_ended" if has_ended else "sign_in_first"
    return problem(401, error, text, sign_in=addresses.role_url("sign_in"))


def set_password_first() -> Response:
    """To the only page open to them; a script is told that nobody is signed in yet."""
    if clients.wants_json():
        return sign_in_first_json()
    return _to(addresses.named("set_password"))


def _account_first(closed: str, here: CurrentSession) -> Response:
    """To the page that says what is so with the account; 403 as JSON for a script.

    Who has lost their place in the account in view, and has one in another, chooses.
    """
    if clients.wants_json():
        title = state().platform.declared.screens[addresses.named("closed_account").format(state=closed)].title
        return problem(403, f"account_{closed}", language.words()[title.id])
    if closed == "none" and here.has_others:
        return _by_way_of(addresses.named("choose_account"))
    return _to(addresses.named("closed_account").format(state=closed))


def _other_account_first(here: CurrentSession) -> Response | None:
    """To the page that asks before it changes to the account an address names; nothing where that is in view.

    Raises 404 for an account the user has no place in, as for one that does not exist, and ``OtherAccount`` for
    whatever cannot be asked: a form, or a script.
    """
    named = request.args.get(NAMED_ACCOUNT)
    number = here.account.number if here.account else None
    if named is None or (wanted := identifiers.number_key(named)) == number:
        return None
    if request.method not in {"GET", "HEAD"} or clients.wants_json():
        raise OtherAccount
    if account_of(session(), here.user.id, wanted) is None:
        abort(404)
    return _by_way_of(addresses.named("enter_account"), {"number": wanted})


def _by_way_of(screen: str, at: Mapping[str, object] | None = None, *, account: str | None = None) -> Response:
    """To a screen that comes first, and from there to where this request wanted to go."""
    return _to(screen, at, **way_back(account))


def _to(screen: str, at: Mapping[str, object] | None = None, **query: str) -> Response:
    return cast(Response, redirect(addresses.screen_url(screen, at or {}, **query), 303))


def way_back(account: str | None = None) -> dict[str, str]:
    """The address of this request, for the screen that comes first; nothing where it can only be sent.

    Args:
        account: The customer number to name in it, where it names none.
    """
    if not addresses.opens_by_get() or addresses.is_elsewhere():
        return {}
    address = addresses.asked_for()
    if account is not None and NAMED_ACCOUNT not in request.args:
        address += f"{'&' if '?' in address else '?'}{NAMED_ACCOUNT}={account}"
    return {"next": address}


def is_foreign() -> bool:
    """Whether a page that is none of ours sent this form: of another site, a neighbouring host, another port.

    Browsers say it in one of two headers, new ones in both; what says nothing is left to the form's token. A page
    whose policy is ``no-referrer`` sends the origin ``null`` even to itself. Source: ASVS 3.5.1; OWASP CSRF Prevention
    Cheat Sheet, "Verifying Origin With Standard Headers".
    """
    site, sender = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site == "cross-site":
        return True
    if sender is None:
        return site == "same-site"
    if sender == "null":
        return site not in ("same-origin", "none")
    known = addresses.origin(sender)
    return known is None or known not in addresses.own_origins()


def _stands(here: CurrentSession) -> AccountStatus:
    acct = state()
    return state_of(here, acct.platform.config, acct.clock())
