"""Reads a file into rows: every cell is parsed, or its problem is named by line and column."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from ..config import Config, Owner
from ..db.models import Account, User, length_of
from ..declare import own_fields
from ..declare.labels import called
from ..security import hashes, passwords
from ..security.hashes import NotAHash
from ..values import languages, spreadsheets
from ..values.identifiers import domain_key, email_address, folded_address, number_key, username, username_key
from ..values.spreadsheets import NotText, SheetFault, SheetPlace, Workbook, name_key
from .rows import ImportRefused, PersonRow, RowProblem, raise_if_any

COLUMNS = (
    "customer_number", "account_name", "username", "email", "first_name", "last_name", "locale", "domains", "plan",
    "plan_expires", "password", "password_hash",
)  # fmt: skip
LENGTHS = {
    "account_name": length_of(Account.name),
    "username": length_of(User.username),
    "first_name": length_of(User.first_name),
    "last_name": length_of(User.last_name),
    "password": passwords.MAX_LENGTH,
}

OWNERS: tuple[Owner, ...] = ("user", "account")
"""Whose fields of the host's are columns of a file."""

ALSO_CALLED = {
    "customer_number": ("accounts.switch.number", "recovery.password.customer_number"),
    "account_name": ("profile.account.name",),
    "username": ("recovery.password.username",),
    "email": ("contacts.contact.email", "recovery.password.email"),
    "first_name": ("profile.me.first_name",),
    "last_name": ("profile.me.last_name",),
    "locale": ("profile.me.locale",),
    "domains": ("contacts.categories.domains",),
    "plan": ("subscription.page.plan", "subscription.page.kind"),
    "plan_expires": ("subscription.page.until",),
    "password": ("login.form.password",),
    "password_hash": (),
}
"""Elements whose words name a column, in every language."""

PLANS = {"trial": "subscription.page.trial", "purchased": "subscription.page.purchased"}

DAY = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
"""A day as spreadsheets write it, where the month cannot be mistaken for the day."""

SHOWN = frozenset({"account_name", "first_name", "last_name"})
"""Columns whose texts pages and mails show unchanged."""

CLEARS = frozenset("-–—")
"""Texts of a cell that clear a value."""

Progress = Callable[[str, int, int], object]
"""Called with what is being done, ``"Hashed passwords"``, how many are done, and of how many, or 0."""

PIECE = 1_000
"""Rows after which reading reports its progress."""

MOST_PROBLEMS = 10_000
"""Problems after which reading stops."""


@dataclass(frozen=True, slots=True)
class PeopleRead:
    """The content of a file: the rows that could be parsed, and what is wrong with the others."""

    source: str
    rows: tuple[PersonRow, ...]
    problems: tuple[RowProblem, ...]
    unnamed: Mapping[str, int]
    """Customer numbers for which no row, parsed or not, has an account name, with the line of the first."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """How the file names its columns."""
    encoding: str = "utf-8"


def read(file: Path, config: Config, *, progress: Progress | None = None) -> PeopleRead:
    """Return the content of a file. Raises ``ImportRefused`` if it is no table of customers at all."""
    needed = needed_columns(config)
    table = spreadsheets.read(_content(file), names=_names(config), needed=needed, verbatim={"password"})
    match table:
        case Workbook():
            what = "is a workbook or a web page, even if its name ends in .csv"
            fix = 'Open it in a spreadsheet program and save it as CSV; in Excel choose "CSV UTF-8".'
            raise ImportRefused(file.name, [RowProblem(0, "", what, fix)])
        case NotText(line):
            fix = 'Save it as UTF-8; in Excel choose "CSV UTF-8".'
            raise ImportRefused(file.name, [RowProblem(line, "", "the characters cannot be read", fix)])
    return _read(table, file.name, config, progress=progress)


def read_records(
    header: Sequence[str],
    records: Iterable[Sequence[str]],
    config: Config,
    *,
    source: str,
    progress: Progress | None = None,
) -> PeopleRead:
    """The same for records that do not come from a file. Raises ``ImportRefused``.

    Args:
        header: The name of each column.
        records: Their cells; a problem's line is the number of the record, from 1.
    """
    needed = needed_columns(config)
    table = spreadsheets.of_records(header, records, names=_names(config), needed=needed, verbatim={"password"})
    return _read(table, source, config, progress=progress)


def needed_columns(config: Config) -> tuple[str, ...]:
    """Return the columns an import must have: the address, and what people sign in by. The others may be left out."""
    signed_in_by = [name for name in ("customer_number", "username") if name in config.login.identifiers]
    return (*signed_in_by, "email")


def columns(config: Config) -> tuple[str, ...]:
    """Return the columns of an import, including the host's own fields: ``user_phone``, ``account_sector``."""
    return (*COLUMNS, *own_fields.columns(OWNERS, config))


