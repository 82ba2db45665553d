"""Becoming a customer."""

from __future__ import annotations

from ...feature import Feature
from . import flows, screens

FEATURE = Feature(__name__, declare=screens.declare, handlers=flows.HANDLERS)
