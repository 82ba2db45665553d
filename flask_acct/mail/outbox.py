"""A mail is queued in the transaction that causes it, and sent later by the worker.

Mails that somebody needs to get in are sent before all others, except in every few turns, so that no notice waits
forever.

A row waits (``queued``), is held by one worker for two minutes (``leased``), and ends as ``sent`` or ``dead``. If a
worker dies, its lease expires, and another worker takes the row over. Every step is one conditional UPDATE.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from ..accounts import recipients
from ..db import owners
from ..db.models import Account, OutboxMail, Token, User
from ..scope import Scope
from ..security import tokens
from ..values.identifiers import email_key

LEASE = timedelta(minutes=2)
"""Longer than a delivery: at most eleven steps of ten seconds."""

WAITS = (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=15))
"""After the first, the second, and every later failure."""

URGENT_WITHIN = timedelta(days=1)
"""A mail whose token lasts no longer is urgent. Invitations last for days, and an import queues thousands of them."""

GIVEN_UP_AFTER = timedelta(hours=24)
SENT_KEPT_FOR = timedelta(days=30)
DEAD_KEPT_FOR = timedelta(days=90)


def queue_for_user(
    scope: Scope,
    mail: str,
    *,
    to: User,
    locale: str | None = None,
    account: Account | None = None,
    token: Token | None = None,
    slots: dict[str, Any] | None = None,
    is_urgent: bool | None = None,
) -> OutboxMail:
    """One mail waits for one user, to the address stored for them and in their language.

    Args:
        mail: The declared mail, ``recovery.reset``.
        config: Of the platform it is sent from.
        locale: The language if the user has chosen none. Default: the site's.
        account: Whose customer number is shown at its head, if the mail declares one. Default: the user's own, if
            there is exactly one.
        token: The source of its button's link or its secret; the mail is not sent once the token has expired.
        slots: Text for the mail's slots, lists for its listings; a time in ISO format under a key that ends in
            ``_at`` fills the slot without that ending.
        is_urgent: Whether they need it to get in. Default: whether its token lasts no longer than a day.
    """
    return queue(
        scope,
        mail,
        recipient=to.email,
        recipient_name=f"{to.first_name} {to.last_name}".strip(),
        locale=scope.config.site.nearest_locale(to.locale, locale),
        time_zone=to.time_zone,
        user_id=to.id,
        platform=scope.config.platform,
        account=account or _only_account(scope.db, to),
        token=token,
        slots=slots,
        is_urgent=is_urgent,
    )


def queue(
    scope: Scope,
    mail: str,
    *,
    recipient: str,
    locale: str,
    recipient_name: str = "",
    time_zone: str | None = None,
    user_id: int | None = None,
    platform: str | None = None,
    account: Account | None = None,
    token: Token | None = None,
    slots: dict[str, Any] | None = None,
    category: str | None = None,
    unsubscribe: str | None = None,
    is_urgent: bool | None = None,
) -> OutboxMail:
    """One mail waits for an address that is no user's, such as the support desk's.

    Args:
        account: Which account it is about: its number is shown at the head, and its history lists the mail.
        category: The mail category it is sent for; with ``unsubscribe``, who can stop it: ``contact:12``.
    """
    outgoing = OutboxMail(
        message_id=f"acct.{secrets.token_hex(16)}",
        mail=mail,
        recipient=recipient,
        recipient_name=recipient_name,
        locale=locale,
        time_zone=time_zone,
        platform=platform,
        customer_number=account.number if account else None,
        slots=slots or {},
        token_id=token.id if token else None,
        user_id=user_id,
        account_id=account.id if account else None,
        is_urgent=_is_waited_for(token, scope.now) if is_urgent is None else is_urgent,
        category=category,
        unsubscribe=unsubscribe,
        next_attempt_at=scope.now,
        expires_at=token.expires_at if token else None,
        created_at=scope.now,
    )
    scope.db.add(outgoing)
    return outgoing


@dataclass(frozen=True, slots=True)
class HeldCategories:
    """Which mails are not sent for now: those of some categories, or all except those of some.

    Sample: ``HeldCategories(frozenset({"invoices"}))``, or ``HeldCategories(frozenset({"invoices"}), all_but=True)``.
    """

    categories: frozenset[str] = frozenset()
    all_but: bool = False


def number_due(scope: Scope, *, limit: int, held: HeldCategories | None = None) -> int:
    """Return how many mails could be claimed, up to the limit. Takes no lock."""
    return len(scope.db.scalars(select(OutboxMail.id).where(_due(scope.now), *_not(held)).limit(limit)).all())


def claim(scope: Scope, *, notices_first: bool = False, held: HeldCategories | None = None) -> OutboxMail | None:
    """The next mail is leased, and returned; ``None`` if none is due. No two claims get the same one.

    Urgent mails come before all others, and of each kind the one that has waited longest.

    Args:
        notices_first: Other mails come before urgent ones.
    """
    urgent = OutboxMail.is_urgent.asc() if notices_first else OutboxMail.is_urgent.desc()
    next_one = (
        select(OutboxMail.id)
        .where(_due(scope.now), *_not(held))
        .order_by(urgent, OutboxMail.next_attempt_at, OutboxMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    claimed = scope.db.execute(
        update(OutboxMail)
        .where(OutboxMail.id == next_one, _due(scope.now))
        .values(
            state="leased",
            leased_by=secrets.token_hex(16),
            leased_until=scope.now + LEASE,
            attempts=OutboxMail.attempts + 1,
        )
        .returning(OutboxMail)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return claimed.scalar_one_or_none()


def why_worthless(scope: Scope, outgoing: OutboxMail) -> str | None:
    """Return why the mail is no longer worth sending, or ``None``.

    Its link or temporary password would not work, or its recipient no longer subscribes to such mails.
    """
    if outgoing.unsubscribe and not _is_wanted(scope.db, outgoing):
        return "its recipient gets no mails of this kind any more"
    if outgoing.expires_at is not None and outgoing.expires_at <= scope.now:
        return "its token has expired"
    if outgoing.token_id is None:
        return "its token is gone" if outgoing.expires_at is not None else None
    found = scope.db.execute(
        select(Token, User.email_key).outerjoin(User, User.id == Token.user_id).where(Token.id == outgoing.token_id)
    ).one_or_none()
    if found is None:
        return "its token is gone"
    token, address = found
    if token.used_at is not None:
        return "its token was used"
    if token.void_at is not None:
        return "a newer mail, a sign-in or a new password took the place of its token"
    if token.address != address and token.purpose not in tokens.TO_NEW_ADDRESS:
        return "the user's address is another now"
    return None


def mark_sent(scope: Scope, outgoing: OutboxMail) -> bool:
    """It was delivered. Returns ``False`` if another worker has taken it over meanwhile."""
    return _end_lease(scope.db, outgoing, state="sent", sent_at=scope.now, failure=None)


def put_off(scope: Scope, outgoing: OutboxMail, *, reason: str, longest: timedelta = WAITS[-1]) -> bool:
    """It is tried again later, or is dead if it is a day old. Returns ``False`` as ``mark_sent`` does."""
    if scope.now - outgoing.created_at >= GIVEN_UP_AFTER:
        return mark_dead(scope.db, outgoing, reason=f"given up after 24 hours: {reason}")
    wait = min(WAITS[min(outgoing.attempts, len(WAITS)) - 1], longest)
    return _end_lease(scope.db, outgoing, state="queued", next_attempt_at=scope.now + wait, failure=reason[:300])


def mark_dead(db: Session, outgoing: OutboxMail, *, reason: str) -> bool:
    """It will not be sent; the reason is stored. Returns ``False`` as ``mark_sent`` does."""
    return _end_lease(db, outgoing, state="dead", failure=reason[:300])


def revive(scope: Scope) -> int:
    """Every dead mail that would still be useful waits again, as if it were new. Returns how many."""
    alive = select(Token.id).where(*tokens.alive(scope.now))
    revived = scope.db.execute(
        update(OutboxMail)
        .where(
            OutboxMail.state == "dead",
            or_(and_(OutboxMail.token_id.is_(None), OutboxMail.expires_at.is_(None)), OutboxMail.token_id.in_(alive)),
        )
        .values(state="queued", attempts=0, next_attempt_at=scope.now)
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    )
    return len(revived.all())


def forget_old(scope: Scope) -> None:
    """Mails sent 30 days ago, and dead ones queued 90 days ago, are deleted."""
    old = or_(
        and_(OutboxMail.state == "sent", OutboxMail.sent_at < scope.now - SENT_KEPT_FOR),
        and_(OutboxMail.state == "dead", OutboxMail.created_at < scope.now - DEAD_KEPT_FOR),
    )
    scope.db.execute(delete(OutboxMail).where(old).execution_options(synchronize_session=False))


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """The state of the outbox, for an operator."""

    counts: dict[str, int]
    """By state: ``{"queued": 3, "dead": 1}``."""
    oldest: datetime | None
    """When the oldest unsent mail was queued."""
    next_attempt: datetime | None
    failures: Sequence[tuple[str, int]]
    """Why mails are being tried again, and how many."""
    dead: Sequence[tuple[str, str, int]]
    """Mail, reason, how many."""


def waiting(db: Session) -> OutboxStatus:
    """Return what waits, and why."""
    unsent = OutboxMail.state.in_(("queued", "leased"))
    counts = db.execute(select(OutboxMail.state, func.count()).group_by(OutboxMail.state))
    oldest, next_attempt = db.execute(
        select(func.min(OutboxMail.created_at), func.min(OutboxMail.next_attempt_at)).where(unsent)
    ).one()
    failures = db.execute(
        select(OutboxMail.failure, func.count())
        .where(unsent, OutboxMail.failure.is_not(None))
        .group_by(OutboxMail.failure)
        .order_by(func.count().desc())
        .limit(10)
    )
    dead = db.execute(
        select(OutboxMail.mail, OutboxMail.failure, func.count())
        .where(OutboxMail.state == "dead")
        .group_by(OutboxMail.mail, OutboxMail.failure)
        .order_by(func.count().desc())
        .limit(20)
    )
    return OutboxStatus(
        counts=dict(counts.all()),
        oldest=oldest,
        next_attempt=next_attempt,
        failures=[(reason or "", number) for reason, number in failures],
        dead=[(mail, reason or "", number) for mail, reason, number in dead],
    )


def _is_wanted(db: Session, outgoing: OutboxMail) -> bool:
    """Whether the recipient still exists, has that address, and subscribes to its category."""
    holder = recipients.holder(db, outgoing.unsubscribe or "")
    return (
        holder is not None
        and recipients.gets(holder, outgoing.category or "")
        and recipients.address_key(holder) == email_key(outgoing.recipient)
    )


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(OutboxMail.state == "queued", OutboxMail.next_attempt_at <= now),
        and_(OutboxMail.state == "leased", OutboxMail.leased_until <= now),
    )


def _not(held: HeldCategories | None) -> Sequence[ColumnElement[bool]]:
    if held is None:
        return ()
    if held.all_but:
        return (OutboxMail.category.in_(held.categories),)
    return (or_(OutboxMail.category.is_(None), OutboxMail.category.not_in(held.categories)),)


def _is_waited_for(token: Token | None, now: datetime) -> bool:
    return token is not None and token.expires_at - now <= URGENT_WITHIN


def _end_lease(db: Session, outgoing: OutboxMail, **values: Any) -> bool:
    """The lease ends with these values, if it is still the one that ``outgoing`` was claimed with."""
    updated = db.execute(
        update(OutboxMail)
        .where(
            OutboxMail.id == outgoing.id,
            OutboxMail.state == "leased",
            OutboxMail.leased_by == outgoing.leased_by,
        )
        .values(leased_by=None, leased_until=None, **values)
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    )
    return updated.one_or_none() is not None


def _only_account(db: Session, user: User) -> Account | None:
    accounts = db.scalars(owners.owned_by(user.id).limit(2)).all()
    return accounts[0] if len(accounts) == 1 else None
