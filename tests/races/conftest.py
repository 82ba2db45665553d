"""In tests of races, hashing takes as long as in production, because other requests run during that time."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def hashes(costly_hashes: None) -> None:
    """Passwords are hashed at the same cost as in production."""
