"""Rate limits, counted where all processes share the counts: in the database or, if the site has one, in Redis.

A key is a subject and the digest of what is limited: a canonical identifier or a network address, never the
thing itself. A try is counted before it is made: ``take`` counts it under every limit or under none, by one atomic
statement, so that many parallel tries are no more than many in a row.

Redis, ``Scope.shared``, holds the tries that are counted before the deed: sign-ins, passwords typed again, anonymous
requests. What is counted as a part of a transaction stays in the database, and goes with it when it is rolled back.
While Redis does not answer, all are counted in the database.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Insert,
    Integer,
    String,
    Update,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from ..db.models import LimitCount, UTCDateTime
from ..db.postgresql import ALONE
from ..db.shared_counts import CountedRow, CountsAway, SharedCounts
from ..db.upserts import insert_into
from ..db.writes import Write, run
from ..scope import Scope
from .tokens import digest

NONE: Mapping[str, Any] = MappingProxyType({})

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(days=1)

KEPT_FOR = timedelta(days=2)
"""How long a count is kept to which nothing is added."""

LASTING, LASTING_FOR = "sign_in_anywhere", timedelta(days=30)
"""The subject whose counts are kept longer: failures for one identifier, wherever they come from."""

WIDER = (56, 48)
"""Prefix lengths of IPv6 that one customer of an internet provider may have besides a /64, and can move about in."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """The limit is reached; the next try counts after ``wait``."""

    wait: timedelta
    by: str = field(default="", compare=False)
    """The key of the limit that makes it wait."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How often something may happen under one key.

    Sample: ``RateLimit(key("request_from", "192.0.2.1"), limit=30, per=timedelta(hours=1))``.
    """

    key: str
    limit: int
    per: timedelta
    """The length of a window; if it counts in a row, the quiet time after which the count starts again."""
    is_in_a_row: bool = False
    """Whether counting goes on beyond the limit, each time with a pause before the next try; otherwise the next try
    waits until the window ends."""
    pause: timedelta | None = None
    """The pause; ``None`` for one that doubles each time."""

    def wait(self, found: LimitState | None, now: datetime) -> timedelta:
        """Return how long the next try has to wait."""
        if found is None or found.count < self.limit or found.since <= now - self.per:
            return timedelta(0)
        pause = self._pause(found.count) if self.is_in_a_row else self.per
        return max(found.since + pause - now, timedelta(0))

    def cap(self, found: LimitState | None, now: datetime) -> int:
        """Return up to which count a try may still be counted."""
        if found is None or not self.is_in_a_row or found.since <= now - self.per:
            return self.limit
        # Of all who find a pause over at the same time, one goes on.
        return max(self.limit, found.count + 1)

    def _pause(self, count: int) -> timedelta:
        if self.pause is not None:
            return self.pause
        return min(FIRST_WAIT * int(2 ** min(count - self.limit, 20)), LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class LimitState:
    """The stored count of a limit."""

    count: int
    since: datetime
    """When its window began; if it counts in a row, when it last happened."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The try is counted under every limit. ``counts`` holds the present counts, by key."""

    counts: Mapping[str, int]
    is_shared: bool = False
    """Whether that is in Redis."""


@dataclass(frozen=True, slots=True)
class IfCounted:
    """What is written if a try is counted; on PostgreSQL by the statement that counts it, if that is there."""

    under: Callable[[ColumnElement[bool]], Insert]
    """Returns the statement that writes it under a condition."""
    values: Mapping[str, Any]
    """Those of its parameters."""


def key(subject: str, about: str, at: str = "") -> str:
    """Return ``sign_in:3f9a…``: the subject and a digest of what is limited; *at* makes it one for each place."""
    return f"{subject}:{digest(about)[:40]}" if not at else f"{subject}:{digest(about)[:20]}:{digest(at)[:20]}"


