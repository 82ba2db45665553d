"""Those who are in an account: seen, given permissions, removed, gone of their own will."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, contains_eager

from ....accounts import account_status, permissions, readers
from ....accounts.readers import NOTHING, Behind
from ....db import row_locks
from ....db.models import Account, Invitation, Membership, Transfer, User
from ....platform import Platform
from ....security import sessions
from . import locking
from .locking import NotInAccount, NotOwner


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


def count(account: Account, *, db: Session) -> int:
    """How many users an account has."""
    return db.scalar(select(func.count()).where(Membership.account_id == account.id)) or 0


def members(account: Account, *, first: int, most: int, db: Session) -> Sequence[Membership]:
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


def sub_users(account: Account, *, db: Session) -> Sequence[Membership]:
    """The places in an account of all but its owner, with their users."""
    found = (
        select(Membership)
        .join(User)
        .options(contains_eager(Membership.user))
        .where(Membership.account_id == account.id, ~Membership.is_owner)
        .order_by(User.username_key)
    )
    return db.scalars(found).all()


def sub_user(account: Account, user_id: int, *, db: Session) -> Membership | None:
    """The place of a user in this account, if they are not its owner, as it is now."""
    found = (
        select(Membership)
        .join(User)
        .options(contains_eager(Membership.user))
        .where(Membership.user_id == user_id, Membership.account_id == account.id, ~Membership.is_owner)
    )
    return db.scalar(found.execution_options(populate_existing=True))


def permit(
    account: Account,
    user_id: int,
    grants: Iterable[str],
    *,
    by: User,
    db: Session,
    platform: Platform,
    now: datetime,
) -> Permitted | NotInAccount | NotOwner:
    """A user of the account may do exactly what is granted, from their next request on; its owner is told."""
    locking.lock(account, db=db)
    if not locking.is_owner(by, account, db=db):
        return NotOwner()
    place = sub_user(account, user_id, db=db)
    if place is None:
        return NotInAccount()
    if permissions.known(grants, config=platform.config) == place.permissions:
        return Permitted(place)
    return _permit(place, account, place.user, grants, owner=by, db=db, platform=platform, now=now)


def admit(
    account: Account,
    user: User,
    grants: Iterable[str],
    *,
    db: Session,
    platform: Platform,
    now: datetime,
) -> Permitted | Owns:
    """The user is in the account and may do exactly what is granted, because the host says so; its owner is told."""
    locking.lock(account, db=db)
    place = locking.place_of(user, account, db=db)
    if place is not None and place.is_owner:
        return Owns()
    if place is None:
        place = Membership(user_id=user.id, account_id=account.id, permissions=[], created_at=now)
        db.add(place)
    elif permissions.known(grants, config=platform.config) == place.permissions:
        return Permitted(place)
    return _permit(
        place, account, user, grants, owner=account_status.owner_of(account, db=db), db=db, platform=platform, now=now
    )


def _permit(
    place: Membership,
    account: Account,
    user: User,
    grants: Iterable[str],
    *,
    owner: User | None,
    db: Session,
    platform: Platform,
    now: datetime,
) -> Permitted:
    place.permissions = permissions.known(grants, config=platform.config)
    db.flush()
    who = {"name": user.full_name, "email": user.email}
    locking.notify(
        "users.permitted", owner, account, grants=place.permissions, db=db, platform=platform, now=now, **who
    )
    return Permitted(place)


def remove(
    account: Account,
    user_id: int,
    *,
    keep: bool = False,
    by: User,
    db: Session,
    platform: Platform,
    now: datetime,
) -> Removed | NotInAccount | NotOwner:
    """A user is out of the account at once; both sides are told.

    Args:
        keep: Whether what they leave behind goes on getting mails.
    """
    locking.lock(account, db=db)
    if not locking.is_owner(by, account, db=db):
        return NotOwner()
    place = sub_user(account, user_id, db=db)
    if place is None:
        return NotInAccount()
    user = place.user
    behind = readers.left_behind(user, account, db=db, config=platform.config)
    _end(place, account, user, db=db, now=now)
    ended, kept = (NOTHING, behind) if keep else (behind, NOTHING)
    readers.end(ended, account, db=db)
    who = {"name": user.full_name, "email": user.email, **locking.reader_lines(ended, kept, by, platform)}
    locking.notify("users.removed", by, account, db=db, platform=platform, now=now, **who)
    locking.notify("users.access_ended", user, account, owner=by.full_name, db=db, platform=platform, now=now)
    return Removed(user, ended)


def leave(
    account: Account, *, user: User, db: Session, platform: Platform, now: datetime
) -> Left | Owns | NotInAccount:
    """The user has no place in the account any more; its owner is told.

    What is at the user's own address gets no more mails either. What else they added is the owner's to decide.
    """
    locking.lock(account, db=db)
    place = locking.place_of(user, account, db=db)
    if place is None:
        return NotInAccount()
    if place.is_owner:
        return Owns()
    behind = readers.left_behind(user, account, db=db, config=platform.config)
    _end(place, account, user, db=db, now=now)
    ended, kept = replace(behind, added=()), Behind(added=behind.added)
    readers.end(ended, account, db=db)
    owner = account_status.owner_of(account, db=db)
    who = {"name": user.full_name, "email": user.email, **locking.reader_lines(ended, kept, owner, platform)}
    locking.notify("users.left", owner, account, db=db, platform=platform, now=now, **who)
    return Left(ended)


def _end(place: Membership, account: Account, user: User, *, db: Session, now: datetime) -> None:
    """The place is gone, and with it what would bring its user back, or make them the owner."""
    row_locks.lock_user(user.id, db=db)
    db.execute(delete(Membership).where(Membership.id == place.id, ~Membership.is_owner))
    sessions.leave_account(user.id, account.id, db=db)
    locking.end_invitations(account, Invitation.email_key == user.email_key, to="revoked", db=db, now=now)
    locking.end_transfers(account, Transfer.to_id == user.id, db=db, now=now)
