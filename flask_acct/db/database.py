"""The database: an engine of our own, or the host's.

SQLite runs in WAL mode with foreign keys on, and waits for its lock. A flow that reads before it writes calls
``begin_writing`` first: SQLite refuses a transaction that begins with reading if another one wrote before it writes.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote
from weakref import finalize

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool, QueuePool

from ..errors import SetupError
from . import postgresql
from .forks import after_fork

SQLITE_WAIT_SECONDS = 15
HURRIED_WAIT_MS = 50
"""How long a write that can be postponed waits for SQLite's lock."""

OURS = "acct_"
"""The prefix of our tables' names."""

ABOUT_VALUES = "22"
"""The class of PostgreSQL's errors about a value that was sent: ``invalid input syntax for type date: "…"``."""

SYNCHRONOUS = "synchronous"
"""The part of a SQLite URL that says when a commit waits for the disk: ``?synchronous=NORMAL``."""

FULL, NORMAL = "FULL", "NORMAL"
"""Whether a change that was answered survives a power failure, or may be lost with others of the last moments. Neither
damages the file, and a process that is killed loses nothing. Source: SQLite, "PRAGMA synchronous"."""

PGBOUNCER = "pgbouncer"
"""The part of a PostgreSQL URL that says that PgBouncer stands between, in transaction mode: ``?pgbouncer=true``. Each
transaction may then be on another connection of the server's, where a statement that was prepared is unknown."""

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""The driver for each kind of database, whichever a URL names: it may be copied from another program's settings."""


TEMPORARY = "acct-temporary-"
"""The prefix of the folder of a database that is deleted with the app."""


class BadDatabaseUrl(SetupError):
    """``ACCT_DATABASE_URL`` names no database that flask_acct can use."""

    def __init__(self, what: str) -> None:
        # The URL itself may hold a password.
        super().__init__(
            f"ACCT_DATABASE_URL {what}. Write sqlite:////folder/acct.db or postgresql://user:password@host/database."
        )


class Database:
    """The engine, and sessions on it.

    Args:
        engine: The host's, or one from ``open_engine``. Whoever opened it closes it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        if not event.contains(engine, "handle_error", _keep_quiet):
            event.listen(engine, "handle_error", _keep_quiet)
        after_fork(engine, _leave_to_parent)

    @classmethod
    def at(cls, url: str, *, allow_temporary: bool = False) -> Database:
        """Return a database of our own at ``ACCT_DATABASE_URL``; its connections are closed when it is
        garbage-collected.

        That happens at the end of the process at the latest: a command, a worker or an app leaves none open. Raises
        ``BadDatabaseUrl``.

        Args:
            allow_temporary: Whether ``sqlite://`` is allowed, as in tests. It becomes a file all the same, in a
                temporary folder that is deleted with the database: a database in memory has one connection for
                everybody, with which a test would see other transactions than the app has in use.
        """
        if allow_temporary and is_in_memory(url):
            folder = TemporaryDirectory(prefix=TEMPORARY)
            database = cls.at(f"sqlite:///{Path(folder.name) / 'acct.db'}")
            finalize(database, folder.cleanup)
            return database
        database = cls(open_engine(url))
        finalize(database, database.engine.dispose)
        return database

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
        """Whether a connection is available at once."""
        pool = self.engine.pool
        if not isinstance(pool, QueuePool) or pool._max_overflow < 0:
            return True
        return pool.checkedout() < pool.size() + pool._max_overflow

    @contextmanager
    def hurried(self) -> Iterator[Connection]:
        """A transaction that fails rather than wait long for SQLite's lock; PostgreSQL locks single rows."""
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


INHERITED: list[Pool] = []
"""In a forked process, its parent's pools with their connections: if they were freed, the child would close what
another process opened. Source: SQLite, "How To Corrupt An SQLite Database File", "Carrying an open database connection
across a fork()"."""


def _leave_to_parent(engine: Engine) -> None:
    """The engine opens connections of its own; a connection belongs to the process that opened it."""
    INHERITED.append(engine.pool)
    engine.dispose(close=False)


