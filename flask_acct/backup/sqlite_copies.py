"""SQLite: the online backup API, of one view of the data: whoever writes meanwhile neither waits nor is seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ..db.schema import VERSION_TABLE
from .manifest import TableContent, differences
from .problems import BackupFailed, NotRestored
from .progress import Progress

NAME = "database.sqlite"

PAGES_AT_ONCE = 2000
"""Pages copied between two words of progress; 8 MB."""


def copy(url: URL, to: Path, progress: Progress) -> tuple[str, str | None, Mapping[str, TableContent]]:
    """The file holds the database of one moment. Raises ``BackupFailed``."""
    if not Path(url.database or "").exists():
        raise BackupFailed(f"There is no database at {url.database}. Check ACCT_DATABASE_URL.")
    try:
        with _connected(url) as source, closing(sqlite3.connect(to)) as target:
            # Reading begins a view of the data that lasts until the end of the transaction: without it, whoever
            # writes makes the copy begin again, and one who never stops would keep it from ending.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(target, pages=PAGES_AT_ONCE, progress=partial(_tell, progress))
            source.rollback()
            # One file, without the two that a database in WAL mode has beside it.
            target.execute("PRAGMA journal_mode = DELETE")
            return sqlite3.sqlite_version, _revision(target), contents(target)
    except (sqlite3.Error, DBAPIError) as error:
        raise BackupFailed(f"The database cannot be copied: {error}") from None


def raise_unless_empty(url: URL) -> None:
    """Raise ``NotRestored`` if there is a file that is not empty, or no folder for it."""
    file = _file(url)
    if file.exists() and file.stat().st_size:
        raise NotRestored(f"{file} is there already. Restore into a new file, then change ACCT_DATABASE_URL.")
    if not file.parent.is_dir():
        raise NotRestored(f"There is no folder {file.parent}. Make it, for the user that runs the app.")


def restore(file: Path, url: URL, tables: Mapping[str, TableContent]) -> None:
    """The database is in its place, readable by its owner alone. Raises ``NotRestored``."""
    with closing(sqlite3.connect(file)) as connection:
        damage = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if damage != "ok":
            raise NotRestored(f"The database in this backup is damaged: {damage}")
        if differing := differences(tables, contents(connection)):
            raise NotRestored(f"The rows are not those of the backup: {differing}. Nothing was restored.")
    file.chmod(0o600)
    file.replace(_file(url))


def contents(connection: sqlite3.Connection) -> Mapping[str, TableContent]:
    """Return how many rows each table has."""
    names = [row[0] for row in connection.execute(_TABLES)]
    return {name: TableContent(_count(connection, name)) for name in names}


_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"


@contextmanager
def _connected(url: URL) -> Iterator[sqlite3.Connection]:
    """The driver's own connection, for the options that a URL may have."""
    engine = create_engine(url, poolclass=NullPool)
    connection = engine.raw_connection()
    try:
        driver: Any = connection.driver_connection
        yield driver
    finally:
        connection.close()
        engine.dispose()


def _file(url: URL) -> Path:
    return Path(url.database or "").absolute()


def _count(connection: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    found: int = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0]  # noqa: S608
    return found


def _revision(connection: sqlite3.Connection) -> str | None:
    try:
        row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608
    except sqlite3.OperationalError:
        return None
    return str(row[0]) if row else None


def _tell(progress: Progress, _status: int, remaining: int, total: int) -> None:
    progress("Pages copied", total - remaining, total)
