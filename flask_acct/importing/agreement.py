"""Rows that contradict each other, or what is stored already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..config import Config
from ..identifiers import is_of_one_script, readable
from ..models import Account, Domain, Membership, User
from .reading import Read
from .rows import Row, RowProblem

AT_ONCE = 500
"""Values in one SELECT: every database takes as many parameters."""


@dataclass(slots=True)
class Stored:
    """What the database holds about the rows, by key."""

    users: dict[str, User]
    emails: dict[str, User]
    accounts: dict[str, Account]
    domains: dict[str, Domain]
    members: set[tuple[int, int]]
    """User and account ids."""
    owned: set[int]
    """Ids of accounts that have an owner."""


def stored(found: Read, *, db: Session) -> Stored:
    """What the database holds about what was read, in a few SELECTs for every 500 rows."""
    rows = found.rows
    users = list(rows_where(User.username_key, {row.username_key for row in rows}, db=db))
    emails = list(rows_where(User.email_key, {row.email_key for row in rows}, db=db))
    accounts = list(rows_where(Account.number, {row.customer_number for row in rows} | found.unnamed.keys(), db=db))
    ids = {account.id for account in accounts}
    domains = [
        *rows_where(Domain.key, {key for row in rows for key in row.domains}, db=db),
        *rows_where(Domain.account_id, ids, db=db),
    ]
    members = list(rows_where(Membership.account_id, ids, db=db))
    return Stored(
        users={user.username_key: user for user in users},
        emails={user.email_key: user for user in emails},
        accounts={account.number: account for account in accounts},
        domains={domain.key: domain for domain in domains},
        members={(member.user_id, member.account_id) for member in members},
        owned={member.account_id for member in members if member.is_owner},
    )


def rows_where(column: InstrumentedAttribute[Any], values: Iterable[Any], *, db: Session) -> Iterator[Any]:
    """The rows whose column holds one of the values."""
    wanted = sorted(values)
    for start in range(0, len(wanted), AT_ONCE):
        yield from db.scalars(select(column.class_).where(column.in_(wanted[start : start + AT_ONCE])))


def problems(found: Read, stored: Stored, *, config: Config) -> Iterator[RowProblem]:
    """Everything wrong with what was read: by itself, row against row, and against what is stored."""
    yield from found.problems
    yield from _contradictions(found.rows, config=config)
    for row in found.rows:
        yield from _user_clash(row, stored, config=config)
        yield from _domain_clashes(row, stored)
    yield from _unnamed(found, stored)


def _user_clash(row: Row, stored: Stored, *, config: Config) -> Iterator[RowProblem]:
    user, same_email = stored.users.get(row.username_key), stored.emails.get(row.email_key)
    if user is None and not is_of_one_script(row.username):
        what = f'"{row.username}" mixes letters of several scripts'
        yield RowProblem(
            row.line, "username", what, "Write it in the letters of one: it could be taken for another name."
        )
    if user and user.email_key != row.email_key:
        what = f'"{row.username}" is a user already, with another email address than "{row.email}"'
        yield RowProblem(row.line, "username", what, "Choose another user name, or write the address they have.")
    elif "email" in config.login.identifiers and same_email and same_email.username_key != row.username_key:
        what = f'"{row.email}" belongs to the user "{same_email.username}" already'
        yield RowProblem(row.line, "email", what, f'Write "{same_email.username}" as the user name.')


def _domain_clashes(row: Row, stored: Stored) -> Iterator[RowProblem]:
    account = stored.accounts.get(row.customer_number)
    for key in row.domains:
        domain = stored.domains.get(key)
        if domain and (account is None or domain.account_id != account.id):
            what = f'"{readable(key)}" belongs to another account already'
            yield RowProblem(row.line, "domains", what, "Remove it here, or from the other account first.")


def _unnamed(found: Read, stored: Stored) -> Iterator[RowProblem]:
    for number, line in found.unnamed.items():
        if number not in stored.accounts:
            yield RowProblem(line, "account_name", "is empty for a new account", "Write the customer's name.")


def _contradictions(rows: Sequence[Row], *, config: Config) -> Iterator[RowProblem]:
    yield from _repeated(rows)
    yield from _one_each(rows, "username", lambda row: row.username_key, "email", lambda row: row.email_key)
    if "email" in config.login.identifiers:
        yield from _one_each(rows, "email", lambda row: row.email_key, "username", lambda row: row.username_key)
    yield from _shared_domains(rows)
    for column in ("account_name", "plan", "plan_expires"):
        yield from _disagreements(rows, column, lambda row: row.customer_number, "customer number")
    for column in ("first_name", "last_name", "locale", "password"):
        yield from _disagreements(rows, column, lambda row: row.username_key, "user name")


def _repeated(rows: Sequence[Row]) -> Iterator[RowProblem]:
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        line = first.setdefault((row.customer_number, row.username_key), row.line)
        if line != row.line:
            what = f'"{row.username}" in account {row.customer_number} is in line {line} already'
            yield RowProblem(row.line, "username", what, "Remove one of the two rows.")


def _one_each(
    rows: Sequence[Row], column: str, key: Callable[[Row], str], other: str, value: Callable[[Row], str]
) -> Iterator[RowProblem]:
    """A problem for each row whose key had another value before: a user name with a second email, or the reverse."""
    first: dict[str, Row] = {}
    for row in rows:
        before = first.setdefault(key(row), row)
        if value(before) != value(row):
            what = f'"{getattr(row, column)}" has the {_NAMES[other]} "{getattr(before, other)}" in line {before.line}'
            yield RowProblem(row.line, column, f'{what} and "{getattr(row, other)}" here', _ONE_EACH[column])


_NAMES = {"username": "user name", "email": "email"}
_ONE_EACH = {
    "username": "A user name belongs to one person.",
    "email": "People sign in by email here, so an email can belong to one user name only.",
}


def _shared_domains(rows: Sequence[Row]) -> Iterator[RowProblem]:
    first: dict[str, Row] = {}
    for row in rows:
        for key in row.domains:
            before = first.setdefault(key, row)
            if before.customer_number != row.customer_number:
                what = f'"{readable(key)}" belongs to account {before.customer_number} in line {before.line}'
                yield RowProblem(row.line, "domains", what, "A domain belongs to one account.")


def _disagreements(rows: Sequence[Row], column: str, key: Callable[[Row], str], about: str) -> Iterator[RowProblem]:
    first: dict[str, Row] = {}
    for row in rows:
        if getattr(row, column) is None:
            continue
        before = first.setdefault(key(row), row)
        if getattr(before, column) != getattr(row, column):
            what = f"another value than in line {before.line}, for the same {about}"
            yield RowProblem(row.line, column, what, "Make them equal, or leave this cell empty.")
