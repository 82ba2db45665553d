"""Databases with any number of customers: ours made by the migrations, the bare app's by its metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Engine, insert

from flask_acct.db import schema
from flask_acct.db.database import open_engine
from flask_acct.db.models import Account, Membership, User, UserSession
from flask_acct.security import passwords
from flask_acct.testing import PASSWORD

from . import bare

AT_ONCE = 10_000
TINY = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hasher that takes no time, so that what is measured is everything else."""


def address(number: int) -> str:
    """The address of one customer; who is beyond the last is unknown."""
    return f"customer{number}@example.com"


def username(number: int) -> str:
    return f"m{number:06}"


def fill_ours(file: Path, customers: int, *, by_email: bool = True) -> str:
    """A SQLite database of ours with so many customers, each the owner of an account. Returns its URL."""
    return fill(f"sqlite:///{file}", customers, by_email=by_email)


def fill(url: str, customers: int, *, costly: int | None = None, by_email: bool = True) -> str:
    """The same at any address.

    Args:
        costly: How many customers have a password hash as in use; those after them have one for a tiny hasher. All,
            if it is left out.
    """
    engine = open_engine(url)
    schema.upgrade(engine)
    now, hash_of = datetime.now(UTC), _hashes(costly)
    _write(engine, User, customers, lambda n: _user(n, hash_of(n), now, by_email=by_email))
    _write(engine, Account, customers, lambda n: {"id": n, "number": str(n), "name": f"Account {n}", "created_at": now})
    _write(engine, Membership, customers, lambda n: _ownership(n, now))
    engine.dispose()
    return url


def fill_bare(url: str, customers: int, *, costly: int | None = None) -> str:
    """The same customers in the bare app's database. Returns its URL."""
    engine, hash_of = bare.open_engine(url), _hashes(costly)
    bare.Table.metadata.create_all(engine)
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
            "password_hash": hash_of(n),
        },
    )
    engine.dispose()
    return url


def add_sessions(url: str, number: int) -> None:
    """So many sessions more are in our database, of the first customer but one."""
    engine, now = open_engine(url), datetime.now(UTC)
    times = {"created_at": now, "last_used_at": now, "authenticated_at": now}
    _write(engine, UserSession, number, lambda n: {"digest": f"{n:064}", "user_id": 2, "account_id": 2, **times})
    engine.dispose()


def _hashes(costly: int | None) -> Callable[[int], str]:
    usual, tiny = passwords.hashed(PASSWORD), TINY.hash(PASSWORD)
    return lambda number: usual if costly is None or number <= costly else tiny


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
        "locale": "es",
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
