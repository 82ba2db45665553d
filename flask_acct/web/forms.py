"""A screen's fields as a WTForms form. The only module that uses WTForms.

Errors are ``Complaint``s, the id of a declared message and its slots, so that whoever renders the page
says them in the visitor's language.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import singledispatch
from math import ceil
from typing import Any, cast

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field as FormField
from wtforms import Form
from wtforms.validators import StopValidation

from ..config import Config
from ..declare import own_fields
from ..declare.fields import (
    YES,
    Choice,
    Field,
    FileField,
    LongText,
    Matches,
    Raw,
    TextField,
    Tick,
    Ticks,
    TypedField,
    one_text,
)
from ..values import identifiers, phones, postcodes
from . import choices, form_tokens
from .filled import Complaint, Filled
from .submission import BODY_LIMIT, submission

Check = Callable[[Form, FormField], None]

MEGABYTE = 1024 * 1024
UNTYPED = {"Cc", "Cs"}
"""Unicode categories of characters that nobody types, and that a database may reject."""


class OurForm(FlaskForm):  # type: ignore[misc]
    """A form with our own token, see ``form_tokens``: the host's settings and session do not affect it."""

    offered: Mapping[str, Collection[str]]

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf = False


class ReadField(FormField):
    """What was sent for a declared field; ``data`` is its value as the field reads it."""

    def __init__(self, declared: Field, **options: Any) -> None:
        super().__init__(declared.id, default=declared.read(()), **options)
        self.declared = declared

    def process_formdata(self, valuelist: Sequence[Raw]) -> None:
        self.data = self.declared.read(valuelist)


class JoinedField(ReadField):
    """What was sent by several controls, each with a name of its own (``Field.input_names``)."""

    def process(self, *_args: Any, **_options: Any) -> None:
        self.process_errors = []
        sent = submission().fields
        self.raw_data = [one for name in self.declared.input_names for one in sent.getlist(name)]
        self.process_formdata(self.raw_data)


class UploadField(ReadField):
    """One file: ``file_name`` is its name, ``data`` its content, up to the largest allowed size."""

    file_name = ""

    def process(self, *_args: Any, **_options: Any) -> None:
        self.process_errors = []
        self.raw_data = submission().files.getlist(self.name)
        sent = self.raw_data[0] if self.raw_data else None
        self.file_name = (sent.filename or "") if sent else ""
        limit = cast(FileField, self.declared).max_bytes
        self.process_formdata([sent.read(limit + 1)] if sent else [])


def form_class(name: str, fields: Iterable[Field], config: Config) -> type[OurForm]:
    """Return the WTForms class of a form with these fields, named after its screen."""
    members: dict[str, Any] = {declared.name: _form_field(declared, config) for declared in fields}
    return type(f"{name.title().replace('.', '')}Form", (OurForm,), members)


def typed_text(value: str) -> str:
    """Return what was typed, without characters that nobody types or sees: a database rejects NUL."""
    return identifiers.visible("".join(sign for sign in value if unicodedata.category(sign) not in UNTYPED))


def limit_body() -> None:
    """This request may send no more than a form can hold."""
    request.max_content_length = BODY_LIMIT
    request.max_form_memory_size = BODY_LIMIT


def read(form: type[OurForm], offered: Mapping[str, Collection[str]]) -> Filled:
    """Return the form of this request, checked. Only its own fields are read: no other files.

    Args:
        offered: What the page itself offers, by the name of the field it is chosen in.
    """
    sent = submission()
    filled = form(formdata=sent.fields)
    filled.offered = offered
    filled.validate()
    errors = {name: found[0] for name, found in filled.errors.items() if name and found}
    errors |= {name: Complaint(id_) for name, id_ in sent.misfits.items()}
    values = {name: one.data for name, one in filled._fields.items()}
    problem = form_tokens.problem()
    return Filled(values, errors, Complaint(problem) if problem else None)


def _form_field(declared: Field, config: Config) -> Any:
    made = UploadField if isinstance(declared, FileField) else ReadField
    if len(declared.input_names) > 1:
        made = JoinedField
    return made(declared, validators=_checks(declared, config))


@singledispatch
def _checks(declared: Field, _config: Config) -> list[Check]:
    """Return the checks of a value, in order; a kind of field without its own has those of its base class."""
    raise TypeError(f"{declared.id}: nothing says how a {type(declared).__name__} is checked")


@_checks.register
def _checks_of_typed(declared: TypedField, _config: Config) -> list[Check]:
    return [_sent_once, _is_text(declared), _is_filled(declared), _is_short_enough(declared)]


