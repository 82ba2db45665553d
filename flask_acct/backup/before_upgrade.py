"""``flask acct upgrade --check``: what an operator should know before the tables are upgraded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, Engine, text

from ..db import rolling, schema
from ..db.rolling import Migration
from ..values.amounts import counted, size
from .making import backups_in

FRESH = timedelta(hours=24)
"""How old the newest backup may be."""

TIMES_THE_DATABASE = 2
"""How much room an upgrade may take: SQLite writes a table anew for some changes, and keeps the old one meanwhile."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look before an upgrade found; ``fix`` is empty unless something stands in its way."""

    name: str
    what: str
    fix: str = ""

    @property
    def is_fine(self) -> bool:
        return not self.fix


def findings(engine: Engine, backups: Path | None, now: datetime) -> Sequence[Finding]:
    """Return what there is to know. Raises ``SchemaTooNew`` for a database of a newer flask_acct."""
    revision = schema.current(engine)
    schema.raise_if_newer(revision)
    waiting = rolling.pending(revision)
    if not waiting:
        return [Finding("Migrations", f"none; the tables are at revision {schema.HEAD}")]
    found = list(_migrations(waiting, is_new=revision is None))
    if revision is not None:
        found += [_backup(backups, now), *_disk(engine)]
    return found


def _migrations(waiting: Sequence[Migration], *, is_new: bool) -> Iterator[Finding]:
    for one in waiting:
        title = f"{one.revision} {one.title}"
        if is_new:
            yield Finding("Migration", f"{title} The database is new")
        elif one.phase == "expand":
            yield Finding("Migration", f"{title} The older version may go on serving")
        else:
            yield Finding(
                "Migration",
                f"{title} It takes away what the older version uses",
                "Stop every web and mail process of the older version, upgrade, then start the new version.",
            )


def _backup(backups: Path | None, now: datetime) -> Finding:
    make = "Make one: flask acct backup FOLDER"
    if backups is None:
        return Finding("Backup", "not known", "Name where backups are, by --backups or ACCT_BACKUPS.")
    made = backups_in(backups) if backups.is_dir() else [backups] if backups.is_file() else []
    if not made:
        return Finding("Backup", f"there is none in {backups}", make)
    newest = max(made, key=lambda file: file.stat().st_mtime)
    age = now - datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    what = f"{newest.name}, {_hours(age)} old"
    return Finding("Backup", what, "" if age <= FRESH else make)


def _disk(engine: Engine) -> Iterator[Finding]:
    """Yield whether there is room on the disk of the database."""
    needed = _size(engine)
    if engine.dialect.name != "sqlite":
        yield Finding("Disk", f"the database has {size(needed)}; its server should have as much free")
        return
    folder = _folder(engine.url)
    free = shutil.disk_usage(folder).free
    what = f"{size(free)} free for a database of {size(needed)}"
    yield Finding("Disk", what, "" if free >= TIMES_THE_DATABASE * needed else f"Make room in {folder}.")


def _size(engine: Engine) -> int:
    if engine.dialect.name == "sqlite":
        file = Path(engine.url.database or "")
        return file.stat().st_size if file.exists() else 0
    with engine.connect() as connection:
        found: int = connection.scalar(text("SELECT pg_database_size(current_database())"))
    return found


def _folder(url: URL) -> Path:
    return Path(url.database or "").absolute().parent


def _hours(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if not hours:
        return "less than an hour"
    return counted(hours, "hour") if hours < 48 else counted(hours // 24, "day")
