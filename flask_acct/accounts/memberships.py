"""Places in an account: its owner's, and those of the users they let in.

Every change of who is in an account waits for its turn (``row_locks.lock_account``), looks again at what it found
before, and is decided by one conditional statement; so an account never has two owners, or a user nobody let in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

from ..db import owners, row_locks
from ..db.models import Account, Membership, User
from .permissions import NotOwner


@dataclass(frozen=True, slots=True)
class NotInAccount:
    """There is no such thing in the account, or no longer."""


@dataclass(frozen=True, slots=True)
class Owns:
    """It cannot be done to the owner of the account, only to those they let in."""


def lock_as_owner(db: Session, account: Account, user: User) -> NotOwner | None:
    """Nobody else changes the account until the transaction ends. Returns ``NotOwner`` where it is not the user's."""
    row_locks.lock_account(db, account.id)
    return None if is_owner(db, user, account) else NotOwner()


def is_owner(db: Session, user: User, account: Account) -> bool:
    """Whether the user owns the account, asked of the database."""
    owned = owners.owned_by(user.id).where(Account.id == account.id)
    return db.scalar(owned.with_only_columns(Account.id)) is not None


def place_of(db: Session, user: User, account: Account) -> Membership | None:
    """Return the user's place in the account, as it is now."""
    mine = select(Membership).where(Membership.account_id == account.id, Membership.user_id == user.id)
    return db.scalar(mine.execution_options(populate_existing=True))


def sub_user(db: Session, account: Account, user_id: int) -> Membership | None:
    """Return the place of a user in this account, if they are not its owner, as it is now."""
    found = places_in(account).where(Membership.user_id == user_id, ~Membership.is_owner)
    return db.scalar(found.execution_options(populate_existing=True))


def sub_users(db: Session, account: Account) -> Sequence[Membership]:
    """Return the places in an account of all but its owner, by user name, with their users."""
    return db.scalars(places_in(account).where(~Membership.is_owner).order_by(User.username_key)).all()


def places_in(account: Account) -> Select[Membership]:
    """Return what finds the places in an account with their users."""
    return (
        select(Membership)
        .join(User)
        .options(contains_eager(Membership.user))
        .where(Membership.account_id == account.id)
    )
