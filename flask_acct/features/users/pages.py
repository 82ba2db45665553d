"""The users of an account over HTTP. What only its owner may do, the screens say (``Screen.needs``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

from flask import Response, abort, request

from ... import signals
from ...accounts import account_status, permissions, readers
from ...accounts.readers import Behind
from ...db.models import Account, Invitation, Membership, User
from ...declare.elements import OWNER
from ...scope import Scope
from ...security.limits import TooMany
from ...security.reauthentication import WrongPassword
from ...security.sessions import CurrentSession
from ...web.guards import Denied
from ...web.layout import Layout, Notice
from ...web.page import Page, View
from ...web.rows import PER_PAGE, Row, RowPage, pages_of
from ...web.state import session, state
from ...web.visits import visit
from .flows import invitations, members, transfers
from .flows.locking import NotInAccount, NotOwner
from .invited import PAGES as INVITED

MOST_READERS = 100
"""Contacts shown before somebody is removed; of more the page says how many there are."""

LOOK_EVERY = timedelta(minutes=5)

TOLD_HERE = {"profile_me", "accounts_switch", "accounts_none", "users_list"}
"""Where people look for what they have access to: there it is asked each time."""

ANSWERED_HERE = {"users_receive", "users_refuse", "users_accept", "users_decline"}
"""Where somebody answers an offer or an invitation, and need not be told of it."""

FEW = 3
"""As many permissions a list names; of more it says how many."""


def list_users(page: Page) -> Response | None:
    account = _account(page)
    pages = pages_of(members.count(page.db, account))
    number = min(page.number, pages)
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


def invite(page: Page) -> Response:
    account, user = _account(page), _user(page)
    outcome = invitations.invite(
        page.scope, account, page.values["email"], page.ticked("grants"), by=user, locale=page.frame.locale
    )
    match outcome:
        case invitations.IsOpen(invitation):
            return page.show("is_open", **_about(invitation, page))
        case invitations.IsMember(member):
            return page.show("is_member", name=member.full_name)
        case invitations.InvitationsFull():
            return page.show("full", most=invitations.MOST_OPEN)
        case invitations.Invited(invitation):
            return _sent(page, account, invitation)
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case NotOwner():
            raise Denied(OWNER)
        case _:
            assert_never(outcome)


def find_member(page: Page) -> Response | None:
    """The user of the account whom the address names. Another account's is not there, as one who never was."""
    account = _account(page)
    place = members.sub_user(page.db, account, page.at["member"])
    if place is None:
        abort(404)
    page.start["grants"] = " ".join(permissions.known(place.permissions, page.config))
    page.slots |= {"account": account.name, "name": place.user.full_name, "email": place.user.email}
    return None


def permit(page: Page) -> Response:
    account, user = _account(page), _user(page)
    grants, id_ = page.ticked("grants"), page.at["member"]
    outcome = members.permit(page.scope, account, id_, grants, by=user)
    match outcome:
        case members.Permitted(place):
            page.tell(signals.permissions_changed, membership=place)
            return page.go("users.list", "saved", name=place.user.full_name)
        case NotInAccount():
            return page.go("users.list", "gone")
        case NotOwner():
            raise Denied(OWNER)
        case _:
            assert_never(outcome)


def before_removing(page: Page) -> Response | None:
    """Who it is, and who would go on getting the account's messages."""
    account = _account(page)
    place = members.sub_user(page.db, account, page.at["member"])
    if place is None:
        abort(404)
    page.slots |= {"account": account.name, "name": place.user.full_name, "email": place.user.email}
    behind = readers.left_behind(page.scope, place.user, account)
    if not behind:
        page.screen = page.screen.without("readers", "decision")
        return None
    page.rows["readers"] = RowPage(_readers(behind, page)[:MOST_READERS])
    page.start["decision"] = "delete"
    page.slots["count"] = behind.count
    return None


def remove(page: Page) -> Response:
    account, user = _account(page), _user(page)
    keep = page.values.get("decision") == "keep"
    outcome = members.remove(page.scope, account, page.at["member"], keep=keep, by=user)
    match outcome:
        case members.Removed(removed, ended):
            _tell_of(ended, page)
            page.tell(signals.user_removed, user=removed, account=account)
            return page.go("users.list", "removed", name=removed.full_name, account=account.name)
        case NotInAccount():
            return page.go("users.list", "gone")
        case NotOwner():
            raise Denied(OWNER)
        case _:
            assert_never(outcome)


