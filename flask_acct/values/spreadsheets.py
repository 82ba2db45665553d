"""Reads a table from a file that a spreadsheet wrote: its cells by column, or what is wrong with it and where.

Excel, LibreOffice, Numbers and Google Sheets disagree about nearly everything that a CSV file leaves open. Accepted are
UTF-8, UTF-16 and UTF-32, and Windows-1252 if nothing else is likely; every line end; ``, ; TAB |`` between cells, or
the separator that a line ``sep=;`` names; columns named by code or by label; empty lines and columns anywhere, a title
above the names, rows that are too short, or too long by empty cells.

The standard library's ``csv`` reads the records. Which character separates them is found by the names of the columns,
which ``csv.Sniffer`` does not know, and without which it guesses wrong.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Literal, NamedTuple

from .identifiers import letters_and_digits
from .unicode_forms import normalized

SEPARATORS = ",;\t|"
MOST_COLUMNS = 200
LOOKED_AT = 64 * 1024
"""Characters among which the names of the columns are looked for."""
FIRST_ROWS = 3
"""Rows of whose cells a reader is shown some, to tell what a column is."""
MOST_ABOVE = 10
"""Rows that are not empty among which they are looked for: a title may stand above them."""

YES = frozenset(
    {"x", "1", "y", "yes", "t", "true", "ok"}  # and in other languages
    | {
        "s",
        "si",
        "sim",
        "verdadero",
        "verdadeiro",
        "vero",
        "cert",
        "o",
        "oui",
        "vrai",
        "j",
        "ja",
        "wahr",
        "نعم",
        "صحيح",
    }
)
NO = frozenset(
    {"0", "n", "no", "f", "false"}  # and in other languages
    | {"non", "nao", "nein", "falso", "fals", "faux", "falsch", "لا", "خطا"}
)
"""What a cell may say for yes and for no, in any of our languages, as ``name_key`` writes it."""

Kind = Literal["missing", "unknown", "twice", "nameless", "too_many_columns", "cells", "not_csv"]


class SheetPlace(NamedTuple):
    """Where a record begins: its line in the file, and its row in the sheet, where a cell may have several lines."""

    line: int
    row: int


FIRST = SheetPlace(1, 1)


@dataclass(frozen=True, slots=True)
class SheetFault:
    """One thing wrong with the shape of the table."""

    at: SheetPlace
    column: str
    """As the file writes it, or its letter if it has no name."""
    kind: Kind
    slots: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workbook:
    """The file is a workbook or a web page, whatever its name ends in: .xlsx, .xls, .ods, .numbers, .html."""


@dataclass(frozen=True, slots=True)
class NotText:
    """The file's encoding cannot be recognised."""

    line: int = 0
    """The first line that cannot be decoded; 0 if there are none to count."""


@dataclass(slots=True)
class Sheet:
    """The rows of a file, read one by one: ``faults`` grows meanwhile."""

    rows: Iterator[tuple[SheetPlace, Mapping[str, str]]]
    """Where each row begins, and its cells, cleaned, by column."""
    headers: Mapping[str, str]
    """How the file writes the name of each column."""
    faults: list[SheetFault]
    encoding: str
    names: Sequence[str] = ()
    """The names of all its columns, from the left; empty for one without a name."""
    columns: Sequence[str] = ()
    """What each of them is; empty for one that is left out."""
    first: Sequence[Sequence[str]] = ()
    """The cells of its first rows, as the file has them."""


def read(
    content: bytes,
    *,
    names: Mapping[str, str],
    needed: Collection[str],
    verbatim: Collection[str] = (),
    is_lenient: bool = False,
    columns: Sequence[str] = (),
) -> Sheet | Workbook | NotText:
    """Return the table in a file.

    Args:
        names: The columns by each of their spellings, see ``spellings``.
        needed: Columns that the table must have.
        verbatim: Columns whose cells are not cleaned, such as passwords.
        is_lenient: Whether columns that are unknown, nameless or there already are left out, rather than a fault; one
            that is ``needed`` may be missing then, and there are no rows.
        columns: What each column is, from the left, if not what its name says; for a lenient reading.
    """
    found = _text(content)
    if isinstance(found, Workbook | NotText):
        return found
    text, encoding = found
    faults: list[SheetFault] = []
    head = _head(text, names, needed, faults)
    faults += _wrong_names(head, names, needed, is_lenient=is_lenient) if not faults else []
    if is_lenient:
        columns = columns if len(columns) == len(head.names) else _once_each(head.names, names)
    else:
        columns = [names.get(name_key(name), "") for name in head.names]
    headers = {column: " ".join(name.split()) for column, name in zip(columns, head.names, strict=True) if column}
    records = islice(_records(head.text, head.separator, head.lines_before, faults), head.index + 1, None)
    is_hopeless = bool(faults) or not set(needed) <= set(columns)
    rows = iter(()) if is_hopeless else _rows(records, columns, frozenset(verbatim), faults, is_lenient=is_lenient)
    first = _first_rows(head) if is_lenient else ()
    return Sheet(rows, headers, faults, encoding, tuple(map(_on_line, head.names)), tuple(columns), first)


