"""A customer cancels a change of their address that staff were asked for, by the link in the notice."""

from __future__ import annotations

from typing import assert_never

from ....security import tokens
from ....staff import users
from ....staff.users import AddressKept, ObjectionTooLate
from ....web.page import Page, View
from ....web.replies import ForgetLink, Open, Reply, done, done_at_once


def arrive(page: Page) -> Reply:
    """Mail scanners open links; nothing is cancelled before the button is pressed."""
    if page.is_result or (page.token and tokens.find(page.scope, page.token, "keep_address")):
        return Open()
    return _too_late()


def cancel(page: Page) -> Reply:
    match users.object_to_change(page.scope, page.token or ""):
        case AddressKept():
            return done("kept").with_effects(ForgetLink())
        case ObjectionTooLate():
            return _too_late()
        case other:
            assert_never(other)


def _too_late() -> Reply:
    return done_at_once("dead").with_effects(ForgetLink())


PAGES = {"staff.keep_address": View(get=arrive, post=cancel)}
