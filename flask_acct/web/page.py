"""A visit to one screen, as a feature sees it: what was typed, who is signed in, and what the screen shows.

Nothing here knows HTTP. For each screen a feature's ``pages.py`` defines what happens when it is opened and when
its form is sent, and returns a reply (``web.replies``); ``web.dispatch`` does the rest, the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, cast

from blinker import NamedSignal
from sqlalchemy.orm import Session

from ..accounts.permissions import NotOwner
from ..accounts.subscription import Subscription
from ..config import Config
from ..db.models import Account, Membership, User
from ..declare.elements import Screen
from ..declare.texts import Text
from ..platform import Platform
from ..scope import Scope
from ..security.admission import Before, Named
from ..security.browsers import Browser
from ..security.limits import TooMany
from ..security.sessions import CurrentSession
from ..staff.members import PresentMember
from .choices import Listed
from .filled import Filled
from .replies import Open, Reply
from .rows import RowPage

SORT = "sort"
"""The parameter of an address that says which column a list is sorted by."""

CHOSEN = "chosen"
"""The parameter of an address that names the rows which were chosen in a list."""


class Visitor(Protocol):
    """The visitor of the page, as far as the request tells."""

    @property
    def here(self) -> CurrentSession | None:
        """The session, one that may only set a password included."""

    @property
    def signed_in(self) -> CurrentSession | None:
        """The session that may do everything."""

    @property
    def staff(self) -> PresentMember | None:
        """Who of the staff is signed in; nobody outside the staff area."""

    @property
    def staff_secret(self) -> str:
        """The secret of the staff session that the browser sent, alive or not; empty without one."""

    @property
    def network(self) -> str:
        """The network address as limits count it; only ProxyFix may speak for a proxy."""

    @property
    def browser(self) -> Browser:
        """The marks of the browser."""

    @property
    def user_agent(self) -> str:
        """The browser's User-Agent, cut to the length that is stored."""

    @property
    def form_copy(self) -> str:
        """The id of this copy of the form: the same if it is sent twice, another if it is opened again."""

    @property
    def was_rendered_for_user(self) -> bool:
        """Whether the form sent was rendered for somebody who was signed in."""

    @property
    def time_zone(self) -> str: ...

    @property
    def page_number(self) -> int:
        """Which page of a list is requested, counted from 1; the first for anything that is no number."""

    @property
    def search(self) -> str:
        """The words a list is searched for; empty for the whole list."""

    @property
    def onward(self) -> str | None:
        """Where the visitor wanted to go when this page came in between: a path of this site, or ``None``."""

    @property
    def typed(self) -> Mapping[str, str]:
        """What this browser's visitor typed a while ago to say who they are, by field name; empty for nothing."""

    def sent(self, name: str) -> str | None:
        """Return a field of the form, as it was sent; ``None`` if it was not."""

    def sent_all(self, name: str) -> Sequence[str]:
        """Return all values of a field of the form, as they were sent; no more than a page of a list has rows."""

    def query(self, name: str) -> str:
        """Return a parameter of the address's query; empty if it is missing."""

    @property
    def chosen(self) -> Sequence[str]:
        """The rows of a list that were chosen, as their checkboxes name them; no more than fit on a page of it."""

    def link(self, screen: Screen) -> str | None:
        """Return the secret of the link that led to the screen, kept in the browser so that no address shows it."""

    def is_result(self, screen: Screen) -> bool:
        """Whether this visit shows the result of what was sent; sending again does not."""


class NumberedRow(Protocol):
    """A row that addresses name by its number, which another one may get once it is deleted."""

    @property
    def id(self) -> int: ...

    @property
    def created_at(self) -> datetime: ...


class Words(Protocol):
    """Sentences in the visitor's language."""

    @property
    def locale(self) -> str: ...

    @property
    def words(self) -> Mapping[str, str]:
        """Every sentence by element id, with the slots of settings filled."""

    def say(self, element: Text | str, **values: object) -> str:
        """Return a sentence with its slots filled, dates and lengths of time in the visitor's words."""

    def show(self, value: object) -> str:
        """Return a date, time or length of time in the visitor's language and time zone."""


class Host(Protocol):
    """The host's app, as far as features need it."""

    def before_sign_in(self) -> Before | None:
        """Return the host's ``before_sign_in``, if it has one."""

    def own_identifiers(self) -> Callable[[str], Named | None] | None:
        """Return a function that finds a host's identifier. Raises ``NoIdentifier``."""

    def subscription(self, account: Account) -> Subscription: ...

    def doors(self, here: CurrentSession) -> Sequence[object]:
        """Return what the signed-in user may open, each with its address."""

    def opens(self, screen: str) -> bool:
        """Whether the signed-in user may open a screen, as far as the account in view decides it."""

    def url(self, screen: str, **query: str) -> str:
        """Return the address of a screen."""

    def url_at(self, screen: str, at: Mapping[str, object]) -> str:
        """Return the address of a screen whose path has parameters."""

    def target(self, name: str) -> str | None:
        """Return the address of a place of the configuration, such as ``site.home``; ``None`` if there is none."""

    def platform(self, name: str | None) -> Platform:
        """Return a platform; for one that no longer exists, this one."""

    @property
    def root(self) -> str:
        """The path the app is mounted at; empty for the whole host."""

    @property
    def help_root(self) -> str:
        """The address of the help site: ``/help``."""

    def help_versions(self, locale: str) -> Mapping[str, Collection[str]]:
        """Return the texts of each article that readers may vote on."""

    def announce(self, signal: NamedSignal, /, **about: Any) -> None:
        """The signal is sent now, before the reply, and what a receiver raises ends the visit."""

    def save(self) -> None:
        """What was written so far is committed, so that nobody waits for its locks during something slow."""


