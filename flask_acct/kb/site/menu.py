"""The menu of a language, rendered by the theme; parts that are the same on many pages are rendered once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mkdocs.structure.nav import Link, Section
from mkdocs.structure.pages import Page

Draw = Callable[..., str]
"""The theme's macro for an item of the menu: the item, its name, its level, and the section it is in."""

ItemPlace = tuple[str, str, str]
"""The name of an item, and the address that its links are relative to."""


@dataclass(frozen=True, slots=True)
class Menu:
    """The parts of the menu that have been rendered."""

    _items: dict[ItemPlace, str] = field(default_factory=dict)
    """Each page and section while the reader is elsewhere."""
    _entries: dict[ItemPlace, dict[str, str]] = field(default_factory=dict)
    """Each page of a section likewise, by its address."""
    _between: dict[ItemPlace, Sequence[str] | None] = field(default_factory=dict)
    """What stands between the pages of the section where the reader is."""

    def item(self, draw: Draw, item: Page | Section | Link, path: str, page: Page | None, base_url: str) -> str:
        """Return a page or section as HTML.

        Args:
            path: The theme's name for the item, ``__nav_2``.
            page: Where the reader is; ``None`` on the page for an address that does not exist.
        """
        folder = page.url.rstrip("/").rpartition("/")[0] if page else ""
        place = path, base_url, folder
        if page and item.active and isinstance(item, Section):
            return self._around_reader(draw, item, page, place)
        if item.active:
            return draw(item, path, 1)
        if place not in self._items:
            self._items[place] = draw(item, path, 1)
        return self._items[place]

    def _around_reader(self, draw: Draw, section: Section, page: Page, place: ItemPlace) -> str:
        """Return the section where the reader is. From page to page only two of its entries change."""
        path = place[0]
        pages = [one for one in section.children if isinstance(one, Page)]
        if len(pages) < len(section.children) or self._between.get(place, ()) is None:
            return draw(section, path, 1)
        elsewhere = self._entries.setdefault(place, {})
        for one in pages:
            if one is not page and one.url not in elsewhere:
                elsewhere[one.url] = draw(one, path, 2, section)
        entries = [draw(one, path, 2, section) if one is page else elsewhere[one.url] for one in pages]
        if place not in self._between:
            whole = draw(section, path, 1)
            self._between[place] = _between(whole, entries)
            return whole
        between = self._between[place] or ()
        return "".join(text for pair in zip(between, [*entries, ""], strict=True) for text in pair)


def _between(section: str, entries: Sequence[str]) -> Sequence[str] | None:
    """Return what stands before, between and after the entries; ``None`` if the theme renders them in another way."""
    found: list[str] = []
    for entry in entries:
        before, there, section = section.partition(entry)
        if not there:
            return None
        found.append(before)
    return [*found, section]
