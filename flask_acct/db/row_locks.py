"""The order in which transactions lock rows, so that no two deadlock.

An account comes before its users, a user before their links and sessions. SQLite has one lock for all and needs
nothing here; on PostgreSQL, changes of an account, or of what lets a user in, wait for one another.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from .database import begin_writing
from .models import Account, User


def lock_account(db: Session, id_: int) -> None:
    """Nobody else changes who is in the account, or who gets its mails, until the transaction ends.

    Others may go on pointing at it.
    """
    begin_writing(db)
    _lock(db, select(Account.id).where(Account.id == id_))


def lock_user(db: Session, who: int | ColumnElement[int]) -> None:
    """Nobody else changes what lets this user in until the transaction ends; others may still refer to the user.

    Args:
        who: The id, or a subquery that finds it.
    """
    _lock(db, select(User.id).where(User.id == who))


def _lock(db: Session, row: Select[int]) -> None:
    connection = db.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(row.with_for_update(key_share=True))
