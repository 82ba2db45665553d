"""Lists that are too long for one page of a site, and so are shown a part at a time."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from sqlalchemy import GenerativeSelect

PER_PAGE = 25
"""Rows on one page of a list."""

AnySelect = TypeVar("AnySelect", bound=GenerativeSelect)


class ListPage(NamedTuple):
    """Which page of a list is shown, counted from 1, and how many there are."""

    page: int
    pages: int

    @classmethod
    def at(cls, number: int, total: int) -> ListPage:
        """Return the page asked for of so many rows, or the last one there is. An empty list has one page."""
        pages = max(1, -(-total // PER_PAGE))
        return cls(min(number, pages), pages)

    @property
    def rows(self) -> slice:
        """Which rows of the whole list are on it."""
        return slice((self.page - 1) * PER_PAGE, self.page * PER_PAGE)

    def of(self, found: AnySelect) -> AnySelect:
        """Return what finds the rows of this page alone."""
        return found.offset(self.rows.start).limit(PER_PAGE)
