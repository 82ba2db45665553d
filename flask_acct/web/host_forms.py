"""A base class for a host's own forms, so that their errors have the words and language of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flask_wtf import FlaskForm
from wtforms.meta import DefaultMeta

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
"""The slot that WTForms fills, named ``max`` there."""


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
        return self._ours(plural) or self.theirs.ngettext(singular, plural, n)

    def _ours(self, string: str) -> str | None:
        id_ = OURS.get(string)
        if id_ is None:
            return None
        if id_ not in SLOTS:
            return self.frame.words[id_]
        # WTForms fills its slots with the operator %.
        sentence = self.frame.say(id_, **{SLOTS[id_]: "\0"})
        return sentence.replace("%", "%%").replace("\0", "%(max)d")


class AcctForm(FlaskForm):  # type: ignore[misc]
    """A form of a host's whose errors have the words of ours, in the language of the page.

    Sample::

        class Request(AcctForm):
            subject = StringField("Subject", [DataRequired(), Length(max=150)])
    """

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        @property
        def locales(self) -> list[str]:
            locale = frame().locale
            return [locale, locale.partition("_")[0]]

        def get_translations(self, form: Any) -> SharedWords:
            # Flask-WTF's own would follow Flask-Babel, or none.
            return SharedWords(DefaultMeta.get_translations(self, form), frame())
