"""The worker's half of anonymous requests: what was stored without a look-up is now looked up and answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from ..db.models import PendingRequest
from ..scope import Scope

TRIES = 5
WAITS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
KEPT_FOR = timedelta(days=90)
FAILED = "failed: "
ANSWER_LENGTH = 32


class RequestHandler(Protocol):
    """Handles requests of one kind. Returns the outcome in a word: ``mailed``, ``nobody``."""

    def __call__(self, scope: Scope, pending_request: PendingRequest, /) -> str: ...


RequestHandlers = Mapping[str, RequestHandler]
"""By the screen a request came from: ``{"recovery.password": answer_password}``."""


def waiting(scope: Scope, *, limit: int = 100) -> Sequence[int]:
    """Return the ids of requests to be answered now: of each kind in turn, the oldest first. Takes no lock.

    So somebody who wants to get in does not wait until all mails to the support desk have been answered.
    """
    turn = func.row_number().over(partition_by=PendingRequest.kind, order_by=PendingRequest.id)
    due = select(PendingRequest.id, turn.label("turn")).where(_due(scope.now)).subquery()
    return scope.db.scalars(select(due.c.id).order_by(due.c.turn, due.c.id).limit(limit)).all()


def claim(scope: Scope, id_: int) -> PendingRequest | None:
    """The request is marked as answered in this transaction, and returned; ``None`` if another worker was first."""
    claimed = scope.db.execute(
        update(PendingRequest)
        .where(PendingRequest.id == id_, _due(scope.now))
        .values(answered_at=scope.now, leased_until=None)
        .returning(PendingRequest)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return claimed.scalar_one_or_none()


def put_off(scope: Scope, id_: int, *, reason: str) -> bool:
    """The request is answered later, or has failed for good, with its reason. Returns whether it is tried again."""
    request = scope.db.get_one(PendingRequest, id_)
    request.attempts += 1
    if request.attempts < TRIES:
        request.leased_until = scope.now + WAITS[request.attempts - 1]
        return True
    request.answered_at = scope.now
    request.answer = f"{FAILED}{reason}"[:ANSWER_LENGTH]
    return False


def forget_old(scope: Scope) -> None:
    """Requests answered 90 days ago are deleted."""
    scope.db.execute(
        delete(PendingRequest)
        .where(PendingRequest.answered_at < scope.now - KEPT_FOR)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class UnansweredRequests:
    """The state of the requests, for an operator."""

    number: int
    oldest: datetime | None
    tried: int
    """How many of them have failed at least once."""
    failed: Sequence[tuple[str, str]]
    """Reference and reason of the latest that have failed for good."""


def unanswered(db: Session) -> UnansweredRequests:
    """Return what waits to be answered, and what could not be."""
    number, oldest, tried = db.execute(
        select(
            func.count(), func.min(PendingRequest.created_at), func.count().filter(PendingRequest.attempts > 0)
        ).where(PendingRequest.answered_at.is_(None))
    ).one()
    failed = db.execute(
        select(PendingRequest.reference, PendingRequest.answer)
        .where(PendingRequest.answer.startswith(FAILED))
        .order_by(PendingRequest.id.desc())
        .limit(20)
    )
    reasons = [(reference, (answer or "").removeprefix(FAILED)) for reference, answer in failed]
    return UnansweredRequests(number, oldest, tried, reasons)


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        PendingRequest.answered_at.is_(None),
        or_(PendingRequest.leased_until.is_(None), PendingRequest.leased_until <= now),
    )
