"""``flask acct post`` as its operator meets it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from flask_acct.db.database import Database
from flask_acct.db.models import OutboxMail
from flask_acct.mail.commands import post
from flask_acct.mail.smtp import Smtp
from flask_acct.mail.worker import Worker
from flask_acct.platform import Platform
from flask_acct.testing import FrozenClock
from flask_acct.values.keys import Keys

from ..personas import Personas
from ..serving import free_port
from .conftest import Server
from .test_worker import ROOT, ask, changed, explode, reset, until

Run = Callable[..., Result]


@pytest.fixture
def worker(make_worker: Callable[..., Worker]) -> Worker:
    return make_worker(answers={"broken": explode})


@pytest.fixture
def run(worker: Worker, platform: Platform, database: Database, clock: FrozenClock) -> Run:
    """Runs the command in an app that has what the extension would give it."""
    app = Flask(__name__)
    app.extensions["acct"] = SimpleNamespace(
        worker=worker, platform=platform, database=database, clock=clock, scope=worker.scope
    )
    app.cli.add_command(post)

    def invoke(*arguments: str) -> Result:
        return app.test_cli_runner().invoke(args=["post", *arguments])

    return invoke


def test_once_sends_what_waits(run: Run, personas: Personas, db: Session, server: Server, now: datetime) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    result = run("--once")
    assert result.exit_code == 0
    assert len(server.taken) == 1
    assert "tried: 1" in result.output


def test_an_empty_outbox_says_so(run: Run) -> None:
    assert run("--status").output == "Nothing waits: every request is answered and every mail is sent.\n"


def test_the_status_says_what_waits_and_why(
    run: Run, worker: Worker, personas: Personas, db: Session, server: Server, clock: FrozenClock, now: datetime
) -> None:
    for _ in range(2):
        changed(personas.alice, db=db, now=now)
    ask("broken", username="x", db=db, now=now)
    db.commit()
    server.replies = ["451 greylisted", "550 no such user"]
    worker.run_once()
    clock.move(seconds=3)
    said = run("--status").output
    assert "Requests to be answered: 1, the oldest from 3 s ago, 1 of them tried before." in said
    assert "Mails to be sent: 1, the oldest from 3 s ago; 0 in hand." in said
    assert "Next try: in 2 s." in said
    assert "1 waiting after: The mail server answered 451: greylisted" in said
    assert "Mails not sent: 1." in said
    assert "1 × password.changed: The mail server answered 550: no such user" in said


def test_the_status_names_requests_that_were_given_up(
    run: Run, worker: Worker, db: Session, clock: FrozenClock, now: datetime
) -> None:
    reference = ask("broken", username="x", db=db, now=now)
    db.commit()
    for _ in range(5):
        worker.run_once()
        clock.move(hours=1)
    assert f"  {reference}: ValueError" in run("--status").output


def test_the_status_shows_no_address(
    run: Run, worker: Worker, personas: Personas, db: Session, keys: Keys, now: datetime
) -> None:
    reset(personas.alice, db=db, keys=keys, now=now)
    db.commit()
    worker.transport = Smtp({"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": free_port()})
    worker.run_once()
    said = run("--status").output
    assert "could not be reached" in said
    assert "alice" not in said


def test_the_status_says_why_mails_wait_and_names_no_recipient(
    run: Run,
    worker: Worker,
    personas: Personas,
    db: Session,
    server: Server,
    now: datetime,
) -> None:
    for person in (personas.alice, personas.bob):
        changed(person, db=db, now=now)
        server.refusals[person.email] = f"554 5.7.1 <{person.email}>: Relay access denied"
    db.commit()
    worker.run_once()
    said = run("--status").output
    assert "2 waiting after: The mail server answered 554, about the sender or its settings: 5.7.1 <…>: Relay" in said
    assert "alice@" not in said


def test_failed_mails_are_listed_with_their_time_recipient_and_reason(
    run: Run, worker: Worker, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    for person in (personas.alice, personas.bob):
        changed(person, db=db, now=now)
    server.refusals[personas.alice.email] = "550 5.1.1 no such user"
    db.commit()
    worker.run_once()
    [line] = run("--failed").output.splitlines()
    assert re.match(rf"#\d+  {now:%Y-%m-%d %H:%M} UTC  {re.escape(personas.alice.email)}  ", line)
    assert "not sent: The mail server answered 550: 5.1.1 no such user" in line


def test_a_mail_that_waits_for_another_try_is_listed_as_failed_too(
    run: Run, worker: Worker, personas: Personas, db: Session, now: datetime
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    worker.transport = Smtp({"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": free_port()})
    worker.run_once()
    assert "  waits after: " in run("--failed").output


def test_without_a_failed_mail_that_is_said(run: Run) -> None:
    assert run("--failed").output == "No mail failed.\n"


def test_what_became_of_the_mails_to_one_address_is_listed(
    run: Run, worker: Worker, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    for person in (personas.alice, personas.bob):
        changed(person, db=db, now=now)
    db.commit()
    worker.run_once()
    [line] = run("--to", personas.alice.email.upper()).output.splitlines()
    assert "taken by the mail server at " in line
    assert f"Message-ID {db.get_one(OutboxMail, 1, populate_existing=True).message_id}" in line


def test_a_mail_that_nobody_has_tried_to_send_waits(run: Run, personas: Personas, db: Session, now: datetime) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    assert run("--to", personas.alice.email).output.endswith("  waits\n")


def test_an_address_that_got_no_mail_is_said(run: Run) -> None:
    assert run("--to", "ana@typo.example").output == "No mail to ana@typo.example in the last 30 days.\n"


def test_the_status_says_what_to_do_about_a_refused_sender(
    run: Run,
    worker: Worker,
    personas: Personas,
    db: Session,
    server: Server,
    now: datetime,
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    server.refusals["MAIL"] = "535 5.7.8 Bad credentials"
    worker.run_once()
    said = run("--status").output
    assert "refused the sender with 535. Check it, MAIL_USERNAME and quotas: 5.7.8 Bad credentials" in said
    assert "Mails not sent" not in said


def test_retry_lets_dead_mails_wait_again(
    run: Run, worker: Worker, personas: Personas, db: Session, server: Server, now: datetime
) -> None:
    changed(personas.alice, db=db, now=now)
    db.commit()
    server.replies = ["550 no"]
    worker.run_once()
    assert "Mails waiting again: 1." in run("--retry").output
    worker.run_once()
    assert len(server.taken) == 1


def test_retry_says_when_nothing_is_of_use_any_more(
    run: Run, worker: Worker, personas: Personas, db: Session, keys: Keys, clock: FrozenClock, now: datetime
) -> None:
    mail, _ = reset(personas.alice, db=db, keys=keys, now=now)
    db.commit()
    clock.move(hours=2)
    worker.run_once()
    assert run("--retry").output == "No dead mail would be of use any more.\n"
    assert db.get_one(OutboxMail, mail.id, populate_existing=True).state == "dead"


def test_a_preview_shows_a_mail_with_example_values(run: Run) -> None:
    said = run("--preview", "recovery.reset").output
    assert "Subject: Set a new password for Example Hosting" in said
    assert "Customer number: 9000" in said
    assert re.search(r"^http://127\.0\.0\.1:5000/account/password/set\?token=EXAMPLE\w+$", said, re.MULTILINE)


@pytest.mark.parametrize("locale", ["es", "it"])
def test_a_preview_speaks_the_language_asked_for(locale: str, run: Run, platform: Platform) -> None:
    assert (
        platform.say("recovery.reset.not_you", locale) in run("--preview", "recovery.reset", "--locale", locale).output
    )


def test_a_preview_shows_the_html(run: Run) -> None:
    assert run("--preview", "recovery.reset", "--html").output.startswith("<!doctype html>")


def test_every_declared_mail_can_be_previewed(run: Run, platform: Platform) -> None:
    assert {name: run("--preview", name).exit_code for name in platform.declared.mails} == dict.fromkeys(
        platform.declared.mails, 0
    )


def test_an_unknown_mail_is_answered_with_the_nearest_and_the_list(run: Run) -> None:
    result = run("--preview", "recovery.rest")
    assert result.exit_code == 1
    assert '"recovery.rest" is no mail. Did you mean "recovery.reset"? There are: accounts.activation' in result.output


def test_an_unknown_language_is_answered_with_the_list(run: Run) -> None:
    result = run("--preview", "recovery.reset", "--locale", "de")
    assert result.exit_code == 1
    assert "There are: en, es, it." in result.output


@pytest.mark.parametrize(
    "arguments", [("--once", "--status"), ("--failed", "--to", "a@b.example"), ("--html",), ("--locale", "es")]
)
def test_options_that_do_not_go_together_are_refused(arguments: tuple[str, ...], run: Run) -> None:
    assert run(*arguments).exit_code == 2


def test_the_process_ends_on_sigterm_and_leaves_no_mail_in_hand(
    database_url: str, personas: Personas, db: Session, server: Server
) -> None:
    changed(personas.alice, db=db, now=datetime.now(UTC) - timedelta(seconds=1))
    db.commit()
    command = [sys.executable, "-m", "tests.mail.process", database_url, str(server.port)]
    process = subprocess.Popen(command, cwd=ROOT)
    assert until(lambda: len(server.taken) == 1, seconds=60)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert db.get_one(OutboxMail, 1, populate_existing=True).state == "sent"
