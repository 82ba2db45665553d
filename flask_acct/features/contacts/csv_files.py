"""Contacts as a CSV file: every cell understood or named by line and column, and what is written can be read again.

A sample::

    first_name,last_name,company,email,phone,tax_id,address1,address2,city,region,postcode,country,locale,categories
    Ana,Sala,Sala Asesores,ana@example.com,+34910000000,,Calle Mayor 1,,Madrid,Madrid,28013,ES,es,invoices support

An empty cell keeps what is there, and a lone ``-`` clears it. Columns and what has a name may be called by it in any
language. Instead of ``categories``, or beside it, each category may have a column, ticked by ``x`` or ``yes``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...config import Config, OwnField
from ...db.models import Contact, length_of
from ...declare import own_fields
from ...declare.labels import called
from ...values import countries, languages, phones, postcodes, spreadsheets
from ...values.formulas import DEFUSED, harmless
from ...values.identifiers import email_address, folded_address
from ...values.spreadsheets import BYTE_ORDER_MARK, NotText, Workbook, name_key, on_one_line

COLUMNS = Contact.DETAILS

WORDED = {"phone": 40, "country": 60, "locale": 60, "categories": 1000}
"""How long the cells may be that are written otherwise than they are stored: ``Spain`` for ``ES``."""

LENGTHS = {name: WORDED.get(name) or length_of(getattr(Contact, name)) for name in COLUMNS}
"""How long the cells of each column may be."""

MOST_CONTACTS = 10_000

ALSO_CALLED = {
    "email": ("contacts.list.email",),
    "locale": ("profile.me.locale",),
    "categories": ("contacts.list.categories", "contacts.contact.messages"),
}
"""Elements that call a column by another name than its field does."""

CLEARS = frozenset("-–—")
"""What a cell holds that shall be empty."""

YES = spreadsheets.YES | {"✓", "✔", "☑", "✅"}
NO = spreadsheets.NO | {"✗", "✘", "☐", "❌"} | CLEARS
"""What the cell of a category says, in small letters without accents."""

FEWEST_DIGITS = 3
"""What a spreadsheet leaves of a postcode: ``144`` of Rome's ``00144``."""

MOST_WRONG = 10_000
"""Faults after which a file is not read on."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """One thing wrong with one cell: the id of a message and its slots."""

    line: int
    column: str
    id: str
    slots: Mapping[str, object] = field(default_factory=dict)
    row: int = 0
    """The row in the sheet, which differs from the line where cells have several lines; 0 where it does not."""


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact of a file: what it says, as it is stored, and its line."""

    line: int
    key: str
    """Of its address."""
    values: Mapping[str, Any]
    """By the name of the column; empty where it shall be cleared, left out where nothing is said."""
    ticks: Mapping[str, bool] = field(default_factory=dict)
    """What it says of single categories."""

    @property
    def says_categories(self) -> bool:
        """Whether it says which mails the contact gets."""
        return "categories" in self.values or bool(self.ticks)


@dataclass(frozen=True, slots=True)
class TooLong:
    """The file has more contacts than ``MOST_CONTACTS``."""


@dataclass(frozen=True, slots=True)
class FileLayout:
    """The columns of a file, from the left: what each is called, what it is taken for, and the first rows."""

    names: Sequence[str] = ()
    columns: Sequence[str] = ()
    first: Sequence[Sequence[str]] = ()

    @property
    def lacks_email(self) -> bool:
        return "email" not in self.columns

    @property
    def leaves_out(self) -> bool:
        """Whether a column is taken for nothing, because it has no name that is known, or that of another one."""
        return not all(self.columns)


@dataclass(frozen=True, slots=True)
class ContactsRead:
    """What a file says: the rows that were understood, and what is wrong with the others."""

    rows: Sequence[ContactRow]
    wrong: Sequence[CellFault]
    headers: Mapping[str, str] = field(default_factory=dict)
    """How the file calls its columns."""
    layout: FileLayout = field(default_factory=FileLayout)


