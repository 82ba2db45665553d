"""The worker's half of anonymous requests: what was remembered without looking is now looked up and answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from ..db.models import Asked
from ..platform import Edition
from ..security.tokens import Keys

TRIES = 5
WAITS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
KEPT_FOR = timedelta(days=90)
FAILED = "failed: "
ANSWER_LENGTH = 32


class Answer(Protocol):
    """Does what one kind of request asks for. Returns what came of it in a word: ``mailed``, ``nobody``."""

    def __call__(self, asked: Asked, /, *, edition: Edition, db: Session, keys: Keys, now: datetime) -> str: ...


Answers = Mapping[str, Answer]
"""By the screen a request came from: ``{"recovery.password": answer_password}``."""


def waiting(*, db: Session, now: datetime, limit: int = 100) -> Sequence[int]:
    """The ids of requests to be answered now: of each kind in turn, the oldest first. Takes no lock.

    Whoever asks for the way in does not wait until all who wrote to the support desk have been answered.
    """
    turn = func.row_number().over(partition_by=Asked.kind, order_by=Asked.id)
    due = select(Asked.id, turn.label("turn")).where(_due(now)).subquery()
    return db.scalars(select(due.c.id).order_by(due.c.turn, due.c.id).limit(limit)).all()


def claim(id_: int, *, db: Session, now: datetime) -> Asked | None:
    """The request, marked as answered in this transaction; ``None`` when another worker was first."""
    claimed = db.execute(
        update(Asked)
        .where(Asked.id == id_, _due(now))
        .values(answered_at=now, leased_until=None)
        .returning(Asked)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return claimed.scalar_one_or_none()


def put_off(id_: int, *, reason: str, db: Session, now: datetime) -> bool:
    """The request is answered later, or has failed for good, its reason kept. Returns whether it is tried again."""
    asked = db.get_one(Asked, id_)
    asked.attempts += 1
    if asked.attempts < TRIES:
        asked.leased_until = now + WAITS[asked.attempts - 1]
        return True
    asked.answered_at = now
    asked.answer = f"{FAILED}{reason}"[:ANSWER_LENGTH]
    return False


def forget_old(*, db: Session, now: datetime) -> None:
    """Requests answered 90 days ago are gone."""
    db.execute(delete(Asked).where(Asked.answered_at < now - KEPT_FOR).execution_options(synchronize_session=False))


@dataclass(frozen=True, slots=True)
class Unanswered:
    """What the requests look like to an operator."""

    number: int
    oldest: datetime | None
    tried: int
    """How many of them have failed at least once."""
    failed: Sequence[tuple[str, str]]
    """Reference and reason of the latest that were given up."""


def unanswered(*, db: Session) -> Unanswered:
    """What waits to be answered, and what could not be."""
    number, oldest, tried = db.execute(
        select(func.count(), func.min(Asked.created_at), func.count().filter(Asked.attempts > 0)).where(
            Asked.answered_at.is_(None)
        )
    ).one()
    failed = db.execute(
        select(Asked.reference, Asked.answer).where(Asked.answer.startswith(FAILED)).order_by(Asked.id.desc()).limit(20)
    )
    reasons = [(reference, (answer or "").removeprefix(FAILED)) for reference, answer in failed]
    return Unanswered(number, oldest, tried, reasons)


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(Asked.answered_at.is_(None), or_(Asked.leased_until.is_(None), Asked.leased_until <= now))
