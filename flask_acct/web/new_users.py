"""The form of somebody who becomes a user: what it starts with, what is said when it is refused, and how they enter."""

from __future__ import annotations

from typing import assert_never

from flask import Response, redirect

from .. import signals
from ..accounts import registration
from ..accounts.new_users import (
    Entry,
    NameInUse,
    NewUser,
    NoUserName,
    PasswordsDiffer,
    PasswordTooWeak,
    Unfit,
)
from ..db.models import User
from ..security import sessions
from ..security.admission import ElsewhereFirst, NewPasswordFirst, Welcome
from ..security.limits import TooMany
from . import arrival, current
from .page import Page


def suggest_user_name(page: Page, email: str) -> None:
    """Where the form asks for a user name, it starts with one made from the address."""
    if "username" in {field.name for field in page.screen.fields}:
        page.start["username"] = registration.user_name_from(email)


def filled_in(page: Page) -> NewUser:
    """Return what was typed in ``first_name``, ``last_name``, ``new``, ``repeat`` and, if asked for, ``username``."""
    typed = page.values
    return NewUser(
        first_name=typed["first_name"],
        last_name=typed["last_name"],
        username=typed.get("username", ""),
        new=typed["new"],
        repeat=typed["repeat"],
    )


def show_again(page: Page, wrong: Unfit | NameInUse | TooMany) -> Response:
    """The form again, with what is wrong. The screen declares ``no_user_name``, ``taken`` and ``too_many``."""
    match wrong:
        case NoUserName():
            return page.show("no_user_name")
        case NameInUse():
            return page.show("taken")
        case PasswordTooWeak(why):
            return page.show(f"password.rules.{why}")
        case PasswordsDiffer():
            return page.show("password.rules.differ")
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case _:
            assert_never(wrong)


def enter(page: Page, user: User, entry: Entry) -> Response | None:
    """The new user is signed in, whoever was here before; or else the answer says where the host wants them.

    The link that led here is forgotten in this browser.
    """
    if page.here is not None:
        sessions.end(page.db, page.here.session.id)
    page.forget_token()
    page.tell(signals.user_joined, user=user)
    if isinstance(entry, Welcome | NewPasswordFirst):
        arrival.enter(entry)
        return None
    if isinstance(entry, ElsewhereFirst):
        return redirect(arrival.go_elsewhere(entry), 303)  # type: ignore[return-value]
    current.leave()
    return page.go("login.form", "stopped", why=arrival.words(entry, page.frame.locale))
