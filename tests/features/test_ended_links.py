"""What ends the worth of secrets that were mailed: every purpose, by every act that ends it. Source: ASVS 6.5.1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

import pytest

from flask_acct.db.models import User
from flask_acct.features.password import flows as password
from flask_acct.features.profile import flows as profile
from flask_acct.security import tokens
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .conftest import House

PURPOSES: tuple[tokens.Purpose, ...] = get_args(tokens.Purpose)
OWN = {purpose for purpose in PURPOSES if purpose not in tokens.TO_NEW_ADDRESS}
"""Mailed to the user's own address."""


def mail_one_of_each(home: House) -> dict[tokens.Purpose, str]:
    hour, alice = timedelta(hours=1), home.people.alice
    issued = {purpose: tokens.issue(home.scope, purpose, user=alice, lifetime=hour) for purpose in PURPOSES}
    home.db.commit()
    return {purpose: tokens.secret_of(token, home.keys) for purpose, token in issued.items()}


def alive(home: House, secrets: dict[tokens.Purpose, str]) -> set[tokens.Purpose]:
    return {purpose for purpose, secret in secrets.items() if tokens.find(home.scope, secret, purpose) is not None}


def sign_in(home: House) -> None:
    home.sign_in("alice@example.com")


def change_password(home: House) -> None:
    here = home.present(home.begin(home.people.alice))
    done = password.change(home.scope, here, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    assert isinstance(done, password.PasswordChanged)


def rename(home: House) -> None:
    here = home.present(home.begin(home.people.alice))
    done = profile.rename(home.scope, here, "alicia", PASSWORD)
    assert isinstance(done, profile.IdentifierChanged)


def have_another_address(home: House) -> None:
    alice = home.db.get_one(User, home.people.alice.id)
    alice.email = alice.email_key = "alicia@example.com"
    home.db.flush()


OBJECTION: set[tokens.Purpose] = {"keep_address"}
"""Whoever has taken an account over signs in and changes its password; its owner can object all the same."""

ENDS: dict[Callable[[House], None], set[tokens.Purpose]] = {
    sign_in: OWN - OBJECTION,
    change_password: (OWN | {"email_change"}) - OBJECTION,
    rename: OWN - OBJECTION,
    have_another_address: OWN,
}


@pytest.mark.parametrize("act", ENDS, ids=lambda act: act.__name__)
def test_what_a_user_does_ends_the_links_that_are_open(house: Any, act: Callable[[House], None]) -> None:
    home = house()
    secrets = mail_one_of_each(home)
    before = alive(home, secrets)
    act(home)
    assert before == set(PURPOSES)
    assert set(secrets) - alive(home, secrets) == ENDS[act]


def test_a_newer_one_ends_the_older_of_its_purpose_and_leaves_an_invitation(house: Any) -> None:
    """Of invitations many are open, each to somebody else."""
    home = house()
    older, newer = mail_one_of_each(home), mail_one_of_each(home)
    assert alive(home, older) == {"invitation"}
    assert alive(home, newer) == set(PURPOSES)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_one_that_was_used_is_used_up(house: Any, purpose: tokens.Purpose) -> None:
    home = house()
    secrets = mail_one_of_each(home)
    spent = [tokens.spend(home.scope, secrets[purpose], purpose) is not None for _ in range(2)]
    assert spent == [True, False]
    assert alive(home, secrets) == set(PURPOSES) - {purpose}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_it_works_to_the_last_second_of_its_time(house: Any, purpose: tokens.Purpose) -> None:
    home = house()
    secrets = mail_one_of_each(home)
    home.later(minutes=59, seconds=59)
    before = purpose in alive(home, secrets)
    home.later(seconds=1)
    assert before
    assert tokens.spend(home.scope, secrets[purpose], purpose) is None


@pytest.mark.parametrize("purpose", PURPOSES)
def test_it_is_spent_for_its_own_purpose_alone(house: Any, purpose: tokens.Purpose) -> None:
    home = house()
    secret = mail_one_of_each(home)[purpose]
    others = [other for other in PURPOSES if other != purpose]
    assert [tokens.spend(home.scope, secret, other) for other in others] == [None] * len(others)
    assert tokens.find(home.scope, secret, purpose) is not None
