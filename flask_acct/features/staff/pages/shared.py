"""What pages about one user, account, request or message have in common: its log, and what an act answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from ....db.models import AuditEntry
from ....declare.elements import Tone
from ....declare.texts import Text
from ....staff import acts
from ....staff.acts import ActDone, CannotAct, Outcome, ReasonMissing, RoleNotEnough
from ....staff.export import Exported
from ....web.page import Page
from ....web.replies import File, Reply, go, show
from ....web.rows import Row, RowPage, StateCell
from ..screens import ACTS

TONES: Mapping[str, Tone] = {
    "active": "success",
    "suspended": "warning",
    "closed": "error",
    "disabled": "error",
    "new": "warning",
    "answered": "success",
    "sent": "success",
    "dead": "error",
}
"""The colours of states, by name; the others have that of information."""


def boxed(state: Text, page: Page) -> StateCell:
    """Return a state as lists and facts show it."""
    return StateCell(state.name, page.frame.words[state.id], TONES.get(state.name, "info"), id=state.id)


def after(page: Page, outcome: Outcome, screen: str, message: str, at: Mapping[str, object], **slots: object) -> Reply:
    """Return where somebody goes after an act, with what it says there; or why it was not done."""
    match outcome:
        case ActDone():
            return go(screen, message, at=at, **slots)
        case RoleNotEnough():
            return show("staff.act.not_permitted")
        case ReasonMissing():
            return show("staff.act.no_reason")
        case CannotAct(why, about):
            return show(f"staff.act.{why}", **about)
        case _:
            assert_never(outcome)


def as_file(page: Page, outcome: Outcome, screen: str, name: str) -> Reply:
    """Return what was exported as a file to keep; or why it was not."""
    if isinstance(outcome, Exported):
        return File(outcome.content, "application/json", f"{name}-{page.now:%Y-%m-%d}.json")
    return after(page, outcome, screen, "", page.at)


def show_log(page: Page, kind: str, id_: int, since: datetime) -> None:
    """The page lists what staff did about it; nothing if that is nothing."""
    rows = [
        Row(str(entry.id), (name_of(entry), entry.by, why(entry), entry.at))
        for entry in acts.about(page.scope, kind, id_, since)
    ]
    page.rows["log"] = RowPage(rows)


def name_of(entry: AuditEntry) -> Text | str:
    """Return what an act is called; its own name for one that is not known any more."""
    return ACTS.get(entry.act, entry.act)


def why(entry: AuditEntry) -> str | None:
    """Return the reason that was given, and in brackets what else the entry says."""
    said = acts.details(entry)
    return (f"{entry.reason} ({said})" if entry.reason else said) if said else entry.reason or None


def leave_out_for_support(page: Page, *names: str) -> None:
    """Links to what only administrators may do are left out for everybody else."""
    if page.staff.actor.role != "admin":
        page.screen = page.screen.without(*names)
