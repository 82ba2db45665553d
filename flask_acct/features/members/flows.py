"""Those who are in an account: seen, removed, gone of their own will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ...accounts import account_status, memberships, open_offers, readers
from ...accounts.memberships import NotInAccount, Owns
from ...accounts.permissions import NotOwner
from ...accounts.readers import NOTHING, Behind
from ...db import row_locks
from ...db.models import Account, Invitation, Membership, Transfer, User
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
    """They are out, and no session of theirs looks at the account."""

    user: User
    ended: Behind = NOTHING
    """What gets no mails of the account any more either."""


@dataclass(frozen=True, slots=True)
class Left:
    """They have gone of their own will."""

    ended: Behind = NOTHING
    """What gets no mails of the account any more either."""


def browse(db: Session, account: Account, *, page: int) -> MembersFound:
    """The places in an account, the owner's before all others, then by user name. Two queries, however many."""
    total = db.scalar(select(func.count()).where(Membership.account_id == account.id)) or 0
    shown = ListPage.at(page, total)
    found = memberships.places_in(account).order_by(Membership.is_owner.desc(), User.username_key)
    return MembersFound(db.scalars(shown.of(found)).all(), *shown)


def remove(
    scope: Scope, account: Account, user_id: int, *, keep: bool = False, by: User
) -> Removed | NotInAccount | NotOwner:
    """A user is out of the account at once; both sides are told.

    Args:
        keep: Whether what they leave behind goes on getting mails.
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
    """The user has no place in the account any more; its owner is told.

    What is at the user's own address gets no more mails either. What else they added is the owner's to decide.
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
    """The place is gone, and with it what would bring its user back, or make them the owner."""
    row_locks.lock_user(scope.db, user.id)
    scope.db.execute(delete(Membership).where(Membership.id == place.id, ~Membership.is_owner))
    sessions.leave_account(scope.db, user.id, account.id)
    open_offers.end_invitations(scope, account, Invitation.email_key == user.email_key, to="revoked")
    open_offers.end_transfers(scope, account, Transfer.to_id == user.id)
