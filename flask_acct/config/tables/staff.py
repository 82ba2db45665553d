"""The table of acct.toml about the company's own people: ``[staff]``."""

from __future__ import annotations

from pydantic import Field

from ..values import Whole
from .table import SettingsTable


class Staff(SettingsTable):
    enabled: bool = False
    """The staff area, staff/ below the pages: search, accounts, users, requests, mails and the audit log, for people
    that flask acct staff add lets in. They are no users of the client area."""
    idle_minutes: Whole = Field(default=15, ge=2, le=120)
    """Minutes without activity after which a staff session ends."""
    absolute_hours: Whole = Field(default=10, ge=1, le=24)
    """Hours after which it ends in any case."""
    reauthenticate_minutes: Whole = Field(default=10, ge=1, le=120)
    """Minutes after which a dangerous act asks for the password again."""
    min_password_length: Whole = Field(default=15, ge=15, le=64)
    """Fewest characters of a staff password."""
    link_hours: Whole = Field(default=24, ge=1, le=168)
    """Hours for which the link works with which somebody new sets a password."""
    address_wait_hours: Whole = Field(default=72, ge=1, le=720)
    """Hours between the notice to a user's old address and its change by staff."""
