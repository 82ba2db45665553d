"""User names that were given up. Each is nobody else's for a while: others still write it down, and guess it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, select

from ..db.models import FormerUsername, User
from ..scope import Scope

KEPT_FOR = timedelta(days=90)


def is_kept(scope: Scope, key: str, *, user: User | None = None) -> bool:
    """Whether somebody else gave the name up not long ago; the one they gave up themselves, people may take back.

    Args:
        user: Who wants it; ``None`` for somebody who has no user name yet.
    """
    reserved = select(FormerUsername).where(FormerUsername.key == key, FormerUsername.free_at > scope.now)
    found = scope.db.scalar(reserved)
    return found is not None and (user is None or found.user_id != user.id)


def give_up(scope: Scope, key: str, *, user: User) -> None:
    """The name the user had is kept for them; what they have now, and what is free by now, is not."""
    over = or_(FormerUsername.free_at <= scope.now, FormerUsername.key.in_((key, user.username_key)))
    scope.db.execute(delete(FormerUsername).where(over).execution_options(synchronize_session=False))
    scope.db.add(FormerUsername(key=key, user_id=user.id, free_at=scope.now + KEPT_FOR))
    scope.db.flush()


def forget_old(scope: Scope) -> None:
    """Names that anybody may have by now are remembered no more."""
    over = delete(FormerUsername).where(FormerUsername.free_at <= scope.now)
    scope.db.execute(over.execution_options(synchronize_session=False))
