"""One request, one connection: nothing a request does waits for a second one, or for its own lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import flask_sqlalchemy
import flask_sqlalchemy_lite
import pytest
from flask import Flask, request
from flask_login import current_user
from sqlalchemy import event, func, select, update

from flask_acct import Acct, public, requires
from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.database import Database
from flask_acct.db.models import LimitCount, User, UserSession
from flask_acct.kb.articles.content import digest, shipped
from flask_acct.testing import PASSWORD, AcctClient
from flask_acct.web.state import session

from ..personas import Personas, settle
from ..scopes import SECRET_KEY
from .site import Site, build
from .test_guards import own_rules

THREADS, AT_ONCE = 32, 200
MOST_SECONDS = 20.0
"""Where requests wait for each other it is thirty. The figure itself is measured by ``tests.benchmarks.crowd``."""

SOON = 4.5
"""Seconds. Whoever waits for their own lock waits at least five."""


@pytest.fixture(params=["database_url", pytest.param("postgres_url", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, now: datetime) -> Iterator[Site]:
    """The default preset, on SQLite and on PostgreSQL."""
    site = build(configuration.preset("client-area"), request.getfixturevalue(request.param), now)
    yield site
    site.acct.database.engine.dispose()


@pytest.fixture
def embedded(database_url: str, now: datetime) -> Iterator[Site]:
    """The same on SQLite alone, where a writer locks everybody out."""
    site = build(configuration.preset("client-area"), database_url, now)
    yield site
    site.acct.database.engine.dispose()


def last_used(database: Database) -> set[datetime]:
    with database.session() as db:
        return set(db.scalars(select(UserSession.last_used_at)))


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return act(), time.monotonic() - began


@contextmanager
def most_held(database: Database) -> Iterator[list[int]]:
    """The most connections that this thread held at once inside, as the one item of a list."""
    here, held, most = threading.get_ident(), [0], [0]

    def taken(*_: Any) -> None:
        if threading.get_ident() == here:
            held[0] += 1
            most[0] = max(most[0], held[0])

    def given_back(*_: Any) -> None:
        if threading.get_ident() == here:
            held[0] -= 1

    event.listen(database.engine, "checkout", taken)
    event.listen(database.engine, "checkin", given_back)
    try:
        yield most
    finally:
        event.remove(database.engine, "checkout", taken)
        event.remove(database.engine, "checkin", given_back)


@pytest.mark.long
def test_two_hundred_requests_of_sessions_a_minute_old_are_answered_at_once(site: Site) -> None:
    clients = [site.app.test_client(user=site.people.alice) for _ in range(AT_ONCE)]
    site.clock.move(minutes=2)

    def ask(client: AcctClient) -> tuple[int, float]:
        answer, seconds = timed(lambda: client.get("/services"))
        return answer.status_code, seconds

    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(ask, clients))

    assert {status for status, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < MOST_SECONDS


def test_every_one_of_them_counts_as_used(site: Site) -> None:
    clients = [site.app.test_client(user=site.people.alice) for _ in range(60)]
    site.clock.move(minutes=2)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda client: client.get("/services"), clients))
    # Whoever came while another thread wrote is written by the next request.
    site.visitor().open("/")

    assert last_used(site.acct.database) == {site.clock()}


def test_no_page_of_ours_takes_a_second_connection(site: Site) -> None:
    """Every route, looked at and sent, by somebody whose session has to be written."""
    alice = site.alice()
    greedy = []
    for rule in own_rules(site):
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            if rule.endpoint == "acct.login_logout" and method == "POST":
                continue
            site.clock.move(minutes=2)
            alice.open("/account/me")
            site.clock.move(minutes=2)
            with most_held(site.acct.database) as most:
                data = {"csrf_token": alice.csrf(), "acct_account": "9000"}
                alice.client.open(rule.rule, method=method, data=data if method == "POST" else None).close()
            if most != [1] and rule.endpoint not in {"acct.static", "acct.brand", "acct.icon"}:
                greedy.append((method, rule.rule, most))
    assert greedy == []


@pytest.mark.parametrize("path", ["/help/vote", "/help/searched"])
def test_a_vote_takes_no_second_connection_from_who_is_signed_in(site: Site, path: str) -> None:
    site.app.before_request(lambda: str(current_user) and None)
    alice = site.alice()
    site.clock.move(minutes=2)
    version = digest(shipped().source("sign-in", "en"))
    data = {"article": "sign-in", "locale": "en", "version": version, "answer": "yes", "q": "a lost key"}
    with most_held(site.acct.database) as most:
        answer = alice.client.post(path, data=data, headers={"Origin": "http://localhost"})

    assert answer.status_code < 400
    assert most == [1]


def test_a_view_that_writes_before_it_asks_who_is_here_waits_for_nothing(embedded: Site) -> None:
    @embedded.app.post("/track")
    @public
    def track() -> str:
        session().execute(update(User).values(first_name="Tracked"))
        name = current_user.username
        session().rollback()
        return str(name)

    alice = embedded.app.test_client(user=embedded.people.alice)
    embedded.clock.move(minutes=2)
    answer, seconds = timed(lambda: alice.post("/track"))

    assert answer.text == "alice"
    assert seconds < SOON
    assert last_used(embedded.acct.database) == {embedded.clock()}


def test_what_a_host_has_not_saved_is_not_saved_by_the_use_of_a_session(site: Site) -> None:
    @site.app.post("/track")
    @public
    def track() -> str:
        session().execute(update(User).values(first_name="Tracked"))
        return str(current_user.username)

    alice = site.app.test_client(user=site.people.alice)
    site.clock.move(minutes=2)
    alice.post("/track")

    with site.acct.database.session() as db:
        assert db.scalar(select(func.count()).where(User.first_name == "Tracked")) == 0
    assert last_used(site.acct.database) == {site.clock()}


def test_a_database_locked_by_somebody_else_holds_no_reader_up(embedded: Site) -> None:
    alice = embedded.app.test_client(user=embedded.people.alice)
    embedded.clock.move(minutes=2)
    with embedded.acct.database.transaction():
        answer, seconds = timed(lambda: alice.get("/services"))

    assert answer.status_code == 200
    assert seconds < SOON


def test_a_use_that_could_not_be_written_is_written_by_the_next_request_of_anybody(embedded: Site) -> None:
    alice = embedded.app.test_client(user=embedded.people.alice)
    embedded.clock.move(minutes=20)
    used = embedded.clock()
    with embedded.acct.database.transaction():
        alice.get("/services")
    embedded.clock.move(minutes=5)
    embedded.app.test_client().get("/")

    assert last_used(embedded.acct.database) == {used}


def test_who_used_a_locked_database_is_signed_in_for_the_whole_idle_time_all_the_same(embedded: Site) -> None:
    alice = embedded.app.test_client(user=embedded.people.alice)
    embedded.clock.move(minutes=20)
    with embedded.acct.database.transaction():
        alice.get("/services")
    embedded.clock.move(minutes=1)
    embedded.app.test_client().get("/")
    embedded.clock.move(minutes=28, seconds=59)

    assert alice.get("/services").status_code == 200


@pytest.mark.postgres
def test_a_row_held_by_somebody_else_holds_no_reader_up(postgres_url: str, now: datetime) -> None:
    site = build(configuration.preset("client-area"), postgres_url, now)
    alice = site.app.test_client(user=site.people.alice)
    site.clock.move(minutes=2)
    with ThreadPoolExecutor(1) as threads, site.acct.database.transaction() as db:
        db.execute(update(UserSession).values(user_agent="held"))
        answer = threads.submit(lambda: alice.get("/services")).result(SOON)
    site.acct.database.engine.dispose()

    assert answer.status_code == 200


def test_a_later_use_is_never_overwritten_by_an_earlier_one(site: Site) -> None:
    uses, database = site.acct.last_uses, site.acct.database
    site.visitor(site.people.alice)
    with database.session() as db:
        (id_,) = db.scalars(select(UserSession.id)).all()
    for minutes in (10, 5):
        uses.note(id_, site.clock() + timedelta(minutes=minutes))
        uses.write()

    assert last_used(database) == {site.clock() + timedelta(minutes=10)}


# The host's own password question.


def ask_for_password(site: Site, *, change_first: bool = False, fail: bool = False) -> Callable[..., Any]:
    """A page of the host's that asks for the password; returns how Alice sends it."""

    @site.app.post("/grave")
    @requires()
    def grave() -> str:
        if change_first:
            session().execute(update(User).values(first_name="Changed"))
        is_own = Acct().is_own_password(request.form["password"])
        if fail:
            raise RuntimeError("the host's own code is broken")
        return str(is_own)

    client = site.app.test_client(user=site.people.alice)
    site.clock.move(minutes=2)
    return lambda password: client.post("/grave", data={"password": password})


