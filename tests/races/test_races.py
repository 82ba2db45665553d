"""What must hold when two do the same at the same time, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_acct.config import Config, Limits
from flask_acct.config import Session as SessionConfig
from flask_acct.db.database import Database
from flask_acct.db.models import LimitCount, OutboxMail, PendingRequest, User, UserSession
from flask_acct.features import platform
from flask_acct.features.login import flows as login
from flask_acct.features.password import flows as password
from flask_acct.features.recovery import flows as recovery
from flask_acct.mail import handlers
from flask_acct.security import anonymous_requests, rate_limits, reauthentication, sessions, tokens
from flask_acct.testing import PASSWORD
from flask_acct.values.keys import Keys

from ..personas import Personas, settle
from ..scopes import a_scope
from . import guessing
from .tokens import race

pytestmark = pytest.mark.long

NEW = ("a kettle for the seven swans", "nine lanterns over the harbour")


def all_at_once(number: int, database: Database, act: Callable[[Session, int], object]) -> list[Any]:
    """What each of so many got who did the same at once, each with a session of its own; errors as they are."""
    gate, outcomes = threading.Barrier(number), []

    def run(which: int) -> None:
        gate.wait(30)
        try:
            with database.session() as db:
                outcome = act(db, which)
                db.commit()
        except Exception as error:  # noqa: BLE001 - any error at all is a finding
            outcome = error
        outcomes.append(outcome)

    threads = [threading.Thread(target=run, args=(which,)) for which in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def kinds(outcomes: list[Any]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)


@pytest.fixture
def people(any_database: Database, config: Config, now: datetime) -> Personas:
    with any_database.session() as db:
        return settle(db=db, config=config, now=now)


def sign_in(secret: str, *, config: Config, now: datetime) -> Callable[[Session, int], object]:
    def act(db: Session, _which: int) -> object:
        return login.sign_in(a_scope(db, config=config, now=now), "alice@example.com", secret, network="192.0.2.1")

    return act


@pytest.mark.parametrize("kind", ["database_url", pytest.param("postgres_url", marks=pytest.mark.postgres)])
def test_a_token_spent_by_two_processes_at_once_is_spent_once(request: pytest.FixtureRequest, kind: str) -> None:
    found = race(request.getfixturevalue(kind), 60)
    assert replace(found, seconds=0.0) == type(found)(60, uses=60, losers=60, errors=0, marked=60, seconds=0.0)


def test_fifty_wrong_sign_ins_at_once_are_counted_exactly(
    any_database: Database, people: Personas, now: datetime
) -> None:
    config = Config(limits=Limits(sign_in_failures=100))
    outcomes = all_at_once(50, any_database, sign_in("not my password at all", config=config, now=now))
    with any_database.session() as db:
        counts = set(db.scalars(select(LimitCount.count)))
    assert kinds(outcomes) == Counter(SignInRefused=50)
    assert counts == {50}


def test_sixty_guesses_at_once_are_no_more_than_ten_in_a_row(
    any_database: Database, people: Personas, config: Config, now: datetime
) -> None:
    outcomes = all_at_once(60, any_database, sign_in("not my password at all", config=config, now=now))
    assert kinds(outcomes) == Counter(SignInRefused=10, TooMany=50)


def test_guesses_from_many_networks_at_once_are_no_more_than_a_hundred_in_a_row(
    any_database: Database, people: Personas, now: datetime
) -> None:
    config = Config(limits=Limits(sign_in_failures_anywhere=12))

    def act(db: Session, which: int) -> object:
        how = {"network": f"203.0.113.{which}"}
        return login.sign_in(a_scope(db, config=config, now=now), "alice@example.com", "not my password at all", **how)

    outcomes = all_at_once(40, any_database, act)
    with any_database.session() as db:
        anywhere = db.scalar(select(LimitCount.count).where(LimitCount.key.startswith("sign_in_anywhere:")))
        here = db.scalar(select(func.sum(LimitCount.count)).where(LimitCount.key.startswith("sign_in:")))
    assert kinds(outcomes) == Counter(SignInRefused=12, TooMany=28)
    assert anywhere == 12
    assert here == 12


def test_a_right_guess_among_wrong_ones_at_once_is_let_in_or_told_what_they_are_told(
    any_database: Database, people: Personas, config: Config, now: datetime
) -> None:
    """Nobody can strike out fifteen passwords by sending them together."""

    def act(db: Session, which: int) -> object:
        typed = PASSWORD if which == 0 else "not my password at all"
        found = login.sign_in(a_scope(db, config=config, now=now), "alice@example.com", typed, network="192.0.2.1")
        return (which == 0, type(found).__name__)

    within = Counter(all_at_once(10, any_database, act))
    assert within == Counter({(True, "Welcome"): 1, (False, "SignInRefused"): 9})
    beyond = Counter(all_at_once(24, any_database, act))
    assert {kind for is_right, kind in beyond if is_right} <= {"Welcome", "TooMany"}


def test_current_passwords_guessed_at_once_are_no_more_than_ten_in_a_row(
    any_database: Database, people: Personas, config: Config, now: datetime
) -> None:
    """A session left open is no place to guess a password, not even by many guesses side by side."""

    def act(db: Session, _which: int) -> object:
        alice = db.get_one(User, people.alice.id)
        return reauthentication.prove(a_scope(db, config=config, now=now), alice, "not my password at all")

    assert kinds(all_at_once(40, any_database, act)) == Counter(WrongPassword=10, TooMany=30)


def test_two_processes_share_the_limit(request: pytest.FixtureRequest, database_url: str) -> None:
    found = guessing.race(database_url, 30)
    assert found.verified == 10
    assert found.refused == 50
    assert found.errors == 0


@pytest.mark.postgres
def test_two_processes_share_the_limit_on_postgresql(postgres_url: str) -> None:
    found = guessing.race(postgres_url, 30)
    assert found.verified == 10
    assert found.refused == 50
    assert found.errors == 0


def test_a_pardon_among_guesses_and_sign_ins_deadlocks_nobody(
    any_database: Database, people: Personas, config: Config, now: datetime
) -> None:
    def act(db: Session, which: int) -> object:
        if which % 4 == 0:
            alice = db.get_one(User, people.alice.id)
            return rate_limits.pardon(a_scope(db, config=config), alice)
        typed = PASSWORD if which % 4 == 1 else "not my password at all"
        network = f"2001:db8:7:{which % 3:x}::/64"
        return login.sign_in(a_scope(db, config=config, now=now), "alice@example.com", typed, network=network)

    assert set(kinds(all_at_once(32, any_database, act))) <= {"NoneType", "Welcome", "SignInRefused", "TooMany"}


def test_of_many_right_sign_ins_at_once_no_more_sessions_stay_than_may(
    any_database: Database, people: Personas, now: datetime
) -> None:
    config = Config(session=SessionConfig(most_per_user=3))
    assert kinds(all_at_once(9, any_database, sign_in(PASSWORD, config=config, now=now))) == Counter(Welcome=9)
    with any_database.session() as db:
        assert (db.scalar(select(func.count(UserSession.id))) or 0) <= 3


def test_a_temporary_password_used_by_many_at_once_lets_one_in(
    any_database: Database, people: Personas, config: Config, keys: Keys, now: datetime
) -> None:
    with any_database.transaction() as db:
        token = tokens.issue(
            a_scope(db, keys=keys, now=now), "temporary_password", user=people.alice, lifetime=timedelta(hours=1)
        )
    outcomes = all_at_once(8, any_database, sign_in(tokens.secret_of(token, keys), config=config, now=now))
    assert kinds(outcomes) == Counter(NewPasswordFirst=1, SignInRefused=7)


def test_of_two_changes_of_a_password_at_once_one_has_the_say(
    any_database: Database, people: Personas, config: Config, now: datetime
) -> None:
    with any_database.transaction() as db:
        cookies = [sessions.begin(a_scope(db, now=now), people.alice, people.account.id) for _ in NEW]
    ready = threading.Barrier(2)

    def act(db: Session, which: int) -> object:
        here = sessions.load(a_scope(db, config=config, now=now), cookies[which])
        assert here is not None
        ready.wait(30)
        return password.change(a_scope(db, config=config, now=now), here, PASSWORD, NEW[which], NEW[which])

    outcomes = all_at_once(2, any_database, act)
    with any_database.session() as db:
        left, mails = db.scalar(select(func.count(UserSession.id))), db.scalar(select(func.count(OutboxMail.id)))
    assert kinds(outcomes) == Counter(PasswordChanged=1, WrongPassword=1)
    assert left == 1
    assert mails == 1


def test_a_link_opened_in_two_browsers_sets_one_password(
    any_database: Database, people: Personas, config: Config, keys: Keys, now: datetime
) -> None:
    with any_database.transaction() as db:
        token = tokens.issue(
            a_scope(db, keys=keys, now=now), "password_link", user=people.alice, lifetime=timedelta(hours=1)
        )
    secret = tokens.secret_of(token, keys)

    def act(db: Session, which: int) -> object:
        return password.set_by_link(a_scope(db, config=config, now=now), secret, NEW[which], NEW[which])

    assert kinds(all_at_once(2, any_database, act)) == Counter(PasswordChanged=1, SetPasswordLinkDead=1)


def test_a_session_that_may_set_a_password_sets_one(
    any_database: Database, people: Personas, config: Config, now: datetime
) -> None:
    with any_database.transaction() as db:
        cookie = sessions.begin(a_scope(db, now=now), people.alice, None, purpose="set_password", reason="temporary")
    ready = threading.Barrier(2)

    def act(db: Session, which: int) -> object:
        here = sessions.load(a_scope(db, config=config, now=now), cookie)
        assert here is not None
        ready.wait(30)
        return password.set_in_session(a_scope(db, config=config, now=now), here, NEW[which], NEW[which])

    assert kinds(all_at_once(2, any_database, act)) == Counter(PasswordChanged=1, TooLate=1)


def test_a_request_taken_by_two_workers_brings_one_mail(
    any_database: Database, people: Personas, config: Config, keys: Keys, now: datetime
) -> None:
    with any_database.transaction() as db:
        named = {"email": "alice@example.com"}
        anonymous_requests.remember(
            a_scope(db, config=config, now=now), "recovery.password", named, locale="en", network="192.0.2.1"
        )
        id_ = db.scalar(select(PendingRequest.id))
    whole = platform(config)

    def act(db: Session, _which: int) -> object:
        asked = handlers.claim(a_scope(db, now=now), id_ or 0)
        return asked and recovery.answer_password(a_scope(db, platform=whole, keys=keys, now=now), asked)

    outcomes = all_at_once(4, any_database, act)
    with any_database.session() as db:
        mails = db.scalar(select(func.count(OutboxMail.id)))
    assert sorted(map(str, outcomes)) == ["None", "None", "None", "mailed"]
    assert mails == 1


def test_a_daily_limit_holds_for_requests_answered_at_once(
    any_database: Database, people: Personas, config: Config, keys: Keys, now: datetime
) -> None:
    whole = platform(config)

    def act(db: Session, _which: int) -> object:
        asked = PendingRequest(
            kind="recovery.password",
            named={"email": "alice@example.com"},
            locale="en",
            platform=None,
            created_at=now,
        )
        return recovery.answer_password(a_scope(db, platform=whole, keys=keys, now=now), asked)

    outcomes = all_at_once(9, any_database, act)
    with any_database.session() as db:
        assert db.get(User, people.alice.id) is not None
    assert Counter(map(str, outcomes)) == Counter(mailed=5, too_many=4)
