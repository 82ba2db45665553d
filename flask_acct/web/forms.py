"""A screen's fields as a WTForms form. The only module that knows WTForms.

Errors are ``Complaint``s, the id of a declared message and its slots, so that they are said in the visitor's
language by whoever draws the page.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import Field as FormField
from wtforms import Form, StringField
from wtforms.validators import StopValidation, ValidationError

from .. import identifiers
from ..screen import Field, Screen

BODY_LIMIT = 64 * 1024
"""Bytes a form may send."""

TOKEN = "csrf_token"  # noqa: S105 - the name of the field


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a field: a declared message and its slots."""

    id: str
    slots: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it arrived: what was typed, what is wrong with it by field name, and whether it was ours."""

    values: Mapping[str, str]
    complaints: Mapping[str, Complaint]
    csrf: Complaint | None = None

    @property
    def is_good(self) -> bool:
        return not self.complaints and self.csrf is None


class CopyToken(FlaskForm.Meta.csrf_class):  # type: ignore[misc]
    """Flask-WTF's token, checked without the mark of the copy it came in."""

    def validate_csrf_token(self, form: Form, field: FormField) -> None:
        field.data = _unmarked(field.data)
        super().validate_csrf_token(form, field)


class OurForm(FlaskForm):  # type: ignore[misc]
    """A form whose token is asked for, whatever the host's settings for its own forms are."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf = True
        csrf_class = CopyToken
        csrf_field_name = TOKEN


def form_class(screen: Screen) -> type[OurForm]:
    """The WTForms class of a screen."""
    members: dict[str, Any] = {declared.name: _form_field(declared) for declared in screen.fields}
    return type(f"{screen.name.title().replace('.', '')}Form", (OurForm,), members)


def limit_body() -> None:
    """This request may send no more than a form holds."""
    request.max_content_length = BODY_LIMIT
    request.max_form_memory_size = BODY_LIMIT


def read(form: type[OurForm]) -> Filled:
    """The form of this request, checked. Only a form's fields are read: no files, no JSON."""
    filled = form(formdata=request.form)
    ours = filled.validate()
    errors = {name: found[0] for name, found in filled.errors.items() if name and found}
    csrf = errors.pop(TOKEN, None)
    values = {name: one.data or "" for name, one in filled._fields.items() if name != TOKEN}
    return Filled(values, errors, None if ours or csrf is None else _csrf_complaint())


def csrf_token() -> str:
    """The token every form of this page carries, marked so that no two pages carry the same."""
    if "acct_copy" not in g:
        g.acct_copy = secrets.token_hex(6)
    return f"{generate_csrf(token_key=TOKEN)}~{g.acct_copy}"


def csrf_complaint() -> Complaint | None:
    """What is wrong with the token of a form that has no fields."""
    try:
        validate_csrf(_unmarked(request.form.get(TOKEN)), token_key=TOKEN)
    except ValidationError:
        return _csrf_complaint()
    return None


def _unmarked(token: str | None) -> str:
    return (token or "").partition("~")[0]


def _csrf_complaint() -> Complaint:
    return Complaint("shell.form.stale" if request.form.get(TOKEN) else "shell.form.foreign")


def _form_field(declared: Field) -> Any:
    checks = [_sent_once, _is_text, _is_filled(declared), _is_short_enough(declared)]
    if declared.kind == "email" and declared.autocomplete == "email":
        checks.append(_is_an_email)
    if declared.kind == "choice":
        checks.append(_is_a_choice(declared))
    filters = [_nfc] if declared.kind == "password" else [_nfc, _stripped]
    return StringField(declared.id, validators=checks, filters=filters)


def _nfc(value: str | None) -> str:
    return unicodedata.normalize("NFC", value or "")


def _stripped(value: str) -> str:
    return value.replace("\r\n", "\n").strip()


def _sent_once(form: Form, filled: FormField) -> None:
    if len(filled.raw_data or ()) > 1 or filled.name in request.files:
        raise StopValidation(Complaint("shell.form.once"))  # type: ignore[arg-type]


def _is_text(form: Form, filled: FormField) -> None:
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign != "\n" for sign in filled.data or ""):
        raise StopValidation(Complaint("shell.form.not_text"))  # type: ignore[arg-type]


def _is_filled(declared: Field) -> Callable[[Form, FormField], None]:
    def check(form: Form, filled: FormField) -> None:
        if declared.required and not filled.data:
            raise StopValidation(Complaint("shell.form.required"))  # type: ignore[arg-type]

    return check


def _is_short_enough(declared: Field) -> Callable[[Form, FormField], None]:
    def check(form: Form, filled: FormField) -> None:
        if len(filled.data or "") > declared.max_length:
            raise StopValidation(Complaint("shell.form.too_long", {"limit": declared.max_length}))  # type: ignore[arg-type]

    return check


def _is_a_choice(declared: Field) -> Callable[[Form, FormField], None]:
    names = {option.name for option in declared.options}

    def check(form: Form, filled: FormField) -> None:
        if filled.data not in names:
            raise StopValidation(Complaint("shell.form.not_a_choice"))  # type: ignore[arg-type]

    return check


def _is_an_email(form: Form, filled: FormField) -> None:
    if filled.data and identifiers.email_key(filled.data) is None:
        raise StopValidation(Complaint("shell.form.not_an_email"))  # type: ignore[arg-type]
