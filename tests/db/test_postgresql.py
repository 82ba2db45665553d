"""Our own connections to PostgreSQL: reading begins no transaction, writing does, and no dead one is used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import LimitCount, User
from flask_acct.db.postgresql import ALONE, IDLE, RETURNED_AT, NoEncoding

from .. import postgres_server

pytestmark = pytest.mark.postgres

BREAD = {"key": "bread", "count": 1, "since": datetime(2026, 3, 4, tzinfo=UTC)}


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    engine = open_engine(postgres_url)
    yield Database(engine)
    engine.dispose()


@contextmanager
def operating(url: str) -> Iterator[Session]:
    """A connection beside those of the app's."""
    engine = open_engine(url)
    with Database(engine).session() as db:
        yield db
    engine.dispose()


def state(db: Session) -> int:
    """libpq's state of the transaction; 0 while there is none."""
    driver: Any = db.connection().connection.driver_connection
    return int(driver.info.transaction_status)


def stored(database: Database) -> list[str]:
    with database.session() as db:
        return list(db.scalars(select(LimitCount.key)))


def test_reading_begins_no_transaction(database: Database) -> None:
    with database.session() as db:
        db.scalars(select(User)).all()
        db.scalars(select(User.id).where(User.username == "FOR UPDATE")).all()
        assert state(db) == IDLE


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO acct_tally (key, count, since) VALUES ('bread', 1, now())",
        "  update acct_tally set count = 2",
        "DELETE FROM acct_tally",
        "WITH gone AS (DELETE FROM acct_tally RETURNING key) SELECT key FROM gone",
        "SELECT id FROM acct_user FOR UPDATE",
        "SELECT id FROM acct_user FOR NO KEY UPDATE SKIP LOCKED",
        "SELECT id FROM acct_user\nFOR SHARE",
        "select pg_advisory_xact_lock(1)",
        "CREATE TABLE oven (id int)",
        "LOCK TABLE acct_user",
    ],
)
def test_what_writes_or_locks_begins_one(database: Database, statement: str) -> None:
    with database.session() as db:
        db.execute(text(statement))
        assert state(db) != IDLE


def test_what_was_written_is_undone_whole_or_stays_whole(database: Database) -> None:
    for ends, left in (("rollback", []), ("commit", ["bread", "butter"])):
        with database.session() as db:
            db.execute(insert(LimitCount), BREAD)
            db.scalars(select(LimitCount)).all()
            db.execute(insert(LimitCount), {**BREAD, "key": "butter"})
            getattr(db, ends)()
        assert sorted(stored(database)) == left


def test_a_session_that_is_closed_without_a_word_leaves_nothing(database: Database) -> None:
    with database.session() as db:
        db.execute(insert(LimitCount), BREAD)
    assert stored(database) == []


def test_a_savepoint_undoes_its_own_part(database: Database) -> None:
    with database.session() as db:
        nested = db.begin_nested()
        db.execute(insert(LimitCount), BREAD)
        nested.rollback()
        db.execute(insert(LimitCount), {**BREAD, "key": "butter"})
        db.commit()
    assert stored(database) == ["butter"]


def test_a_statement_that_is_a_transaction_of_its_own_stays(database: Database) -> None:
    with database.session() as db:
        db.connection().execute(insert(LimitCount), BREAD, execution_options=ALONE)
        assert state(db) == IDLE
        db.rollback()
    assert stored(database) == ["bread"]


def test_within_a_transaction_it_is_part_of_that(database: Database) -> None:
    with database.session() as db:
        db.execute(insert(LimitCount), {**BREAD, "key": "butter"})
        db.connection().execute(insert(LimitCount), BREAD, execution_options=ALONE)
        db.rollback()
    assert stored(database) == []


def test_a_connection_that_the_server_ended_is_replaced(database: Database, postgres_url: str) -> None:
    """As after a restart of the server: each connection in the pool is dead, and nobody may notice."""
    with database.session() as one, database.session() as other:
        ids = [db.scalar(text("SELECT pg_backend_pid()")) for db in (one, other)]
    with operating(postgres_url) as operator:
        for id_ in ids:
            operator.scalar(text("SELECT pg_terminate_backend(:id, 5000)"), {"id": id_})
    with database.session() as one, database.session() as other:
        assert [db.scalars(select(User.id)).all() for db in (one, other)] == [[], []]


def test_a_connection_that_ends_while_it_is_used_is_an_error_of_that_request_alone(
    database: Database, postgres_url: str
) -> None:
    with database.session() as db:
        id_ = db.scalar(text("SELECT pg_backend_pid()"))
        with operating(postgres_url) as operator:
            operator.scalar(text("SELECT pg_terminate_backend(:id, 5000)"), {"id": id_})
        with pytest.raises(SQLAlchemyError):
            db.scalars(select(User.id)).all()
    with database.session() as db:
        assert db.scalars(select(User.id)).all() == []


def test_only_a_connection_that_lay_long_is_asked(database: Database, postgres_url: str) -> None:
    last = "SELECT query FROM pg_stat_activity WHERE pid = :id"
    found = []
    with database.session() as db, operating(postgres_url) as operator:
        id_ = db.scalar(text("SELECT pg_backend_pid()"))
        record: Any = db.connection().connection._connection_record
        db.close()
        for lay in (1, 60):
            record.info[RETURNED_AT] -= lay
            db.connection()
            found.append(operator.scalar(text(last), {"id": id_}))
            db.close()
    assert found == ["SELECT pg_backend_pid()", "SELECT 1"]


def test_a_hosts_own_engine_stays_as_it_is(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with Database(engine).session() as db:
        db.scalars(select(User)).all()
        assert state(db) != IDLE
    engine.dispose()


def test_a_database_without_an_encoding_is_refused_with_the_way_to_make_one(postgres: str) -> None:
    """As ``createdb`` makes it on a machine that has no language set."""
    name = f"acct_{os.urandom(6).hex()}"
    postgres_server.execute(postgres, f"CREATE DATABASE {name} ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0")
    engine = open_engine(f"{postgres}/{name}")
    try:
        with pytest.raises(NoEncoding, match="createdb --encoding UTF8 --template template0"):
            engine.connect()
    finally:
        engine.dispose()
        postgres_server.execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")
