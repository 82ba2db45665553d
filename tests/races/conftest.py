"""Those who race hash as long as they do in use: it is while one hashes that others come between."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def hashes(costly_hashes: None) -> None:
    """Passwords are hashed as they are in use."""
