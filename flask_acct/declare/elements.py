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

PREFIX = "/account"
"""Where every screen is: ``/account/login``."""

Access = Literal["anyone", "visitor", "user", "setting_password"]
"""Who may open a screen: everybody; only somebody not signed in; a signed-in user; a session that may do nothing
but set a new password."""

MEMBER, OWNER, SUB_USER = PLACES
"""What a screen may need besides a permission: any place in an open account, to be its owner, or not to be."""

Tone = Literal["success", "info", "warning", "error"]

MustBe = Literal["", "email", "phone", "postcode", "identifier", "url", "date", "number"]
"""What a text must be the form of; a phone number and a postcode are of the country chosen in the field ``country``."""

Source = Literal["", "countries", "languages", "time_zones", "page"]
"""Where a choice has its options from: those declared, a list in the reader's language, or the page itself."""


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence with an id: ``Text("login.form.tip", "Your user name is not your email address.")``."""

    id: str
    message: str

    @property
    def name(self) -> str:
        """The last part of the id: ``submit`` for ``login.form.submit``."""
        return self.id.rpartition(".")[2]

    @property
    def sentence(self) -> Text:
        """The words alone, of whichever kind of element: known by their id, and on no page."""
        return Text(self.id, self.message)


@dataclass(frozen=True, slots=True)
class Title(Text):
    """The heading of a screen, and its name in the browser's title bar."""


@dataclass(frozen=True, slots=True)
class Paragraph(Text):
    """Running text above or below the fields."""


@dataclass(frozen=True, slots=True)
class Lead(Text):
    """The word that says what kind of text follows: ``Tip``. Articles begin their own tips with it, too."""


@dataclass(frozen=True, slots=True)
class Tip(Text):
    """Running text in a box of its own: what people get wrong here."""

    lead: Lead | None = None


@dataclass(frozen=True, slots=True)
class Heading(Text):
    """A heading within a screen."""


@dataclass(frozen=True, slots=True)
class Option(Text):
    """One choice of a ``Field`` of kind ``choice``, or one box of ``ticks``; the value sent is its name.

    ``example`` is shown at the field after the choice once this is chosen; ``help`` beside its box.
    """

    example: str = ""
    help: Text | None = None
    includes: tuple[Text, ...] = ()
    """What is ticked with it without a tick: the permissions that this one opens too."""


@dataclass(frozen=True, slots=True)
class Field(Text):
    """Something to fill in. Its label is the text; its name in the form is the last part of its id.

    A ``tick`` is one box, whose value is ``yes`` or nothing; ``ticks`` are several, whose value is the names of those
    ticked, separated by blanks. A ``file`` is read by the page; its value is the name it had.
    """

    kind: Literal["text", "email", "tel", "url", "date", "password", "choice", "tick", "ticks", "long_text", "file"] = (
        "text"
    )
    must_be: MustBe = ""
    holds: tuple[str, ...] = ()
    """Which identifiers it may hold, by the names that ``identifiers.plain`` knows. What was pasted is brought to its
    plain form before anything looks at it; whether it must be one says ``must_be``."""
    told_by: str = ""
    """The choice beside it whose option says which identifier it holds."""
    help: Text | None = None
    example: str = ""
    autocomplete: str = "off"
    required: bool = True
    max_length: int = 254
    options: tuple[Option, ...] = ()
    source: Source = ""
    tick_all: Text | None = None
    """Words of a button that ticks all of the boxes; it is there for who has a script."""
    accept: str = ""
    """What browsers offer for a ``file``: ``.csv``."""
    max_bytes: int = 0
    """How large a ``file`` may be."""
    repeats: str = ""
    """The name of the field whose value is typed here once more."""
    is_proof: bool = False
    """Whether it is the user's own password, asked for only when they gave it longer ago than
    ``session.reauthenticate_minutes``. The page checks it before the form does anything, and answers with the
    messages ``wrong`` and ``too_many`` declared beside it (see ``web.reauthentication``)."""

    @property
    def judged_with(self) -> str:
        """The name of another field that can mend what is wrong with this one: its country, what it repeats."""
        return self.repeats or ("country" if self.must_be in {"phone", "postcode"} else "")


