"""A mail is queued in the transaction that causes it, and sent later by the worker.

Mails that somebody needs to get in are sent before all others, except in every few turns, so that no notice waits
forever.

A row waits (``queued``), is held by one worker for two minutes (``leased``), and ends as ``sent`` or ``dead``. If a
worker dies, its lease expires, and another worker takes the row over. Every step is one conditional UPDATE.

Where Celery delivers, a row is first held for the broker, by a lease as well: a task that is lost is sent again when it
expires, and of two tasks for one row, one finds it taken.

Statements of the worker are built once, and give rows: building one, or objects, takes longer than running it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from ..accounts import recipients
from ..db import owners
from ..db.database import begin_writing
from ..db.models import Account, OutboxMail, Token, User, UTCDateTime
from ..db.postgresql import ALONE
from ..db.writes import Write
from ..scope import Scope
from ..security import tokens
from ..security.tokens import IssuedToken
from ..values.identifiers import email_key

LEASE = timedelta(minutes=2)
"""Longer than a delivery: at most eleven steps of ten seconds."""

BROKER = "broker"
"""Who holds a mail whose task waits in Celery's queue."""

WAITS = (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=15))
"""After the first, the second, and every later failure."""

URGENT_WITHIN = timedelta(days=1)
"""A mail whose token lasts no longer is urgent. Invitations last for days, and an import queues thousands of them."""

GIVEN_UP_AFTER = timedelta(hours=24)
SENT_KEPT_FOR = timedelta(days=30)
DEAD_KEPT_FOR = timedelta(days=90)


class OwnedAccount(NamedTuple):
    """An account of a user's own, as far as mails tell of it."""

    id: int
    number: str


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
    outgoing = OutboxMail(
        **_to_user(scope, mail, to, locale, account or _only_account(scope.db, to), token, slots, is_urgent)
    )
    scope.db.add(outgoing)
    return outgoing


def queueing_for_user(
    scope: Scope,
    mail: str,
    *,
    to: User,
    account: Account | OwnedAccount | None,
    token: IssuedToken,
    locale: str | None = None,
    slots: dict[str, Any] | None = None,
) -> Write:
    """Return what queues a mail as ``queue_for_user`` does, to be run with other writes; no account is looked up."""
    row = _to_user(scope, mail, to, locale, account, token, slots, None)
    return Write(_QUEUE, {f"mail_{name}": value for name, value in row.items()})


def owned_accounts(db: Session, user_id: int) -> Sequence[OwnedAccount]:
    """Return the accounts of a user's own."""
    return [OwnedAccount._make(row) for row in db.connection().execute(_OWNED, {"owner": user_id})]


def _to_user(
    scope: Scope,
    mail: str,
    to: User,
    locale: str | None,
    account: Account | OwnedAccount | None,
    token: Token | IssuedToken | None,
    slots: dict[str, Any] | None,
    is_urgent: bool | None,
) -> dict[str, Any]:
    return _row(
        scope,
        mail,
        recipient=to.email,
        recipient_name=f"{to.first_name} {to.last_name}".strip(),
        locale=scope.config.site.nearest_locale(to.locale, locale),
        time_zone=to.time_zone,
        user_id=to.id,
        platform=scope.config.platform,
        account=account,
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
        **_row(
            scope,
            mail,
            recipient=recipient,
            locale=locale,
            recipient_name=recipient_name,
            time_zone=time_zone,
            user_id=user_id,
            platform=platform,
            account=account,
            token=token,
            slots=slots,
            category=category,
            unsubscribe=unsubscribe,
            is_urgent=is_urgent,
        )
    )
    scope.db.add(outgoing)
    return outgoing


