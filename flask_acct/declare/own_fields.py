"""Fields that a host adds to users, accounts and contacts: ``[fields.user.phone]`` in acct.toml.

Each value is stored under the field's name in the JSON column ``fields`` of its row, as one of these: text; a number;
``true`` or ``false``; a date as ``"2026-12-31"``; the name of an option. A field without a value is not stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from ..config import Config, FieldType, Owner, OwnField
from ..db.models import Account, Contact, User
from ..values import phones
from ..values.identifiers import email_address, visible
from ..values.languages import nearest
from ..values.spreadsheets import NO, YES, name_key
from .elements import Fact, Facts
from .fields import Choice, Field, InputType, MustBe, Option, TextField, Tick
from .labels import called
from .texts import Text

Value = str | int | float | bool

DAY = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,6})?")
THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
"""Ambiguous numbers: the mark in ``1.234`` may be the decimal point or separate thousands."""

LONGEST_ADDRESS = 2000

INPUT_TYPES: Mapping[FieldType, InputType] = {"email": "email", "url": "url", "phone": "tel", "date": "date"}
"""The input type of a form field for each type that is typed in."""

MUST_BE: Mapping[FieldType, MustBe] = {
    "email": "email", "url": "url", "phone": "phone", "date": "date", "number": "number",
}  # fmt: skip
"""The format that the form checks for each type."""

SHAPES: Mapping[FieldType, tuple[str, str]] = {
    "text": ("text", ""),
    "email": ("an email address", "Write it like name@example.com."),
    "url": ("an address of the web", "Write it like https://example.com."),
    "phone": ("a phone number", "Write it with + and the code of its country: +34 910 00 00 00."),
    "date": ("a day", "Write it like 2026-12-31."),
    "number": ("a number", "Write digits, without a sign between thousands: 1234.5."),
    "choice": ("one of its options", ""),
    "yes_no": ("yes or no", "Write yes or no."),
}
"""What error messages to operators say of each type: what a value must be, and how to write it."""


class NotOne(Exception):
    """The given text is not a value of the field."""


def of(owner: Owner, config: Config) -> Mapping[str, OwnField]:
    """Return the host's fields of users, accounts or contacts, by name, in the order of acct.toml."""
    found: Mapping[str, OwnField] = getattr(config.fields, owner)
    return found


def editable(owner: Owner, config: Config) -> Mapping[str, OwnField]:
    """Return those of the host's fields that people fill in on pages, by name."""
    return {name: one for name, one in of(owner, config).items() if one.editable_by == "users"}


def parts(owner: Owner, config: Config) -> tuple[Field, ...]:
    """Return the form fields for ``editable``; their ids are ``fields.<owner>.<name>``."""
    return tuple(_field(f"fields.{owner}.{name}", one) for name, one in editable(owner, config).items())


def facts(owner: Owner, config: Config, shown: Facts) -> tuple[Facts, ...]:
    """Return the element of a page that shows the fields only the host changes; nothing if there are none.

    Args:
        shown: Its caption, and the text to show while no field has a value.
    """
    found = tuple(
        Fact(f"fields.{owner}.{name}", nearest(one.label, "en"))
        for name, one in of(owner, config).items()
        if one.editable_by == "host"
    )
    return (replace(shown, facts=found),) if found else ()


def words(owner: Owner, config: Config) -> tuple[Text, ...]:
    """Return the texts of all options that ``facts`` may show."""
    return tuple(
        Text(f"fields.{owner}.{name}.{option}", nearest(option_label, "en"))
        for name, one in of(owner, config).items()
        if one.editable_by == "host"
        for option, option_label in one.options.items()
    )


def fact_values(owner: Owner, row: User | Account | Contact, config: Config) -> dict[str, object]:
    """Return the values that ``facts`` shows of a row, by name of field."""
    return {
        name: _shown_value(f"fields.{owner}.{name}", one, row.fields[name])
        for name, one in of(owner, config).items()
        if one.editable_by == "host" and name in row.fields
    }


def typed(owner: Owner, row: User | Account | Contact, config: Config) -> dict[str, str | bool]:
    """Return the values with which a form for the row starts, by name of field."""
    return {name: _form_value(one, row.fields.get(name)) for name, one in editable(owner, config).items()}


def _form_value(one: OwnField, value: Value | None) -> str | bool:
    return bool(value) if one.type == "yes_no" else written(one, value)


def written(one: OwnField, value: Value | None) -> str:
    """Return a value as a form or a file holds it; empty for ``None`` and for ``False``."""
    if value is None:
        return ""
    if one.type == "yes_no":
        return "yes" if value else ""
    return phones.written(str(value)) if one.type == "phone" else str(value)


def cell(one: OwnField, value: Value | None) -> str:
    """Return a value as a file holds it: like ``written``, but with ``no`` for ``False``."""
    return "no" if value is False else written(one, value)


def merged(
    owner: Owner, before: Mapping[str, Value], form: Mapping[str, Any], config: Config, *, country: str = ""
) -> dict[str, Value]:
    """Return what to store when a checked form is saved; fields that are not in the form keep their values.

    Args:
        form: The value of each field, by name.
        country: The country of a phone number that has no country code.
    """
    after = dict(before)
    for name, one in editable(owner, config).items():
        if name not in form or (not form[name] and _is_offered_no_more(one, before.get(name))):
            continue
        after.pop(name, None)
        if one.type == "yes_no":
            after[name] = bool(form[name])
        elif form[name]:
            after[name] = understood(one, form[name], name=f"fields.{owner}.{name}", country=country)
    return after


