"""User names that were given up. Each is nobody else's for a while: others still write it down, and guess it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from ..db.models import FormerUsername, User
from ..platform import Platform

KEPT_FOR = timedelta(days=90)


def is_kept(key: str, *, db: Session, now: datetime, user: User | None = None) -> bool:
    """Whether somebody else gave the name up not long ago; the one they gave up themselves, people may take back.

    Args:
        user: Who wants it; ``None`` for somebody who has no user name yet.
    """
    kept = select(FormerUsername).where(FormerUsername.key == key, FormerUsername.free_at > now)
    found = db.scalar(kept)
    return found is not None and (user is None or found.user_id != user.id)


def give_up(key: str, *, user: User, db: Session, now: datetime) -> None:
    """The name the user had is kept for them; what they have now, and what is free by now, is not."""
    over = or_(FormerUsername.free_at <= now, FormerUsername.key.in_((key, user.username_key)))
    db.execute(delete(FormerUsername).where(over).execution_options(synchronize_session=False))
    db.add(FormerUsername(key=key, user_id=user.id, free_at=now + KEPT_FOR))
    db.flush()


def forget_old(*, db: Session, platform: Platform, now: datetime) -> None:
    """Names that anybody may have by now are remembered no more."""
    over = delete(FormerUsername).where(FormerUsername.free_at <= now)
    db.execute(over.execution_options(synchronize_session=False))