def _row(
    scope: Scope,
    mail: str,
    *,
    recipient: str,
    locale: str,
    recipient_name: str = "",
    time_zone: str | None = None,
    user_id: int | None = None,
    platform: str | None = None,
    account: Account | OwnedAccount | None = None,
    token: Token | IssuedToken | None = None,
    slots: dict[str, Any] | None = None,
    category: str | None = None,
    unsubscribe: str | None = None,
    is_urgent: bool | None = None,
) -> dict[str, Any]:
    """Return what is stored of a mail that waits, by column."""
    return {
        "message_id": f"acct.{secrets.token_hex(16)}",
        "mail": mail,
        "recipient": recipient,
        "recipient_name": recipient_name,
        "locale": locale,
        "time_zone": time_zone,
        "platform": platform,
        "customer_number": account.number if account else None,
        "slots": slots or {},
        "token_id": token.id if token else None,
        "user_id": user_id,
        "account_id": account.id if account else None,
        "is_urgent": _is_waited_for(token, scope.now) if is_urgent is None else is_urgent,
        "category": category,
        "unsubscribe": unsubscribe,
        "next_attempt_at": scope.now,
        "expires_at": token.expires_at if token else None,
        "created_at": scope.now,
    }


@dataclass(frozen=True, slots=True)
class HeldCategories:
    """Which mails are not sent for now: those of some categories, or all except those of some.

    Sample: ``HeldCategories(frozenset({"invoices"}))``, or ``HeldCategories(frozenset({"invoices"}), all_but=True)``.
    """

    categories: frozenset[str] = frozenset()
    all_but: bool = False


class LeasedToken(NamedTuple):
    """The token of a leased mail."""

    id: str
    purpose: str
    digest: str
    address: str
    expires_at: datetime
    used_at: datetime | None
    void_at: datetime | None


class LeasedMail(NamedTuple):
    """A mail that one worker holds, as it is stored, with its token."""

    id: int
    message_id: str
    mail: str
    recipient: str
    recipient_name: str
    locale: str
    time_zone: str | None
    platform: str | None
    customer_number: str | None
    slots: dict[str, Any]
    token_id: str | None
    category: str | None
    unsubscribe: str | None
    is_urgent: bool
    attempts: int
    """This one included."""
    expires_at: datetime | None
    created_at: datetime
    leased_by: str
    token: LeasedToken | None
    token_holder: str | None
    """The key of the present address of the token's user."""


def number_due(scope: Scope, *, limit: int, held: HeldCategories | None = None) -> int:
    """Return how many mails could be claimed, up to the limit. Takes no lock."""
    values = {"now": scope.now, "limit": limit, **_categories(held)}
    return len(scope.db.connection().execute(_looking(_shape(held)), values).all())


def claim(scope: Scope, *, notices_first: bool = False, held: HeldCategories | None = None) -> LeasedMail | None:
    """The next mail is leased, and returned; ``None`` if none is due. No two claims get the same one.

    Urgent mails come before all others, and of each kind the one that has waited longest.

    Args:
        notices_first: Other mails come before urgent ones.
    """
    connection, by, shape = scope.db.connection(), secrets.token_hex(16), _shape(held)
    values = {"now": scope.now, "until": scope.now + LEASE, "by": by}
    if connection.dialect.name == "postgresql":
        leasing = _finding_and_leasing(notices_first, shape)
        row = connection.execute(leasing, {**values, **_categories(held)}, execution_options=ALONE).one_or_none()
        return _leased(row, by) if row is not None else None
    # SQLite has one lock for all, so nobody else finds the same one.
    begin_writing(scope.db)
    row = connection.execute(_finding(notices_first, shape), {"now": scope.now, **_categories(held)}).one_or_none()
    if row is None or not connection.execute(_LEASE, {**values, "row": row.id}).rowcount:
        return None
    return _leased(row, by)


def claim_one(scope: Scope, id_: int) -> LeasedMail | None:
    """This mail is leased, and returned, if it is due or held for the broker; else another has or had it in hand."""
    connection, by = scope.db.connection(), secrets.token_hex(16)
    begin_writing(scope.db)
    values = {"row": id_, "now": scope.now, "until": scope.now + LEASE, "by": by, "broker": BROKER}
    if not connection.execute(_LEASE_ONE, values).rowcount:
        return None
    row = connection.execute(_ONE, {"row": id_}).one()
    return _leased(row, by)


def hand_over(scope: Scope, limit: int, *, held: HeldCategories | None = None) -> Sequence[int]:
    """The next mails are held for the broker. Returns their ids in the order in which they should be sent."""
    begin_writing(scope.db)
    values = {"now": scope.now, "until": scope.now + LEASE, "by": BROKER, "limit": limit, **_categories(held)}
    ids: list[int] = []
    for is_urgent in (True, False):
        values["limit"] = limit - len(ids)
        rows = scope.db.connection().execute(_handing_over(_shape(held), is_urgent=is_urgent), values).all()
        ids += [row.id for row in sorted(rows, key=lambda row: (row.next_attempt_at, row.id))]
        if len(ids) == limit:
            break
    return ids


