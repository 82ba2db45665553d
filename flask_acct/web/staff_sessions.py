"""Who of the company's own people is signed in: a session and a cookie apart from those of users.

In the staff area no user counts as signed in, and anywhere else none of the staff: neither session opens anything of
the other. The cookie is ``Strict``, so no link from elsewhere brings it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import cast

from flask import Response, g

from ..db.database import Database
from ..scope import Scope
from ..security.tokens import digest
from ..staff import members
from ..staff.members import PresentMember
from . import browser_cookies
from .state import afterwards, session, state
from .visits import begin_anew


def enter_area() -> None:
    """This request is one to the staff area."""
    g.acct_staff_area = True
    g.pop("_login_user", None)


def is_area() -> bool:
    """Whether this request is one to the staff area."""
    return bool(g.get("acct_staff_area", False))


def present() -> PresentMember | None:
    """Return who of the staff makes this request to the staff area; nobody anywhere else."""
    if not is_area():
        return None
    if "acct_staff" not in g:
        g.acct_staff = visiting()
    return cast("PresentMember | None", g.acct_staff)


def visiting() -> PresentMember | None:
    """Return who of the staff makes this request, to whatever page. The session was used then."""
    secret = brought()
    if not secret:
        return None
    scope = state().scope(session())
    here = members.load(scope, secret)
    if here is not None and members.needs_touch(here.session, scope.now):
        afterwards(partial(_touch, scope, here.session.id))
    return here


def brought() -> str:
    """Return the secret of the staff session that the browser sent, alive or not; empty without one."""
    value = browser_cookies.read(cookie_name()) or ""
    return value if len(value) <= 100 else ""


def binding() -> str | None:
    """Return what forms in the staff area are bound to; ``None`` without a staff session."""
    secret = brought()
    return f"staff {digest(secret)}" if secret and _is_alive(secret) else None


def enter(secret: str) -> None:
    """The response sets the cookie of a new staff session. Forms that are open in this browser become invalid."""
    g.acct_staff_cookie = secret
    begin_anew()


def leave() -> None:
    """The response deletes the cookie."""
    g.acct_staff_cookie = ""
    g.acct_staff = None
    begin_anew()


def write_cookie(response: Response) -> Response:
    """The response sets or deletes the cookie, if this request changed it."""
    secret = g.get("acct_staff_cookie")
    if is_area():
        response.vary.add("Cookie")
    if secret:
        browser_cookies.write(response, cookie_name(), secret, same_site="Strict")
    elif secret == "" or (is_area() and brought() and present() is None):
        browser_cookies.delete(response, cookie_name(), same_site="Strict")
    return response


def cookie_name() -> str:
    """Return ``__Host-acct_staff``, or what tells apps of one host apart."""
    return f"{state().cookie_name}_staff"


def _is_alive(secret: str) -> bool:
    here = present() if is_area() else members.load(state().scope(session()), secret)
    return here is not None


def _touch(scope: Scope, session_id: int, database: Database) -> None:
    with database.transaction() as db:
        members.touch(replace(scope, db=db), session_id)
