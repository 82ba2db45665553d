"""Where somebody goes who may not open a page; and ``@requires``, which protects a host's pages."""

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
"""The parameter that names an account in an address, ``/invoices/7?account=9000``, so that mailed links open in it."""


class Refused(HTTPException):
    """Raised by ``@requires``: a handler of the host's answers it, else a page of ours, on any page."""

    def get_response(self, environ: Any = None, scope: Any = None) -> Any:
        # They render pages, and pages are guarded by what is here.
        from .errors import refusal

        return refusal(self) or super().get_response(environ, scope)


class OtherAccount(Refused, Conflict):
    """A form for one account was sent while another one is in view.

    Args:
        number: The customer number of the account it belongs to, if it says so.
    """

    def __init__(self, number: str | None = None) -> None:
        super().__init__()
        self.number = number
        self.is_kept = False
        """Whether what was typed is filled in again once its user has switched back."""


class Denied(Refused, Forbidden):
    """Somebody's membership in the account in view is not enough for the page."""

    def __init__(self, needs: str) -> None:
        super().__init__()
        self.needs = needs


View = TypeVar("View", bound=Callable[..., Any])

Closed = Literal["expired", "suspended"]
CLOSED = get_args(Closed)
"""States of an account that is not open; some of its pages may open all the same."""


def requires(permission: str | None = None, *, also_when: Sequence[Closed] = ()) -> Callable[[View], View]:
    """The view opens only for a signed-in user of an open account, who has the permission if one is named.

    Its answer is not cached, unless the view says otherwise: the back button must not show it after signing out.

    Args:
        also_when: In which accounts that are not open it opens all the same, ``("expired", "suspended")``, besides
            those for which acct.toml keeps its permission open, ``[accounts]``.

    Sample: ``@requires("invoices")``, ``@requires()``, ``@requires("orders", also_when=["expired"])``.
    """
    for state_ in also_when:
        if state_ not in CLOSED:
            raise AcctError(f'@requires: also_when names "{state_}", which is none. {did_you_mean(state_, CLOSED)}')

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            after_this_request(_without_caching)
            away = stopped(permission or MEMBER, also_when=also_when)
            return away or current_app.ensure_sync(view)(*args, **kwargs)

        guarded.acct_permission = permission  # type: ignore[attr-defined]
        return cast(View, guarded)

    return decorate


