"""The error message for an acct.toml that cannot be used."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.config import ConfigError


def complaint(text: str) -> str:
    """Return the error message that the developer reads."""
    with pytest.raises(ConfigError) as caught:
        configuration.parse(text)
    return str(caught.value)
