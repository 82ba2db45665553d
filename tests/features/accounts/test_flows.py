from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flask_acct import features
from flask_acct.accounts.account_status import set_state
from flask_acct.config import Config, Login
from flask_acct.db.models import Account, OutboxMail, Token, User
from flask_acct.features.accounts.flows import SHOWN, AddressShared, invite, refresh_sign_in_emails
from flask_acct.security import tokens
from flask_acct.testing.records import add_user
from flask_acct.values.keys import Keys

from ...personas import Personas
from ...scopes import a_scope

USERNAME = Config.model_validate({"login": {"identifiers": ["username"]}})


def test_an_invitation_brings_number_and_user_name_in_the_users_language(
    personas: Personas, db: Session, config: Config, keys: Keys, now: datetime
) -> None:
    personas.bob.locale = "es"
    platform = features.platform(
        config.model_copy(
            update={
                "login": Login(identifiers=("username",)),
                "labels": {"es": {"accounts.activation.username": "Usuario: {username}"}},
            }
        )
    )
    mail = invite(a_scope(db, platform=platform, keys=keys, now=now), personas.bob, personas.account)
    db.flush()
    assert mail.locale == "es"
    assert mail.customer_number == "9000"
    assert mail.recipient == "bob@example.com"
    assert mail.slots["details"][1] == "Usuario: bob"
    assert "9000" in mail.slots["details"][0]


def test_the_link_of_an_invitation_works_for_seven_days(
    personas: Personas, db: Session, config: Config, keys: Keys, now: datetime
) -> None:
    mail = invite(a_scope(db, platform=features.platform(config), keys=keys, now=now), personas.bob, personas.account)
    db.flush()
    token = db.scalars(select(Token).where(Token.id == mail.token_id)).one()
    secret = tokens.secret_of(token, keys)
    assert token.about == {"account_id": personas.account.id}
    assert tokens.find(a_scope(db, now=now + timedelta(days=7, seconds=-1)), secret, "activation") is token
    assert tokens.find(a_scope(db, now=now + timedelta(days=7)), secret, "activation") is None


def test_a_second_invitation_makes_the_first_link_worthless(
    personas: Personas, db: Session, config: Config, keys: Keys, now: datetime
) -> None:
    for _ in range(2):
        invite(a_scope(db, platform=features.platform(config), keys=keys, now=now), personas.bob, personas.account)
    db.flush()
    assert len(db.scalars(select(OutboxMail)).all()) == 2
    assert sorted(token.void_at is None for token in db.scalars(select(Token))) == [False, True]


def test_turning_on_sign_in_by_email_fills_it_for_everybody(db: Session, now: datetime) -> None:
    for name in ("ann", "ben"):
        add_user(a_scope(db, config=USERNAME, now=now), f"{name}@example.com", username=name)
    assert refresh_sign_in_emails(a_scope(db, config=Config())) == 2
    assert sorted(db.scalars(select(User.sign_in_email))) == ["ann@example.com", "ben@example.com"]
    assert refresh_sign_in_emails(a_scope(db, config=Config())) == 0


def test_turning_off_sign_in_by_email_clears_it(personas: Personas, db: Session) -> None:
    assert refresh_sign_in_emails(a_scope(db, config=USERNAME)) == 3
    assert set(db.scalars(select(User.sign_in_email))) == {None}


def test_users_who_share_an_email_are_named_before_it_becomes_a_way_to_sign_in(db: Session, now: datetime) -> None:
    for name in ("ann", "ben"):
        add_user(a_scope(db, config=USERNAME, now=now), "both@example.com", username=name)
    with pytest.raises(AddressShared, match=r"both@example\.com: ann, ben"):
        refresh_sign_in_emails(a_scope(db, config=Config()))
    assert set(db.scalars(select(User.sign_in_email))) == {None}


@pytest.mark.parametrize("ways", [("email",), ("username",), ("customer_number",), ("username", "email")])
def test_an_invitation_names_what_its_user_signs_in_with(
    ways: tuple[Any, ...], personas: Personas, db: Session, config: Config, keys: Keys, now: datetime
) -> None:
    platform = features.platform(config.model_copy(update={"login": Login(identifiers=ways)}))
    mail = invite(a_scope(db, platform=platform, keys=keys, now=now), personas.bob, personas.account)
    details = "\n".join(mail.slots["details"])
    assert "9000" in details
    assert ("bob@example.com" in details) is ("email" in ways)
    assert ("bob\n" in f"{details}\n") is ("username" in ways)
    assert mail.slots["username"] == "bob"


@pytest.mark.parametrize(("number", "more"), [(SHOWN, None), (SHOWN + 3, "  … and 3 more addresses")])
def test_addresses_that_are_shared_are_told_with_what_to_do(number: int, more: str | None) -> None:
    told = str(AddressShared({f"a{n}@example.com": ["one", "two"] for n in range(number)})).splitlines()
    assert told[0] == "People sign in by email, and these addresses have several users:"
    assert told[1] == "  a0@example.com: one, two"
    assert told[1 + SHOWN : -1] == ([more] if more else [])
    assert told[-1] == (
        'Give each of these users an address of their own, or take "email" out of [login] identifiers. '
        "Nothing was changed."
    )


def test_an_account_stands_as_it_is_set_and_how_it_stood_is_told(personas: Personas, db: Session) -> None:
    first = set_state(db, personas.account, "suspended")
    assert first.account == personas.account
    assert first.was == "active"
    assert personas.account.state == "suspended"
    db.commit()
    assert set_state(db, personas.account, "closed").was == "suspended"
    db.commit()
    assert personas.account.state == "closed"
    assert personas.other_account.state == "active"


def test_how_an_account_stood_is_what_is_stored_and_not_what_was_read(personas: Personas, db: Session) -> None:
    assert personas.account.state == "active"
    changed = update(Account).where(Account.id == personas.account.id).values(state="closed")
    db.execute(changed, execution_options={"synchronize_session": False})
    assert set_state(db, personas.account, "active").was == "closed"


def test_addresses_that_several_users_share_are_all_named_and_no_others(db: Session, now: datetime) -> None:
    for name, email in (("zoe", "b@example.com"), ("ann", "b@example.com"), ("ben", "a@example.com"),
                        ("eva", "a@example.com"), ("sol", "sol@example.com")):  # fmt: skip
        add_user(a_scope(db, config=USERNAME, now=now), email, username=name)
    with pytest.raises(AddressShared) as told:
        refresh_sign_in_emails(a_scope(db, config=Config()))
    assert list(told.value.shared.items()) == [("a@example.com", ["ben", "eva"]), ("b@example.com", ["zoe", "ann"])]
