"""A deploy: the tables are upgraded while an older flask_acct still serves them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    inspect,
    select,
    text,
)

from flask_acct.db import models, rolling, schema
from flask_acct.db.database import Database

FIRST_RELEASE = "0003"
"""The revision of the tables of the first release."""

EARLIER = [one.revision for one in rolling.migrations() if FIRST_RELEASE <= one.revision < schema.HEAD]


# What older code uses is still there.


APPEND_ONLY = "acct_audit"
"""The table whose rows the database refuses to change or delete, to any code."""


class OldCode:
    """Statements as code of a revision writes them: every column it knows by name, and no other."""

    def __init__(self, engine: Engine) -> None:
        self.tables = MetaData()
        self.tables.reflect(engine, only=lambda name, _: name.startswith(schema.PREFIX))
        self.tables.remove(self.tables.tables[schema.VERSION_TABLE])

    def insert(self, connection: Connection, number: int) -> None:
        """A row in every table, which refers to the rows of the same number."""
        for table in self.tables.sorted_tables:
            row = {column.name: value(column, number) for column in table.columns}
            connection.execute(table.insert().values(row))

    def rows(self, connection: Connection) -> dict[str, list[Any]]:
        tables = self.tables.sorted_tables
        return {one.name: [tuple(row) for row in connection.execute(select(one).order_by(*key(one)))] for one in tables}

    def rewrite(self, connection: Connection) -> None:
        """Every column of every row is set to what it is."""
        for table in self._changeable():
            for row in connection.execute(select(table)).mappings().all():
                is_it = [column == row[column.name] for column in key(table)]
                assert connection.execute(table.update().where(*is_it).values(**row)).rowcount == 1

    def delete(self, connection: Connection) -> None:
        for table in reversed(self._changeable()):
            connection.execute(table.delete())

    def _changeable(self) -> list[Table]:
        return [table for table in self.tables.sorted_tables if table.name != APPEND_ONLY]


def key(table: Table) -> list[Column[Any]]:
    return list(table.primary_key.columns)


def value(column: Column[Any], number: int) -> object:
    """A value that the column takes; for what is text, another for each number."""
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Integer):
        return number
    if isinstance(column.type, JSON):
        return {} if column.name in ("about", "named", "slots", "fields") else []
    if isinstance(column.type, DateTime):
        return datetime(2026, 1, number, tzinfo=UTC if getattr(column.type, "timezone", False) else None)
    if isinstance(column.type, Date):
        return date(2026, 1, number)
    assert isinstance(column.type, String), column.type
    return {"state": "pending", "locale": "en"}.get(column.name, f"t{number}")


@pytest.mark.parametrize("revision", sorted({EARLIER[0], EARLIER[-1]}))
def test_code_of_the_first_and_of_the_last_release_goes_on_serving_the_upgraded_tables(
    any_database: Database, revision: str
) -> None:
    engine = any_database.engine
    schema.downgrade(engine, revision)
    old = OldCode(engine)
    with engine.begin() as connection:
        old.insert(connection, 1)
        before = old.rows(connection)
    schema.upgrade(engine)
    with engine.begin() as connection:
        kept = old.rows(connection)
        old.insert(connection, 2)
        old.rewrite(connection)
    seen = rows_of_models(any_database)
    with engine.begin() as connection:
        old.delete(connection)
        left = old.rows(connection)
    assert kept == before
    assert {name: seen[name] for name in before} == dict.fromkeys(before, 2), (
        "what older code writes meanwhile, new code reads"
    )
    assert {name for name, rows in left.items() if rows} <= {APPEND_ONLY}


def rows_of_models(database: Database) -> dict[str, int]:
    """How many rows new code reads of each table that has some."""
    with database.session() as db:
        found = {
            one.local_table.name: len(db.scalars(select(one.class_)).all()) for one in models.BaseTable.registry.mappers
        }
    return {name: rows for name, rows in found.items() if rows}


# Which code may serve.


def newer(engine: Engine, oldest_code: str | None) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999', {schema.OLDEST_CODE} = :oldest"),
            {"oldest": oldest_code},
        )


def test_tables_of_a_newer_version_are_served_if_it_left_all_that_this_one_uses(any_database: Database) -> None:
    newer(any_database.engine, schema.HEAD)
    assert schema.may_serve(any_database.engine)


@pytest.mark.parametrize("oldest_code", ["9998", None])
def test_tables_of_a_newer_version_are_not_served_otherwise(any_database: Database, oldest_code: str | None) -> None:
    newer(any_database.engine, oldest_code)
    assert not schema.may_serve(any_database.engine)


def test_tables_of_an_older_version_are_not_served(any_database: Database) -> None:
    schema.downgrade(any_database.engine, EARLIER[-1])
    assert not schema.may_serve(any_database.engine)


def migration(revision: str, phase: rolling.Phase) -> rolling.Migration:
    return rolling.Migration(revision, "Made up", phase)


def test_code_from_before_a_contract_may_not_serve() -> None:
    one, two, three = migration("0001", "expand"), migration("0002", "contract"), migration("0003", "expand")
    assert rolling.oldest_code((one,)) == "0001"
    assert rolling.oldest_code((one, two, three)) == "0002"


# The rule for migrations: what takes something from older code, or asks something new of it, is marked as contract.


def taken(before: MetaData, after: MetaData) -> Iterator[str]:
    """What code that knows the tables before lacks in those after, or does not know that they ask."""
    for name, table in before.tables.items():
        if name not in after.tables:
            yield f"{name} is gone"
            continue
        later = after.tables[name]
        yield from _columns(table, later)
        for rule in _unique(later) - _unique(table):
            if rule <= {column.name for column in table.columns}:
                yield f"{name} wants {', '.join(sorted(rule))} to be unique"


def _columns(table: Table, later: Table) -> Iterator[str]:
    for column in table.columns:
        found = later.columns.get(column.name)
        if found is None:
            yield f"{table.name}.{column.name} is gone"
        elif column.nullable and not found.nullable:
            yield f"{table.name}.{column.name} may no longer be NULL"
        elif (getattr(found.type, "length", None) or 10**9) < (getattr(column.type, "length", None) or 10**9):
            yield f"{table.name}.{column.name} is shorter"
        elif found.type._type_affinity is not column.type._type_affinity:
            yield f"{table.name}.{column.name} is of another type"
        elif {one.target_fullname for one in found.foreign_keys} - {one.target_fullname for one in column.foreign_keys}:
            yield f"{table.name}.{column.name} must now refer to a row"
    for column in later.columns:
        if column.name not in table.columns and not column.nullable and column.server_default is None:
            yield f"{table.name}.{column.name} is new, may not be NULL and has no default"


def _unique(table: Table) -> set[frozenset[str]]:
    rules = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    rules += [one.columns for one in table.indexes if one.unique]
    return {frozenset(column.name for column in columns) for columns in rules}


def reflected(engine: Engine) -> MetaData:
    found = MetaData()
    found.reflect(engine)
    found.remove(found.tables[schema.VERSION_TABLE])
    return found


def test_a_migration_that_takes_from_older_code_is_marked_as_contract(any_database: Database) -> None:
    engine = any_database.engine
    after = reflected(engine)
    broken: dict[str, list[str]] = {}
    for one in reversed(rolling.migrations()[1:]):
        schema.downgrade(engine, f"{int(one.revision) - 1:04}")
        before = reflected(engine)
        if one.phase == "expand" and (found := list(taken(before, after))):
            broken[one.revision] = found
        after = before
    assert broken == {}, 'write phase = "contract" in it, and keep it for a later release than what made it possible'


def bread(*columns: Column[Any], name: str = "bread") -> MetaData:
    tables = MetaData()
    Table("other", tables, Column("id", Integer, primary_key=True))
    Table(name, tables, Column("id", Integer, primary_key=True), *columns)
    return tables


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (bread(), bread(name="cake"), "bread is gone"),
        (bread(Column("name", String)), bread(Column("title", String)), "bread.name is gone"),
        (
            bread(Column("name", String)),
            bread(Column("name", String, nullable=False)),
            "bread.name may no longer be NULL",
        ),
        (bread(Column("name", String(9))), bread(Column("name", String(8))), "bread.name is shorter"),
        (bread(Column("name", String)), bread(Column("name", Integer)), "bread.name is of another type"),
        (bread(Column("name", String)), bread(Column("name", String, unique=True)), "bread wants name to be unique"),
        (
            bread(Column("to", Integer)),
            bread(Column("to", Integer, ForeignKey("other.id"))),
            "bread.to must now refer to a row",
        ),
        (
            bread(),
            bread(Column("name", String, nullable=False)),
            "bread.name is new, may not be NULL and has no default",
        ),
    ],
    ids=lambda one: one.replace(" ", "_") if isinstance(one, str) else "",
)  # fmt: skip
def test_the_rule_notices(before: MetaData, after: MetaData, told: str) -> None:
    found = []
    for tables in (before, after):
        engine = create_engine("sqlite://")
        tables.create_all(engine)
        read = MetaData()
        read.reflect(engine)
        found.append(read)
        engine.dispose()
    assert list(taken(*found)) == [told]


def test_the_rule_lets_new_tables_and_columns_with_a_default_pass() -> None:
    more = bread(Column("kind", String, nullable=False, server_default="white"), Column("note", String))
    Table("butter", more, Column("id", Integer, primary_key=True))
    assert list(taken(bread(), more)) == []


def test_every_migration_has_a_phase_and_a_title() -> None:
    assert {one.phase for one in rolling.migrations()} <= {"expand", "contract"}
    assert all(one.title.strip() for one in rolling.migrations())
    assert [one.revision for one in rolling.pending(FIRST_RELEASE)] == [*EARLIER[1:], schema.HEAD]


def test_the_tables_say_which_code_may_serve_them(any_database: Database) -> None:
    with any_database.engine.connect() as connection:
        told = connection.scalar(text(f"SELECT {schema.OLDEST_CODE} FROM {schema.VERSION_TABLE}"))
    assert told == rolling.oldest_code(rolling.migrations())
    assert inspect(any_database.engine).has_table("acct_user")