def _names(config: Config) -> Mapping[str, str]:
    ids = {**ALSO_CALLED, **{column: (f"fields.{owner}.{name}",) for column, (owner, name) in _own(config).items()}}
    return spreadsheets.spellings(
        {column: [label for id_ in ids[column] for label in called(id_, config.wording)] for column in columns(config)}
    )


def _own(config: Config) -> Mapping[str, tuple[Owner, str]]:
    return own_fields.columns(OWNERS, config)


def _read(table: spreadsheets.Sheet, source: str, config: Config, *, progress: Progress | None) -> PeopleRead:
    reading = PeopleReader(config)
    raise_if_any(source, list(_head_problems(table, columns(config))))
    for at, cells in table.rows:
        reading.take(at, dict.fromkeys(COLUMNS, "") | dict(cells))
        if progress and len(reading.rows) % PIECE == 0:
            progress("Read rows", len(reading.rows), 0)
        if len(reading.problems) + len(table.faults) >= MOST_PROBLEMS:
            break
    shape = [_shape_problem(fault, table.headers, columns(config)) for fault in table.faults]
    return reading.done(source, shape, table.headers, table.encoding)


def single(cells: Mapping[str, str], config: Config, *, source: str) -> PeopleRead:
    """Return one row, from cells by column; columns left out are empty."""
    reading = PeopleReader(config)
    reading.take(SheetPlace(0, 0), dict.fromkeys(COLUMNS, "") | dict(cells))
    return reading.done(source)


def read_cells(cells: Mapping[str, str], config: Config) -> tuple[Mapping[str, Any], Sequence[RowProblem]]:
    """Return the values of single cells, by the names of a row's fields, and the problems of those that cannot be
    parsed.

    So values from elsewhere, such as Python, are checked as a file's cells are, with the same messages.
    """
    reading = PeopleReader(config)
    found: dict[str, Any] = {}
    problems: list[RowProblem] = []
    for column, cell in cells.items():
        try:
            found |= reading.understand(column, cell)
        except _Wrong as why:
            problems.append(RowProblem(0, column, why.what, why.fix))
    return found, problems


