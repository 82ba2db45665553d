"""What the sample's forms have in common. Labels are ids of words; what is wrong, ``AcctForm`` says as our forms do."""

from __future__ import annotations

from typing import Any

from flask import url_for
from wtforms import SelectField, ValidationError

from flask_acct import AcctForm

from .extensions import acct
from .words import say


class Form(AcctForm):
    """Has a CSRF token of its own, so the app needs no ``CSRFProtect``: flask_acct's forms have theirs."""


class Choice(SelectField):
    """One of its choices."""

    def pre_validate(self, form: Any) -> None:
        if self.data not in dict(self.choices):  # type: ignore[arg-type]
            raise ValidationError(say("choose"))


def way_back(index: str, needs: str) -> str:
    """Where a form leads back to: its list, or the client area for who may change something and not see the list."""
    return url_for(index if acct.frame.may(needs) else "home")


def strip(text: str | None) -> str:
    """What was typed, without blanks around it, and without NUL, which no database takes; a filter of fields."""
    return (text or "").replace("\0", "").strip()
