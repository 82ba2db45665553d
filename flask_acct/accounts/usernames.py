"""User names that were given up. For a while nobody else can have them, because others still write or guess them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, select

from ..db.models import FormerUsername, User
from ..scope import Scope

RESERVED_FOR = timedelta(days=90)


def is_reserved(scope: Scope, key: str, *, user: User | None = None) -> bool:
    """Whether somebody else gave the name up lately. People may take back a name that they gave up themselves.

    Args:
        user: Who wants the name; ``None`` for somebody who has no user name yet.
    """
    reserved = select(FormerUsername).where(FormerUsername.key == key, FormerUsername.free_at > scope.now)
    found = scope.db.scalar(reserved)
    return found is not None and (user is None or found.user_id != user.id)


def reserve_former(scope: Scope, key: str, *, user: User) -> None:
    """The user's former name is reserved for them. Their present name, and reservations that have ended, are not."""
    over = or_(FormerUsername.free_at <= scope.now, FormerUsername.key.in_((key, user.username_key)))
    scope.db.execute(delete(FormerUsername).where(over).execution_options(synchronize_session=False))
    scope.db.add(FormerUsername(key=key, user_id=user.id, free_at=scope.now + RESERVED_FOR))
    scope.db.flush()


def forget_old(scope: Scope) -> None:
    """Reservations that have ended are deleted."""
    over = delete(FormerUsername).where(FormerUsername.free_at <= scope.now)
    scope.db.execute(over.execution_options(synchronize_session=False))