def network(address: str | None) -> str:
    """Return what counts as one visitor: an IPv4 address, or the /64 that an IPv6 address is in."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    # A server that listens on both protocols writes an IPv4 address as ::ffff:192.0.2.1.
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def around(network: str) -> tuple[str, ...]:
    """Return a network and the wider ones around it: ``2001:db8::/64``, ``2001:db8::/56``, ``2001:db8::/48``."""
    try:
        found = ipaddress.IPv6Network(network)
    except ValueError:
        return (network,)
    return (network, *(str(found.supernet(new_prefix=bits)) for bits in WIDER if bits < found.prefixlen))


def take(scope: Scope, *meters: RateLimit) -> Counted | TooMany:
    """The try is counted under every limit, or under none of them: then the longest wait is returned.

    Commit before doing something slow: others must see that the try is counted, and should not wait for the lock.
    """
    return take_first(scope, meters)


def take_at_once(scope: Scope, *ways: Sequence[RateLimit]) -> Counted | TooMany:
    """The same as ``take_first``, and committed: a transaction of one statement, or in Redis."""
    taken = _taken_shared(scope, ways) or take_first(scope, *ways, options=ALONE)
    scope.db.commit()
    return taken


def take_and_write(scope: Scope, *ways: Sequence[RateLimit], then: IfCounted) -> Counted | TooMany:
    """The same as ``take_first``; if the try is counted, something is written with it."""
    taken = _taken_shared(scope, ways)
    if taken is None:
        return take_first(scope, *ways, options=ALONE, then=then)
    if isinstance(taken, Counted):
        scope.db.connection().execute(then.under(true()), then.values)
    return taken


def foreseen(scope: Scope, *ways: Sequence[RateLimit]) -> Counted | TooMany:
    """Return what ``take_at_once`` would, while nothing is counted."""
    keys = [meter.key for way in ways for meter in way]
    found, is_shared = _shared_states(scope, keys), True
    if found is None:
        found, is_shared = states_of(scope.db, keys), False
    refusals = [_longest_wait(way, found, scope.now) for way in ways]
    free = [way for way, refused in zip(ways, refusals, strict=True) if refused is None]
    if not free:
        return min((refused for refused in refusals if refused), key=lambda refused: refused.wait)
    counts = {meter.key: found[meter.key].count + 1 if meter.key in found else 1 for meter in free[0]}
    return Counted(counts, is_shared)


def take_first(
    scope: Scope,
    *ways: Sequence[RateLimit],
    options: Mapping[str, Any] = NONE,
    then: IfCounted | None = None,
) -> Counted | TooMany:
    """The same for the first of several ways that is free; the shortest wait of them if none is.

    Args:
        options: Those of the statement that counts.
        then: What is written if the try is counted.
    """
    found = states_of(scope.db, [meter.key for way in ways for meter in way])
    return _by_first_free(ways, found, scope.now, lambda way: _count(scope, way, found, options, then))


def states_of(db: Session, keys: Sequence[str]) -> dict[str, LimitState]:
    """Return the stored count of each key that has one."""
    rows = db.connection().execute(_STANDINGS, {"keys": sorted(keys)})
    return {key: LimitState(count, since) for key, count, since in rows}


def count(scope: Scope, key: str, *, per: timedelta) -> int:
    """One more has happened. Returns the count in this window; a new window begins once ``per`` has passed."""
    values = _values((RateLimit(key, limit=_ENDLESS, per=per),), {}, scope.now)
    return scope.db.connection().execute(_counting(scope.db.get_bind().dialect.name, 1), values).one()[1]


def clear(scope: Scope, *keys: str) -> None:
    """The counts start again from nothing, after a success; in the database and in Redis, if there is one."""
    scope.db.connection().execute(_CLEAR, {"keys": sorted(keys)})
    if scope.shared is not None:
        with suppress(CountsAway):
            scope.shared.clear(keys)


def lower(scope: Scope, to: Mapping[str, int]) -> None:
    """No count is higher than given for its prefix, wherever it is: ``{"sign_in:3f9a…:": 7}``."""
    _lower(scope.db, to)
    if scope.shared is not None:
        with suppress(CountsAway):
            scope.shared.lower(to)


def states_below(scope: Scope, prefixes: Sequence[str]) -> dict[str, list[LimitState]]:
    """Return the counts below each prefix, wherever they are; in the database and in Redis, if there is one.

    Args:
        prefixes: Two parts of a key, as for ``lower``: ``sign_in:3f9a…:``.
    """
    below = or_(*map(_is_below, prefixes))
    rows = scope.db.execute(select(LimitCount.key, LimitCount.count, LimitCount.since).where(below)).all()
    found = {
        prefix: [LimitState(count, since) for key, count, since in rows if key.startswith(prefix)]
        for prefix in prefixes
    }
    if scope.shared is not None:
        with suppress(CountsAway):
            for prefix, states in scope.shared.states_below(prefixes).items():
                found[prefix] += [LimitState(*state) for state in states]
    return found


def _is_below(prefix: str) -> ColumnElement[bool]:
    """Return the condition of the keys that begin so: with what may follow, the 20 digits of a place, or nothing.

    LIKE alone would look through the whole table: SQLite's is for either case, and PostgreSQL's index is in the order
    of a language. In every order the digits come before "z", but for Danish and Norwegian, where "aa" comes after it.
    """
    begins = LimitCount.key.startswith(prefix, autoescape=True)
    return or_(*(LimitCount.key.between(prefix, last) & begins for last in (f"{prefix}z", f"{prefix}{'a' * 20}z")))


def _lower(db: Session, to: Mapping[str, int]) -> None:
    high = [(_is_below(prefix) & (LimitCount.count > most), most) for prefix, most in to.items()]
    these = _locked(db.get_bind().dialect.name, or_(*(is_high for is_high, _ in high)))
    lowered = update(LimitCount).where(these).values(count=case(*high, else_=LimitCount.count))
    db.execute(lowered.execution_options(synchronize_session=False))


def forgive(scope: Scope, taken: Counted, counts: Mapping[str, int]) -> tuple[Write, ...]:
    """Each count is lower by so much, but never below nothing, where the try was counted.

    Returns what remains to be written with other writes: nothing if it was counted in Redis.
    """
    if not taken.is_shared:
        return (_giving_back_write(scope.db, counts),)
    if scope.shared is not None:
        # Too strict is better than to fail somebody who is right.
        with suppress(CountsAway):
            scope.shared.give_back(counts)
    return ()


def give_back(db: Session, counts: Mapping[str, int]) -> None:
    """Each count in the database is lower by so much, but never below nothing."""
    run(db, [_giving_back_write(db, counts)])


def _giving_back_write(db: Session, counts: Mapping[str, int]) -> Write:
    values: dict[str, Any] = {"keys": sorted(counts)}
    for number, (key_, much) in enumerate(sorted(counts.items())):
        values |= {f"key{number}": key_, f"less{number}": much}
    return Write(_giving_back(db.get_bind().dialect.name, len(counts)), values)


def forget_old(scope: Scope) -> None:
    """Counts that are too old to matter are deleted."""
    lasting = LimitCount.key.startswith(f"{LASTING}:", autoescape=True)
    scope.db.execute(
        delete(LimitCount)
        .where(or_(LimitCount.since < scope.now - LASTING_FOR, (LimitCount.since < scope.now - KEPT_FOR) & ~lasting))
        .execution_options(synchronize_session=False)
    )


_ENDLESS = 2**31 - 1

# Statements are built once, and run without the ORM: its overhead is larger than their cost, and every form runs some.
_KEYS = LimitCount.key.in_(bindparam("keys", expanding=True))
_STANDINGS = select(LimitCount.key, LimitCount.count, LimitCount.since).where(_KEYS)
_CLEAR = delete(LimitCount).where(_KEYS).execution_options(synchronize_session=False)


def _taken_shared(scope: Scope, ways: Sequence[Sequence[RateLimit]]) -> Counted | TooMany | None:
    """Return what came of the try in Redis; ``None`` without one, or while it does not answer."""
    shared = scope.shared
    found = _shared_states(scope, [meter.key for way in ways for meter in way])
    if shared is None or found is None:
        return None
    try:
        return _by_first_free(ways, found, scope.now, lambda way: _count_shared(shared, way, found, scope.now))
    except CountsAway:
        return None


def _shared_states(scope: Scope, keys: Sequence[str]) -> dict[str, LimitState] | None:
    if scope.shared is None:
        return None
    try:
        return {key: LimitState(*state) for key, state in scope.shared.states(keys).items()}
    except CountsAway:
        return None


def _count_shared(
    shared: SharedCounts, way: Sequence[RateLimit], found: Mapping[str, LimitState], now: datetime
) -> Counted | None:
    rows = [
        CountedRow(meter.key, meter.cap(found.get(meter.key), now), now - meter.per, meter.is_in_a_row, meter.per)
        for meter in way
    ]
    counts = shared.count(rows, now)
    return None if counts is None else Counted(counts, is_shared=True)


def _by_first_free(
    ways: Sequence[Sequence[RateLimit]],
    found: Mapping[str, LimitState],
    now: datetime,
    count: Callable[[Sequence[RateLimit]], Counted | None],
) -> Counted | TooMany:
    refusals = []
    for way in ways:
        refused = _longest_wait(way, found, now)
        if refused is None:
            taken = count(way)
            if taken is not None:
                return taken
            # Others used what was left after this one looked.
            refused = TooMany(FIRST_WAIT)
        refusals.append(refused)
    return min(refusals, key=lambda refused: refused.wait)


def _longest_wait(way: Sequence[RateLimit], found: Mapping[str, LimitState], now: datetime) -> TooMany | None:
    waits = [TooMany(meter.wait(found.get(meter.key), now=now), meter.key) for meter in way]
    longest = max(waits, key=lambda refused: refused.wait)
    return longest if longest.wait else None


def _count(
    scope: Scope,
    way: Sequence[RateLimit],
    found: Mapping[str, LimitState],
    options: Mapping[str, Any] = NONE,
    then: IfCounted | None = None,
) -> Counted | None:
    """One more is counted under every limit; ``None``, and nothing is counted, if one of them is full by now."""
    connection, dialect = scope.db.connection(), scope.db.get_bind().dialect.name
    values = _values(way, found, scope.now)
    if then is not None and dialect == "postgresql":
        statement, values = _counting_and(then.under, len(way)), {**values, **then.values}
    else:
        statement = _counting(dialect, len(way))
    rows = connection.execute(statement, values, execution_options=options)
    counts: dict[str, int] = {row[0]: row[1] for row in rows}
    if len(counts) == len(way):
        if then is not None and dialect != "postgresql":
            connection.execute(then.under(true()), then.values)
        return Counted(counts)
    if counts:
        give_back(scope.db, dict.fromkeys(counts, 1))
    return None


def _values(way: Sequence[RateLimit], found: Mapping[str, LimitState], now: datetime) -> dict[str, Any]:
    """Return the parameters of the counting statement, sorted so that all transactions lock rows in one order."""
    values: dict[str, Any] = {"now": now}
    for number, meter in enumerate(sorted(way, key=lambda meter: meter.key)):
        there = found.get(meter.key)
        values |= {
            f"key{number}": meter.key,
            f"cap{number}": meter.cap(there, now=now),
            f"until{number}": now - meter.per,
            f"slides{number}": int(meter.is_in_a_row),
        }
    return values


@cache
def _counting(dialect: str, size: int) -> ReturningInsert[str, int]:
    """Return the statement that adds one to so many rows. It returns the rows that were not full."""
    now = bindparam("now", type_=UTCDateTime())
    forgets = LimitCount.since <= _of_each("until", size, UTCDateTime())
    # Not ``values([…])``: SQLAlchemy would compile that anew each time. SQLite needs a condition before "ON CONFLICT".
    rows = [select(bindparam(f"key{number}", type_=String()), literal(1), now).where(true()) for number in range(size)]
    return (
        insert_into(LimitCount, dialect)
        .from_select(["key", "count", "since"], union_all(*rows))
        .on_conflict_do_update(
            index_elements=[LimitCount.key],
            set_={
                "count": case((forgets, 1), else_=LimitCount.count + 1),
                "since": case((or_(forgets, _of_each("slides", size, Integer()) == 1), now), else_=LimitCount.since),
            },
            where=or_(forgets, LimitCount.count < _of_each("cap", size, Integer())),
        )
        .returning(LimitCount.key, LimitCount.count)
    )


@cache
def _counting_and(under: Callable[[ColumnElement[bool]], Insert], size: int) -> Executable:
    """Return the counting statement of PostgreSQL's that also writes something if no row was full."""
    counted = _counting("postgresql", size).cte("counted")
    is_free = select(func.count()).select_from(counted).scalar_subquery() == size
    return select(counted.c.key, counted.c.count).add_cte(under(is_free).cte("written"))


@cache
def _giving_back(dialect: str, size: int) -> Update:
    less = _of_each("less", size, Integer())
    return (
        update(LimitCount)
        .where(_locked(dialect, _KEYS))
        .values(count=case((LimitCount.count > less, LimitCount.count - less), else_=0))
        .execution_options(synchronize_session=False)
    )


def _locked(dialect: str, these: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition for these rows, locked in the order in which they are counted: so nobody deadlocks."""
    if dialect == "sqlite":
        return these
    return LimitCount.key.in_(
        select(LimitCount.key).where(these).order_by(LimitCount.key.collate("C")).with_for_update()
    )


def _of_each(name: str, size: int, type_: Any) -> Any:
    """Return the parameter of the current row."""
    rows = range(size)
    return case(*((LimitCount.key == bindparam(f"key{row}"), bindparam(f"{name}{row}", type_=type_)) for row in rows))
