"""The users of an account: listed, removed, and leaving."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(__name__, declare=screens.declare)
