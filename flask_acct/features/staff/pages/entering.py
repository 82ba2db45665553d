"""Signing in and out of the staff area, and setting a password by the link of an administrator."""

from __future__ import annotations

from typing import assert_never

from ....security.limits import TooMany
from ....security.passwords import PasswordsDiffer, PasswordTooWeak
from ....staff import members
from ....staff.members import StaffLinkDead, StaffPasswordSet, StaffRefused, StaffWelcome
from ....web.page import Handled, Page, View
from ....web.replies import Away, ForgetLink, Reply, StaffIn, StaffOut, go, show


def already_in(page: Page) -> Reply | None:
    return go("staff.home") if page.visitor.staff else None


def sign_in(page: Page) -> Handled:
    outcome = members.sign_in(
        page.scope,
        page.values["email"],
        page.values["password"],
        network=page.visitor.network,
        user_agent=page.visitor.user_agent,
        before=page.visitor.staff_secret,
    )
    match outcome:
        case TooMany():
            return outcome
        case StaffRefused():
            return show("wrong")
        case StaffWelcome(_, secret):
            return _onward(page).with_effects(StaffIn(secret))
        case _:
            assert_never(outcome)


def _onward(page: Page) -> Reply:
    """Return where they wanted to go, if that is in the staff area."""
    home, wanted = page.host.url("staff.home"), page.visitor.onward
    return Away(wanted) if wanted and wanted.startswith(f"{home}/") else go("staff.home")


def find_whose(page: Page) -> Reply | None:
    """The page says whose password the link sets."""
    member = members.by_link(page.scope, page.token or "")
    if member is None:
        return go("staff.sign_in", "link_dead").with_effects(ForgetLink())
    page.slots["email"] = page.signs_in_as = member.email
    return None


def set_password(page: Page) -> Reply:
    outcome = members.set_password(page.scope, page.token or "", page.values["new"], page.values["repeat"])
    match outcome:
        case StaffPasswordSet():
            return go("staff.sign_in", "password_set").with_effects(ForgetLink(), StaffOut())
        case StaffLinkDead():
            return go("staff.sign_in", "link_dead").with_effects(ForgetLink())
        case PasswordTooWeak() | PasswordsDiffer():
            return _unfit(outcome)
        case _:
            assert_never(outcome)


def change_password(page: Page) -> Handled:
    typed = page.values
    outcome = members.change_password(page.scope, page.staff, typed["current"], typed["new"], typed["repeat"])
    match outcome:
        case TooMany():
            return outcome
        case StaffRefused():
            return show("wrong")
        case PasswordTooWeak() | PasswordsDiffer():
            return _unfit(outcome)
        case StaffWelcome(_, secret):
            return go("staff.home", "password_changed").with_effects(StaffIn(secret))
        case _:
            assert_never(outcome)


def _unfit(why: PasswordTooWeak | PasswordsDiffer) -> Reply:
    match why:
        case PasswordTooWeak("too_short"):
            return show("too_short")
        case PasswordTooWeak(rule):
            return show(f"password.rules.{rule}")
        case PasswordsDiffer():
            return show("password.rules.differ")
        case _:
            assert_never(why)


def sign_out(page: Page) -> Reply:
    members.end(page.scope, page.visitor.staff_secret)
    return go("staff.sign_in", "signed_out").with_effects(StaffOut())


PAGES = {
    "staff.sign_in": View(load=already_in, post=sign_in),
    "staff.password": View(load=find_whose, post=set_password),
    "staff.own_password": View(post=change_password),
    "staff.sign_out": View(post=sign_out),
}
