"""Secrets that travel by mail: what each opens, for how long, and what makes it worthless."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.db.models import Token, User
from flask_acct.features import platform
from flask_acct.security import tokens
from flask_acct.security.tokens import ALPHABET, Purpose
from flask_acct.values.keys import KeyLost, Keys

from ..personas import Personas
from ..scopes import a_scope

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
Issue = Callable[..., Token]


@pytest.fixture
def issue(personas: Personas, db: Session, keys: Keys, now: datetime) -> Issue:
    """A token that is good for an hour, Alice's unless told otherwise."""

    def issue(purpose: Purpose = "password_link", user: User = personas.alice, address: str | None = None) -> Token:
        return tokens.issue(a_scope(db, keys=keys, now=now), purpose, user=user, lifetime=HOUR, address=address)

    return issue


def again(token: Token, db: Session) -> Token:
    """What is stored of it now."""
    db.expire_all()
    return db.get_one(Token, token.id)


# --- The secret -----------------------------------------------------------------------------------------------------


def test_the_secret_of_a_link_has_256_bits_in_letters_and_digits(issue: Issue, keys: Keys) -> None:
    secret = tokens.secret_of(issue(), keys)
    assert len(secret) == 43
    assert secret.isascii()
    assert secret.isalnum()


def test_a_temporary_password_is_of_characters_that_are_not_mistaken(issue: Issue, keys: Keys) -> None:
    secret = tokens.secret_of(issue("temporary_password"), keys)
    assert len(secret) == 20
    assert set(secret) <= set(ALPHABET)
    assert not set(ALPHABET) & set("0O1lI")


def test_secrets_are_what_mails_that_were_sent_before_an_update_say() -> None:
    key = b"an-example-key"
    made = [tokens._derive(key, "00ff", purpose) for purpose in ("password_link", "activation", "temporary_password")]
    assert made == [
        "npzWUDvaPLvSfqnx2tGCnaluwcIdoAEQMUH6ihdGqUM",
        "RlhnMZHi3nP0hlTtMb9uNVCa9Me3BzIq4wadQbCHot3",
        "d6F2EuxwYdhXP9jYWchH",
    ]


def test_a_secret_comes_from_the_key_its_id_and_its_purpose_and_is_stored_nowhere(issue: Issue, keys: Keys) -> None:
    token = issue()
    assert tokens.secret_of(token, keys) == tokens._derive(keys.current, token.id, "password_link")
    assert token.digest == tokens.digest(tokens.secret_of(token, keys))
    assert len(token.id) == 32


def test_a_secret_that_waits_is_found_with_a_key_that_was_replaced(issue: Issue, keys: Keys) -> None:
    token = issue()
    later = Keys.of("another key", [keys.current])
    assert later.current == b"another key"
    assert tokens.secret_of(token, later) == tokens.secret_of(token, keys)


def test_a_key_that_is_gone_is_told_with_what_to_do(issue: Issue) -> None:
    with pytest.raises(KeyLost, match=r"^A mail waits whose SECRET_KEY is gone\. Add the old key to SECRET_KEY"):
        tokens.secret_of(issue(), Keys.of("another key"))


def test_a_secret_is_known_whatever_was_pasted_around_it(issue: Issue, db: Session, keys: Keys, now: datetime) -> None:
    token = issue()
    secret = tokens.secret_of(token, keys)
    for pasted in (f" {secret}\n", f"<{secret}>.", f"{secret[:20]}=\r\n{secret[20:]}", f"\u200b{secret}ñ"):
        assert tokens.find(a_scope(db, now=now), pasted, "password_link") is token
        assert tokens.find_any(db, pasted, "password_link") is token
        assert tokens.exists(db, pasted, "password_link")
        assert tokens.is_mailed(db, pasted)


@pytest.mark.parametrize("typed", ["", "a", "x" * 20, "x" * 43, "\udc00", "x" * 5000])
def test_nothing_else_is_a_secret(typed: str, issue: Issue, db: Session, now: datetime) -> None:
    issue()
    assert tokens.find(a_scope(db, now=now), typed, "password_link") is None
    assert tokens.spend(a_scope(db, now=now), typed, "password_link") is None
    assert tokens.find_any(db, typed, "password_link") is None
    assert not tokens.exists(db, typed, "password_link")
    assert not tokens.is_mailed(db, typed)


def test_any_text_has_a_digest() -> None:
    assert tokens.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(tokens.digest("\udc00ñ")) == 64