def take_back(db: Session, ids: Sequence[int]) -> None:
    """Mails that the broker did not take wait again."""
    db.connection().execute(_TAKE_BACK, {"rows": list(ids), "broker": BROKER})


def number_handed_over(scope: Scope) -> int:
    """Return how many mails are held for the broker."""
    return scope.db.connection().execute(_HANDED_OVER, {"now": scope.now, "broker": BROKER}).scalar_one()


def _leased(row: Row[Any], by: str) -> LeasedMail:
    mail, (*token, holder) = row[: len(_MAIL)], row[len(_MAIL) :]
    return LeasedMail._make((*mail, by, LeasedToken._make(token) if token[0] else None, holder))


def why_worthless(scope: Scope, leased: LeasedMail) -> str | None:
    """Return why the mail is no longer worth sending, or ``None``.

    Its link or temporary password would not work, or its recipient no longer subscribes to such mails.
    """
    if leased.unsubscribe and not _is_wanted(scope.db, leased):
        return "its recipient gets no mails of this kind any more"
    if leased.expires_at is not None and leased.expires_at <= scope.now:
        return "its token has expired"
    token = leased.token
    if token is None:
        return "its token is gone" if leased.token_id or leased.expires_at is not None else None
    if token.used_at is not None:
        return "its token was used"
    if token.void_at is not None:
        return "a newer mail, a sign-in or a new password took the place of its token"
    if token.address != leased.token_holder and token.purpose not in tokens.TO_NEW_ADDRESS:
        return "the user's address is another now"
    return None


def mark_sent(scope: Scope, leased: LeasedMail) -> bool:
    """It was delivered. Returns ``False`` if another worker has taken it over meanwhile."""
    return _end_lease(scope.db, _SENT, leased, now=scope.now)


def put_off(scope: Scope, leased: LeasedMail, *, reason: str, longest: timedelta = WAITS[-1]) -> bool:
    """It is tried again later, or is dead if it is a day old. Returns ``False`` as ``mark_sent`` does."""
    if scope.now - leased.created_at >= GIVEN_UP_AFTER:
        return mark_dead(scope.db, leased, reason=f"given up after 24 hours: {reason}")
    wait = min(WAITS[min(leased.attempts, len(WAITS)) - 1], longest)
    return _end_lease(scope.db, _PUT_OFF, leased, then=scope.now + wait, reason=reason[:300])


def mark_dead(db: Session, leased: LeasedMail, *, reason: str) -> bool:
    """It will not be sent; the reason is stored. Returns ``False`` as ``mark_sent`` does."""
    return _end_lease(db, _DEAD, leased, reason=reason[:300])


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


def failed(db: Session) -> Sequence[OutboxMail]:
    """Return the mails whose last attempt failed, those that wait for another one included, the newest first."""
    return db.scalars(
        select(OutboxMail)
        .where(OutboxMail.state.in_(("queued", "leased", "dead")), OutboxMail.failure.is_not(None))
        .order_by(OutboxMail.id.desc())
    ).all()


def to_address(db: Session, address: str) -> Sequence[OutboxMail]:
    """Return the mails to an address that are not yet forgotten, the newest first."""
    is_theirs = func.lower(OutboxMail.recipient) == address.strip().lower()
    return db.scalars(select(OutboxMail).where(is_theirs).order_by(OutboxMail.id.desc())).all()


@dataclass(frozen=True, slots=True)
class OutboxSize:
    """How many mails are not sent, and since when: two figures of one short statement, whatever was sent before."""

    unsent: int
    dead: int
    oldest: datetime | None
    """When the oldest unsent mail was queued."""


def size(db: Session) -> OutboxSize:
    """Return how many mails are not sent."""
    found = {state: (number, oldest) for state, number, oldest in db.execute(_SIZE)}
    unsent = [found[state] for state in ("queued", "leased") if state in found]
    return OutboxSize(
        unsent=sum(number for number, _ in unsent),
        dead=found.get("dead", (0, None))[0],
        oldest=min((oldest for _, oldest in unsent), default=None),
    )


