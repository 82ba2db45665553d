"""Who the staff are: added, given another role or link, removed."""

from __future__ import annotations

from typing import cast

from ....db.models import StaffMember
from ....staff import members
from ....staff.acts import Outcome, Role
from ....staff.members import LinkMade
from ....web.page import Handled, Page, View
from ....web.replies import Missing, Reply, done_at_once
from ....web.rows import Row, RowPage
from ..screens import NEVER, ROLES
from .shared import after

HERE = "staff.members"


def list_members(page: Page) -> None:
    rows = [
        Row(
            one.email_key,
            (one.email, ROLES[one.role], one.last_signed_in_at or NEVER),
            at={"member": one.id},
        )
        for one in members.browse(page.scope)
    ]
    page.rows["all"] = RowPage(rows)


def find(page: Page) -> Reply | None:
    member = page.db.get(StaffMember, page.number("member"))
    if member is None:
        return Missing()
    page.found["member"] = page.row = member
    page.slots["email"] = member.email
    return None


def begin_role(page: Page) -> Reply | None:
    reply = find(page)
    if reply is None:
        page.start["role"] = _member(page).role
    return reply


def add(page: Page) -> Handled:
    typed = page.values
    made = members.add(page.scope, typed["email"], _role(page), by=page.staff.actor, reason=typed["reason"])
    return _after_link(page, made)


def new_link(page: Page) -> Handled:
    made = members.new_link(page.scope, _member(page), by=page.staff.actor, reason=page.values["reason"])
    return _after_link(page, made)


def set_role(page: Page) -> Handled:
    outcome = members.set_role(
        page.scope, _member(page), _role(page), by=page.staff.actor, reason=page.values["reason"]
    )
    return after(page, outcome, HERE, "role_set", {})


def remove(page: Page) -> Handled:
    email = _member(page).email
    outcome = members.remove(page.scope, _member(page), by=page.staff.actor, reason=page.values["reason"])
    return after(page, outcome, HERE, "removed", {}, email=email)


def _after_link(page: Page, made: LinkMade | Outcome) -> Reply:
    """Return the page with the link, which is shown this once."""
    if isinstance(made, LinkMade):
        page.brought["link"] = [members.link_of(made, page.platform)]
        return done_at_once("made", email=made.member.email)
    return after(page, made, HERE, "role_set", {})


def _member(page: Page) -> StaffMember:
    return cast(StaffMember, page.found["member"])


def _role(page: Page) -> Role:
    return "admin" if page.values["role"] == "admin" else "support"


PAGES = {
    "staff.members": View(load=list_members),
    "staff.member_add": View(post=add),
    "staff.member_link": View(load=find, post=new_link),
    "staff.member_role": View(load=begin_role, post=set_role),
    "staff.member_remove": View(load=find, post=remove),
}
