"""The vocabulary of pages and mails: what a screen holds, as data.

A feature's ``screens.py`` builds these values from the configuration. The page, the help article, the browser
journey and the mail are all drawn from them, so a label is written exactly once.

Every element is identified by ``feature.screen.element``, for example ``login.form.submit``. The id is public:
it is the gettext context of the element's text, the key of a host's wording override, the ``data-acct`` attribute
in the page and the slot in an article. Renaming one is a breaking change.

Sentences may hold named slots in braces, ``"Link valid for {minutes} minutes."``. A slot that starts with a
configuration path, ``{config.site.name}``, is filled from the configuration; the others by the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

PREFIX = "/account"
"""Where every screen is: ``/account/login``."""

Access = Literal["anyone", "visitor", "user", "setting_password"]
"""Who may open a screen: everybody; only somebody not signed in; a signed-in user; a session that may do nothing
but set a new password."""

Tone = Literal["success", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence with an id: ``Text("login.form.tip", "Your user name is not your email address.")``."""

    id: str
    message: str

    @property
    def name(self) -> str:
        """The last part of the id: ``submit`` for ``login.form.submit``."""
        return self.id.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Title(Text):
    """The heading of a screen, and its name in the browser's title bar."""


@dataclass(frozen=True, slots=True)
class Paragraph(Text):
    """Running text above or below the fields."""


@dataclass(frozen=True, slots=True)
class Tip(Text):
    """Running text in a box of its own: what people get wrong here."""


@dataclass(frozen=True, slots=True)
class Option(Text):
    """One choice of a ``Field`` of kind ``choice``; the value sent is its name.

    ``example`` is shown at the field after the choice once this is chosen.
    """

    example: str = ""


@dataclass(frozen=True, slots=True)
class Field(Text):
    """Something to fill in. Its label is the text; its name in the form is the last part of its id."""

    kind: Literal["text", "email", "password", "choice", "long_text"] = "text"
    help: Text | None = None
    example: str = ""
    autocomplete: str = "off"
    required: bool = True
    max_length: int = 254
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Action(Text):
    """The button that sends the form of its screen."""


@dataclass(frozen=True, slots=True)
class Link(Text):
    """A way to another place.

    ``to`` names a screen (``recovery.password``), or an address in the configuration (``site.signup_url``).
    """

    to: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Message(Text):
    """What a page says about what was just done, with the HTTP status it goes out with."""

    tone: Tone = "error"
    status: int = 422
    field: str = ""
    """The name of the field it is about; empty when it is about the whole form."""


@dataclass(frozen=True, slots=True)
class Result(Text):
    """What replaces the form once it was sent: the sentence, then what to do next."""

    parts: tuple[Part, ...] = ()
    tone: Tone = "success"


Part = Paragraph | Tip | Field | Action | Link


@dataclass(frozen=True, slots=True)
class Screen:
    """One page under one configuration.

    ``parts`` is the order a visitor meets them in. ``messages`` and ``results`` are what it may answer. The form's
    fields are the parts of kind ``Field``; a screen without an ``Action`` has no form.
    """

    name: str
    path: str
    title: Title
    parts: tuple[Part, ...] = ()
    messages: tuple[Message, ...] = ()
    results: tuple[Result, ...] = ()
    access: Access = "anyone"
    status: int = 200
    opened_by: tuple[str, ...] = ()
    """Purposes of the tokens whose link leads here; empty for a screen no mail links to with a token."""

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))

    @property
    def action(self) -> Action | None:
        return next((part for part in self.parts if isinstance(part, Action)), None)

    def message(self, name: str) -> Message:
        """The message by the last part of its id. Raises ``KeyError`` for one that was not declared."""
        return _named(self.messages, name, self.name)

    def result(self, name: str) -> Result:
        """The result by the last part of its id. Raises ``KeyError`` for one that was not declared."""
        return _named(self.results, name, self.name)

    def texts(self) -> Iterator[Text]:
        """Every sentence the screen can show, its title first."""
        yield self.title
        yield from _texts(self.parts)
        yield from self.messages
        for result in self.results:
            yield result
            yield from _texts(result.parts)


@dataclass(frozen=True, slots=True)
class Button(Text):
    """The one link of a mail that does something. In a text mail it is the first address, alone on its line.

    ``to`` is the screen it opens; the token, if the mail has one, is added when the mail is rendered for sending.
    """

    to: str = ""


@dataclass(frozen=True, slots=True)
class Secret(Text):
    """Introduces a temporary password, which stands alone on the next line."""


@dataclass(frozen=True, slots=True)
class Listing(Text):
    """Introduces a list, given to the mail by the name of this element: one entry a line."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of mail. ``numbered`` puts the customer number at its head.

    Its name is ``feature.mail``, for example ``recovery.reset``; its elements are ``recovery.reset.subject`` and
    so on.
    """

    name: str
    subject: Text
    parts: tuple[Paragraph | Button | Secret | Listing, ...]
    numbered: bool = False

    def texts(self) -> Iterator[Text]:
        """Every sentence of the mail, its subject first."""
        yield self.subject
        yield from self.parts


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one feature holds under one configuration.

    ``menu`` are the links of the signed-in user's menu; ``texts`` the words that belong to no one screen.
    """

    screens: tuple[Screen, ...] = ()
    mails: tuple[Mail, ...] = ()
    menu: tuple[Link, ...] = ()
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything there is under one configuration, by name."""

    screens: Mapping[str, Screen]
    mails: Mapping[str, Mail]
    menu: tuple[Link, ...]
    texts: Mapping[str, Text]
    """Every sentence by its id: of screens, mails, menu and what stands around the pages."""


def _texts(parts: tuple[Part, ...]) -> Iterator[Text]:
    for part in parts:
        yield part
        if isinstance(part, Field):
            if part.help:
                yield part.help
            yield from part.options


AnyText = TypeVar("AnyText", bound=Text)


def _named(texts: tuple[AnyText, ...], name: str, screen: str) -> AnyText:
    for text in texts:
        if text.name == name:
            return text
    known = ", ".join(text.name for text in texts) or "none"
    raise KeyError(f"{screen} declares no {name!r}; it has: {known}")
