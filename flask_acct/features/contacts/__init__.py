"""Contacts of an account and the mails they get."""

from __future__ import annotations

from ...feature import Feature
from . import screens, uploads

FEATURE = Feature(
    __name__, declare=screens.declare, roles={"message": "contacts.message"}, duties=(uploads.forget_old,)
)
