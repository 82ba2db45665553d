"""A base class for a host's own forms, so that their errors have the words and language of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import DateField, DecimalField, Field, FloatField, IntegerField
from wtforms.meta import DefaultMeta
from wtforms.validators import DataRequired, Email, InputRequired

from .browser_checks import EMAIL
from .layout import Layout, frame

OURS: Mapping[str, str] = {
    "This field is required.": "shell.form.required",
    "Invalid email address.": "shell.form.not_an_email",
    "Not a valid choice.": "shell.form.not_a_choice",
    "Invalid Choice: could not coerce.": "shell.form.not_a_choice",
    "Invalid choice(s): one or more data inputs could not be coerced.": "shell.form.not_a_choice",
    "'%(value)s' are not valid choices for this field.": "shell.form.not_a_choice",
    "Field cannot be longer than %(max)d characters.": "shell.form.too_long",
}
"""Sentences of WTForms and the declared messages that say the same; of those in two numbers, the plural."""

SLOTS: Mapping[str, str] = {"shell.form.too_long": "limit"}
"""The slot of the number by which WTForms chooses between singular and plural."""


class Translations(Protocol):
    """The interface that WTForms needs for a sentence."""

    def gettext(self, string: str) -> str: ...

    def ngettext(self, singular: str, plural: str, n: int) -> str: ...


class SharedWords:
    """WTForms' own translations, except where our forms have words for the same."""

    def __init__(self, theirs: Translations, frame: Layout) -> None:
        self.theirs = theirs
        self.frame = frame

    def gettext(self, string: str) -> str:
        return self._ours(string) or self.theirs.gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self._ours(plural, n) or self.theirs.ngettext(singular, plural, n)

    def _ours(self, string: str, number: int | None = None) -> str | None:
        id_ = OURS.get(string)
        if id_ is None:
            return None
        if id_ not in SLOTS or number is None:
            return self.frame.words[id_]
        # WTForms fills its own slots with the operator %.
        return self.frame.say(id_, **{SLOTS[id_]: number}).replace("%", "%%")


PARTIAL: Mapping[type[Field], str] = {
    IntegerField: "Not a valid integer value.",
    DecimalField: "Not a valid decimal value.",
    FloatField: "Not a valid float value.",
}
"""What WTForms says of text in a field for numbers that is none; a browser sends nothing of it."""


def _judged_by(field: Field) -> dict[str, str]:
    """Return the attributes by which a browser judges a field when it is left, in the words of the server."""
    attributes: dict[str, str] = {}
    for validator in field.validators:
        if isinstance(validator, DataRequired | InputRequired) and validator.message:
            attributes["data-required"] = str(validator.message)
        if isinstance(validator, Email):
            said = str(validator.message or field.gettext("Invalid email address."))
            attributes |= {"data-format": EMAIL, "data-wrong": said}
    if isinstance(field, DateField):
        attributes["data-wrong"] = frame().words["shell.form.incomplete_day"]
    partial = next((said for kind, said in PARTIAL.items() if isinstance(field, kind)), None)
    return attributes | ({"data-wrong": field.gettext(partial)} if partial else {})


class AcctForm(FlaskForm):  # type: ignore[misc]
    """A form of a host's whose errors have the words of ours, in the language of the page.

    In a page of our layout the fields within an element of the class ``acct-field`` are judged when they are left.

    Sample::

        class Request(AcctForm):
            subject = StringField("Subject", [DataRequired(), Length(max=150)])
    """

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        @property
        def locales(self) -> list[str]:
            locale = frame().locale
            return [locale, locale.partition("_")[0]]

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Markup:
            return cast(Markup, super().render_field(field, {**_judged_by(field), **render_kw}))

        def get_translations(self, form: Any) -> SharedWords:
            # Flask-WTF's own would follow Flask-Babel, or none.
            return SharedWords(DefaultMeta.get_translations(self, form), frame())
