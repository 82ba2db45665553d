"""Setting and changing a password over HTTP."""

from __future__ import annotations

from typing import assert_never

from flask import Response, abort

from ... import signals
from ...accounts.naming import called
from ...db.models import User
from ...security import sessions, tokens
from ...security.credentials import identifier_of
from ...security.limits import TooMany
from ...security.reauthentication import WrongPassword
from ...web import current, known_browsers
from ...web.page import Page, View
from . import flows


def find_whose(page: Page) -> Response | None:
    """The page says whose password it sets: of the link's user, else of the one who is here for it."""
    user = _link_user(page) if page.token is not None else page.here.user if page.here else None
    if user is None:
        return _dead(page)
    page.slots["who"] = called(user, page.config)
    page.signs_in_as = identifier_of(page.scope, user)
    return None


def _link_user(page: Page) -> User | None:
    token = tokens.find(page.scope, page.token or "", *PURPOSES)
    return page.db.get(User, token.user_id) if token else None


def set_password(page: Page) -> Response:
    outcome = _set(page, page.values["new"], page.values["repeat"])
    match outcome:
        case flows.PasswordTooWeak(why):
            return page.show(why)
        case flows.PasswordsDiffer():
            return page.show("differ")
        case flows.SetPasswordLinkDead():
            return _dead(page)
        case flows.TooLate():
            current.leave()
            return page.go("login.form", "ended")
        case flows.PasswordChanged(user):
            _end_this_session(page)
            current.leave()
            known_browsers.remember(user)
            page.tell(signals.password_changed, user=user)
            return page.go("login.form", "password_set")
        case _:
            assert_never(outcome)


def change_password(page: Page) -> Response:
    here = page.here
    assert here is not None  # noqa: S101 - the screen's access is "user"
    typed = page.values
    outcome = flows.change(page.scope, here, typed["current"], typed["new"], typed["repeat"], locale=page.frame.locale)
    match outcome:
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case WrongPassword():
            return page.show("wrong")
        case flows.PasswordTooWeak(why):
            return page.show(why)
        case flows.PasswordsDiffer():
            return page.show("differ")
        case flows.PasswordChanged(user):
            page.tell(signals.password_changed, user=user)
            return page.go("password.change", "done")
        case _:
            assert_never(outcome)


PURPOSES: tuple[tokens.Purpose, ...] = ("password_link", "activation")


def _set(
    page: Page, new: str, repeat: str
) -> flows.PasswordChanged | flows.PasswordTooWeak | flows.PasswordsDiffer | flows.SetPasswordLinkDead | flows.TooLate:
    """Whose password it is, the link says before the session does: it was opened on purpose, and later."""
    if page.token or page.here is None or not page.here.may_only_set_password:
        return flows.set_by_link(page.scope, page.token or "", new, repeat, locale=page.frame.locale)
    return flows.set_in_session(page.scope, page.here, new, repeat, locale=page.frame.locale)


def _end_this_session(page: Page) -> None:
    """Also when somebody else was signed in here while the link was opened."""
    if page.here is not None:
        sessions.end(page.db, page.here.session.id)


def _dead(page: Page) -> Response:
    token = tokens.trace(page.db, page.token or "", *PURPOSES)
    page.forget_token()
    if not page.config.recovery.password.enabled:
        # An invitation's link, where nobody can ask for another one.
        abort(410)
    return page.go("recovery.password", "used" if token is not None and token.used_at else "dead")


PAGES = {
    "password.set": View(prepare=find_whose, submit=set_password),
    "password.change": View(submit=change_password),
}