class PeopleReader:
    """What was read so far, row by row."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.rows: list[PersonRow] = []
        self.problems: list[RowProblem] = []
        self.named: set[str] = set()
        self.numbers: dict[str, int] = {}
        self.own = _own(config)
        self.plans = spreadsheets.spellings({plan: called(id_, config.wording) for plan, id_ in PLANS.items()})

    def take(self, at: SheetPlace, cells: Mapping[str, str]) -> None:
        """The row is added, or a problem for each cell that cannot be parsed."""
        read_cells: dict[str, Any] = {"line": at.line, "password": None, "password_hash": None}
        own: dict[str, dict[str, Any]] = {"user_fields": {}, "account_fields": {}}
        is_good = True
        for column, cell in cells.items():
            try:
                if column in self.own:
                    owner, _ = self.own[column]
                    own[f"{owner}_fields"] |= self.own_value(column, cell)
                else:
                    read_cells |= self.understand(column, cell)
            except _Wrong as why:
                row = at.row if at.row != at.line else 0
                self.problems.append(RowProblem(at.line, column, why.what, why.fix, row))
                is_good = False
        if read_cells.get("password") and read_cells.get("password_hash"):
            what, fix = "is given beside a password", "Leave one of the two cells empty."
            self.problems.append(RowProblem(at.line, "password_hash", what, fix, at.row if at.row != at.line else 0))
            is_good = False
        if is_good:
            self.rows.append(PersonRow(**{**read_cells, **own}))
        if number := number_key(spreadsheets.whole_number(cells["customer_number"])):
            self.numbers.setdefault(number, at.line)
            if cells["account_name"]:
                self.named.add(number)

    def done(
        self,
        source: str,
        problems: Iterable[RowProblem] = (),
        headers: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
    ) -> PeopleRead:
        unnamed = {number: line for number, line in self.numbers.items() if number not in self.named}
        return PeopleRead(source, tuple(self.rows), (*problems, *self.problems), unnamed, headers or {}, encoding)

    def understand(self, column: str, cell: str) -> dict[str, Any]:
        """Return what a cell adds to its row, by the row's field names. Raises ``_Wrong``."""
        cell = _one_line(column, cell)
        match column:
            case "customer_number" | "username" if not cell and column not in self.config.login.identifiers:
                # Names and numbers that nobody signs in by are looked up or made, see ``completing``.
                return {column: "", "username_key": ""} if column == "username" else {column: ""}
            case "customer_number":
                return {"customer_number": _number(cell)}
            case "username":
                fix = "Use letters, digits and . - _ with a letter or digit at both ends, and not digits alone."
                key = _needed(username_key(cell), cell, "a user name", fix)
                name = username(cell)
                return {"username": name, "username_key": name if key == name else key}
            case "email":
                address = _needed(email_address(cell), cell, "an email address", "Write it like name@example.com.")
                key = folded_address(address)
                return {"email": address, "email_key": address if key == address else key}
            case "locale":
                return {"locale": _locale(cell, self.config) if cell else None}
            case "domains":
                return {"domains": _domains(cell) if cell else None}
            case "plan":
                return {"plan": self._plan(cell) if cell else None}
            case "plan_expires":
                return {"plan_expires": _day(cell) if cell else None}
            case "password" if hashes.is_like_one(cell):
                fix = "Put hashes into the column password_hash; as a password, whoever has the hash could sign in."
                raise _Wrong("looks like the hash of a password", fix)
            case "password_hash":
                return {"password_hash": _hash(cell) if cell else None}
            case "first_name" | "last_name" if cell in CLEARS:
                return {column: ""}
        return {column: cell or None}

    def own_value(self, column: str, cell: str) -> dict[str, Any]:
        """Return the value of a cell for a host's field, by its name; ``None`` clears it. Raises ``_Wrong``."""
        owner, name = self.own[column]
        one = own_fields.of(owner, self.config)[name]
        if not cell or cell in CLEARS:
            return {name: None} if cell else {}
        if not spreadsheets.is_text(cell):
            raise _Wrong("holds a line break or another control character", "Remove it.")
        _raise_if_hash(cell)
        given = spreadsheets.on_one_line(cell)
        try:
            value = own_fields.understood(one, given, name=f"fields.{owner}.{name}", wording=self.config.wording)
        except own_fields.NotOne:
            raise _Wrong(*own_fields.value_error(one, cell)) from None
        return {name: value}

    def _plan(self, cell: str) -> str:
        plan = self.plans.get(name_key(cell))
        if plan is None:
            raise _Wrong(f'"{cell}" is not a plan', "Write trial or purchased.")
        return plan


