"""The account's plan, and what its host adds."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(__name__, declare=screens.declare)
