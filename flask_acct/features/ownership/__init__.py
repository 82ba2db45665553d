"""The ownership of an account, and how it gets another owner."""

from __future__ import annotations

from ...feature import Feature
from . import flows, screens

FEATURE = Feature(__name__, declare=screens.declare, duties=(flows.forget_old,))