def columns(config: Config) -> tuple[str, ...]:
    """The columns of a file, the host's own fields among them."""
    return (*COLUMNS, *config.fields.contact)


def write(contacts: Iterable[Contact], *, config: Config | None = None) -> str:
    """The file. No cell of it is run as a formula by a spreadsheet.

    Args:
        config: Whose own fields it has columns for.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    own = config.fields.contact if config else {}
    names = (*COLUMNS, *own)
    writer.writerow(names)
    writer.writerows([harmless(_cell(contact, column, own)) for column in names] for contact in contacts)
    return BYTE_ORDER_MARK + text.getvalue()


def read(content: bytes, config: Config, matched: Sequence[str] = ()) -> ContactsRead | NotText | Workbook | TooLong:
    """What a file says; of one that is hopeless, what its first rows say.

    Args:
        matched: What its columns are, from the left, if not what their names say.
    """
    table = spreadsheets.read(content, names=_columns(config), needed=("email",), is_lenient=True, columns=matched)
    if isinstance(table, NotText | Workbook):
        return table
    reading = ContactReader(config)
    for at, cells in table.rows:
        reading.take(at, cells)
        if len(reading.good) > MOST_CONTACTS:
            return TooLong()
        if len(reading.wrong) + len(table.faults) >= MOST_WRONG:
            break
    shape = [_wrong_shape(fault) for fault in table.faults]
    wrong = sorted([*shape, *reading.wrong, *_twice(reading.good)], key=lambda one: one.line)
    return ContactsRead(reading.good, wrong, table.headers, FileLayout(table.names, table.columns, table.first))


def template(labels: Mapping[str, str], config: Config) -> str:
    """An empty file with all columns, called as the labels say; each category has a column of its own.

    Args:
        labels: The words of elements in the reader's language, by their ids.
    """
    names = [labels[f"contacts.contact.{column}"] for column in COLUMNS if column != "categories"]
    names += [labels[f"fields.contact.{name}"] for name in config.fields.contact]
    names += [labels[f"contacts.categories.{name}"] for name in config.contacts.offered]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow([harmless(name) for name in names])
    return BYTE_ORDER_MARK + text.getvalue()


def choices(labels: Mapping[str, str], config: Config, kind: Callable[[str], str]) -> list[tuple[str, str]]:
    """What a column of a file can be, each with its words.

    Args:
        labels: The words of elements in the reader's language, by their ids.
        kind: The words for the column of a single category, given the category's.
    """
    offered = [(column, labels[f"contacts.contact.{column}"]) for column in COLUMNS if _has(column, config)]
    offered += [(name, labels[f"fields.contact.{name}"]) for name in config.fields.contact]
    kinds = ((name, labels[f"contacts.categories.{name}"]) for name in config.contacts.offered)
    return offered + [(f"{CATEGORY}{name}", kind(words)) for name, words in kinds]


def _has(column: str, config: Config) -> bool:
    return column != "categories" or bool(config.contacts.offered)


def plain(cell: str) -> str:
    """What ``harmless`` was given."""
    return DEFUSED.sub(r"\1\2", cell) if "'" in cell else cell


def _cell(contact: Contact, column: str, own: Mapping[str, OwnField]) -> str:
    if column in own:
        return own_fields.cell(own[column], contact.fields.get(column))
    value = getattr(contact, column)
    return " ".join(value) if isinstance(value, list) else value or ""


def _columns(config: Config) -> Mapping[str, str]:
    """The columns by all their names, and those of single categories, ``category.invoices``, by theirs."""
    say = partial(called, overrides=config.wording)
    spelled = {
        column: [label for id_ in (f"contacts.contact.{column}", *ALSO_CALLED.get(column, ())) for label in say(id_)]
        for column in COLUMNS
    }
    spelled |= {name: sorted(say(f"fields.contact.{name}")) for name in config.fields.contact}
    names = spreadsheets.spellings(spelled)
    for name, category in _categories(config).items():
        names.setdefault(name, f"{CATEGORY}{category}")
    return names


CATEGORY = "category."


def _categories(config: Config) -> Mapping[str, str]:
    """The categories by all their names."""
    offered = config.contacts.offered
    words = {name: called(f"contacts.categories.{name}", config.wording) for name in offered}
    return spreadsheets.spellings(words)


def _wrong_shape(fault: spreadsheets.SheetFault) -> CellFault:
    row = fault.at.row if fault.at.row != fault.at.line else 0
    return CellFault(fault.at.line, fault.column, f"contacts.import.{fault.kind}", fault.slots, row)


Complaint = tuple[str, Mapping[str, object]]
"""The id of a message and its slots."""


class Unclear(Exception):
    """A cell cannot be understood."""

    def __init__(self, id_: str, **slots: object) -> None:
        super().__init__(id_)
        self.complaint: Complaint = (id_, slots)


class ContactReader:
    """What was read of a file so far, row by row."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.good: list[ContactRow] = []
        self.wrong: list[CellFault] = []
        self.categories = _categories(config)

    def take(self, at: spreadsheets.SheetPlace, cells: Mapping[str, str]) -> None:
        """A row is among the good ones, or what is wrong with each of its cells among the wrong."""
        cells = _with_lines_apart(cells)
        values: dict[str, Any] = {}
        ticks: dict[str, bool] = {}
        own: dict[str, Any] = {}
        is_good = True
        country = self._country_of(cells)
        for column, cell in cells.items():
            try:
                if column.startswith(CATEGORY):
                    ticks |= _tick(column.removeprefix(CATEGORY), cell)
                elif column in self.config.fields.contact:
                    own |= self._own(column, cell, country)
                elif cell or column == "email":
                    values[column] = self._value(column, cell, country)
            except Unclear as why:
                row = at.row if at.row != at.line else 0
                self.wrong.append(CellFault(at.line, column, *why.complaint, row=row))
                is_good = False
        if is_good:
            values |= {"fields": own} if own else {}
            self.good.append(ContactRow(at.line, folded_address(values["email"]), values, ticks))

    def _country_of(self, cells: Mapping[str, str]) -> str:
        return countries.code_of(cells.get("country", ""), self.config.site.locales) or ""

    def _own(self, name: str, cell: str, country: str) -> Mapping[str, Any]:
        """What the cell of a field of the host's says, ``None`` to clear it; nothing for an empty one."""
        if not cell or cell in CLEARS:
            return {name: None} if cell else {}
        one, id_ = self.config.fields.contact[name], f"fields.contact.{name}"
        if not spreadsheets.is_text(cell):
            raise Unclear("shell.form.not_text")
        given = plain(on_one_line(cell)).strip()
        try:
            return {name: own_fields.understood(one, given, name=id_, country=country, wording=self.config.wording)}
        except own_fields.NotOne:
            raise _unclear(one, country) from None

    def _value(self, column: str, cell: str, country: str) -> Any:
        """What is stored for a cell. Raises ``Unclear``."""
        if cell in CLEARS and column != "email":
            return [] if column == "categories" else ""
        if not spreadsheets.is_text(cell):
            raise Unclear("shell.form.not_text")
        cell = plain(on_one_line(cell, "," if column == "categories" else " ")).strip()
        if len(cell) > LENGTHS[column]:
            raise Unclear("shell.form.too_long", limit=LENGTHS[column])
        understood = READ.get(column)
        return understood(cell, country, self) if understood else cell


