"""Requests of people who know nothing to sign in with, step by step: taken, asked back, verified, answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, or_, select
from sqlalchemy.orm import Session

from ..db.database import begin_writing
from ..db.models import SupportCase, User
from ..db.paging import ListPage
from ..mail import outbox
from ..mail.handlers import Asked
from ..scope import Scope
from . import acts, users
from .acts import ActDone, Actor, CannotAct, Outcome, Target

ANSWERED_KEPT_FOR = timedelta(days=180)
"""How long what somebody wrote is kept after it was answered."""

NEXT = {
    "new": ("take",),
    "taken": ("ask", "verify", "answer"),
    "asked": ("ask", "verify", "answer"),
    "verified": ("ask", "verify", "answer"),
    "answered": ("ask", "verify", "answer"),
}
"""The steps that may follow, by state; somebody answered may write again."""


@dataclass(frozen=True, slots=True)
class CasesFound:
    """One page of the requests: those that nobody has answered first, the oldest of them first."""

    cases: Sequence[SupportCase]
    page: int
    pages: int


def open_case(scope: Scope, asked: Asked) -> SupportCase:
    """There is a case for what a visitor wrote."""
    opened = SupportCase(
        reference=asked.reference,
        name=asked.named["name"],
        email=asked.named["email"],
        text=asked.named["about"],
        locale=asked.locale,
        platform=asked.platform,
        state="new",
        created_at=asked.created_at,
        changed_at=scope.now,
    )
    scope.db.add(opened)
    return opened


def browse(scope: Scope, *, query: str = "", page: int = 1) -> CasesFound:
    """Return the requests whose reference, name or address holds what is asked for."""
    mine = _like(query)
    total = scope.db.scalar(select(func.count()).select_from(SupportCase).where(*mine)) or 0
    shown = ListPage.at(page, total)
    is_over = case((SupportCase.state == "answered", 1), else_=0)
    found = select(SupportCase).where(*mine).order_by(is_over, SupportCase.created_at, SupportCase.id)
    return CasesFound(scope.db.scalars(shown.of(found)).all(), *shown)


def number_open(scope: Scope) -> int:
    """Return how many requests nobody has answered."""
    return scope.db.scalar(select(func.count()).where(SupportCase.state != "answered")) or 0


def find(db: Session, id_: int) -> SupportCase | None:
    """Return the case with this id."""
    return db.get(SupportCase, id_)


def by_reference(db: Session, reference: str) -> SupportCase | None:
    """Return the case that a visitor quotes."""
    return db.scalar(select(SupportCase).where(SupportCase.reference == reference.strip().upper()))


def take(scope: Scope, one: SupportCase, *, by: Actor, reason: str) -> Outcome:
    """Somebody works on it."""
    return _step(scope, one, "take", "taken", by=by, reason=reason)


def ask(scope: Scope, one: SupportCase, text: str, *, by: Actor, reason: str) -> Outcome:
    """A mail with a question waits for whoever wrote."""
    done = _step(scope, one, "ask", "asked", by=by, reason=reason)
    if isinstance(done, ActDone):
        _write(scope, one, "staff.case_asked", text)
    return done


def verify(scope: Scope, one: SupportCase, user: User | None, *, by: Actor, reason: str) -> Outcome:
    """It is known who they are; the reason says by what."""
    if user is None:
        return CannotAct("nobody")
    done = _step(scope, one, "verify", "verified", by=by, reason=reason, user=user.email)
    if isinstance(done, ActDone):
        one.user_id = user.id
    return done


def answer(scope: Scope, one: SupportCase, text: str, *, sends: bool, by: Actor, reason: str) -> Outcome:
    """A mail with the answer waits, and with it the verified user's way back in, to the address stored for them.

    Args:
        sends: Whether the way back in is sent.
    """
    user = scope.db.get(User, one.user_id) if one.user_id else None
    if sends and user is None:
        return CannotAct("not_verified_yet")
    if sends and user is not None:
        sent = users.send_recovery(scope, user, by=by, reason=reason)
        if not isinstance(sent, ActDone):
            return sent
    done = _step(scope, one, "answer", "answered", by=by, reason=reason, sends=sends)
    if isinstance(done, ActDone):
        _write(scope, one, "staff.case_answered", text)
    return done


def forget_old(scope: Scope) -> None:
    """What people wrote is deleted long after it was answered; the audit log keeps who answered and why."""
    old = (SupportCase.state == "answered") & (SupportCase.changed_at < scope.now - ANSWERED_KEPT_FOR)
    scope.db.execute(delete(SupportCase).where(old).execution_options(synchronize_session=False))


def target(one: SupportCase) -> Target:
    """Return the case as the audit log names it."""
    return Target("case", one.id, one.reference)


def _step(scope: Scope, one: SupportCase, step: str, state: str, *, by: Actor, reason: str, **about: Any) -> Outcome:
    if refused := acts.refusal(by, f"case.{step}", reason):
        return refused
    begin_writing(scope.db)
    scope.db.refresh(one, with_for_update=True)
    if step not in NEXT[one.state]:
        return CannotAct("other_step")
    one.state, one.changed_at = state, scope.now
    one.taken_by = one.taken_by or by.name
    return acts.record(scope, by, f"case.{step}", target(one), reason, **about)


def _write(scope: Scope, one: SupportCase, mail: str, text: str) -> None:
    slots = {"name": one.name, "reference": one.reference, "text": text.splitlines()}
    outbox.queue(
        scope,
        mail,
        recipient=one.email,
        recipient_name=one.name,
        locale=one.locale,
        platform=one.platform,
        slots=slots,
    )


def _like(query: str) -> list[ColumnElement[bool]]:
    columns = (SupportCase.reference, SupportCase.name, SupportCase.email)
    return [or_(*(column.icontains(query, autoescape=True) for column in columns))] if query else []
