"""Contacts as a CSV file: every cell understood or named by line and column, and what is written can be read again.

A sample::

    first_name,last_name,company,email,phone,tax_id,address1,address2,city,region,postcode,country,locale,categories
    Ana,Sala,Sala Asesores,ana@example.com,+34910000000,,Calle Mayor 1,,Madrid,Madrid,28013,ES,es,invoices support
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ... import countries, phones, postcodes
from ...config import Config
from ...identifiers import email_key
from ...models import Contact

LENGTHS = {
    "first_name": 120, "last_name": 120, "company": 200, "email": 254, "phone": 40, "tax_id": 64, "address1": 200,
    "address2": 200, "city": 120, "region": 120, "postcode": 20, "country": 60, "locale": 60, "categories": 1000,
}  # fmt: skip
"""The columns, in order, and how long their cells may be."""

COLUMNS = tuple(LENGTHS)
MOST_CONTACTS = 10_000

BYTE_ORDER_MARK = "\ufeff"
"""At the head of UTF-8 it tells Excel that it is; without it, Excel spoils every accent."""

BEGINS = "(^|[;\t|] *)"
SIGN = "('*[=+\\-@\t\r\n＝＋－＠])"
FORMULA = re.compile(BEGINS + SIGN)
"""How a cell begins that a spreadsheet would run, or that was already made harmless; or what would be one, where the
spreadsheet takes another sign for the end of a cell.

Source: OWASP, "CSV Injection".
"""
DEFUSED = re.compile(f"{BEGINS}'{SIGN}")

MOST_WRONG = 10_000
"""Faults after which a file is not read on."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong with one cell: the id of a message and its slots."""

    line: int
    column: str
    id: str
    slots: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One contact of a file: the columns it has, understood, and its line."""

    line: int
    key: str
    """Of its address."""
    values: Mapping[str, str]
    """By the name of the form's field; ``categories`` separated by blanks."""


@dataclass(frozen=True, slots=True)
class NotText:
    """The file is not UTF-8."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """The file has more contacts than ``MOST_CONTACTS``."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: the rows that were understood, and what is wrong with the others."""

    rows: Sequence[Row]
    wrong: Sequence[Wrong]


def write(contacts: Iterable[Contact]) -> str:
    """The file. No cell of it is run as a formula by a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(_cell(contact, column)) for column in COLUMNS] for contact in contacts)
    return BYTE_ORDER_MARK + text.getvalue()


def read(content: bytes, *, config: Config) -> Read | NotText | TooLong:
    """What a file says; of one that is hopeless, what its first rows say."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return NotText()
    wrong: list[Wrong] = []
    good: list[Row] = []
    for line, cells in _table(text, wrong):
        row = _row(line, cells, wrong, config)
        good += [row] if row else []
        if len(good) > MOST_CONTACTS:
            return TooLong()
        if len(wrong) >= MOST_WRONG:
            break
    wrong += _twice(good)
    return Read(good, sorted(wrong, key=lambda one: one.line))


def harmless(cell: str) -> str:
    """The cell as text to every spreadsheet; ``plain`` gives it back."""
    return FORMULA.sub(r"\1'\2", cell)


def plain(cell: str) -> str:
    """What ``harmless`` was given."""
    return DEFUSED.sub(r"\1\2", cell)


def _cell(contact: Contact, column: str) -> str:
    value = getattr(contact, column)
    return " ".join(value) if isinstance(value, list) else value or ""


