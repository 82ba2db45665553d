"""Becoming a customer."""

from __future__ import annotations

from ...feature import Feature
from . import flows, screens

FEATURE = Feature(
    "signup",
    declare=screens.declare,
    pages="flask_acct.features.signup.pages",
    handlers=flows.HANDLERS,
)
