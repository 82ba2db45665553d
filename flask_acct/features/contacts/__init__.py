"""Contacts of an account and the mails they get."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(
    "contacts",
    declare=screens.declare,
    pages="flask_acct.features.contacts.pages",
    roles={"message": "contacts.message"},
)