def _without_caching(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def public(view: View) -> View:
    """The view is for everybody, signed in or not; ``flask acct check`` requires a rule for every route."""
    view.acct_is_public = True  # type: ignore[attr-defined]
    return view


def stopped(needs: str, *, is_ours: bool = False, also_when: Sequence[Closed] = ()) -> Response | None:
    """Return where somebody goes who may not open a page about an account. Raises ``Denied`` without the permission.

    A form for another account than the one in view is refused first, with ``OtherAccount``: permissions in this
    account say nothing about it.

    Args:
        needs: A permission, ``MEMBER``, ``OWNER`` or ``SUB_USER``.
        also_when: States of an account that is not open, in which the page opens.
        is_ours: Whether the form certainly names its account; a host's need not.
    """
    here = current.present()
    if here is None:
        return sign_in_first()
    if here.may_only_set_password:
        return set_password_first()
    raise_if_other_account(here, is_ours=is_ours)
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
    """Whether somebody may open what needs a permission, or a membership, in the account in view as it is now."""
    config = state().platform.config
    return permissions.is_enough(here.membership, needs, config) and stays_open(_stands(here), needs, config)


def rights(here: CurrentSession) -> tuple[object, ...]:
    """Return all that decides what somebody may open, ``may`` and ``for_several``: equal if that is the same."""
    membership = here.membership
    granted = (membership.is_owner, *membership.permissions) if membership else ()
    return (granted, _stands(here), here.has_others)


@pass_context
def permitted(_context: Context, permission: str) -> bool:
    """Whether the signed-in user may, in the account in view. For templates: ``{% if "invoices" is permitted %}``.

    It takes the context, because Jinja evaluates what does not only once: the first visitor's answer would be
    everybody's. Raises ``UnknownPermission``.
    """
    permissions.raise_unless_declared(permission, state().platform.config)
    here = current.signed_in()
    return here is not None and may(here, permission)


def raise_if_other_account(here: CurrentSession, *, is_ours: bool = False) -> None:
    """Raise ``OtherAccount`` unless the form was rendered while the account in view was in view."""
    if request.method != "POST" or here.account is None:
        return
    number = here.account.number
    mark = submission().account
    if mark is None and (not is_ours or form_tokens.are_off()):
        mark = number
    if mark != number:
        raise OtherAccount(identifiers.number_key(mark or ""))


def sign_in_first(account: str | None = None, *, comes_back: bool = True) -> Response:
    """Redirect to the sign-in form, and back afterwards; 401 as JSON for a script, which could not follow.

    Args:
        account: The customer number of the account that must be in view then, if it is not the only one.
        comes_back: Whether to come back to this request, because its user wanted to make it.
    """
    if clients.wants_json():
        return sign_in_first_json()
    screen = addresses.named("sign_in")
    visit().say(screen, _sign_in_message(has_ended=current.has_ended()).id)
    return _by_way_of(screen, account=account) if comes_back else _to(screen)


def _sign_in_message(*, has_ended: bool) -> Message:
    return state().platform.declared.screens[addresses.named("sign_in")].message("ended" if has_ended else "please")


def sign_in_first_json() -> Response:
    """Return 401, what happened, and where to sign in."""
    has_ended = current.has_ended()
    text = language.words()[_sign_in_message(has_ended=has_ended).id]
    error = "session_ended" if has_ended else "sign_in_first"
    return problem(401, error, text, sign_in=addresses.role_url("sign_in"))


def set_password_first() -> Response:
    """Redirect to the only page open to them; a script is told that nobody is signed in yet."""
    if clients.wants_json():
        return sign_in_first_json()
    return _to(addresses.named("set_password"))


def _account_first(closed: str, here: CurrentSession) -> Response:
    """Redirect to the page about the account's state; 403 as JSON for a script.

    A user who is no longer in the account in view, and is in another, chooses one.
    """
    if clients.wants_json():
        title = state().platform.declared.screens[addresses.named("closed_account").format(state=closed)].title
        return problem(403, f"account_{closed}", language.words()[title.id])
    if closed == "none" and here.has_others:
        return _by_way_of(addresses.named("choose_account"))
    return _to(addresses.named("closed_account").format(state=closed))


def _other_account_first(here: CurrentSession) -> Response | None:
    """Redirect to the page that asks before it switches to the account of an address; ``None`` if that is in view.

    Raises 404 for an account the user is not in, as for one that does not exist, and ``OtherAccount`` for
    requests that cannot be asked: a form, or a script's.
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
    """Redirect to a screen that comes first, and from there to where this request wanted to go."""
    return _to(screen, at, **way_back(account))


def _to(screen: str, at: Mapping[str, object] | None = None, **query: str) -> Response:
    return cast(Response, redirect(addresses.screen_url(screen, at or {}, **query), 303))


def way_back(account: str | None = None) -> dict[str, str]:
    """Return the address of this request, for the screen that comes first; nothing if it can only be sent.

    Args:
        account: The customer number to add to it, if it names none.
    """
    if not addresses.opens_by_get() or addresses.is_elsewhere():
        return {}
    address = addresses.requested_address()
    if account is not None and NAMED_ACCOUNT not in request.args:
        address += f"{'&' if '?' in address else '?'}{NAMED_ACCOUNT}={account}"
    return {"next": address}


def is_foreign() -> bool:
    """Whether a page that is not ours sent this form: of another site, a neighbouring host, another port.

    Browsers say it in one of two headers, new ones in both; without them the form's token decides. A page
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
