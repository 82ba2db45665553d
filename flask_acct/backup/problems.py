"""What an operator must fix before a backup can be made or restored."""

from __future__ import annotations

from ..errors import AcctError


class BackupFailed(AcctError):
    """No backup was made; nothing is left of it."""


class NotRestored(AcctError):
    """The archive was not restored. The text says whether anything is left that must not be used."""
