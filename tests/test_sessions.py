"""When a session ends, to the second."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from flask_acct import sessions
from flask_acct.config import Config
from flask_acct.models import SignedIn
from flask_acct.sessions import TOUCH_EVERY

from .personas import Personas

SECOND = timedelta(seconds=1)


@pytest.fixture
def cookie(personas: Personas, db: Session, now: datetime) -> str:
    return sessions.begin(personas.alice, personas.account.id, db=db, now=now)


def test_it_ends_when_nothing_has_happened_for_long_enough(
    cookie: str, db: Session, config: Config, now: datetime
) -> None:
    end = now + timedelta(minutes=config.session.idle_minutes) + TOUCH_EVERY
    found = [sessions.load(cookie, db=db, config=config, now=at) is None for at in (end - SECOND, end, end + SECOND)]
    assert found == [False, True, True]


def test_its_use_is_written_once_it_is_old_enough_and_never_backwards(
    cookie: str, db: Session, config: Config, now: datetime
) -> None:
    here = sessions.load(cookie, db=db, config=config, now=now)
    assert here is not None
    asked = [sessions.needs_touch(here.session, now=now + after) for after in (TOUCH_EVERY - SECOND, TOUCH_EVERY)]
    used = []
    for at in (now + TOUCH_EVERY, now + SECOND):
        sessions.touch(here.session.id, db=db, now=at)
        db.expire_all()
        used.append(db.get_one(SignedIn, here.session.id).last_used_at)
    assert (asked, used) == ([False, True], [now + TOUCH_EVERY] * 2)


def test_the_use_of_one_session_is_not_that_of_another(
    cookie: str, personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    other = sessions.begin(personas.alice, None, db=db, now=now)
    here = sessions.load(cookie, db=db, config=config, now=now)
    assert here is not None
    sessions.touch(here.session.id, db=db, now=now + TOUCH_EVERY)
    db.expire_all()
    found = sessions.load(other, db=db, config=config, now=now)
    assert found is not None
    assert found.session.last_used_at == now
