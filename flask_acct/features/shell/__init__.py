"""What surrounds every page: menu, languages, session, error pages."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(__name__, declare=screens.declare)
