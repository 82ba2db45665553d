"""A stolen copy of the database opens nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_acct import features
from flask_acct.config import Config
from flask_acct.db import models
from flask_acct.db.database import Database
from flask_acct.db.models import Token
from flask_acct.features.recovery.flows import HANDLERS
from flask_acct.mail import outbox
from flask_acct.mail.mailbox import Mailbox
from flask_acct.mail.smtp import Never
from flask_acct.mail.worker import Worker
from flask_acct.platform import Platform
from flask_acct.security import pending, tokens
from flask_acct.security.tokens import Purpose
from flask_acct.values.keys import Keys

from ..personas import Personas
from ..scopes import a_scope

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
MAILS = {"password_link": "recovery.reset", "temporary_password": "recovery.reset", "activation": "accounts.activation"}


class Quoting(Mailbox):
    """Keeps each mail and refuses it, quoting all of it: the worst a server can answer."""

    def deliver(self, message: object, recipient: str) -> None:
        super().deliver(message, recipient)  # type: ignore[arg-type]
        raise Never("The mail server answered 554", self.mails()[0].text)


@pytest.fixture
def secrets(
    personas: Personas, config: Config, database: Database, db: Session, keys: Keys, now: datetime, tmp_path: Path
) -> list[str]:
    """A worker has answered a request and sent, failed to send, or not yet sent a mail of every purpose."""
    named = {"email": "alice@example.com"}
    _, values = pending.prepared(a_scope(db, now=now), "recovery.password", named, locale="en", platform=None)
    pending.store(a_scope(db, now=now), values)
    db.commit()
    for transport in (Mailbox(tmp_path / "sent"), Quoting(tmp_path / "refused")):
        for purpose, mail in MAILS.items():
            _post(mail, purpose, personas, db=db, keys=keys, now=now)
            db.commit()
            worker = _worker(transport, _platform(purpose, config), database, keys, now)
            worker.run_once()
    for purpose, mail in MAILS.items():
        _post(mail, purpose, personas, db=db, keys=keys, now=now)
    tokens.issue(a_scope(db, keys=keys, now=now), "confirm_recovery", user=personas.bob, lifetime=timedelta(hours=1))
    db.commit()
    return [tokens.secret_of(token, keys) for token in db.scalars(select(Token))]


def test_no_text_in_any_table_opens_anything(secrets: list[str], db: Session, now: datetime) -> None:
    tried = set(_texts(db))
    assert len(tried) > 100
    assert [text for text in tried if tokens.find(a_scope(db, now=now), text, *PURPOSES)] == []


def test_the_search_would_find_a_secret(secrets: list[str], db: Session, now: datetime) -> None:
    alive = [secret for secret in secrets if tokens.find(a_scope(db, now=now), secret, *PURPOSES)]
    assert len(alive) == len(MAILS) + 2, "one of each purpose for Bob, and the link that was asked for Alice"


def test_no_file_of_the_database_holds_a_secret(secrets: list[str], database: Database) -> None:
    file = Path(str(database.engine.url.database))
    content = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    assert len(secrets) > 8
    assert [secret for secret in secrets if secret.encode() in content] == []


def test_the_mails_did_hold_them(secrets: list[str], tmp_path: Path) -> None:
    texts = "".join(mail.text for folder in ("sent", "refused") for mail in Mailbox(tmp_path / folder).mails())
    assert sum(secret in texts for secret in secrets) == 2 * len(MAILS) + 1


def _post(mail: str, purpose: Purpose, people: Personas, *, db: Session, keys: Keys, now: datetime) -> None:
    token = tokens.issue(a_scope(db, keys=keys, now=now), purpose, user=people.bob, lifetime=timedelta(hours=1))
    slots = {"username": "bob", "details": ["bob"]}
    outbox.queue_for_user(a_scope(db, config=Config(), now=now), mail, to=people.bob, token=token, slots=slots)


def _platform(purpose: str, config: Config) -> Platform:
    deliver = "temporary_password" if purpose == "temporary_password" else "link"
    ways = config.recovery.password.model_copy(update={"deliver": deliver})
    recovery = config.recovery.model_copy(update={"password": ways})
    return features.platform(config.model_copy(update={"recovery": recovery}))


def _worker(transport: Mailbox, platform: Platform, database: Database, keys: Keys, now: datetime) -> Worker:
    return Worker(
        database=database,
        platforms={None: platform},
        keys=keys,
        clock=lambda: now,
        answers=HANDLERS,
        transport=transport,
    )


def _texts(db: Session) -> Iterator[str]:
    """Every text of every table, whole, and every run of letters and digits in it."""
    for table in models.metadata.sorted_tables:
        for row in db.execute(select(table)):
            for value in row:
                yield str(value)
                yield from re.findall(r"[A-Za-z0-9]{6,}", str(value))