@dataclass(frozen=True, slots=True)
class Action(Text):
    """The button that sends the form of its screen."""

    is_grave: bool = False
    """Whether what it does cannot be undone; the button says so by its colour too."""


@dataclass(frozen=True, slots=True)
class Language(Action):
    """The button after which pages speak another language.

    Its words are the language's own name for itself, the same in every language, so no catalog has them.
    """

    locale: str = ""


@dataclass(frozen=True, slots=True)
class Link(Text):
    """A way to another place.

    ``to`` names a screen (``recovery.password``), or an address in the configuration (``site.signup_url``). Without it
    the page brings the address, by the name of this element (``page.links``); it brings none, and there is no link.
    """

    to: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class PostButton(Text):
    """A button that sends the form of another screen, one with nothing to fill in: ``to="users.resend"``."""

    to: str = ""


@dataclass(frozen=True, slots=True)
class Column(Text):
    """The heading of a column."""


@dataclass(frozen=True, slots=True)
class Rows(Text):
    """A list of things, its words the caption: a table on wide screens, cards on phones.

    The page brings the rows (see ``web.rows``). ``actions`` stand at the end of each row it offers them for, and
    ``empty`` instead of a list without rows; without either there is nothing to see. ``find`` is where words are typed
    that the rows shall hold, once there are more than a page shows.
    """

    columns: tuple[Column, ...] = ()
    actions: tuple[Link | PostButton, ...] = ()
    empty: Text | None = None
    find: Field | None = None


@dataclass(frozen=True, slots=True)
class Fact(Text):
    """The name of something that is so: ``Customer number``."""


@dataclass(frozen=True, slots=True)
class Facts(Text):
    """Things that are so, its words the caption: names whose values the page brings (``page.facts``).

    What has no value is left out; ``empty`` stands there when nothing has one.
    """

    facts: tuple[Fact, ...] = ()
    empty: Text | None = None


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


@dataclass(frozen=True, slots=True)
class Paragraphs(Text):
    """Running text that comes with the mail or the page, by the name of this element: a list of paragraphs."""


Part = Heading | Paragraph | Paragraphs | Tip | Field | Action | Link | PostButton | Rows | Facts


@dataclass(frozen=True, slots=True)
class Screen:
    """One page under one configuration.

    ``parts`` is the order a visitor meets them in. ``messages`` and ``results`` are what it may answer. The form's
    fields are the parts of kind ``Field``; a screen without an ``Action`` has no form.

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
    left_out: tuple[str, ...] = ()
    """Names of its parts that this visit does without, see ``without``."""

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))

    @property
    def proof(self) -> Field | None:
        """The field for the password of somebody who signed in a while ago."""
        return next((field for field in self.fields if field.is_proof), None)

    def without(self, *names: str) -> Screen:
        """The screen as a visit finds it that these of its parts are not for."""
        kept = tuple(part for part in self.parts if part.name not in names)
        return replace(self, parts=kept, left_out=tuple(sorted({*self.left_out, *names})))

    def without_proof(self) -> Screen:
        """The screen as somebody finds it who gave their password a moment ago."""
        return self.without(self.proof.name) if self.proof else self

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


def _texts(parts: tuple[Part, ...]) -> Iterator[Text]:
    for part in parts:
        yield part
        match part:
            case Field():
                yield from _present(part.help, part.tick_all)
                for option in part.options:
                    yield option
                    yield from _present(option.help)
            case Tip():
                yield from _present(part.lead)
            case Rows():
                yield from part.columns
                yield from part.actions
                yield from _present(part.empty, part.find)
            case Facts():
                yield from part.facts
                yield from _present(part.empty)


def _present(*texts: Text | None) -> Iterator[Text]:
    yield from (text for text in texts if text is not None)


AnyText = TypeVar("AnyText", bound=Text)


def _named(texts: tuple[AnyText, ...], name: str, screen: str) -> AnyText:
    for text in texts:
        if text.name == name:
            return text
    known = ", ".join(text.name for text in texts) or "none"
    raise KeyError(f"{screen} declares no {name!r}; it has: {known}")
