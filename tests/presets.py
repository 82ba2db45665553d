"""The shipped presets, for tests that run once per preset.

``make test-fast`` runs these tests for the default preset alone: the others carry the mark ``long``.
"""

from __future__ import annotations

from typing import Any

import pytest

from flask_acct.config import presets

DEFAULT = "client-area"
EACH: list[Any] = [name if name == DEFAULT else pytest.param(name, marks=pytest.mark.long) for name in presets()]