def of_records(
    header: Sequence[str],
    records: Iterable[Sequence[str]],
    *,
    names: Mapping[str, str],
    needed: Collection[str],
    verbatim: Collection[str] = (),
) -> Sheet:
    """The same for records that do not come from a file: a place is the number of its record, from 1."""
    faults = list(_wrong_names(_Head("", ",", 0, FIRST, header, 0), names, needed))
    columns = [names.get(name_key(name), "") for name in header]
    headers = {column: name for column, name in zip(columns, header, strict=True) if column}
    placed = ((SheetPlace(number, number), list(cells)) for number, cells in enumerate(records, start=1))
    rows = iter(()) if faults else _rows(placed, columns, frozenset(verbatim), faults)
    return Sheet(rows, headers, faults, "utf-8")


def spellings(spelled: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return each column by every way to write its name: ``{"firstname": "first_name", "nombre": "first_name"}``.

    Codes come before labels, and a spelling belongs to the first column that has it.
    """
    names = {name_key(column): column for column in spelled}
    for column, labels in spelled.items():
        for label in labels:
            names.setdefault(name_key(label), column)
    names.pop("", None)
    return names


def name_key(name: str) -> str:
    """Return the form for comparing names of columns and kinds: ``numerodecliente`` for ``Número_de cliente``."""
    return letters_and_digits(name)


def letter(index: int) -> str:
    """Return a spreadsheet's name for a column: ``A`` for 0, ``AB`` for 27."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _once_each(header: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """Return what each column is by its name; nothing for one that is unknown or there already."""
    columns: list[str] = []
    for name in header:
        column = names.get(name_key(name), "")
        columns.append("" if column in columns else column)
    return columns


def _first_rows(head: _Head) -> Sequence[Sequence[str]]:
    records = islice(_records(head.text, head.separator, head.lines_before, []), head.index + 1, None)
    filled = ([cleaned(cell) for cell in cells] for _, cells in records if any(cells))
    return tuple(islice(filled, FIRST_ROWS))


def _on_line(name: str) -> str:
    return " ".join(name.split())


# Cells.


class _Characters(dict[int, str | None]):
    """What a character of a cell becomes: line ends become one, every blank a space, and invisible ones are removed.

    Joiners stay, because names of some scripts need them; so do characters that are no text, to be reported.
    """

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        category = unicodedata.category(character)
        replacement: str | None = character
        if character in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029":
            replacement = "\n"
        elif character == "\t" or category == "Zs":
            replacement = " "
        elif category == "Cf" and character not in "\u200c\u200d":
            replacement = None
        self[code] = replacement
        return replacement


_CHARACTERS = _Characters()
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
"""How numbers are kept unchanged, with leading zeros: ``="08001"``."""


def cleaned(cell: str) -> str:
    """Return a cell without what its writer cannot see; several lines are separated by ``\\n``."""
    if cell.isascii() and cell.isprintable():
        cell = cell.strip()
        return _text_of_formula(cell) if cell.startswith('="') else cell
    if not cell.isprintable():
        lines = cell.replace("\r\n", "\n").translate(_CHARACTERS).split("\n")
        cell = "\n".join(line for line in map(str.strip, lines) if line)
    return _text_of_formula(normalized("NFC", cell).strip())


def _text_of_formula(cell: str) -> str:
    text = _TEXT_FORMULA.fullmatch(cell)
    return text[1].replace('""', '"').strip() if text else cell


def on_one_line(cell: str, joint: str = " ") -> str:
    """Return the lines of a cell joined into one."""
    return cell.replace("\n", joint)


def is_text(cell: str) -> bool:
    """Whether it holds only what people can type, apart from line ends."""
    if cell.isprintable():
        return True
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in cell if character != "\n")


