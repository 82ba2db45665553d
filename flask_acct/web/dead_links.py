"""Counts links with an invalid secret by the network they came from."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from ..security.limits import RateLimit

MOST_NETWORKS = 10_000
"""Most networks that one process counts; the least recent one is forgotten."""


class DeadLinks:
    """Counts of invalid links by network, in the memory of each process: opening a link must write nothing."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def count(self, meter: RateLimit, now: datetime) -> timedelta | None:
        """One more is counted. Returns how long to wait, if there are too many of them."""
        with self._lock:
            since, count = self._counts.pop(meter.key, (now, 0))
            if since <= now - meter.per:
                since, count = now, 0
            self._counts[meter.key] = since, count + 1
            if len(self._counts) > MOST_NETWORKS:
                self._counts.popitem(last=False)
        return since + meter.per - now if count >= meter.limit else None
