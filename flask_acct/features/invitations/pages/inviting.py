"""The owner's pages of invitations over HTTP: the open ones, and a form for another one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from .... import signals
from ....accounts import permissions
from ....accounts.memberships import NotInAccount
from ....accounts.permissions import NotOwner, named
from ....db.models import Account, Invitation
from ....declare.formats import Relative
from ....security.limits import TooMany
from ....web.page import Handled, Page, View
from ....web.replies import Missing, Reply, go, show
from ....web.rows import PersonCell, Row, StateCell, TimeCell
from ..flows import inviting


def list_invitations(page: Page) -> None:
    """The first page of the list of users has the open invitations at its end."""
    members = page.rows["members"]
    waiting = inviting.open_ones(page.db, page.account)
    if members.page == 1:
        page.rows["members"] = members.with_rows([*members.rows, *(_row(one, page) for one in waiting)])


def before_inviting(page: Page) -> None:
    page.slots["account"] = page.account.name


def invite(page: Page) -> Handled:
    account, user = page.account, page.user
    outcome = inviting.invite(
        page.scope, account, page.values["email"], page.values["grants"], by=user, locale=page.locale
    )
    match outcome:
        case inviting.IsOpen(invitation):
            return show("is_open", **_about(invitation, page))
        case inviting.IsMember(member):
            return show("is_member", name=member.full_name)
        case inviting.InvitationsFull():
            return show("full", most=inviting.MOST_OPEN)
        case inviting.Invited(invitation):
            return _sent(page, account, invitation)
        case TooMany():
            return outcome
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def find_invitation(page: Page) -> Reply | None:
    found = inviting.open_one(page.db, page.account, page.number("invitation"))
    if found is None:
        return Missing()
    page.row = found
    page.start["grants"] = permissions.known(found.permissions, page.config)
    page.slots |= {"account": page.account.name, **_about(found, page)}
    return None


def change_invitation(page: Page) -> Handled:
    return _send_again(page, page.values["grants"])


def resend(page: Page) -> Handled:
    return _send_again(page, None)


def _send_again(page: Page, grants: Iterable[str] | None) -> Handled:
    account, user = page.account, page.user
    outcome = inviting.resend(page.scope, account, page.number("invitation"), by=user, grants=grants)
    match outcome:
        case inviting.Invited(invitation):
            return _sent(page, account, invitation)
        case TooMany(wait):
            return go("users.list", "too_many", wait=wait)
        case NotInAccount():
            return go("users.list", "gone")
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def cancel(page: Page) -> Handled:
    account, user = page.account, page.user
    outcome = inviting.cancel(page.scope, account, page.number("invitation"), by=user)
    match outcome:
        case inviting.InvitationCancelled(invitation):
            reply = go("users.list", "cancelled", email=invitation.email)
            return reply.sending(signals.invitation_revoked, invitation=invitation, account=account)
        case NotInAccount():
            return go("users.list", "gone")
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def _sent(page: Page, account: Account, invitation: Invitation) -> Reply:
    reply = go("users.list", "sent_to", **_about(invitation, page))
    return reply.sending(signals.user_invited, invitation=invitation, account=account)


def _about(invitation: Invitation, page: Page) -> dict[str, Any]:
    """Return the slots of sentences about an invitation."""
    grants = named(invitation.permissions, page.platform)
    return {"email": invitation.email, "until": invitation.expires_at, "permissions": grants}


def _row(invitation: Invitation, page: Page) -> Row:
    sent = page.frame.say("users.list.sent", sent=Relative(invitation.sent_at, page.now))
    cells = (
        PersonCell(invitation.email),
        _role(invitation, page),
        _state(invitation, page),
        TimeCell(invitation.sent_at, sent),
    )
    return Row(invitation.email, cells, {"invitation": invitation.id}, frozenset({"change", "resend", "cancel"}))


def _state(invitation: Invitation, page: Page) -> StateCell:
    say, ends_at = page.frame.say, invitation.expires_at
    if ends_at <= page.now:
        return StateCell("expired", say("users.list.expired"), "warning")
    until = TimeCell(ends_at, say("users.list.until", until=Relative(ends_at, page.now)))
    return StateCell("invited", say("users.list.waiting"), "info", until, "users.list.waiting")


def _role(invitation: Invitation, page: Page) -> StateCell:
    words = permissions.role_words(invitation.permissions, page.platform)
    count = permissions.in_short(invitation.permissions, page.platform, page.frame.say)
    return StateCell(words.name, page.frame.show(words), note=count)


PAGES = {
    "users.list": View(load=list_invitations),
    "users.invite": View(post=invite, load=before_inviting),
    "users.change": View(post=change_invitation, load=find_invitation),
    "users.resend": View(post=resend, load=find_invitation),
    "users.cancel": View(post=cancel, load=find_invitation),
}
