"""What a screen answers, as values. Renderers decide what they look like: ``web.html`` makes pages.

A reply also has, in their order, the signals to send (``sending``) and the other changes in the
visitor's browser (``with_effects``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from blinker import NamedSignal

from ..db.models import User
from ..declare.elements import Screen
from ..security.admission import ElsewhereFirst, NewPasswordFirst, Welcome


@dataclass(frozen=True, slots=True)
class Event:
    """A signal and its arguments: ``Event(signals.contact_added, {"contact": contact})``."""

    signal: NamedSignal
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SignIn:
    """The browser gets the session that has begun."""

    entry: Welcome | NewPasswordFirst


@dataclass(frozen=True, slots=True)
class SignOut:
    """The browser has no session any more; ``keep_links`` keeps those it has followed."""

    keep_links: bool = False


@dataclass(frozen=True, slots=True)
class KnowBrowser:
    """The browser is known as one of the user's."""

    user: User


@dataclass(frozen=True, slots=True)
class ForgetLink:
    """The browser no longer holds the link of this screen."""


@dataclass(frozen=True, slots=True)
class HoldLink:
    """The browser holds the secret of a link of a screen, as if it had been followed."""

    screen: Screen
    secret: str


@dataclass(frozen=True, slots=True)
class Speak:
    """Pages are in this language from now on: the user's, else the visitor's."""

    locale: str
    user: User | None = None


@dataclass(frozen=True, slots=True)
class RememberTyped:
    """The browser holds what its visitor typed to say who they are, by field name, for the forms that ask it again.

    It is the same whoever was named, and forgotten when somebody signs in, and after an idle session's time.
    """

    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StaffIn:
    """The browser gets the staff session that has begun."""

    secret: str


@dataclass(frozen=True, slots=True)
class StaffOut:
    """The browser has no staff session any more."""


Effect = StaffIn | StaffOut | SignIn | SignOut | KnowBrowser | ForgetLink | HoldLink | Speak | RememberTyped
"""A change in the visitor's browser, besides showing something."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What every reply has."""

    consequences: tuple[Event | Effect, ...] = ()
    """What happens before it is rendered, in this order."""

    def sending(self, signal: NamedSignal, /, **about: Any) -> Self:
        """Return the same reply with a signal to send."""
        return self.sending_all([Event(signal, about)])

    def sending_all(self, events: Iterable[Event]) -> Self:
        return replace(self, consequences=(*self.consequences, *events))

    def with_effects(self, *effects: Effect) -> Self:
        """Return the same reply with further changes in the visitor's browser."""
        return replace(self, consequences=(*self.consequences, *effects))


@dataclass(frozen=True)
class Open(Reply):
    """The screen as it is opened: with messages from the page before, or the result of what was sent."""


@dataclass(frozen=True)
class Show(Reply):
    """The screen with one of its messages, by its name, or by its complete id one that another screen declares as well.

    Sample: ``Show("taken", slots={"name": "Ana"})``, or shorter ``show("taken", name="Ana")``.
    """

    message: str | None = None
    slots: Mapping[str, object] = field(default_factory=dict)
    status: int | None = None
    """Default: the message's, else the screen's."""


@dataclass(frozen=True)
class Done(Reply):
    """The screen shows its result instead of the form, also when it is loaded again."""

    result: str
    slots: Mapping[str, object] = field(default_factory=dict)
    at_once: bool = False
    """Whether it is shown in this answer: programs that send a form do not follow redirects to it."""


@dataclass(frozen=True)
class Go(Reply):
    """To another screen, which shows the message."""

    screen: str
    message: str | None = None
    slots: Mapping[str, object] = field(default_factory=dict)
    at: Mapping[str, object] = field(default_factory=dict)
    """The parameters of its address: ``{"contact": 5}``."""
    then: str = ""
    """A path of this site to go to from there."""


@dataclass(frozen=True)
class Home(Reply):
    """To where the visitor wanted to go, else to the host's home page."""


@dataclass(frozen=True)
class Enter(Reply):
    """The visitor is signed in, and goes where they wanted to; or to where the host wants them first."""

    entry: Welcome | NewPasswordFirst | ElsewhereFirst
    goes_back: bool = True
    """Whether they go where they wanted to."""


@dataclass(frozen=True)
class Away(Reply):
    """To an address."""

    address: str


@dataclass(frozen=True)
class File(Reply):
    """A file to keep."""

    content: str
    media_type: str
    name: str


@dataclass(frozen=True)
class Missing(Reply):
    """There is no such page, as for somebody who guesses; ``was_there`` where it is gone for good."""

    was_there: bool = False


def show(message: str | None = None, /, *, status: int | None = None, **slots: object) -> Show:
    return Show(message, slots, status)


def done(result: str, /, **slots: object) -> Done:
    return Done(result, slots)


def done_at_once(result: str, /, **slots: object) -> Done:
    return Done(result, slots, at_once=True)


def go(screen: str, message: str | None = None, /, *, at: Mapping[str, object] | None = None, **slots: object) -> Go:
    return Go(screen, message, slots, at or {})
