"""Whose turn it is: who waits to get in does not wait behind everybody else, and nobody waits for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from flask_acct import features
from flask_acct.config import Config, MailSettings
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import OutboxMail, PendingRequest, User
from flask_acct.features.accounts.flows import invite
from flask_acct.features.recovery.flows import HANDLERS
from flask_acct.mail import outbox
from flask_acct.mail.worker import Worker
from flask_acct.platform import Platform
from flask_acct.scope import Scope
from flask_acct.security import tokens
from flask_acct.testing import FrozenClock
from flask_acct.values.keys import Keys

from ..personas import Personas
from ..scopes import a_scope
from .conftest import Server
from .test_worker import ask, changed, request_row, reset, rows

MakeWorker = Callable[..., Worker]


def wait_in_line(number: int, user: User, *, db: Session, now: datetime, category: str | None = None) -> None:
    """So many notices wait, put in before everything a test adds."""
    values = [
        {
            "message_id": f"acct.{place:032x}", "mail": "password.changed", "recipient": user.email, "locale": "en",
            "slots": {"username": user.username, "when_at": now.isoformat()}, "state": "queued", "category": category,
            "next_attempt_at": now - timedelta(minutes=5), "created_at": now - timedelta(minutes=5),
        }
        for place in range(number)
    ]  # fmt: skip
    db.execute(insert(OutboxMail), values)


def requests_in_line(number: int, kind: str, *, db: Session, now: datetime, **named: str) -> None:
    values = [
        {"reference": f"R-{kind[-4:]}-{place}", "kind": kind, "named": named, "locale": "en", "created_at": now}
        for place in range(number)
    ]
    db.execute(insert(PendingRequest), values)


def subjects(server: Server) -> list[str]:
    return [str(message["Subject"]) for message in server.messages()]


WAY_BACK = "Set a new password for Example Hosting"


@pytest.mark.long
@pytest.mark.parametrize("number", [500, 20_000])
def test_a_link_leaves_before_all_notices_that_wait(
    number: int, make_worker: MakeWorker, personas: Personas, db: Session, server: Server, keys: Keys, now: datetime
) -> None:
    wait_in_line(number, personas.bob, db=db, now=now)
    reset(personas.alice, db=db, keys=keys, now=now)
    db.commit()
    make_worker().run_once()
    assert subjects(server)[0] == WAY_BACK


def test_who_asks_for_a_link_is_answered_before_those_who_wrote_to_the_support_desk(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    about = {"name": "Eve", "email": "eve@example.net", "about": "Hello"}
    requests_in_line(500, "recovery.request", db=db, now=now, **about)
    ask("recovery.password", email="alice@example.com", db=db, now=now)
    db.commit()
    make_worker(answers=HANDLERS).run_once()
    assert subjects(server)[0] == WAY_BACK


@pytest.mark.long
def test_what_a_request_leads_to_leaves_though_thousands_of_mails_wait(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    wait_in_line(2000, personas.bob, db=db, now=now)
    requests_in_line(500, "recovery.request", db=db, now=now, name="Eve", email="eve@example.net", about="Hello")
    ask("recovery.password", email="alice@example.com", db=db, now=now)
    ask("recovery.username", email="charlie@example.net", db=db, now=now)
    db.commit()
    make_worker(answers=HANDLERS).run_once()
    assert {WAY_BACK, "Your user names at Example Hosting"} == set(subjects(server)[:2])


def test_every_kind_of_request_gets_its_turn(
    make_worker: MakeWorker, db: Session, database: Database, now: datetime
) -> None:
    requests_in_line(300, "flood", db=db, now=now)
    last = [ask(kind, db=db, now=now) for kind in ("quiet", "rare")]
    db.commit()
    answered: list[str] = []

    def note(_scope: Scope, asked: PendingRequest) -> str:
        answered.append(asked.kind)
        return "done"

    make_worker(answers=dict.fromkeys(("flood", "quiet", "rare"), note)).run_once()
    assert set(answered[:3]) == {"flood", "quiet", "rare"}
    assert [request_row(database, reference).answer for reference in last] == ["done", "done"]


def test_urgent_mails_do_not_keep_a_notice_for_ever(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, keys: Keys, now: datetime
) -> None:
    for _ in range(60):
        outbox.queue_for_user(
            a_scope(db, config=Config(), now=now),
            "recovery.usernames",
            to=personas.bob,
            slots={"usernames": ["bob"]},
            is_urgent=True,
        )
    for _ in range(3):
        changed(personas.alice, db=db, now=now)
    db.commit()
    make_worker().run_once()
    notices = [place for place, subject in enumerate(subjects(server)) if "user names" not in subject]
    assert notices == [4, 9, 14]


def test_of_two_links_the_older_one_leaves_first(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, keys: Keys, now: datetime
) -> None:
    reset(personas.bob, db=db, keys=keys, now=now - timedelta(minutes=1))
    reset(personas.alice, db=db, keys=keys, now=now)
    db.commit()
    make_worker().run_once()
    assert [message["To"].addresses[0].username for message in server.messages()] == ["bob", "alice"]


def test_a_link_that_was_put_off_still_leaves_before_the_notices(
    make_worker: MakeWorker,
    personas: Personas,
    db: Session,
    server: Server,
    keys: Keys,
    clock: FrozenClock,
    now: datetime,
) -> None:
    reset(personas.alice, db=db, keys=keys, now=now)
    db.commit()
    server.replies = ["451 greylisted"]
    worker = make_worker()
    worker.run_once()
    wait_in_line(200, personas.bob, db=db, now=now)
    db.commit()
    clock.move(seconds=5)
    worker.run_once()
    assert subjects(server)[0] == WAY_BACK


def test_what_is_urgent_is_a_mail_with_a_link_for_the_next_hours(
    personas: Personas, db: Session, platform: Platform, keys: Keys, now: datetime
) -> None:
    link, _ = reset(personas.alice, db=db, keys=keys, now=now)
    days = tokens.issue(a_scope(db, keys=keys, now=now), "activation", user=personas.bob, lifetime=timedelta(days=7))
    welcome = outbox.queue_for_user(
        a_scope(db, config=Config(), now=now), "accounts.activation", to=personas.bob, token=days
    )
    assert link.is_urgent
    assert not welcome.is_urgent
    assert not changed(personas.alice, db=db, now=now).is_urgent


def test_an_import_that_invites_thousands_does_not_delay_a_link(
    make_worker: MakeWorker, personas: Personas, db: Session, platform: Platform, server: Server, keys: Keys,
    now: datetime,
) -> None:  # fmt: skip
    for _ in range(50):
        invite(
            a_scope(db, platform=platform, keys=keys, now=now - timedelta(minutes=1)), personas.bob, personas.account
        )
    reset(personas.alice, db=db, keys=keys, now=now)
    db.commit()
    make_worker().run_once()
    assert subjects(server)[0] == WAY_BACK


def test_user_names_that_somebody_asked_for_are_urgent(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, now: datetime
) -> None:
    ask("recovery.username", email="alice@example.com", db=db, now=now)
    db.commit()
    make_worker(answers=HANDLERS).run_once()
    assert [mail.is_urgent for mail in rows(database)] == [True]


def test_one_claim_gets_the_urgent_mail_and_the_next_the_notice(any_database: Database, now: datetime) -> None:
    with any_database.transaction() as db:
        for is_urgent in (False, True):
            outbox.queue(
                a_scope(db, now=now),
                "recovery.requested",
                recipient="desk@example.com",
                locale="en",
                is_urgent=is_urgent,
            )
    with any_database.transaction() as db:
        claimed = [outbox.claim(a_scope(db, now=now)) for _ in range(2)]
    assert [mail.is_urgent for mail in claimed if mail] == [True, False]


# Senders that are refused


@pytest.fixture
def two_senders(config: Config) -> Platform:
    return features.platform(
        config.model_copy(update={"mail": MailSettings(senders={"invoices": "bills@example.com"})})
    )


def test_a_category_has_a_sender_of_its_own(
    make_worker: MakeWorker, two_senders: Platform, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    wait_in_line(1, personas.alice, category="invoices", db=db, now=now)
    changed(personas.alice, db=db, now=now)
    db.commit()
    make_worker(platforms={None: two_senders}).run_once()
    assert [sender for sender, _, _ in server.taken] == ["bills@example.com", "support@example.com"]


def test_a_refused_sender_is_tried_once_for_all_its_mails_and_holds_up_no_others(
    make_worker: MakeWorker, two_senders: Platform, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    wait_in_line(30, personas.bob, category="invoices", db=db, now=now)
    changed(personas.alice, db=db, now=now)
    db.commit()
    server.refusals["bills@example.com"] = "550 5.7.60 not permitted to send as this sender"
    make_worker(platforms={None: two_senders}).run_once()
    assert server.asked.count("bills@example.com") == 1
    assert len(server.taken) == 1


def test_a_refused_default_sender_does_not_hold_up_a_category_with_its_own(
    make_worker: MakeWorker, two_senders: Platform, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    for _ in range(30):
        changed(personas.bob, db=db, now=now - timedelta(hours=1))
    wait_in_line(2, personas.alice, category="invoices", db=db, now=now)
    wait_in_line_of_domains = outbox.queue(
        a_scope(db, now=now), "recovery.requested", recipient="x@example.com", locale="en", category="domains"
    )
    db.commit()
    server.refusals["support@example.com"] = "550 5.4.5 Daily user sending limit exceeded"
    make_worker(platforms={None: two_senders}).run_once()
    assert server.asked.count("support@example.com") == 1
    assert [sender for sender, _, _ in server.taken] == ["bills@example.com"] * 2
    db.refresh(wait_in_line_of_domains)
    assert wait_in_line_of_domains.attempts == 0


@pytest.mark.long
def test_all_mails_leave_within_two_minutes_after_the_sender_is_mended(
    make_worker: MakeWorker, personas: Personas, db: Session, server: Server, clock: FrozenClock, now: datetime
) -> None:
    for _ in range(30):
        changed(personas.alice, db=db, now=now)
    db.commit()
    server.refusals["MAIL"] = "530 5.7.0 Authentication Required"
    worker = make_worker()
    for _ in range(200):
        worker.run_once()
        clock.move(seconds=3)
    assert server.taken == []
    del server.refusals["MAIL"]
    for _ in range(40):
        worker.run_once()
        clock.move(seconds=3)
    assert len(server.taken) == 30


def test_one_refused_recipient_holds_up_nobody(
    make_worker: MakeWorker, personas: Personas, db: Session, database: Database, server: Server, now: datetime
) -> None:
    wait_in_line(20, personas.bob, db=db, now=now)
    changed(personas.alice, db=db, now=now)
    db.commit()
    server.refusals["bob@example.com"] = "452 4.2.2 Over quota"
    make_worker().run_once()
    assert [recipients for _, recipients, _ in server.taken] == [["alice@example.com"]]
    assert {mail.state for mail in rows(database)} == {"queued", "sent"}


@pytest.mark.postgres
def test_the_next_mail_of_a_long_outbox_is_found_by_an_index(postgres_url: str, now: datetime) -> None:
    database, run = Database(open_engine(postgres_url)), list[tuple[str, Any]]()
    with database.session() as db:
        event.listen(database.engine, "before_cursor_execute", lambda *of: run.append((of[2], of[3])))
        outbox.claim(a_scope(db, now=now))
        outbox.claim(a_scope(db, now=now), notices_first=True)
        outbox.hand_over(a_scope(db, now=now), 1)
        statements = [(sql, values) for sql, values in run if "acct_outbox" in sql]
        # As if there were so many that neither reading nor sorting all of them were worth it.
        for way in ("seqscan", "sort", "bitmapscan"):
            db.execute(text(f"SET enable_{way} = off"))
        plans = [
            "\n".join(map(str, db.connection().exec_driver_sql(f"EXPLAIN {sql}", values))) for sql, values in statements
        ]
    database.engine.dispose()
    assert len(plans) == 4
    found = [re.findall("ix_acct_outbox_next_(urgent|notice)", plan) for plan in plans]
    assert found == [["urgent", "notice"], ["notice", "urgent"], ["urgent"], ["notice"]]
    assert not any("Sort" in plan for plan in plans)
