"""A clock for tests: time passes where a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask import Flask

from .databases import state_of


@dataclass
class FrozenClock:
    """Stands still until it is moved.

    Sample::

        clock = freeze_clock(app)
        clock.move(days=31)
    """

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Aware, UTC."""

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """It is later by so much: ``clock.move(hours=1)``, as for ``timedelta``."""
        self.now += timedelta(**by)


def freeze_clock(app: Flask) -> FrozenClock:
    """Time stands still for flask_acct in this app. Return its clock: when it is moved, links, sessions and trials end.

    What your own views get from ``datetime.now()`` does not change.
    """
    clock = FrozenClock()
    state_of(app).clock = clock
    return clock