@_checks.register
def _checks_of_text(declared: TextField, _config: Config) -> list[Check]:
    checks = [_sent_once, _made_plain(declared), _is_text(declared), _is_filled(declared), _is_short_enough(declared)]
    if _must_be_identifier(declared):
        checks.append(_is_an_identifier(declared))
    elif declared.must_be:
        checks.append(MUST_BE[declared.must_be])
    return checks


@_checks.register
def _checks_of_choice(declared: Choice, config: Config) -> list[Check]:
    return [_sent_once, _is_text(declared), _is_filled(declared), _is_a_choice(declared, config)]


@_checks.register
def _checks_of_tick(declared: Tick, _config: Config) -> list[Check]:
    return [_sent_once, _is_filled(declared), _is_yes]


@_checks.register
def _checks_of_ticks(declared: Ticks, _config: Config) -> list[Check]:
    return [_is_ticked(declared), _are_options(declared)]


@_checks.register
def _checks_of_matches(declared: Matches, _config: Config) -> list[Check]:
    return [_are_offered]


@_checks.register
def _checks_of_file(_declared: FileField, _config: Config) -> list[Check]:
    return [_uploaded_once, _is_uploaded, _is_small_enough]


def _sent_once(form: Form, filled: FormField) -> None:
    if len(filled.raw_data or ()) > 1 or filled.name in submission().files:
        raise StopValidation(Complaint("shell.form.once"))  # type: ignore[arg-type]


def _is_text(declared: Field) -> Check:
    # A name with a line end could end a line of a mail's head.
    allowed = "\n" if isinstance(declared, LongText) else ""

    def check(form: Form, filled: FormField) -> None:
        if any(unicodedata.category(sign) in UNTYPED and sign not in allowed for sign in filled.data or ""):
            raise StopValidation(Complaint("shell.form.not_text"))  # type: ignore[arg-type]

    return check


def _is_filled(declared: Field) -> Check:
    def check(form: Form, filled: FormField) -> None:
        if declared.required and not filled.data:
            raise StopValidation(Complaint("shell.form.required"))  # type: ignore[arg-type]

    return check


def _is_ticked(declared: Field) -> Check:
    def check(form: Form, filled: FormField) -> None:
        if declared.required and not filled.data:
            raise StopValidation(Complaint("shell.form.none_ticked"))  # type: ignore[arg-type]

    return check


def _is_short_enough(declared: TypedField) -> Check:
    def check(form: Form, filled: FormField) -> None:
        if len(filled.data or "") > declared.max_length:
            raise StopValidation(Complaint("shell.form.too_long", {"limit": declared.max_length}))  # type: ignore[arg-type]

    return check


def _is_a_choice(declared: Choice, config: Config) -> Check:
    names = {option.name for option in declared.options} | choices.values(declared.source, config)

    def check(form: Form, filled: FormField) -> None:
        known = filled.data in names or filled.data in form.offered.get(declared.name, ())  # type: ignore[attr-defined]
        if filled.data and not known:
            raise StopValidation(Complaint("shell.form.not_a_choice"))  # type: ignore[arg-type]

    return check


def _is_yes(_form: Form, filled: FormField) -> None:
    if filled.data and one_text(filled.raw_data or ()) != YES:
        raise StopValidation(Complaint("shell.form.not_a_choice"))  # type: ignore[arg-type]


def _are_options(declared: Ticks) -> Check:
    def check(form: Form, filled: FormField) -> None:
        known = declared.accepted.union(form.offered.get(declared.name, ()))  # type: ignore[attr-defined]
        if not known.issuperset(filter(None, filled.raw_data or ())):
            raise StopValidation(Complaint("shell.form.not_a_choice"))  # type: ignore[arg-type]

    return check


def _are_offered(form: Form, filled: FormField) -> None:
    if not {"", *form.offered.get(filled.name, ())}.issuperset(filled.data):  # type: ignore[attr-defined]
        raise StopValidation(Complaint("shell.form.not_a_choice"))  # type: ignore[arg-type]


def _made_plain(declared: TextField) -> Check:
    """Return the check that removes what was pasted around an identifier; a text that is none stays unchanged."""

    def clean(form: Form, filled: FormField) -> None:
        if filled.data and (held := _held(declared, form)):
            filled.data = identifiers.plain(filled.data, held) or filled.data

    return clean


def _is_an_identifier(declared: TextField) -> Check:
    def check(form: Form, filled: FormField) -> None:
        held = _held(declared, form)
        if filled.data and held and identifiers.plain(filled.data, held) is None:
            raise StopValidation(Complaint(NOT_IDENTIFIERS[held[0]]))  # type: ignore[arg-type]

    return check


