"""The menu of the account area as the user of one request sees it.

What somebody may open is decided once for all who have the same rights, and rendered once for each page. Only what the
host's views say anew on each page, words and badges, is asked for every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, cast

from flask import current_app, request, url_for

from ..declare.elements import MEMBER, NavEntry, NavGroup, StaffEntry
from ..security.sessions import CurrentSession
from ..staff.members import PresentMember
from . import addresses, fragments
from .guards import rights
from .nav import (
    HEADED,
    Badge,
    HostEntry,
    HostPage,
    NavLink,
    NavPlace,
    NavSection,
    as_badge,
    current_of,
    host_pages,
    in_sections,
)
from .required import permission_of
from .state import state

if TYPE_CHECKING:
    from .layout import Layout


class PageMenu:
    """The menu of one page.

    Args:
        here: Who is signed in.
    """

    def __init__(self, layout: Layout, here: CurrentSession) -> None:
        self._layout = layout
        self._rights = (addresses.root(), layout.locale, rights(here))

    @property
    def sections(self) -> tuple[NavSection, ...]:
        """Return the entries by group."""
        return fragments.remembered_of_user(
            ("nav", *self.key), make=lambda: in_sections(self._marked(), self._headings)
        )

    @cached_property
    def key(self) -> tuple[object, ...]:
        """Return all that the menu depends on: the same for everybody who may open the same, on the same page."""
        said_now = tuple(place.link for place in self._places if place.changing)
        return (*self._rights, self._current, *said_now)

    @property
    def _headings(self) -> Mapping[str, str]:
        return {name: self._layout.words[f"shell.nav.{name}"] for name in HEADED}

    @cached_property
    def _current(self) -> tuple[str, str]:
        path, home = f"{request.script_root}{request.path}", self._layout.place("site.home") or "/"
        return current_of((place.link.href for place in self._places), path, home)

    def _marked(self) -> Iterator[tuple[NavGroup, NavLink]]:
        nearest, mark = self._current
        for place in self._places:
            yield place.group, replace(place.link, current=mark if place.link.href == nearest else "")

    @cached_property
    def _places(self) -> tuple[NavPlace, ...]:
        """Return the entries that the user may open, with what they say on this page."""
        opened = fragments.remembered_of_user(("opened", *self._rights), make=lambda: tuple(self._opened()))
        return tuple(self._at_present(place) if place.changing else place for place in opened)

    def _opened(self) -> Iterator[NavPlace]:
        """Yield the entries that the user may open: ours, those of acct.toml, those of the host's views."""
        layout = self._layout
        yield from (NavPlace(link.group, door) for link, door in own_entries(layout) if layout.opens(link.to))
        for name, own in layout.config.nav.links.items():
            if own.needs is None or layout.may(own.needs):
                yield NavPlace(own.group, configured_link(layout, f"nav.{name}", own.url, own.icon))
        in_header = {link.href for link in layout.header_links}
        for page in _host_pages():
            said, href = page.entry, url_for(page.endpoint)
            # What the header of every page leads to is not said twice.
            if href not in in_header and (page.is_open or layout.may(page.needs or MEMBER)):
                link = NavLink(f"nav.{page.endpoint}", layout.in_language(said.words), href, said.icon)
                yield NavPlace(said.group, link, said if said.is_changing else None)

    def _at_present(self, place: NavPlace) -> NavPlace:
        """Return an entry of the host's with the words and the badge of this page."""
        said = cast("HostEntry", place.changing)
        words = self._layout.in_language(said.words)
        return replace(place, link=replace(place.link, text=words, badge=self._badge(said)))

    def _badge(self, said: HostEntry) -> Badge | None:
        badge = as_badge(current_app.ensure_sync(said.badge)()) if said.badge else None
        return replace(badge, words=self._layout.in_language(badge.words)) if badge else None


def own_entries(layout: Layout) -> Sequence[tuple[NavEntry, NavLink]]:
    """Return our entries with their links, whoever may open them."""
    declared = state().platform.declared.menu
    return fragments.once(
        addresses.root(),
        "menu",
        layout.locale,
        make=lambda: [(link, door) for link in declared if (door := layout.door(link))],
    )


def staff_section(layout: Layout, here: PresentMember) -> NavSection:
    """Return the menu of the staff area, as one of the staff sees it."""
    entries = (text for text in state().platform.declared.texts.values() if isinstance(text, StaffEntry))
    links = [door for one in entries if one.role in ("", here.actor.role) and (door := layout.door(one))]
    nearest, mark = current_of((link.href for link in links), f"{request.script_root}{request.path}", "")
    marked = (replace(link, current=mark if link.href == nearest else "") for link in links)
    return NavSection("overview", "", tuple(marked))


def configured_link(layout: Layout, id_: str, place: str, icon: str = "") -> NavLink:
    """Return a link that acct.toml adds, to the menu or to the header."""
    return NavLink(id_, layout.words[id_], addresses.link_url(place), icon)


def _host_pages() -> Sequence[HostPage]:
    cache = state().cache
    if "host pages" not in cache:
        cache["host pages"] = tuple(host_pages(current_app, partial(permission_of, current_app)))
    return cast("Sequence[HostPage]", cache["host pages"])
