"""What goes wrong in the database is logged, and nothing of anybody with it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import io
import logging
import re
import sqlite3
import traceback
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from flask_acct.config import Config
from flask_acct.db.database import Database, open_engine
from flask_acct.features import platforms
from flask_acct.mail.smtp import Nowhere
from flask_acct.mail.worker import Worker
from flask_acct.scope import Scope
from flask_acct.values.keys import Keys

from ..personas import settle
from ..scopes import SECRET_KEY
from ..web.site import build

SECRETS = ("alice@example.com", "alice", "ortega.example", "hunter2")

USER_AGAIN = (
    "INSERT INTO acct_user (username, username_key, email, email_key, first_name, last_name, created_at) "
    "VALUES (:name, :name, :email, :email, :word, '', '2026-01-01')"
)
DOMAIN_AGAIN = "INSERT INTO acct_domain (account_id, name, key) VALUES (1, :domain, :domain)"
STRANGER = "INSERT INTO acct_domain (account_id, name, key) VALUES (999, :word, :word)"
WRONG = ((USER_AGAIN, "unique"), (DOMAIN_AGAIN, "unique"), (STRANGER, "foreign key"))
"""Statements, and the constraint that refuses each: another refusal would say nothing of what is tried."""
VALUES = {"name": "alice", "email": "alice@example.com", "domain": "ortega.example", "word": "hunter2"}

NO_VALUES_OF_ITS_KIND = (
    "UPDATE acct_user SET created_at = :name WHERE username_key = :name",
    "UPDATE acct_account SET plan_expires_on = :domain",
    "SELECT id FROM acct_user WHERE id = CAST(:email AS integer)",
    "UPDATE acct_account SET country = :email",
)


def told(error: BaseException) -> str:
    """All that a log says of an error: its message, those of what it came from, and where."""
    return "".join(traceback.format_exception(error)) + str(error) + repr(error)


@pytest.fixture
def lived_in(any_database: Database, now: datetime) -> Database:
    with any_database.session() as db:
        settle(db=db, config=Config(), now=now)
    return any_database


@pytest.mark.parametrize(("statement", "constraint"), WRONG)
def test_an_error_repeats_nothing_that_is_stored(lived_in: Database, statement: str, constraint: str) -> None:
    with pytest.raises(DBAPIError) as failed, lived_in.session() as db:
        db.execute(text(statement), VALUES)
    assert not any(secret in told(failed.value) for secret in SECRETS)
    assert "acct_" in str(failed.value)
    assert constraint in str(failed.value).lower()


@pytest.mark.postgres
@pytest.mark.parametrize("statement", NO_VALUES_OF_ITS_KIND)
def test_an_error_repeats_nothing_that_was_sent(postgres_url: str, now: datetime, statement: str) -> None:
    for database in _opened(postgres_url):
        with database.session() as db:
            settle(db=db, config=Config(), now=now)
        with pytest.raises(DBAPIError) as failed, database.session() as db:
            db.execute(text(statement), VALUES)
        assert not any(secret in told(failed.value) for secret in ("@example.com", "ortega.example", '"alice"'))


@pytest.mark.postgres
def test_the_engine_of_a_host_says_nothing_of_our_tables_and_all_of_its_own(postgres_url: str, now: datetime) -> None:
    engine = create_engine(postgres_url)
    database = Database(engine)
    with database.session() as db:
        settle(db=db, config=Config(), now=now)
        db.execute(text("CREATE TABLE bread (name text UNIQUE)"))
        db.execute(text("INSERT INTO bread VALUES ('rye')"))
        db.commit()
    with pytest.raises(DBAPIError) as failed, database.session() as db:
        db.execute(text(USER_AGAIN), VALUES)
    assert not any(secret in told(failed.value) for secret in SECRETS)
    assert "unique" in str(failed.value)
    with pytest.raises(DBAPIError) as failed, database.session() as db:
        db.execute(text("INSERT INTO bread VALUES (:name)"), {"name": "rye"})
    assert "(name)=(rye)" in str(failed.value)
    assert failed.value.orig.diag.message_detail == "Key (name)=(rye) already exists."  # type: ignore[union-attr]
    engine.dispose()


def _log() -> tuple[io.StringIO, logging.Handler]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    return written, handler


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that any logger writes, as a file of a server would have it."""
    written, handler = _log()
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("kind", ["database_url", pytest.param("postgres_url", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("is_wrapped", [False, True])
def test_a_request_that_fails_logs_nothing_of_anybody(
    request: pytest.FixtureRequest, kind: str, is_wrapped: bool, now: datetime, log: io.StringIO
) -> None:
    """Whether our error page answers, or Flask logs what a host's code made of it."""
    site = build(Config(), request.getfixturevalue(kind), now)

    def fails() -> str:
        try:
            with site.acct.database.session() as db:
                db.execute(text(USER_AGAIN), VALUES)
        except DBAPIError as error:
            if is_wrapped:
                raise RuntimeError("the bread is burnt") from error
            raise
        return ""

    site.app.add_url_rule("/fails", "fails", fails)
    assert site.visitor().client.get("/fails").status_code == 500
    site.acct.database.engine.dispose()
    found = log.getvalue()
    assert "Traceback" in found
    assert "unique" in found.lower()
    assert not any(secret in found for secret in SECRETS)


@pytest.mark.parametrize("kind", ["database_url", pytest.param("postgres_url", marks=pytest.mark.postgres)])
def test_a_duty_that_fails_logs_nothing_of_anybody(
    request: pytest.FixtureRequest, kind: str, now: datetime, log: io.StringIO
) -> None:
    for database in _opened(request.getfixturevalue(kind)):
        with database.session() as db:
            settle(db=db, config=Config(), now=now)

        def duty(scope: Scope) -> None:
            scope.db.execute(text(USER_AGAIN), VALUES)

        keys = Keys.of(SECRET_KEY)
        Worker(
            database=database, platforms=platforms(Config()), keys=keys, clock=lambda: now, answers={}, duties=(duty,),
            transport=Nowhere(),
        ).run_once()  # fmt: skip
    found = log.getvalue()
    assert "duty" in found
    assert not any(secret in found for secret in SECRETS)


ODD = "hunter2\n2026-03-04 CRITICAL all is lost\r\x1b[2J\x85\u2028"
"""What would begin a line of the log of its own, or clear the screen of who reads it."""


def test_nothing_that_anybody_sends_is_in_the_log(database_url: str, now: datetime, log: io.StringIO) -> None:
    """Source: ASVS 16.4.1."""
    site = build(Config(), database_url, now, ACCT_PUBLIC_URL="https://clients.example.com")
    logging.getLogger("flask_acct").setLevel(logging.DEBUG)
    # First: that a proxy is in between is said once.
    environ = {"REMOTE_ADDR": ODD, "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    site.app.test_client().get("/account/login", base_url=site.root, environ_overrides=environ)
    for who in (None, site.people.alice):
        visitor = site.visitor(who)
        visitor.open("/account/me" if who else "/account/login")
        for rule in site.app.url_map.iter_rules():
            path = re.sub(r"<[^>]*>", "1", rule.rule)
            typed = dict.fromkeys(("identifier", "password", "email", "name", "about", "locale", "next", "new"), ODD)
            visitor.client.get(f"{path}?token={quote(ODD)}&next={quote(ODD)}&page={quote(ODD)}", base_url=site.root)
            visitor.client.get(f"{path}/{quote(ODD)}", base_url=site.root)
            # A page with a form whose token is good, whatever the last form did to the session.
            visitor.open("/account/nowhere")
            visitor.post(path, dict.fromkeys(typed, "hunter2@example.com"))
            visitor.post(path, typed, **{"User-Agent": "hunter2 \x1b[2J", "X-Forwarded-For": "hunter2"})
    site.acct.database.engine.dispose()
    logging.getLogger("flask_acct").setLevel(logging.NOTSET)
    lines = log.getvalue().split("\n")
    assert any("ProxyFix" in line for line in lines)
    assert [line for line in lines if "hunter2" in line or "all is lost" in line] == []
    assert "\x1b" not in log.getvalue()


def test_what_a_database_says_in_several_lines_is_one_line_of_the_log(
    database_url: str, now: datetime, log: io.StringIO
) -> None:
    site = build(Config(), database_url, now)

    def is_away() -> str:
        raise OperationalError("SELECT 1", {}, sqlite3.OperationalError("failed\n\tIs it running\r\nHINT: hm"))

    site.app.add_url_rule("/away", "away", is_away)
    answer = site.visitor().client.get("/away")
    site.acct.database.engine.dispose()
    (line,) = [line for line in log.getvalue().splitlines() if "cannot be used" in line]
    assert answer.status_code == 503
    assert "HINT: hm. If its tables" in line
    assert not any(line.startswith(("\t", "HINT")) for line in log.getvalue().splitlines())


class _Deadlock(Exception):
    sqlstate = "40P01"


@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_one_of_two_that_waited_for_each_other_is_asked_to_come_back(
    database_url: str, now: datetime, state: str
) -> None:
    site = build(Config(), database_url, now)

    def collides() -> str:
        error = _Deadlock("deadlock detected")
        error.sqlstate = state
        raise DBAPIError("UPDATE acct_user", {}, error)

    site.app.add_url_rule("/collides", "collides", collides, methods=["GET", "POST"])
    assert site.visitor().client.post("/collides").status_code == 503
    site.acct.database.engine.dispose()


def _opened(url: str) -> Iterator[Database]:
    engine = open_engine(url)
    yield Database(engine)
    engine.dispose()