def _is_offered_no_more(one: OwnField, value: Value | None) -> bool:
    """Whether the stored option is no longer offered. The form cannot show it, so it stays until another is chosen."""
    return one.type == "choice" and value is not None and value not in one.options


def with_changes(before: Mapping[str, Value], changes: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return what to store after some fields changed; ``None`` removes a field."""
    merged = {**before, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def understood(
    one: OwnField, given: str, *, name: str, country: str = "", wording: Mapping[str, Mapping[str, str]] | None = None
) -> Value:
    """Return the value of what was typed or is written in a file. Raises ``NotOne`` if it is not a value of the field.

    Args:
        name: The id of the field, ``fields.user.size``.
        country: The country of a phone number that has no country code.
        wording: The host's words; if given, an option may also be named by its label in any language.
    """
    text = visible(given)
    match one.type:
        case "text":
            return _sure(text if len(text) <= one.max_length else None)
        case "email":
            return _sure(email_address(text))
        case "phone":
            return _sure(phones.number(text, country))
        case "url":
            return _sure(web_address(text))
        case "date":
            return _sure(day(text))
        case "number":
            return _sure(number(text))
        case "choice":
            return _sure(_option(one, text, name, wording or {}))
    wanted_key = name_key(text)
    return _sure(True if wanted_key in YES else False if wanted_key in NO else None)


def web_address(text: str) -> str | None:
    """Return the address with its scheme, http or https; ``None`` for anything else, such as ``javascript:``."""
    whole = text if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) else f"https://{text}"
    try:
        parts = urlsplit(whole)
        is_good = parts.scheme.lower() in {"http", "https"} and "." in (parts.hostname or "") and (parts.port or 1) > 0
    except ValueError:
        return None
    return whole if is_good and len(whole) <= LONGEST_ADDRESS and not re.search(r"[\s<>\"\\]", whole) else None


def day(text: str) -> str | None:
    """Return a date in ISO format, ``2026-12-01`` for ``2026/12/1``; ``None`` unless it is a date with its year first.

    In any other order the month could be mistaken for the day.
    """
    found = DAY.fullmatch(text)
    try:
        return date(int(found[1]), int(found[3]), int(found[4])).isoformat() if found else None
    except ValueError:
        return None


def number(text: str) -> int | float | None:
    """Return a number written with a decimal point or comma; ``None`` if it is none, or ambiguous (``THOUSANDS``)."""
    if not NUMBER.fullmatch(text) or THOUSANDS.fullmatch(text):
        return None
    plain = text.replace(",", ".")
    return float(plain) if "." in plain else int(plain)


def from_python(value: object) -> str:
    """Return a value that a host passed in Python as a person would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def value_error(one: OwnField, given: str) -> tuple[str, str]:
    """Return what is wrong with a text that is not a value of the field, for an operator or developer, and the fix."""
    if one.type == "text":
        return f"is {len(given)} characters long", f"{one.max_length} are allowed."
    what, fix = SHAPES[one.type]
    return f'"{given}" is not {what}', fix or f"There are: {', '.join(one.options)}."


def columns(owners: Iterable[Owner], config: Config) -> dict[str, tuple[Owner, str]]:
    """Return the columns that an import has for the host's fields: ``{"user_phone": ("user", "phone")}``."""
    return {f"{owner}_{name}": (owner, name) for owner in owners for name in of(owner, config)}


def _sure(value: Any) -> Value:
    if value is None:
        raise NotOne
    found: Value = value
    return found


def _option(one: OwnField, text: str, name: str, wording: Mapping[str, Mapping[str, str]]) -> str | None:
    if text in one.options:
        return text
    key = name_key(text)
    for option in one.options:
        if key in {name_key(option), *(name_key(label) for label in called(f"{name}.{option}", wording))}:
            return option
    return None


def _shown_value(id_: str, one: OwnField, value: Value) -> object:
    if one.type == "date" and (known := day(str(value))):
        return date.fromisoformat(known)
    if one.type == "choice" and value in one.options:
        return Text(f"{id_}.{value}", nearest(one.options[str(value)], "en"))
    if one.type == "yes_no":
        return Text("shell.form.yes", "Yes") if value else Text("shell.form.no", "No")
    return written(one, value)


def _field(id_: str, one: OwnField) -> Field:
    """Return the form field. Its words come from the configuration (``Config.wording``), not from a catalog."""
    label, help_ = nearest(one.label, "en"), Text(f"{id_}_help", nearest(one.help, "en")) if one.help else None
    if one.type == "yes_no":
        return Tick(id_, label, help=help_, required=one.required)
    if one.type == "choice":
        options = tuple(Option(f"{id_}.{name}", nearest(words, "en")) for name, words in one.options.items())
        return Choice(id_, label, help=help_, required=one.required, options=options)
    return TextField(
        id_,
        label,
        help=help_,
        required=one.required,
        max_length=one.max_length if one.type == "text" else 254,
        input_type=INPUT_TYPES.get(one.type, "text"),
        must_be=MUST_BE.get(one.type, ""),
    )
