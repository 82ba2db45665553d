"""Making a backup: it is there whole, or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from . import archive, databases, encryption
from .encryption import Recipients
from .manifest import BackupManifest
from .problems import BackupFailed
from .progress import Progress, silent

NAMED = re.compile(r"acct-\d{8}T\d{6}Z\.tar\.gz(\.age|\.gpg)?")
"""The names of backups in a folder: ``acct-20261129T030000Z.tar.gz.age``."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup, and what it holds."""

    file: Path
    manifest: BackupManifest

    @property
    def bytes(self) -> int:
        return self.file.stat().st_size


def back_up(
    url: URL,
    beside: Mapping[str, Path],
    to: Path,
    *,
    now: datetime,
    recipients: Recipients | None = None,
    progress: Progress = silent,
) -> Made:
    """There is a backup of the database and of the files beside it. Raises ``BackupFailed``.

    Args:
        beside: By their names in the archive, see ``files``.
        to: A file that is not there yet, or a folder, where the file is named after the time.
    """
    recipients = recipients or Recipients()
    file = _target(to, now, recipients)
    try:
        with _working_folder(file) as folder:
            copy = databases.copied(url, folder, progress)
            packed = {copy.file.name: copy.file, **beside}
            manifest = BackupManifest(
                made_at=now,
                flask_acct=version("flask_acct"),
                revision=copy.revision,
                kind=copy.kind,
                server=copy.server,
                tables=copy.tables,
                files=archive.described(packed),
            )
            whole = folder / file.name
            with encryption.written(whole, recipients) as stream:
                archive.write(stream, manifest, packed, progress)
            whole.rename(file)
            _flush(file.parent)
    except OSError as error:
        raise BackupFailed(f"No backup was made: {error}") from None
    return Made(file, manifest)


def backups_in(folder: Path) -> Sequence[Path]:
    """Return the backups that a folder has, the oldest first."""
    if not folder.is_dir():
        return ()
    return sorted((file for file in folder.iterdir() if NAMED.fullmatch(file.name)), key=lambda file: file.name)


def keep_newest(folder: Path, number: int) -> Sequence[Path]:
    """Only the newest backups are left in the folder; nothing else in it is touched. Returns those deleted."""
    old = backups_in(folder)[:-number]
    for file in old:
        file.unlink(missing_ok=True)
    return old


def _target(to: Path, now: datetime, recipients: Recipients) -> Path:
    file = to / f"acct-{now:%Y%m%dT%H%M%SZ}.tar.gz{recipients.suffix}" if to.is_dir() else to
    if file.exists():
        raise BackupFailed(f"{file} is there already, and a backup replaces nothing. Name another file, or a folder.")
    return file.absolute()


@contextmanager
def _working_folder(file: Path) -> Iterator[Path]:
    """A folder beside the file that nobody else can enter, and that is deleted: the database is in it in the clear."""
    if not file.parent.is_dir():
        raise BackupFailed(f"There is no folder {file.parent}. Make it, for the user that makes backups alone.")
    with TemporaryDirectory(prefix=".acct-backup-", dir=file.parent) as folder:
        yield Path(folder)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
