"""The table of acct.toml about programs that use the screens: ``[api]``."""

from __future__ import annotations

from pydantic import model_validator

from ..problems import InvalidValue
from .table import SettingsTable


class Api(SettingsTable):
    enabled: bool = False
    """Every screen, at its own address, also answers in JSON to requests that accept "application/json", such as those
    of a script. What the screens permit and how often stays the same."""
    apps: bool = False
    """Apps that keep no cookies sign in as well, by a secret that they send in the header Authorization. Over https
    only."""
    openapi: bool = False
    """The address openapi.json below the pages describes the screens of this configuration to everybody."""

    @model_validator(mode="after")
    def _stands_on_enabled(self) -> Api:
        for key in ("apps", "openapi"):
            if getattr(self, key) and not self.enabled:
                raise InvalidValue(f"{key} is on, but the screens do not answer in JSON", "Write: enabled = true")
        return self
