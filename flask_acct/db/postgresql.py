"""Our own engine for PostgreSQL: reading costs the server one statement, and no request meets a dead connection.

psycopg begins a transaction before the first SELECT, which then has to be rolled back: three statements for one. Here
reading is done outside a transaction, and one begins by itself before anything that writes or locks, as SQLite's driver
does. Every statement sees what is committed when it begins, which is PostgreSQL's usual isolation in either case.
"""

from __future__ import annotations

import re
import select
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import DisconnectionError

from ..errors import SetupError

PING_AFTER_SECONDS = 30.0
"""How long a connection may lie in the pool before the server is asked whether it still knows it: what stands between
may have dropped it without a word, as firewalls do."""

RETURNED_AT = "acct_returned_at"

IDLE = 0
"""libpq's ``PQTRANS_IDLE``: no transaction has begun."""


class NoEncoding(SetupError):
    """The database has none, as ``createdb`` makes it where the machine has no language set."""

    def __init__(self, database: str) -> None:
        super().__init__(
            f"The database {database} has no encoding (SQL_ASCII), so that names with accents would be lost. "
            f"If it is still empty: dropdb {database}; createdb --encoding UTF8 --template template0 {database}"
        )


def prepare(engine: Engine) -> None:
    """The engine's connections read without a transaction, and are looked at before they are used again."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "connect", _read_without_transaction)
    event.listen(engine, "before_cursor_execute", _begin_before_writing)
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", _LookAtReturned(engine.dialect.loaded_dbapi.Error).on_checkout)


def _connect(dialect: Dialect, _record: Any, words: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Return a new connection. Raises ``NoEncoding`` before SQLAlchemy looks at it, which such a database breaks."""
    connection: Any = dialect.connect(*words, **named)
    if connection.info.parameter_status("server_encoding") != "SQL_ASCII":
        return connection
    connection.close()
    raise NoEncoding(str(named.get("dbname", "")))


def _read_without_transaction(connection: Any, _record: Any) -> None:
    connection.autocommit = True


ALONE: Mapping[str, bool] = {"acct_alone": True}
"""The option of a statement that is a transaction of its own: it is committed by itself, unless one has begun."""


def _begin_before_writing(
    _connection: Connection, cursor: Any, statement: str, _parameters: object, context: Any, _is_many: bool
) -> None:
    is_idle = cursor.connection.info.transaction_status == IDLE
    is_alone = context is not None and context.execution_options.get("acct_alone", False)
    if is_idle and not is_alone and not _only_reads(statement):
        cursor.connection.execute("BEGIN")


LOCKS = re.compile(r"\bFOR\s+(UPDATE|NO\s+KEY|SHARE|KEY\s+SHARE)\b|\bpg_(try_)?advisory|\bINTO\b", re.IGNORECASE)
"""What makes a query more than that: row locks, advisory locks, a new table. Found in a string, it costs a transaction
that was not needed."""


@lru_cache(maxsize=1000)
def _only_reads(statement: str) -> bool:
    """Whether it changes and locks nothing."""
    return statement.startswith("SELECT") and not LOCKS.search(statement)


def _note_return(_connection: Any, record: Any) -> None:
    record.info[RETURNED_AT] = time.monotonic()


@dataclass(frozen=True, slots=True)
class _LookAtReturned:
    """Looks at connections that the pool hands out again.

    Args:
        error: What the driver raises.
    """

    error: type[Exception]

    def on_checkout(self, connection: Any, record: Any, _proxy: Any) -> None:
        """Raise ``DisconnectionError``, for which the pool opens another, if the server has closed the connection.

        A server that ends says so on the socket: looking there costs no statement, and only news are asked about.
        """
        returned = record.info.pop(RETURNED_AT, None)
        try:
            if _has_news(connection.fileno()) or _is_old(returned):
                connection.execute("SELECT 1")
        except (self.error, OSError, ValueError):
            raise DisconnectionError from None


def _is_old(returned: float | None) -> bool:
    return returned is not None and time.monotonic() - returned > PING_AFTER_SECONDS


def _has_news(socket: int) -> bool:
    """Whether the server sent something that nobody asked for: a notice, or that it is gone."""
    watch = select.poll()
    watch.register(socket, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(watch.poll(0))
