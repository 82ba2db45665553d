"""The order in which transactions lock rows, so that no two deadlock.

An account comes before its users, a user before their links and sessions. SQLite has one lock for all and needs
nothing here; on PostgreSQL, changes of an account, or of what lets a user in, wait for one another.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, bindparam, select
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


def lock_user_to_delete(db: Session, id_: int) -> None:
    """Nobody else changes what lets this user in, nor begins to refer to the user, until the transaction ends.

    Whoever refers to the user in a transaction that is not over is waited for here, and not at the DELETE, when they
    may wait for us. There is nothing of the kind for an account: a sign-in locks its user, then refers to the account.
    """
    connection = db.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(select(User.id).where(User.id == id_).with_for_update())


def lock_user_with(db: Session, id_: int, password_hash: str | None) -> User | None:
    """Return the user if they still have this password hash, as they are now; they are locked as by ``lock_user``."""
    statement = _WITH_HASH if db.get_bind().dialect.name == "sqlite" else _WITH_HASH_LOCKED
    return db.scalar(statement, {"user": id_, "hash": password_hash})


_WITH_HASH = (
    select(User)
    .where(User.id == bindparam("user"), User.password_hash.is_not_distinct_from(bindparam("hash")))
    .execution_options(populate_existing=True)
)
_WITH_HASH_LOCKED = _WITH_HASH.with_for_update(key_share=True)


def _lock(db: Session, row: Select[int]) -> None:
    connection = db.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(row.with_for_update(key_share=True))
