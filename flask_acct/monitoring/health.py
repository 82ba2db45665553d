"""Whether this process can serve: what it needs is there. The answers name what is missing, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..db import schema
from ..db.database import Database
from ..mail import heartbeats

Missing = Literal["database", "migrations", "worker"]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a process needs to be ready."""

    database: Database
    now: datetime
    worker_minutes: int
    """As in acct.toml, ``[health]``."""


def missing(needs: Needs) -> tuple[Missing, ...]:
    """Return what this process needs and lacks; nothing if it is ready.

    If all connections are in use the database is there, and waiting for one would say no more.
    """
    if not needs.database.has_room:
        return ()
    try:
        with needs.database.session() as db:
            return tuple(_missing_in(db, needs))
    except SQLAlchemyError:
        return ("database",)


def _missing_in(db: Session, needs: Needs) -> Iterator[Missing]:
    revision = schema.revision_of(db.connection())
    if revision is None or revision < schema.HEAD:
        # Newer tables are those of a deploy under way, which this version can use.
        yield "migrations"
    if revision is not None and not _is_worker_heard(db, needs):
        yield "worker"


def _is_worker_heard(db: Session, needs: Needs) -> bool:
    if not needs.worker_minutes:
        return True
    return heartbeats.heard(db, needs.now - timedelta(minutes=needs.worker_minutes)).number > 0
