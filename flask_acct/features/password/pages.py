"""Setting and changing a password over HTTP."""

from __future__ import annotations

from typing import assert_never

from flask import Response, current_app

from ... import signals, tokens
from ...tallies import TooMany
from ...web import presence
from ...web.page import Page, Turn
from . import flows


def arrive_to_set(page: Page) -> Response:
    if page.token and not _is_restricted(page) and not tokens.find(page.token, *PURPOSES, db=page.db, now=page.now):
        return _dead(page)
    return page.arrived()


def set_password(page: Page) -> Response:
    new, repeat = page.values["new"], page.values["repeat"]
    here = page.here
    if here is not None and here.may_only_set_password:
        outcome: flows.Changed | flows.Weak | flows.Differ | flows.DeadLink = flows.set_in_session(
            here, new, repeat, db=page.db, config=page.config, now=page.now
        )
    else:
        outcome = flows.set_by_link(page.token or "", new, repeat, db=page.db, config=page.config, now=page.now)
    match outcome:
        case flows.Weak(why):
            return page.show(why)
        case flows.Differ():
            return page.show("differ")
        case flows.DeadLink():
            return _dead(page)
        case flows.Changed(user):
            presence.leave()
            signals.password_changed.send(current_app._get_current_object(), user=user)  # type: ignore[attr-defined]
            return page.go("login.form", "password_set")
        case _:
            assert_never(outcome)


def change_password(page: Page) -> Response:
    here = page.here
    assert here is not None  # noqa: S101 - the screen's access is "user"
    typed = page.values
    outcome = flows.change(
        here, typed["current"], typed["new"], typed["repeat"], db=page.db, config=page.config, now=page.now
    )
    match outcome:
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case flows.WrongPassword():
            return page.show("wrong")
        case flows.Weak(why):
            return page.show(why)
        case flows.Differ():
            return page.show("differ")
        case flows.Changed(user):
            signals.password_changed.send(current_app._get_current_object(), user=user)  # type: ignore[attr-defined]
            return page.go("password.change", "done")
        case _:
            assert_never(outcome)


PURPOSES: tuple[tokens.Purpose, ...] = ("password_link", "activation")


def _is_restricted(page: Page) -> bool:
    return page.here is not None and page.here.may_only_set_password


def _dead(page: Page) -> Response:
    page.forget_token()
    return page.go("recovery.password", "dead")


PAGES = {
    "password.set": Turn(arrive=arrive_to_set, submit=set_password),
    "password.change": Turn(submit=change_password),
}
