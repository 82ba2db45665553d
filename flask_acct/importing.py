"""Customers from a CSV file: every problem named by line and column, or everything imported.

One row is one user in one account::

    customer_number,account_name,username,email,first_name,last_name,locale,domains,plan,plan_expires,password
    9000,Rossi & Figli,m00000,mario@example.com,Mario,Rossi,it,rossi.example bottega.example,purchased,2027-01-31,

The first user of an account becomes its owner; later rows with its customer number add sub-users without
permissions. The same user name and email in two rows is one user in two accounts. A row that was imported before
updates what it names: an empty cell keeps what is there, ``never`` in ``plan_expires`` removes the date, and domains
that are listed replace the account's. Addresses count as verified.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import idna
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from . import passwords, sessions, tokens
from .config import Config
from .database import Database
from .errors import AcctError
from .identifiers import domain_key, email_address, email_key, number_key, username_key
from .models import Account, Domain, Membership, User

COLUMNS = (
    "customer_number", "account_name", "username", "email", "first_name", "last_name", "locale", "domains", "plan",
    "plan_expires", "password",
)  # fmt: skip
OPTIONAL = frozenset({"password"})
LENGTHS = {"account_name": 200, "username": 64, "first_name": 120, "last_name": 120, "password": passwords.MAX_LENGTH}

DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")

SHOWN = 50
"""Problems printed; the rest is counted."""

AT_ONCE = 500
"""Values in one SELECT: every database takes as many parameters."""

Invite = Callable[[User, Account, Session], object]
Progress = Callable[[int, int], object]
"""Called with how many passwords are hashed, and of how many."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong with one row. ``line`` is the file's, counted from 1; 0 stands for the whole file."""

    line: int
    column: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        where = [f"line {self.line}"] * bool(self.line) + [f"column {self.column}"] * bool(self.column)
        said = " ".join(part for part in (f"{self.what}.", self.fix) if part)
        return f"{', '.join(where)}: {said}" if where else said


