"""What flow tests need besides a database: people, requests and queued mails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.db.models import OutboxMail, PendingRequest, Token, User
from flask_acct.features import platform
from flask_acct.features.login import flows as login
from flask_acct.features.recovery import flows as recovery
from flask_acct.features.signup import flows as signup
from flask_acct.platform import Platform
from flask_acct.scope import Scope
from flask_acct.security import sessions, tokens
from flask_acct.security.sessions import CurrentSession
from flask_acct.testing import PASSWORD
from flask_acct.values.keys import Keys

from ..personas import Personas, settle


@dataclass
class House:
    """One configuration with people in it, and a time that can be moved."""

    config: Config
    platform: Platform
    db: Session
    keys: Keys
    now: datetime
    people: Personas

    @property
    def scope(self) -> Scope:
        return Scope(self.db, self.platform, self.keys, self.now)

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def sign_in(self, identifier: str, password: str = PASSWORD, network: str = "192.0.2.1") -> Any:
        found = login.sign_in(self.scope, identifier, password, network=network, user_agent="test")
        self.db.commit()
        return found

    def ask(self, screen: str = "recovery.password", sender: str | None = None, /, **named: str) -> str:
        """Send a recovery request and let the worker answer it. Returns the outcome.

        Args:
            sender: The network address it comes from; the same one by default.
        """
        asked = PendingRequest(
            kind=screen,
            named=named,
            reference="R-2222-2222",
            locale="en",
            platform=self.config.platform,
            created_at=self.scope.now,
        )
        asked.answer = sender
        answers = {**recovery.HANDLERS, **signup.HANDLERS}
        said = answers[screen](self.scope, asked)
        self.db.commit()
        return said

    def mails(self) -> list[OutboxMail]:
        """Return the queued mails, oldest first; each only once."""
        found = list(self.db.scalars(select(OutboxMail).where(OutboxMail.state == "queued").order_by(OutboxMail.id)))
        for mail in found:
            mail.state = "sent"
        self.db.commit()
        return found

    def secret(self, mail: OutboxMail) -> str:
        """Return the secret in the link of a mail, or its temporary password."""
        return tokens.secret_of(self.db.get_one(Token, mail.token_id), self.keys)

    def present(self, cookie: str) -> CurrentSession:
        here = sessions.load(self.scope, cookie)
        assert here is not None
        return here

    def is_over(self, cookie: str) -> bool:
        return sessions.load(self.scope, cookie) is None

    def begin(self, user: User, **how: Any) -> str:
        cookie = sessions.begin(self.scope, user, self.people.account.id, **how)
        self.db.commit()
        return cookie


@pytest.fixture
def house(db: Session, keys: Keys, now: datetime) -> Any:
    """A function that makes a house: ``house("email-marketing")``, ``house(Config(...))``."""

    def open_(config: Config | str = "client-area", **changes: Mapping[str, Any]) -> House:
        chosen = configuration.preset(config) if isinstance(config, str) else config
        for table, keys_ in changes.items():
            part = getattr(chosen, table)
            chosen = chosen.model_copy(update={table: part.model_copy(update=dict(keys_))})
        chosen = chosen.on(None)
        return House(chosen, platform(chosen), db, keys, now, settle(db=db, config=chosen, now=now))

    return open_
