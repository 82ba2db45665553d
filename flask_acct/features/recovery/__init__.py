"""Ways back in: a forgotten password or user name, and help from a person."""

from __future__ import annotations

from ...feature import Feature
from . import flows, screens

FEATURE = Feature(
    __name__,
    declare=screens.declare,
    handlers=flows.HANDLERS,
    roles={"recover": "recovery.password", "support": "recovery.request"},
)
