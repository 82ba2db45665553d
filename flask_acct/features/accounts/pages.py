"""The choice among several accounts, and the pages of an account that is not open: its state, and what to do."""

from __future__ import annotations

from typing import assert_never

from ... import signals
from ...accounts.account_status import account_of, state_of
from ...security.sessions import CurrentSession
from ...web.page import Page, View
from ...web.replies import Go, Home, Missing, Open, Reply, go, show
from ...web.rows import Row, RowPage
from . import flows
from .screens import IN_VIEW, NOT_OPEN, NOWHERE, OWNER


def list_accounts(page: Page) -> None:
    """The requested page of the list is loaded."""
    found = flows.browse(page.db, page.user, query=page.visitor.search, page=page.visitor.page_number)
    stay = page.visitor.onward or page.host.target("site.home") or "/"
    rows = [_row(one, page.session, stay) for one in found.places]
    page.rows["all"] = RowPage(rows, found.page, found.pages, page.visitor.search)


def _row(place: flows.AccountPlace, here: CurrentSession, stay: str) -> Row:
    """Return an account with its button; of the one in view, the name leads on, to ``stay``."""
    is_in_view = here.account is not None and here.account.id == place.account.id
    marks = (OWNER if place.is_owner else None, NOT_OPEN.get(place.account.state), IN_VIEW if is_in_view else None)
    return Row(
        place.account.number,
        (place.account.name, place.account.number, [mark for mark in marks if mark]),
        at={"number": place.account.number},
        actions=frozenset() if is_in_view or place.account.state == "closed" else None,
        href=stay if is_in_view else "",
    )


def find_account(page: Page) -> Reply | None:
    """The account of the address is loaded. An account that the user is not in counts as missing."""
    here = page.session
    account = account_of(page.db, here.user.id, str(page.at["number"]))
    if account is None:
        return Missing()
    if account.state == "closed":
        return go("accounts.switch", "is_closed", account=account.name)
    now = here.account.name if here.account else page.frame.words[NOWHERE.id]
    page.slots |= {"account": account.name, "number": account.number, "here": now}
    return None


def ask(page: Page) -> Reply:
    """Show the question, unless the account is in view already."""
    here = page.session
    is_there = here.account is not None and here.account.number == page.at["number"]
    return Home() if is_there else Open()


def enter(page: Page) -> Reply:
    here = page.session
    outcome = flows.enter(page.db, str(page.at["number"]), here=here)
    match outcome:
        case flows.NoPlace():
            return Missing()
        case flows.Closed(name):
            return go("accounts.switch", "is_closed", account=name)
        case flows.Entered(account):
            return Home().sending(signals.account_switched, user=here.user, account=account)
        case _:
            assert_never(outcome)


def arrive(page: Page) -> Reply:
    """Show the page if it is true; go home if the account is open after all, or to the choice if there is one."""
    here = page.here
    if here is None:
        return Home()
    state = state_of(here, page.config, page.now)
    if state == "none" and here.has_others:
        return Go("accounts.switch", then=page.visitor.onward or "")
    if page.screen.name != f"accounts.{state}":
        return Home()
    account = here.account
    page.brought["allowed"] = page.host.doors(here)
    return show(account=account.name if account else "", expired_on=account.plan_expires_on if account else "")


STATES = ("accounts.suspended", "accounts.closed", "accounts.none", "accounts.expired")

PAGES = {
    "accounts.switch": View(load=list_accounts),
    "accounts.enter": View(load=find_account, get=ask, post=enter),
    **{name: View(get=arrive) for name in STATES},
}