def failures(site: Site) -> int:
    with site.acct.database.session() as db:
        return db.scalar(select(func.sum(LimitCount.count)).where(LimitCount.key.startswith("current_password"))) or 0


@pytest.mark.parametrize("change_first", [False, True])
def test_the_users_own_password_is_known_and_another_is_counted(site: Site, change_first: bool) -> None:
    send = ask_for_password(site, change_first=change_first)
    assert send("not her password at all").text == "False"
    assert failures(site) == 1
    assert send(PASSWORD).text == "True"
    assert failures(site) == 0


@pytest.mark.parametrize("change_first", [False, True])
def test_asking_for_the_password_waits_for_nothing_and_takes_one_connection(site: Site, change_first: bool) -> None:
    send = ask_for_password(site, change_first=change_first)
    with most_held(site.acct.database) as most:
        answer, seconds = timed(lambda: send("not her password at all"))

    assert answer.status_code == 200
    assert most == [1]
    assert seconds < SOON


@pytest.mark.parametrize("change_first", [False, True])
def test_a_wrong_password_counts_although_the_hosts_page_fails(site: Site, change_first: bool) -> None:
    send = ask_for_password(site, change_first=change_first, fail=True)
    assert send("not her password at all").status_code == 500
    assert failures(site) == 1


def test_asking_for_the_password_saves_nothing_of_the_hosts(site: Site) -> None:
    ask_for_password(site, change_first=True)(PASSWORD)
    with site.acct.database.session() as db:
        assert db.scalar(select(func.count()).where(User.first_name == "Changed")) == 0


