"""Mails that the company's own Celery delivers: a real worker process, a real Redis as its broker, real SMTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import OutboxMail, User
from flask_acct.doctor import mail as checks
from flask_acct.doctor.checkup import Checkup, run
from flask_acct.mail import outbox
from flask_acct.mail.celery_app import NoCelery, raise_unless_installed
from flask_acct.mail.worker import AT_THE_BROKER, Worker
from flask_acct.web.state import State

from ..personas import Personas, settle
from ..redis_server import RedisServer, running
from ..scopes import a_scope
from . import celery_site
from .conftest import Server, listening
from .test_worker import MakeWorker, changed, reset

ROOT = Path(__file__).parents[2]
DESK = "desk@example.com"


@dataclass
class Company:
    """A site whose mails are delivered by a Celery worker, in a process of its own."""

    app: Flask
    redis: RedisServer
    mails: Server

    @property
    def acct(self) -> State:
        found: State = self.app.extensions["acct"]
        return found

    @property
    def post(self) -> Worker:
        """What ``flask acct post`` runs."""
        assert self.acct.worker is not None
        return self.acct.worker

    def queue(self, recipient: str = DESK) -> int:
        """A mail waits. Returns the id of its row."""
        slots = {"reference": "R-1", "details": ["x"]}
        with self.acct.database.transaction() as db:
            scope = self.acct.scope(db)
            mail = outbox.queue(scope, "recovery.requested", recipient=recipient, locale="en", slots=slots)
            db.flush()
            return mail.id

    def task(self, name: str, *values: Any) -> None:
        self.app.extensions["celery"].send_task(name, values)

    def arrived(self, recipient: str) -> int:
        return sum(recipient in to for _, to, _ in self.mails.taken)

    def state(self, id_: int) -> str:
        with self.acct.database.session() as db:
            return db.get_one(OutboxMail, id_).state


def soon(is_so: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="module")
def company(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    file = tmp_path_factory.mktemp("celery") / "acct.db"
    file.write_bytes(migrated.read_bytes())
    with running() as redis, listening() as mails:
        given = f"sqlite:///{file}", redis.url, mails.port
        app = celery_site.create_app(*given)
        acct: State = app.extensions["acct"]
        with acct.database.transaction() as db:
            settle(db=db, config=acct.platform.config, now=datetime.now(UTC))
        command = [sys.executable, "-m", "celery", "-A", "tests.mail.celery_site", "worker", "-c", "2", "-l", "ERROR"]
        env = {**os.environ, "CELERY_SITE": " ".join(map(str, given))}
        worker = subprocess.Popen([*command, "--without-gossip", "--without-mingle"], cwd=ROOT, env=env)
        try:
            yield Company(app, redis, mails)
        finally:
            worker.terminate()
            worker.wait(60)
            app.extensions["celery"].close()
            acct.database.engine.dispose()


def ask(company: Company, address: str) -> int:
    """A visitor asks for a new password. Returns the status of the answer."""
    client = company.app.test_client()
    token = client.get("/account/recover/password").text.partition('name="csrf_token"')[2].split('value="')[1]
    form = {"email": address, "csrf_token": token.partition('"')[0]}
    return client.post("/account/recover/password", data=form).status_code


def test_a_request_is_answered_by_a_mail_that_celery_delivers(company: Company) -> None:
    assert ask(company, "alice@example.com") == 303
    company.post.run_once()
    assert soon(lambda: company.arrived("alice@example.com") == 1)


def test_one_task_delivered_many_times_is_one_mail(company: Company) -> None:
    id_ = company.queue("twice@example.com")
    for _ in range(8):
        company.task("flask_acct.deliver", id_)
    assert soon(lambda: company.state(id_) == "sent")
    company.task("flask_acct.deliver", id_)
    last = company.queue("last@example.com")
    company.task("flask_acct.deliver", last)
    assert soon(lambda: company.state(last) == "sent")
    assert company.arrived("twice@example.com") == 1


def test_while_the_broker_is_down_a_request_succeeds_and_its_mail_leaves_later(company: Company) -> None:
    company.redis.kill()
    assert ask(company, "charlie@example.net") == 303
    id_ = company.queue("patient@example.com")
    company.post.run_once()
    assert company.state(id_) == "queued"
    company.redis.start()
    assert soon(lambda: company.post.run_once() > 0 or company.state(id_) == "sent")
    assert soon(lambda: company.state(id_) == "sent")
    assert company.arrived("patient@example.com") == 1
    assert soon(lambda: company.post.run_once() == 0 and company.arrived("charlie@example.net") == 1)


def test_a_lost_task_is_handed_over_again(company: Company) -> None:
    id_ = company.queue("lost@example.com")
    with company.acct.database.transaction() as db:
        assert outbox.hand_over(company.acct.scope(db), 1) == [id_]
    company.post.run_once()
    assert company.state(id_) == "leased"
    with company.acct.database.transaction() as db:
        db.execute(update(OutboxMail).where(OutboxMail.id == id_).values(leased_until=datetime.now(UTC)))
    company.post.run_once()
    assert soon(lambda: company.state(id_) == "sent")


def test_the_companys_beat_may_do_what_flask_acct_post_does(company: Company) -> None:
    id_ = company.queue("beat@example.com")
    company.task("flask_acct.post")
    assert soon(lambda: company.state(id_) == "sent")


def test_the_doctor_finds_broker_and_worker(company: Company) -> None:
    (line,) = run([checks.celery], Checkup(company.app))
    assert line.state == "ok"
    assert line.what == "a worker answers"


# --- Without Celery ---------------------------------------------------------------------------------------------------


def rows(db: Session) -> list[OutboxMail]:
    return list(db.scalars(select(OutboxMail).order_by(OutboxMail.id).execution_options(populate_existing=True)))


def many(user: User, number: int, *, db: Session, now: datetime) -> None:
    for _ in range(number):
        changed(user, db=db, now=now)


def test_the_urgent_ones_are_handed_over_first_and_no_more_than_may_wait_there(
    make_worker: MakeWorker, db: Session, personas: Personas, now: datetime, keys: Any
) -> None:
    many(personas.bob, AT_THE_BROKER + 20, db=db, now=now - timedelta(hours=1))
    urgent, _ = reset(personas.alice, db=db, keys=keys, now=now)
    db.commit()
    handed: list[int] = []
    worker: Worker = make_worker(broker=handed.append)
    worker.run_once()
    assert len(handed) == AT_THE_BROKER
    assert handed[0] == urgent.id
    assert handed[1:] == sorted(handed[1:])


def test_a_mail_that_is_delivered_makes_room_for_the_next(
    make_worker: MakeWorker, db: Session, personas: Personas, now: datetime, server: Server
) -> None:
    many(personas.bob, AT_THE_BROKER + 1, db=db, now=now)
    db.commit()
    handed: list[int] = []
    worker: Worker = make_worker(broker=handed.append)
    worker.run_once()
    assert worker.deliver(handed[0]) == "sent"
    assert len(set(handed)) == AT_THE_BROKER + 1
    assert worker.deliver(handed[0]) is None
    assert len(server.taken) == 1


def test_what_the_broker_does_not_take_waits_again(
    make_worker: MakeWorker, db: Session, personas: Personas, now: datetime
) -> None:
    many(personas.bob, 3, db=db, now=now)
    db.commit()
    handed: list[int] = []

    def full(id_: int) -> None:
        if handed:
            raise ConnectionError
        handed.append(id_)

    make_worker(broker=full).run_once()
    assert [mail.state for mail in rows(db)] == ["leased", "queued", "queued"]


@pytest.mark.postgres
def test_no_two_processes_hand_over_the_same_mail(postgres_url: str, now: datetime) -> None:
    database = Database(open_engine(postgres_url))
    with database.session() as db:
        many(settle(db=db, config=a_scope(db).config, now=now).bob, 6, db=db, now=now)
        db.commit()
    with database.transaction() as one, database.transaction() as other:
        handed = [*outbox.hand_over(a_scope(one, now=now), 4), *outbox.hand_over(a_scope(other, now=now), 4)]
    database.engine.dispose()
    assert len(handed) == len(set(handed)) == 6


def test_without_its_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "celery")
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(NoCelery, match=r'pip install "flask_acct\[celery\]"'):
        raise_unless_installed()


def test_without_a_celery_app_the_doctor_says_what_is_missing(company: Company) -> None:
    app = company.app
    there = app.extensions.pop("celery")
    (line,) = run([checks.celery], Checkup(app))
    app.extensions["celery"] = there
    assert line.state == "fail"
    assert 'app.extensions["celery"]' in line.fix
