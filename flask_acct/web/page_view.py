"""A visit as its renderer sees it: the words of its elements and messages, the choices and the supplied values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import cast

from flask import Response, request

from ..declare.elements import Message, Result, Screen
from ..declare.fields import Choice, Field, ListedTicks, Matches, Ticks
from ..declare.labels import slots as slots_of
from ..security.tokens import digest
from ..values.identifiers import kind_of
from . import addresses
from .browser_checks import BrowserCheck, check_of
from .choices import Listed, with_stored
from .drawing import ElementView, ScreenView, draw
from .filled import Complaint
from .forms import country_code
from .layout import Layout, frame
from .page import SORT, Page
from .rows import RowPage
from .state import state


@dataclass(frozen=True, slots=True)
class Flash:
    """A message at the head of a page or at a field: its words and tone."""

    id: str
    text: str
    tone: str
    field: str = ""
    link: str = ""
    """The name of a link of the screen that is offered within it."""


class PageView:
    """A visit as its template sees it: ``page``."""

    def __init__(self, page: Page, layout: Layout) -> None:
        self._page = page
        self._layout = layout
        self.screen = page.screen
        self.at = page.at
        self.values = page.values
        self.rows = page.rows
        self.facts = page.facts
        self.links = page.links
        self.brought = page.brought

    @property
    def onward(self) -> str | None:
        """Where the visitor wanted to go when this page came in between."""
        return self._page.visitor.onward

    @property
    def identifier(self) -> str:
        """The user name under which a password manager stores the password of this form."""
        return self._page.signs_in_as or self._layout.identifier

    @property
    def own_words(self) -> str:
        """What nobody may use as their password, as far as this page shows it anyway: their identifier, our name."""
        name = self.identifier
        is_number = name and kind_of(name) == "customer_number"
        return f"{'' if is_number else name} {self._page.config.site.name}".strip()

    @property
    def link_mark(self) -> str:
        """The link that the forms of this page are about, so that a form for another link is not mistaken for one."""
        return link_mark(self._page)

    @property
    def row_mark(self) -> str:
        """The row that the form of this page is about; empty for none."""
        return row_mark(self._page)

    def text(self, element: ElementView, slots: Mapping[str, object]) -> str:
        """Return the words of an element with the page's own slots filled."""
        return self._layout.say(element.part, **slots) if "{" in element.text else element.text

    def choices_of(self, element: ElementView) -> Sequence[Listed]:
        """Return the options of a choice, or the checkboxes, that are in no catalog."""
        if isinstance(element.part, Matches | ListedTicks):
            return self._page.offered.get(element.name, ())
        source = "" if isinstance(element.part, Ticks) else cast(Choice, element.part).source
        if not source:
            # Its options are declared, and rendered as such.
            return element.listed
        if element.name in self._page.offered:
            return self._page.offered[element.name]
        stored = self._page.start.get(element.name, "")
        return with_stored(element.listed, stored, source, locale=self._layout.locale)

    def help_of(self, element: ElementView, slots: Mapping[str, object]) -> str:
        """Return the help at a field; empty if this visit does not fill its slots."""
        wanted = slots_of(element.help)
        if not wanted:
            return element.help
        return self._layout.say(element.help_id, **slots) if wanted <= slots.keys() else ""

    @property
    def is_unsaved(self) -> bool:
        """Whether its form holds what was sent and not taken, or what an earlier visit left."""
        return bool(self._page.filled.values)

    def check_of(self, element: ElementView) -> BrowserCheck | None:
        """Return how a browser judges a field when it is left, or ``None`` if the server alone does."""
        names = {declared.name for declared in self.screen.fields}
        country = country_code(self.values.get("country")) if "country" in names else None
        return check_of(cast(Field, element.part), country)

    def page_url(self, number: int) -> str:
        """Return the address of another page of this screen's list, with the same search."""
        query = {**request.args.to_dict(), "page": str(number)}
        return addresses.screen_url(self.screen.name, self.at, **query)

    def sort_url(self, column: str, listed: RowPage) -> str:
        """Return the address of this screen's list sorted by a column; the other way round if it is so already."""
        query = {name: value for name, value in request.args.to_dict().items() if name != "page"}
        return addresses.screen_url(self.screen.name, self.at, **query | {SORT: listed.sort_after(column)})

    @property
    def whole_list_url(self) -> str:
        """Return the address of this screen's list without a search."""
        return addresses.screen_url(self.screen.name, self.at, **({"next": self.onward} if self.onward else {}))


