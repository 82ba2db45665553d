"""The worker's half of anonymous requests: what was stored without a look-up is now looked up and answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import and_, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session

from ..db.models import PendingRequest, UTCDateTime
from ..scope import Scope

TRIES = 5
WAITS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
KEPT_FOR = timedelta(days=90)
FAILED = "failed: "
ANSWER_LENGTH = 32


class Asked(Protocol):
    """What was asked: a stored request, or the row of one."""

    @property
    def reference(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def named(self) -> dict[str, Any]: ...

    @property
    def locale(self) -> str: ...

    @property
    def platform(self) -> str | None: ...

    @property
    def created_at(self) -> datetime: ...

    @property
    def answer(self) -> str | None: ...


class ClaimedRequest(NamedTuple):
    """A request that one worker answers in its transaction."""

    id: int
    reference: str
    kind: str
    named: dict[str, Any]
    locale: str
    platform: str | None
    created_at: datetime
    answer: str | None
    """A digest that tells this sender from others who request the same."""


class RequestHandler(Protocol):
    """Handles requests of one kind. Returns the outcome in a word: ``mailed``, ``nobody``."""

    def __call__(self, scope: Scope, asked: Asked, /) -> str: ...


RequestHandlers = Mapping[str, RequestHandler]
"""By the screen a request came from: ``{"recovery.password": answer_password}``."""


def waiting(scope: Scope, *, limit: int = 100) -> Sequence[int]:
    """Return the ids of requests to be answered now: of each kind in turn, the oldest first. Takes no lock.

    So somebody who wants to get in does not wait until all mails to the support desk have been answered.
    """
    found = scope.db.connection().execute(_WAITING, {"now": scope.now, "limit": limit})
    return list(found.scalars())


def claim(scope: Scope, id_: int) -> ClaimedRequest | None:
    """The request is marked as answered in this transaction, and returned; ``None`` if another worker was first."""
    claimed = scope.db.connection().execute(_CLAIM, {"row": id_, "now": scope.now}).one_or_none()
    return ClaimedRequest._make(claimed) if claimed is not None else None


def note_answer(scope: Scope, request: ClaimedRequest, answer: str) -> None:
    """What came of the request is stored, for the operator."""
    scope.db.connection().execute(_NOTE_ANSWER, {"row": request.id, "outcome": answer[:ANSWER_LENGTH]})


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


# Built once: building a statement takes longer than running it.
_NOW = bindparam("now", type_=UTCDateTime())
_DUE = and_(
    PendingRequest.answered_at.is_(None),
    or_(PendingRequest.leased_until.is_(None), PendingRequest.leased_until <= _NOW),
)
_TURNS = (
    select(
        PendingRequest.id,
        func.row_number().over(partition_by=PendingRequest.kind, order_by=PendingRequest.id).label("turn"),
    )
    .where(_DUE)
    .subquery()
)
_WAITING = select(_TURNS.c.id).order_by(_TURNS.c.turn, _TURNS.c.id).limit(bindparam("limit"))
_CLAIM = (
    update(PendingRequest)
    .where(PendingRequest.id == bindparam("row"), _DUE)
    .values(answered_at=_NOW, leased_until=None)
    .returning(*(getattr(PendingRequest, name) for name in ClaimedRequest._fields))
)
_NOTE_ANSWER = update(PendingRequest).where(PendingRequest.id == bindparam("row")).values(answer=bindparam("outcome"))