def _must_be_identifier(declared: TextField) -> bool:
    is_an_address = declared.input_type == "email" and declared.autocomplete == "email"
    return is_an_address or declared.must_be in ("email", "identifier")


def complaint_about(declared: TextField, country: str) -> Complaint | None:
    """Return what is said if the field has a wrong format, as far as that is known before it is filled in.

    Args:
        country: What is chosen in the field ``country`` of the same form; empty for nothing.
    """
    if _must_be_identifier(declared):
        held = _own_kinds(declared)
        return Complaint(NOT_IDENTIFIERS[held[0]]) if len(held) == 1 and not declared.told_by else None
    if declared.must_be in OF_COUNTRIES:
        return OF_COUNTRIES[declared.must_be](country)
    return Complaint(WRONG[declared.must_be]) if declared.must_be in WRONG else None


def _held(declared: TextField, form: Form) -> tuple[str, ...]:
    """Return the kinds of identifier a field may hold: those declared, or the one chosen beside it."""
    chosen = form._fields.get(declared.told_by)
    if chosen is not None:
        return (chosen.data,) if chosen.data in NOT_IDENTIFIERS else ()
    return _own_kinds(declared)


def _own_kinds(declared: TextField) -> tuple[str, ...]:
    return declared.holds or (("email",) if "email" in (declared.input_type, declared.must_be) else ())


NOT_IDENTIFIERS = {
    "username": "shell.form.not_a_username",
    "customer_number": "shell.form.not_a_number",
    "email": "shell.form.not_an_email",
    "domain": "shell.form.not_a_domain",
}


def _is_a_phone_number(form: Form, filled: FormField) -> None:
    country = _country(form)
    if filled.data and phones.number(filled.data, country) is None:
        raise StopValidation(_no_phone_number(country))  # type: ignore[arg-type]


def _no_phone_number(country: str) -> Complaint:
    whose = "shell.form.not_a_phone" if country else "shell.form.not_a_phone_anywhere"
    return Complaint(whose, {"example": phones.example(country)})


def _is_a_postcode(form: Form, filled: FormField) -> None:
    country = _country(form)
    if filled.data and postcodes.postcode(filled.data, country) is None:
        raise StopValidation(_no_postcode(country))  # type: ignore[arg-type]


def _no_postcode(country: str) -> Complaint:
    whose = "shell.form.not_a_postcode" if country else "shell.form.not_a_postcode_anywhere"
    return Complaint(whose, {"example": postcodes.example(country)})


def _country(form: Form) -> str:
    """Return the country chosen in the same form; empty if none was."""
    chosen = form._fields.get("country")
    return country_code(chosen.data) if chosen is not None else ""


def country_code(chosen: object) -> str:
    """Return what was sent as a country if it can be the code of one; else nothing."""
    code = chosen if isinstance(chosen, str) else ""
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _uploaded_once(form: Form, filled: FormField) -> None:
    if len(filled.raw_data or ()) > 1:
        raise StopValidation(Complaint("shell.form.once"))  # type: ignore[arg-type]


def _is_uploaded(_form: Form, filled: FormField) -> None:
    if filled.declared.required and not filled.file_name:  # type: ignore[attr-defined]
        raise StopValidation(Complaint("shell.form.required"))  # type: ignore[arg-type]


def _is_small_enough(form: Form, filled: FormField) -> None:
    limit = filled.declared.max_bytes  # type: ignore[attr-defined]
    if len(filled.data) > limit:
        raise StopValidation(too_large(limit))  # type: ignore[arg-type]


def too_large(max_bytes: int) -> Complaint:
    """Return what is said of a file that is larger than this."""
    return Complaint("shell.form.too_large", {"limit": ceil(max_bytes / MEGABYTE)})


WRONG: Mapping[str, str] = {
    "url": "shell.form.not_an_address",
    "date": "shell.form.not_a_day",
    "number": "shell.form.not_a_count",
}
"""What is said of a wrong format, where it is the same for every country."""

OF_COUNTRIES: Mapping[str, Callable[[str], Complaint]] = {"phone": _no_phone_number, "postcode": _no_postcode}
"""What is said of a wrong format that each country has its own of, given the country."""


def _is(understood: Callable[[str], object], must_be: str) -> Check:
    def check(form: Form, filled: FormField) -> None:
        if filled.data and understood(filled.data) is None:
            raise StopValidation(Complaint(WRONG[must_be]))  # type: ignore[arg-type]

    return check


MUST_BE: Mapping[str, Check] = {
    "url": _is(own_fields.web_address, "url"),
    "date": _is(own_fields.day, "date"),
    "number": _is(own_fields.number, "number"),
    "phone": _is_a_phone_number,
    "postcode": _is_a_postcode,
}
