"""The tables of acct.toml about fields that the host adds to users, accounts and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from ..problems import InvalidValue
from ..values import AddedName, LocaleName, Sentence, Whole, YesNo
from .table import Added, SettingsTable

FieldType = Literal["text", "email", "url", "phone", "date", "number", "choice", "yes_no"]

Owner = Literal["user", "account", "contact"]
"""What a field of the host's own belongs to."""

SHIPPED_FIELDS: Mapping[Owner, frozenset[str]] = {
    "user": frozenset({"username", "email", "first_name", "last_name", "locale", "time_zone", "password"}),
    "account": frozenset(
        {"number", "customer_number", "name", "billing_email", "plan", "plan_expires", "domains", "state", "tax_id",
         "phone", "address1", "address2", "city", "region", "postcode", "country"}
    ),
    "contact": frozenset(
        {"first_name", "last_name", "company", "email", "phone", "tax_id", "address1", "address2", "city", "region",
         "postcode", "country", "locale", "categories", "silent"}
    ),
}  # fmt: skip
"""The names that shipped fields have, which the host's own cannot."""

OF_FORMS = frozenset({"csrf_token", "next", "submit", "account_name", "new", "repeat", "terms"})
"""The names of fields that every form has, or the sign-up form."""


class OwnField(Added):
    """A field of the host's."""

    type: FieldType = "text"
    """What it holds; pages and imports check it."""
    required: YesNo = False
    """Whether the form must be filled in there. Imports and Python may leave it out."""
    editable_by: Literal["users", "host"] = "users"
    """"users": whoever may change the page it stands on. "host": only you; people see what it holds."""
    max_length: Whole = Field(default=200, ge=1, le=2000)
    """Characters of a text."""
    options: dict[AddedName, dict[LocaleName, Sentence]] = {}
    """What can be chosen, for type "choice": small = { en = "Small", es = "Pequeño" }."""

    @model_validator(mode="after")
    def _options_of_a_choice(self) -> OwnField:
        if self.type == "choice" and not self.options:
            raise InvalidValue("is a choice without options", 'Write options.small = { en = "Small" }, and more.')
        if self.options and self.type != "choice":
            raise InvalidValue(f'has options and is of type "{self.type}"', 'Write type = "choice".')
        return self


OwnFields = dict[AddedName, OwnField]


class Fields(SettingsTable):
    user: OwnFields = {}
    """Your own fields of a user: [fields.user.phone] with type, label, help and more. They stand on "Your details"."""
    account: OwnFields = {}
    """Your own fields of an account. They stand on the page of its details, behind the permission "profile"."""
    contact: OwnFields = {}
    """Your own fields of a contact. They are in its form and in the files of contacts."""

    @model_validator(mode="after")
    def _names_are_new(self) -> Fields:
        for owner, shipped in SHIPPED_FIELDS.items():
            for name in getattr(self, owner):
                if name in shipped or name in OF_FORMS or name.startswith("acct_"):
                    raise InvalidValue(
                        f"{owner}.{name} is called as something that is there already", "Choose another name."
                    )
        return self
