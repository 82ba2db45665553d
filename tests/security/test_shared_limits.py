"""Limits counted in Redis: the same as in the database, shared by processes, and never open while Redis is away."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.db import writes
from flask_acct.db.shared_counts import BadLimitStorage, CountsAway, SharedCounts
from flask_acct.features.login import flows as login
from flask_acct.features.login.flows import SignInRefused
from flask_acct.scope import Scope
from flask_acct.security import limits
from flask_acct.security.limits import Counted, RateLimit, TooMany, key
from flask_acct.testing import PASSWORD

from ..personas import Personas
from ..races.guessing import Figures, race
from ..redis_server import RedisServer, running
from ..scopes import a_scope
from ..web.conftest import make as make
from ..web.site import Build, Site

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
METERS = (
    RateLimit(key("sign_in", "alice", at="192.0.2.1"), 3, 2 * DAY, is_in_a_row=True),
    RateLimit(key("sign_in", "alice", at="192.0.2.2"), 3, 2 * DAY, is_in_a_row=True),
    RateLimit(key("sign_in_anywhere", "alice"), 5, 30 * DAY, is_in_a_row=True),
    RateLimit(key("sign_in_from", "192.0.2.1"), 4, HOUR),
    RateLimit(key("recover_to", "alice"), 2, DAY, is_in_a_row=True, pause=HOUR),
)


@pytest.fixture(scope="module")
def one_redis() -> Iterator[RedisServer]:
    with running() as server:
        yield server


@pytest.fixture
def redis(one_redis: RedisServer) -> RedisServer:
    """A Redis that holds nothing."""
    if one_redis.running is None:
        one_redis.start()
    client(one_redis).flushall()
    return one_redis


@pytest.fixture
def shared(redis: RedisServer) -> SharedCounts:
    return SharedCounts(patient(redis), pause=0.05)


def client(server: RedisServer) -> Any:
    return SharedCounts(patient(server))._client


def patient(server: RedisServer) -> str:
    """The address for a client that waits for a busy machine."""
    return f"{server.url}?socket_timeout=5&socket_connect_timeout=5"


def act(scope: Scope, chance: random.Random) -> Any:
    """Something that may happen to limits, made up. Returns what came of it."""
    chosen = chance.sample(METERS, chance.randint(1, len(METERS)))
    match chance.randrange(8):
        case 0:
            taken = limits.take_at_once(scope, chosen)
            if isinstance(taken, Counted):
                less = {meter.key: chance.randint(1, 2) for meter in chosen}
                writes.run(scope.db, limits.forgive(scope, taken, less))
        case 1:
            limits.clear(scope, chosen[0].key)
        case 2:
            limits.lower(scope, {key("sign_in", "alice", at="x").rpartition(":")[0] + ":": 2, METERS[2].key: 1})
        case 3:
            return _plain(limits.foreseen(scope, chosen, METERS[:1]))
        case _:
            return _plain(limits.take_at_once(scope, chosen, METERS[3:]))
    scope.db.commit()
    return None


def _plain(taken: Counted | TooMany) -> Any:
    return dict(taken.counts) if isinstance(taken, Counted) else (taken.wait, taken.by)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_windows_and_waits_are_those_of_the_database(
    seed: int, db: Session, shared: SharedCounts, now: datetime
) -> None:
    made: list[list[Any]] = []
    for storage in (None, shared):
        chance, at, outcomes = random.Random(seed), now, list[Any]()
        for _ in range(60):
            outcomes.append(act(a_scope(db, now=at, shared=storage), chance))
            at += chance.choice([timedelta(0), timedelta(seconds=31), timedelta(minutes=20), HOUR, DAY])
        made.append(outcomes)
    assert made[1] == made[0]


def test_two_processes_share_what_is_allowed(redis: RedisServer, database_url: str) -> None:
    found = race(database_url, 10, storage=redis.url, start="fork")
    assert found == Figures(verified=10, refused=10, errors=0)


@pytest.mark.usefixtures("personas")
def test_a_success_leaves_nothing_behind_but_what_all_count(db: Session, shared: SharedCounts, now: datetime) -> None:
    scope = a_scope(db, now=now, shared=shared)
    login.sign_in(scope, "alice@example.com", "not the password", network="192.0.2.1")
    login.sign_in(scope, "alice@example.com", PASSWORD, network="192.0.2.1")
    names = [name for name in shared._client.keys("*") if not name.startswith("acct:sign_in_from:")]
    assert names == []


def test_redis_forgets_by_itself(db: Session, shared: SharedCounts, now: datetime) -> None:
    limits.take_at_once(a_scope(db, now=now, shared=shared), METERS)
    left = {name: shared._client.ttl(name) for name in shared._client.keys("*")}
    assert {name.split(":")[1]: round(seconds / 3600) for name, seconds in left.items()} == {
        "sign_in": 48, "sign_in_anywhere": 720, "sign_in_from": 1, "recover_to": 24,
    }  # fmt: skip


def test_nothing_in_it_names_anybody(db: Session, shared: SharedCounts, personas: Personas, now: datetime) -> None:
    scope = a_scope(db, now=now, shared=shared)
    login.sign_in(scope, "alice@example.com", "not the password", network="192.0.2.1")
    everything = str([(name, shared._client.hgetall(name)) for name in shared._client.keys("*")])
    assert "alice" not in everything
    assert "192.0.2" not in everything


# --- A Redis that is away ---------------------------------------------------------------------------------------------


def guess(db: Session, shared: SharedCounts, now: datetime, times: int) -> list[type]:
    scope = a_scope(db, config=Config(), now=now, shared=shared)
    return [type(login.sign_in(scope, "alice@example.com", "a guess", network="192.0.2.1")) for _ in range(times)]


@pytest.mark.usefixtures("personas")
def test_while_it_is_killed_the_database_limits(
    redis: RedisServer, db: Session, shared: SharedCounts, now: datetime
) -> None:
    guess(db, shared, now, 4)
    redis.kill()
    assert guess(db, shared, now, 12) == [SignInRefused] * 10 + [TooMany] * 2


@pytest.mark.usefixtures("personas")
def test_one_that_hangs_keeps_visitors_waiting_once(redis: RedisServer, db: Session, now: datetime) -> None:
    shared = SharedCounts(redis.url, pause=60)
    redis.hang()
    start = time.monotonic()
    assert guess(db, shared, now, 12) == [SignInRefused] * 10 + [TooMany] * 2
    # Six seconds if each of them waited.
    assert time.monotonic() - start < 5
    redis.kill()


@pytest.mark.usefixtures("personas")
def test_once_it_answers_again_it_counts_again(
    redis: RedisServer, db: Session, shared: SharedCounts, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    redis.kill()
    guess(db, shared, now, 2)
    redis.start()
    time.sleep(shared.pause)
    guess(db, shared, now, 1)
    assert shared.states([METERS[0].key]) == {}
    assert len(shared._client.keys("acct:sign_in:*")) == 1
    assert [record.message.partition(":")[0] for record in caplog.records if "Redis" in record.message] == [
        "Redis does not answer (ConnectionError)", "Redis answers again",
    ]  # fmt: skip


@pytest.mark.usefixtures("personas")
def test_a_success_is_one_although_redis_went_away_meanwhile(
    redis: RedisServer, db: Session, shared: SharedCounts, now: datetime
) -> None:
    scope = a_scope(db, now=now, shared=shared)
    taken = limits.take_at_once(scope, METERS[:1])
    redis.kill()
    assert isinstance(taken, Counted)
    assert limits.forgive(scope, taken, taken.counts) == ()
    limits.clear(scope, METERS[0].key)
    limits.lower(scope, {METERS[0].key: 0})


def test_a_full_one_is_as_good_as_none(redis: RedisServer, db: Session, shared: SharedCounts, now: datetime) -> None:
    shared._client.config_set("maxmemory", "1")
    taken = limits.take_at_once(a_scope(db, now=now, shared=shared), METERS[:1])
    assert taken == Counted({METERS[0].key: 1}, is_shared=False)
    shared._client.config_set("maxmemory", "0")


# --- Pages ------------------------------------------------------------------------------------------------------------


def answers(site: Site, identifier: str) -> list[tuple[int, str]]:
    visitor = site.visitor()
    found = []
    for _ in range(12):
        page = site.sign_in(identifier, "not the password", visitor=visitor).page
        found.append((page.status, page.text.replace(identifier, "…")))
    return found


def test_known_and_unknown_get_equal_answers(make: Build, redis: RedisServer) -> None:
    site = make(ACCT_LIMITS_STORAGE=redis.url)
    known, unknown = answers(site, "alice@example.com"), answers(site, "nobod@example.com")
    assert known == unknown
    assert [status for status, _ in known][-2:] == [429, 429]
    assert site.rows()["acct_tally"] == []


def test_an_anonymous_request_is_stored_once_it_is_counted(make: Build, redis: RedisServer) -> None:
    site = make(ACCT_LIMITS_STORAGE=redis.url)
    for _ in range(32):
        visitor = site.visitor()
        visitor.open("/account/recover/password")
        visitor.post("/account/recover/password", {"email": "alice@example.com"})
    assert site.rows()["acct_tally"] == []
    assert len(site.rows()["acct_request"]) == 30


# --- Settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["memcached://a:1", "redis+sentinel://a:1/main", "redis", "redis://", "redis://a:b:c"])
def test_an_address_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(BadLimitStorage):
        SharedCounts(url)


def test_valkey_is_spoken_to_as_redis(redis: RedisServer) -> None:
    shared = SharedCounts(redis.url.replace("redis", "valkey"))
    assert shared.states(["a:1"]) == {}
    assert shared.server == f"127.0.0.1:{redis.port}/0"


def test_nothing_is_connected_to_while_an_app_is_made(make: Build) -> None:
    site = make(ACCT_LIMITS_STORAGE="redis://:secret@127.0.0.1:1/0")
    assert site.acct.shared is not None
    assert site.acct.shared.server == "127.0.0.1:1/0"
    with pytest.raises(CountsAway):
        site.acct.shared.states(["a:1"])


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(BadLimitStorage, match=r'pip install "flask_acct\[redis\]"'):
        SharedCounts("redis://127.0.0.1/0")


def test_an_app_that_needs_neither_loads_neither_redis_nor_celery() -> None:
    program = (
        "import sys; from flask import Flask; from flask_acct import Acct;"
        "app = Flask('host'); app.config.update(SECRET_KEY='0123456789abcdef' + 'a key for tests alone', TESTING=True, ACCT_DATABASE_URL='sqlite://');"
        "Acct(app, config='client-area');"
        "print([name for name in ('limits', 'redis', 'celery', 'kombu') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
