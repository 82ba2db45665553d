"""When a session ends, to the second; what is stored of it, and which account it looks at."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.db.models import Transfer, User, UserSession
from flask_acct.db.writes import run
from flask_acct.features import platform
from flask_acct.security import sessions
from flask_acct.security.sessions import TOUCH_EVERY
from flask_acct.security.tokens import digest
from flask_acct.testing.records import add_account, add_member

from ..personas import Personas
from ..scopes import a_scope

SECOND = timedelta(seconds=1)


@pytest.fixture
def cookie(personas: Personas, db: Session, now: datetime) -> str:
    return sessions.begin(a_scope(db, now=now), personas.alice, personas.account.id)


def test_it_ends_when_nothing_has_happened_for_long_enough(
    cookie: str, db: Session, config: Config, now: datetime
) -> None:
    end = now + timedelta(minutes=config.session.idle_minutes) + TOUCH_EVERY
    found = [
        sessions.load(a_scope(db, config=config, now=at), cookie) is None for at in (end - SECOND, end, end + SECOND)
    ]
    assert found == [False, True, True]


def test_its_use_is_written_once_it_is_old_enough_and_never_backwards(
    cookie: str, db: Session, config: Config, now: datetime
) -> None:
    here = sessions.load(a_scope(db, config=config, now=now), cookie)
    assert here is not None
    asked = [sessions.needs_touch(here.session, now + after) for after in (TOUCH_EVERY - SECOND, TOUCH_EVERY)]
    used = []
    for at in (now + TOUCH_EVERY, now + SECOND):
        sessions.touch(a_scope(db, now=at), here.session.id)
        db.expire_all()
        used.append(db.get_one(UserSession, here.session.id).last_used_at)
    assert asked == [False, True]
    assert used == [now + TOUCH_EVERY] * 2


def test_the_use_of_one_session_is_not_that_of_another(
    cookie: str, personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    other = sessions.begin(a_scope(db, now=now), personas.alice, None)
    here = sessions.load(a_scope(db, config=config, now=now), cookie)
    assert here is not None
    sessions.touch(a_scope(db, now=now + TOUCH_EVERY), here.session.id)
    db.expire_all()
    found = sessions.load(a_scope(db, config=config, now=now), other)
    assert found is not None
    assert found.session.last_used_at == now


def row(secret: str, db: Session) -> UserSession:
    """What is stored of the session now."""
    db.expire_all()
    return db.scalars(select(UserSession).where(UserSession.digest == digest(secret))).one()


def is_there(secret: str, db: Session) -> bool:
    return db.scalar(select(UserSession.id).where(UserSession.digest == digest(secret))) is not None


# --- What is stored of one ------------------------------------------------------------------------------------------


def test_one_begins_proven_and_open_to_everything(cookie: str, personas: Personas, db: Session, now: datetime) -> None:
    begun = row(cookie, db)
    assert begun.user_id == personas.alice.id
    assert begun.account_id == personas.account.id
    assert begun.created_at == begun.last_used_at == begun.authenticated_at == now
    assert begun.purpose == "full"
    assert begun.reason is None
    assert begun.opened_with is None
    assert begun.user_agent == ""


def test_what_it_was_begun_for_is_stored(personas: Personas, db: Session, now: datetime) -> None:
    secret = sessions.begin(
        a_scope(db, now=now), personas.alice, None, purpose="set_password", reason="temporary", opened_with="3f9a"
    )
    begun = row(secret, db)
    assert begun.account_id is None
    assert begun.purpose == "set_password"
    assert begun.reason == "temporary"
    assert begun.opened_with == "3f9a"


def test_a_secret_has_256_bits_and_is_never_the_same(personas: Personas, db: Session, now: datetime) -> None:
    made = {sessions.begin(a_scope(db, now=now), personas.alice, None) for _ in range(20)}
    assert {len(secret) for secret in made} == {43}
    assert len(made) == 20


def test_of_a_long_user_agent_200_characters_are_kept(personas: Personas, db: Session, now: datetime) -> None:
    secret = sessions.begin(a_scope(db, now=now), personas.alice, None, user_agent="a" * 200 + "b")
    assert row(secret, db).user_agent == "a" * 200


# --- When it ends ---------------------------------------------------------------------------------------------------


def test_it_ends_however_much_it_is_used(
    cookie: str, personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    end = now + timedelta(hours=config.session.absolute_hours)
    sessions.touch(a_scope(db, now=end - SECOND), row(cookie, db).id)
    db.expire_all()
    assert sessions.load(a_scope(db, config=config, now=end - SECOND), cookie)
    assert sessions.load(a_scope(db, config=config, now=end), cookie) is None


def test_one_that_may_only_set_a_password_ends_after_twenty_minutes(
    personas: Personas, db: Session, now: datetime
) -> None:
    config = Config.model_validate({"session": {"idle_minutes": 60}})
    secret = sessions.begin(a_scope(db, now=now), personas.alice, None, purpose="set_password")
    end = now + timedelta(minutes=20)
    assert sessions.load(a_scope(db, config=config, now=end - SECOND), secret)
    assert sessions.load(a_scope(db, config=config, now=end), secret) is None


def test_a_password_proves_for_some_minutes(cookie: str, db: Session, config: Config, now: datetime) -> None:
    end = now + timedelta(minutes=config.session.reauthenticate_minutes)
    found = [sessions.is_proven(row(cookie, db), config, at) for at in (end - SECOND, end)]
    assert found == [True, False]


def test_a_password_proves_one_session(cookie: str, personas: Personas, db: Session, now: datetime) -> None:
    other = sessions.begin(a_scope(db, now=now), personas.alice, None)
    sessions.prove(a_scope(db, now=now + SECOND), row(cookie, db).id)
    assert row(cookie, db).authenticated_at == now + SECOND
    assert row(other, db).authenticated_at == now


def test_one_is_ended_and_the_others_are_not(cookie: str, personas: Personas, db: Session, now: datetime) -> None:
    other = sessions.begin(a_scope(db, now=now), personas.alice, None)
    sessions.end(db, row(cookie, db).id)
    assert [is_there(secret, db) for secret in (cookie, other)] == [False, True]


def test_all_of_one_user_are_ended_but_one(cookie: str, personas: Personas, db: Session, now: datetime) -> None:
    other = sessions.begin(a_scope(db, now=now), personas.alice, None)
    bobs = sessions.begin(a_scope(db, now=now), personas.bob, None)
    sessions.end_all(db, personas.alice, except_id=row(other, db).id)
    assert [is_there(secret, db) for secret in (cookie, other, bobs)] == [False, True, True]
    sessions.end_all(db, personas.alice)
    assert [is_there(secret, db) for secret in (other, bobs)] == [False, True]


def test_the_one_used_longest_ago_makes_room(personas: Personas, db: Session, now: datetime) -> None:
    config = Config.model_validate({"session": {"most_per_user": 3}})
    secrets = [sessions.begin(a_scope(db, now=now + after * SECOND), personas.alice, None) for after in range(4)]
    bobs = sessions.begin(a_scope(db, now=now), personas.bob, None)
    sessions.touch(a_scope(db, now=now + 9 * SECOND), row(secrets[0], db).id)
    run(db, [sessions.making_room(a_scope(db, config=config), personas.alice)])
    assert [is_there(secret, db) for secret in (*secrets, bobs)] == [True, False, False, True, True]


def test_of_two_used_at_the_same_time_the_older_one_makes_room(personas: Personas, db: Session, now: datetime) -> None:
    config = Config.model_validate({"session": {"most_per_user": 2}})
    secrets = [sessions.begin(a_scope(db, now=now), personas.alice, None) for _ in range(2)]
    run(db, [sessions.making_room(a_scope(db, config=config), personas.alice)])
    assert [is_there(secret, db) for secret in secrets] == [False, True]


@pytest.mark.parametrize("ends_by", ["idle", "absolute"])
def test_a_row_is_forgotten_when_it_has_ended_and_not_before(
    ends_by: str, cookie: str, personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    limits = config.session
    end = now + timedelta(minutes=limits.idle_minutes) + TOUCH_EVERY
    if ends_by == "absolute":
        end = now + timedelta(hours=limits.absolute_hours)
        sessions.touch(a_scope(db, now=end - SECOND), row(cookie, db).id)
    kept = []
    for at in (end - SECOND, end):
        sessions.forget_ended(a_scope(db, platform=platform(config), now=at))
        kept.append(is_there(cookie, db))
    assert kept == [True, False]


# --- Which account it looks at --------------------------------------------------------------------------------------


def test_one_session_looks_at_another_account(cookie: str, personas: Personas, db: Session, now: datetime) -> None:
    other = sessions.begin(a_scope(db, now=now), personas.alice, personas.account.id)
    sessions.enter_account(db, row(cookie, db).id, personas.other_account.id)
    assert row(cookie, db).account_id == personas.other_account.id
    assert row(other, db).account_id == personas.account.id


@pytest.fixture
def bobs(personas: Personas, db: Session, now: datetime) -> str:
    """Bob's session, which looks at Alice's account."""
    return sessions.begin(a_scope(db, now=now), personas.bob, personas.account.id)


def place(who: User, number: str, *, db: Session, now: datetime, owner: User | None = None, state: str = "") -> int:
    """A place in one account more, of their own unless it has another owner. Returns the account's id."""
    made = add_account(a_scope(db, now=now), f"Account {number}", owner=owner or who, number=number)
    if owner:
        add_member(a_scope(db, now=now), who, made)
    made.state = state or made.state
    db.flush()
    return made.id


