"""Somebody who is signed in gives their password once more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.db.models import User
from flask_acct.security import limits, reauthentication
from flask_acct.security.limits import TooMany
from flask_acct.security.reauthentication import WrongPassword
from flask_acct.testing import PASSWORD

from ..personas import Personas
from ..scopes import a_scope

CONFIG = Config.model_validate({"limits": {"sign_in_failures": 3}})


def failed(user: User, db: Session) -> int:
    key = reauthentication.tries(user)
    found = limits.states_of(db, [key]).get(key)
    return found.count if found else 0


def test_their_own_password_is_nothing_to_complain_about(personas: Personas, db: Session, now: datetime) -> None:
    assert reauthentication.prove(a_scope(db, config=CONFIG, now=now), personas.alice, PASSWORD) is None
    assert failed(personas.alice, db) == 0


def test_another_one_is_wrong_and_counts_for_its_user_alone(personas: Personas, db: Session, now: datetime) -> None:
    wrong = reauthentication.prove(a_scope(db, config=CONFIG, now=now), personas.alice, "something else")
    assert wrong == WrongPassword()
    assert [failed(user, db) for user in (personas.alice, personas.bob)] == [1, 0]


def test_a_right_one_leaves_the_failures_before_it_to_whoever_was_asked_for(
    personas: Personas, db: Session, now: datetime
) -> None:
    for typed in ("something else", PASSWORD):
        reauthentication.prove(a_scope(db, config=CONFIG, now=now), personas.alice, typed)
    assert failed(personas.alice, db) == 1


def test_after_too_many_the_right_one_has_to_wait_too(personas: Personas, db: Session, now: datetime) -> None:
    for _ in range(3):
        reauthentication.prove(a_scope(db, config=CONFIG, now=now), personas.alice, "something else")
    waits = reauthentication.prove(a_scope(db, config=CONFIG, now=now), personas.alice, PASSWORD)
    assert waits == TooMany(limits.FIRST_WAIT)
    after = now + limits.FIRST_WAIT
    assert reauthentication.prove(a_scope(db, config=CONFIG, now=after), personas.alice, PASSWORD) is None


def test_a_user_without_a_password_has_no_right_one(personas: Personas, db: Session, now: datetime) -> None:
    personas.alice.password_hash = None
    db.commit()
    assert reauthentication.prove(a_scope(db, config=CONFIG, now=now), personas.alice, "") == WrongPassword()


def test_a_try_is_counted_even_if_what_it_was_for_is_undone(personas: Personas, db: Session, now: datetime) -> None:
    reauthentication.prove(a_scope(db, config=CONFIG, now=now), personas.alice, "something else")
    db.rollback()
    assert failed(personas.alice, db) == 1
