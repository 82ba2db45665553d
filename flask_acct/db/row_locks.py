"""The order in which transactions lock rows, so that no two deadlock.

An account comes before its users, a user before their links and sessions. SQLite has one lock for all and needs
nothing here; on PostgreSQL, changes of what lets a user in wait for one another.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from .models import User


def lock_user(db: Session, who: int | ColumnElement[int]) -> None:
    """Nobody else changes what lets this user in until the transaction ends; others may still refer to the user.

    Args:
        who: The id, or a subquery that finds it.
    """
    connection = db.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(select(User.id).where(User.id == who).with_for_update(key_share=True))
