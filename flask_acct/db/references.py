"""Rows of the app's own tables that refer to rows of ours, and so keep them from being deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnClause, Connection, column, func, inspect, select, table
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .batches import batches
from .database import OURS

LET_GO = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})
"""What a foreign key may say of rows that are deleted, so that it keeps none."""

Rows = Mapping[str, Collection[int]]
"""Ids by table: ``{"acct_user": [7]}``."""


class Reference(NamedTuple):
    """A column of a table that refers to the id of another table's rows."""

    schema: str | None
    """``None`` for the usual one."""
    table: str
    column: str
    to: str
    on_delete: str

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table


def keepers(db: Session, rows: Rows) -> Sequence[str]:
    """Return the tables that are not ours and have rows that keep one of these from being deleted, by name."""
    connection = db.connection()
    known = _on_sqlite(connection) if connection.dialect.name == "sqlite" else _elsewhere(connection)
    keep = (one for one in known if one.to in rows and not one.table.startswith(OURS) and one.on_delete not in LET_GO)
    return sorted({one.name for one in keep if _keeps(connection, one, list(rows[one.to]))})


def keeper(error: IntegrityError) -> str:
    """Return the table that an error names; empty where the database names none, as SQLite does."""
    return str(getattr(getattr(error.orig, "diag", None), "table_name", None) or "")


def check_now(db: Session) -> None:
    """Foreign keys that the database checks at the end of a transaction are checked now. Raises IntegrityError."""
    connection = db.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")


def _on_sqlite(connection: Connection) -> Iterator[Reference]:
    # Not by the inspector, which does not say what happens on DELETE where the key stands at its column.
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    for name in names:
        keys = connection.exec_driver_sql("SELECT * FROM pragma_foreign_key_list(?)", (name,)).mappings()
        for key in keys.all():
            if (key["to"] or "id") == "id":
                yield Reference(None, name, key["from"], key["table"], key["on_delete"])


def _elsewhere(connection: Connection) -> Iterator[Reference]:
    inspector = inspect(connection)
    usual = inspector.default_schema_name
    others = (name for name in inspector.get_schema_names() if not name.startswith(("pg_", "information_schema")))
    for schema in (None, *(name for name in others if name != usual)):
        for (_, name), keys in inspector.get_multi_foreign_keys(schema=schema).items():
            for key in keys:
                if key["referred_columns"] == ["id"]:
                    on_delete = str(key.get("options", {}).get("ondelete") or "")
                    yield Reference(schema, name, key["constrained_columns"][0], key["referred_table"], on_delete)


def _keeps(connection: Connection, one: Reference, ids: Sequence[int]) -> bool:
    refers: ColumnClause[Any] = column(one.column)
    found = select(func.count()).select_from(table(one.table, refers, schema=one.schema))
    return any(connection.scalar(found.where(refers.in_(some))) for some in batches(ids))
