"""Whatever is tried in whatever order: a password becomes another only by a secret that was mailed for it, once.

Source: CVE-2026-18963, where "try another way" left out the mailed step; ASVS 2.3.1.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule
from hypothesis.stateful import run_state_machine_as_test as run

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import Token, User
from flask_acct.features import platform
from flask_acct.features.login import flows as login
from flask_acct.features.password import flows as password
from flask_acct.features.recovery import flows as recovery
from flask_acct.security import passwords, rate_limits, sessions, tokens
from flask_acct.testing import PASSWORD
from flask_acct.values.keys import Keys

from ..personas import settle
from ..scopes import NOON, SECRET_KEY
from .conftest import House

WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "a mail to confirm, then a link": ("customer-panel", {"kind": "customer_number", "value": "9000"}),
    "a temporary password": ("email-marketing", {"username": "alice"}),
    "a link at once": ("client-area", {"email": "alice@example.com"}),
}
"""By what is asked for: the preset, and what names Alice there."""

CONFIRM: tuple[tokens.Purpose, ...] = ("confirm_recovery",)
LINK: tuple[tokens.Purpose, ...] = ("password_link",)
TEMPORARY: tuple[tokens.Purpose, ...] = ("temporary_password",)


class WaysIn(RuleBasedStateMachine):
    """Somebody who reads Alice's mailbox, and tries every door with every secret that ever lay in it.

    ``may`` is the model: what each secret is good for, once and until its time is over.
    """

    way: ClassVar[str]
    migrated: ClassVar[Path]

    secrets = Bundle("secrets")
    cookies = Bundle("cookies")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "acct.db"
        shutil.copy(self.migrated, file)
        self.engine = open_engine(f"sqlite:///{file}")
        preset, self.named = WAYS[self.way]
        config: Config = configuration.preset(preset).on(None)
        generous = config.limits.model_copy(update={"recoveries_per_day": 1000, "sign_in_failures": 100})
        config = config.model_copy(update={"limits": generous})
        db = Database(self.engine).session()
        people = settle(db=db, config=config, now=NOON)
        self.home = House(config, platform(config), db, Keys.of(SECRET_KEY), NOON, people)
        self.may: dict[str, tuple[tokens.Purpose, datetime]] = {}
        self.password, self.hash = PASSWORD, people.alice.password_hash
        self.number = 0

    def teardown(self) -> None:
        self.home.db.close()
        self.engine.dispose()
        self.folder.cleanup()

    def new_password(self) -> str:
        self.number += 1
        return f"a kettle for swan number {self.number}"

    def good_for(self, secret: str, purposes: tuple[tokens.Purpose, ...]) -> bool:
        purpose, until = self.may.get(secret, ("activation", NOON))
        return purpose in purposes and self.home.now < until

    def forget(self, *purposes: tokens.Purpose) -> None:
        self.may = {secret: of for secret, of in self.may.items() if of[0] not in purposes}

    def arrived(self) -> Any:
        """The secrets of the mails that have come; a newer one is in place of those of its kind."""
        found = []
        for mail in self.home.mails():
            if mail.token_id:
                token = self.home.db.get_one(Token, mail.token_id)
                self.forget(token.purpose)  # type: ignore[arg-type]
                self.may[self.home.secret(mail)] = (token.purpose, token.expires_at)  # type: ignore[assignment]
                found.append(self.home.secret(mail))
        return multiple(*found)

    @initialize(target=secrets)
    def make_one_up(self) -> Any:
        return multiple("0" * tokens.LINK_LENGTH, "a" * tokens.TEMPORARY_PASSWORD_LENGTH)

    @rule(target=secrets)
    def ask(self) -> Any:
        self.home.ask(**self.named)
        return self.arrived()

    @rule(target=secrets, secret=secrets)
    def confirm(self, secret: str) -> Any:
        good = self.good_for(secret, CONFIRM)
        home = self.home
        found = recovery.confirm(home.scope, secret, locale="en")
        home.db.commit()
        assert isinstance(found, recovery.Confirmed) == good
        if good:
            del self.may[secret]
        return self.arrived()

    @rule(secret=secrets)
    def follow(self, secret: str) -> None:
        good, new, home = self.good_for(secret, LINK), self.new_password(), self.home
        found = password.set_by_link(home.scope, secret, new, new)
        home.db.commit()
        assert isinstance(found, password.PasswordChanged) == good
        if good:
            self.has_changed(new)

    @rule(target=cookies, secret=secrets)
    def sign_in_with_a_secret(self, secret: str) -> Any:
        good = self.good_for(secret, TEMPORARY)
        found = self.sign_in(secret)
        assert isinstance(found, login.NewPasswordFirst) == good
        if not isinstance(found, login.NewPasswordFirst):
            assert isinstance(found, login.SignInRefused)
            return multiple()
        self.may.clear()
        return found.secret

    @rule(target=cookies)
    def sign_in_with_the_password(self) -> Any:
        found = self.sign_in(self.password)
        assert isinstance(found, login.Welcome)
        # Who signs in needs no way back any more.
        self.may.clear()
        return found.secret

    def sign_in(self, typed: str) -> Any:
        # A wrong one would have to wait before long; that is another test's.
        rate_limits.pardon(self.home.scope, self.home.people.alice)
        return self.home.sign_in(self.identifier(), typed)

    def identifier(self) -> str:
        kind = self.home.config.login.identifiers[0]
        return {"username": "alice", "email": "alice@example.com", "customer_number": "9000"}[kind]

    @rule(cookie=consumes(cookies))
    def set_in_its_session(self, cookie: str) -> None:
        home = self.home
        here = sessions.load(home.scope, cookie)
        if here is None:
            return
        may, new = here.session.purpose == "set_password", self.new_password()
        found = password.set_in_session(home.scope, here, new, new)
        home.db.commit()
        assert isinstance(found, password.PasswordChanged) == may
        if may:
            self.has_changed(new)

    def has_changed(self, new: str) -> None:
        self.may.clear()
        self.password, self.hash = new, self.kept()
        assert passwords.verify(new, self.hash)

    def kept(self) -> str | None:
        self.home.db.expire_all()
        return self.home.db.get_one(User, self.home.people.alice.id).password_hash

    @rule(minutes=st.sampled_from([1, 19, 59, 61]))
    def wait(self, minutes: int) -> None:
        self.home.later(minutes=minutes)

    @invariant()
    def the_password_is_the_one_that_was_set(self) -> None:
        assert self.kept() == self.hash


@pytest.mark.parametrize("way", WAYS)
def test_no_step_on_the_way_to_a_new_password_can_be_left_out(way: str, migrated: Path) -> None:
    machine = type("Machine", (WaysIn,), {"way": way, "migrated": migrated})
    run(machine, settings=settings(max_examples=6, stateful_step_count=12, deadline=None, derandomize=True,
                                   database=None, suppress_health_check=list(HealthCheck)))  # fmt: skip
