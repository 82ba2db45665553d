"""The users of an account over HTTP. ``Screen.needs`` says which pages are only for the owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from ... import signals
from ...accounts import account_status, memberships, permissions, readers
from ...accounts.memberships import NotInAccount, Owns
from ...accounts.permissions import NotOwner
from ...accounts.readers import Behind
from ...db.models import Membership
from ...declare.formats import Relative
from ...web.page import Handled, Page, View
from ...web.replies import Event, Home, Missing, Reply, go
from ...web.rows import PersonCell, Row, RowPage, StateCell, TimeCell
from . import flows

MOST_READERS = 100
"""How many contacts are shown before somebody is removed; the page also says how many there are."""


def list_members(page: Page) -> None:
    account = page.account
    found = flows.browse(page.db, account, page=page.visitor.page_number)
    page.slots["account"] = account.name
    page.rows["members"] = RowPage([_row(one, page) for one in found.places], found.page, found.pages)


def before_removing(page: Page) -> Reply | None:
    """The page shows who is to be removed, and which contacts of theirs get the account's mails."""
    account = page.account
    place = memberships.sub_user(page.db, account, page.number("member"))
    if place is None:
        return Missing()
    page.row = place.user
    page.slots |= {"account": account.name, "name": place.user.full_name, "email": place.user.email}
    behind = readers.left_behind(page.scope, place.user, account)
    if not behind:
        page.screen = page.screen.without("readers", "decision")
        return None
    page.rows["readers"] = RowPage(_readers(behind, page)[:MOST_READERS])
    page.start["decision"] = "delete"
    page.slots["count"] = behind.count
    return None


def remove(page: Page) -> Handled:
    account, user = page.account, page.user
    keep = page.values.get("decision") == "keep"
    outcome = flows.remove(page.scope, account, page.number("member"), keep=keep, by=user)
    match outcome:
        case flows.Removed(removed, ended):
            reply = go("users.list", "removed", name=removed.full_name, account=account.name)
            return reply.sending_all(_no_readers(ended)).sending(signals.user_removed, user=removed, account=account)
        case NotInAccount():
            return go("users.list", "gone")
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def before_leaving(page: Page) -> Reply | None:
    account = page.account
    owner = account_status.owner_of(page.db, account)
    page.slots |= {"account": account.name, "owner": owner.full_name if owner else ""}
    return None


def leave(page: Page) -> Handled:
    account, user = page.account, page.user
    outcome = flows.leave(page.scope, account, user=user)
    match outcome:
        case flows.Left(ended):
            return Home().sending_all(_no_readers(ended)).sending(signals.user_left, user=user, account=account)
        case Owns() | NotInAccount():
            return Home()
        case _:
            assert_never(outcome)


def _no_readers(ended: Behind) -> list[Event]:
    return [Event(signals.contact_removed, {"contact": contact}) for contact in ended.contacts]


def _readers(behind: Behind, page: Page) -> Sequence[Row]:
    texts = page.platform.declared.texts
    own = {contact.id for contact in behind.own}
    rows = [
        Row(one.email_key, (one.name, one.email, texts["users.remove.own" if one.id in own else "users.remove.added"]))
        for one in behind.contacts
    ]
    if behind.billing_email:
        cells = (texts["users.remove.billing"], behind.billing_email, texts["users.remove.own"])
        rows.insert(0, Row("billing", cells))
    return rows


def _row(place: Membership, page: Page) -> Row:
    say, user, seen = page.frame.say, place.user, place.user.last_signed_in_at
    cells = (
        PersonCell(user.email, user.full_name),
        _role(place, page),
        StateCell("active", say("users.list.active"), "success"),
        TimeCell(seen, page.frame.show(Relative(seen, page.now))) if seen else say("users.list.never"),
    )
    # The owner cannot be removed; they can only give the account to somebody.
    offered = frozenset() if place.is_owner else frozenset({"permissions", "remove"})
    return Row(user.username, cells, {"member": place.user_id}, offered)


def _role(place: Membership, page: Page) -> StateCell:
    say = page.frame.say
    if place.is_owner:
        return StateCell("owner", say("users.list.owner"), "info", say("users.list.everything"))
    words = permissions.role_words(place.permissions, page.platform)
    return StateCell(
        words.name, page.frame.show(words), note=permissions.in_short(place.permissions, page.platform, say)
    )


PAGES = {
    "users.list": View(load=list_members),
    "users.remove": View(post=remove, load=before_removing),
    "users.leave": View(post=leave, load=before_leaving),
}
