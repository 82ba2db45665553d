"""Setting and changing a password."""

from __future__ import annotations

from ...feature import Feature
from . import flows, screens

FEATURE = Feature(
    "password",
    declare=screens.declare,
    pages="flask_acct.features.password.pages",
    duties=(flows.warn_of_expiry,),
    roles={"set_password": "password.set", "change_password": "password.change"},
)