def link_mark(page: Page) -> str:
    """Return which link a page is about, in a form that opens nothing; empty for none."""
    return digest(page.token)[:16] if page.token else ""


def row_mark(page: Page) -> str:
    """Return which row a page is about, however often its number was given; empty for none."""
    row = page.row
    return digest(f"{type(row).__name__} {row.id} {row.created_at.isoformat()}")[:16] if row else ""


def screen_view(screen: Screen, result: Result | None, locale: str) -> ScreenView:
    """Return the screen, or one of its results, in a language; made once for all visits that leave out the same."""
    made = state().platform.cache
    key = ("drawing", screen.name, screen.left_out, result.id if result else "", locale)
    if key not in made:
        made[key] = draw(screen, result.parts if result else screen.parts, state().platform, locale)
    return cast(ScreenView, made[key])


def message_of(screen: Screen, name: str) -> Message:
    """Return a message of the screen by its name, or, by its complete id, one that another screen declares as well."""
    return screen.message(name) if "." not in name else cast(Message, state().platform.declared.texts[name])


def flash(message: Message, slots: Mapping[str, object]) -> Flash:
    """Return a message with its slots filled."""
    return Flash(message.id, frame().say(message, **slots), message.tone, message.field, message.link)


def flash_of(id_: str, tone: str) -> Flash:
    """Return a declared sentence without slots as a message."""
    return Flash(id_, frame().words[id_], tone)


def complaints_of(page: Page) -> dict[str, Flash]:
    """Return what is wrong with what was filled in, by the name of the field."""
    return {name: _complaint(name, complaint) for name, complaint in page.filled.complaints.items()}


@dataclass(frozen=True, slots=True)
class ScreenState:
    """What a screen says besides its elements, whatever renders it: its status, its message, its faults by field."""

    status: int
    message: Flash | None = None
    problems: Mapping[str, Flash] = field(default_factory=dict)
    wait_seconds: int = 0
    """For how long scripts disable the button of the form."""


def found_as(page: Page, result: Result | None = None) -> ScreenState:
    """Return what a screen says that somebody opens, or that shows a result."""
    return ScreenState(result.status if result else page.screen.status)


def flash_of_result(result: Result | None, page: Page) -> Flash | None:
    """Return what a result says with the page's slots; ``None`` without one."""
    return Flash(result.id, frame().say(result, **page.slots), result.tone) if result else None


def state_after(page: Page, message: str | None, slots: Mapping[str, object], status: int | None) -> ScreenState:
    """Return what a message says, at its field if it is about one; the page has its slots from now on."""
    page.slots |= slots
    if message is None:
        return ScreenState(status or page.screen.status)
    declared = message_of(page.screen, message)
    shown = flash(declared, slots)
    code = status or declared.status
    wait_seconds = _seconds(slots.get("wait")) if declared.holds else 0
    if shown.field:
        return ScreenState(code, problems={shown.field: shown}, wait_seconds=wait_seconds)
    return ScreenState(code, shown, wait_seconds=wait_seconds)


def problems_of(page: Page) -> ScreenState:
    """Return what is wrong with the form that was sent."""
    if page.filled.csrf:
        return ScreenState(400, flash_of(page.filled.csrf.id, "warning"))
    return ScreenState(422, flash_of("shell.form.problems", "error"), complaints_of(page))


def with_retry_after(response: Response, slots: Mapping[str, object]) -> Response:
    """Return the response, with ``Retry-After`` where it says how long to wait."""
    seconds = _seconds(slots.get("wait"))
    if response.status_code in (429, 503) and seconds:
        response.headers["Retry-After"] = str(seconds)
    return response


def _seconds(wait: object) -> int:
    """Return how long a wait is, rounded up; nothing for what is none."""
    return ceil(wait.total_seconds()) if isinstance(wait, timedelta) else 0


def _complaint(name: str, complaint: Complaint) -> Flash:
    return Flash(complaint.id, frame().say(complaint.id, **complaint.slots), "error", name)
