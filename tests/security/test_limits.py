"""Counting in the database: in every meter or in none, never further than the limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.database import Database
from flask_acct.db.models import LimitCount, PendingRequest
from flask_acct.features import platform
from flask_acct.security import limits, pending
from flask_acct.security.limits import (
    LASTING,
    Counted,
    IfCounted,
    LimitState,
    RateLimit,
    TooMany,
    around,
    take,
    take_first,
)

from ..scopes import a_scope

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
ROOMY, TIGHT = RateLimit("a:1", 100, HOUR), RateLimit("b:1", 2, HOUR)


@pytest.fixture
def counting(any_database: Database) -> Iterator[Session]:
    with any_database.session() as db:
        yield db


def standing(db: Session, *keys: str) -> list[int]:
    found = limits.states_of(db, keys)
    return [found[key].count if key in found else 0 for key in keys]


def test_what_is_full_keeps_the_others_from_counting(counting: Session, now: datetime) -> None:
    outcomes = [type(take(a_scope(counting, now=now), ROOMY, TIGHT)) for _ in range(4)]
    assert outcomes == [Counted, Counted, TooMany, TooMany]
    assert standing(counting, "a:1", "b:1") == [2, 2]
    counting.close()


def test_a_window_ends_for_its_meter_alone(counting: Session, now: datetime) -> None:
    long = RateLimit("c:1", 3, timedelta(days=1))
    for _ in range(2):
        take(a_scope(counting, now=now), TIGHT, long)
    assert take(a_scope(counting, now=now), TIGHT, long) == TooMany(HOUR)
    assert isinstance(take(a_scope(counting, now=now + HOUR), TIGHT, long), Counted)
    assert take(a_scope(counting, now=now + HOUR), TIGHT, long) == TooMany(timedelta(hours=23))
    counting.close()


def test_the_second_way_is_gone_when_the_first_is_full(counting: Session, now: datetime) -> None:
    for _ in range(5):
        take_first(a_scope(counting, now=now), (TIGHT,), (ROOMY,))
    assert standing(counting, "a:1", "b:1") == [3, 2]
    counting.close()


def test_quiet_makes_a_row_of_failures_forget(counting: Session, now: datetime) -> None:
    row = RateLimit("d:1", 3, timedelta(days=2), is_in_a_row=True)
    for day in range(5):
        take(a_scope(counting, now=now + timedelta(days=day)), row)
    assert standing(counting, "d:1") == [5]
    take(a_scope(counting, now=now + timedelta(days=6, seconds=1)), row)
    assert standing(counting, "d:1") == [1]
    counting.close()


def test_given_back_is_never_less_than_nothing(counting: Session, now: datetime) -> None:
    take(a_scope(counting, now=now), ROOMY, TIGHT)
    limits.give_back(counting, {"a:1": 5, "b:1": 1, "z:1": 1})
    assert standing(counting, "a:1", "b:1", "z:1") == [0, 0, 0]
    counting.close()


def test_what_is_lowered_is_what_is_higher_and_begins_so(counting: Session, now: datetime) -> None:
    for key in ("a_b:1", "a_b:2", "aXb:1"):
        for _ in range(3 if key.endswith("1") else 1):
            take(a_scope(counting, now=now), RateLimit(key, 9, HOUR))
    limits.lower(a_scope(counting, now=now), {"a_b:": 2})
    assert standing(counting, "a_b:1", "a_b:2", "aXb:1") == [2, 1, 3]
    counting.close()


def test_what_is_below_a_prefix_is_found_with_the_key_itself_and_nothing_else(counting: Session, now: datetime) -> None:
    for key in ("a_b:f0:", "a_b:f0:0", "a_b:f0:ff", "a_b:f1:0", "aXb:f0:0", "a_b:f0", "a_b:f00:1", "A_b:f0:0"):
        take(a_scope(counting, now=now), RateLimit(key, 9, HOUR))
    found = limits.states_below(a_scope(counting, now=now), ["a_b:f0:", "a_b:f1:", "none:"])
    assert {prefix: len(states) for prefix, states in found.items()} == {"a_b:f0:": 3, "a_b:f1:": 1, "none:": 0}
    counting.close()


def plan_of(db: Session, statement: str, values: Any) -> str:
    """How the database would run it, if it had many rows."""
    connection = db.connection()
    if db.get_bind().dialect.name == "sqlite":
        return " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return " ".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))


def test_a_million_counts_are_not_looked_through_for_those_of_one_user(counting: Session, now: datetime) -> None:
    """Every new password lowers some, and strangers decide how many there are."""
    prefixes = [limits.key("sign_in", "username:alice", at="x")[:29], limits.key(LASTING, "username:alice")]
    scope, engine, heard = a_scope(counting, now=now), counting.get_bind(), []

    def hear(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        heard.append((statement, values))

    event.listen(engine, "before_cursor_execute", hear)
    limits.states_below(scope, prefixes)
    limits.lower(scope, dict.fromkeys(prefixes, 3))
    event.remove(engine, "before_cursor_execute", hear)
    plans = [plan_of(counting, statement, values) for statement, values in heard if "acct_tally" in statement]
    assert len(plans) == 2
    searched = "key>? AND key<?" if engine.dialect.name == "sqlite" else "Bitmap Index Scan on pk_acct_tally"
    for plan in plans:
        assert "SCAN" not in plan
        assert "Seq Scan" not in plan
        assert plan.count(searched) == 2 * len(prefixes)
    counting.close()


@pytest.mark.postgres
@pytest.mark.parametrize("order", ["C", "en-x-icu", "da-x-icu", "nb-x-icu", "hu-x-icu", "th-x-icu"])
def test_they_are_found_in_the_order_of_any_language(order: str, postgres_url: str, now: datetime) -> None:
    """In Danish "aa" is a letter that comes after "z"."""
    database = Database.at(postgres_url)
    schema.create_tables(database.engine)
    digits = [*(one * 20 for one in "0123456789abcdef"), *("a" * n + "f" * (20 - n) for n in range(1, 20))]
    with database.transaction() as db:
        db.execute(text(f'ALTER TABLE acct_tally ALTER key TYPE varchar(100) COLLATE "{order}"'))
        prefixes = ["sign_in:0a:", "sign_in:aa:"]
        db.add_all(LimitCount(key=f"{one}{place}", count=1, since=now) for one in prefixes for place in digits)
        found = limits.states_below(a_scope(db, now=now), prefixes)
        assert [len(found[one]) for one in prefixes] == [len(digits), len(digits)]


def test_the_total_of_a_name_is_remembered_for_a_month(db: Session, now: datetime) -> None:
    for key in (f"{LASTING}:1", "sign_in:1"):
        db.add(LimitCount(key=key, count=5, since=now))
    left = []
    for days in (3, 31):
        limits.forget_old(a_scope(db, platform=platform(Config()), now=now + timedelta(days=days)))
        left.append(standing(db, f"{LASTING}:1", "sign_in:1"))
    assert left == [[5, 0], [0, 0]]


@pytest.mark.parametrize(
    ("network", "wider"),
    [
        ("192.0.2.1", ["192.0.2.1"]), ("unknown", ["unknown"]),
        ("2001:db8:1:2::/64", ["2001:db8:1:2::/64", "2001:db8:1::/56", "2001:db8:1::/48"]),
    ],
)  # fmt: skip
def test_a_visitor_of_ipv6_is_in_wider_networks_too(network: str, wider: list[str]) -> None:
    assert list(around(network)) == wider


@pytest.mark.parametrize(
    ("address", "visitor"),
    [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("", "unknown"), (None, "unknown"), ("a.example", "unknown"), ("192.0.2.1:80", "unknown"),
    ],
)  # fmt: skip
def test_a_visitor_is_an_ipv4_address_or_a_64(address: str | None, visitor: str) -> None:
    assert limits.network(address) == visitor


def test_a_key_tells_the_subject_alone() -> None:
    assert limits.key("sign_in", "abc") == "sign_in:ba7816bf8f01cfea414140de5dae2223b00361a3"
    assert limits.key("sign_in", "abc", "abc") == "sign_in:ba7816bf8f01cfea4141:ba7816bf8f01cfea4141"


def test_who_is_counted_is_told_where_each_meter_stands(counting: Session, now: datetime) -> None:
    take(a_scope(counting, now=now), ROOMY)
    assert take(a_scope(counting, now=now), ROOMY, TIGHT) == Counted({"a:1": 2, "b:1": 1})
    counting.close()


def test_what_has_become_full_while_one_looked_leaves_the_others_as_they_were(counting: Session, now: datetime) -> None:
    for meter in (ROOMY, ROOMY, ROOMY, TIGHT, TIGHT):
        take(a_scope(counting, now=now), meter)
    assert limits._count(a_scope(counting, now=now), (ROOMY, TIGHT), {}) is None
    assert standing(counting, "a:1", "b:1") == [3, 2]
    counting.close()


def test_a_request_is_stored_if_it_is_counted_and_not_if_a_limit_became_full(counting: Session, now: datetime) -> None:
    """On PostgreSQL by one statement, so no request is stored that is not counted."""
    scope = a_scope(counting, now=now)
    insert = pending.insert_on(counting.get_bind().dialect.name)
    left = []
    for number, way in enumerate([(ROOMY, TIGHT), (ROOMY, TIGHT), (ROOMY, TIGHT), (ROOMY,)]):
        reference, values = pending.prepared(
            scope, "recovery.password", {"email": str(number)}, locale="en", platform=None
        )
        counted = limits._count(scope, way, {}, then=IfCounted(insert, values))
        stored = counting.scalars(select(PendingRequest.reference)).all()
        left.append((counted is not None, reference in stored, len(stored)))
    assert left == [(True, True, 1), (True, True, 2), (False, False, 2), (True, True, 3)]
    assert standing(counting, "a:1", "b:1") == [3, 2]
    counting.close()


def test_who_is_refused_by_every_way_is_told_the_shortest_wait_and_by_what(counting: Session, now: datetime) -> None:
    hour, day = RateLimit("h:1", 1, HOUR), RateLimit("d:1", 1, timedelta(days=1))
    take(a_scope(counting, now=now), hour, day)
    refused = take_first(a_scope(counting, now=now), (day, hour), (hour,), (day,))
    assert isinstance(refused, TooMany)
    assert refused.wait == HOUR
    assert refused.by == "h:1"
    longest = take_first(a_scope(counting, now=now), (hour, day))
    assert isinstance(longest, TooMany)
    assert longest.wait == timedelta(days=1)
    assert longest.by == "d:1"
    counting.close()


def test_a_plain_count_starts_anew_once_its_time_has_passed(counting: Session, now: datetime) -> None:
    counts = [
        limits.count(a_scope(counting, now=at), "p:1", per=HOUR) for at in (now, now, now + HOUR - SECOND, now + HOUR)
    ]
    assert counts == [1, 2, 3, 1]
    counting.close()


def test_what_is_cleared_is_nothing_and_the_rest_stays(counting: Session, now: datetime) -> None:
    take(a_scope(counting, now=now), ROOMY, TIGHT)
    limits.clear(a_scope(counting, now=now), "a:1", "z:1")
    assert standing(counting, "a:1", "b:1") == [0, 1]
    counting.close()


@pytest.mark.parametrize(("name", "days"), [(f"{LASTING}:1", 30), ("sign_in:1", 2), ("sign_inXanywhere:1", 2)])
def test_a_count_is_forgotten_after_its_days_and_not_before(name: str, days: int, db: Session, now: datetime) -> None:
    db.add(LimitCount(key=name, count=5, since=now))
    kept = []
    for after in (timedelta(0), timedelta(days=days), timedelta(days=days) + SECOND):
        limits.forget_old(a_scope(db, platform=platform(Config()), now=now + after))
        kept.append(standing(db, name) == [5])
    assert kept == [True, True, False]


# --- How long the next one waits, without a database ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "ago", "wait"),
    [
        (2, timedelta(0), timedelta(0)),
        (3, timedelta(0), HOUR),
        (3, timedelta(minutes=20), timedelta(minutes=40)),
        (3, HOUR - timedelta(seconds=1), timedelta(seconds=1)),
        (3, HOUR, timedelta(0)),
        (9, 2 * HOUR, timedelta(0)),
    ],
)
def test_a_full_window_is_waited_for_to_its_end(count: int, ago: timedelta, wait: timedelta, now: datetime) -> None:
    assert RateLimit("e:1", 3, HOUR).wait(LimitState(count, now - ago), now=now) == wait


@pytest.mark.parametrize(
    ("count", "wait"),
    [(2, 0), (3, 30), (4, 60), (5, 120), (6, 240), (14, 61440), (15, 86400), (500, 86400)],
)
def test_pauses_in_a_row_double_from_thirty_seconds_to_a_day(count: int, wait: int, now: datetime) -> None:
    meter = RateLimit("e:1", 3, timedelta(days=2), is_in_a_row=True)
    assert meter.wait(LimitState(count, now), now=now) == timedelta(seconds=wait)


def test_a_pause_that_was_chosen_stays_the_same(now: datetime) -> None:
    meter = RateLimit("e:1", 3, timedelta(days=2), is_in_a_row=True, pause=timedelta(minutes=10))
    found = [LimitState(count, now - timedelta(minutes=4)) for count in (3, 4, 40)]
    assert [meter.wait(one, now=now) for one in found] == [timedelta(minutes=6)] * 3


def test_nothing_counted_is_no_wait(now: datetime) -> None:
    assert RateLimit("e:1", 0, HOUR).wait(None, now=now) == timedelta(0)


def test_of_all_who_find_a_pause_over_one_goes_on(now: datetime) -> None:
    row, window = RateLimit("e:1", 3, timedelta(days=2), is_in_a_row=True), RateLimit("e:1", 3, HOUR)
    found = [LimitState(1, now), LimitState(2, now), LimitState(3, now), LimitState(7, now)]
    assert [row.cap(one, now=now) for one in found] == [3, 3, 4, 8]
    assert [window.cap(one, now=now) for one in found] == [3, 3, 3, 3]
    assert row.cap(LimitState(7, now - timedelta(days=2)), now=now) == 3
    assert row.cap(None, now=now) == 3
