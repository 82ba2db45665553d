"""The rows that a page supplies to a declared ``Rows``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, pairwise
from typing import Literal

from ..declare.elements import Tone

NEAR = 2
"""Pages before and after the one in view that have links of their own."""

SEEN = 2
"""How many words of a ``SeveralCell`` are seen."""

LONGEST_WORD = 24
"""Most characters of a word that is never broken if there is room for a table."""

LONGEST_LABEL = 60
"""Most characters of a cell that is not running text, which needs a broad column."""


@dataclass(frozen=True, slots=True)
class PersonCell:
    """A cell with somebody's initials, name and address; somebody invited has no name yet."""

    email: str
    name: str = ""

    kind = "person"

    @property
    def value(self) -> object:
        return {"name": self.name, "email": self.email}

    @property
    def words(self) -> str:
        return f"{self.name} ({self.email})" if self.name else self.email

    @property
    def initials(self) -> str:
        """The first letters of the first and the last name."""
        words = self.name.split() or [self.email]
        return "".join(word[0] for word in (words[0], *words[1:][-1:]))


@dataclass(frozen=True, slots=True)
class TimeCell:
    """A cell with a time in a few words, ``2 hours ago``; the page has the full date beside them."""

    value: datetime
    words: str

    kind = "moment"


@dataclass(frozen=True, slots=True)
class StateCell:
    """A cell with a word in a box, and below it what else there is to say."""

    value: str
    """What the word means, for programs: ``invited``."""
    text: str
    tone: Tone | Literal[""] = ""
    note: TimeCell | str = ""
    id: str = ""
    """The id of its words, where an article speaks of them."""

    kind = "badge"

    @property
    def words(self) -> str:
        note = self.note.words if isinstance(self.note, TimeCell) else self.note
        return f"{self.text}, {note}" if note else self.text


@dataclass(frozen=True, slots=True)
class SeveralCell:
    """A cell with several words, of which only the first are seen, so that its row is no higher than the others."""

    values: Sequence[str]

    kind = "several"

    @property
    def value(self) -> object:
        return self.words

    @property
    def words(self) -> str:
        return ", ".join(self.values)

    @property
    def seen(self) -> Sequence[str]:
        return self.values[:SEEN]

    @property
    def more(self) -> Sequence[str]:
        return self.values[SEEN:]


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a list.

    Sample: ``Row("bob", ("Bob Ruiz", "bob@example.com", date(2026, 1, 9)), at={"member": 12})``.
    """

    key: str
    """Distinguishes it from the others for as long as it exists: ``data-acct-row``."""
    cells: Sequence[object]
    """By column: text, a day, a time, a declared ``Text``, several of them, or ``None`` for nothing; also a
    ``PersonCell``, a ``StateCell``, a ``TimeCell`` or a ``SeveralCell``."""
    at: Mapping[str, object] = field(default_factory=dict)
    """The parameters of its actions' addresses."""
    actions: frozenset[str] | None = None
    """Which of the declared actions it offers, by name; ``None`` for all."""

    href: str = ""
    """Where its name links to: a page of the host's."""
    chosen_as: str = ""
    """What its checkbox sends, if several rows can be chosen."""

    @property
    def is_named_by_another_cell(self) -> bool:
        """Whether its first cell is one of the others once more: a contact without a name has the address there."""
        name, *others = self.cells
        return isinstance(name, str) and bool(name) and name in others

    @property
    def has_actions(self) -> bool:
        return self.actions is None or bool(self.actions)

    def with_cell(self, index: int, cell: object) -> Row:
        """Return the row with another cell in a column, counted from 0."""
        return replace(self, cells=(*self.cells[:index], cell, *self.cells[index + 1 :]))

    def offers(self, action: str) -> bool:
        return self.actions is None or action in self.actions


@dataclass(frozen=True, slots=True)
class RowPage:
    """The rows of one page of a list."""

    rows: Sequence[Row]
    page: int = 1
    pages: int = 1
    query: str = ""
    """The words it was searched for."""
    sort: str = ""
    """The column it is sorted by, with a ``-`` before it if in descending order: ``-email``."""

    def with_rows(self, rows: Sequence[Row]) -> RowPage:
        """Return the same page of the list with other rows."""
        return replace(self, rows=rows)

    def is_filled(self, column: int) -> bool:
        """Whether any of its rows has something in the column, counted from 0: an empty column is left out."""
        return any(row.cells[column] or row.cells[column] == 0 for row in self.rows)

    @property
    def has_pages(self) -> bool:
        return self.pages > 1

    @staticmethod
    def is_prose(words: str) -> bool:
        """Whether a cell is running text."""
        return len(words) > LONGEST_LABEL

    @property
    def has_prose(self) -> bool:
        """Whether one of its columns has running text, for which the others make room."""
        return any(isinstance(cell, str) and self.is_prose(cell) for row in self.rows for cell in row.cells)

    @staticmethod
    def may_break(words: str) -> bool:
        """Whether a word, such as an address, is so long that it is broken rather than making the table too wide."""
        return any(len(word) > LONGEST_WORD for word in words.split())

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the pages with links of their own: the first, the last, and those around this one; 0 for a gap."""
        near = {1, self.pages, *range(max(1, self.page - NEAR), min(self.pages, self.page + NEAR) + 1)}
        near |= {number for number in (2, self.pages - 1) if {number - 1, number + 1} <= near}
        ordered = sorted(near)
        spaced = [(0, number) if number - before > 1 else (number,) for before, number in pairwise([0, *ordered])]
        return tuple(chain.from_iterable(spaced))

    def sort_after(self, column: str) -> str:
        """Return how the list is sorted once the name of a column was pressed."""
        return f"-{column}" if self.sort == column else column

    def order_of(self, column: str) -> str:
        """Return ``ascending`` or ``descending`` if the list is sorted by the column, else nothing."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "")

    @property
    def can_be_searched(self) -> bool:
        """Whether there is more than fits on one page."""
        return self.has_pages or bool(self.query)