class _Wrong(Exception):
    """A cell that cannot be parsed."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ImportRefused(file.name, [RowProblem(0, "", f"cannot be read: {error.strerror}")]) from None


def _head_problems(table: spreadsheets.Sheet, known: Sequence[str]) -> Iterator[RowProblem]:
    """Yield what is wrong with the names of the columns."""
    if not table.headers:
        what, line = "the column names are missing", table.faults[0].at.line if table.faults else 1
        yield RowProblem(line, "", what, f"The first line should be: {','.join(known)}")
        return
    yield from (_shape_problem(fault, table.headers, known) for fault in table.faults)


def _shape_problem(fault: SheetFault, headers: Mapping[str, str], known: Sequence[str]) -> RowProblem:
    what, fix = _shape(fault, headers, known)
    return RowProblem(fault.at.line, fault.column, what, fix, fault.at.row if fault.at.row != fault.at.line else 0)


def _shape(fault: SheetFault, headers: Mapping[str, str], known: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong with the shape of the table, and how to fix it."""
    slots = fault.slots
    match fault.kind:
        case "missing":
            return "the column is missing", "Add it; its cells may be empty."
        case "twice":
            return f"columns {slots['first']} and {slots['letter']} hold the same", "Remove one."
        case "unknown":
            close = difflib.get_close_matches(fault.column.lower(), set(known) - set(headers), 1)
            fix = f'Did you mean "{close[0]}"?' if close else f"Remove it. Known are: {', '.join(known)}."
            return f"this is not a column of an import (column {slots['letter']} of the sheet)", fix
        case "nameless":
            return "the column has no name, but something stands in it", "Name it, or empty it."
        case "too_many_columns":
            return f"there are {slots['columns']} columns", f"{slots['most']} may be. Known are: {', '.join(known)}."
        case "cells":
            what = f"the row has {slots['cells']} cells and the first line has {slots['columns']}"
            return what, "Put a cell that holds the separator in double quotes."
    fix = "Close the double quotes; write a double quote inside a cell twice. What follows was not checked."
    return f"this is not CSV ({slots['why']})", fix


def _needed(key: str | None, cell: str, kind: str, fix: str) -> str:
    if not cell:
        raise _Wrong("is empty", fix)
    if key is None:
        raise _Wrong(f'"{cell}" is not {kind}', fix)
    return key


def _number(cell: str) -> str:
    fix = "Use 1 to 18 digits."
    if spreadsheets.is_shortened(cell):
        fix = "The spreadsheet has shortened it: give the column the format of text and type the number again."
    return _needed(number_key(spreadsheets.whole_number(cell)), cell, "a customer number", fix)


def _locale(cell: str, config: Config) -> str:
    found = languages.locale_of(cell, config.site.locales)
    if found is None:
        raise _Wrong(f'"{cell}" is not a language of this site', f"It offers: {', '.join(config.site.locales)}.")
    return found


def _one_line(column: str, cell: str) -> str:
    """Return the text of a cell that is short enough and free of control characters. Raises ``_Wrong``."""
    # A password is exactly what was typed, spaces included.
    text = cell if column == "password" else spreadsheets.on_one_line(cell)
    if "\n" in text or not spreadsheets.is_text(text):
        raise _Wrong("holds a line break or another control character", "Remove it.")
    if len(text) > LENGTHS.get(column, sys.maxsize):
        raise _Wrong(f"is {len(text)} characters long", f"{LENGTHS[column]} are allowed.")
    if column in SHOWN:
        _raise_if_hash(text)
    return text


def _raise_if_hash(cell: str) -> None:
    """Raise ``_Wrong`` if the cell looks like a hash: the columns of such a file are shifted by one."""
    if " " not in cell and hashes.is_like_one(cell):
        raise _Wrong("looks like the hash of a password", "Put hashes into the column password_hash.")


def _hash(cell: str) -> str:
    """Return a hash that can be checked at sign-in, within bounds."""
    try:
        hashes.read(cell)
    except NotAHash as error:
        raise _Wrong(error.what, error.fix) from None
    return cell


def _domains(cell: str) -> tuple[str, ...]:
    """Return the keys of domains; none for the hyphen that removes them."""
    if cell in CLEARS:
        return ()
    fix = "Write it like example.com, several with a space between, or - alone for none."
    names = filter(None, re.split(r"[\s,;|]+", cell))
    return tuple(dict.fromkeys(_needed(domain_key(name), name, "a domain", fix) for name in names))


def _day(cell: str) -> date | Literal["never"]:
    if cell.lower() == "never" or cell in CLEARS:
        return "never"
    found = DAY.fullmatch(cell.lstrip("'’"))
    try:
        year, _, month, day = found.groups() if found else ("", "", "", "")
        return date(int(year), int(month), int(day))
    except ValueError:
        fix = "Write it like 2026-12-31 (in a spreadsheet, format the cell so or as text), or never."
        raise _Wrong(f'"{cell}" is not a day that is the same everywhere', fix) from None
