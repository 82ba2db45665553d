"""The worker on real database files, with a mail server that really listens."""

from __future__ import annotations

import collections
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.db.database import Database
from flask_acct.db.models import OutboxMail, PendingRequest, Token, User
from flask_acct.mail import outbox
from flask_acct.mail.smtp import Smtp
from flask_acct.mail.worker import Worker
from flask_acct.scope import Scope
from flask_acct.security import pending, tokens
from flask_acct.testing import FrozenClock
from flask_acct.values.keys import Keys

from ..personas import Personas
from ..scopes import SECRET_KEY, a_scope
from ..serving import free_port
from .conftest import Server

MakeWorker = Callable[..., Worker]
HOUR = timedelta(hours=1)
ROOT = Path(__file__).parents[2]


def changed(user: User, *, db: Session, now: datetime, **options: Any) -> OutboxMail:
    """A mail without a token waits for the user."""
    slots = {"username": user.username, "when_at": now.isoformat()}
    config = Config().model_copy(update={"platform": options.pop("platform", None)})
    return outbox.queue_for_user(
        a_scope(db, config=config, now=now), "password.changed", to=user, slots=slots, **options
    )


def reset(user: User, *, db: Session, keys: Keys, now: datetime) -> tuple[OutboxMail, Token]:
    """A mail with a link waits for the user."""
    token = tokens.issue(a_scope(db, keys=keys, now=now), "password_link", user=user, lifetime=HOUR)
    slots = {"username": user.username}
    return outbox.queue_for_user(
        a_scope(db, config=Config(), now=now), "recovery.reset", to=user, token=token, slots=slots
    ), token


def ask(kind: str, *, db: Session, now: datetime, **named: str) -> str:
    reference, values = pending.prepared(a_scope(db, now=now), kind, named, locale="en", platform=None)
    pending.store(a_scope(db, now=now), values)
    return reference


