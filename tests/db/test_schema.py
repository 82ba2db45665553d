from __future__ import annotations

import re
import sqlite3
import threading
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Column,
    DefaultClause,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    inspect,
    text,
)

from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import User, metadata

from ..personas import settle


def differences(engine: Engine, tables: MetaData, **options: object) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, **options})
        return list(compare_metadata(context, tables))


def not_version_table(name: str | None, type_: str, _parents: object) -> bool:
    return name != schema.VERSION_TABLE


def has_another_default(*about: object) -> bool:
    """Whether a column's default in the database is not that of the models. Alembic cannot compare those of JSON."""
    _, _, _, found, _, wanted = about
    plain = [re.sub(r"::[\w ]+$", "", str(one or "")).strip("'()") for one in (found, wanted)]
    return plain[0] != plain[1]


def test_the_migrations_make_the_tables_of_the_models(any_database: Database) -> None:
    options = {"include_name": not_version_table, "compare_server_default": has_another_default}
    assert differences(any_database.engine, metadata, **options) == []


def test_the_comparison_with_the_models_notices_another_default(any_database: Database) -> None:
    copy = MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(copy)
    copy.tables["acct_user"].c["first_name"].server_default = DefaultClause("Ana")
    options = {"include_name": not_version_table, "compare_server_default": has_another_default}
    assert [change[0][0] for change in differences(any_database.engine, copy, **options)] == ["modify_default"]


def test_the_comparison_with_the_models_notices_a_missing_index(any_database: Database) -> None:
    with any_database.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_acct_user_email_key"))
    assert differences(any_database.engine, metadata, include_name=not_version_table) != []


