"""The kinds of form fields: the attributes of each, and how its value is read from what was sent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ..values.unicode_forms import normalized
from .texts import Part, Text

InputType = Literal["text", "email", "tel", "url", "date"]
"""The type of an ``<input>``: it decides which keyboard a phone offers, and what a browser suggests."""

MustBe = Literal["", "email", "phone", "postcode", "identifier", "url", "date", "number"]
"""The format a text must have; phone numbers and postcodes are checked for the country in the field ``country``."""

Source = Literal["", "countries", "languages", "time_zones", "page"]
"""Where a choice gets its options: from its declaration (empty), from a list in the reader's language, or from the
page."""

Raw = str | bytes
"""One value as it was sent: text, or the content of a file."""

FieldValue = str | bool | bytes | tuple[str, ...]
"""The value of a field."""

Width = Literal["", "short", "medium"]
"""How wide the control of a field is: as wide as its form, or as what is usually typed in it."""

JsonSchema = dict[str, Any]

FORMATS: Mapping[str, str] = {"email": "email", "date": "date"}
"""The formats that JSON Schema has a name for. A web address is not a ``uri``, because it may lack its scheme."""

YES = "yes"
"""What a ticked checkbox sends."""

SHORT, MEDIUM = 12, 40
"""Most characters for which a field is so wide."""

NEVER_TYPED = "".join(map(chr, (*range(32), 127)))
"""The control characters. No password has them, because no form accepts them."""


class WrongType(ValueError):
    """A value in JSON is not of the type that its field has."""


@dataclass(frozen=True, slots=True)
class Option(Text):
    """One option of a ``Choice``, or one checkbox of ``Ticks``; the value sent is its name.

    ``example`` is shown at the field after the choice while this option is chosen; ``help`` beside its checkbox.
    """

    example: str = ""
    help: Text | None = None
    includes: tuple[Text, ...] = ()
    """Options that need no tick of their own if this one is ticked: the permissions that this one includes."""

    within = ("help",)


@dataclass(frozen=True, slots=True)
class PermissionOption(Option):
    """One permission of ``Grants``."""

    is_sensitive: bool = False
    """Whether somebody can do harm with it."""

    kind = "option"


@dataclass(frozen=True, slots=True)
class RoleOption(Option):
    """Permissions that are chosen together; the value sent is ``role:`` and its name."""

    permissions: tuple[str, ...] = ()

    kind = "option"

    @property
    def value(self) -> str:
        return f"role:{self.name}"


@dataclass(frozen=True, slots=True)
class PermissionGroup(Text):
    """The caption of permissions that stand together.

    ``rows`` has their names: a permission alone is a checkbox, those to view and to manage a thing are radio buttons.
    """

    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Field(Part, ABC):
    """Something to fill in. Its words are the label; its name in the form is the last part of its id."""

    help: Text | None = None
    required: bool = True

    within: ClassVar[tuple[str, ...]] = ("help",)
    may_be_kept: ClassVar[bool] = True
    """Whether its value may be kept while the user signs in again."""

    @abstractmethod
    def read(self, raw: Sequence[Raw]) -> FieldValue:
        """Return its value, given what was sent under its name, in order; the empty value if nothing was sent."""

    @abstractmethod
    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema (2020-12) of its value. The schema of the form tells whether it is required."""

    def raw_of(self, value: object) -> Sequence[Raw]:
        """Return what a form would send for a value in JSON. Raises ``WrongType`` for a value of another type."""
        return (_text(value),)

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names under which a form sends its values: most fields have one control, or several of one name."""
        return (self.name,)

    @property
    def judged_with(self) -> str:
        """The name of another field that this one is checked with, such as its country or the password it repeats."""
        return ""

    @property
    def width(self) -> Width:
        return ""


@dataclass(frozen=True, slots=True)
class TypedField(Field):
    """Something to type in."""

    example: str = ""
    autocomplete: str = "off"
    max_length: int = 254

    def read(self, raw: Sequence[Raw]) -> str:
        return one_text(raw)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "maxLength": self.max_length}


@dataclass(frozen=True, slots=True)
class TextField(TypedField):
    """One line of text."""

    input_type: InputType = "text"
    must_be: MustBe = ""
    holds: tuple[str, ...] = ()
    """The kinds of identifiers it may hold, by the names that ``identifiers.plain`` knows. Its value is put into their
    plain form before it is checked; ``must_be`` decides whether it has to be an identifier."""
    told_by: str = ""
    """The name of the choice beside it whose option tells which kind of identifier it holds."""

    kind = "field"

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "maxLength": self.max_length, **self._format()}

    def _format(self) -> JsonSchema:
        """Return the keywords of JSON Schema for its format; a text that is not required may also be empty."""
        known = {"format": FORMATS[self.must_be]} if self.must_be in FORMATS else {}
        return known if self.required or not known else {"anyOf": [known, {"maxLength": 0}]}

    @property
    def judged_with(self) -> str:
        return "country" if self.must_be in {"phone", "postcode"} else ""

    @property
    def width(self) -> Width:
        if self.must_be in {"postcode", "number"} or self.max_length <= SHORT:
            return "short"
        return "medium" if self.must_be in {"phone", "date"} or self.max_length <= MEDIUM else ""

    @property
    def input_mode(self) -> str:
        """Which keyboard a phone offers for what no input type says."""
        return "decimal" if self.must_be == "number" else ""


@dataclass(frozen=True, slots=True)
class CodeField(TextField):
    """A code that somebody got by mail or sees elsewhere and types here; phones suggest one from a text message."""

    autocomplete: str = "one-time-code"

    kind = "field"
    may_be_kept = False


@dataclass(frozen=True, slots=True)
class LongText(TypedField):
    """Text of several lines."""


@dataclass(frozen=True, slots=True)
class PasswordField(TypedField):
    """A password, taken as it was typed, spaces included."""

    repeats: str = ""
    """The name of the field whose value must be typed here again."""
    reauthenticates: bool = False
    """Whether it is the user's own password, asked for only when they gave it longer ago than
    ``session.reauthenticate_minutes``. The page checks it before the form does anything, and answers with the
    messages ``wrong`` and ``too_many`` declared beside it (see ``web.reauthentication``)."""

    kind = "password"
    may_be_kept = False

    def read(self, raw: Sequence[Raw]) -> str:
        # A tab or line break copied along with a password is not part of it; a space is.
        return normal(raw).strip(NEVER_TYPED)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "password", "maxLength": self.max_length}

    @property
    def judged_with(self) -> str:
        return self.repeats

    @property
    def is_new(self) -> bool:
        """Whether a new password is chosen here, which the rules apply to."""
        return self.autocomplete == "new-password"


@dataclass(frozen=True, slots=True)
class Choice(Field):
    """One of several options; its value is the name of the option."""

    options: tuple[Option, ...] = ()
    source: Source = ""
    autocomplete: str = ""
    """What a browser fills in by itself, ``country``; empty to leave that to the browser."""

    within = ("help", "options")

    def read(self, raw: Sequence[Raw]) -> str:
        return one_text(raw)

    def json_schema(self) -> JsonSchema:
        return {"type": "string"} if self.source else {"type": "string", "enum": [one.name for one in self.options]}

    @property
    def is_brought(self) -> bool:
        return self.source == "page"

    @property
    def width(self) -> Width:
        return "medium" if self.source in {"countries", "languages"} else ""


@dataclass(frozen=True, slots=True)
class Tick(Field):
    """One checkbox; its value is whether it is ticked. If it is required, it must be ticked."""

    def read(self, raw: Sequence[Raw]) -> bool:
        return bool(one_text(raw))

    def json_schema(self) -> JsonSchema:
        return {"type": "boolean", "const": True} if self.required else {"type": "boolean"}

    def raw_of(self, value: object) -> Sequence[Raw]:
        if not isinstance(value, bool):
            raise WrongType
        return (YES,) if value else ()


@dataclass(frozen=True, slots=True)
class Ticks(Field):
    """Several checkboxes; its value is the names of those ticked, in the order declared."""

    options: tuple[Option, ...] = ()
    tick_all: Text | None = None
    """The label of a button that ticks all checkboxes; it is shown only where scripts run."""

    within: ClassVar[tuple[str, ...]] = ("help", "tick_all", "options")

    @property
    def accepted(self) -> frozenset[str]:
        """What a form may send for it."""
        return frozenset(option.name for option in self.options)

    def read(self, raw: Sequence[Raw]) -> tuple[str, ...]:
        return tuple(option.name for option in self.options if option.name in raw)

    def json_schema(self) -> JsonSchema:
        names = [option.name for option in self.options]
        return {"type": "array", "items": {"type": "string", "enum": names}, "uniqueItems": True}

    def raw_of(self, value: object) -> Sequence[Raw]:
        if not isinstance(value, list):
            raise WrongType
        names = [_text(one) for one in value]
        if len(set(names)) < len(names):
            raise WrongType
        return names


@dataclass(frozen=True, slots=True)
class Grants(Ticks):
    """Permissions in groups, with roles that stand for several; its value is the names of those granted.

    In a form, a role that is sent replaces what is chosen below it, so it works without a script. In JSON there are no
    roles, only names.
    """

    groups: tuple[PermissionGroup, ...] = ()
    roles: tuple[RoleOption, ...] = ()

    within = ("help", "tick_all", "roles", "groups", "options")

    @property
    def role_name(self) -> str:
        """The name of the control for the role."""
        return f"{self.name}.role"

    @property
    def input_names(self) -> tuple[str, ...]:
        pairs = (names[0] for group in self.groups for names in group.rows if len(names) > 1)
        return (self.name, self.role_name, *(self.radio_name(one) for one in pairs))

    def radio_name(self, viewed: str) -> str:
        """Return the name of the radio buttons that begin with a permission to view."""
        return f"{self.name}.{viewed}"

    @property
    def accepted(self) -> frozenset[str]:
        return frozenset({*(option.name for option in self.options), *(role.value for role in self.roles)})

    def read(self, raw: Sequence[Raw]) -> tuple[str, ...]:
        names = next((role.permissions for role in self.roles if role.value in raw), raw)
        return tuple(option.name for option in self.options if option.name in names)


@dataclass(frozen=True, slots=True)
class ListedTicks(Ticks):
    """Several checkboxes that the page supplies (``page.offered``); its value is those ticked, in the order sent."""

    kind = "ticks"

    @property
    def is_brought(self) -> bool:
        return True

    def read(self, raw: Sequence[Raw]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for one in raw if isinstance(one, str) and one))

    def json_schema(self) -> JsonSchema:
        return {"type": "array", "items": {"type": "string"}, "uniqueItems": True}


@dataclass(frozen=True, slots=True)
class Matches(Field):
    """What each of several things is that the page supplies; its value is the option of each, in their order.

    The page supplies the things (``page.brought``, as ``("Phone", "for example +34 910…")``) and the options
    (``page.offered``). The option of one that is nothing is empty.
    """

    @property
    def is_brought(self) -> bool:
        return True

    def read(self, raw: Sequence[Raw]) -> tuple[str, ...]:
        return tuple(one for one in raw if isinstance(one, str))

    def json_schema(self) -> JsonSchema:
        return {"type": "array", "items": {"type": "string"}}

    def raw_of(self, value: object) -> Sequence[Raw]:
        if not isinstance(value, list):
            raise WrongType
        return [_text(one) for one in value]


@dataclass(frozen=True, slots=True)
class FileField(Field):
    """A file; its value is the content."""

    accept: str = ""
    """The file types that browsers offer: ``.csv``."""
    max_bytes: int = 0
    """The largest size that is accepted, in bytes."""

    kind = "file"
    may_be_kept = False

    def read(self, raw: Sequence[Raw]) -> bytes:
        return next((one for one in raw if isinstance(one, bytes)), b"")

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "contentEncoding": "base64"}

    def raw_of(self, value: object) -> Sequence[Raw]:
        try:
            return (b64decode(_text(value), validate=True),)
        except ValueError:
            raise WrongType from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise WrongType
    return value


def normal(raw: Sequence[Raw]) -> str:
    """Return the first text that was sent, in NFC; empty if there is none."""
    return normalized("NFC", next((one for one in raw if isinstance(one, str)), ""))


def one_text(raw: Sequence[Raw]) -> str:
    r"""Return the first text that was sent, in NFC, without white space around it and with ``\n`` as line end."""
    return normal(raw).replace("\r\n", "\n").strip()
