"""Databases with any number of customers: ours is created by the migrations, the bare app's by its metadata."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from flask_acct.db import schema
from flask_acct.db.database import open_engine
from flask_acct.db.models import Account, Membership, User
from flask_acct.security import passwords
from flask_acct.testing import PASSWORD

from . import bare

AT_ONCE = 10_000


def address(number: int) -> str:
    """Return the email address of a customer; that of a higher number than the last one's is unknown to the apps."""
    return f"customer{number}@example.com"


def username(number: int) -> str:
    return f"m{number:06}"


def fill_ours(file: Path, customers: int, *, hash_: str | None = None, by_email: bool = True) -> str:
    """The file is a database of ours with this number of customers, each with an account. Returns its URL."""
    return fill(f"sqlite:///{file}", customers, hash_=hash_, by_email=by_email)


def fill(url: str, customers: int, *, hash_: str | None = None, by_email: bool = True) -> str:
    """Like ``fill_ours``, for the database at any URL."""
    engine = open_engine(url)
    schema.upgrade(engine)
    now = datetime.now(UTC)
    hash_ = hash_ or passwords.hashed(PASSWORD)
    _write(engine, User, customers, lambda n: _user(n, hash_, now, by_email=by_email))
    _write(engine, Account, customers, lambda n: {"id": n, "number": str(n), "name": f"Account {n}", "created_at": now})
    _write(engine, Membership, customers, lambda n: _ownership(n, now))
    engine.dispose()
    return url


def fill_bare(file: Path, customers: int, *, hash_: str | None = None) -> str:
    """The file is a database of the bare app with the same customers. Returns its URL."""
    url = f"sqlite:///{file}"
    engine = bare.open_engine(url)
    bare.Table.metadata.create_all(engine)
    hash_ = hash_ or passwords.hashed(PASSWORD)
    _write(
        engine,
        bare.User,
        customers,
        lambda n: {
            "id": n,
            "email": address(n),
            "first_name": "Alice",
            "account_name": f"Account {n}",
            "customer_number": str(n),
            "password_hash": hash_,
        },
    )
    engine.dispose()
    return url


def _user(number: int, hash_: str, now: datetime, *, by_email: bool) -> dict[str, Any]:
    return {
        "id": number,
        "username": username(number),
        "username_key": username(number),
        "email": address(number),
        "email_key": address(number),
        "sign_in_email": address(number) if by_email else None,
        "email_verified_at": now,
        "first_name": "Alice",
        "last_name": "Ortega",
        "password_hash": hash_,
        "password_changed_at": now,
        "created_at": now,
    }


def _ownership(number: int, now: datetime) -> dict[str, Any]:
    return {"user_id": number, "account_id": number, "is_owner": True, "permissions": [], "created_at": now}


def _write(engine: Engine, table: Any, rows: int, row: Any) -> None:
    with engine.begin() as connection:
        for numbers in _batches(rows):
            connection.execute(insert(table), [row(number) for number in numbers])


def _batches(rows: int) -> Iterator[range]:
    for start in range(1, rows + 1, AT_ONCE):
        yield range(start, min(start + AT_ONCE, rows + 1))
