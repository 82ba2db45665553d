"""The form of somebody who becomes a user: its first values, its messages, and how they sign in."""

from __future__ import annotations

from typing import assert_never

from .. import signals
from ..accounts import registration
from ..accounts.new_users import (
    Entry,
    NameInUse,
    NewUser,
    NoUserName,
    Unfit,
)
from ..db.models import User
from ..security import sessions
from ..security.admission import ElsewhereFirst, Stopped
from ..security.limits import TooMany
from ..security.passwords import PasswordsDiffer, PasswordTooWeak
from .page import Handled, Page
from .replies import Enter, ForgetLink, Reply, SignIn, SignOut, go, show


def suggest_user_name(page: Page, email: str) -> None:
    """If the form asks for a user name, it starts with one made from the address."""
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


def show_again(page: Page, wrong: Unfit | NameInUse | TooMany) -> Handled:
    """Return the form again, with what is wrong. The screen declares ``no_user_name``, ``taken`` and ``too_many``."""
    match wrong:
        case NoUserName():
            return show("no_user_name")
        case NameInUse():
            return show("taken")
        case PasswordTooWeak(why):
            return show(f"password.rules.{why}")
        case PasswordsDiffer():
            return show("password.rules.differ")
        case TooMany():
            return wrong
        case _:
            assert_never(wrong)


def enter(page: Page, user: User, entry: Entry, welcome: Reply) -> Reply:
    """The new user is signed in and welcomed, whoever was here before; or goes where the host sends them.

    The link that led here is forgotten in this browser.
    """
    if page.here is not None:
        sessions.end(page.db, page.here.session.id)
    joined = _where_to(page, entry, welcome).with_effects(ForgetLink()).sending(signals.user_joined, user=user)
    match entry:
        case ElsewhereFirst():
            return joined
        case Stopped():
            return joined.with_effects(SignOut())
        case _:
            return joined.with_effects(SignIn(entry))


def _where_to(page: Page, entry: Entry, welcome: Reply) -> Reply:
    match entry:
        case ElsewhereFirst():
            return Enter(entry, goes_back=False)
        case Stopped():
            why = entry.in_language(page.locale, page.config.site.default_locale)
            return go(page.platform.declared.roles["sign_in"], "stopped", why=why)
        case _:
            return welcome