def _table(text: str, wrong: list[Wrong]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row's first line, and its cells by column."""
    records = _records(text, wrong)
    columns = [name.strip().lower() for name in next(records, (1, []))[1]]
    if faults := list(_wrong_columns(columns)):
        wrong += faults
        return
    for line, cells in records:
        if len(cells) == len(columns):
            yield line, dict(zip(columns, cells, strict=True))
        elif any(cell.strip() for cell in cells):
            wrong.append(Wrong(line, "", "contacts.import.cells", {"cells": len(cells), "columns": len(columns)}))


def _records(text: str, wrong: list[Wrong]) -> Iterator[tuple[int, list[str]]]:
    """Each record and the line it begins in, separated by what the first line is separated by."""
    separator = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        wrong.append(Wrong(line, "", "contacts.import.not_csv"))


def _wrong_columns(columns: Sequence[str]) -> Iterator[Wrong]:
    if "email" not in columns:
        yield Wrong(1, "email", "contacts.import.missing")
    for name in dict.fromkeys(columns):
        if name not in COLUMNS:
            yield Wrong(1, name, "contacts.import.unknown")
        elif columns.count(name) > 1:
            yield Wrong(1, name, "contacts.import.twice")


def _row(line: int, cells: Mapping[str, str], wrong: list[Wrong], config: Config) -> Row | None:
    """The row understood, or ``None`` and what is wrong with each of its cells."""
    typed = {column: unicodedata.normalize("NFC", plain(cell.strip())).strip() for column, cell in cells.items()}
    if not any(typed.values()):
        return None
    key = email_key(typed["email"])
    found = list(_wrong_cells(line, typed, key, config))
    wrong += found
    if found or key is None:
        return None
    values = {column: READ[column](cell, config) if column in READ else cell for column, cell in typed.items()}
    return Row(line, key, values)


def _wrong_cells(line: int, typed: Mapping[str, str], key: str | None, config: Config) -> Iterator[Wrong]:
    named = typed.get("country", "").upper()
    country = named if named in countries.CODES else ""
    for column, cell in typed.items():
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in cell):
            yield Wrong(line, column, "shell.form.not_text")
        elif len(cell) > LENGTHS[column]:
            yield Wrong(line, column, "shell.form.too_long", {"limit": LENGTHS[column]})
        elif column == "email":
            if key is None:
                yield Wrong(line, column, "shell.form.not_an_email" if cell else "shell.form.required")
        elif complaint := _complaint(column, cell, country, config):
            yield Wrong(line, column, *complaint)


def _complaint(column: str, cell: str, country: str, config: Config) -> tuple[str, Mapping[str, object]] | None:
    """What is wrong with a cell that is text of the right length."""
    match column:
        case "phone" if cell and phones.number(cell, country) is None:
            whose = "shell.form.not_a_phone" if country else "shell.form.not_a_phone_anywhere"
            return whose, {"example": phones.example(country)}
        case "postcode" if cell and postcodes.postcode(cell, country) is None:
            whose = "shell.form.not_a_postcode" if country else "shell.form.not_a_postcode_anywhere"
            return whose, {"example": postcodes.example(country)}
        case "country" if cell and not country:
            return "contacts.import.no_country", {"value": cell}
        case "locale" if cell and _locale(cell, config) not in config.site.locales:
            return "contacts.import.no_language", {"value": cell, "offered": ", ".join(config.site.locales)}
        case "categories":
            offered = config.contacts.offered
            unknown = next((name for name in _names(cell) if name not in offered), None)
            return (
                ("contacts.import.no_category", {"value": unknown, "offered": ", ".join(offered)}) if unknown else None
            )
    return None


def _locale(cell: str, config: Config) -> str:
    """The language of the site that is meant: ``es`` for ``es-AR`` where there is no other Spanish."""
    wanted = cell.replace("-", "_")
    known = {locale.lower(): locale for locale in config.site.locales}
    return known.get(wanted.lower()) or known.get(wanted.lower().partition("_")[0]) or wanted


def _names(cell: str) -> list[str]:
    return list(dict.fromkeys(re.split(r"[\s,;]+", cell.lower().strip()))) if cell else []


READ: Mapping[str, Callable[[str, Config], str]] = {
    "country": lambda cell, config: cell.upper(),
    "locale": lambda cell, config: _locale(cell, config) if cell else "",
    "categories": lambda cell, config: " ".join(_names(cell)),
}
"""How a cell is brought into the form's own values."""


def _twice(rows: Iterable[Row]) -> Iterator[Wrong]:
    """Every row whose address another one had before."""
    first: dict[str, int] = {}
    for row in rows:
        if row.key in first:
            yield Wrong(row.line, "email", "contacts.import.same", {"line": first[row.key]})
        first.setdefault(row.key, row.line)
