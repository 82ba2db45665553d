"""PostgreSQL: its own ``pg_dump`` and ``pg_restore``, and a snapshot that the dump and our count of the rows share."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ..db.schema import VERSION_TABLE
from ..errors import AcctError
from .manifest import TableContent, differences
from .problems import BackupFailed, NotRestored
from .progress import Progress

NAME = "database.dump"

TOLD_EVERY_SECONDS = 5

AS_PLAIN_TEXT = (
    "SET LOCAL TimeZone = 'UTC'", "SET LOCAL DateStyle = 'ISO'", "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'", "SET LOCAL extra_float_digits = 1", "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)  # fmt: skip
"""The same rows have the same text on every server, and counting them may take its time."""


def copy(url: URL, to: Path, progress: Progress) -> tuple[str, str | None, Mapping[str, TableContent]]:
    """The file holds the database of one moment, as ``pg_dump`` writes it. Raises ``BackupFailed``."""
    program = _program("pg_dump", BackupFailed)
    try:
        with _reading(url) as connection:
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            server = str(connection.scalar(text("SHOW server_version"))).split()[0]
            command = [program, "--format=custom", f"--snapshot={snapshot}", f"--file={to}", *_alike(url)]
            with subprocess.Popen(command, env=_environment(url), stderr=subprocess.PIPE, text=True) as dump:  # noqa: S603
                try:
                    tables = contents(connection, progress)
                    _wait(dump, to, progress)
                except BaseException:
                    dump.kill()
                    raise
            return server, _revision(connection), tables
    except DBAPIError as error:
        raise BackupFailed(f"The database cannot be read: {error.orig}") from None


def raise_unless_empty(url: URL) -> None:
    """Raise ``NotRestored`` if the database has tables, or cannot be used."""
    try:
        with _reading(url) as connection:
            found = list(connection.scalars(text(_TABLES)))
    except DBAPIError as error:
        fix = f"Make an empty one: createdb {url.database}"
        raise NotRestored(f"The database cannot be used: {error.orig}\n{fix}") from None
    if found:
        named = ", ".join(found[:5])
        raise NotRestored(
            f"The database {url.database} is not empty: it has {named}{' and more' if found[5:] else ''}. "
            "Restore into a new one, made with: createdb NAME"
        )


def restore(file: Path, url: URL, tables: Mapping[str, TableContent]) -> None:
    """The database is in its place, in one transaction, with the rows of the backup. Raises ``NotRestored``."""
    program = _program("pg_restore", NotRestored)
    command = [program, "--single-transaction", "--exit-on-error", *_alike(url), str(file)]
    done = subprocess.run(command, env=_environment(url), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise NotRestored(f"{_last_line(done.stderr)}\nNothing was restored.{_older_program(done.stderr)}")
    with _reading(url) as connection:
        found = contents(connection)
    if differing := differences(tables, found):
        raise NotRestored(
            f"The rows are not those of the backup: {differing}. Do not use the database {url.database}; drop it."
        )
    _analyze(url)


def contents(connection: Connection, progress: Progress | None = None) -> Mapping[str, TableContent]:
    """Return how many rows each table has in the connection's view of the data, and their digest."""
    names = list(connection.scalars(text(_TABLES)))
    found: dict[str, TableContent] = {}
    for name in names:
        rows, digest = connection.exec_driver_sql(_CONTENT.format(table=name)).one()
        found[name] = TableContent(rows, str(digest))
        if progress:
            progress("Tables counted", len(found), len(names))
    return found


_TABLES = """
    SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1
"""
"""Every table that holds rows of its own, except those of extensions, which a dump leaves to them."""

_CONTENT = (
    "SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0) FROM ONLY {table} AS t"
)
"""A sum does not depend on the order of the rows, which a restore changes."""


@contextmanager
def _reading(url: URL) -> Iterator[Connection]:
    """One view of the data, in which nothing can be written."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            one_view = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with one_view.begin():
                for setting in AS_PLAIN_TEXT:
                    one_view.execute(text(setting))
                yield one_view
    finally:
        engine.dispose()


def _analyze(url: URL) -> None:
    """The planner knows the tables: a dump does not hold what it had learned."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _revision(connection: Connection) -> str | None:
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": VERSION_TABLE}) is None:
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    return found


def _alike(url: URL) -> Sequence[str]:
    """Return how both programs are called. A password would be seen in the list of processes."""
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    return ("--no-owner", "--no-privileges", "--no-password", f"--dbname={address}")


def _environment(url: URL) -> dict[str, str]:
    return {**os.environ, **({"PGPASSWORD": url.password} if url.password else {})}


def _program(name: str, error: type[AcctError]) -> str:
    found = shutil.which(name)
    if found is None:
        raise error(f"{name} is not installed. Debian and Ubuntu: apt install postgresql-client")
    return found


def _wait(dump: subprocess.Popen[str], file: Path, progress: Progress) -> None:
    """The dump has ended, and said now and then how far it is. Raises ``BackupFailed``."""
    while True:
        try:
            _, said = dump.communicate(timeout=TOLD_EVERY_SECONDS)
            break
        except subprocess.TimeoutExpired:
            progress("Bytes dumped", file.stat().st_size if file.exists() else 0, 0)
    if dump.returncode:
        raise BackupFailed(f"{_last_line(said)}{_older_program(said)}")


def _older_program(said: str) -> str:
    """Return how to mend that a program is older than the server, or than the program that made a dump."""
    if "version" not in said:
        return ""
    return "\nInstall the programs of the server's version, such as: apt install postgresql-client-17"


def _last_line(said: Any) -> str:
    return str(said).strip().rpartition("\n")[2] or "It ended without a word."
