"""Signs of life of the mail workers, in the database: any process may ask whether one was heard from.

Each worker has a row of its own among the counts of ``limits``, which are deleted two days after the last sign. So
workers never wait for each other, and nobody has to say that one has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Insert

from ..db.models import LimitCount, UTCDateTime
from ..db.postgresql import ALONE
from ..db.upserts import insert_into

EVERY = timedelta(seconds=30)
"""How often a worker gives a sign of life."""

SUBJECT = "worker:"
"""The prefix of the keys of the rows."""


@dataclass(frozen=True, slots=True)
class WorkersHeard:
    """Which workers gave a sign of life lately."""

    number: int
    """How many did within the time asked for."""
    last: datetime | None
    """When the last sign was, however long ago; ``None`` if there was none for two days."""


def beat(connection: Connection, worker: str, now: datetime) -> None:
    """A worker was heard from at this time.

    Args:
        worker: Its own name, which tells it from the others.
    """
    given = {"key": f"{SUBJECT}{worker}", "now": now}
    connection.execute(_beating(connection.dialect.name), given, execution_options=ALONE)


def heard(db: Session, since: datetime) -> WorkersHeard:
    """Return how many workers were heard from since then."""
    number, last = db.execute(_HEARD, {"since": since}).one()
    return WorkersHeard(number, last)


@cache
def _beating(dialect: str) -> Insert:
    now = bindparam("now", type_=UTCDateTime())
    inserted = insert_into(LimitCount, dialect).values(key=bindparam("key"), count=1, since=now)
    return inserted.on_conflict_do_update(index_elements=[LimitCount.key], set_={"since": now})


_HEARD = select(
    func.count().filter(LimitCount.since >= bindparam("since", type_=UTCDateTime())),
    func.max(LimitCount.since, type_=UTCDateTime()),
).where(LimitCount.key >= SUBJECT, LimitCount.key < "worker;")
# A range, unlike LIKE, is found by the index of the keys on every database.