def test_the_password_cannot_be_guessed_on_a_page_that_changed_something_first(site: Site) -> None:
    send = ask_for_password(site, change_first=True)
    answers = [send("not her password at all").status_code for _ in range(site.config.limits.sign_in_failures + 1)]

    assert answers[-1] == 429


# A host that shares its own session.


def sharing_host(kind: str, url: str, now: datetime, **engine: Any) -> tuple[Flask, Any, Personas]:
    """An app whose database flask_acct shares, with Alice in it."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False)
    app.test_client_class = AcctClient
    db: Any
    if kind == "flask-sqlalchemy":
        app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine)
        db = flask_sqlalchemy.SQLAlchemy()
        db.init_app(app)
    else:
        app.config["SQLALCHEMY_ENGINES"] = {"default": {"url": url, **engine}}
        db = flask_sqlalchemy_lite.SQLAlchemy(app)
    clock = iter([now])
    Acct(app, errors="all", config=Config(), db=db, clock=lambda: next(clock, now + timedelta(minutes=2)))
    with app.app_context():
        schema.upgrade(db.engine)
        with Database(db.engine).transaction() as session:
            people = settle(db=session, config=Config(), now=now)
    return app, db, people


@pytest.fixture(params=["flask-sqlalchemy", "flask-sqlalchemy-lite"])
def shared(request: pytest.FixtureRequest, tmp_path: Path, now: datetime) -> Iterator[tuple[Flask, Any, Personas]]:
    app, db, people = sharing_host(request.param, f"sqlite:///{tmp_path / 'host.db'}", now)
    with app.app_context():
        engine = db.engine
    yield app, db, people
    engine.dispose()


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_host_that_shares_its_session_may_write_first_as_well(
    shared: tuple[Flask, Any, Personas], now: datetime, is_saved: bool
) -> None:
    app, db, people = shared

    @app.post("/track")
    @public
    def track() -> str:
        db.session.execute(update(User).values(first_name="Tracked"))
        name = current_user.username
        if is_saved:
            db.session.commit()
        return str(name)

    alice = app.test_client(user=people.alice)
    answer, seconds = timed(lambda: alice.post("/track"))

    assert answer.text == "alice"
    assert seconds < SOON
    with app.app_context():
        assert last_used(app.extensions["acct"].database) == {now + timedelta(minutes=2)}
        names = set(db.session.scalars(select(User.first_name)))
    assert (names == {"Tracked"}) is is_saved


# A pool that is exhausted all the same.


@pytest.fixture
def alice(tmp_path: Path, now: datetime) -> Iterator[AcctClient]:
    """Alice at a host's whose one connection somebody else holds."""
    url = f"sqlite:///{tmp_path / 'host.db'}"
    app, db, people = sharing_host("flask-sqlalchemy-lite", url, now, pool_size=1, max_overflow=0, pool_timeout=0.1)
    app.add_url_rule("/services", "services", requires()(lambda: "services"))
    client: Any = app.test_client(user=people.alice)
    with app.app_context():
        engine = db.engine
    with engine.connect():
        yield client
    engine.dispose()


@pytest.mark.parametrize("path", ["/services", "/account/me", "/account/login"])
def test_a_pool_that_is_exhausted_is_a_503_that_says_when_to_try_again(alice: AcctClient, path: str) -> None:
    answer = alice.get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_a_script_is_told_so_in_json(alice: AcctClient) -> None:
    answer = alice.get("/services", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.get_json() == {"error": "unavailable"}
    assert "Retry-After" in answer.headers


def test_an_exhausted_pool_signs_nobody_out(alice: AcctClient) -> None:
    answer = alice.get("/services")
    assert [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("acct=")] == []


@pytest.mark.parametrize(("code", "header"), [(503, "10"), (429, "60")])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_page_that_asks_to_wait_says_how_long(embedded: Site, code: int, header: str, accept: str) -> None:
    answer = embedded.visitor().open(f"/abort/{code}", Accept=accept).response
    assert answer.headers["Retry-After"] == header


def test_no_statement_of_ours_names_a_session_that_has_ended_meanwhile(site: Site) -> None:
    alice = site.alice()
    site.clock.move(minutes=2)
    alice.open("/account/logout")
    site.clock.move(minutes=2)
    alice.press(site.say("login.logout.submit"))

    assert last_used(site.acct.database) == set()
