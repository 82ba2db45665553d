"""The users of an account over HTTP. What only its owner may do, the screens say (``Screen.needs``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, assert_never

from ... import signals
from ...accounts import account_status, permissions, readers
from ...accounts.permissions import NotOwner
from ...accounts.readers import Behind
from ...db.models import Account, Invitation, Membership
from ...security.limits import TooMany
from ...security.reauthentication import WrongPassword
from ...web.page import Handled, Page, View
from ...web.replies import Event, Home, Missing, Reply, done, done_at_once, go, show
from ...web.rows import PER_PAGE, Row, RowPage, pages_of
from .flows import invitations, members, transfers
from .flows.locking import NotInAccount
from .invited import PAGES as INVITED

MOST_READERS = 100
"""Contacts shown before somebody is removed; of more the page says how many there are."""

FEW = 3
"""As many permissions a list names; of more it says how many."""


def list_users(page: Page) -> Reply | None:
    account = page.account
    pages = pages_of(members.count(page.db, account))
    number = min(page.visitor.page_number, pages)
    found = members.members(page.db, account, first=(number - 1) * PER_PAGE, most=PER_PAGE)
    page.slots["account"] = account.name
    _show_offer(page, account)
    page.rows["members"] = RowPage([_member(one, page) for one in found], number, pages)
    page.rows["invitations"] = RowPage([_invitation(one, page) for one in invitations.open_ones(page.db, account)])
    return None


def _show_offer(page: Page, account: Account) -> None:
    """The owner sees the offer that is open, and can make another one only where there is none."""
    waiting = transfers.open_one(page.scope, account)
    if waiting is None:
        page.screen = page.screen.without("offered", "see_offer")
        return
    transfer, to = waiting
    page.screen = page.screen.without("transfer")
    page.slots |= {"candidate": to.full_name, "candidate_email": to.email, "offer_until": transfer.expires_at}


def invite(page: Page) -> Handled:
    account, user = page.account, page.user
    outcome = invitations.invite(
        page.scope, account, page.values["email"], page.values["grants"], by=user, locale=page.locale
    )
    match outcome:
        case invitations.IsOpen(invitation):
            return show("is_open", **_about(invitation, page))
        case invitations.IsMember(member):
            return show("is_member", name=member.full_name)
        case invitations.InvitationsFull():
            return show("full", most=invitations.MOST_OPEN)
        case invitations.Invited(invitation):
            return _sent(page, account, invitation)
        case TooMany():
            return outcome
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def find_member(page: Page) -> Reply | None:
    """The user of the account whom the address names. Another account's is not there, as one who never was."""
    account = page.account
    place = members.sub_user(page.db, account, page.number("member"))
    if place is None:
        return Missing()
    page.start["grants"] = permissions.known(place.permissions, page.config)
    page.slots |= {"account": account.name, "name": place.user.full_name, "email": place.user.email}
    return None


def permit(page: Page) -> Handled:
    account, user = page.account, page.user
    grants, id_ = page.values["grants"], page.number("member")
    outcome = members.permit(page.scope, account, id_, grants, by=user)
    match outcome:
        case members.Permitted(place):
            saved = go("users.list", "saved", name=place.user.full_name)
            return saved.sending(signals.permissions_changed, membership=place)
        case NotInAccount():
            return go("users.list", "gone")
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def before_removing(page: Page) -> Reply | None:
    """Who it is, and who would go on getting the account's messages."""
    account = page.account
    place = members.sub_user(page.db, account, page.number("member"))
    if place is None:
        return Missing()
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
    outcome = members.remove(page.scope, account, page.number("member"), keep=keep, by=user)
    match outcome:
        case members.Removed(removed, ended):
            told = go("users.list", "removed", name=removed.full_name, account=account.name)
            return told.sending_all(_of(ended)).sending(signals.user_removed, user=removed, account=account)
        case NotInAccount():
            return go("users.list", "gone")
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def find_invitation(page: Page) -> Reply | None:
    found = invitations.open_one(page.db, page.account, page.number("invitation"))
    if found is None:
        return Missing()
    page.start["grants"] = permissions.known(found.permissions, page.config)
    page.slots |= {"account": page.account.name, **_about(found, page)}
    return None


def change_invitation(page: Page) -> Handled:
    return _send_again(page, page.values["grants"])


def resend(page: Page) -> Handled:
    return _send_again(page, None)


def _send_again(page: Page, grants: Iterable[str] | None) -> Handled:
    account, user = page.account, page.user
    outcome = invitations.resend(page.scope, account, page.number("invitation"), by=user, grants=grants)
    match outcome:
        case invitations.Invited(invitation):
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
    outcome = invitations.cancel(page.scope, account, page.number("invitation"), by=user)
    match outcome:
        case invitations.InvitationCancelled(invitation):
            told = go("users.list", "cancelled", email=invitation.email)
            return told.sending(signals.invitation_revoked, invitation=invitation, account=account)
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
    outcome = members.leave(page.scope, account, user=user)
    match outcome:
        case members.Left(ended):
            return Home().sending_all(_of(ended)).sending(signals.user_left, user=user, account=account)
        case members.Owns() | NotInAccount():
            return Home()
        case _:
            assert_never(outcome)


def before_offering(page: Page) -> Reply | None:
    """Whom the account can be offered to; who has offered it already sees that offer."""
    account = page.account
    if transfers.open_one(page.scope, account):
        return go("users.revoke")
    page.slots["account"] = account.name
    page.offered["to"] = [
        (str(one.user_id), f"{one.user.full_name} ({one.user.email})") for one in members.sub_users(page.db, account)
    ]
    return None


