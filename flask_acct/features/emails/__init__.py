"""The history of mails."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(
    "emails",
    declare=screens.declare,
    pages="flask_acct.features.emails.pages",
)
