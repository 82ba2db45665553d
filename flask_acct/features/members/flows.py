"""The users of an account are listed, are removed by the owner, or leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ...accounts import account_status, memberships, open_offers, readers
from ...accounts.memberships import NotInAccount, Owns
from ...accounts.permissions import NotOwner
from ...accounts.readers import NOTHING, Behind
from ...db import row_locks
from ...db.models import STILL_PENDING, Account, Invitation, Membership, Transfer, User
from ...db.paging import ListPage
from ...mail import account_mails
from ...scope import Scope
from ...security import sessions


@dataclass(frozen=True, slots=True)
class MembersFound:
    """One page of the users of an account."""

    places: Sequence[Membership]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Removed:
    """The user is not in the account any more, and none of their sessions shows it."""

    user: User
    ended: Behind = NOTHING
    """The contacts and billing address that get no more mails of the account."""


@dataclass(frozen=True, slots=True)
class Left:
    """The user has left the account."""

    ended: Behind = NOTHING
    """The contacts and billing address that get no more mails of the account."""


def browse(db: Session, account: Account, *, page: int) -> MembersFound:
    """Return one page of the places in an account, the owner's first, then by user name. Needs two queries."""
    total = db.scalar(select(func.count()).where(Membership.account_id == account.id)) or 0
    shown = ListPage.at(page, total)
    found = memberships.places_in(account).order_by(Membership.is_owner.desc(), User.username_key)
    return MembersFound(db.scalars(shown.of(found)).all(), *shown)


def running_out(scope: Scope, account: Account, *, within: timedelta) -> Sequence[Invitation]:
    """Return the invitations into an account that nobody has answered and that end soon, the next to end first."""
    is_open = (Invitation.account_id == account.id) & (Invitation.state == STILL_PENDING)
    soon = (Invitation.expires_at > scope.now) & (Invitation.expires_at <= scope.now + within)
    return scope.db.scalars(select(Invitation).where(is_open, soon).order_by(Invitation.expires_at).limit(5)).all()


def remove(
    scope: Scope, account: Account, user_id: int, *, keep: bool = False, by: User
) -> Removed | NotInAccount | NotOwner:
    """The user is not in the account any more, from their next request on; both the user and the owner get a mail.

    Args:
        keep: Whether the contacts and the billing address they leave behind go on getting mails.
    """
    if refused := memberships.lock_as_owner(scope.db, account, by):
        return refused
    place = memberships.sub_user(scope.db, account, user_id)
    if place is None:
        return NotInAccount()
    user = place.user
    behind = readers.left_behind(scope, user, account)
    _end(scope, place, account, user)
    ended, remaining = (NOTHING, behind) if keep else (behind, NOTHING)
    readers.end(scope.db, ended, account)
    who = account_mails.about(user) | readers.lines(ended, remaining, by, scope.platform)
    account_mails.notify(scope, "users.removed", by, account, **who)
    account_mails.notify(scope, "users.access_ended", user, account, owner=by.full_name)
    return Removed(user, ended)


def leave(scope: Scope, account: Account, *, user: User) -> Left | Owns | NotInAccount:
    """The user is not in the account any more; its owner gets a mail.

    Contacts and a billing address that are the user's own get no more mails. Other contacts that the user added go on
    getting mails, and the owner is told of them.
    """
    row_locks.lock_account(scope.db, account.id)
    place = memberships.place_of(scope.db, user, account)
    if place is None:
        return NotInAccount()
    if place.is_owner:
        return Owns()
    behind = readers.left_behind(scope, user, account)
    _end(scope, place, account, user)
    ended, remaining = replace(behind, added=()), Behind(added=behind.added)
    readers.end(scope.db, ended, account)
    owner = account_status.owner_of(scope.db, account)
    who = account_mails.about(user) | readers.lines(ended, remaining, owner, scope.platform)
    account_mails.notify(scope, "users.left", owner, account, **who)
    return Left(ended)


def _end(scope: Scope, place: Membership, account: Account, user: User) -> None:
    """The place is deleted, and open invitations and offers of the account to its user have ended."""
    row_locks.lock_user(scope.db, user.id)
    scope.db.execute(delete(Membership).where(Membership.id == place.id, ~Membership.is_owner))
    sessions.leave_account(scope.db, user.id, account.id)
    open_offers.end_invitations(scope, account, Invitation.email_key == user.email_key, to="revoked")
    open_offers.end_transfers(scope, account, Transfer.to_id == user.id)
