"""The choice among several accounts; and the pages of an account that is not open: what is so, and what to do."""

from __future__ import annotations

from typing import assert_never, cast

from flask import Response, abort

from ... import signals
from ...accounts.account_status import account_of, state_of
from ...security.sessions import CurrentSession
from ...web import rules
from ...web.page import Page, View
from ...web.rows import Row, RowPage
from . import flows
from .screens import IN_VIEW, NOT_OPEN, NOWHERE, OWNER


def list_accounts(page: Page) -> None:
    """The page of the list that is asked for."""
    found = flows.browse(page.db, _here(page).user, asked=page.asked, page=page.number)
    rows = [_row(one, _here(page)) for one in found.places]
    page.rows["all"] = RowPage(rows, found.page, found.pages, page.asked)


def _row(place: flows.AccountPlace, here: CurrentSession) -> Row:
    is_in_view = here.account is not None and here.account.id == place.account.id
    marks = (OWNER if place.is_owner else None, NOT_OPEN.get(place.account.state), IN_VIEW if is_in_view else None)
    return Row(
        place.account.number,
        (place.account.name, place.account.number, [mark for mark in marks if mark]),
        at={"number": place.account.number},
        actions=frozenset() if place.account.state == "closed" else None,
    )


def find_account(page: Page) -> Response | None:
    """The account of the address. One the user has no place in is none."""
    here = _here(page)
    account = account_of(page.db, here.user.id, page.at["number"]) or abort(404)
    if account.state == "closed":
        return page.go("accounts.switch", "is_closed", account=account.name)
    now = here.account.name if here.account else page.frame.words[NOWHERE.id]
    page.slots |= {"account": account.name, "number": account.number, "here": now}
    return None


def ask(page: Page) -> Response:
    """The question, unless the account is in view already."""
    here = _here(page)
    is_there = here.account is not None and here.account.number == page.at["number"]
    return page.go_home() if is_there else page.arrived()


def enter(page: Page) -> Response:
    here = _here(page)
    outcome = flows.enter(page.db, page.at["number"], here=here)
    match outcome:
        case flows.NoPlace():
            return abort(404)
        case flows.Closed(name):
            return page.go("accounts.switch", "is_closed", account=name)
        case flows.Entered(account):
            page.tell(signals.account_switched, user=here.user, account=account)
            return page.go_home()
        case _:
            assert_never(outcome)


def arrive(page: Page) -> Response:
    """The page, if it is true; home for an account that is open after all, and the choice where there is one."""
    here = page.here
    if here is None:
        return page.go_home()
    state = state_of(here, page.config, page.now)
    if state == "none" and here.has_others:
        return page.go_on("accounts.switch")
    if page.screen.name != f"accounts.{state}":
        return page.go_home()
    account = here.account
    return page.show(
        account=account.name if account else "",
        expired_on=account.plan_expires_on if account else "",
        allowed=rules.doors(here),
    )


def _here(page: Page) -> CurrentSession:
    """Who is here; the guard has seen to it that somebody is."""
    return cast(CurrentSession, page.here)


STATES = ("accounts.suspended", "accounts.closed", "accounts.none", "accounts.expired")

PAGES = {
    "accounts.switch": View(prepare=list_accounts),
    "accounts.enter": View(prepare=find_account, arrive=ask, submit=enter),
    **{name: View(arrive=arrive) for name in STATES},
}
