"""Finds rows that contradict each other, or what is stored already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..config import Config
from ..db.batches import MOST_AT_ONCE, batches
from ..db.models import Account, Domain, FormerUsername, Membership, User
from ..scope import Scope
from ..values.identifiers import is_of_one_script, readable
from .reading import PeopleRead, Progress
from .rows import PersonRow, RowProblem


class Known(NamedTuple):
    """A stored user."""

    id: int
    username: str
    username_key: str
    email_key: str


_KNOWN = (User.id, User.username, User.username_key, User.email_key)


@dataclass(slots=True)
class Agreement:
    """The result of comparing the rows with each other and with what is stored."""

    problems: list[RowProblem]
    renamed: dict[str, Known] = field(default_factory=dict)
    """Users whom rows call by a name they gave up, by the key of that name."""


def check(scope: Scope, found: PeopleRead, *, progress: Progress | None = None) -> Agreement:
    """Return everything wrong with what was read: by itself, between rows, and compared with what is stored.

    Sends a few SELECTs for every 500 rows, and keeps nothing of their results but the problems.
    """
    agreement = Agreement([*found.problems, *_contradictions(found.rows, scope.config)])
    signs_in = "email" in scope.config.login.identifiers
    for number, rows in enumerate(batches(found.rows)):
        agreement.problems += _user_problems(scope, rows, agreement.renamed, signs_in=signs_in)
        if progress:
            progress("Checked rows", number * MOST_AT_ONCE + len(rows), len(found.rows))
    named = {row.username_key: row for row in found.rows} if agreement.renamed else {}
    agreement.problems += _named_twice(agreement.renamed, named)
    agreement.problems += _domain_clashes(scope.db, found.rows)
    agreement.problems += _unnamed(scope.db, found.unnamed)
    return agreement


def rows_among(db: Session, query: Any, column: InstrumentedAttribute[Any], values: Iterable[Any]) -> Iterator[Any]:
    """Yield the rows of the query whose column holds one of the values."""
    for piece in batches(sorted(values)):
        yield from db.execute(query.where(column.in_(piece)))


def _user_problems(
    scope: Scope, rows: Sequence[PersonRow], renamed: dict[str, Known], *, signs_in: bool
) -> Iterator[RowProblem]:
    """Yield what is wrong with the users these rows name. Users who have another name by now are added to *renamed*."""
    users = {user.username_key: user for user in rows_among(scope.db, select(*_KNOWN), User.username_key, _keys(rows))}
    new = [row for row in rows if row.username_key not in users]
    former = _former(scope.db, new)
    emails = _by_email(scope.db, new)
    places = set() if signs_in else _places(scope.db, [user for same in emails.values() for user in same])
    for row in rows:
        if user := users.get(row.username_key):
            if user.email_key != row.email_key:
                what = f'"{row.username}" is a user already, with another email address than "{row.email}"'
                yield RowProblem(
                    row.line, "username", what, "Choose another user name, or write the address they have."
                )
            continue
        gave_up, free_at = former.get(row.username_key, (None, scope.now))
        if gave_up and gave_up.email_key == row.email_key:
            renamed[row.username_key] = gave_up
        elif free_at > scope.now:
            what = f'"{row.username}" was given up by another user and is nobody else\'s before {free_at:%Y-%m-%d}'
            yield RowProblem(row.line, "username", what, "Write the user name they have now, or choose another one.")
        elif not is_of_one_script(row.username):
            what = f'"{row.username}" mixes letters of several scripts'
            fix = "Write it in the letters of one: it could be taken for another name."
            yield RowProblem(row.line, "username", what, fix)
        else:
            yield from _same_address(row, emails.get(row.email_key, ()), places, signs_in=signs_in)


def _same_address(
    row: PersonRow, others: Sequence[Known], places: set[tuple[int, str]], *, signs_in: bool
) -> Iterator[RowProblem]:
    """Yield a problem for each new user who would have the address of an existing one, and be their double."""
    for other in others:
        if signs_in:
            what = f'"{row.email}" belongs to the user "{other.username}" already'
            yield RowProblem(row.line, "email", what, f'Write "{other.username}" as the user name.')
            return
        if (other.id, row.customer_number) in places:
            what = f'"{row.email}" is the address of "{other.username}" in account {row.customer_number} already'
            fix = f'Write "{other.username}" as the user name; for another person, write an address of their own.'
            yield RowProblem(row.line, "email", what, fix)
            return


def _keys(rows: Iterable[PersonRow]) -> set[str]:
    return {row.username_key for row in rows}


def _former(db: Session, rows: Sequence[PersonRow]) -> Mapping[str, tuple[Known | None, datetime]]:
    """Return who gave up the names of these rows, and when each name is free."""
    query = select(FormerUsername.key, FormerUsername.free_at, *_KNOWN).outerjoin(
        User, User.id == FormerUsername.user_id
    )
    found = rows_among(db, query, FormerUsername.key, _keys(rows))
    return {key: (Known(*user) if user[0] else None, free_at) for key, free_at, *user in found}


def _by_email(db: Session, rows: Sequence[PersonRow]) -> Mapping[str, Sequence[Known]]:
    """Return the users who have the addresses of these rows."""
    found: dict[str, list[Known]] = {}
    for user in rows_among(db, select(*_KNOWN), User.email_key, {row.email_key for row in rows}):
        found.setdefault(user.email_key, []).append(Known(*user))
    return found


def _places(db: Session, users: Sequence[Known]) -> set[tuple[int, str]]:
    """Return which accounts these users are in: pairs of user id and customer number."""
    query = select(Membership.user_id, Account.number).join(Account)
    return {(id_, number) for id_, number in rows_among(db, query, Membership.user_id, {user.id for user in users})}


def _named_twice(renamed: Mapping[str, Known], rows: Mapping[str, PersonRow]) -> Iterator[RowProblem]:
    for key, user in renamed.items():
        if user.username_key in rows:
            row, other = rows[key], rows[user.username_key]
            what = f'"{row.username}" is called "{user.username}" now and is in line {other.line} as well'
            yield RowProblem(row.line, "username", what, "Remove the row with the old name.")


def _domain_clashes(db: Session, rows: Sequence[PersonRow]) -> Iterator[RowProblem]:
    """Yield a problem for each domain of an account that this file does not change."""
    wanted = {key: row for row in reversed(rows) for key in row.domains or ()}
    replaced = {row.customer_number for row in rows if row.domains is not None}
    query = select(Domain.key, Account.number).join(Account)
    for key, number in rows_among(db, query, Domain.key, wanted):
        row = wanted[key]
        if number != row.customer_number and number not in replaced:
            what = f'"{readable(key)}" belongs to account {number} already'
            fix = f"Remove it here, or give account {number} a row with the domains it keeps, or - for none."
            yield RowProblem(row.line, "domains", what, fix)


def _unnamed(db: Session, numbers: Mapping[str, int]) -> Iterator[RowProblem]:
    known = {number for (number,) in rows_among(db, select(Account.number), Account.number, numbers)}
    for number, line in numbers.items():
        if number not in known:
            yield RowProblem(line, "account_name", "is empty for a new account", "Write the customer's name.")


def _contradictions(rows: Sequence[PersonRow], config: Config) -> Iterator[RowProblem]:
    yield from _repeated(rows)
    yield from _one_each(rows, "username", lambda row: row.username_key, "email", lambda row: row.email_key)
    if "email" in config.login.identifiers:
        yield from _one_each(rows, "email", lambda row: row.email_key, "username", lambda row: row.username_key)
    yield from _shared_domains(rows)
    yield from _both_listed_and_removed(rows)
    for column in ("account_name", "plan", "plan_expires"):
        yield from _disagreements(rows, column, lambda row: row.customer_number, "customer number")
    for column in ("first_name", "last_name", "locale", "password", "password_hash"):
        yield from _disagreements(rows, column, lambda row: row.username_key, "user name")
    for name in config.fields.account:
        about = partial(_own, "account_fields", name)
        yield from _disagreements(rows, f"account_{name}", lambda row: row.customer_number, "customer number", about)
    for name in config.fields.user:
        about = partial(_own, "user_fields", name)
        yield from _disagreements(rows, f"user_{name}", lambda row: row.username_key, "user name", about)


def _repeated(rows: Sequence[PersonRow]) -> Iterator[RowProblem]:
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        line = first.setdefault((row.customer_number, row.username_key), row.line)
        if line != row.line:
            what = f'"{row.username}" in account {row.customer_number} is in line {line} already'
            yield RowProblem(row.line, "username", what, "Remove one of the two rows.")


def _one_each(
    rows: Sequence[PersonRow],
    column: str,
    key: Callable[[PersonRow], str],
    other: str,
    value: Callable[[PersonRow], str],
) -> Iterator[RowProblem]:
    """Yield a problem for each row whose key had another value before: a user name with two emails, or the reverse."""
    first: dict[str, PersonRow] = {}
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


def _shared_domains(rows: Sequence[PersonRow]) -> Iterator[RowProblem]:
    first: dict[str, PersonRow] = {}
    for row in rows:
        for key in row.domains or ():
            before = first.setdefault(key, row)
            if before.customer_number != row.customer_number:
                what = f'"{readable(key)}" belongs to account {before.customer_number} in line {before.line}'
                yield RowProblem(row.line, "domains", what, "A domain belongs to one account.")


def _both_listed_and_removed(rows: Sequence[PersonRow]) -> Iterator[RowProblem]:
    """Yield a problem if one row removes all domains of an account and another lists some."""
    first: dict[str, PersonRow] = {}
    for row in rows:
        if row.domains is None:
            continue
        before = first.setdefault(row.customer_number, row)
        if bool(before.domains) != bool(row.domains):
            what = f"line {before.line} says something else of the domains of account {row.customer_number}"
            yield RowProblem(
                row.line, "domains", what, "List them in one row, or write - there, and leave the others empty."
            )


def _own(of: str, name: str, row: PersonRow) -> Any:
    """Return what a row says of a host's field, as a tuple of one, or ``None`` if it says nothing."""
    values: Mapping[str, Any] = getattr(row, of)
    return (values[name],) if name in values else None


def _disagreements(
    rows: Sequence[PersonRow],
    column: str,
    key: Callable[[PersonRow], str],
    about: str,
    value: Callable[[PersonRow], Any] | None = None,
) -> Iterator[RowProblem]:
    value = value or attrgetter(column)
    first: dict[str, PersonRow] = {}
    for row in rows:
        if value(row) is None:
            continue
        before = first.setdefault(key(row), row)
        if value(before) != value(row):
            what = f"another value than in line {before.line}, for the same {about}"
            yield RowProblem(row.line, column, what, "Make them equal, or leave this cell empty.")
