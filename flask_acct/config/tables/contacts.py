"""The tables of acct.toml about contacts, the kinds of mail they get, and the senders of mails."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ..problems import InvalidValue, did_you_mean
from ..values import AddedName, EachOnce, Email, Line, Whole, YesNo
from .table import Added, SettingsTable

CATEGORIES = ("general", "products", "domains", "invoices", "support")
"""The shipped kinds of mail."""


class Contacts(SettingsTable):
    enabled: YesNo = True
    """Whether an account may hold contacts: names and addresses that get mails, and never sign in."""
    categories: Annotated[tuple[Line, ...], EachOnce] = CATEGORIES
    """Which of the shipped kinds of mail there are, in the order of their boxes; your own follow."""
    extra: dict[AddedName, Added] = {}
    """Your own kinds of mail: [contacts.extra.newsletter] with label and help."""
    max: Whole = Field(default=0, ge=0, le=1_000_000)
    """How many contacts an account may hold; 0 means any number."""

    @model_validator(mode="after")
    def _categories_exist(self) -> Contacts:
        known = (*CATEGORIES, *self.extra)
        for name in self.categories:
            if name not in known:
                raise InvalidValue(f'categories names "{name}", which is none', did_you_mean(name, known))
        for name in self.extra:
            if name in CATEGORIES:
                fix = f'To change its words, write [labels.en] "contacts.categories.{name}" = "…".'
                raise InvalidValue(f"extra.{name} is shipped already", fix)
        return self

    @property
    def offered(self) -> tuple[str, ...]:
        """All kinds of mail, shipped and the host's own, in the order of their checkboxes."""
        return (*self.categories, *(name for name in self.extra if name not in self.categories))


class MailSettings(SettingsTable):
    reply_to: Email | None = None
    """Where answers to mails go. Without it they go to the sender, or to site.support_email if that is a no-reply."""
    senders: dict[Line, Line] = {}
    """Another sender for a kind of mail: { invoices = "Invoices <invoices@example.com>" }."""
    deliver: Literal["worker", "celery"] = "worker"
    """Who hands mails to the mail server: our own worker, or the tasks of the company's Celery app, which has to be
    app.extensions["celery"] and needs the extra flask_acct[celery]. What is to be sent is in the outbox either way."""
