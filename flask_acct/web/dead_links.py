"""How many links with a made-up secret came from where."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from ..security.limits import RateLimit

MOST_NETWORKS = 10_000
"""Networks one process counts for; the one that came least lately is forgotten."""


class DeadLinks:
    """How many made-up links came from where. In memory, for opening a link writes nothing; each process counts."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def count(self, meter: RateLimit, now: datetime) -> timedelta | None:
        """One more came. Returns how long there are too many of them, if there are."""
        with self._lock:
            since, count = self._counts.pop(meter.key, (now, 0))
            if since <= now - meter.per:
                since, count = now, 0
            self._counts[meter.key] = since, count + 1
            if len(self._counts) > MOST_NETWORKS:
                self._counts.popitem(last=False)
        return since + meter.per - now if count >= meter.limit else None
