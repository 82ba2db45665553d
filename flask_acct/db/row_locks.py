"""The order in which transactions take rows, so that no two wait for each other.

An account comes before its users, a user before their links and sessions. SQLite has one lock for all and asks for
nothing here; on PostgreSQL whoever changes what lets a user in waits for the one who does it already.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from .models import User


def lock_user(db: Session, who: int | ColumnElement[int]) -> None:
    """Nobody else changes what lets this user in until the transaction ends; others may go on pointing at them.

    Args:
        who: The id, or a subquery that finds it.
    """
    connection = db.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(select(User.id).where(User.id == who).with_for_update(key_share=True))
