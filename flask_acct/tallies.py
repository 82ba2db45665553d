"""How often is too often, counted in the database so that every process shares the count.

A key is a subject and the digest of what it happened to: a canonical identifier or a network address, never the
thing itself. Counting is one atomic statement, so no race gets past a limit.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import Executable, bindparam, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from .edition import Edition
from .models import Tally, UTCDateTime
from .tokens import digest

LONGEST_WAIT = timedelta(hours=1)
FIRST_WAIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class TooMany:
    """The limit is reached; the next try counts after ``wait``."""

    wait: timedelta


def key(subject: str, about: str) -> str:
    """``sign_in:3f9a…``: what is counted, without saying of whom."""
    return f"{subject}:{digest(about)[:40]}"


def network(address: str | None) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 an IPv6 address is in."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    # A server that listens on both writes an IPv4 address as ::ffff:192.0.2.1.
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


# Statements are built once, and run without the ORM: its part costs more than theirs, and every form runs some.
_LONGEST_WAIT = select(func.max(Tally.blocked_until)).where(Tally.key.in_(bindparam("keys", expanding=True)))

_CLEAR = delete(Tally).where(Tally.key == bindparam("key")).execution_options(synchronize_session=False)


@cache
def _counting(dialect: str) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    now = bindparam("now", type_=UTCDateTime())
    over = Tally.since <= bindparam("ended", type_=UTCDateTime())
    return (
        insert(Tally)
        .values(key=bindparam("key"), count=1, since=now)
        .on_conflict_do_update(
            index_elements=[Tally.key],
            set_={
                "count": case((over, 1), else_=Tally.count + 1),
                "since": case((over, now), else_=Tally.since),
            },
        )
        .returning(Tally.count)
    )


def count(key: str, *, per: timedelta, db: Session, now: datetime) -> int:
    """One more has happened. Returns how many in this window; a window starts anew once ``per`` has passed."""
    values = {"key": key, "now": now, "ended": now - per}
    return cast(int, db.connection().execute(_counting(db.get_bind().dialect.name), values).scalar_one())


def blocked(*keys: str, db: Session, now: datetime) -> TooMany | None:
    """Whether a wait set by ``fail`` still lasts for any of the keys; the longest of them."""
    until = db.connection().execute(_LONGEST_WAIT, {"keys": keys}).scalar()
    return TooMany(until - now) if until is not None and until > now else None


def fail(key: str, *, limit: int, per: timedelta, db: Session, now: datetime) -> None:
    """One more failure in a row; from the ``limit``-th on each makes the next try wait, twice as long every time.

    The longest wait is an hour, so that nobody is locked out for good by somebody else's guesses.
    Source: NIST SP 800-63B §3.2.2.
    """
    failures = count(key, per=per, db=db, now=now)
    if failures < limit:
        return
    wait = min(FIRST_WAIT * 2 ** min(failures - limit, 20), LONGEST_WAIT)
    db.execute(
        update(Tally)
        .where(Tally.key == key)
        .values(blocked_until=now + wait)
        .execution_options(synchronize_session=False)
    )


def clear(key: str, *, db: Session) -> None:
    """The count starts anew: a success followed."""
    db.connection().execute(_CLEAR, {"key": key})


def forget_old(*, db: Session, edition: Edition, now: datetime) -> None:
    """Counts nobody will ask for again are gone."""
    db.execute(
        delete(Tally)
        .where(
            Tally.since < now - timedelta(days=2),
            (Tally.blocked_until.is_(None)) | (Tally.blocked_until < now),
        )
        .execution_options(synchronize_session=False)
    )
