"""Signing in and out."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(
    "login",
    declare=screens.declare,
    pages="flask_acct.features.login.pages",
    roles={"sign_in": "login.form"},
)
