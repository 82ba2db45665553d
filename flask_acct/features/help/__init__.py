"""The help site beside the app: served, voted on, searched."""

from __future__ import annotations

from ...feature import Feature
from . import flows, screens

FEATURE = Feature(
    "help",
    declare=screens.declare,
    pages="flask_acct.features.help.pages",
    duties=(flows.forget_old,),
)
