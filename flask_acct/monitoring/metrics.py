"""Figures for Prometheus. None has a personal label: who signed in, and from where, is in none of them.

Figures of one process are kept by ``prometheus_client``; where ``PROMETHEUS_MULTIPROC_DIR`` names a folder, by all
processes of a server together. Those of the database are read when they are asked for, and the same from each server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from typing import Any, cast

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from .. import signals
from ..db.database import Database
from ..errors import SetupError
from ..mail import handlers, heartbeats, outbox
from ..mail.handlers import UnansweredRequests
from ..mail.heartbeats import WorkersHeard
from ..mail.outbox import OutboxSize
from ..security import passwords

LIBRARY = "prometheus_client"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
HEARD_WITHIN = 4 * heartbeats.EVERY
"""How recent the sign of life of a worker is that counts as working."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds of an answer. A sign-in hashes a password, which takes some 0.05."""


class NoPrometheus(SetupError):
    """``[metrics]`` is enabled, and its library is not installed."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """What counts in this process."""

    registry: Any
    sign_ins: Any
    """Labelled ``outcome``, see ``signals.sign_in_tried``."""
    seconds: Any
    """Labelled ``screen``, ``method`` and ``status``: ``login.form``, ``POST``, ``2xx``."""
    hashing: Any
    waiting: Any


def raise_unless_installed() -> None:
    """Raise ``NoPrometheus`` unless the library is there."""
    if find_spec(LIBRARY) is None:
        raise NoPrometheus(
            'acct.toml: [metrics] enabled needs prometheus_client. Run: pip install "flask_acct[metrics]"'
        )


@cache
def instruments() -> Instruments:
    """Return those of this process: Prometheus asks a process, however many apps it has.

    Made when something is first counted: commands count nothing, and leave no files in ``PROMETHEUS_MULTIPROC_DIR``.
    """
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    registry = CollectorRegistry()
    return Instruments(
        registry,
        sign_ins=Counter("flask_acct_sign_ins", "Sent sign-in forms.", ["outcome"], registry=registry),
        seconds=Histogram(
            "flask_acct_request_seconds", "Seconds until a screen was answered.", ["screen", "method", "status"],
            buckets=BUCKETS, registry=registry,
        ),
        hashing=Gauge(
            "flask_acct_hashes_running", "Passwords being hashed.", multiprocess_mode="livesum", registry=registry
        ),
        waiting=Gauge(
            "flask_acct_hashes_waiting", "Visitors waiting for their password to be hashed.",
            multiprocess_mode="livesum", registry=registry,
        ),
    )  # fmt: skip


def install(app: Flask) -> None:
    """What happens in this app is counted."""
    raise_unless_installed()
    passwords.watch(_count_hashes)
    signals.sign_in_tried.connect(_count_sign_in, sender=app)


def _count_sign_in(_app: Flask, outcome: str, **_: object) -> None:
    instruments().sign_ins.labels(outcome).inc()


def _count_hashes(running: int, waiting: int) -> None:
    counted = instruments()
    counted.hashing.set(running)
    counted.waiting.set(waiting)


def observe(screen: str, method: str, status: int, seconds: float) -> None:
    """A screen was answered."""
    instruments().seconds.labels(screen, method, f"{status // 100}xx").observe(seconds)


def written(database: Database, now: datetime) -> tuple[bytes, str]:
    """Return all figures as Prometheus reads them, and the type of that text."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    counted, registry = instruments(), cast(Any, CollectorRegistry())
    if os.environ.get(FOLDER):
        together: Any = MultiProcessCollector
        together(registry)
    else:
        registry.register(counted.registry)
    registry.register(DatabaseFigures(database, now))
    return generate_latest(registry), CONTENT_TYPE_LATEST


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """The figures that the database knows, collected when they are asked for."""

    database: Database
    now: datetime

    def collect(self) -> Iterator[Any]:
        """Yield each figure; if the database cannot be asked, only that."""
        try:
            with self.database.session() as db:
                size, requests = outbox.size(db), handlers.unanswered(db)
                workers = heartbeats.heard(db, self.now - HEARD_WITHIN)
        except SQLAlchemyError:
            yield _gauge("database_up", "Whether the database answers.", 0)
            return
        yield _gauge("database_up", "Whether the database answers.", 1)
        yield from self._of_mails(size)
        yield from self._of_requests(requests)
        yield from self._of_workers(workers)

    def _of_mails(self, size: OutboxSize) -> Iterator[Any]:
        yield _gauge("outbox_mails", "Mails that are not sent yet.", size.unsent)
        yield _gauge("outbox_oldest_seconds", "Age of the oldest of them.", self._age(size.oldest))
        yield _gauge("outbox_dead_mails", "Mails that will not be sent.", size.dead)

    def _of_requests(self, requests: UnansweredRequests) -> Iterator[Any]:
        yield _gauge("requests_unanswered", "Requests of visitors that no worker has answered.", requests.number)
        yield _gauge("requests_oldest_seconds", "Age of the oldest of them.", self._age(requests.oldest))

    def _of_workers(self, workers: WorkersHeard) -> Iterator[Any]:
        yield _gauge("workers", "Mail workers heard from in the last two minutes.", workers.number)
        if workers.last is not None:
            yield _gauge("worker_silent_seconds", "Since the last sign of life of any.", self._age(workers.last))

    def _age(self, since: datetime | None) -> float:
        return max((self.now - since) / timedelta(seconds=1), 0.0) if since is not None else 0.0


def _gauge(name: str, meaning: str, value: float) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"flask_acct_{name}", meaning, value=value)
