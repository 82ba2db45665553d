"""The permissions of the users of an account."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(__name__, declare=screens.declare)
