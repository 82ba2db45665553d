"""The pages of an account that is not open: what is so, and what to do."""

from __future__ import annotations

from flask import Response

from ...standing import state_of
from ...web.page import Page, Turn


def arrive(page: Page) -> Response:
    """The page, if it is true; home for an account that is open after all."""
    here = page.here
    if here is None or page.screen.name != f"accounts.{state_of(here, config=page.config, now=page.now)}":
        return page.go_home()
    account = here.account
    return page.show(account=account.name if account else "", expired_on=account.plan_expires_on if account else "")


PAGES = {
    name: Turn(arrive=arrive) for name in ("accounts.suspended", "accounts.closed", "accounts.none", "accounts.expired")
}