def find_invitation(page: Page) -> Response | None:
    found = invitations.open_one(page.db, _account(page), page.at["invitation"])
    if found is None:
        abort(404)
    page.start["grants"] = " ".join(permissions.known(found.permissions, page.config))
    page.slots |= {"account": _account(page).name, **_about(found, page)}
    return None


def change_invitation(page: Page) -> Response:
    return _send_again(page, page.ticked("grants"))


def resend(page: Page) -> Response:
    return _send_again(page, None)


def _send_again(page: Page, grants: Iterable[str] | None) -> Response:
    account, user = _account(page), _user(page)
    outcome = invitations.resend(page.scope, account, page.at["invitation"], by=user, grants=grants)
    match outcome:
        case invitations.Invited(invitation):
            return _sent(page, account, invitation)
        case TooMany(wait):
            return page.go("users.list", "too_many", wait=wait)
        case NotInAccount():
            return page.go("users.list", "gone")
        case NotOwner():
            raise Denied(OWNER)
        case _:
            assert_never(outcome)


def cancel(page: Page) -> Response:
    account, user = _account(page), _user(page)
    outcome = invitations.cancel(page.scope, account, page.at["invitation"], by=user)
    match outcome:
        case invitations.InvitationCancelled(invitation):
            page.tell(signals.invitation_revoked, invitation=invitation, account=account)
            return page.go("users.list", "cancelled", email=invitation.email)
        case NotInAccount():
            return page.go("users.list", "gone")
        case NotOwner():
            raise Denied(OWNER)
        case _:
            assert_never(outcome)


def before_leaving(page: Page) -> Response | None:
    account = _account(page)
    owner = account_status.owner_of(page.db, account)
    page.slots |= {"account": account.name, "owner": owner.full_name if owner else ""}
    return None


def leave(page: Page) -> Response:
    account, user = _account(page), _user(page)
    outcome = members.leave(page.scope, account, user=user)
    match outcome:
        case members.Left(ended):
            _tell_of(ended, page)
            page.tell(signals.user_left, user=user, account=account)
            return page.go_home()
        case members.Owns() | NotInAccount():
            return page.go_home()
        case _:
            assert_never(outcome)


def before_offering(page: Page) -> Response | None:
    """Whom the account can be offered to; who has offered it already sees that offer."""
    account = _account(page)
    if transfers.open_one(page.scope, account):
        return page.go("users.revoke")
    page.slots["account"] = account.name
    page.offered["to"] = [
        (str(one.user_id), f"{one.user.full_name} ({one.user.email})") for one in members.sub_users(page.db, account)
    ]
    return None


def offer(page: Page) -> Response:
    account, user, typed = _account(page), _user(page), page.values
    outcome = transfers.offer(page.scope, account, int(typed["to"]), page.ticked("keeps"), typed["password"], by=user)
    match outcome:
        case transfers.Offered(transfer, to):
            page.tell(signals.ownership_offered, transfer=transfer, account=account)
            return page.go("users.revoke", "offered", name=to.full_name)
        case WrongPassword():
            return page.show("wrong")
        case transfers.Pending():
            return page.go("users.revoke")
        case NotInAccount():
            return page.show("not_there")
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case NotOwner():
            raise Denied(OWNER)
        case _:
            assert_never(outcome)


def before_revoking(page: Page) -> Response | None:
    """The open offer; where there is none, one can be made."""
    account = _account(page)
    waiting = transfers.open_one(page.scope, account)
    if waiting is None:
        return page.go("users.transfer")
    transfer, to = waiting
    page.slots |= {"account": account.name, "name": to.full_name, "email": to.email, "until": transfer.expires_at}
    return None


def revoke(page: Page) -> Response:
    account, user = _account(page), _user(page)
    outcome = transfers.revoke(page.scope, account, by=user)
    match outcome:
        case transfers.Revoked():
            page.tell(signals.ownership_offer_revoked, account=account)
            return page.go("users.list", "kept", account=account.name)
        case transfers.Over():
            return page.go("users.list", "gone")
        case NotOwner():
            raise Denied(OWNER)
        case _:
            assert_never(outcome)


def find_offer(page: Page) -> Response | None:
    """The offer to the one who is signed in, whichever account they look at. One to another is not there."""
    user = _user(page)
    if not transfers.is_to(page.db, page.at["transfer"], user):
        abort(404)
    if page.is_result:
        return None
    found = transfers.find(page.scope, page.at["transfer"], user=user)
    if isinstance(found, transfers.Over):
        return _over(page)
    page.slots |= {
        "account": found.account.name,
        "number": found.account.number,
        "from": found.owner.full_name,
        "until": found.transfer.expires_at,
    }
    return None


