"""The history of what was mailed about an account, and who may know of what.

A mail of a category is for whoever may see the account's mails: it never holds a secret. All others were for one
person alone, such as a way back in: an owner learns of those sent to them, or to nobody who is a user, and nobody what
they said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from ...db.ids import LARGEST_ID
from ...db.models import Membership, OutboxMail
from ...db.paging import ListPage
from ...mail import rendering
from ...mail.outbox import SENT_KEPT_FOR
from ...mail.rendering import Unrenderable
from ...platform import Platform
from ...scope import Scope


@dataclass(frozen=True, slots=True)
class EmailsFound:
    """One page of the history, newest first."""

    mails: Sequence[OutboxMail]
    page: int
    pages: int


def browse(scope: Scope, place: Membership, *, page: int) -> EmailsFound:
    """What was mailed about the account that somebody has a place in, as far as they may know. Two queries."""
    visible = _visible(place, scope.now)
    total = scope.db.scalar(select(func.count()).select_from(OutboxMail).where(*visible)) or 0
    shown = ListPage.at(page, total)
    found = select(OutboxMail).where(*visible).order_by(OutboxMail.id.desc())
    return EmailsFound(scope.db.scalars(shown.of(found)).all(), *shown)


def find(scope: Scope, id_: int, place: Membership) -> OutboxMail | None:
    """One of those mails; ``None`` for any other as for none."""
    if id_ > LARGEST_ID:
        return None
    return scope.db.scalar(select(OutboxMail).where(OutboxMail.id == id_, *_visible(place, scope.now)))


def is_private(mail: OutboxMail) -> bool:
    """Whether what it said was for its reader alone."""
    return mail.category is None or mail.token_id is not None or mail.expires_at is not None


def subject(mail: OutboxMail, platform: Platform, *, locale: str) -> str | None:
    """What it is about, in the language of whoever reads the history; ``None`` when nobody can tell any more."""
    try:
        return rendering.subject(rendering.without_secret(mail), platform, locale=locale)
    except Unrenderable:
        return None


def text(mail: OutboxMail, platform: Platform) -> Sequence[str]:
    """What it said, paragraph by paragraph, without anything that let its reader in; nothing for a private one."""
    if is_private(mail):
        return ()
    try:
        return rendering.redacted(rendering.without_secret(mail), platform)
    except Unrenderable:
        return ()


def _visible(place: Membership, now: datetime) -> list[ColumnElement[bool]]:
    """What somebody may know of. The same that ``is_private`` says, for the database."""
    sent = func.coalesce(OutboxMail.sent_at, OutboxMail.created_at)
    is_for_all = and_(OutboxMail.category.is_not(None), OutboxMail.token_id.is_(None), OutboxMail.expires_at.is_(None))
    # What was sent to another user stays theirs, whoever owns the account by now.
    is_the_owners = or_(OutboxMail.user_id == place.user_id, OutboxMail.user_id.is_(None))
    may_see = or_(is_for_all, is_the_owners) if place.is_owner else is_for_all
    return [OutboxMail.account_id == place.account_id, sent >= now - SENT_KEPT_FOR, may_see]
