"""The elements of pages and mails, as data.

A feature's ``screens.py`` builds these values from the configuration. The page, the help article, the browser
journey and the mail are all made from them, so a label is written exactly once.

Every element is identified by ``feature.screen.element``, for example ``login.form.submit``. The id is public:
it is the gettext context of the element's text, the key of a host's wording override, the ``data-acct`` attribute
in the page and the slot in an article. Renaming one is a breaking change.

Sentences may hold named slots in braces, ``"Link valid for {minutes} minutes."``. A slot that starts with a
configuration path, ``{config.site.name}``, is filled from the configuration; the others by the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import ClassVar, Literal, TypeVar

from ..values.places import PLACES
from .fields import Field, PasswordField
from .texts import Part, Text

PREFIX = "/account"
"""The beginning of every screen's path: ``/account/login``."""

Access = Literal["anyone", "visitor", "user", "setting_password", "staff", "staff_visitor"]
"""Who may open a screen: everybody; only people who are not signed in; only signed-in users; only a session that may
do nothing but set a new password; only the company's own people, who are no users; such people before they sign in."""

MEMBER, OWNER, SUB_USER = PLACES
"""What ``Screen.needs`` may name instead of a permission: any place in an open account, the owner's, or another's."""

Tone = Literal["success", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Title(Text):
    """The heading of a screen, and its name in the browser's title bar."""


@dataclass(frozen=True, slots=True)
class Paragraph(Part):
    """Running text above or below the fields."""


class Setting(Paragraph):
    """What the visitor has, with a link after it to the page where it is changed: a box above the form."""

    kind = "paragraph"


@dataclass(frozen=True, slots=True)
class Lead(Text):
    """The word that says what kind of text follows: ``Tip``. Articles begin their own tips with it, too."""


@dataclass(frozen=True, slots=True)
class Tip(Part):
    """Running text in a box of its own, about a mistake that people often make here."""

    lead: Lead | None = None

    within = ("lead",)


@dataclass(frozen=True, slots=True)
class Heading(Part):
    """A heading within a screen."""


@dataclass(frozen=True, slots=True)
class Action(Part):
    """The button that sends the form of its screen. Of several, the page shows the first that it does not leave out."""

    is_grave: bool = False
    """Whether its effect cannot be undone; the button then has a warning colour."""


@dataclass(frozen=True, slots=True)
class Language(Action):
    """The button that shows pages in another language.

    Its words are the language's own name for itself, the same in every language, so no catalog has them.
    """

    locale: str = ""

    kind = "action"
    is_translated = False


@dataclass(frozen=True, slots=True)
class Link(Part):
    """A link to another place.

    ``to`` names a screen (``recovery.password``), or an address in the configuration (``site.signup_url``). If it is
    empty, the page provides the address under the name of this element (``page.links``), or the link is left out.
    """

    to: str = ""
    icon: str = ""

    @property
    def is_brought(self) -> bool:
        return not self.to


@dataclass(frozen=True, slots=True)
class HostText(Text):
    """Words that acct.toml gives (``Config.wording``), so no catalog's."""

    is_translated = False


NavGroup = Literal["account", "overview", "host", "company", "billing", "me", "apart"]
"""Where an entry of the menu stands: beside the account in view, in a group with a heading, or apart at the end."""


@dataclass(frozen=True, slots=True)
class NavEntry(Link):
    """An entry of the menu of the account area: a page of ours and the group it stands in."""

    group: NavGroup = "me"


@dataclass(frozen=True, slots=True)
class StaffEntry(Link):
    """An entry of the menu of the staff area."""

    role: str = ""
    """Which role it is for; empty for all."""

    kind = "link"


class MainLink(Link):
    """The link that most people open a page for: a button beside its title."""

    kind = "link"


class RowLink(Link):
    """The link that a list has on what is in the first column of each row.

    The page shows the words of the row; those of the link are the column's, for articles: "Select the **Subject**".
    """

    kind = "link"


@dataclass(frozen=True, slots=True)
class Fold(Part):
    """The heading of the fields of a form after it, which are folded until somebody needs them.

    They are unfolded where one of them has a value or an error.
    """


@dataclass(frozen=True, slots=True)
class PostButton(Part):
    """A button that sends the form of another screen that has nothing to fill in: ``to="users.resend"``."""

    to: str = ""

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class SendAgain(PostButton):
    """A button in a result that sends the form of its screen again, ``to="recovery.password"``, with what was typed.

    The result has that in its slots, by the names of the fields. Scripts keep the button disabled for a while,
    ``wait_seconds``, because a mail takes its time.
    """

    wait_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Column(Text):
    """The heading of a column of ``Rows``."""

    is_amount: bool = dataclass_field(default=False, repr=False)
    """Whether it holds sums or numbers, which stand one under the other at the end of their lines."""


@dataclass(frozen=True, slots=True)
class Rows(Part):
    """A list with its words as the caption: a table on wide screens, cards on phones.

    The page provides the rows (see ``web.rows``), and which ``actions`` stand at the end of each. ``empty`` is shown if
    there are no rows; if there is no ``empty`` either, the list is left out. ``find`` is the search field, shown once
    there are more rows than fit on one page, or always if the caption is hidden because the field says as much.
    """

    columns: tuple[Column, ...] = ()
    actions: tuple[Link | PostButton, ...] = ()
    empty: Text | None = None
    find: Field | None = None
    is_led_by_find: bool = False
    """Whether the search field is always there and stands for the caption, which only screen readers say."""
    is_folded: bool = False
    """Whether only the caption is seen until somebody opens it."""
    sorts: tuple[str, ...] = ()
    """The names of the columns that the list can be sorted by."""
    choose: Text | None = None
    """The words of the checkbox of each row, if several can be chosen: ``Choose``."""
    begin: Link | None = None
    """The button beside ``empty``: what to do where there is nothing yet."""
    bulk: tuple[Link, ...] = ()
    """What can be done with the rows that are chosen: screens whose address then names them, ``?chosen=5&chosen=8``."""

    within: ClassVar[tuple[str, ...]] = ("columns", "actions", "empty", "begin", "find", "choose", "bulk")
    has_caption = True

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class MenuRows(Rows):
    """A list whose actions are in a menu at the end of each row; ``menu`` is the name of its button."""

    menu: Text | None = None

    within = (*Rows.within, "menu")


@dataclass(frozen=True, slots=True)
class Fact(Text):
    """The name of a value that a page shows: ``Customer number``."""


@dataclass(frozen=True, slots=True)
class Facts(Part):
    """Names and their values, with its words as the caption. The page provides the values (``page.facts``).

    A name without a value is left out; ``empty`` is shown if none has a value.
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
    """A picture that the page provides (``page.brought``, a ``web.shapes.Shape``), such as a QR code.

    Its words are for people who cannot see it. If the page provides none, the picture is left out.
    """

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Codes(Part):
    """Codes to keep, one a line, with its words as the caption.

    The page provides them (``page.brought``): ``["K7Q2-M9XD"]``. They are only in the response to the form
    (``Done(at_once=True)``), never in a cookie.
    """

    has_caption = True
    is_shown_once = True

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Message(Text):
    """What a page says about the form that was just sent, and the HTTP status of the response."""

    tone: Tone = "error"
    status: int = 422
    field: str = ""
    """The name of the field it is about; empty when it is about the whole form."""
    link: str = dataclass_field(default="", repr=False)
    """The name of a link of its screen that is offered within it, too: the way out of what it says."""
    holds: bool = dataclass_field(default=True, repr=False)
    """Whether nothing that is sent before the time it asks to ``{wait}`` is of use; scripts disable the button."""


@dataclass(frozen=True, slots=True)
class Result(Text):
    """What replaces the form after it was sent: a sentence, then what to do next; and the HTTP status."""

    parts: tuple[Part, ...] = ()
    tone: Tone = "success"
    status: int = 200

    within = ("parts",)

    @property
    def is_shown_once(self) -> bool:
        """Whether it contains a secret, so that it can only be shown in the response to the form."""
        return any(part.is_shown_once for part in self.parts)


@dataclass(frozen=True, slots=True)
class Paragraphs(Part):
    """Running text that the page or the mail provides under the name of this element, as a list of paragraphs."""

    is_translated = False

    @property
    def is_brought(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Screen:
    """One page under one configuration.

    ``parts`` are in the order a visitor meets them. ``messages`` and ``results`` are its possible answers. The form's
    fields are the parts that are a ``Field``; a screen without an ``Action`` has no form.

    ``path`` may have parameters, ``contacts/<int:contact>``, which links to it give a value.
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
    """Purposes of the tokens whose links open this screen; empty if no mail links here with a token."""
    for_several: bool = False
    """Whether it is useful only to users who have a place in several accounts; nobody else is directed here."""
    needs: str = ""
    """What a user needs in the account in view to open it: a permission, ``MEMBER``, ``OWNER`` or ``SUB_USER``; empty
    for a screen that is not about an account."""
    role: str = ""
    """Which of the staff may open it; empty for all of them."""
    unseen: tuple[Field, ...] = ()
    """Fields of its form that are not filled in, but sent by buttons, which may also be on other pages."""
    left_out: tuple[str, ...] = ()
    """Names of the parts that ``without`` has left out."""

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))

    @property
    def sent_fields(self) -> tuple[Field, ...]:
        """All fields of its form: those that are filled in, and those that buttons send."""
        return (*self.fields, *self.unseen)

    @property
    def is_for_users(self) -> bool:
        """Whether only signed-in users can open it."""
        return bool(self.needs) or self.access == "user"

    @property
    def is_for_staff(self) -> bool:
        """Whether it is part of the staff area, where no user counts as signed in."""
        return self.access in ("staff", "staff_visitor")

    @property
    def reauthentication(self) -> PasswordField | None:
        """The field that asks for the user's own password again (``PasswordField.reauthenticates``), or ``None``."""
        return next(
            (field for field in self.fields if isinstance(field, PasswordField) and field.reauthenticates), None
        )

    def without(self, *names: str) -> Screen:
        """Return the screen without its parts of these names."""
        remaining = tuple(part for part in self.parts if part.name not in names)
        return replace(self, parts=remaining, left_out=tuple(sorted({*self.left_out, *names})))

    def without_reauthentication(self) -> Screen:
        """Return the screen for a user who gave their password a moment ago: without ``reauthentication``."""
        return self.without(self.reauthentication.name) if self.reauthentication else self

    @property
    def action(self) -> Action | None:
        return next((part for part in self.parts if isinstance(part, Action)), None)

    def message(self, name: str) -> Message:
        """Return the message of this name, the last part of its id. Raises ``KeyError`` if it is not declared."""
        return _named(self.messages, name, self.name)

    def result(self, name: str) -> Result:
        """Return the result of this name, the last part of its id. Raises ``KeyError`` if it is not declared."""
        return _named(self.results, name, self.name)

    def texts(self) -> Iterator[Text]:
        """Yield every sentence the screen can show, its title first."""
        for held in (self.title, *self.parts, *self.messages, *self.results):
            yield from held.texts()


