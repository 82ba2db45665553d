"""Which account is in view, and what becomes of one that is not open."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(
    __name__,
    declare=screens.declare,
    roles={
        "choose_account": "accounts.switch",
        "enter_account": "accounts.enter",
        "closed_account": "accounts.{state}",
    },
)
