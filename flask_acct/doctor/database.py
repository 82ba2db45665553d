"""The database: its version, its tables, its limits, its clock."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from ..db import schema
from .checkup import Checkup
from .lines import Line, fail, ok, warn

OLDEST_POSTGRESQL = 14
"""The oldest that its makers still mend."""

SPARE = 10
"""Connections of a server to leave for commands, backups and people."""

SECONDS_APART, SECONDS_TOO_FAR = 2, 30


def engine(checkup: Checkup) -> Line:
    """Whether the database answers, and which version it is."""
    used = checkup.acct.database.engine
    where = used.url.render_as_string()
    try:
        with used.connect() as connection:
            if used.dialect.name == "sqlite":
                return ok("Database", f"{where}, SQLite {sqlite3.sqlite_version}")
            number = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10000
    except SQLAlchemyError as error:
        return fail("Database", f"{where} cannot be used: {type(error).__name__}", "Check ACCT_DATABASE_URL.")
    if number < OLDEST_POSTGRESQL:
        return warn(
            "Database", f"{where}, PostgreSQL {number}", f"Upgrade it to PostgreSQL {OLDEST_POSTGRESQL} or later."
        )
    return ok("Database", f"{where}, PostgreSQL {number}")


def migrations(checkup: Checkup) -> Iterator[Line]:
    """Whether the tables are those of this version."""
    revision = schema.current(checkup.acct.database.engine) if _answers(checkup) else schema.HEAD
    if revision is None:
        yield fail("Tables", "there are none", "Run: flask acct upgrade")
    elif revision < schema.HEAD:
        yield fail("Tables", f"at revision {revision}, and {schema.HEAD} is needed", "Run: flask acct upgrade")
    elif revision > schema.HEAD:
        fix = "Install the newer flask_acct here, too."
        yield warn("Tables", f"at revision {revision}, newer than {schema.HEAD}, which is installed here", fix)
    elif _answers(checkup):
        yield ok("Tables", f"at revision {revision}, the newest")


def write_ahead_log(checkup: Checkup) -> Iterator[Line]:
    """Whether SQLite lets some read while one writes: not every file system can."""
    if checkup.acct.database.engine.dialect.name != "sqlite" or not _answers(checkup):
        return
    with checkup.acct.database.engine.connect() as connection:
        mode = connection.scalar(text("PRAGMA journal_mode"))
    if mode == "wal":
        yield ok("Write-ahead log", "on")
    else:
        fix = "Put the file on a disk of this machine, not on a network drive, or use PostgreSQL."
        yield fail("Write-ahead log", f"off: the journal mode is {mode}", fix)


def connections(checkup: Checkup) -> Iterator[Line]:
    """Whether the pool has a connection for each thread, and the server for all processes."""
    used = checkup.acct.database.engine
    if not isinstance(used.pool, QueuePool):
        return
    size = used.pool.size() + max(used.pool._max_overflow, 0)
    processes, threads = _of_server()
    if threads > size:
        yield warn(
            "Connections",
            f"a process has {threads} threads and {size} connections, so that some threads wait",
            f"Use at most {size} threads, or give Acct(db=...) an engine with a larger pool.",
        )
    if used.dialect.name == "postgresql" and _answers(checkup):
        yield _of_database(checkup, size=size, processes=processes)
    elif threads <= size:
        yield ok("Connections", f"up to {size} a process")


def clock(checkup: Checkup) -> Iterator[Line]:
    """Whether this machine and the database agree on the time, by which links and sessions end."""
    used = checkup.acct.database.engine
    if used.dialect.name != "postgresql" or not _answers(checkup):
        return
    with used.connect() as connection:
        there = connection.scalar(text("SELECT clock_timestamp()"))
    apart = abs((datetime.now(UTC) - there).total_seconds()) if there else 0.0
    yield difference("Clock", apart, "the database's")


def difference(name: str, seconds: float, whose: str) -> Line:
    """Return what a difference between two clocks means."""
    fix = "Keep the time of both machines by NTP: timedatectl set-ntp true"
    what = f"{seconds:.1f} seconds apart from {whose}"
    if seconds > SECONDS_TOO_FAR:
        return fail(name, what, fix)
    return warn(name, what, fix) if seconds > SECONDS_APART else ok(name, what)


def _answers(checkup: Checkup) -> bool:
    try:
        with checkup.acct.database.engine.connect():
            return True
    except SQLAlchemyError:
        return False


def _of_database(checkup: Checkup, *, size: int, processes: int) -> Line:
    with checkup.acct.database.engine.connect() as connection:
        most = int(connection.scalar(text("SHOW max_connections")) or 0)
        reserved = int(connection.scalar(text("SHOW superuser_reserved_connections")) or 0)
    room = max(most - reserved - SPARE, 0) // size
    what = f"up to {size} a process, and the server allows {most}: enough for {room} processes"
    if processes > room or not room:
        fix = "Raise max_connections in postgresql.conf, put PgBouncer in between, or run fewer processes."
        return fail("Connections", f"{what}, and there are {processes}", fix)
    return ok("Connections", what)


def _of_server() -> tuple[int, int]:
    """Return how many processes and threads Gunicorn is told to have by the environment; 1 of each if it is not."""
    arguments = os.environ.get("GUNICORN_CMD_ARGS", "")
    workers = _number(r"(?:--workers|-w)[= ](\d+)", arguments) or _number(
        r"(\d+)", os.environ.get("WEB_CONCURRENCY", "")
    )
    return workers or 1, _number(r"--threads[= ](\d+)", arguments) or 1


def _number(pattern: str, said: str) -> int:
    found = re.search(pattern, said)
    return int(found[1]) if found else 0
