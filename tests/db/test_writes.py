"""Writes that run together do the same on both databases: as one statement on PostgreSQL, one by one on SQLite."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, event, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from flask_acct.db.database import Database, begin_writing
from flask_acct.db.models import LimitCount
from flask_acct.db.writes import Write, together

THEN = datetime(2026, 3, 4, tzinfo=UTC)
KEYS = select(LimitCount.key, LimitCount.count).where(LimitCount.key != bindparam("not_this")).order_by(LimitCount.key)
ADD = insert(LimitCount).from_select(
    ["key", "count", "since"], select(bindparam("new", type_=LimitCount.key.type), literal(7), literal(THEN))
)
RAISE = update(LimitCount).where(LimitCount.key == bindparam("raised")).values(count=LimitCount.count + bindparam("by"))
REMOVE = delete(LimitCount).where(LimitCount.key == bindparam("gone"))


@pytest.fixture
def filled(any_database: Database) -> Database:
    with any_database.transaction() as db:
        db.execute(insert(LimitCount), [{"key": key, "count": 1, "since": THEN} for key in ("bread", "butter", "salt")])
    return any_database


WRITES = [
    Write(ADD, {"new": "oil"}),
    Write(RAISE, {"raised": "bread", "by": 4}),
    Write(REMOVE, {"gone": "butter"}),
]


def test_all_is_written_and_the_query_sees_what_was_before(filled: Database) -> None:
    with filled.session() as db:
        begin_writing(db)
        seen = [tuple(row) for row in together(db, WRITES, KEYS, {"not_this": "salt"})]
        db.commit()
        left = {row.key: row.count for row in db.scalars(select(LimitCount))}
    assert seen == [("bread", 1), ("butter", 1)]
    assert left == {"bread": 5, "oil": 7, "salt": 1}


def test_nothing_is_written_if_one_of_them_fails(filled: Database) -> None:
    with filled.session() as db:
        begin_writing(db)
        with pytest.raises(IntegrityError):
            together(db, [WRITES[1], WRITES[2], Write(ADD, {"new": "salt"})], KEYS, {"not_this": ""})
        db.rollback()
        left = {row.key: row.count for row in db.scalars(select(LimitCount))}
    assert left == {"bread": 1, "butter": 1, "salt": 1}


def test_postgresql_gets_one_statement(filled: Database) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    with filled.session() as db:
        begin_writing(db)
        event.listen(filled.engine, "before_cursor_execute", note)
        together(db, WRITES, KEYS, {"not_this": "salt"})
        event.remove(filled.engine, "before_cursor_execute", note)
    assert len(statements) == (1 if filled.engine.dialect.name == "postgresql" else 4)
