"""Those who are in an account: seen, given permissions, removed, gone of their own will."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, contains_eager

from ....accounts import account_status, permissions, readers
from ....accounts.permissions import NotOwner
from ....accounts.readers import NOTHING, Behind
from ....db import row_locks
from ....db.models import Account, Invitation, Membership, Transfer, User
from ....scope import Scope
from ....security import sessions
from . import locking
from .locking import NotInAccount


@dataclass(frozen=True, slots=True)
class Permitted:
    """They may do this now, and nothing else."""

    place: Membership


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


@dataclass(frozen=True, slots=True)
class Owns:
    """The owner cannot go before somebody else owns the account."""


def count(db: Session, account: Account) -> int:
    """How many users an account has."""
    return db.scalar(select(func.count()).where(Membership.account_id == account.id)) or 0


def members(db: Session, account: Account, *, first: int, most: int) -> Sequence[Membership]:
    """Some of the places in an account with their users, the owner's before all others."""
    found = (
        select(Membership)
        .join(User)
        .options(contains_eager(Membership.user))
        .where(Membership.account_id == account.id)
        .order_by(Membership.is_owner.desc(), User.username_key)
        .offset(first)
        .limit(most)
    )
    return db.scalars(found).all()


def sub_users(db: Session, account: Account) -> Sequence[Membership]:
    """The places in an account of all but its owner, with their users."""
    found = (
        select(Membership)
        .join(User)
        .options(contains_eager(Membership.user))
        .where(Membership.account_id == account.id, ~Membership.is_owner)
        .order_by(User.username_key)
    )
    return db.scalars(found).all()


def sub_user(db: Session, account: Account, user_id: int) -> Membership | None:
    """The place of a user in this account, if they are not its owner, as it is now."""
    found = (
        select(Membership)
        .join(User)
        .options(contains_eager(Membership.user))
        .where(Membership.user_id == user_id, Membership.account_id == account.id, ~Membership.is_owner)
    )
    return db.scalar(found.execution_options(populate_existing=True))


def permit(
    scope: Scope, account: Account, user_id: int, grants: Iterable[str], *, by: User
) -> Permitted | NotInAccount | NotOwner:
    """A user of the account may do exactly what is granted, from their next request on; its owner is told."""
    row_locks.lock_account(scope.db, account.id)
    if not locking.is_owner(scope.db, by, account):
        return NotOwner()
    place = sub_user(scope.db, account, user_id)
    if place is None:
        return NotInAccount()
    if permissions.known(grants, scope.config) == place.permissions:
        return Permitted(place)
    return _permit(scope, place, account, place.user, grants, owner=by)


def admit(scope: Scope, account: Account, user: User, grants: Iterable[str]) -> Permitted | Owns:
    """The user is in the account and may do exactly what is granted, because the host says so; its owner is told."""
    row_locks.lock_account(scope.db, account.id)
    place = locking.place_of(scope.db, user, account)
    if place is not None and place.is_owner:
        return Owns()
    if place is None:
        place = Membership(user_id=user.id, account_id=account.id, permissions=[], created_at=scope.now)
        scope.db.add(place)
    elif permissions.known(grants, scope.config) == place.permissions:
        return Permitted(place)
    return _permit(scope, place, account, user, grants, owner=account_status.owner_of(scope.db, account))


def _permit(
    scope: Scope, place: Membership, account: Account, user: User, grants: Iterable[str], *, owner: User | None
) -> Permitted:
    place.permissions = permissions.known(grants, scope.config)
    scope.db.flush()
    who = {"name": user.full_name, "email": user.email}
    locking.notify(scope, "users.permitted", owner, account, grants=place.permissions, **who)
    return Permitted(place)


def remove(
    scope: Scope, account: Account, user_id: int, *, keep: bool = False, by: User
) -> Removed | NotInAccount | NotOwner:
    """A user is out of the account at once; both sides are told.

    Args:
        keep: Whether what they leave behind goes on getting mails.
    """
    row_locks.lock_account(scope.db, account.id)
    if not locking.is_owner(scope.db, by, account):
        return NotOwner()
    place = sub_user(scope.db, account, user_id)
    if place is None:
        return NotInAccount()
    user = place.user
    behind = readers.left_behind(scope, user, account)
    _end(scope, place, account, user)
    ended, kept = (NOTHING, behind) if keep else (behind, NOTHING)
    readers.end(scope.db, ended, account)
    who = {"name": user.full_name, "email": user.email, **locking.reader_lines(ended, kept, by, scope.platform)}
    locking.notify(scope, "users.removed", by, account, **who)
    locking.notify(scope, "users.access_ended", user, account, owner=by.full_name)
    return Removed(user, ended)


def leave(scope: Scope, account: Account, *, user: User) -> Left | Owns | NotInAccount:
    """The user has no place in the account any more; its owner is told.

    What is at the user's own address gets no more mails either. What else they added is the owner's to decide.
    """
    row_locks.lock_account(scope.db, account.id)
    place = locking.place_of(scope.db, user, account)
    if place is None:
        return NotInAccount()
    if place.is_owner:
        return Owns()
    behind = readers.left_behind(scope, user, account)
    _end(scope, place, account, user)
    ended, kept = replace(behind, added=()), Behind(added=behind.added)
    readers.end(scope.db, ended, account)
    owner = account_status.owner_of(scope.db, account)
    who = {"name": user.full_name, "email": user.email, **locking.reader_lines(ended, kept, owner, scope.platform)}
    locking.notify(scope, "users.left", owner, account, **who)
    return Left(ended)


def _end(scope: Scope, place: Membership, account: Account, user: User) -> None:
    """The place is gone, and with it what would bring its user back, or make them the owner."""
    row_locks.lock_user(scope.db, user.id)
    scope.db.execute(delete(Membership).where(Membership.id == place.id, ~Membership.is_owner))
    sessions.leave_account(scope.db, user.id, account.id)
    locking.end_invitations(scope, account, Invitation.email_key == user.email_key, to="revoked")
    locking.end_transfers(scope, account, Transfer.to_id == user.id)
