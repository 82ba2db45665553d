"""A clock for tests: time passes where a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class FrozenClock:
    """Stands still until it is moved.

    Sample::

        clock = FrozenClock()
        acct = Acct(app, clock=clock)
        clock.move(days=31)
    """

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Aware, UTC."""

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """It is later by so much: ``clock.move(hours=1)``, as for ``timedelta``."""
        self.now += timedelta(**by)