class ImportRefused(AcctError):
    """Nothing was imported. ``problems`` holds every reason; the text names the first fifty."""

    def __init__(self, source: str, problems: Iterable[RowProblem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        lines = [f"{source}: {problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"{source}: … and {len(self.problems) - SHOWN} more problems.")
        super().__init__("\n".join([*lines, "Nothing was imported."]))


@dataclass(frozen=True, slots=True)
class Row:
    """One user in one account, with every cell understood. ``None`` and ``()`` stand for an empty cell."""

    line: int
    customer_number: str
    account_name: str | None
    username: str
    username_key: str
    email: str
    email_key: str
    first_name: str | None
    last_name: str | None
    locale: str | None
    domains: tuple[str, ...]
    """The keys: ``("xn--panadera-i2a.example",)``."""
    plan: str | None
    plan_expires: date | Literal["never"] | None
    password: str | None = field(repr=False)


@dataclass(slots=True)
class Imported:
    """What an import did."""

    users_added: int = 0
    users_known: int = 0
    accounts_added: int = 0
    accounts_known: int = 0
    invited: int = 0


def import_file(
    file: Path,
    *,
    database: Database,
    config: Config,
    now: datetime,
    invite: Invite | None = None,
    progress: Progress | None = None,
) -> Imported:
    """The file's customers are in the database, all of them. Raises ``ImportRefused`` and changes nothing."""
    rows = read(file, config=config)
    return import_rows(
        rows, source=file.name, database=database, config=config, now=now, invite=invite, progress=progress
    )


def import_rows(
    rows: Sequence[Row],
    *,
    source: str,
    database: Database,
    config: Config,
    now: datetime,
    invite: Invite | None = None,
    progress: Progress | None = None,
) -> Imported:
    """The rows are in the database, in one transaction.

    Args:
        source: What errors call them.
        invite: Called in that transaction for each user without a password, once, with the first account.
    """
    with database.session() as db:
        _refuse(source, _clashes(rows, _stored(rows, db=db), config=config))
        # Hashing is slow; nobody else should wait for the lock of the transaction below meanwhile.
        hashes = _hashes(rows, db=db, progress=progress)
    try:
        with database.transaction() as db:
            stored = _stored(rows, db=db)
            _refuse(source, _clashes(rows, stored, config=config))
            return _save(rows, stored, hashes, db=db, config=config, now=now, invite=invite)
    except IntegrityError:
        problem = RowProblem(0, "", "another import or a visitor changed the same customers meanwhile", "Run it again.")
        raise ImportRefused(source, [problem]) from None


# From the file to rows


def read(file: Path, *, config: Config) -> list[Row]:
    """The rows of a file. Raises ``ImportRefused`` with every problem they have by themselves."""
    problems: list[RowProblem] = []
    table = _cells(_text_of(file), problems, file.name)
    rows = _rows(table, problems, config=config)
    _refuse(file.name, problems)
    return rows


def single(cells: Mapping[str, str], *, config: Config) -> Row:
    """The row of one user, from cells by column; columns left out are empty. Raises ``ImportRefused``."""
    problems: list[RowProblem] = []
    rows = _rows([(0, dict.fromkeys(COLUMNS, "") | dict(cells))], problems, config=config)
    _refuse("The account", problems)
    return rows[0]


def _text_of(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ImportRefused(file.name, [RowProblem(0, "", f"cannot be read: {error.strerror}")]) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        fix = 'Save it as UTF-8; in Excel choose "CSV UTF-8".'
        raise ImportRefused(file.name, [RowProblem(line, "", "the text is not UTF-8", fix)]) from None


def _cells(text: str, problems: list[RowProblem], source: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row's first line and its cells by column. Rows of another shape become problems."""
    table = _records(text, problems)
    columns = [name.strip().lower() for name in next(table, (1, []))[1]]
    _refuse(source, list(_column_problems(columns)))
    for line, cells in table:
        if len(cells) == len(columns):
            yield line, dict(zip(columns, cells, strict=True))
        elif any(cells):
            what = f"the row has {len(cells)} cells and the first line has {len(columns)}"
            problems.append(RowProblem(line, "", what, "Put a cell that holds the separator in double quotes."))


def _records(text: str, problems: list[RowProblem]) -> Iterator[tuple[int, list[str]]]:
    """Each record and the line it begins in, separated by what the first line is separated by."""
    first_line = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first_line.count), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        fix = "Close the double quotes; write a double quote inside a cell twice. What follows was not checked."
        problems.append(RowProblem(line, "", f"this is not CSV ({error})", fix))


def _column_problems(columns: Sequence[str]) -> Iterator[RowProblem]:
    if columns in ([], [""]):
        yield RowProblem(1, "", "the column names are missing", f"The first line should be: {','.join(COLUMNS)}")
        return
    for name in COLUMNS:
        if name not in columns and name not in OPTIONAL:
            yield RowProblem(1, name, "the column is missing", "Add it; its cells may be empty.")
        elif columns.count(name) > 1:
            yield RowProblem(1, name, "the column is there twice", "Remove one.")
    for name in columns:
        if name not in COLUMNS:
            close = difflib.get_close_matches(name, set(COLUMNS) - set(columns), 1)
            fix = f'Did you mean "{close[0]}"?' if close else f"Known are: {', '.join(COLUMNS)}."
            yield RowProblem(1, name, "this is not a column of an import", fix)


def _rows(table: Iterable[tuple[int, Mapping[str, str]]], problems: list[RowProblem], *, config: Config) -> list[Row]:
    rows = []
    for line, cells in table:
        row = _row(line, cells, problems, config=config)
        if row is not None:
            rows.append(row)
    problems.extend(_contradictions(rows, config=config))
    return rows


def _row(line: int, cells: Mapping[str, str], problems: list[RowProblem], *, config: Config) -> Row | None:
    """The row understood, or ``None`` and a problem for each cell that cannot be."""
    understood: dict[str, Any] = {"line": line, "password": None}
    wrong = []
    for column, cell in cells.items():
        try:
            # A password is what was typed, spaces included.
            understood |= _understand(column, cell if column == "password" else cell.strip(), config)
        except _Wrong as why:
            wrong.append(RowProblem(line, column, why.what, why.fix))
    problems.extend(wrong)
    return None if wrong else Row(**understood)


# One cell


class _Wrong(Exception):
    """A cell that cannot be understood."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def _understand(column: str, cell: str, config: Config) -> dict[str, Any]:
    """What a cell adds to its row, by the row's field names."""
    if any(unicodedata.category(sign) == "Cc" for sign in cell):
        raise _Wrong("holds a line break or another control character", "Remove it.")
    if len(cell) > LENGTHS.get(column, sys.maxsize):
        raise _Wrong(f"is {len(cell)} characters long", f"{LENGTHS[column]} are allowed.")
    match column:
        case "customer_number":
            return {"customer_number": _needed(number_key(cell), cell, "a customer number", "Use 1 to 18 digits.")}
        case "username":
            fix = "Use letters, digits and . - _ with a letter or digit at both ends, and not digits alone."
            return {"username": cell, "username_key": _needed(username_key(cell), cell, "a user name", fix)}
        case "email":
            key = _needed(email_key(cell), cell, "an email address", "Write it like name@example.com.")
            return {"email": email_address(cell), "email_key": key}
        case "locale":
            return {"locale": _locale(cell, config) if cell else None}
        case "domains":
            fix = "Write it like example.com, several with a space between."
            return {"domains": tuple(dict.fromkeys(_needed(domain_key(d), d, "a domain", fix) for d in cell.split()))}
        case "plan":
            return {"plan": _plan(cell.lower()) if cell else None}
        case "plan_expires":
            return {"plan_expires": _day(cell) if cell else None}
    return {column: cell or None}


def _needed(key: str | None, cell: str, kind: str, fix: str) -> str:
    if not cell:
        raise _Wrong("is empty", fix)
    if key is None:
        raise _Wrong(f'"{cell}" is not {kind}', fix)
    return key


def _locale(cell: str, config: Config) -> str:
    """The language offered that is nearest: ``es`` for ``es-AR`` where there is no other Spanish."""
    wanted, offered = cell.replace("-", "_"), config.site.locales
    if wanted in offered:
        return wanted
    language = wanted.partition("_")[0]
    near = [locale for locale in offered if locale.partition("_")[0] == language]
    if not near:
        raise _Wrong(f'"{cell}" is not a language of this site', f"It offers: {', '.join(offered)}.")
    return language if language in near else near[0]


def _plan(cell: str) -> str:
    if cell not in {"trial", "purchased"}:
        raise _Wrong(f'"{cell}" is not a plan', "Write trial or purchased.")
    return cell


def _day(cell: str) -> date | Literal["never"]:
    if cell.lower() == "never":
        return "never"
    try:
        return date(*map(int, DAY.fullmatch(cell).groups()))  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        raise _Wrong(f'"{cell}" is not a day', "Write it like 2026-12-31, or never.") from None


# Rows against each other, and against what is stored


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
                what = f'"{_readable(key)}" belongs to account {before.customer_number} in line {before.line}'
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


@dataclass(slots=True)
class _Stored:
    """What the database holds about the rows, by key."""

    users: dict[str, User]
    emails: dict[str, User]
    accounts: dict[str, Account]
    domains: dict[str, Domain]
    members: set[tuple[int, int]]
    """User and account ids."""
    owned: set[int]
    """Ids of accounts that have an owner."""


def _stored(rows: Sequence[Row], *, db: Session) -> _Stored:
    users = list(_found(User.username_key, {row.username_key for row in rows}, db=db))
    emails = list(_found(User.email_key, {row.email_key for row in rows}, db=db))
    accounts = list(_found(Account.number, {row.customer_number for row in rows}, db=db))
    ids = {account.id for account in accounts}
    domains = [
        *_found(Domain.key, {key for row in rows for key in row.domains}, db=db),
        *_found(Domain.account_id, ids, db=db),
    ]
    members = list(_found(Membership.account_id, ids, db=db))
    return _Stored(
        users={user.username_key: user for user in users},
        emails={user.email_key: user for user in emails},
        accounts={account.number: account for account in accounts},
        domains={domain.key: domain for domain in domains},
        members={(member.user_id, member.account_id) for member in members},
        owned={member.account_id for member in members if member.is_owner},
    )


def _found(column: InstrumentedAttribute[Any], values: Iterable[Any], *, db: Session) -> Iterator[Any]:
    """The rows whose column holds one of the values."""
    wanted = sorted(values)
    for start in range(0, len(wanted), AT_ONCE):
        yield from db.scalars(select(column.class_).where(column.in_(wanted[start : start + AT_ONCE])))


def _clashes(rows: Sequence[Row], stored: _Stored, *, config: Config) -> Iterator[RowProblem]:
    numbers = {account.id: account.number for account in stored.accounts.values()}
    new = set()
    for row in rows:
        user, same_email = stored.users.get(row.username_key), stored.emails.get(row.email_key)
        if user and user.email_key != row.email_key:
            what = f'"{row.username}" is a user already, with another email address than "{row.email}"'
            yield RowProblem(row.line, "username", what, "Choose another user name, or write the address they have.")
        elif "email" in config.login.identifiers and same_email and same_email.username_key != row.username_key:
            what = f'"{row.email}" belongs to the user "{same_email.username}" already'
            yield RowProblem(row.line, "email", what, f'Write "{same_email.username}" as the user name.')
        for key in row.domains:
            domain = stored.domains.get(key)
            if domain and numbers.get(domain.account_id) != row.customer_number:
                what = f'"{_readable(key)}" belongs to another account already'
                yield RowProblem(row.line, "domains", what, "Remove it here, or from the other account first.")
        if row.customer_number not in stored.accounts and row.customer_number not in new:
            new.add(row.customer_number)
            if row.account_name is None:
                yield RowProblem(row.line, "account_name", "is empty for a new account", "Write the customer's name.")


# Into the database


def _hashes(rows: Sequence[Row], *, db: Session, progress: Progress | None) -> dict[str, str]:
    """A new hash by user name key for each user whose password is not the stored one already."""
    given = {row.username_key: row.password for row in rows if row.password}
    known = {user.username_key: user.password_hash for user in _found(User.username_key, given, db=db)}

    def hash_of(key: str) -> str | None:
        stored = known.get(key)
        same = stored is not None and passwords.verify(given[key], stored)
        return None if same else passwords.hashed(given[key])

    hashes = {}
    with ThreadPoolExecutor() as pool:
        for done, (key, hash_) in enumerate(zip(given, pool.map(hash_of, given), strict=True), start=1):
            if hash_:
                hashes[key] = hash_
            if progress:
                progress(done, len(given))
    return hashes


def _save(
    rows: Sequence[Row],
    stored: _Stored,
    hashes: Mapping[str, str],
    *,
    db: Session,
    config: Config,
    now: datetime,
    invite: Invite | None,
) -> Imported:
    did = Imported(
        users_known=len(stored.users),
        accounts_known=len(stored.accounts),
        users_added=len({row.username_key for row in rows}) - len(stored.users),
        accounts_added=len({row.customer_number for row in rows}) - len(stored.accounts),
    )
    for row in rows:
        _save_account(row, stored, db=db, now=now)
        _save_user(row, stored, db=db, config=config, now=now)
    _set_passwords(hashes, stored, db=db, now=now)
    # One flush for all: the ids that memberships and domains refer to.
    db.flush()
    _save_domains(rows, stored, db=db)
    _save_memberships(rows, stored, db=db, now=now)
    db.flush()
    if invite:
        did.invited = _invite(rows, stored, invite, db=db)
    return did


def _save_account(row: Row, stored: _Stored, *, db: Session, now: datetime) -> None:
    account = stored.accounts.get(row.customer_number)
    if account is None:
        account = Account(number=row.customer_number, created_at=now)
        stored.accounts[row.customer_number] = account
        db.add(account)
    if row.account_name:
        account.name = row.account_name
    if row.plan:
        account.plan = row.plan
    if row.plan_expires:
        account.plan_expires_on = None if row.plan_expires == "never" else row.plan_expires


def _save_user(row: Row, stored: _Stored, *, db: Session, config: Config, now: datetime) -> None:
    user = stored.users.get(row.username_key)
    if user is None:
        user = User(username_key=row.username_key, created_at=now)
        stored.users[row.username_key] = user
        db.add(user)
    user.username = row.username
    user.email, user.email_key = row.email, row.email_key
    user.sign_in_email = row.email_key if "email" in config.login.identifiers else None
    user.email_verified_at = user.email_verified_at or now
    user.first_name = row.first_name or user.first_name or ""
    user.last_name = row.last_name or user.last_name or ""
    user.locale = row.locale or user.locale


def _set_passwords(hashes: Mapping[str, str], stored: _Stored, *, db: Session, now: datetime) -> None:
    """Each has its new password; what the old one opened is shut."""
    for key, hash_ in hashes.items():
        user = stored.users[key]
        if user.id is not None:
            sessions.end_all(user, db=db)
            tokens.void(user, db=db, now=now)
        user.password_hash, user.password_changed_at, user.expiry_warned_days = hash_, now, None


def _save_domains(rows: Sequence[Row], stored: _Stored, *, db: Session) -> None:
    listed: dict[int, set[str]] = {}
    for row in rows:
        if row.domains:
            listed.setdefault(stored.accounts[row.customer_number].id, set()).update(row.domains)
    for key, domain in stored.domains.items():
        if key not in listed.get(domain.account_id, {key}):
            db.delete(domain)
    db.add_all(
        Domain(account_id=account_id, key=key, name=_readable(key))
        for account_id, keys in listed.items()
        for key in sorted(keys - stored.domains.keys())
    )


def _save_memberships(rows: Sequence[Row], stored: _Stored, *, db: Session, now: datetime) -> None:
    for row in rows:
        user, account = stored.users[row.username_key], stored.accounts[row.customer_number]
        if (user.id, account.id) in stored.members:
            continue
        owns = account.id not in stored.owned
        db.add(Membership(user_id=user.id, account_id=account.id, is_owner=owns, permissions=[], created_at=now))
        stored.members.add((user.id, account.id))
        stored.owned.add(account.id)


def _invite(rows: Sequence[Row], stored: _Stored, invite: Invite, *, db: Session) -> int:
    waiting = {row.username_key: row.customer_number for row in reversed(rows)}
    invited = 0
    for key, number in reversed(waiting.items()):
        if stored.users[key].password_hash is None:
            invite(stored.users[key], stored.accounts[number], db)
            invited += 1
    return invited


def _readable(key: str) -> str:
    """The domain as people write it."""
    try:
        return idna.decode(key)
    except idna.IDNAError:
        return key


def _refuse(source: str, problems: Iterable[RowProblem]) -> None:
    problems = list(problems)
    if problems:
        raise ImportRefused(source, problems)
