"""The rows that a page supplies to a declared ``Rows``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LONGEST_WORD = 24
"""Most characters of a word that is never broken if there is room for a table."""


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a list.

    Sample: ``Row("bob", ("Bob Ruiz", "bob@example.com", date(2026, 1, 9)), at={"member": 12})``.
    """

    key: str
    """Distinguishes it from the others for as long as it exists: ``data-acct-row``."""
    cells: Sequence[object]
    """By column: text, a day, a time, a declared ``Text``, several of them, or ``None`` for nothing."""
    at: Mapping[str, object] = field(default_factory=dict)
    """The parameters of its actions' addresses."""
    actions: frozenset[str] | None = None
    """Which of the declared actions it offers, by name; ``None`` for all."""

    href: str = ""
    """Where its name links to: a page of the host's."""

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

    @property
    def has_pages(self) -> bool:
        return self.pages > 1

    @staticmethod
    def may_break(words: str) -> bool:
        """Whether a word, such as an address, is so long that it is broken rather than making the table too wide."""
        return any(len(word) > LONGEST_WORD for word in words.split())

    @property
    def can_be_searched(self) -> bool:
        """Whether there is more than fits on one page."""
        return self.has_pages or bool(self.query)
