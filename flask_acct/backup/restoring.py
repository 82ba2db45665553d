"""Restoring a backup into an empty place, in which nothing that was open then is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, TableClause, column, delete, func, inspect, select, table, update

from ..db import schema
from ..db.database import open_engine
from ..db.models import UTCDateTime
from . import archive, encryption
from .databases import KINDS, Copies
from .files import CONFIG, HELP, OTHERS
from .manifest import BackupManifest
from .problems import NotRestored

RESTORED = "From before a restored backup: whether it was sent is not known"
"""Why a mail that waited in a backup is not sent by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What was open when the backup was made, and no longer is."""

    sessions: int = 0
    links: int = 0
    mails: int = 0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and what of it was ended."""

    manifest: BackupManifest
    ended: Ended
    is_older: bool
    """Whether its tables must be upgraded before they are used."""


def inspected(file: Path, identities: Sequence[Path] = ()) -> BackupManifest:
    """Return what a backup holds; all of it was read and compared with its checksums. Raises ``NotRestored``."""
    with TemporaryDirectory(prefix="acct-restore-") as folder, encryption.read(file, identities) as stream:
        return archive.read(stream, Path(folder), below=())


def restore(file: Path, into: str, *, now: datetime, identities: Sequence[Path] = ()) -> Restored:
    """The database of a backup is in an empty place, and all sessions and links of it have ended.

    Raises ``NotRestored``, ``BadDatabaseUrl``.

    Args:
        into: The URL of a SQLite file that is not there yet, or of an empty PostgreSQL database.
    """
    engine = open_engine(into)
    try:
        kind = engine.url.get_backend_name()
        KINDS[kind].raise_unless_empty(engine.url)
        near = Path(engine.url.database or "").absolute().parent if kind == "sqlite" else None
        with TemporaryDirectory(prefix=".acct-restore-", dir=near) as folder:
            with encryption.read(file, identities) as stream:
                manifest = archive.read(stream, Path(folder), below=("database.",))
            _raise_unless_fits(manifest, kind)
            KINDS[kind].restore(Path(folder) / _name(KINDS[kind]), engine.url, manifest.tables)
        ended = _end_everything(engine, now) if manifest.revision else Ended()
        return Restored(manifest, ended, manifest.revision is not None and manifest.revision < schema.HEAD)
    except OSError as error:
        raise NotRestored(f"Nothing was restored: {error}") from None
    finally:
        engine.dispose()


def extract(file: Path, to: Path, identities: Sequence[Path] = ()) -> BackupManifest:
    """The folder, new or empty until now, has the files beside the database. Raises ``NotRestored``."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise NotRestored(f"{to} is there and not empty. Name a new folder; what you need you can copy from there.")
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        with encryption.read(file, identities) as stream:
            return archive.read(stream, to, below=(CONFIG, HELP, OTHERS))
    except OSError as error:
        raise NotRestored(f"The files were not restored: {error}") from None


def _name(copies: Copies) -> str:
    return copies.NAME


def _raise_unless_fits(manifest: BackupManifest, kind: str) -> None:
    if manifest.kind != kind:
        raise NotRestored(f"The backup is of {manifest.kind}, and {kind} cannot take it. Name a {manifest.kind} URL.")
    if manifest.revision is not None and manifest.revision > schema.HEAD:
        raise NotRestored(
            f"flask_acct {manifest.flask_acct} made this backup, of revision {manifest.revision}; this one knows "
            f"{schema.HEAD} as the newest. Install that version: pip install --upgrade flask_acct"
        )


# Tables of any revision have these columns; the models may have others that a backup does not know yet.
_WHEN = UTCDateTime()
_SESSION = table("acct_session", column("id"))
_STAFF_SESSION = table("acct_staff_session", column("id"))
_STAFF = table("acct_staff", column("link_digest"))
_TOKEN = table("acct_token", column("used_at"), column("void_at", _WHEN))
_MAIL = table("acct_outbox", column("state"), column("failure"), column("leased_until"))
_REQUEST = table("acct_request", column("answered_at", _WHEN), column("answer"))


def _end_everything(engine: Engine, now: datetime) -> Ended:
    """No session is open, no link works, and no mail or answer that waited then is sent by itself now."""
    waiting = _MAIL.c.state.in_(("queued", "leased"))
    unused = (_TOKEN.c.used_at.is_(None), _TOKEN.c.void_at.is_(None))
    with engine.begin() as connection:
        sessions = sum(_emptied(connection, each) for each in (_SESSION, _STAFF_SESSION))
        dead = {"state": "dead", "failure": RESTORED, "leased_until": None}
        return Ended(
            sessions=sessions,
            links=connection.execute(update(_TOKEN).where(*unused).values(void_at=now)).rowcount
            + _unlinked(connection),
            mails=connection.execute(update(_MAIL).where(waiting).values(**dead)).rowcount,
            requests=_answered(connection, now),
        )


def _answered(connection: Connection, now: datetime) -> int:
    if not inspect(connection).has_table(_REQUEST.name):
        return 0
    is_open = _REQUEST.c.answered_at.is_(None)
    return connection.execute(update(_REQUEST).where(is_open).values(answered_at=now, answer="restored")).rowcount


def _emptied(connection: Connection, rows: TableClause) -> int:
    """The table is empty. Returns how many rows it had; none if this revision has no such table."""
    if not inspect(connection).has_table(rows.name):
        return 0
    number = connection.scalar(select(func.count()).select_from(rows)) or 0
    connection.execute(delete(rows))
    return number


def _unlinked(connection: Connection) -> int:
    """No link lets one of the staff set a password. Returns how many there were."""
    if not inspect(connection).has_table(_STAFF.name):
        return 0
    return connection.execute(update(_STAFF).where(_STAFF.c.link_digest.is_not(None)).values(link_digest=None)).rowcount
