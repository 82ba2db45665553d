"""Where the tables live: an engine of our own, or the host's.

SQLite runs in WAL mode with foreign keys on and waits for its lock. A flow that reads before it writes calls
``begin_writing`` first: SQLite refuses a transaction that turns from reader to writer while another one wrote.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from .errors import AcctError

SQLITE_WAIT_SECONDS = 15
HURRIED_WAIT_MS = 50
"""How long a write that can be put off waits for SQLite's lock."""

BACKENDS = ("sqlite", "postgresql")


class BadDatabaseUrl(AcctError):
    """``ACCT_DATABASE_URL`` names no database that flask_acct runs on."""

    def __init__(self, what: str) -> None:
        # The address itself may hold a password.
        super().__init__(
            f"ACCT_DATABASE_URL {what}. Write sqlite:////folder/acct.db or postgresql://user:password@host/database."
        )


class Database:
    """The engine, and sessions on it.

    Args:
        engine: The host's, or one from ``open_engine``.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # A connection belongs to the process that opened it.
        os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))

    def session(self) -> Session:
        """A new session; its objects stay readable after a commit."""
        return Session(self.engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back if anything was raised."""
        with self.session() as db, db.begin():
            begin_writing(db)
            yield db

    @property
    def has_room(self) -> bool:
        """Whether a connection can be had at once."""
        pool = self.engine.pool
        if not isinstance(pool, QueuePool) or pool._max_overflow < 0:
            return True
        return pool.checkedout() < pool.size() + pool._max_overflow

    @contextmanager
    def hurried(self) -> Iterator[Connection]:
        """A transaction that fails rather than waits long for SQLite's lock; PostgreSQL locks single rows."""
        with self.engine.connect() as connection:
            if connection.dialect.name != "sqlite":
                with connection.begin():
                    yield connection
                return
            usual = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {HURRIED_WAIT_MS}")
            try:
                yield connection
                connection.commit()
            finally:
                connection.rollback()
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {usual}")


def open_engine(url: str) -> Engine:
    """An engine for ``ACCT_DATABASE_URL``: ``sqlite:///path.db`` or ``postgresql+psycopg://…``.

    Raises ``BadDatabaseUrl``.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadDatabaseUrl("is not the address of a database") from None
    if parsed.get_backend_name() not in BACKENDS:
        raise BadDatabaseUrl(f"names {parsed.get_backend_name()}, which flask_acct does not run on")
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    # What is stored belongs to people; a log that says why a statement failed does not repeat it.
    engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite", hide_parameters=True)
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def begin_writing(db: Session) -> None:
    """The session's transaction may write from here on, and sees no change by others."""
    connection = db.connection()
    if connection.dialect.name != "sqlite":
        return
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        connection.execute(text("BEGIN IMMEDIATE"))


def has_changed(db: Session) -> bool:
    """Whether the session holds changes that are not committed, written or not."""
    if db.new or db.dirty or db.deleted:
        return True
    if not db.in_transaction():
        return False
    connection = db.connection()
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        return bool(driver.in_transaction)
    return bool(connection.scalar(text("SELECT txid_current_if_assigned() IS NOT NULL")))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_WAIT_SECONDS * 1000}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """The file is in WAL mode. SQLite does not wait for its lock here, so two that come first at once must."""
    end = time.monotonic() + SQLITE_WAIT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return
