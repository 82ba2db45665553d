"""What every flow needs: the database, the platform, the application's keys and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from .config import Config
from .db.shared_counts import SharedCounts
from .platform import Platform
from .values.keys import Keys


@dataclass(frozen=True, slots=True)
class Scope:
    """The first argument of every flow; made once for a request, a mail or a duty.

    Source: Phoenix 1.8, "Scopes"; cosmicpython, "Unit of Work".
    """

    db: Session
    """Its transaction is the caller's: a flow commits nothing."""
    platform: Platform
    keys: Keys
    now: datetime
    """Aware, UTC. The same for all that happens in one request."""
    shared: SharedCounts | None = None
    """Where tries are counted that are not part of a transaction; ``None`` for the database."""

    @property
    def config(self) -> Config:
        return self.platform.config