def _with_lines_apart(cells: Mapping[str, str]) -> Mapping[str, str]:
    """An address of several lines in one cell, as letters have it, takes the place of both its columns."""
    street = cells.get("address1", "")
    if "\n" not in street:
        return cells
    first, _, rest = street.partition("\n")
    if cells.get("address2"):
        return {**cells, "address1": on_one_line(street, ", ")}
    return {**cells, "address1": first, "address2": on_one_line(rest, ", ")}


def _unclear(one: OwnField, country: str) -> Unclear:
    """What is said of a cell that is no value of a field of the host's."""
    if one.type == "text":
        return Unclear("shell.form.too_long", limit=one.max_length)
    if one.type == "phone":
        whose = "shell.form.not_a_phone" if country else "shell.form.not_a_phone_anywhere"
        return Unclear(whose, example=phones.example(country))
    return Unclear(NOT_ONE[one.type])


NOT_ONE = {
    "email": "shell.form.not_an_email",
    "url": "shell.form.not_an_address",
    "date": "shell.form.not_a_day",
    "number": "shell.form.not_a_count",
    "choice": "shell.form.not_a_choice",
    "yes_no": "shell.form.not_a_choice",
}


def _tick(category: str, cell: str) -> Mapping[str, bool]:
    """What the cell of a category says of it; nothing for an empty one. Raises ``Unclear``."""
    if not cell:
        return {}
    cell_key = name_key(cell) or cell.rstrip("\ufe0f")
    if cell_key not in YES | NO:
        raise Unclear("contacts.import.no_tick", value=cell)
    return {category: cell_key in YES}


