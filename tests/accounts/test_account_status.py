from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from flask_acct.accounts.account_status import state_of
from flask_acct.config import Config
from flask_acct.security import sessions
from flask_acct.security.sessions import CurrentSession

from ..personas import Personas
from ..scopes import a_scope


@pytest.fixture
def present(personas: Personas, db: Session, config: Config, now: datetime) -> CurrentSession:
    """Alice, signed in and looking at her account."""
    secret = sessions.begin(a_scope(db, now=now), personas.alice, personas.account.id)
    db.flush()
    found = sessions.load(a_scope(db, config=config, now=now), secret)
    assert found
    return found


def test_an_active_account_is_open(present: CurrentSession, config: Config, now: datetime) -> None:
    assert state_of(present, config, now) == "open"


@pytest.mark.parametrize("state", ["suspended", "closed"])
def test_a_suspended_or_closed_account_shows_its_page(
    present: CurrentSession, personas: Personas, config: Config, now: datetime, state: str
) -> None:
    personas.account.state = state
    personas.account.plan_expires_on = date(2020, 1, 1)
    assert state_of(present, config, now) == state


def test_a_user_without_an_account_is_told_so(present: CurrentSession, config: Config, now: datetime) -> None:
    assert state_of(replace(present, membership=None, account=None), config, now) == "none"


@pytest.mark.parametrize(
    ("zone", "hour", "state"),
    [
        ("UTC", 23, "open"),
        ("UTC", 24, "expired"),
        ("America/Argentina/Buenos_Aires", 26, "open"),
        ("America/Argentina/Buenos_Aires", 27, "expired"),
        ("Asia/Tokyo", 14, "open"),
        ("Asia/Tokyo", 15, "expired"),
    ],
)
def test_a_plan_is_good_until_its_last_day_is_over_where_the_site_is(
    present: CurrentSession, personas: Personas, zone: str, hour: int, state: str
) -> None:
    personas.account.plan_expires_on = date(2026, 3, 4)
    config = Config.model_validate({"site": {"time_zone": zone}})
    moment = datetime(2026, 3, 4, tzinfo=UTC) + timedelta(hours=hour)
    assert state_of(present, config, moment) == state