def rows(database: Database) -> list[OutboxMail]:
    with database.session() as db:
        return list(db.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def row(database: Database) -> OutboxMail:
    (only,) = rows(database)
    return only


def request_row(database: Database, reference: str) -> PendingRequest:
    with database.session() as db:
        return db.scalars(select(PendingRequest).where(PendingRequest.reference == reference)).one()


def mailed(scope: Scope, asked: PendingRequest) -> str:
    """An answer as a feature writes one: it looks somebody up and puts a mail with a link in the outbox."""
    user = scope.db.scalar(select(User).where(User.username_key == asked.named["username"]))
    if user is None:
        return "nobody"
    reset(user, db=scope.db, keys=scope.keys, now=scope.now)
    return "mailed"


# Requests


def test_a_request_is_answered_and_its_mail_is_sent(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, server: Server, now: datetime
) -> None:
    reference = ask("recovery.password", username="alice", db=db, now=now)
    db.commit()
    make_worker(answers={"recovery.password": mailed}).run_once()
    assert request_row(database, reference).answer == "mailed"
    assert [message["To"].addresses[0].addr_spec for message in server.messages()] == ["alice@example.com"]


def test_the_link_that_arrives_opens_its_token(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, keys: Keys, now: datetime
) -> None:
    _, token = reset(personas.alice, db=db, keys=keys, now=now)
    db.commit()
    make_worker().run_once()
    text = server.messages()[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    secret = text.partition("?token=")[2].split()[0]
    found = tokens.find(a_scope(db, now=now), secret, "password_link")
    assert found is not None
    assert found.id == token.id


def explode(_scope: Scope, asked: PendingRequest) -> str:
    raise ValueError(f"cannot read {asked.named}")


def test_a_request_that_cannot_be_answered_does_not_stop_the_others(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, server: Server, now: datetime
) -> None:
    bad = ask("broken", username="alice", db=db, now=now)
    good = ask("recovery.password", username="bob", db=db, now=now)
    db.commit()
    make_worker(answers={"broken": explode, "recovery.password": mailed}).run_once()
    assert request_row(database, bad).answered_at is None
    assert request_row(database, good).answer == "mailed"
    assert len(server.taken) == 1


def test_a_request_fails_for_good_after_five_tries_and_says_why(
    make_worker: MakeWorker, db: Session, database: Database, clock: FrozenClock, now: datetime
) -> None:
    reference = ask("broken", username="x", db=db, now=now)
    db.commit()
    worker = make_worker(answers={"broken": explode})
    for _ in range(8):
        worker.run_once()
        clock.move(hours=1)
    failed = request_row(database, reference)
    assert failed.attempts == 5
    assert failed.answer == "failed: ValueError"


def test_a_failed_request_waits_before_it_is_tried_again(
    make_worker: MakeWorker, db: Session, database: Database, clock: FrozenClock, now: datetime
) -> None:
    reference = ask("broken", username="x", db=db, now=now)
    db.commit()
    worker = make_worker(answers={"broken": explode})
    worker.run_once()
    worker.run_once()
    assert request_row(database, reference).attempts == 1


def test_a_request_whose_answer_raises_leaves_no_mail_behind(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, now: datetime
) -> None:
    def half(scope: Scope, asked: PendingRequest) -> str:
        mailed(scope, asked)
        raise ValueError

    ask("half", username="alice", db=db, now=now)
    db.commit()
    make_worker(answers={"half": half}).run_once()
    assert rows(database) == []


def test_a_request_of_an_unknown_kind_fails_and_does_not_stop_the_others(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, now: datetime
) -> None:
    ask("gone", username="alice", db=db, now=now)
    good = ask("recovery.password", username="bob", db=db, now=now)
    db.commit()
    make_worker(answers={"recovery.password": mailed}).run_once()
    assert request_row(database, good).answer == "mailed"


# Mails


def test_a_mail_is_sent_once(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, server: Server, now: datetime
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    worker = make_worker()
    worker.run_once()
    worker.run_once()
    assert len(server.taken) == 1
    assert row(database).state == "sent"


@pytest.mark.parametrize("ended", ["expired", "used", "void", "moved"])
def test_a_mail_whose_link_is_worth_nothing_is_not_sent(
    ended: str,
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    database: Database,
    server: Server,
    keys: Keys,
    clock: FrozenClock,
    now: datetime,
) -> None:
    _, token = reset(personas.alice, db=db, keys=keys, now=now)
    if ended == "expired":
        clock.move(hours=1)
    elif ended == "used":
        token.used_at = now
    elif ended == "void":
        token.void_at = now
    else:
        personas.alice.email_key = "new@example.com"
    db.commit()
    make_worker().run_once()
    assert server.taken == []
    assert row(database).state == "dead"


def test_a_later_reply_is_followed_by_waits_of_five_seconds_a_minute_and_a_quarter(
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    database: Database,
    server: Server,
    clock: FrozenClock,
    now: datetime,
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    server.replies = ["451 greylisted"] * 4
    worker, waits = make_worker(), []
    for _ in range(4):
        worker.run_once()
        waits.append(row(database).next_attempt_at - clock.now)
        clock.now = row(database).next_attempt_at
    assert waits == [timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=15), timedelta(minutes=15)]
    worker.run_once()
    assert len(server.taken) == 1


def test_a_mail_is_dead_after_a_day_of_failures(
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    database: Database,
    server: Server,
    clock: FrozenClock,
    now: datetime,
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    server.replies = ["451 greylisted"] * 2
    worker = make_worker()
    worker.run_once()
    clock.move(hours=24)
    worker.run_once()
    dead = row(database)
    assert dead.state == "dead"
    assert dead.failure == "given up after 24 hours: The mail server answered 451: greylisted"


def test_a_refused_mail_is_dead_at_once_with_its_reason(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, server: Server, now: datetime
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    server.replies = ["550 no such user"]
    make_worker().run_once()
    dead = row(database)
    assert dead.state == "dead"
    assert dead.attempts == 1
    assert dead.failure == "The mail server answered 550: no such user"


def test_one_poisoned_mail_among_a_hundred_is_dead_and_the_others_are_sent(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, server: Server, now: datetime
) -> None:
    for number in range(100):
        mail = changed(personas.alice, db=db, now=now)
        if number == 40:
            mail.slots = {**mail.slots, "username": "\ud800"}
    db.commit()
    worker = make_worker()
    worker.run_once()
    worker.run_once()
    states = collections.Counter(mail.state for mail in rows(database))
    assert states["sent"] == 99
    assert states["dead"] == 1
    assert len(server.taken) == 99
    (failure,) = (mail.failure or "" for mail in rows(database) if mail.state == "dead")
    assert failure.startswith("it cannot be drawn: UnicodeEncodeError")


def test_a_mail_whose_key_is_lost_is_dead_and_says_the_fix(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, keys: Keys, now: datetime
) -> None:
    reset(personas.alice, db=db, keys=keys, now=now)
    db.commit()
    make_worker(keys=Keys.of("another key of the application")).run_once()
    assert "SECRET_KEY_FALLBACKS" in (row(database).failure or "")


def test_a_mail_that_waited_while_the_key_was_replaced_brings_a_link_that_works(
    make_worker: MakeWorker, personas: Personas, db: Session, keys: Keys, server: Server, now: datetime
) -> None:
    secret = tokens.secret_of(reset(personas.alice, db=db, keys=keys, now=now)[1], keys)
    db.commit()
    make_worker(keys=Keys.of("another key of the application", [SECRET_KEY])).run_once()
    (message,) = server.messages()
    assert secret in message.as_string().replace("=\n", "")
    assert tokens.find(a_scope(db, now=now), secret, "password_link") is not None


def test_a_mail_of_a_platform_that_is_gone_is_dead_and_says_the_fix(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, now: datetime
) -> None:
    changed(personas.alice, platform="basico", db=db, now=now)
    db.commit()
    make_worker().run_once()
    assert "[platforms.basico]" in (row(database).failure or "")


def test_an_unreachable_server_is_tried_once_for_all_mails(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, now: datetime
) -> None:
    for _ in range(20):
        changed(personas.alice, db=db, now=now)
    db.commit()
    worker = make_worker(transport=Smtp({"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": free_port()}))
    worker.run_once()
    assert sum(mail.attempts for mail in rows(database)) == 1


@pytest.mark.long
def test_all_mails_leave_within_two_minutes_after_the_server_is_back(
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    database: Database,
    server: Server,
    clock: FrozenClock,
    now: datetime,
) -> None:
    for _ in range(30):
        changed(personas.alice, db=db, now=now)
    db.commit()
    worker = make_worker(transport=Smtp({"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": free_port()}))
    for _ in range(200):
        worker.run_once()
        clock.move(seconds=3)
    worker.transport = Smtp(server.settings)
    for _ in range(40):
        worker.run_once()
        clock.move(seconds=3)
    assert len({message["Message-ID"] for message in server.messages()}) == len(server.taken) == 30


def test_a_mail_in_the_hands_of_a_dead_worker_is_taken_over_after_its_lease(
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    database: Database,
    server: Server,
    clock: FrozenClock,
    now: datetime,
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    with database.transaction() as other:
        outbox.claim(a_scope(other, now=now))
    worker = make_worker()
    clock.move(seconds=119)
    worker.run_once()
    assert server.taken == []
    clock.move(seconds=1)
    worker.run_once()
    assert len(server.taken) == 1


def test_a_worker_whose_lease_ran_out_cannot_change_the_row(
    personas: Personas, db: Session, database: Database, now: datetime
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    with database.transaction() as one:
        late = outbox.claim(a_scope(one, now=now))
    with database.transaction() as two:
        outbox.claim(a_scope(two, now=now + outbox.LEASE))
    assert late is not None
    with database.transaction() as three:
        assert not outbox.put_off(a_scope(three, now=now + outbox.LEASE), late, reason="late")
    assert row(database).state == "leased"


def test_no_two_claims_get_the_same_mail(any_database: Database, config: Config, now: datetime) -> None:
    with any_database.transaction() as db:
        for _ in range(2):
            outbox.queue(a_scope(db, now=now), "recovery.requested", recipient="desk@example.com", locale="en")
    with any_database.transaction() as db:
        claimed = [outbox.claim(a_scope(db, now=now)) for _ in range(3)]
    assert len({mail.id for mail in claimed if mail}) == 2
    assert claimed[2] is None


def test_dead_mails_are_revived_only_where_their_link_still_works(
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    database: Database,
    server: Server,
    keys: Keys,
    now: datetime,
) -> None:
    reset(personas.alice, db=db, keys=keys, now=now)
    _, spent = reset(personas.bob, db=db, keys=keys, now=now)
    changed(personas.charlie, db=db, now=now)
    db.commit()
    server.replies = ["550 no"] * 3
    worker = make_worker()
    worker.run_once()
    spent.used_at = now
    db.commit()
    with database.transaction() as other:
        assert outbox.revive(a_scope(other, now=now)) == 2
    worker.run_once()
    assert {taken[1][0] for taken in server.taken} == {"alice@example.com", "charlie@example.net"}


@pytest.mark.long
def test_two_workers_send_two_hundred_mails_once_each(
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    database_url: str,
    server: Server,
    now: datetime,
) -> None:
    for _ in range(200):
        changed(personas.alice, db=db, now=now)
    db.commit()

    def work(database: Database) -> None:
        worker = make_worker(database=database)
        while worker.run_once():
            pass

    databases = [Database.at(database_url) for _ in range(2)]
    run([threading.Thread(target=work, args=[database]) for database in databases])
    ids = [message["Message-ID"] for message in server.messages()]
    assert len(ids) == len(set(ids)) == 200
    with databases[0].session() as left:
        assert left.scalar(select(func.count()).where(OutboxMail.state != "sent")) == 0


def run(threads: Iterable[threading.Thread]) -> None:
    threads = list(threads)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


# Duties


def test_a_duty_is_done_once_an_hour_by_all_workers_together(make_worker: MakeWorker, clock: FrozenClock) -> None:
    done = []

    def duty(scope: Scope) -> None:
        done.append(scope.now)

    workers = [make_worker(duties=(duty,)) for _ in range(2)]
    for _ in range(120):
        for worker in workers:
            worker.run_once()
        clock.move(minutes=1)
    assert len(done) == 2


def test_a_failing_duty_does_not_stop_the_mails(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    def duty(_scope: Scope) -> None:
        raise ValueError

    changed(personas.alice, db=db, now=now)
    db.commit()
    make_worker(duties=(duty,)).run_once()
    assert len(server.taken) == 1


def test_old_mails_and_requests_are_forgotten(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, clock: FrozenClock, now: datetime
) -> None:
    changed(personas.alice, db=db, now=now)
    reference = ask("recovery.password", username="nobody", db=db, now=now)
    db.commit()
    worker = make_worker(answers={"recovery.password": mailed})
    worker.run_once()
    clock.move(days=29)
    worker.run_once()
    assert len(rows(database)) == 1
    clock.move(days=2)
    worker.run_once()
    assert rows(database) == []
    clock.move(days=58)
    worker.run_once()
    assert request_row(database, reference).answer == "nobody"
    clock.move(days=2)
    worker.run_once()
    with database.session() as other:
        assert other.scalars(select(PendingRequest)).all() == []


# The thread


def until(condition: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_the_thread_sends_when_it_is_woken(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    worker = make_worker(pause=60)
    worker.start()
    time.sleep(0.2)
    changed(personas.alice, db=db, now=now)
    db.commit()
    worker.wake()
    assert until(lambda: len(server.taken) == 1)
    worker.stop()


def test_the_thread_looks_by_itself_when_nobody_wakes_it(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    worker = make_worker(pause=0.1)
    worker.start()
    time.sleep(0.2)
    changed(personas.alice, db=db, now=now)
    db.commit()
    assert until(lambda: len(server.taken) == 1)
    worker.stop()


def test_mails_of_one_moment_and_the_next_leave_by_one_connection(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    worker = make_worker(pause=0.05)
    worker.start()
    for number in (1, 2, 3):
        changed(personas.alice, db=db, now=now)
        db.commit()
        worker.wake()
        assert until(lambda number=number: len(server.taken) == number)
        time.sleep(0.2)
    assert len(server.greeted) == 1
    assert server.goodbyes == 0
    worker.stop()
    assert server.goodbyes == 1


def test_one_thread_runs_however_often_it_is_asked_for(make_worker: MakeWorker) -> None:
    worker, others = make_worker(), threading.enumerate()
    run([threading.Thread(target=worker.ensure_running) for _ in range(20)])
    assert [thread.name for thread in threading.enumerate() if thread not in others] == ["flask-acct-post"]
    worker.stop()
    assert [thread for thread in threading.enumerate() if thread not in others] == []


def test_the_thread_survives_a_clock_that_fails(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, clock: FrozenClock, now: datetime
) -> None:
    failures = iter([True])

    def failing() -> datetime:
        if next(failures, False):
            raise RuntimeError
        return clock()

    changed(personas.alice, db=db, now=now)
    db.commit()
    worker = make_worker(clock=failing, pause=0.05)
    worker.start()
    assert until(lambda: worker.clock is failing and next(failures, None) is None)
    worker.wake()
    assert until(lambda: len(server.taken) == 1)
    worker.stop()


def test_a_forked_process_gets_a_thread_of_its_own(database_url: str, server: Server) -> None:
    command = [sys.executable, "-m", "tests.mail.process", database_url, str(server.port), "fork"]
    ran = subprocess.run(command, cwd=ROOT, timeout=60, check=False)
    assert ran.returncode == 0
    assert len(server.taken) == 1


# What is said


def test_the_log_names_no_address_and_no_secret(
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    server: Server,
    keys: Keys,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="flask_acct")
    secrets = [tokens.secret_of(reset(personas.alice, db=db, keys=keys, now=now)[1], keys)]
    reset(personas.bob, db=db, keys=keys, now=now)
    ask("broken", username="alice@example.com", db=db, now=now)
    db.commit()
    server.replies = [f"550-<alice@example.com> said\r\n550 {secrets[0]}", "451-<bob@example.com>\r\n451 later"]
    worker = make_worker(answers={"broken": explode})
    worker.run_once()
    assert len(caplog.records) == 3
    assert not any("\n" in record.getMessage() for record in caplog.records)
    assert "@" not in caplog.text
    assert secrets[0] not in caplog.text


def test_a_secret_the_server_quotes_is_not_kept(
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    database: Database,
    server: Server,
    keys: Keys,
    now: datetime,
) -> None:
    secret = tokens.secret_of(reset(personas.alice, db=db, keys=keys, now=now)[1], keys)
    db.commit()
    server.replies = [f"554 blocked: https://example.com/?token={secret}"]
    make_worker().run_once()
    assert row(database).failure == "The mail server answered 554: blocked: https://example.com/?token=…"
