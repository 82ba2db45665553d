"""What a password manager keeps a user's password under."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from flask_acct.config import Config, Login
from flask_acct.security.credentials import identifier_of
from flask_acct.testing.records import add_account
from flask_acct.values.identifiers import Kind

from ..personas import Personas, settle
from ..scopes import a_scope


def signing_in_with(*identifiers: Kind) -> Config:
    return Config(login=Login(identifiers=identifiers))


def people(config: Config, db: Session, now: datetime) -> Personas:
    return settle(db=db, config=config, now=now)


@pytest.mark.parametrize(
    ("identifiers", "alice", "bob"),
    [
        (("username",), "alice", "bob"),
        (("email",), "alice@example.com", "bob@example.com"),
        (("customer_number", "username"), "9000", "bob"),
        (("customer_number", "email"), "9000", "bob@example.com"),
        (("email", "customer_number"), "alice@example.com", "bob@example.com"),
    ],
)
def test_it_is_the_first_identifier_that_the_user_has(
    identifiers: tuple[Kind, ...], alice: str, bob: str, db: Session, now: datetime
) -> None:
    config = signing_in_with(*identifiers)
    all_ = people(config, db, now)
    found = [identifier_of(a_scope(db, config=config), who, account=all_.account) for who in (all_.alice, all_.bob)]
    assert found == [alice, bob]


def test_of_several_numbers_it_is_that_of_the_account_in_view(db: Session, now: datetime) -> None:
    config = signing_in_with("customer_number")
    all_ = people(config, db, now)
    second = add_account(a_scope(db, now=now), "Second", owner=all_.alice, number="7")
    assert identifier_of(a_scope(db, config=config), all_.alice, account=second) == "7"


def test_the_number_of_somebody_elses_account_is_nobodys_way_in(db: Session, now: datetime) -> None:
    config = signing_in_with("customer_number")
    all_ = people(config, db, now)
    assert identifier_of(a_scope(db, config=config), all_.charlie, account=all_.account) == "9001"
    assert identifier_of(a_scope(db, config=config), all_.bob, account=all_.account) == ""
