"""Several writes as one statement, where the database can: each statement is a way to the server and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Delete, Insert, Row, Select, Update
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that is built once, and the values of its parameters.

    A name of a parameter means the same in all writes that run together.
    """

    statement: Insert | Update | Delete
    values: Mapping[str, Any] = field(default_factory=dict)


def run(db: Session, writes: Iterable[Write]) -> None:
    """All writes are done, one after the other."""
    connection = db.connection()
    for write in writes:
        connection.execute(write.statement, write.values)


def run_at_once(db: Session, writes: Sequence[Write]) -> None:
    """All writes are done; none may depend on what another changes: PostgreSQL runs them as one statement."""
    connection = db.connection()
    if connection.dialect.name != "postgresql":
        run(db, writes)
        return
    everything: dict[str, Any] = {}
    for write in writes:
        everything |= write.values
    connection.execute(_chained(tuple(write.statement for write in writes)), everything)


def together(
    db: Session, writes: Sequence[Write], then: Select[*tuple[Any, ...]], values: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    """All writes are done. Returns the rows of a query that sees none of them.

    No write may depend on what another changes: PostgreSQL runs them as one statement, SQLite in their order, the query
    first.

    Args:
        values: Those of the query's parameters.
    """
    connection = db.connection()
    if connection.dialect.name == "postgresql":
        everything = dict(values)
        for write in writes:
            everything |= write.values
        return connection.execute(_one(tuple(write.statement for write in writes), then), everything).all()
    rows = connection.execute(then, dict(values)).all()
    run(db, writes)
    return rows


@lru_cache(maxsize=64)
def _one(writes: tuple[Insert | Update | Delete, ...], then: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return ``WITH write_0 AS (UPDATE …), write_1 AS (INSERT …) SELECT …``."""
    return then.add_cte(*(write.cte(f"write_{number}") for number, write in enumerate(writes)))


@lru_cache(maxsize=64)
def _chained(writes: tuple[Insert | Update | Delete, ...]) -> Insert | Update | Delete:
    """Return ``WITH write_0 AS (UPDATE …) INSERT …``."""
    *others, last = writes
    return last.add_cte(*(write.cte(f"write_{number}") for number, write in enumerate(others)))
