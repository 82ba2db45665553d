"""A copy of a database at one moment, while others write, and the way back into an empty one.

Both copy the whole database: a host's tables refer to ours, and ours alone would be no way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL

from ..db.database import is_in_memory
from . import postgresql_copies, sqlite_copies
from .manifest import TableContent
from .problems import BackupFailed
from .progress import Progress


@dataclass(frozen=True, slots=True)
class DatabaseCopy:
    """A database as a file, and what is in it."""

    file: Path
    kind: str
    server: str
    revision: str | None
    tables: Mapping[str, TableContent]


class Copies(Protocol):
    """How a kind of database is copied and restored; the functions of a module."""

    NAME: str
    """The file in the archive."""

    def copy(self, url: URL, to: Path, progress: Progress, /) -> tuple[str, str | None, Mapping[str, TableContent]]:
        """The file holds the database of one moment. Returns the server's version, our revision, and the rows."""

    def raise_unless_empty(self, url: URL, /) -> None:
        """Raise ``NotRestored`` if something is there, or the place cannot be used."""

    def restore(self, file: Path, url: URL, tables: Mapping[str, TableContent], /) -> None:
        """The database is in its place, with these rows. Raises ``NotRestored``."""


KINDS: Mapping[str, Copies] = {"sqlite": sqlite_copies, "postgresql": postgresql_copies}


def copied(url: URL, folder: Path, progress: Progress) -> DatabaseCopy:
    """Return a copy of the database, in the folder. Raises ``BackupFailed``."""
    kind = url.get_backend_name()
    if kind not in KINDS:
        raise BackupFailed(f"The database is {kind}, of which flask_acct makes no backup. Use what {kind} has for it.")
    if is_in_memory(url.render_as_string(hide_password=False)):
        raise BackupFailed("The database is in memory, and ends with the program. There is nothing to keep.")
    file = folder / KINDS[kind].NAME
    server, revision, tables = KINDS[kind].copy(url, file, progress)
    return DatabaseCopy(file, kind, server, revision, tables)