def test_a_temporary_password_is_one_that_was_mailed_even_when_it_is_spent(
    issue: Issue, db: Session, keys: Keys, now: datetime
) -> None:
    secret = tokens.secret_of(issue("temporary_password"), keys)
    tokens.spend(a_scope(db, now=now), secret, "temporary_password")
    assert tokens.is_mailed(db, f" {secret[:10]} {secret[10:]} ")


# --- What it opens --------------------------------------------------------------------------------------------------


def test_a_token_says_whose_it_is_and_what_it_is_about(
    personas: Personas, db: Session, keys: Keys, now: datetime
) -> None:
    made = tokens.issue(
        a_scope(db, keys=keys, now=now),
        "email_change",
        user=personas.alice,
        lifetime=HOUR,
        about={"a": 1},
        address="n@x.org",
    )
    token = again(made, db)
    assert token.user_id == personas.alice.id
    assert token.purpose == "email_change"
    assert token.about == {"a": 1}
    assert token.address == "n@x.org"
    assert token.created_at == now
    assert token.expires_at == now + HOUR
    assert token.used_at is None
    assert token.void_at is None


def test_a_token_is_mailed_to_the_users_own_address_and_about_nothing_unless_told(issue: Issue, db: Session) -> None:
    token = again(issue(), db)
    assert token.address == "alice@example.com"
    assert token.about == {}


@pytest.mark.parametrize(("after", "is_good"), [(timedelta(0), True), (HOUR - SECOND, True), (HOUR, False)])
def test_a_secret_is_good_until_its_time_is_over(
    after: timedelta, is_good: bool, issue: Issue, db: Session, keys: Keys, now: datetime
) -> None:
    secret = tokens.secret_of(issue(), keys)
    assert (tokens.find(a_scope(db, now=now + after), secret, "password_link") is not None) is is_good
    assert (tokens.spend(a_scope(db, now=now + after), secret, "password_link") is not None) is is_good


def test_a_secret_is_spent_once(issue: Issue, db: Session, keys: Keys, now: datetime) -> None:
    token = issue()
    secret = tokens.secret_of(token, keys)
    spent = tokens.spend(a_scope(db, now=now + SECOND), secret, "password_link")
    assert spent is token
    assert spent.used_at == now + SECOND
    assert tokens.find(a_scope(db, now=now + SECOND), secret, "password_link") is None
    assert tokens.spend(a_scope(db, now=now + SECOND), secret, "password_link") is None


def test_a_secret_opens_what_it_was_mailed_for_alone(issue: Issue, db: Session, keys: Keys, now: datetime) -> None:
    secret = tokens.secret_of(issue("activation"), keys)
    assert tokens.find(a_scope(db, now=now), secret, "password_link") is None
    assert tokens.spend(a_scope(db, now=now), secret, "password_link", "invitation") is None
    assert tokens.find_any(db, secret, "password_link") is None
    assert not tokens.exists(db, secret, "password_link")
    assert tokens.spend(a_scope(db, now=now), secret, "password_link", "activation") is not None


def test_a_secret_spends_its_own_token_and_no_other(issue: Issue, db: Session, keys: Keys, now: datetime) -> None:
    activation, link = issue("activation"), issue()
    tokens.spend(a_scope(db, now=now), tokens.secret_of(link, keys), "password_link", "activation")
    assert again(activation, db).used_at is None


def test_a_secret_mailed_to_an_address_that_is_not_theirs_any_more_opens_nothing(
    issue: Issue, personas: Personas, db: Session, keys: Keys, now: datetime
) -> None:
    secret = tokens.secret_of(issue(), keys)
    personas.alice.email = personas.alice.email_key = personas.alice.sign_in_email = "alice@example.org"
    db.flush()
    assert tokens.find(a_scope(db, now=now), secret, "password_link") is None
    assert tokens.spend(a_scope(db, now=now), secret, "password_link") is None


@pytest.mark.parametrize("purpose", ["invitation", "email_change"])
def test_a_secret_mailed_to_a_new_address_opens_though_it_is_nobodys(
    purpose: Purpose, issue: Issue, db: Session, keys: Keys, now: datetime
) -> None:
    secret = tokens.secret_of(issue(purpose, address="new@example.org"), keys)
    assert tokens.find(a_scope(db, now=now), secret, purpose) is not None


def test_what_became_of_a_secret_is_traced_as_it_is_now(issue: Issue, db: Session, keys: Keys, now: datetime) -> None:
    token = issue()
    secret = tokens.secret_of(token, keys)
    assert token.void_at is None
    tokens.void_one(a_scope(db, now=now + SECOND), token.id)
    traced = tokens.find_any(db, secret, "password_link")
    assert traced is token
    assert traced.void_at == now + SECOND
    assert tokens.exists(db, secret, "password_link")