_SIZE = (
    select(OutboxMail.state, func.count(), func.min(OutboxMail.created_at))
    .where(OutboxMail.state.in_(("queued", "leased", "dead")))
    .group_by(OutboxMail.state)
)


def _is_wanted(db: Session, leased: LeasedMail) -> bool:
    """Whether the recipient still exists, has that address, and subscribes to its category."""
    holder = recipients.holder(db, leased.unsubscribe or "")
    return (
        holder is not None
        and recipients.gets(holder, leased.category or "")
        and recipients.address_key(holder) == email_key(leased.recipient)
    )


HeldShape = Literal["none", "some", "all_but"]


def _shape(held: HeldCategories | None) -> HeldShape:
    if held is None:
        return "none"
    return "all_but" if held.all_but else "some"


def _categories(held: HeldCategories | None) -> Mapping[str, list[str]]:
    return {} if held is None else {"categories": sorted(held.categories)}


def _not_held(held: HeldShape) -> Sequence[ColumnElement[bool]]:
    named = OutboxMail.category.in_(bindparam("categories", expanding=True))
    match held:
        case "none":
            return ()
        case "all_but":
            return (named,)
        case "some":
            return (or_(OutboxMail.category.is_(None), ~named),)


_NOW = bindparam("now", type_=UTCDateTime())
# Said in the statement, as in the indexes of those rows: as parameters they would not let a plan use these.
_QUEUED: ColumnElement[str] = literal_column("'queued'")
_LEASED: ColumnElement[str] = literal_column("'leased'")
_DUE = and_(
    OutboxMail.state.in_((_QUEUED, _LEASED)),
    or_(
        and_(OutboxMail.state == _QUEUED, OutboxMail.next_attempt_at <= _NOW),
        and_(OutboxMail.state == _LEASED, OutboxMail.leased_until <= _NOW),
    ),
)
_ONE_ROW: ColumnElement[int] = literal_column("1")
_MAIL = (
    *(getattr(OutboxMail, name) for name in LeasedMail._fields[: LeasedMail._fields.index("attempts")]),
    (OutboxMail.attempts + 1).label("attempts"),
    OutboxMail.expires_at,
    OutboxMail.created_at,
)
_TOKEN = tuple(getattr(Token, name).label(f"its_token_{name}") for name in LeasedToken._fields)


@cache
def _looking(held: HeldShape) -> Select[int]:
    return select(OutboxMail.id).where(_DUE, *_not_held(held)).limit(bindparam("limit"))


@cache
def _finding(notices_first: bool, held: HeldShape) -> Select[*tuple[Any, ...]]:
    urgent, notice = _next(held, is_urgent=True), _next(held, is_urgent=False)
    # The second is looked for only where the first finds none. Each is found by an index, however many wait.
    found = func.coalesce(notice, urgent) if notices_first else func.coalesce(urgent, notice)
    return (
        select(*_MAIL, *_TOKEN, User.email_key)
        .outerjoin_from(OutboxMail, Token, Token.id == OutboxMail.token_id)
        .outerjoin(User, User.id == Token.user_id)
        .where(OutboxMail.id == found)
        .with_for_update(skip_locked=True, of=OutboxMail)
    )


def _next(held: HeldShape, *, is_urgent: bool) -> ScalarSelect[int]:
    """Return the subquery of the next mail that is due: the one that has waited longest of its kind, and is locked."""
    return (
        select(OutboxMail.id)
        .where(*_of_kind(held, is_urgent=is_urgent))
        .order_by(OutboxMail.next_attempt_at, OutboxMail.id)
        .limit(_ONE_ROW)
        .with_for_update(skip_locked=True)
        .correlate(None)
        .scalar_subquery()
    )


def _of_kind(held: HeldShape, *, is_urgent: bool) -> Sequence[ColumnElement[bool]]:
    kind: ColumnElement[bool] = OutboxMail.is_urgent.expression if is_urgent else ~OutboxMail.is_urgent
    return (kind, _DUE, *_not_held(held))


