"""A backup that is made while somebody writes is of one moment, and comes back row by row."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, insert, select, text

from flask_acct.backup import postgresql_copies
from flask_acct.backup.making import back_up
from flask_acct.backup.problems import NotRestored
from flask_acct.backup.restoring import restore
from flask_acct.db import schema
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import Account, LimitCount, Membership, User

from ..postgres_server import execute
from ..scopes import NOON

ROWS = 30_000
"""What lies there before, so that a copy takes its time."""

LATER = datetime(2026, 5, 1, tzinfo=UTC)


def turn(database: Database, number: int) -> None:
    """The writer's transaction of this number: a customer comes, another one changes, a third one leaves.

    Which number it was stands in the database, too: a copy says by itself of which moment it is.
    """
    with database.transaction() as db:
        user = User(id=number, username=f"u{number}", username_key=f"u{number}", email="a@example.com", created_at=NOON)
        user.email_key = user.email
        account = Account(id=number, number=str(number), name=f"Bakery {number}", created_at=NOON)
        db.add(Membership(id=number, user=user, account=account, is_owner=True, created_at=NOON))
        if before := db.get(User, number - 1):
            before.first_name = f"Renamed in {number}"
        if long_ago := db.get(User, number - 5):
            db.delete(long_ago)
        db.add(LimitCount(key=f"turn {number}", count=number, since=NOON))


def after(turns: int) -> dict[str, set[tuple[Any, ...]]]:
    """What there is after so many turns."""
    users = range(max(1, turns - 4), turns + 1)
    return {
        "users": {(one, f"u{one}", f"Renamed in {one + 1}" if one < turns else "") for one in users},
        "accounts": {(one, f"Bakery {one}") for one in range(1, turns + 1)},
        "memberships": {(one, one) for one in users},
        "turns": {(f"turn {one}", one) for one in range(1, turns + 1)},
        "others": {(f"row {one}", one) for one in range(ROWS)},
    }


def found_in(engine: Engine) -> dict[str, set[tuple[Any, ...]]]:
    queries = {
        "users": select(User.id, User.username, User.first_name),
        "accounts": select(Account.id, Account.name),
        "memberships": select(Membership.user_id, Membership.account_id),
        "turns": select(LimitCount.key, LimitCount.count).where(LimitCount.key.startswith("turn ")),
        "others": select(LimitCount.key, LimitCount.count).where(LimitCount.key.startswith("row ")),
    }
    with engine.connect() as connection:
        return {name: {tuple(row) for row in connection.execute(query)} for name, query in queries.items()}


@contextmanager
def written_to(database: Database) -> Iterator[list[int]]:
    """Somebody writes, one transaction after the other. Yields the numbers of those that are committed."""
    done: list[int] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            turn(database, len(done) + 1)
            done.append(len(done) + 1)

    writer = threading.Thread(target=write)
    writer.start()
    while len(done) < 10 and writer.is_alive():
        stop.wait(0.01)
    try:
        yield done
    finally:
        stop.set()
        writer.join(30)


@contextmanager
def empty_place(database: Database, folder: Path) -> Iterator[str]:
    """The URL of an empty database of the same kind."""
    url = database.engine.url
    if url.get_backend_name() == "sqlite":
        yield f"sqlite:///{folder / 'restored.db'}"
        return
    server = url.render_as_string(hide_password=False).removesuffix(f"/{url.database}")
    name = f"{url.database}_restored"
    execute(server, f"CREATE DATABASE {name}")
    yield f"{server}/{name}"
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def dangling(engine: Engine) -> list[Any]:
    """Rows that refer to a row that is not there."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return list(connection.execute(text("PRAGMA foreign_key_check")))
        return list(connection.execute(text("SELECT conname FROM pg_constraint WHERE NOT convalidated")))


def test_a_backup_under_load_comes_back_as_of_one_moment(any_database: Database, tmp_path: Path) -> None:
    with any_database.transaction() as db:
        db.execute(insert(LimitCount), [{"key": f"row {one}", "count": one, "since": NOON} for one in range(ROWS)])
    with written_to(any_database) as done:
        before = len(done)
        made = back_up(any_database.engine.url, {}, tmp_path / "made.tar.gz", now=NOON)
        meanwhile = len(done) - before
    with empty_place(any_database, tmp_path) as url:
        restored = restore(made.file, url, now=LATER)
        engine = open_engine(url)
        found = found_in(engine)
        loose, revision = dangling(engine), schema.current(engine)
        engine.dispose()
    turns = len(found["turns"])
    assert meanwhile > 0
    assert before <= turns <= before + meanwhile
    assert found == after(turns)
    assert loose == []
    assert revision == schema.HEAD
    assert restored.manifest.rows == made.manifest.rows


# PostgreSQL alone.


@pytest.mark.postgres
def test_a_hosts_own_tables_are_part_of_it(postgres_url: str, tmp_path: Path) -> None:
    engine = open_engine(postgres_url)
    database = Database(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA shop"))
        connection.execute(
            text('CREATE TABLE shop."Order \\:1" (id int, who int REFERENCES acct_user (id), price numeric, raw bytea)')
        )
    turn(database, 1)
    with engine.begin() as connection:
        connection.execute(text(r"""INSERT INTO shop."Order \:1" VALUES (1, 1, 2.50, '\xc3')"""))
    made = back_up(engine.url, {}, tmp_path / "made.tar.gz", now=NOON)
    with empty_place(database, tmp_path) as url:
        restored = restore(made.file, url, now=LATER)
        again = open_engine(url)
        with again.connect() as connection:
            rows = list(connection.execute(text(r'SELECT * FROM shop."Order \:1"')))
        again.dispose()
    engine.dispose()
    assert restored.manifest.tables['shop."Order :1"'].rows == 1
    assert [(row[0], str(row[2]), bytes(row[3])) for row in rows] == [(1, "2.50", b"\xc3")]


@pytest.mark.postgres
def test_a_database_with_tables_is_not_restored_into(postgres_url: str, tmp_path: Path) -> None:
    engine = open_engine(postgres_url)
    made = back_up(engine.url, {}, tmp_path / "made.tar.gz", now=NOON)
    with pytest.raises(NotRestored, match=r"is not empty: it has public\.acct_account"):
        restore(made.file, postgres_url, now=LATER)
    engine.dispose()


@pytest.mark.postgres
def test_rows_that_are_not_those_of_the_backup_are_noticed(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    turn(Database(engine), 1)
    with engine.begin() as connection:
        told = postgresql_copies.contents(connection)
        connection.execute(text("UPDATE acct_user SET first_name = 'Ana'"))
        found = postgresql_copies.contents(connection)
    engine.dispose()
    assert postgresql_copies.differences(told, found) == "public.acct_user (its content differs)"