def test_who_has_no_other_account_looks_at_none(bobs: str, personas: Personas, db: Session) -> None:
    sessions.leave_account(db, personas.bob.id, personas.account.id)
    assert row(bobs, db).account_id is None


def test_another_account_is_looked_at_by_none_but_the_user(
    bobs: str, cookie: str, personas: Personas, db: Session, now: datetime
) -> None:
    own = place(personas.bob, "9002", db=db, now=now)
    sessions.leave_account(db, personas.bob.id, personas.account.id)
    assert row(bobs, db).account_id == own
    assert row(cookie, db).account_id == personas.account.id


def test_a_session_that_looks_elsewhere_already_goes_on_doing_so(
    personas: Personas, db: Session, now: datetime
) -> None:
    place(personas.bob, "9002", db=db, now=now)
    second = place(personas.bob, "9003", db=db, now=now)
    secret = sessions.begin(a_scope(db, now=now), personas.bob, second)
    sessions.leave_account(db, personas.bob.id, personas.account.id)
    assert row(secret, db).account_id == second


def test_an_active_account_is_looked_at_before_an_own_one_that_is_suspended(
    bobs: str, personas: Personas, db: Session, now: datetime
) -> None:
    place(personas.bob, "9002", db=db, now=now, state="suspended")
    active = place(personas.bob, "9003", db=db, now=now, owner=personas.charlie)
    sessions.leave_account(db, personas.bob.id, personas.account.id)
    assert row(bobs, db).account_id == active


