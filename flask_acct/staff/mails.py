"""Mails that wait or are dead, and why. What they say is not shown: it is for their readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..db.database import begin_writing
from ..db.models import OutboxMail, Token
from ..db.paging import ListPage
from ..mail import rendering
from ..mail.rendering import Unrenderable
from ..platform import Platform
from ..scope import Scope
from ..security import tokens
from . import acts
from .acts import Actor, CannotAct, Outcome, Target

UNSENT = ("dead", "queued", "leased")


@dataclass(frozen=True, slots=True)
class MailsFound:
    """One page of the mails that are not sent, dead ones first; with a search, of all mails, the newest first."""

    mails: Sequence[OutboxMail]
    page: int
    pages: int


def browse(scope: Scope, *, query: str = "", page: int = 1) -> MailsFound:
    """Return mails by recipient or kind, else those that are not sent."""
    found = select(OutboxMail)
    if query:
        is_like = OutboxMail.recipient.icontains(query, autoescape=True) | (OutboxMail.mail == query)
        found = found.where(is_like).order_by(OutboxMail.id.desc())
    else:
        found = found.where(OutboxMail.state.in_(UNSENT)).order_by(OutboxMail.state, OutboxMail.id.desc())
    total = scope.db.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
    shown = ListPage.at(page, total)
    return MailsFound(scope.db.scalars(shown.of(found)).all(), *shown)


def number_dead(scope: Scope) -> int:
    """Return how many mails are dead."""
    return scope.db.scalar(select(func.count()).where(OutboxMail.state == "dead")) or 0


def find(db: Session, id_: int) -> OutboxMail | None:
    """Return the mail with this id."""
    return db.get(OutboxMail, id_)


def subject(mail: OutboxMail, platform: Platform, *, locale: str) -> str:
    """Return what a mail is about, in the reader's language; the name of its kind if nobody can tell any more."""
    try:
        return rendering.subject(rendering.without_secret(mail), platform, locale=locale)
    except Unrenderable:
        return mail.mail


def retry(scope: Scope, mail: OutboxMail, *, by: Actor, reason: str) -> Outcome:
    """A dead mail waits again as if it were new, if what it says is still of use."""
    if refused := _refusal(scope, mail, "mail.retry", by=by, reason=reason):
        return refused
    is_alive = mail.token_id is None and mail.expires_at is None
    if mail.token_id is not None:
        alive = select(Token.id).where(Token.id == mail.token_id, *tokens.alive(scope.now))
        is_alive = scope.db.scalar(alive) is not None
    if not is_alive:
        return CannotAct("link_over")
    mail.state, mail.attempts, mail.next_attempt_at = "queued", 0, scope.now
    return acts.record(scope, by, "mail.retry", _target(mail), reason, mail=mail.mail)


def discard(scope: Scope, mail: OutboxMail, *, by: Actor, reason: str) -> Outcome:
    """A dead mail is gone, and nobody is warned of it; the audit log keeps whom it was for and why it failed."""
    if refused := _refusal(scope, mail, "mail.discard", by=by, reason=reason):
        return refused
    scope.db.delete(mail)
    return acts.record(scope, by, "mail.discard", _target(mail), reason, mail=mail.mail, failure=mail.failure)


def _refusal(scope: Scope, mail: OutboxMail, act: str, *, by: Actor, reason: str) -> Outcome | None:
    """Return why nothing is done; otherwise the mail is dead, and locked."""
    if refused := acts.refusal(by, act, reason):
        return refused
    begin_writing(scope.db)
    scope.db.refresh(mail, with_for_update=True)
    return None if mail.state == "dead" else CannotAct("not_dead")


def _target(mail: OutboxMail) -> Target:
    return Target("mail", mail.id, mail.recipient)
