"""Imports customers from another database: the rows of a query are read and checked as those of a file are."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from ..config import Config
from ..db.database import DRIVERS
from ..errors import AcctError
from . import reading
from .reading import PeopleRead, Progress

DRIVER_OF = {"mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
"""The driver of a URL that names none, where SQLAlchemy's default is a package that needs more than pip to install."""


class QueryFailed(AcctError):
    """The other database could not be queried. Nothing was imported, and nothing was changed there."""


def read_query(url: str, sql: str, config: Config, *, source: str, progress: Progress | None = None) -> PeopleRead:
    """Return what a query of another database returns. That database is only read: whatever happens is rolled back.

    Its columns have the names of a file's columns: ``SELECT mail AS email, …``. "Line 3" of a problem is the third row.

    Args:
        url: As SQLAlchemy writes it: ``mysql+pymysql://user:password@host/shop``. The driver must be installed.
        sql: One query.
        source: What problems call it, such as the name of its file.

    Raises:
        QueryFailed: The database cannot be reached or the query cannot be run.
        ImportRefused: Its columns are not those of an import.
    """
    address = _address(url)
    try:
        engine = create_engine(address, hide_parameters=True)
    except NoSuchModuleError:
        raise QueryFailed(f'SQLAlchemy knows no database called "{address.drivername}". {_FIX}') from None
    except ModuleNotFoundError as error:
        raise QueryFailed(f"This needs {error.name}, which is not installed: pip install {error.name}") from None
    try:
        with engine.connect() as connection:
            # A percent sign or a colon in the query stands for itself.
            result = connection.execution_options(no_parameters=True).exec_driver_sql(sql.strip().rstrip(";"))
            if not result.returns_rows:
                raise QueryFailed(f"{source} brings no rows. Write one SELECT.")
            rows = ([_cell(value) for value in row] for row in result)
            try:
                return reading.read_records(list(result.keys()), rows, config, source=source, progress=progress)
            finally:
                connection.rollback()
    except DBAPIError as error:
        raise QueryFailed(f"{source}: {str(error.orig).strip() or type(error.orig).__name__}") from None
    finally:
        engine.dispose()


_FIX = "Write postgresql://user:password@host/database, mysql://… or sqlite:////folder/file.db."


def _address(url: str) -> URL:
    try:
        address = make_url(url.strip())
    except (ArgumentError, ValueError):
        # The URL itself may hold a password.
        raise QueryFailed(f"--from is not the address of a database. {_FIX}") from None
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise QueryFailed(f"There is no file {address.database or ''!r}. Four slashes begin a whole path: sqlite:////…")
    return address.set(drivername={**DRIVERS, **DRIVER_OF}.get(address.drivername, address.drivername))


def _cell(value: Any) -> str:
    """Return a value as a cell of a file would hold it; NULL is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, memoryview | bytearray):
        value = bytes(value)
    if isinstance(value, bytes):
        # Hashes are often stored so.
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return " ".join(map(_cell, value))
    return str(value)
