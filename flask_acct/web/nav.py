"""The menu of the account area: what features, acct.toml and the host's views declare, and how many wait behind each.

Entries are declared once and shown to whoever may open them. A view of the host's says its own, beside the permission
it asks for::

    @app.get("/invoices")
    @requires("invoices")
    @acct.nav("Invoices", group="billing", icon="invoice", badge=overdue)
    def invoices(): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from flask import Flask
from werkzeug.routing import Rule

from ..config.problems import did_you_mean
from ..config.tables.nav import HostGroup, Icon
from ..declare.elements import NavGroup, Tone
from ..errors import AcctError

View = TypeVar("View", bound=Callable[..., Any])

Words = Any
"""A text for everybody, a text by language (``{"en": "Invoices", "es": "Facturas"}``), or what becomes a text when it
is shown, such as Flask-Babel's ``lazy_gettext("Invoices")``."""

GROUPS: tuple[NavGroup, ...] = get_args(NavGroup)
HEADED = tuple(group for group in get_args(HostGroup) if group != "overview")
"""The groups under a heading."""


@dataclass(frozen=True, slots=True)
class Badge:
    """How many things wait behind an entry of the menu.

    Sample: ``Badge(2, {"en": "overdue", "es": "vencidas"}, tone="error")``.
    """

    number: int
    """Nothing is shown for 0."""
    words: Words = ""
    """What they are, for the pointer and for screen readers: read after the number."""
    tone: Tone = "info"


@dataclass(frozen=True, slots=True)
class HostEntry:
    """What a view of the host's says about its entry."""

    words: Words
    group: NavGroup
    icon: str
    badge: Callable[[], Badge | int | None] | None

    @property
    def is_changing(self) -> bool:
        """Whether it may look otherwise on the next page: it has a badge, or words that become a text when shown."""
        return self.badge is not None or not isinstance(self.words, str | Mapping)


@dataclass(frozen=True, slots=True)
class HostPage:
    """A page of the host's that has an entry."""

    endpoint: str
    entry: HostEntry
    needs: str | None
    """The permission that its view requires."""
    is_open: bool
    """Whether it opens without an account in view."""


@dataclass(frozen=True, slots=True)
class NavLink:
    """A link with its address and words; as an entry of the menu also with what waits behind it."""

    id: str
    text: str
    href: str
    icon: str = ""
    badge: Badge | None = None
    current: str = ""
    """The value of ``aria-current``: ``page``, or ``true`` for the entry above the page; empty for others."""


@dataclass(frozen=True, slots=True)
class NavPlace:
    """An entry of the menu, and where it stands."""

    group: NavGroup
    link: NavLink
    changing: HostEntry | None = None
    """What the host's view says, if that may be otherwise on the next page."""


@dataclass(frozen=True, slots=True)
class NavSection:
    """The entries of one group."""

    id: NavGroup
    heading: str
    links: tuple[NavLink, ...]


def entry(
    words: Words,
    *,
    group: HostGroup = "host",
    icon: Icon | Literal[""] = "",
    badge: Callable[[], Badge | int | None] | None = None,
) -> Callable[[View], View]:
    """The view has an entry in the menu of the account area, shown to whoever may open it.

    Args:
        words: What it is called.
        group: Where it stands: "overview", "host" (under a heading of the host's), "company", "billing" or "me".
        icon: One of ours, see ``[nav.links]`` in acct.toml.
        badge: Returns how many things wait there, in the account in view. Called for each page.

    Raises ``AcctError`` for a group or icon that there is not.
    """
    _raise_unless_known("group", group, get_args(HostGroup))
    if icon:
        _raise_unless_known("icon", icon, get_args(Icon))

    def decorate(view: View) -> View:
        view.acct_nav = HostEntry(words, group, icon, badge)  # type: ignore[attr-defined]
        return view

    return decorate


def _raise_unless_known(what: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        fix = did_you_mean(name, known) or f"There are: {', '.join(known)}."
        raise AcctError(f'@acct.nav: there is no {what} "{name}". {fix}')


def host_pages(app: Flask, needs: Callable[[Rule], str | None]) -> Iterator[HostPage]:
    """Yield the pages of the host's that have an entry, in the order in which they were registered.

    Args:
        needs: Returns the permission that a page requires.
    """
    shortest: dict[str, Rule] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: len(one.rule)):
        if not rule.arguments and "GET" in (rule.methods or ()):
            shortest.setdefault(rule.endpoint, rule)
    for endpoint, view in app.view_functions.items():
        declared = getattr(view, "acct_nav", None) or getattr(getattr(view, "view_class", None), "acct_nav", None)
        if declared is not None and endpoint in shortest:
            required = needs(shortest[endpoint])
            is_open = required is None and not hasattr(view, "acct_permission")
            yield HostPage(endpoint, declared, required, is_open)


def in_sections(links: Iterable[tuple[NavGroup, NavLink]], headings: Mapping[str, str]) -> tuple[NavSection, ...]:
    """Return the entries by group, in the order of the groups; none without an entry."""
    by_group: dict[NavGroup, list[NavLink]] = {group: [] for group in GROUPS}
    for group, link in links:
        by_group[group].append(link)
    return tuple(NavSection(group, headings.get(group, ""), tuple(found)) for group, found in by_group.items() if found)


def current_of(hrefs: Iterable[str], path: str, home: str) -> tuple[str, str]:
    """Return the address of the entry that a page belongs to, and its ``aria-current``.

    A page belongs to the entry with the longest address above it: ``/domains/7`` to ``/domains``. The home page is
    above none.
    """
    above = [href for href in hrefs if href == path or (href != home and path.startswith(f"{href.rstrip('/')}/"))]
    nearest = max(above, key=len, default="")
    return nearest, "page" if nearest == path else "true"


def as_badge(found: Badge | int | None) -> Badge | None:
    """Return what is to be shown of what a host's function returned."""
    badge = Badge(found) if isinstance(found, int) else found
    return badge if badge is not None and badge.number > 0 else None
