"""Hosts' own code at the same moment: one address is one user's, one pending sign-in one session."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_acct.accounts import registration
from flask_acct.config import Config
from flask_acct.db.database import Database, begin_writing
from flask_acct.db.models import User, UserSession
from flask_acct.security import admission
from flask_acct.testing.records import add_user

from ..scopes import NOON, a_scope

pytestmark = pytest.mark.long

CONFIG = Config()
AT_ONCE = 8


def at_once(database: Database, act: Callable[[Session, int], Any]) -> Counter[Any]:
    """What came of it when so many did it in the same moment, each in a transaction of its own."""
    gate, told, errors = threading.Barrier(AT_ONCE), Counter[Any](), list[Exception]()

    def run(number: int) -> None:
        gate.wait()
        try:
            with database.session() as db:
                begin_writing(db)
                told[act(db, number)] += 1
                db.commit()
        except Exception as error:  # noqa: BLE001 - any error at all is a finding
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return told


def test_an_address_is_one_users(any_database: Database) -> None:
    def add(db: Session, _number: int) -> Any:
        made = registration.new_user("zoe@example.com", CONFIG, NOON)
        return registration.add(a_scope(db, config=CONFIG, now=NOON), made, is_named=False)

    assert at_once(any_database, add) == {None: 1, "email": AT_ONCE - 1}


def test_a_name_that_was_made_is_found_anew_when_others_take_it(any_database: Database) -> None:
    def add(db: Session, number: int) -> Any:
        made = registration.new_user(f"zoe@{number}.example", CONFIG, NOON)
        return registration.add(a_scope(db, config=CONFIG, now=NOON), made, is_named=False)

    assert at_once(any_database, add) == {None: AT_ONCE}
    with any_database.session() as db:
        assert db.scalar(select(func.count(func.distinct(User.username_key)))) == AT_ONCE


def test_a_pending_sign_in_is_completed_once(any_database: Database) -> None:
    with any_database.transaction() as db:
        alice = add_user(a_scope(db, config=CONFIG, now=NOON), "alice@example.com", username="alice")
        secret = admission.hold_pending(a_scope(db, now=NOON), alice, "/code").secret

    def complete(db: Session, _number: int) -> bool:
        return admission.complete(a_scope(db, config=CONFIG, now=NOON), secret, db.get_one(User, alice.id)) is not None

    assert at_once(any_database, complete) == {True: 1, False: AT_ONCE - 1}
    with any_database.session() as db:
        assert [one.purpose for one in db.scalars(select(UserSession))] == ["full"]
