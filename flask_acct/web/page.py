"""A visit to one screen, as a feature sees it: what was typed, who is there, and what the screen is to show.

Nothing here knows HTTP. A feature's ``pages.py`` says for each screen what happens when somebody arrives and when they
send its form, and answers with a reply (``web.replies``); ``web.dispatch`` does the rest, the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast

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
from .choices import Listed
from .filled import Filled
from .replies import Open, Reply
from .rows import RowPage


class Visitor(Protocol):
    """Whoever is at the page, as far as the request tells."""

    @property
    def here(self) -> CurrentSession | None:
        """The session, one that may only set a password included."""

    @property
    def signed_in(self) -> CurrentSession | None:
        """The session that may do everything."""

    @property
    def network(self) -> str:
        """The network address as it is counted; only ProxyFix may speak for a proxy."""

    @property
    def browser(self) -> Browser:
        """What the browser is known for."""

    @property
    def user_agent(self) -> str:
        """What the browser calls itself, as far as it is kept."""

    @property
    def form_copy(self) -> str:
        """What only this copy of the form carries: the same when it is sent twice, another when it is opened anew."""

    @property
    def was_drawn_for_user(self) -> bool:
        """Whether the form sent was drawn for somebody who was signed in."""

    @property
    def time_zone(self) -> str: ...

    @property
    def page_number(self) -> int:
        """Which page of a list is asked for, counted from 1; the first for anything that is no number."""

    @property
    def search(self) -> str:
        """The words a list is searched for; empty where all of it is wanted."""

    @property
    def onward(self) -> str | None:
        """Where the visitor wanted to go when this page came in between: a path of this site, or nowhere."""

    def sent(self, name: str) -> str | None:
        """A field of the form, as it was sent; ``None`` where it was not."""

    def asked(self, name: str) -> str:
        """A parameter of the address's query; empty where it is not there."""

    def link(self, screen: Screen) -> str | None:
        """The secret of the link that led to the screen, kept in the browser so that the address is clean."""

    def is_result(self, screen: Screen) -> bool:
        """Whether this visit shows the result of what was sent. Sending again is no such visit."""


class Words(Protocol):
    """What is said, in the visitor's language."""

    @property
    def locale(self) -> str: ...

    @property
    def words(self) -> Mapping[str, str]:
        """Every sentence by element id, slots of the configuration filled."""

    def say(self, element: Text | str, **values: object) -> str:
        """A sentence with its slots filled, dates and lengths of time in the visitor's words."""

    def show(self, value: object) -> str:
        """A date, time or length of time in the visitor's language and time zone."""


class Host(Protocol):
    """What the host's app says and has."""

    def before_sign_in(self) -> Before | None:
        """What it says of somebody who is about to be signed in."""

    def own_identifiers(self) -> Callable[[str], Named | None] | None:
        """Finds who is named by an identifier of its own. Raises ``NoIdentifier``."""

    def subscription(self, account: Account) -> Subscription: ...

    def doors(self, here: CurrentSession) -> Sequence[object]:
        """What the one who is here may open, each with its address."""

    def opens(self, screen: str) -> bool:
        """Whether the one who is here may open a screen, as far as the account in view decides it."""

    def url(self, screen: str, **query: str) -> str:
        """The address of a screen."""

    def target(self, name: str) -> str | None:
        """The address of a place of the configuration, such as ``site.home``; ``None`` where there is none."""

    def platform(self, name: str | None) -> Platform:
        """What a platform says; of one that is gone, what this one does."""

    @property
    def root(self) -> str:
        """Below which path the app is mounted; empty for the whole host."""

    @property
    def help_root(self) -> str:
        """Where the help site is: ``/help``."""

    def help_versions(self, locale: str) -> Mapping[str, Collection[str]]:
        """The texts of each article that readers may vote on."""

    def save(self) -> None:
        """What was written so far is committed, and nobody waits for it while something takes a while."""


@dataclass
class Page:
    """One visit to one screen.

    A feature's ``load`` fills in what this visit is about before the form is read: ``start`` with what the form holds
    when it is opened, ``offered`` with the options of a choice, ``rows`` of a list, ``slots`` of sentences.
    """

    screen: Screen
    scope: Scope
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
    """Where the declared links lead that name no place themselves."""
    brought: dict[str, object] = field(default_factory=dict)
    """What other elements show that the page brings, by their names."""
    slots: dict[str, object] = field(default_factory=dict)
    signs_in_as: str = ""
    """What whoever sets a password here signs in with, where it is not the one who is here."""
    is_open: bool = True
    """Whether it is there for its visitor; not so while a form was sent to it and nobody has read that yet."""
    is_brought_back: bool = False
    """Whether it holds what was typed in it before its session ended, or another account was in view."""

    @property
    def values(self) -> Mapping[str, Any]:
        """The value of each field as it reads it, by name: text is in NFC, without control characters and short enough.

        Before anything was typed, what the form starts with.
        """
        return self.filled.values or self.start

    def number(self, name: str) -> int:
        """A parameter of the address that is a number."""
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
        """Who is here, a session that may only set a password included."""
        return self.visitor.here

    @property
    def session(self) -> CurrentSession:
        """Who is here; the screen's guard has seen to it that somebody is."""
        if self.here is None:
            raise LookupError(f"nobody is signed in at {self.screen.name}")
        return self.here

    @property
    def user(self) -> User:
        return self.session.user

    @property
    def account(self) -> Account:
        """The account in view; the screen's guard has seen to it that there is one."""
        return cast(Account, self.session.account)

    @property
    def membership(self) -> Membership:
        """The user's place in the account in view, as the guard has found it."""
        return cast(Membership, self.session.membership)

    @property
    def token(self) -> str | None:
        """The secret of the link that led here. Screens that the same kind of link opens have it together."""
        return self.visitor.link(self.screen)

    @property
    def is_result(self) -> bool:
        """Whether this visit shows the result of what was sent. Sending again is no such visit."""
        return self.visitor.is_result(self.screen)


Handled = Reply | TooMany | NotOwner
"""What a handler answers. For ``TooMany`` the screen says its message ``too_many``; ``NotOwner`` is forbidden."""

Handler = Callable[[Page], Handled]
Loader = Callable[[Page], "Reply | None"]


def found(_page: Page) -> Reply:
    """The screen as somebody finds it."""
    return Open()


@dataclass(frozen=True, slots=True)
class View:
    """What a feature does at one of its screens.

    ``load`` comes first, at every visit: it finds what the visit is about, and answers itself if there is nothing.
    """

    get: Handler = found
    post: Handler | None = None
    load: Loader = lambda _page: None
    is_signed: bool = False
    """Whether the address proves by itself that the form may be sent. Then it may come from anywhere, without a token
    and without a session: mail programs send it. Source: RFC 8058."""
