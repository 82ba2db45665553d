"""A person's own data, and the account's details."""

from __future__ import annotations

from ...feature import Feature
from . import flows, screens

FEATURE = Feature(
    __name__,
    declare=screens.declare,
    handlers=flows.HANDLERS,
    roles={"own_data": "profile.me", "email_changed": "profile.email_changed"},
)
