"""What surrounds every page: menu, languages, session, error pages."""

from __future__ import annotations

from ...feature import Feature
from . import screens

FEATURE = Feature(
    "shell",
    declare=screens.declare,
    pages="flask_acct.features.shell.pages",
    routes="flask_acct.features.shell.routes",
)