def offer(page: Page) -> Handled:
    account, user, typed = page.account, page.user, page.values
    outcome = transfers.offer(page.scope, account, int(typed["to"]), page.values["keeps"], typed["password"], by=user)
    match outcome:
        case transfers.Offered(transfer, to):
            told = go("users.revoke", "offered", name=to.full_name)
            return told.sending(signals.ownership_offered, transfer=transfer, account=account)
        case WrongPassword():
            return show("wrong")
        case transfers.Pending():
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
    """The open offer; where there is none, one can be made."""
    account = page.account
    waiting = transfers.open_one(page.scope, account)
    if waiting is None:
        return go("users.transfer")
    transfer, to = waiting
    page.slots |= {"account": account.name, "name": to.full_name, "email": to.email, "until": transfer.expires_at}
    return None


def revoke(page: Page) -> Handled:
    account, user = page.account, page.user
    outcome = transfers.revoke(page.scope, account, by=user)
    match outcome:
        case transfers.Revoked():
            told = go("users.list", "kept", account=account.name)
            return told.sending(signals.ownership_offer_revoked, account=account)
        case transfers.Over():
            return go("users.list", "gone")
        case NotOwner():
            return outcome
        case _:
            assert_never(outcome)


def find_offer(page: Page) -> Reply | None:
    """The offer to the one who is signed in, whichever account they look at. One to another is not there."""
    user = page.user
    if not transfers.is_to(page.db, page.number("transfer"), user):
        return Missing()
    if page.is_result:
        return None
    found = transfers.find(page.scope, page.number("transfer"), user=user)
    if isinstance(found, transfers.Over):
        return _over(page)
    page.slots |= {
        "account": found.account.name,
        "number": found.account.number,
        "from": found.owner.full_name,
        "until": found.transfer.expires_at,
    }
    return None


def receive(page: Page) -> Reply:
    user = page.user
    outcome = transfers.accept(page.scope, page.number("transfer"), user=user)
    match outcome:
        case transfers.Transferred(account, old, new, ended):
            told = done("accepted", account=account.name).sending_all(_of(ended))
            return told.sending(signals.ownership_transferred, account=account, old=old, new=new)
        case transfers.Over():
            return _over(page)
        case _:
            assert_never(outcome)


def _over(page: Page) -> Reply:
    """Why an offer cannot be accepted: the user has done so, or it is over."""
    account = transfers.accepted(page.db, page.number("transfer"), user=page.user)
    return done_at_once("already", account=account.name) if account else done_at_once("over")


def refuse(page: Page) -> Reply:
    user = page.user
    outcome = transfers.decline(page.scope, page.number("transfer"), user=user)
    match outcome:
        case transfers.OfferDeclined():
            return done("declined").sending(signals.ownership_declined, user=user)
        case transfers.Over():
            return go("users.receive", at=page.at)
        case _:
            assert_never(outcome)


def _of(ended: Behind) -> list[Event]:
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


def _sent(page: Page, account: Account, invitation: Invitation) -> Reply:
    told = go("users.list", "sent_to", **_about(invitation, page))
    return told.sending(signals.user_invited, invitation=invitation, account=account)


def _about(invitation: Invitation, page: Page) -> dict[str, Any]:
    """What sentences say of an invitation."""
    texts = page.platform.declared.texts
    grants = permissions.known(invitation.permissions, page.config)
    spoken = tuple(texts[f"users.permission.{name}"] for name in grants) or texts["users.list.nothing"]
    return {"email": invitation.email, "until": invitation.expires_at, "permissions": spoken}


def _member(place: Membership, page: Page) -> Row:
    texts = page.platform.declared.texts
    may: object = texts["users.list.owner"] if place.is_owner else _spoken(place.permissions, page)
    seen = place.user.last_signed_in_at or texts["users.list.never"]
    cells = (place.user.full_name, place.user.email, seen, may)
    # Nobody takes the account from its owner; it can only be given.
    return Row(place.user.username, cells, {"member": place.user_id}, frozenset() if place.is_owner else None)


def _invitation(invitation: Invitation, page: Page) -> Row:
    cells = (invitation.email, invitation.sent_at, invitation.expires_at, _spoken(invitation.permissions, page))
    return Row(invitation.email, cells, {"invitation": invitation.id})


def _spoken(names: Iterable[str], page: Page) -> object:
    """What somebody may do, as a list has room for it."""
    texts, grants = page.platform.declared.texts, permissions.known(names, page.config)
    if len(grants) > FEW:
        total = len(page.config.users.offered)
        return page.frame.say("users.list.several", count=len(grants), total=total)
    return tuple(texts[f"users.permission.{name}"] for name in grants) or texts["users.list.nothing"]


PAGES = {
    "users.list": View(post=invite, load=list_users),
    "users.permissions": View(post=permit, load=find_member),
    "users.remove": View(post=remove, load=before_removing),
    "users.change": View(post=change_invitation, load=find_invitation),
    "users.resend": View(post=resend, load=find_invitation),
    "users.cancel": View(post=cancel, load=find_invitation),
    "users.leave": View(post=leave, load=before_leaving),
    "users.transfer": View(post=offer, load=before_offering),
    "users.revoke": View(post=revoke, load=before_revoking),
    "users.receive": View(post=receive, load=find_offer),
    "users.refuse": View(post=refuse, load=find_offer),
    **INVITED,
}