def test_the_head_is_the_newest_revision() -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", "flask_acct.db:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_a_new_database_is_not_current_until_upgraded(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
    assert schema.current(engine) is None
    assert not schema.is_current(engine)
    schema.upgrade(engine)
    assert schema.current(engine) == schema.HEAD
    assert schema.is_current(engine)
    engine.dispose()


def test_upgrading_twice_keeps_the_rows(any_database: Database) -> None:
    insert = text("INSERT INTO acct_tally (key, count, since) VALUES ('k', 3, '2026-01-01 00:00:00+00:00')")
    with any_database.engine.begin() as connection:
        connection.execute(insert)
    schema.upgrade(any_database.engine)
    with any_database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count FROM acct_tally")) == 3


@pytest.mark.parametrize("table", ["acct_alembic_version", "acct_user", "acct_outbox"])
def test_an_upgrade_that_crashes_in_the_middle_leaves_nothing_and_can_be_run_again(tmp_path: Path, table: str) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new.db'}")

    def crash(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if f"CREATE TABLE {table} " in statement:
            raise RuntimeError("power cut")

    event.listen(engine, "after_cursor_execute", crash)
    with pytest.raises(RuntimeError, match="power cut"):
        schema.upgrade(engine)
    left = inspect(engine).get_table_names()
    event.remove(engine, "after_cursor_execute", crash)
    schema.upgrade(engine)
    current = schema.is_current(engine)
    engine.dispose()
    assert left == []
    assert current


def test_two_upgrades_at_once_wait_for_each_other(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def upgrade() -> None:
        engine = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
        try:
            schema.upgrade(engine)
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []


def test_a_database_of_a_newer_version_is_refused_with_the_mend(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE acct_alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.SchemaTooNew, match="pip install --upgrade flask_acct"):
        schema.upgrade(database.engine)


@pytest.mark.parametrize("option", ["include_name", "include_object"])
def test_a_hosts_autogenerate_leaves_our_tables_alone(database: Database, option: str) -> None:
    host = MetaData()
    Table("invoice", host, Column("id", Integer, primary_key=True), Column("user_id", ForeignKey(User.id)))
    found = differences(database.engine, host, **{option: getattr(schema, option)})
    assert [(what, table.name) for what, table in found] == [("add_table", "invoice")]


def test_without_the_filter_a_hosts_autogenerate_would_drop_our_tables(database: Database) -> None:
    assert "remove_table" in [change[0] for change in differences(database.engine, MetaData())]


def test_an_engine_of_the_hosts_is_upgraded_as_well(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'host.db'}")
    schema.upgrade(engine)
    current = schema.is_current(engine)
    engine.dispose()
    assert current


def test_the_owners_index_is_partial_on_sqlite(database_url: str) -> None:
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        query = "SELECT sql FROM sqlite_master WHERE name = 'uq_acct_membership_one_owner'"
        sql = connection.execute(query).fetchone()[0]
    connection.close()
    assert "WHERE is_owner = 1" in sql


def test_accounts_of_an_older_version_are_listed_by_name_after_the_upgrade(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", "flask_acct.db:migrations")
    with engine.begin() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "0002")
        connection.execute(
            text(
                "INSERT INTO acct_account (number, name, plan, state, created_at) "
                "VALUES ('9000', 'Óptica Ñandú', 'purchased', 'active', '2026-01-01 00:00:00')"
            )
        )
    schema.upgrade(engine)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT sort_key FROM acct_account"))
    engine.dispose()
    assert found == "optica nandu"


# Going back.


REVISIONS = [f"{number:04}" for number in range(1, int(schema.HEAD))]


def to_revision(engine: Engine, revision: str) -> None:
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", "flask_acct.db:migrations")
    with engine.begin() as connection:
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, revision)


def described(engine: Engine) -> dict[str, object]:
    """Every table with its columns, keys and indexes, whatever their order."""
    asked = inspect(engine)

    def of(table: str) -> object:
        columns = [(one["name"], str(one["type"]), one["nullable"], one["default"]) for one in asked.get_columns(table)]
        keys = [sorted(map(str, one.items())) for one in asked.get_foreign_keys(table)]
        indexes = [(one["name"], one["column_names"], one["unique"]) for one in asked.get_indexes(table)]
        unique = [(one["name"], one["column_names"]) for one in asked.get_unique_constraints(table)]
        return [sorted(map(str, found)) for found in (columns, keys, indexes, unique)]

    return {table: of(table) for table in asked.get_table_names() if table != schema.VERSION_TABLE}


@pytest.mark.parametrize("revision", ["base", *REVISIONS])
def test_a_database_goes_back_to_each_revision_as_it_was_and_forth_again(any_database: Database, revision: str) -> None:
    engine = any_database.engine
    schema.downgrade(engine, "base")
    if revision != "base":
        to_revision(engine, revision)
    before = described(engine)
    schema.upgrade(engine)
    schema.downgrade(engine, revision)
    assert described(engine) == before
    schema.upgrade(engine)
    assert differences(engine, metadata, include_name=not_version_table) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_going_back_deletes_nobody(tmp_path: Path, config: Config, now: datetime, revision: str) -> None:
    """SQLite deletes what refers to a table's rows when the table is made anew."""
    engine = open_engine(f"sqlite:///{tmp_path / 'acct.db'}")
    schema.upgrade(engine)
    with Database(engine).transaction() as db:
        settle(db=db, config=config, now=now)
    counted = "SELECT (SELECT count(*) FROM acct_user), (SELECT count(*) FROM acct_membership)"
    with engine.connect() as connection:
        before = connection.execute(text(counted)).one()
    schema.downgrade(engine, revision)
    schema.upgrade(engine)
    with engine.connect() as connection:
        after = connection.execute(text(counted)).one()
    engine.dispose()
    assert after == before
    assert before[0] > 2


@pytest.mark.parametrize("revision", ["4", "0009", "head", "", schema.HEAD, "-1"])
def test_there_is_no_way_back_to_what_never_was(database: Database, revision: str) -> None:
    with pytest.raises(schema.NoSuchRevision):
        schema.downgrade(database.engine, revision)
    assert schema.is_current(database.engine)


FULL = {
    "acct_user": {
        "username": "u", "username_key": "u", "email": "u@example.com", "email_key": "u@example.com", "first_name": "",
        "last_name": "",
    },
    "acct_token": {"id": "t1", "digest": "d1", "purpose": "invitation", "user_id": 1, "address": "x@example.com",
                   "about": "{}", "expires_at": "2026-02-01 00:00:00+00:00"},
    "acct_account": {"number": "9000", "name": "A", "plan": "purchased", "state": "active"},
    "acct_invitation": {
        "account_id": 1, "email": "x@example.com", "email_key": "x@example.com", "permissions": "[]",
        "state": "pending", "token_id": "t1", "sent_at": "2026-01-01 00:00:00+00:00",
        "expires_at": "2026-02-01 00:00:00+00:00",
    },
    "acct_outbox": {
        "message_id": "m1", "mail": "users.invitation", "recipient": "x@example.com", "recipient_name": "",
        "locale": "en", "slots": "{}", "token_id": "t1", "state": "queued", "attempts": 0,
        "next_attempt_at": "2026-01-01 00:00:00+00:00",
    },
}  # fmt: skip
"""A row of every table that a link is in, as revision 0006 has them."""


@pytest.fixture
def before_sign_up(any_database: Database) -> Engine:
    """A database in which an invitation and its mail wait, from before links could be nobody's."""
    schema.downgrade(any_database.engine, BEFORE_SIGN_UP)
    with any_database.engine.begin() as connection:
        for table, values in FULL.items():
            row = {**values, "created_at": "2026-01-01 00:00:00+00:00"}
            names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)
    return any_database.engine


BEFORE_SIGN_UP = "0006"


def links(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return [
            connection.scalar(text(f"SELECT token_id FROM {table}")) for table in ("acct_invitation", "acct_outbox")
        ]


def test_links_on_their_way_outlast_the_upgrade_that_lets_some_be_nobodys(before_sign_up: Engine) -> None:
    schema.upgrade(before_sign_up)
    assert links(before_sign_up) == ["t1", "t1"]
    assert differences(before_sign_up, metadata, include_name=not_version_table) == []


def test_links_that_are_nobodys_go_with_the_downgrade_and_the_others_stay(before_sign_up: Engine) -> None:
    schema.upgrade(before_sign_up)
    nobodys = {**FULL["acct_token"], "id": "t2", "digest": "d2", "user_id": None, "purpose": "sign_up"}
    with before_sign_up.begin() as connection:
        names = ", ".join((*nobodys, "created_at"))
        marks = ", ".join(f":{name}" for name in nobodys)
        connection.execute(text(f"INSERT INTO acct_token ({names}) VALUES ({marks}, '2026-01-01 00:00')"), nobodys)
    schema.downgrade(before_sign_up, BEFORE_SIGN_UP)
    with before_sign_up.connect() as connection:
        assert connection.scalars(text("SELECT id FROM acct_token")).all() == ["t1"]
    assert links(before_sign_up) == ["t1", "t1"]