def test_an_own_account_is_looked_at_before_an_older_place(
    bobs: str, personas: Personas, db: Session, now: datetime
) -> None:
    place(personas.bob, "9002", db=db, now=now, owner=personas.charlie)
    own = place(personas.bob, "9003", db=db, now=now)
    sessions.leave_account(db, personas.bob.id, personas.account.id)
    assert row(bobs, db).account_id == own


def test_of_two_own_accounts_the_older_place_is_looked_at(
    bobs: str, personas: Personas, db: Session, now: datetime
) -> None:
    first = place(personas.bob, "9003", db=db, now=now)
    place(personas.bob, "9002", db=db, now=now)
    sessions.leave_account(db, personas.bob.id, personas.account.id)
    assert row(bobs, db).account_id == first


def test_whether_there_is_an_account_to_switch_to_is_known(
    bobs: str, personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    found = sessions.load(a_scope(db, config=config, now=now), bobs)
    assert found is not None
    assert found.account is personas.account
    assert found.membership is not None
    assert not found.has_others
    place(personas.bob, "9002", db=db, now=now)
    found = sessions.load(a_scope(db, config=config, now=now), bobs)
    assert found is not None
    assert found.has_others


def test_whether_somebody_offers_them_an_account_is_known_while_the_offer_stands(
    bobs: str, cookie: str, personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    offer = Transfer(account_id=personas.account.id, from_id=personas.alice.id, to_id=personas.bob.id, keeps=[],
                     created_at=now, expires_at=now + SECOND)  # fmt: skip
    db.add(offer)
    db.flush()
    first, later = a_scope(db, config=config, now=now), a_scope(db, config=config, now=now + SECOND)
    seen = [sessions.load(first, bobs), sessions.load(first, cookie), sessions.load(later, bobs)]
    assert [here and here.is_offered for here in seen] == [True, False, False]
    offer.state = "declined"
    db.flush()
    here = sessions.load(first, bobs)
    assert here is not None
    assert not here.is_offered
