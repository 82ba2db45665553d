"""Whose an account is, and which accounts are somebody's own."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.db import owners
from flask_acct.db.models import Account, Membership, User
from flask_acct.testing.records import add_member

from ..personas import Personas, settle
from ..scopes import a_scope


@pytest.fixture
def people(db: Session, config: Config, now: datetime) -> Personas:
    """Alice and Charlie own an account each, and Bob is in both."""
    made = settle(db=db, config=config, now=now)
    add_member(a_scope(db, now=now), made.bob, made.other_account)
    return made


def test_the_owner_of_an_account_is_found_among_its_users(db: Session, people: Personas) -> None:
    assert db.scalars(owners.owner_of(people.account.id)).all() == [people.alice]


def test_the_place_of_the_owner_is_theirs_in_this_account(db: Session, people: Personas) -> None:
    place = db.scalars(owners.place_in(people.other_account.id)).one()
    assert place.user == people.charlie
    assert place.account == people.other_account


def test_what_somebody_was_let_into_is_not_their_own(db: Session, people: Personas) -> None:
    assert db.scalars(owners.owned_by(people.bob.id)).all() == []
    assert db.scalars(owners.owned_by(people.charlie.id)).all() == [people.other_account]


def test_the_customer_numbers_of_an_owner_are_those_of_their_accounts(db: Session, people: Personas) -> None:
    assert db.scalars(owners.numbers_of(people.alice.id)).all() == ["9000"]


def test_a_customer_number_names_one_owner(db: Session, people: Personas) -> None:
    assert db.scalars(owners.owners().where(Account.number == "9001")).all() == [people.charlie.id]


def test_a_place_joined_to_its_user_and_account_is_the_owners(db: Session, people: Personas) -> None:
    found = select(User.username, Account.number).join(Membership, Membership.user_id == User.id)
    rows = db.execute(found.join(Account, owners.OWNS).order_by(Account.number)).all()
    assert [tuple(row) for row in rows] == [("alice", "9000"), ("charlie", "9001")]
