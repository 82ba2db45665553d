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
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeVar

from ..values.places import PLACES
from .fields import Field, PasswordField
from .texts import Part, Text

PREFIX = "/account"
"""Where every screen is: ``/account/login``."""

Access = Literal["anyone", "visitor", "user", "setting_password"]
"""Who may open a screen: everybody; only somebody not signed in; a signed-in user; a session that may do nothing
but set a new password."""

MEMBER, OWNER, SUB_USER = PLACES
"""What a screen may need besides a permission: any place in an open account, to be its owner, or not to be."""

Tone = Literal["success", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Title(Text):
    """The heading of a screen, and its name in the browser's title bar."""


@dataclass(frozen=True, slots=True)
class Paragraph(Part):
    """Running text above or below the fields."""


@dataclass(frozen=True, slots=True)
class Lead(Text):
    """The word that says what kind of text follows: ``Tip``. Articles begin their own tips with it, too."""


@dataclass(frozen=True, slots=True)
class Tip(Part):
    """Running text in a box of its own: what people get wrong here."""

    lead: Lead | None = None

    within = ("lead",)


@dataclass(frozen=True, slots=True)
class Heading(Part):
    """A heading within a screen."""


@dataclass(frozen=True, slots=True)
class Action(Part):
    """The button that sends the form of its screen."""

    is_grave: bool = False
    """Whether what it does cannot be undone; the button says so by its colour too."""


@dataclass(frozen=True, slots=True)
class Language(Action):
    """The button after which pages speak another language.

    Its words are the language's own name for itself, the same in every language, so no catalog has them.
    """

    locale: str = ""

    kind = "action"
    is_translated = False


@dataclass(frozen=True, slots=True)
class Link(Part):
    """A way to another place.

    ``to`` names a screen (``recovery.password``), or an address in the configuration (``site.signup_url``). Without it
    the page brings the address, by the name of this element (``page.links``); it brings none, and there is no link.
    """

    to: str = ""
    icon: str = ""

    @property
    def is_brought(self) -> bool:
        return not self.to


@dataclass(frozen=True, slots=True)
class PostButton(Part):
    """A button that sends the form of another screen, one with nothing to fill in: ``to="users.resend"``."""

    to: str = ""

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Column(Text):
    """The heading of a column."""


@dataclass(frozen=True, slots=True)
class Rows(Part):
    """A list of things, its words the caption: a table on wide screens, cards on phones.

    The page brings the rows (see ``web.rows``). ``actions`` stand at the end of each row it offers them for, and
    ``empty`` instead of a list without rows; without either there is nothing to see. ``find`` is where words are typed
    that the rows shall hold, once there are more than a page shows.
    """

    columns: tuple[Column, ...] = ()
    actions: tuple[Link | PostButton, ...] = ()
    empty: Text | None = None
    find: Field | None = None

    within = ("columns", "actions", "empty", "find")
    has_caption = True

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Fact(Text):
    """The name of something that is so: ``Customer number``."""


@dataclass(frozen=True, slots=True)
class Facts(Part):
    """Things that are so, its words the caption: names whose values the page brings (``page.facts``).

    What has no value is left out; ``empty`` stands there when nothing has one.
    """

    facts: tuple[Fact, ...] = ()
    empty: Text | None = None

    within = ("facts", "empty")
    has_caption = True

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Figure(Part):
    """A picture the page brings (``page.brought``, a ``web.shapes.Shape``), a QR code say.

    Its words are for who cannot see it. The page brings none, and there is no picture.
    """

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Codes(Part):
    """Codes to keep, one a line, its words the caption. The page brings them (``page.brought``): ``["K7Q2-M9XD"]``.

    They are in the answer to the form (``Done(at_once=True)``) and nowhere else: no cookie holds them.
    """

    has_caption = True
    is_shown_once = True

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Message(Text):
    """What a page says about what was just done, with the HTTP status it goes out with."""

    tone: Tone = "error"
    status: int = 422
    field: str = ""
    """The name of the field it is about; empty when it is about the whole form."""


@dataclass(frozen=True, slots=True)
class Result(Text):
    """What replaces the form once it was sent, with its HTTP status: the sentence, then what to do next."""

    parts: tuple[Part, ...] = ()
    tone: Tone = "success"
    status: int = 200

    within = ("parts",)

    @property
    def is_shown_once(self) -> bool:
        """Whether it holds a secret, so that it can only be shown at once."""
        return any(part.is_shown_once for part in self.parts)


@dataclass(frozen=True, slots=True)
class Paragraphs(Part):
    """Running text that comes with the mail or the page, by the name of this element: a list of paragraphs."""

    is_translated = False

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Screen:
    """One page under one configuration.

    ``parts`` is the order a visitor meets them in. ``messages`` and ``results`` are what it may answer. The form's
    fields are its parts that are a ``Field``; a screen without an ``Action`` has no form.

    ``path`` may have parameters, ``contacts/<int:contact>``, which the page and the links to it name.
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
    for_several: bool = False
    """Whether it is of use only to who has a place in several accounts, so that nobody else is led here."""
    needs: str = ""
    """The permission without which the account in view does not open it, ``MEMBER``, ``OWNER`` or ``SUB_USER``; empty
    for a screen that is about no account."""
    unseen: tuple[Field, ...] = ()
    """What its form sends besides what is filled in, by buttons that are on other pages too."""
    left_out: tuple[str, ...] = ()
    """Names of its parts that this visit does without, see ``without``."""

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))

    @property
    def sent_fields(self) -> tuple[Field, ...]:
        """All that its form may send: what is filled in, and what buttons send."""
        return (*self.fields, *self.unseen)

    @property
    def is_for_users(self) -> bool:
        """Whether nobody opens it without being signed in."""
        return bool(self.needs) or self.access == "user"

    @property
    def reauthentication(self) -> PasswordField | None:
        """The field for the password of somebody who signed in a while ago."""
        return next(
            (field for field in self.fields if isinstance(field, PasswordField) and field.reauthenticates), None
        )

    def without(self, *names: str) -> Screen:
        """The screen as a visit finds it that these of its parts are not for."""
        remaining = tuple(part for part in self.parts if part.name not in names)
        return replace(self, parts=remaining, left_out=tuple(sorted({*self.left_out, *names})))

    def without_reauthentication(self) -> Screen:
        """The screen as somebody finds it who gave their password a moment ago."""
        return self.without(self.reauthentication.name) if self.reauthentication else self

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
        for held in (self.title, *self.parts, *self.messages, *self.results):
            yield from held.texts()


@dataclass(frozen=True, slots=True)
class Button(Text):
    """The one link of a mail that does something. In a text mail it is the first address, alone on its line.

    ``to`` is the screen it opens; the token, if the mail has one, is added when the mail is rendered for sending.
    Without it, the address comes with the mail, by the name of this element; none comes, and there is no button.
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
    parts: tuple[Paragraph | Button | Secret | Listing | Paragraphs, ...]
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


@dataclass(frozen=True)
class Declared:
    """Everything there is under one configuration, by name."""

    screens: Mapping[str, Screen]
    mails: Mapping[str, Mail]
    menu: tuple[Link, ...]
    texts: Mapping[str, Text]
    """Every sentence by its id: of screens, mails, menu and what stands around the pages."""
    roles: Mapping[str, str]
    """The screens that are known by what they are for: ``{"sign_in": "login.form"}``. They need not be there."""

    @cached_property
    def homes(self) -> Mapping[str, str]:
        """The screen of each sentence that stands on one screen only."""
        screens_of: dict[str, set[str]] = {}
        for screen in self.screens.values():
            for text in screen.texts():
                screens_of.setdefault(text.id, set()).add(screen.name)
        return {id_: next(iter(names)) for id_, names in screens_of.items() if len(names) == 1}


AnyText = TypeVar("AnyText", bound=Text)


def _named(texts: tuple[AnyText, ...], name: str, screen: str) -> AnyText:
    for text in texts:
        if text.name == name:
            return text
    known = ", ".join(text.name for text in texts) or "none"
    raise KeyError(f"{screen} declares no {name!r}; it has: {known}")
