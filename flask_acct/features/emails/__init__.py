"""The history of mails."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(__name__, declare=screens.declare)
