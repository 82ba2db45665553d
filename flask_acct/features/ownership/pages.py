"""The pages by which an account is offered to another owner and accepted, over HTTP."""

from __future__ import annotations

from typing import assert_never

from ... import signals
from ...accounts import memberships
from ...accounts.memberships import NotInAccount
from ...accounts.permissions import NotOwner
from ...db.models import User
from ...security.limits import TooMany
from ...security.reauthentication import WrongPassword
from ...web.page import Handled, Page, View
from ...web.replies import Event, Missing, Reply, done, done_at_once, go, show
from ...web.rows import RowPage, StateCell
from . import flows

STATE = 2
"""The column of ``users.list.members`` that says whether somebody is in the account."""


def show_offer(page: Page) -> None:
    """The list of users shows the open offer; only without one does it link to the form for an offer."""
    waiting = flows.open_one(page.scope, page.account)
    if waiting is None:
        page.screen = page.screen.without("offered", "see_offer")
        return
    transfer, to = waiting
    page.screen = page.screen.without("transfer")
    page.rows["members"] = _marked(page, to)
    page.slots |= {"candidate": to.full_name, "candidate_email": to.email, "offer_until": transfer.expires_at}


def _marked(page: Page, to: User) -> RowPage:
    """Return the list of users with the one who is to be its owner marked."""
    members = page.rows["members"]
    badge = StateCell("to_be_owner", page.frame.say("users.list.to_be_owner"), "info")
    rows = [row.with_cell(STATE, badge) if row.key == to.username else row for row in members.rows]
    return members.with_rows(rows)


def before_offering(page: Page) -> Reply | None:
    """The page lists the users the account can be offered to; if there is an open offer, it shows that instead."""
    account = page.account
    if flows.open_one(page.scope, account):
        return go("users.revoke")
    page.slots["account"] = account.name
    page.offered["to"] = [
        (str(one.user_id), f"{one.user.full_name} ({one.user.email})")
        for one in memberships.sub_users(page.db, account)
    ]
    return None


def offer(page: Page) -> Handled:
    account, user, typed = page.account, page.user, page.values
    outcome = flows.offer(page.scope, account, int(typed["to"]), page.values["keeps"], typed["password"], by=user)
    match outcome:
        case flows.Offered(transfer, to):
            reply = go("users.revoke", "offered", name=to.full_name)
            return reply.sending(signals.ownership_offered, transfer=transfer, account=account)
        case WrongPassword():
            return show("wrong")
        case flows.Pending():
            return go("users.revoke")
        case NotInAccount():
            return show("not_there")
        case TooMany():
            return outcome
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def before_revoking(page: Page) -> Reply | None:
    """The page shows the open offer; without one, it leads to the form for an offer."""
    account = page.account
    waiting = flows.open_one(page.scope, account)
    if waiting is None:
        return go("users.transfer")
    transfer, to = waiting
    page.slots |= {"account": account.name, "name": to.full_name, "email": to.email, "until": transfer.expires_at}
    return None


def revoke(page: Page) -> Handled:
    account, user = page.account, page.user
    outcome = flows.revoke(page.scope, account, by=user)
    match outcome:
        case flows.Revoked():
            reply = go("users.list", "kept", account=account.name)
            return reply.sending(signals.ownership_offer_revoked, account=account)
        case flows.Over():
            return go("users.list", "gone")
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def find_offer(page: Page) -> Reply | None:
    """The page shows the offer to the signed-in user, whichever account they look at. One to another user is a 404."""
    user = page.user
    if not flows.is_to(page.db, page.number("transfer"), user):
        return Missing()
    if page.is_result:
        return None
    found = flows.find(page.scope, page.number("transfer"), user=user)
    if isinstance(found, flows.Over):
        return _over(page)
    page.row = found.transfer
    page.slots |= {
        "account": found.account.name,
        "number": found.account.number,
        "from": found.owner.full_name,
        "until": found.transfer.expires_at,
    }
    return None


def receive(page: Page) -> Reply:
    user = page.user
    outcome = flows.accept(page.scope, page.number("transfer"), user=user)
    match outcome:
        case flows.Transferred(account, old, new, ended):
            removed = [Event(signals.contact_removed, {"contact": one}) for one in ended.contacts]
            reply = done("accepted", account=account.name).sending_all(removed)
            return reply.sending(signals.ownership_transferred, account=account, old=old, new=new)
        case flows.Over():
            return _over(page)
        case _:
            assert_never(outcome)


def _over(page: Page) -> Reply:
    """Return the page that says why an offer cannot be accepted: the user has accepted it already, or it is over."""
    account = flows.accepted(page.db, page.number("transfer"), user=page.user)
    return done_at_once("already", account=account.name) if account else done_at_once("over")


def decline(page: Page) -> Reply:
    user = page.user
    outcome = flows.decline(page.scope, page.number("transfer"), user=user)
    match outcome:
        case flows.OfferDeclined():
            return done("declined").sending(signals.ownership_declined, user=user)
        case flows.Over():
            return go("users.receive", at=page.at)
        case _:
            assert_never(outcome)


PAGES = {
    "users.list": View(load=show_offer),
    "users.transfer": View(post=offer, load=before_offering),
    "users.revoke": View(post=revoke, load=before_revoking),
    "users.receive": View(post=receive, load=find_offer),
    "users.refuse": View(post=decline, load=find_offer),
}