# --- What makes it worthless ----------------------------------------------------------------------------------------


def test_another_one_of_the_same_purpose_makes_it_worthless(issue: Issue, db: Session, now: datetime) -> None:
    first, other = issue(), issue("temporary_password")
    second = issue()
    assert again(first, db).void_at == now
    assert [again(token, db).void_at for token in (other, second)] == [None, None]


def test_an_invitation_leaves_those_of_others_good(issue: Issue, db: Session) -> None:
    first = issue("invitation", address="one@example.org")
    issue("invitation", address="two@example.org")
    assert again(first, db).void_at is None


def test_what_was_mailed_to_the_users_own_address_is_worthless_at_once(
    issue: Issue, personas: Personas, db: Session, now: datetime
) -> None:
    own = [issue("password_link"), issue("temporary_password"), issue("activation"), issue("confirm_recovery")]
    others = [issue("invitation", address="one@example.org"), issue("email_change", address="two@example.org")]
    bobs = issue(user=personas.bob)
    tokens.void(a_scope(db, now=now + SECOND), personas.alice)
    assert {again(token, db).void_at for token in own} == {now + SECOND}
    assert {again(token, db).void_at for token in (*others, bobs)} == {None}


def test_of_some_purposes_only_those_become_worthless(
    issue: Issue, personas: Personas, db: Session, now: datetime
) -> None:
    change, link = issue("email_change", address="new@example.org"), issue()
    tokens.void(a_scope(db, now=now), personas.alice, purposes=("email_change",))
    assert [again(token, db).void_at for token in (change, link)] == [now, None]


def test_when_it_became_worthless_stays_what_it_was(
    issue: Issue, personas: Personas, db: Session, keys: Keys, now: datetime
) -> None:
    spent, void = issue("activation"), issue()
    tokens.spend(a_scope(db, now=now), tokens.secret_of(spent, keys), "activation")
    tokens.void(a_scope(db, now=now + SECOND), personas.alice)
    tokens.void(a_scope(db, now=now + HOUR), personas.alice)
    assert [again(token, db).void_at for token in (spent, void)] == [None, now + SECOND]


def test_one_that_is_good_can_be_made_worthless_alone(issue: Issue, db: Session, now: datetime) -> None:
    one, other = issue("activation"), issue()
    tokens.void_one(a_scope(db, now=now + SECOND), one.id)
    assert [again(token, db).void_at for token in (one, other)] == [now + SECOND, None]
    tokens.void_one(a_scope(db, now=now + HOUR), one.id)
    assert again(one, db).void_at == now + SECOND


def test_one_that_is_spent_or_is_none_is_left_alone(issue: Issue, db: Session, keys: Keys, now: datetime) -> None:
    token = issue()
    tokens.spend(a_scope(db, now=now), tokens.secret_of(token, keys), "password_link")
    tokens.void_one(a_scope(db, now=now), token.id)
    tokens.void_one(a_scope(db, now=now), None)
    assert again(token, db).void_at is None


# --- How long it is remembered --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("purpose", "days"), [("password_link", 30), ("invitation", 90)])
@pytest.mark.parametrize("end", ["expired", "spent", "void"])
def test_a_dead_one_is_remembered_for_a_while(
    purpose: Purpose, days: int, end: str, issue: Issue, db: Session, keys: Keys, now: datetime
) -> None:
    token = issue(purpose)
    died = now + (HOUR if end == "expired" else timedelta(0))
    if end == "spent":
        tokens.spend(a_scope(db, now=now), tokens.secret_of(token, keys), purpose)
    if end == "void":
        tokens.void_one(a_scope(db, now=now), token.id)
    if end != "expired":
        token.expires_at = now + 365 * DAY
        db.flush()
    kept = []
    for after in (days * DAY, days * DAY + SECOND):
        tokens.forget_old(a_scope(db, platform=platform(Config()), now=died + after))
        kept.append(db.scalar(select(Token.id).where(Token.id == token.id)) is not None)
    assert kept == [True, False]


def test_a_good_one_is_never_forgotten(issue: Issue, db: Session, now: datetime) -> None:
    token = issue()
    token.expires_at = now + 365 * DAY
    db.flush()
    tokens.forget_old(a_scope(db, platform=platform(Config()), now=now + 364 * DAY))
    assert db.scalar(select(Token.id)) == token.id