def receive(page: Page) -> Response:
    user = _user(page)
    outcome = transfers.accept(page.scope, page.at["transfer"], user=user)
    match outcome:
        case transfers.Transferred(account, old, new, ended):
            _tell_of(ended, page)
            page.tell(signals.ownership_transferred, account=account, old=old, new=new)
            return page.done("accepted", account=account.name)
        case transfers.Over():
            return _over(page)
        case _:
            assert_never(outcome)


def _over(page: Page) -> Response:
    """Why an offer cannot be accepted: the user has done so, or it is over."""
    account = transfers.accepted(page.db, page.at["transfer"], user=_user(page))
    return page.answer("already", account=account.name) if account else page.answer("over")


def refuse(page: Page) -> Response:
    user = _user(page)
    outcome = transfers.decline(page.scope, page.at["transfer"], user=user)
    match outcome:
        case transfers.OfferDeclined():
            page.tell(signals.ownership_declined, user=user)
            return page.done("declined")
        case transfers.Over():
            return page.go("users.receive", at=page.at)
        case _:
            assert_never(outcome)


def _tell_of(ended: Behind, page: Page) -> None:
    for contact in ended.contacts:
        page.tell(signals.contact_removed, contact=contact)


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


def _sent(page: Page, account: Account, invitation: Invitation) -> Response:
    page.tell(signals.user_invited, invitation=invitation, account=account)
    return page.go("users.list", "sent_to", **_about(invitation, page))


def _about(invitation: Invitation, page: Page) -> dict[str, Any]:
    """What sentences say of an invitation."""
    texts = page.platform.declared.texts
    grants = permissions.known(invitation.permissions, page.config)
    spoken = tuple(texts[f"users.permission.{name}"] for name in grants) or texts["users.list.nothing"]
    return {"email": invitation.email, "until": invitation.expires_at, "permissions": spoken}


def notices(here: CurrentSession, frame: Layout) -> Iterator[Notice]:
    """What waits for an answer of the one who is here: an offer of an account, an invitation."""
    if state().mount.page_of(request.endpoint) in ANSWERED_HERE:
        return
    scope = state().scope(session())
    if here.is_offered:
        for waiting in transfers.offers_to(scope, here.user):
            said = {"from": waiting.owner.full_name, "account": waiting.account.name}
            yield frame.notice("users.notice.offer", "users.notice.see_offer", {"transfer": waiting.transfer.id}, said)
    for offer in _invitations_to(scope, here):
        said = {"inviter": offer.inviter.full_name, "account": offer.account.name}
        at = {"invitation": offer.invitation.id}
        yield frame.notice("users.notice.invitation", "users.notice.see_invitation", at, said)


def _was_asked(now: datetime) -> bool:
    return 0 <= now.timestamp() - visit().looked < LOOK_EVERY.total_seconds()


def _invitations_to(scope: Scope, here: CurrentSession) -> Sequence[invitations.Offer]:
    """The invitations to the one who is here.

    Who has none is not looked for again at once: a signed-in request costs one SELECT.
    """
    if state().mount.page_of(request.endpoint) not in TOLD_HERE and _was_asked(scope.now):
        return []
    found = invitations.open_to(scope, here.user)
    if not found:
        visit().look(int(scope.now.timestamp()))
    return found


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


def _account(page: Page) -> Account:
    assert page.here is not None and page.here.account is not None  # noqa: S101, PT018 - the screen needs one in view
    return page.here.account


def _user(page: Page) -> User:
    assert page.here is not None  # noqa: S101 - the screen needs somebody signed in
    return page.here.user


PAGES = {
    "users.list": View(submit=invite, prepare=list_users),
    "users.permissions": View(submit=permit, prepare=find_member),
    "users.remove": View(submit=remove, prepare=before_removing),
    "users.change": View(submit=change_invitation, prepare=find_invitation),
    "users.resend": View(submit=resend, prepare=find_invitation),
    "users.cancel": View(submit=cancel, prepare=find_invitation),
    "users.leave": View(submit=leave, prepare=before_leaving),
    "users.transfer": View(submit=offer, prepare=before_offering),
    "users.revoke": View(submit=revoke, prepare=before_revoking),
    "users.receive": View(submit=receive, prepare=find_offer),
    "users.refuse": View(submit=refuse, prepare=find_offer),
    **INVITED,
}

NOTICES = (notices,)