@cache
def _finding_and_leasing(notices_first: bool, held: HeldShape) -> Select[*tuple[Any, ...]]:
    """Return both as one statement, which is a transaction of its own."""
    found = _finding(notices_first, held).cte("found")
    leased = (
        _LEASING.where(OutboxMail.id == select(found.c.id).scalar_subquery()).returning(OutboxMail.id).cte("leased")
    )
    return select(found).join(leased, leased.c.id == found.c.id)


_LEASING = (
    update(OutboxMail)
    .where(_DUE)
    .values(
        state="leased", leased_by=bindparam("by"), leased_until=bindparam("until"), attempts=OutboxMail.attempts + 1
    )
)
_LEASE = _LEASING.where(OutboxMail.id == bindparam("row"))
_IS_BROKERS = and_(OutboxMail.state == "leased", OutboxMail.leased_by == bindparam("broker"))
_LEASE_ONE = (
    update(OutboxMail)
    .where(OutboxMail.id == bindparam("row"), or_(_DUE, _IS_BROKERS))
    .values(
        state="leased", leased_by=bindparam("by"), leased_until=bindparam("until"), attempts=OutboxMail.attempts + 1
    )
)
_ONE: Select[*tuple[Any, ...]] = (
    select(*_MAIL[:-3], OutboxMail.attempts, *_MAIL[-2:], *_TOKEN, User.email_key)
    .outerjoin_from(OutboxMail, Token, Token.id == OutboxMail.token_id)
    .outerjoin(User, User.id == Token.user_id)
    .where(OutboxMail.id == bindparam("row"))
)
_TAKE_BACK = (
    update(OutboxMail)
    .where(OutboxMail.id.in_(bindparam("rows", expanding=True)), _IS_BROKERS)
    .values(state="queued", leased_by=None, leased_until=None)
)
_HANDED_OVER = select(func.count()).where(_IS_BROKERS, OutboxMail.leased_until > _NOW)


@cache
def _handing_over(held: HeldShape, *, is_urgent: bool) -> ReturningUpdate[*tuple[Any, ...]]:
    next_ones = (
        select(OutboxMail.id)
        .where(*_of_kind(held, is_urgent=is_urgent))
        .order_by(OutboxMail.next_attempt_at, OutboxMail.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )
    return (
        update(OutboxMail)
        .where(OutboxMail.id.in_(next_ones))
        .values(state="leased", leased_by=bindparam("by"), leased_until=bindparam("until"))
        .returning(OutboxMail.id, OutboxMail.next_attempt_at)
    )


_END = (
    update(OutboxMail)
    .where(OutboxMail.id == bindparam("row"), OutboxMail.state == "leased", OutboxMail.leased_by == bindparam("by"))
    .values(leased_by=None, leased_until=None)
)
_SENT = _END.values(state="sent", sent_at=_NOW, failure=None)
_PUT_OFF = _END.values(state="queued", next_attempt_at=bindparam("then"), failure=bindparam("reason"))
_DEAD = _END.values(state="dead", failure=bindparam("reason"))


def _is_waited_for(token: Token | IssuedToken | None, now: datetime) -> bool:
    return token is not None and token.expires_at - now <= URGENT_WITHIN


def _end_lease(db: Session, ending: Update, leased: LeasedMail, **values: Any) -> bool:
    """The lease ends with these values, if it is still the one that the mail was claimed with."""
    these = {"row": leased.id, "by": leased.leased_by, **values}
    ended = db.connection().execute(ending, these, execution_options=ALONE)
    return ended.rowcount == 1


def _only_account(db: Session, user: User) -> OwnedAccount | None:
    accounts = db.execute(_FIRST_TWO, {"owner": user.id}).all()
    return OwnedAccount._make(accounts[0]) if len(accounts) == 1 else None


_OWNED = owners.owned_by(bindparam("owner", type_=Integer())).with_only_columns(Account.id, Account.number)
_FIRST_TWO = _OWNED.limit(2)
_LATER = {"id", "state", "attempts", "leased_until", "leased_by", "sent_at", "failure"}
"""The columns that say what became of a mail."""

_ROW = [column.name for column in OutboxMail.__table__.c if column.name not in _LATER]
_QUEUE = insert(OutboxMail).values(
    {**{name: bindparam(f"mail_{name}") for name in _ROW}, "state": "queued", "attempts": 0}
)
