"""What the sample's forms have in common. Labels are ids of words; what is wrong, ``AcctForm`` says as our forms do."""

from __future__ import annotations

from typing import Any

from flask import request
from wtforms import SelectField, ValidationError

from flask_acct import AcctForm

from .extensions import acct


class Form(AcctForm):
    """Has a CSRF token of its own, so the app needs no ``CSRFProtect``: flask_acct's forms have theirs."""

    class Meta(AcctForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Fields only: a body of JSON is no form."""
            return None if request.is_json else super().wrap_formdata(form, formdata)


class Choice(SelectField):
    """One of its choices."""

    def pre_validate(self, form: Any) -> None:
        if self.data not in dict(self.choices):  # type: ignore[arg-type]
            raise ValidationError(acct.frame.words["shell.form.not_a_choice"])


def strip(text: str | None) -> str:
    """What was typed, without blanks around it, and without NUL, which no database takes; a filter of fields."""
    return (text or "").replace("\0", "").strip()
