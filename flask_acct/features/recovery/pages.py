"""The recovery forms over HTTP."""

from __future__ import annotations

from typing import assert_never

from flask import Response

from ...security import tokens
from ...web.asking import ask
from ...web.page import Page, View
from . import flows


def ask_for_password(page: Page) -> Response:
    return ask(page, "sent")


def ask_for_username(page: Page) -> Response:
    return ask(page, "sent")


def ask_for_help(page: Page) -> Response:
    return ask(page, "received")


def arrive_to_confirm(page: Page) -> Response:
    if page.token and not tokens.find(page.scope, page.token, "confirm_recovery"):
        return _dead(page, page.token)
    if not page.token and not page.is_result:
        return page.go("recovery.password")
    return page.arrived()


def confirm(page: Page) -> Response:
    secret = page.token or ""
    outcome = flows.confirm(page.scope, secret, locale=page.frame.locale)
    page.forget_token()
    match outcome:
        case flows.ConfirmationLinkDead():
            return _dead(page, secret)
        case flows.Confirmed():
            return page.done("sent")
        case _:
            assert_never(outcome)


def _dead(page: Page, secret: str) -> Response:
    """What became of a link that confirms nothing any more: followed before, or worth nothing."""
    page.forget_token()
    token = tokens.trace(page.db, secret, "confirm_recovery")
    return page.go("recovery.password", "confirmed" if token is not None and token.used_at else "dead")


PAGES = {
    "recovery.password": View(submit=ask_for_password),
    "recovery.username": View(submit=ask_for_username),
    "recovery.request": View(submit=ask_for_help),
    "recovery.confirm": View(arrive=arrive_to_confirm, submit=confirm),
}