@dataclass(frozen=True, slots=True)
class Button(Text):
    """The one link of a mail that does something. In a plain-text mail it is the first address, alone on its line.

    ``to`` is the screen it opens; the token, if the mail has one, is added when the mail is rendered for sending. If it
    is empty, the address is given with the mail under the name of this element, or the button is left out.
    """

    to: str = ""


@dataclass(frozen=True, slots=True)
class Secret(Text):
    """Introduces a temporary password, which stands alone on the next line."""


@dataclass(frozen=True, slots=True)
class Listing(Text):
    """Introduces a list that is given with the mail under the name of this element, one entry a line."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of mail. ``numbered`` puts the customer number at its top.

    Its name is ``feature.mail``, for example ``recovery.reset``; its elements are ``recovery.reset.subject`` and
    so on.
    """

    name: str
    subject: Text
    parts: tuple[Paragraph | Button | Secret | Listing | Paragraphs, ...]
    numbered: bool = False

    def texts(self) -> Iterator[Text]:
        """Yield every sentence of the mail, its subject first."""
        yield self.subject
        yield from self.parts


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one feature declares under one configuration.

    ``menu`` has links for the signed-in user's menu; ``texts`` has sentences that belong to no single screen.
    """

    screens: tuple[Screen, ...] = ()
    mails: tuple[Mail, ...] = ()
    menu: tuple[NavEntry, ...] = ()
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Declared:
    """Everything that the features declare under one configuration, by name."""

    screens: Mapping[str, Screen]
    mails: Mapping[str, Mail]
    menu: tuple[NavEntry, ...]
    texts: Mapping[str, Text]
    """Every sentence by its id: those of screens, mails, the menu and the layout of pages."""
    roles: Mapping[str, str]
    """The names of screens by their purpose: ``{"sign_in": "login.form"}``. Not every configuration has them all."""

    @cached_property
    def homes(self) -> Mapping[str, str]:
        """The name of the screen of each sentence that is on one screen only, by the sentence's id."""
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