_WHOLE = re.compile(r"([0-9]+)[.,]0{1,2}")
"""Three zeros may be thousands."""
_SHORTENED = re.compile(r"[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)


def whole_number(cell: str) -> str:
    """Return digits as somebody typed them: ``9000`` for ``9000.0``, ``9000,00`` and ``'9000``; else unchanged."""
    cell = cell.lstrip("'’").strip()
    return found[1] if (found := _WHOLE.fullmatch(cell)) else cell


def is_shortened(cell: str) -> bool:
    """Whether the spreadsheet kept only the first digits of a long number: ``3,491E+10``."""
    return _SHORTENED.fullmatch(cell.lstrip("'’")) is not None


# Rows.


@dataclass(frozen=True, slots=True)
class _Head:
    """Where the names of the columns are, and how the records must be read."""

    text: str
    separator: str
    lines_before: int
    """1 for a line ``sep=;``, which spreadsheets do not show; else 0."""
    at: SheetPlace
    names: Sequence[str]
    index: int
    """The index of the record, empty ones included."""


_SEPARATOR_LINE = re.compile(r'"?sep=([^\w\s"]|\t)"?[,;\t|]*[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_QUOTED_AFTER_BLANK = re.compile(r'(?:^|[,;\t|]) +"', re.MULTILINE)


def _head(text: str, names: Mapping[str, str], needed: Collection[str], faults: list[SheetFault]) -> _Head:
    """Return the record that names most columns, and its separator; else the first record."""
    separator_line = _SEPARATOR_LINE.match(text)
    separators = tuple(dict.fromkeys([separator_line[1], *SEPARATORS])) if separator_line else tuple(SEPARATORS)
    text, skipped = (text[separator_line.end() :], 1) if separator_line else (text, 0)
    best: tuple[tuple[int, int], str, int] | None = None
    for separator in separators:
        for number, (index, cells) in enumerate(_filled(text[:LOOKED_AT], separator)):
            found = {names[name] for cell in cells if (name := name_key(cell)) in names}
            score = (len(found), 0 if found else len(cells))
            if (best is None or score > best[0]) and (number == 0 or found.issuperset(needed)):
                best = score, separator, index
    _, separator, index = best or ((0, 0), separators[0], 0)
    # Searched in a piece of the file only, at whose end a long line was cut.
    at, cells = next(islice(_records(text, separator, skipped, faults), index, None), (FIRST, []))
    return _Head(text, separator, skipped, at, _without_end(cells), index)


def _filled(text: str, separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the first records that are not empty, with their index among all."""
    records = enumerate(_records(text, separator, 0, []))
    filled = ((index, trimmed) for index, (_, cells) in records if (trimmed := _without_end(cells)))
    yield from islice(filled, MOST_ABOVE)


def _without_end(cells: Sequence[str]) -> list[str]:
    """Return the cells, cleaned, without the empty ones at the end."""
    if not any(cells):
        return []
    cleaned_cells = [cleaned(cell) for cell in cells]
    while cleaned_cells and not cleaned_cells[-1]:
        cleaned_cells.pop()
    return cleaned_cells


def _records(
    text: str, separator: str, skipped: int, faults: list[SheetFault]
) -> Iterator[tuple[SheetPlace, list[str]]]:
    """Yield each record and where it begins."""
    # Only if a quote follows a space: elsewhere a space may be the first character of a password.
    has_blanks = separator != " " and _QUOTED_AFTER_BLANK.search(text) is not None
    # Not io.StringIO, which takes four bytes for each character of the file.
    lines = (line[0] for line in _LINE.finditer(text))
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=has_blanks)
    at = SheetPlace(1 + skipped, 1)
    try:
        for cells in reader:
            yield at, cells
            at = SheetPlace(reader.line_num + 1 + skipped, at.row + 1)
    except csv.Error as error:
        faults.append(SheetFault(at, "", "not_csv", {"why": str(error)}))


def _wrong_names(
    head: _Head, names: Mapping[str, str], needed: Collection[str], *, is_lenient: bool = False
) -> Iterator[SheetFault]:
    if len(head.names) > MOST_COLUMNS:
        yield SheetFault(head.at, "", "too_many_columns", {"columns": len(head.names), "most": MOST_COLUMNS})
        return
    if is_lenient:
        return
    columns = [names.get(name_key(name)) for name in head.names]
    yield from (SheetFault(head.at, wanted, "missing") for wanted in needed if wanted not in columns)
    first: dict[str, int] = {}
    for index, (name, column) in enumerate(zip(head.names, columns, strict=True)):
        if column is None and name:
            yield SheetFault(head.at, " ".join(name.split()), "unknown", {"letter": letter(index)})
        elif column and column in first:
            letters = {"first": letter(first[column]), "letter": letter(index)}
            yield SheetFault(head.at, " ".join(name.split()), "twice", letters)
        if column:
            first.setdefault(column, index)


def _rows(
    records: Iterable[tuple[SheetPlace, Sequence[str]]],
    columns: Sequence[str],
    verbatim: frozenset[str],
    faults: list[SheetFault],
    *,
    is_lenient: bool = False,
) -> Iterator[tuple[SheetPlace, Mapping[str, str]]]:
    """Yield each row that is not empty. A column without a name is allowed if it is empty, or left out."""
    nameless = {index for index, column in enumerate(columns) if not column and not is_lenient}
    for at, cells in records:
        if not any(cells):
            continue
        row: dict[str, str] = {}
        extra = 0
        for index, (column, cell) in enumerate(zip_longest(columns, cells, fillvalue="")):
            trimmed = cell if column in verbatim else cleaned(cell)
            if column:
                row[column] = trimmed
            elif trimmed and index >= len(columns):
                extra = index + 1
            elif trimmed and index in nameless:
                nameless.discard(index)
                faults.append(SheetFault(at, letter(index), "nameless"))
        if extra:
            faults.append(SheetFault(at, "", "cells", {"cells": extra, "columns": len(columns)}))
        elif any(map(str.strip, row.values())):
            yield at, row


# Bytes.

_ZIPPED = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
_MARKED_UP = ("<", "mime-version:", "{\\rtf", "%pdf-")
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
BYTE_ORDER_MARK = "\ufeff"
FEW = 50
"""In text, at most one character of so many may be a zero byte; the cell that holds it is reported."""


def _text(content: bytes) -> tuple[str, str] | Workbook | NotText:
    """Return what the bytes say, and in which encoding."""
    if content.startswith(_ZIPPED):
        return Workbook()
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None) or _wide(content)
    try:
        text = content.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return (None if encoding else _western(content)) or NotText(line)
    text = text.lstrip(BYTE_ORDER_MARK)
    if text.count("\0") * FEW > len(text):
        return NotText()
    return Workbook() if text[:100].lstrip().lower().startswith(_MARKED_UP) else (text, encoding or "utf-8")


def _wide(content: bytes) -> str | None:
    """Return the encoding of text without a byte order mark that has a zero in every other byte."""
    piece = content[:4096]
    even, odd = piece[::2].count(0), piece[1::2].count(0)
    if max(even, odd) * 5 < len(piece):
        return None
    return "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else None


_SMALL = "áéíóúüñçàèìòùâêîôãäöïëß"
_LETTERS = _SMALL + "ÁÉÍÓÚÜÑÇÀÈÌÒÙÂÊÎÔÃÄÖÏË"
_MARKS = "ªº°¿¡·«»€‘’“”–—…´\xa0"
_CAPITALS = "A-ZÁÉÍÓÚÜÑÇÀÈÌÒÙ"
_ANY = f"A-Za-z{_LETTERS}"
_UNLIKELY = re.compile(
    f"[{_LETTERS}]{{3}}"  # The letters of another alphabet.
    f"|[{_CAPITALS}][{_SMALL}][{_CAPITALS}]|(?<![{_ANY}])[çêîò]"  # A capital of an old Mac.
    f"|[{_ANY}]Ö"  # A capital of DOS.
    "|È[a-z]"  # Č, of a spreadsheet in Central Europe.
    f"|[{_ANY}][°¿¡«»€‘’“”–—…´\xa0][{_ANY}]"  # A letter of DOS or of an old Mac.
)


def _western(content: bytes) -> tuple[str, str] | None:
    """Decode Windows-1252, which Excel in Western Europe writes as "CSV"; ``None`` if it is likely to be something
    else.

    Every byte is a character in it, so it is assumed only if all letters are those of Spanish, Italian, Catalan,
    Portuguese, French and German, and stand where these have them.
    """
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return None
    foreign = {character for character in set(text) if not character.isascii()} - {*_LETTERS, *_MARKS}
    return None if foreign or _UNLIKELY.search(text) else (text, "windows-1252")
