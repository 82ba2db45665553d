"""Setting and changing a password."""

from __future__ import annotations

from ...feature import Feature
from . import flows, screens

FEATURE = Feature(
    __name__,
    declare=screens.declare,
    duties=(flows.warn_of_expiry,),
    roles={"set_password": "password.set", "change_password": "password.change"},
)