def open_engine(url: str) -> Engine:
    """Return an engine for ``ACCT_DATABASE_URL``: ``sqlite:///path.db`` or ``postgresql+psycopg://…``.

    Raises ``BadDatabaseUrl``.
    """
    parsed, synchronous = _with_synchronous(_parsed(url))
    parsed, options = _with_pgbouncer(parsed)
    # Stored values are personal data; a log that says why a statement failed must not repeat them.
    is_file = parsed.get_backend_name() == "sqlite"
    try:
        engine = create_engine(parsed, hide_parameters=True, connect_args=options)
    except ArgumentError:
        raise BadDatabaseUrl("is not the address of a database") from None
    if is_file:
        event.listen(engine, "connect", partial(_prepare_sqlite, synchronous))
    else:
        postgresql.prepare(engine)
        engine.update_execution_options(acct_pgbouncer=bool(options))
    return engine


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url.strip().strip("\"'"))
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl("is not the address of a database") from None
    kind = parsed.get_backend_name().lower()
    if kind not in DRIVERS:
        raise BadDatabaseUrl(f"names {kind}, which flask_acct does not run on")
    if kind == "sqlite" and _names_no_file(parsed):
        raise BadDatabaseUrl("names no file, so all would be lost when the program ends. In tests: TESTING = True")
    ours = parsed.set(drivername=DRIVERS[kind])
    if "ssl" in ours.query and kind != "sqlite":
        # asyncpg's name for it.
        ours = ours.difference_update_query(["ssl"]).update_query_dict({"sslmode": ours.query["ssl"]})
    return ours


def _with_synchronous(url: URL) -> tuple[URL, str]:
    """Return the URL without what the driver does not know, and when commits wait for the disk."""
    if url.get_backend_name() != "sqlite" or SYNCHRONOUS not in url.query:
        return url, FULL
    named = str(url.query[SYNCHRONOUS]).upper()
    if named not in (FULL, NORMAL):
        raise BadDatabaseUrl(f"has a {SYNCHRONOUS} that is neither {FULL} nor {NORMAL}")
    return url.difference_update_query([SYNCHRONOUS]), named


def _with_pgbouncer(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return the URL without what the driver does not know, and the options of a connection that passes PgBouncer."""
    if PGBOUNCER not in url.query:
        return url, {}
    named = str(url.query[PGBOUNCER]).lower()
    if named not in ("true", "false") or url.get_backend_name() == "sqlite":
        raise BadDatabaseUrl(f"has a {PGBOUNCER} that is neither true nor false, or is no PostgreSQL")
    plain = url.difference_update_query([PGBOUNCER])
    return plain, {"prepare_threshold": None} if named == "true" else {}


def is_behind_pgbouncer(engine: Engine) -> bool:
    """Whether the address of the database says so."""
    return bool(engine.get_execution_options().get("acct_pgbouncer", False))


def is_in_memory(url: str) -> bool:
    """Whether it is the URL of a SQLite database that is no file."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return False
    return parsed.get_backend_name() == "sqlite" and _names_no_file(parsed)


def _names_no_file(url: URL) -> bool:
    name = unquote(url.database or "").lower()
    return not name or ":memory:" in name or "mode=memory" in name or url.query.get("mode") == "memory"


def is_temporary(engine: Engine) -> bool:
    """Whether the database is deleted with the app: in memory, or what ``Database.at`` makes instead."""
    if engine.dialect.name != "sqlite":
        return False
    return _names_no_file(engine.url) or Path(engine.url.database or "").parent.name.startswith(TEMPORARY)


def begin_writing(db: Session) -> None:
    """The session's transaction may write from here on, and sees no later change by others."""
    connection = db.connection()
    if connection.dialect.name != "sqlite":
        return
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        connection.execute(text("BEGIN IMMEDIATE"))


def has_changed(db: Session) -> bool:
    """Whether the session holds changes that are not committed, flushed or not."""
    if db.new or db.dirty or db.deleted:
        return True
    if not db.in_transaction():
        return False
    connection = db.connection()
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        return bool(driver.in_transaction)
    return bool(connection.scalar(text("SELECT txid_current_if_assigned() IS NOT NULL")))


def _keep_quiet(context: ExceptionContext) -> None:
    """An error about a table of ours does not repeat what was stored or sent, wherever it is logged.

    PostgreSQL adds lines such as ``DETAIL: Key (email_key)=(ana@example.com) already exists.``, and quotes the text
    that was no date. Code can still read them: ``error.orig.diag``. A host's own errors stay as they are.
    """
    error, original = context.sqlalchemy_exception, context.original_exception
    is_hosts = context.engine is None or not context.engine.hide_parameters
    if is_hosts and OURS not in f"{context.statement} {original}":
        return
    if isinstance(original, BaseException) and len(original.args) == 1 and isinstance(original.args[0], str):
        original.args = (_without_values(original.args[0], getattr(original, "sqlstate", None) or ""),)
    if error is not None:
        error.hide_parameters = True
        error.args = (f"({type(original).__module__}.{type(original).__name__}) {original}",)


def _without_values(message: str, sqlstate: str) -> str:
    """Return the first line of a message; if it is about a value that was sent, what stands before the value."""
    first = message.partition("\n")[0]
    return first.partition(":")[0] if sqlstate.startswith(ABOUT_VALUES) else first


def _prepare_sqlite(synchronous: str, connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_WAIT_SECONDS * 1000}")
    _use_wal(cursor)
    cursor.execute(f"PRAGMA synchronous = {synchronous}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """The file is in WAL mode. SQLite does not wait for its lock here, so processes that start together must retry."""
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
