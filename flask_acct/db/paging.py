"""Lists that are too long for one page of a site, and so are shown a part at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select

PER_PAGE = 25
"""Rows on one page of a list."""

AnySelect = TypeVar("AnySelect", bound=Select[Any])


@dataclass(frozen=True, slots=True)
class ListPage:
    """Which page of a list is shown, counted from 1, and how many there are."""

    number: int
    pages: int

    @classmethod
    def at(cls, asked: int, total: int) -> ListPage:
        """Return the page asked for of so many rows, or the last one there is. An empty list has one page."""
        pages = max(1, -(-total // PER_PAGE))
        return cls(min(asked, pages), pages)

    def of(self, rows: AnySelect) -> AnySelect:
        """Return what finds the rows of this page alone."""
        return rows.offset((self.number - 1) * PER_PAGE).limit(PER_PAGE)
