"""From the file to rows: every cell understood, or named by line and column."""

from __future__ import annotations

import csv
import difflib
import io
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from .. import passwords
from ..config import Config
from ..identifiers import domain_key, email_address, email_key, number_key, username, username_key
from .rows import ImportRefused, Row, RowProblem, refuse

COLUMNS = (
    "customer_number", "account_name", "username", "email", "first_name", "last_name", "locale", "domains", "plan",
    "plan_expires", "password",
)  # fmt: skip
OPTIONAL = frozenset({"password"})
LENGTHS = {"account_name": 200, "username": 64, "first_name": 120, "last_name": 120, "password": passwords.MAX_LENGTH}

DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: the rows that were understood, and what is wrong with the others."""

    source: str
    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...]
    unnamed: Mapping[str, int]
    """Customer numbers that no row, understood or not, gives an account name, and the line of the first."""


def read(file: Path, *, config: Config) -> Read:
    """What a file says. Raises ``ImportRefused`` for one that is no table of customers at all."""
    problems: list[RowProblem] = []
    table = _cells(_text_of(file), problems, file.name)
    return _read(file.name, table, problems, config=config)


def single(cells: Mapping[str, str], *, source: str, config: Config) -> Read:
    """One row, from cells by column; columns left out are empty."""
    return _read(source, [(0, dict.fromkeys(COLUMNS, "") | dict(cells))], [], config=config)


def _read(
    source: str, table: Iterable[tuple[int, Mapping[str, str]]], problems: list[RowProblem], *, config: Config
) -> Read:
    rows = []
    unnamed: dict[str, int] = {}
    named: set[str] = set()
    for line, cells in table:
        row = _row(line, cells, problems, config=config)
        if row is not None:
            rows.append(row)
        if number := number_key(cells["customer_number"]):
            unnamed.setdefault(number, line)
            if cells["account_name"].strip():
                named.add(number)
    for number in named:
        del unnamed[number]
    return Read(source, tuple(rows), tuple(problems), unnamed)


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
    refuse(source, list(_column_problems(columns)))
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
            key = _needed(username_key(cell), cell, "a user name", fix)
            return {"username": username(cell), "username_key": key}
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