def _email(cell: str, _country: str, _reading: ContactReader) -> str:
    if not cell:
        raise Unclear("shell.form.required")
    address = email_address(cell)
    if address is None:
        raise Unclear("shell.form.not_an_email")
    return address


def _phone(cell: str, country: str, _reading: ContactReader) -> str:
    if spreadsheets.is_shortened(cell):
        raise Unclear("contacts.import.shortened", value=cell)
    found = phones.number(spreadsheets.whole_number(cell), country)
    if found is None:
        whose = "shell.form.not_a_phone" if country else "shell.form.not_a_phone_anywhere"
        raise Unclear(whose, example=phones.example(country))
    return found


def _postcode(cell: str, country: str, _reading: ContactReader) -> str:
    """The postcode. A spreadsheet takes it for a number and drops its zeros: ``8001`` of Spain is ``08001``."""
    cell = spreadsheets.whole_number(cell)
    example = postcodes.example(country)
    is_cut = cell.isdecimal() and len(cell) >= FEWEST_DIGITS
    for written in (cell, cell.zfill(len(example)) if is_cut else cell):
        found = postcodes.postcode(written, country)
        if found is not None:
            return found
    raise Unclear("shell.form.not_a_postcode" if country else "shell.form.not_a_postcode_anywhere", example=example)


def _country(cell: str, country: str, _reading: ContactReader) -> str:
    if not country:
        raise Unclear("contacts.import.no_country", value=cell)
    return country


def _locale(cell: str, _country: str, reading: ContactReader) -> str:
    offered = reading.config.site.locales
    found = languages.locale_of(cell, offered)
    if found is None:
        raise Unclear("contacts.import.no_language", value=cell, offered=", ".join(offered))
    return found


def _chosen(cell: str, _country: str, reading: ContactReader) -> list[str]:
    """The categories a cell names: separated by blanks, too, unless what is between is the name of one."""
    chosen: set[str] = set()
    known_by = reading.categories
    parts = [cell] if name_key(cell) in known_by else re.split(r"[,;|/+]", cell)
    for part in filter(None, map(str.strip, parts)):
        for name in [part] if name_key(part) in known_by else part.split():
            known = known_by.get(name_key(name))
            if known is None:
                offered = ", ".join(reading.config.contacts.offered)
                raise Unclear("contacts.import.no_category", value=name, offered=offered)
            chosen.add(known)
    return [name for name in reading.config.contacts.offered if name in chosen]


READ: Mapping[str, Callable[[str, str, ContactReader], Any]] = {
    "email": _email,
    "phone": _phone,
    "postcode": _postcode,
    "country": _country,
    "locale": _locale,
    "categories": _chosen,
}
"""How cells are understood that are more than text."""


def _twice(rows: Iterable[ContactRow]) -> Iterator[CellFault]:
    """Every row whose address another one had before."""
    first: dict[str, int] = {}
    for row in rows:
        if row.key in first:
            yield CellFault(row.line, "email", "contacts.import.same", {"line": first[row.key]})
        first.setdefault(row.key, row.line)
