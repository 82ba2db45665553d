"""The page by which the owner of an account sets the permissions of one of its users, over HTTP."""

from __future__ import annotations

from typing import assert_never

from ... import signals
from ...accounts import memberships, permissions
from ...accounts.memberships import NotInAccount
from ...accounts.permissions import NotOwner
from ...web.page import Handled, Page, View
from ...web.replies import Missing, Reply, go
from . import flows


def find_member(page: Page) -> Reply | None:
    """The page shows the user whose id is in its address; a 404 if there is no such user in this account."""
    account = page.account
    place = memberships.sub_user(page.db, account, page.number("member"))
    if place is None:
        return Missing()
    page.row = place.user
    page.start["grants"] = permissions.known(place.permissions, page.config)
    page.slots |= {"account": account.name, "name": place.user.full_name, "email": place.user.email}
    return None


def permit(page: Page) -> Handled:
    account, user = page.account, page.user
    grants, id_ = page.values["grants"], page.number("member")
    outcome = flows.permit(page.scope, account, id_, grants, by=user)
    match outcome:
        case flows.Permitted(place):
            saved = go("users.list", "saved", name=place.user.full_name)
            return saved.sending(signals.permissions_changed, membership=place)
        case NotInAccount():
            return go("users.list", "gone")
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


PAGES = {"users.permissions": View(post=permit, load=find_member)}
