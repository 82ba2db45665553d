"""Workers give signs of life, each its own, now and then, and none at the cost of a mail."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from flask_acct.db.database import Database
from flask_acct.mail import heartbeats
from flask_acct.mail.heartbeats import WorkersHeard
from flask_acct.mail.worker import Worker
from flask_acct.testing import FrozenClock

from ..personas import Personas
from .conftest import Server
from .test_worker import changed


def heard(database: Database, since: datetime) -> WorkersHeard:
    with database.session() as db:
        return heartbeats.heard(db, since)


def test_each_of_two_workers_is_heard_from(
    make_worker: Callable[..., Worker], database: Database, now: datetime
) -> None:
    for worker in (make_worker(), make_worker()):
        worker.run_once()
    assert heard(database, now) == WorkersHeard(2, now)


def test_a_worker_gives_a_sign_every_half_a_minute_and_not_at_every_turn(
    make_worker: Callable[..., Worker], database: Database, clock: FrozenClock, now: datetime
) -> None:
    worker = make_worker()
    worker.run_once()
    clock.move(seconds=29)
    worker.run_once()
    assert heard(database, now).last == now
    clock.move(seconds=1)
    worker.run_once()
    assert heard(database, now).last == clock()


def test_a_silent_one_is_remembered_and_not_counted(
    make_worker: Callable[..., Worker], database: Database, clock: FrozenClock, now: datetime
) -> None:
    make_worker().run_once()
    clock.move(hours=1)
    assert heard(database, clock()) == WorkersHeard(0, now)


def test_nobody_was_ever_heard_from_in_a_new_database(database: Database, now: datetime) -> None:
    assert heard(database, now) == WorkersHeard(0, None)


def test_a_worker_that_cannot_give_a_sign_goes_on_and_gives_it_later(
    make_worker: Callable[..., Worker], database: Database, clock: FrozenClock, now: datetime
) -> None:
    """Another process holds the lock of the file for longer than a sign waits."""
    worker = make_worker()
    # Its duties, which wait for the lock, are done.
    worker.run_once()
    clock.move(minutes=2)
    other = sqlite3.connect(str(database.engine.url.database))
    other.execute("BEGIN IMMEDIATE")
    assert worker.run_once() == 0
    other.rollback()
    other.close()
    assert heard(database, now).last == now
    worker.run_once()
    assert heard(database, now).last == clock()


def test_a_sign_takes_no_mail_its_turn(
    make_worker: Callable[..., Worker], personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    make_worker().run_once()
    assert len(server.taken) == 1
