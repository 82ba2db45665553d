"""What can be filled in, by kind: each holds what is true of it alone, and reads what was sent for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ..values.unicode_forms import normalized
from .texts import Part, Text

InputType = Literal["text", "email", "tel", "url", "date"]
"""Which keyboard a phone offers, and what a browser suggests."""

MustBe = Literal["", "email", "phone", "postcode", "identifier", "url", "date", "number"]
"""What a text must be the form of; a phone number and a postcode are of the country chosen in the field ``country``."""

Source = Literal["", "countries", "languages", "time_zones", "page"]
"""Where a choice has its options from: those declared, a list in the reader's language, or the page itself."""

Raw = str | bytes
"""One value as it was sent: text, or what a file holds."""

FieldValue = str | bool | bytes | tuple[str, ...]
"""What a field holds once it was read."""

JsonSchema = dict[str, Any]

FORMATS: Mapping[str, str] = {"email": "email", "date": "date"}
"""How JSON Schema calls what a text must be the form of. A web address is no ``uri``: it may lack its scheme."""

YES = "yes"
"""What a box sends that is ticked."""

NEVER_TYPED = "".join(map(chr, (*range(32), 127)))
"""What no password has, for no form takes it."""


class WrongType(ValueError):
    """A value in JSON is not of the type that its field has."""


@dataclass(frozen=True, slots=True)
class Option(Text):
    """One option of a ``Choice``, or one box of ``Ticks``; the value sent is its name.

    ``example`` is shown at the field after the choice once this is chosen; ``help`` beside its box.
    """

    example: str = ""
    help: Text | None = None
    includes: tuple[Text, ...] = ()
    """What is ticked with it without a tick: the permissions that this one opens too."""

    within = ("help",)


@dataclass(frozen=True, slots=True)
class Field(Part, ABC):
    """Something to fill in. Its label is the text; its name in the form is the last part of its id."""

    help: Text | None = None
    required: bool = True

    within: ClassVar[tuple[str, ...]] = ("help",)
    may_be_kept: ClassVar[bool] = True
    """Whether what was typed in it may be kept while its user signs in again."""

    @abstractmethod
    def read(self, raw: Sequence[Raw]) -> FieldValue:
        """Return the value of what was sent under its name, in the order it was sent; of nothing, the empty one."""

    @abstractmethod
    def json_schema(self) -> JsonSchema:
        """Return what JSON Schema 2020-12 says of its value; whether it may be left out is said by its form."""

    def raw_of(self, value: object) -> Sequence[Raw]:
        """Return what a form sends for a value of its JSON type, which is text. Raises ``WrongType``."""
        return (_text(value),)

    @property
    def judged_with(self) -> str:
        """The name of another field that can mend what is wrong with this one: its country, what it repeats."""
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
    """Which identifiers it may hold, by the names that ``identifiers.plain`` knows. What was pasted is brought to its
    plain form before anything looks at it; whether it must be one says ``must_be``."""
    told_by: str = ""
    """The choice beside it whose option says which identifier it holds."""

    kind = "field"

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "maxLength": self.max_length, **self._format()}

    def _format(self) -> JsonSchema:
        """Return what its text must be the form of, or that it may be empty besides."""
        known = {"format": FORMATS[self.must_be]} if self.must_be in FORMATS else {}
        return known if self.required or not known else {"anyOf": [known, {"maxLength": 0}]}

    @property
    def judged_with(self) -> str:
        return "country" if self.must_be in {"phone", "postcode"} else ""


@dataclass(frozen=True, slots=True)
class CodeField(TextField):
    """Characters that were sent or shown to somebody, who types them here; phones suggest what a message says."""

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
    """The name of the field whose value is typed here once more."""
    reauthenticates: bool = False
    """Whether it is the user's own password, asked for only when they gave it longer ago than
    ``session.reauthenticate_minutes``. The page checks it before the form does anything, and answers with the
    messages ``wrong`` and ``too_many`` declared beside it (see ``web.reauthentication``)."""

    kind = "password"
    may_be_kept = False

    def read(self, raw: Sequence[Raw]) -> str:
        # Only a tab or line end that was copied along is none of it.
        return normal(raw).strip(NEVER_TYPED)

    def json_schema(self) -> JsonSchema:
        return {"type": "string", "format": "password", "maxLength": self.max_length}

    @property
    def judged_with(self) -> str:
        return self.repeats


@dataclass(frozen=True, slots=True)
class Choice(Field):
    """One of several options; its value is the name of the option."""

    options: tuple[Option, ...] = ()
    source: Source = ""

    within = ("help", "options")

    def read(self, raw: Sequence[Raw]) -> str:
        return one_text(raw)

    def json_schema(self) -> JsonSchema:
        return {"type": "string"} if self.source else {"type": "string", "enum": [one.name for one in self.options]}

    @property
    def is_brought(self) -> bool:
        return self.source == "page"


@dataclass(frozen=True, slots=True)
class Tick(Field):
    """One box; its value is whether it is ticked. One that is required must be."""

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
    """Several boxes; its value is the names of those ticked, in the order declared."""

    options: tuple[Option, ...] = ()
    tick_all: Text | None = None
    """Words of a button that ticks all of the boxes; it is shown where scripts run."""

    within = ("help", "tick_all", "options")

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
class FileField(Field):
    """A file; its value is what it holds."""

    accept: str = ""
    """What browsers offer: ``.csv``."""
    max_bytes: int = 0
    """How large it may be."""

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
    """The first text that was sent, in NFC; empty for none."""
    return normalized("NFC", next((one for one in raw if isinstance(one, str)), ""))


def one_text(raw: Sequence[Raw]) -> str:
    """The first text that was sent, in NFC and without blanks around it; its lines end as Python's do."""
    return normal(raw).replace("\r\n", "\n").strip()