@dataclass
class Page:
    """One visit to one screen.

    A feature's ``load`` sets what this visit is about before the form is read: ``start`` with the first values of the
    form, ``offered`` with the options of a choice, ``rows`` of a list, ``slots`` of sentences.
    """

    screen: Screen
    begin: Callable[[], Scope]
    """Gives what flows stand on, asked for once and not before it is needed: an error page needs no database."""
    visitor: Visitor
    frame: Words
    host: Host
    filled: Filled = field(default_factory=lambda: Filled({}, {}))
    at: Mapping[str, object] = field(default_factory=dict)
    """The parameters of the address: ``{"contact": 5}``."""
    start: dict[str, Any] = field(default_factory=dict)
    offered: dict[str, Sequence[Listed]] = field(default_factory=dict)
    rows: dict[str, RowPage] = field(default_factory=dict)
    facts: dict[str, Mapping[str, object]] = field(default_factory=dict)
    """Of each declared ``Facts``, the values by name: text, a day, a time, a declared ``Text``, or a list of lines."""
    links: dict[str, str] = field(default_factory=dict)
    """The addresses of declared links that name no place themselves."""
    brought: dict[str, object] = field(default_factory=dict)
    """What the page supplies to other elements, by their names."""
    row: NumberedRow | None = None
    """The row that the address names: the form of this page is for it, and for no other that gets its number."""
    found: dict[str, object] = field(default_factory=dict)
    """What ``load`` has found for the handlers, and nobody is shown."""
    slots: dict[str, object] = field(default_factory=dict)
    signs_in_as: str = ""
    """What whoever sets a password here signs in with, if they are not the signed-in user."""
    is_open: bool = True
    """Whether the visitor sees it; not while a form was sent to it and has not been read."""
    is_brought_back: bool = False
    """Whether it holds what was typed before its session ended, or another account was in view."""

    @property
    def values(self) -> Mapping[str, Any]:
        """The value of each field as it reads it, by name: text is in NFC, without control characters and short enough.

        Before anything was typed, the first values of the form.
        """
        return self.filled.values or self.start

    @cached_property
    def scope(self) -> Scope:
        """What flows stand on now."""
        return self.begin()

    def start_with(self, values: Mapping[str, Any]) -> None:
        """The form starts with those of the values that it has fields for."""
        self.start |= {one.name: values[one.name] for one in self.screen.fields if one.name in values}

    def number(self, name: str) -> int:
        """Return a parameter of the address that is a number."""
        return cast(int, self.at[name])

    @property
    def db(self) -> Session:
        return self.scope.db

    @property
    def platform(self) -> Platform:
        return self.scope.platform

    @property
    def config(self) -> Config:
        return self.scope.config

    @property
    def now(self) -> datetime:
        return self.scope.now

    @property
    def locale(self) -> str:
        return self.frame.locale

    @property
    def here(self) -> CurrentSession | None:
        """Who is here, also with a session that may only set a password."""
        return self.visitor.here

    @property
    def session(self) -> CurrentSession:
        """The session; the screen's guard has ensured that there is one."""
        if self.here is None:
            raise LookupError(f"nobody is signed in at {self.screen.name}")
        return self.here

    @property
    def staff(self) -> PresentMember:
        """Who of the staff is here; the screen's guard has ensured that somebody is."""
        if self.visitor.staff is None:
            raise LookupError(f"none of the staff is signed in at {self.screen.name}")
        return self.visitor.staff

    @property
    def user(self) -> User:
        return self.session.user

    @property
    def account(self) -> Account:
        """The account in view; the screen's guard has ensured that there is one."""
        return cast(Account, self.session.account)

    @property
    def membership(self) -> Membership:
        """The user's membership in the account in view, as the guard has found it."""
        return cast(Membership, self.session.membership)

    @property
    def token(self) -> str | None:
        """The secret of the link that led here. Screens that the same kind of link opens share it."""
        return self.visitor.link(self.screen)

    @property
    def is_result(self) -> bool:
        """Whether this visit shows the result of what was sent; sending again does not."""
        return self.visitor.is_result(self.screen)


Handled = Reply | TooMany | NotOwner
"""What a handler returns. For ``TooMany`` the screen shows its message ``too_many``; ``NotOwner`` is forbidden."""

Handler = Callable[[Page], Handled]
Loader = Callable[[Page], "Reply | None"]


def found(_page: Page) -> Reply:
    """Return the screen as it is opened."""
    return Open()


@dataclass(frozen=True, slots=True)
class View:
    """What a feature does at one of its screens.

    ``load`` is called first, at every visit: it finds what the visit is about, and replies itself if there is nothing.
    """

    get: Handler = found
    post: Handler | None = None
    load: Loader = lambda _page: None
    is_signed: bool = False
    """Whether the address proves by itself that the form may be sent. Then it may come from anywhere, without a token
    and without a session: mail programs send it. Source: RFC 8058."""
