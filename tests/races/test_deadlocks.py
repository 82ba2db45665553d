"""Whatever is done to one user at the same time, nobody waits for somebody who waits for them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from flask_acct.config import Config, Profile
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import Account, Membership, PendingRequest, User
from flask_acct.features import platform
from flask_acct.features.login import flows as login
from flask_acct.features.members import flows as members
from flask_acct.features.password import flows as password
from flask_acct.features.profile import flows as profile
from flask_acct.platform import Platform
from flask_acct.security import sessions, tokens
from flask_acct.testing.records import PASSWORD, password_hash

from ..personas import Personas, settle
from ..scopes import KEYS, a_scope

pytestmark = pytest.mark.long

CONFIG = Config(profile=Profile(username_changes=True))
EDITION: Platform = platform(CONFIG)
ROUNDS = 25

Act = Callable[[Session, Personas, datetime, int], object]


def _here(db: Session, people: Personas, now: datetime) -> sessions.CurrentSession:
    cookie = sessions.begin(a_scope(db, now=now), people.bob, people.account.id)
    db.commit()
    found = sessions.load(a_scope(db, config=CONFIG, now=now), cookie)
    assert found is not None
    return found


def _secret(purpose: tokens.Purpose, db: Session, people: Personas, now: datetime, **how: Any) -> str:
    user = db.get_one(User, people.bob.id)
    token = tokens.issue(a_scope(db, keys=KEYS, now=now), purpose, user=user, lifetime=timedelta(hours=1), **how)
    db.commit()
    return tokens.secret_of(token, KEYS)


def rename(db: Session, people: Personas, now: datetime, which: int) -> object:
    return profile.rename(a_scope(db, config=CONFIG, now=now), _here(db, people, now), f"bob{which}", PASSWORD)


def set_by_link(db: Session, people: Personas, now: datetime, _which: int) -> object:
    secret = _secret("password_link", db, people, now)
    found = password.set_by_link(a_scope(db, config=CONFIG, now=now), secret, *[f"{PASSWORD} once more"] * 2)
    # So that the others can go on with the old one.
    db.query(User).where(User.id == people.bob.id).update({"password_hash": password_hash()})
    return found


def sign_in(db: Session, people: Personas, now: datetime, which: int) -> object:
    user = db.get_one(User, people.bob.id)
    return login.sign_in(a_scope(db, config=CONFIG, now=now), user.email, PASSWORD, network=f"192.0.2.{which}")


def confirm(db: Session, people: Personas, now: datetime, which: int) -> object:
    here, to = _here(db, people, now), f"bob{which}@new.example"
    secret = _secret("email_change", db, people, now, address=to, about={"email": to})
    return profile.confirm_email(a_scope(db, config=CONFIG, now=now), secret, here)


def remove(db: Session, people: Personas, now: datetime, _which: int) -> object:
    account, owner = db.get_one(Account, people.account.id), db.get_one(User, people.alice.id)
    found = members.remove(a_scope(db, platform=EDITION, now=now), account, people.bob.id, by=owner)
    db.commit()
    db.add(Membership(user_id=people.bob.id, account_id=account.id, permissions=[], created_at=now))
    return found


def answer(db: Session, people: Personas, now: datetime, which: int) -> object:
    """The worker's half of a change of address."""
    named = {"user": str(people.bob.id), "email": f"bob{which}@other.example"}
    asked = PendingRequest(kind="profile.email", named=named, reference="R", locale="en", created_at=now)
    return profile.answer_email(a_scope(db, platform=EDITION, keys=KEYS, now=now), asked)


LOTS: tuple[tuple[Act, ...], ...] = (
    (rename, set_by_link, sign_in, confirm),
    (remove, confirm, rename, answer),
    (set_by_link, answer, sign_in, remove),
    (rename, rename, set_by_link, set_by_link),
)


@pytest.mark.parametrize("lot", LOTS)
@pytest.mark.postgres
def test_changes_of_one_user_at_once_wait_for_each_other_in_one_order(
    postgres_url: str, now: datetime, lot: tuple[Act, ...]
) -> None:
    database = Database(open_engine(postgres_url))
    with database.session() as db:
        people = settle(db=db, config=CONFIG, now=now)
    gate, errors = threading.Barrier(len(lot)), Counter[str]()

    def run(act: Act, first: int) -> None:
        gate.wait(30)
        for turn in range(ROUNDS):
            try:
                with database.session() as db:
                    act(db, people, now, first * ROUNDS + turn)
                    db.commit()
            except Exception as error:  # noqa: BLE001 - any error at all is a finding
                errors[f"{act.__name__}: {type(getattr(error, 'orig', error)).__name__}"] += 1

    threads = [threading.Thread(target=run, args=(act, number)) for number, act in enumerate(lot)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    database.engine.dispose()
    assert {what: number for what, number in errors.items() if "Deadlock" in what} == {}
    assert {what for what in errors if "IntegrityError" not in what and "UniqueViolation" not in what} == set()
