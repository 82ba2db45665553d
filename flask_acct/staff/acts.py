"""Acts of staff: who may do which, that each has a reason, and the log that keeps them for good."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import ColumnElement, Select, func, or_, select

from ..db.models import AuditEntry
from ..db.paging import ListPage
from ..scope import Scope
from ..values.formulas import harmless

Role = Literal["support", "admin"]
"""``support`` looks, sends recovery, ends sessions and works on requests; ``admin`` does everything."""

ROLES: tuple[Role, ...] = get_args(Role)

OF_SUPPORT = frozenset(
    {"user.end_sessions", "user.send_recovery", "case.take", "case.ask", "case.verify", "case.answer"}
)
"""The acts that support may do. All others are for admins."""

LONGEST_REASON = 500

MOST_EXPORTED = 50_000
"""Entries of the audit log that one file holds, the newest."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: one of the staff, or whoever runs a command on the server."""

    name: str
    """Their address; for a command ``command: root``."""
    role: Role
    staff_id: int | None = None

    def may(self, act: str) -> bool:
        """Whether their role is enough."""
        return self.role == "admin" or act in OF_SUPPORT


class Target(NamedTuple):
    """Whom or what an act is about."""

    kind: Literal["user", "account", "case", "mail", "staff"]
    id: int | None
    name: str


@dataclass(frozen=True, slots=True)
class ActDone:
    """It is done and recorded; ``about`` fills the sentence that says so."""

    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoleNotEnough:
    """The role of whoever acts is not enough."""


@dataclass(frozen=True, slots=True)
class ReasonMissing:
    """Nothing is done without a reason."""


@dataclass(frozen=True, slots=True)
class CannotAct:
    """It makes no sense as things stand; ``why`` names the sentence that says so."""

    why: str
    about: dict[str, Any] = field(default_factory=dict)


Outcome = ActDone | RoleNotEnough | ReasonMissing | CannotAct


def refusal(by: Actor, act: str, reason: str) -> RoleNotEnough | ReasonMissing | None:
    """Return why nothing may be done at all: the role, or a reason that was not given."""
    if not by.may(act):
        return RoleNotEnough()
    return None if reason.strip() else ReasonMissing()


def record(scope: Scope, by: Actor, act: str, on: Target, reason: str, **about: Any) -> ActDone:
    """The act is in the audit log, in the caller's transaction."""
    scope.db.add(
        AuditEntry(
            at=scope.now,
            by=by.name[:254],
            act=act,
            on_kind=on.kind,
            on_id=on.id,
            on_name=on.name[:254],
            reason=" ".join(reason.split())[:LONGEST_REASON],
            about=about,
        )
    )
    scope.db.flush()
    return ActDone(about)


@dataclass(frozen=True, slots=True)
class EntriesFound:
    """One page of the audit log, the newest first."""

    entries: Sequence[AuditEntry]
    page: int
    pages: int


def browse(scope: Scope, *, query: str = "", page: int = 1) -> EntriesFound:
    """Return the entries that hold what is asked for: who, whom, which act or why."""
    found = _found(query)
    total = scope.db.scalar(select(func.count()).select_from(found.subquery())) or 0
    shown = ListPage.at(page, total)
    return EntriesFound(scope.db.scalars(shown.of(found)).all(), *shown)


def about(scope: Scope, kind: str, id_: int, since: datetime, *, most: int = 20) -> Sequence[AuditEntry]:
    """Return the newest entries about one user, account, case or mail.

    Args:
        since: When it was made.
    """
    of_it = select(AuditEntry).where(is_about(kind, id_, since))
    return scope.db.scalars(of_it.order_by(AuditEntry.id.desc()).limit(most)).all()


def is_about(kind: str, id_: int, since: datetime) -> ColumnElement[bool]:
    """Return the condition of the entries about it. SQLite may give it the id of one that was deleted before."""
    return (AuditEntry.on_kind == kind) & (AuditEntry.on_id == id_) & (AuditEntry.at >= since)


def as_csv(scope: Scope, *, query: str = "") -> str:
    """Return the entries as a file for a spreadsheet, which runs no cell of it as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["at", "by", "act", "kind", "on", "reason", "about"])
    for entry in scope.db.scalars(_found(query).limit(MOST_EXPORTED)):
        cells = (entry.by, entry.act, entry.on_kind, entry.on_name, entry.reason, details(entry))
        writer.writerow([entry.at.isoformat(), *map(harmless, cells)])
    return text.getvalue()


def details(entry: AuditEntry) -> str:
    """Return what else an entry says, in a line: ``state: suspended, was: active``."""
    return ", ".join(f"{name}: {value}" for name, value in sorted(entry.about.items()) if value not in (None, ""))


def _found(query: str) -> Select[AuditEntry]:
    return select(AuditEntry).where(*_like(query)).order_by(AuditEntry.id.desc())


def _like(query: str) -> list[ColumnElement[bool]]:
    columns = (AuditEntry.by, AuditEntry.act, AuditEntry.on_name, AuditEntry.reason)
    return [or_(*(column.icontains(query, autoescape=True) for column in columns))] if query else []
