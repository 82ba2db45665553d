"""Every outcome of setting and changing a password, and the warnings before it expires."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from flask_acct.features.password import flows
from flask_acct.security import passwords, tokens
from flask_acct.security.limits import TooMany
from flask_acct.security.passwords import PasswordsDiffer, PasswordTooWeak
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .conftest import House

WRONG = "not my password at all"


def change(
    home: House, cookie: str, current: str = PASSWORD, new: str = NEW_PASSWORD, repeat: str | None = None
) -> Any:
    found = flows.change(home.scope, home.present(cookie), current, new, new if repeat is None else repeat)
    home.db.commit()
    return found


def link(home: House, purpose: tokens.Purpose = "password_link") -> str:
    token = tokens.issue(home.scope, purpose, user=home.people.alice, lifetime=timedelta(hours=1))
    home.db.commit()
    return tokens.secret_of(token, home.keys)


def set_by(home: House, secret: str, new: str = NEW_PASSWORD, repeat: str = NEW_PASSWORD) -> Any:
    found = flows.set_by_link(home.scope, secret, new, repeat)
    home.db.commit()
    return found


@pytest.mark.usefixtures("costly_hashes")
def test_a_changed_password_is_kept_as_argon2id(house: Any) -> None:
    home = house()
    change(home, home.begin(home.people.alice))
    assert (home.people.alice.password_hash or "").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_change_ends_every_other_session_and_link(house: Any) -> None:
    home = house()
    here, there, secret = home.begin(home.people.alice), home.begin(home.people.alice), link(home)
    change(home, here)
    assert not home.is_over(here)
    assert home.is_over(there)
    assert set_by(home, secret) == flows.SetPasswordLinkDead()


def test_a_change_ends_no_session_of_anybody_else(house: Any) -> None:
    home = house()
    bobs = home.begin(home.people.bob)
    change(home, home.begin(home.people.alice))
    assert not home.is_over(bobs)


def test_the_wrong_current_password_changes_nothing(house: Any) -> None:
    home = house()
    before = home.people.alice.password_hash
    assert change(home, home.begin(home.people.alice), WRONG) == flows.WrongPassword()
    assert home.people.alice.password_hash == before


def test_guessing_the_current_password_has_to_wait(house: Any) -> None:
    home = house()
    cookie = home.begin(home.people.alice)
    for _ in range(10):
        change(home, cookie, WRONG)
    assert change(home, cookie) == TooMany(timedelta(seconds=30))


def test_the_new_password_twice_the_same(house: Any) -> None:
    home = house()
    assert change(home, home.begin(home.people.alice), repeat=NEW_PASSWORD + " ") == PasswordsDiffer()


def test_the_new_password_in_two_normal_forms_is_the_same(house: Any) -> None:
    home = house()
    found = change(
        home, home.begin(home.people.alice), new="caf\u00e9 y pan con manteca", repeat="cafe\u0301 y pan con manteca"
    )
    assert isinstance(found, flows.PasswordChanged)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("fourteen signs", "too_short"), ("x" * 1025, "too_long"), ("abcabcabcabcabcabc", "repeats"),
        ("abcdefghijklmnopqrs", "repeats"), ("alice@example.com", "about_you"),
    ],
)  # fmt: skip
def test_a_weak_password_is_refused_and_the_reason_told(house: Any, new: str, why: str) -> None:
    home = house()
    assert change(home, home.begin(home.people.alice), new=new) == PasswordTooWeak(why)  # type: ignore[arg-type]


def test_the_old_password_is_no_new_one(house: Any) -> None:
    home = house()
    cookie = home.begin(home.people.alice)
    change(home, cookie)
    assert change(home, cookie, NEW_PASSWORD, NEW_PASSWORD) == PasswordTooWeak("same_as_old")


def test_the_old_password_in_another_normal_form_is_no_new_one(house: Any) -> None:
    home = house()
    cookie = home.begin(home.people.alice)
    change(home, cookie, new="caf\u00e9 y pan con manteca")
    assert change(home, cookie, "caf\u00e9 y pan con manteca", "cafe\u0301 y pan con manteca") == PasswordTooWeak(
        "same_as_old"
    )


def test_a_secret_that_was_mailed_is_no_new_one(house: Any) -> None:
    """It lies in a mailbox for good."""
    home = house()
    secret = link(home)
    assert change(home, home.begin(home.people.alice), new=secret) == PasswordTooWeak("mailed")


def test_a_temporary_password_that_is_forgotten_is_no_new_one(house: Any) -> None:
    """The session it opened remembers it."""
    home = house()
    temporary = "k9xt-2mpq-7hrd-4wvz"
    opened_with = tokens.digest(tokens.bare_secret(temporary))
    here = home.present(home.begin(home.people.alice, purpose="set_password", opened_with=opened_with))
    assert flows.set_in_session(home.scope, here, temporary, temporary) == PasswordTooWeak("mailed")


@pytest.mark.parametrize(
    "new", ["una contraseña con ñ y acentos", "пароль из пяти разных слов", "πέντε λέξεις για κωδικό",
        "🦢🍞🔑" * 5 + "🥨",
            "密码密钥钥匙面包天鹅水壶灯笼港口七个", "  spaces at both ends  ", "quotes ' \" and <tags>",
            "a\u202eb direction marks"]
)  # fmt: skip
def test_any_characters_will_do(house: Any, new: str) -> None:
    home = house()
    assert isinstance(set_by(home, link(home), new, new), flows.PasswordChanged)
    assert passwords.verify(new, home.people.alice.password_hash)


def test_an_invitation_sets_the_first_password_and_proves_the_address(house: Any) -> None:
    home = house()
    home.people.alice.password_hash = home.people.alice.email_verified_at = None
    home.db.commit()
    assert isinstance(set_by(home, link(home, "activation")), flows.PasswordChanged)
    assert home.people.alice.email_verified_at == home.now


@pytest.mark.parametrize(
    "purpose", [one for one in get_args(tokens.Purpose) if one not in {"password_link", "activation"}]
)
def test_a_secret_of_another_purpose_sets_no_password(house: Any, purpose: tokens.Purpose) -> None:
    home = house()
    secret = link(home, purpose)
    assert set_by(home, secret) == flows.SetPasswordLinkDead()
    assert tokens.find(home.scope, secret, purpose) is not None


def test_a_full_session_cannot_set_a_password_without_the_current_one(house: Any) -> None:
    home = house()
    here = home.present(home.begin(home.people.alice))
    found = flows.set_in_session(home.scope, here, NEW_PASSWORD, NEW_PASSWORD)
    assert found == flows.TooLate()
    assert passwords.verify(PASSWORD, home.people.alice.password_hash)


def test_a_session_to_set_a_password_ends_with_it(house: Any) -> None:
    home = house()
    cookie = home.begin(home.people.alice, purpose="set_password", reason="expired")
    here = home.present(cookie)
    found = flows.set_in_session(home.scope, here, NEW_PASSWORD, NEW_PASSWORD)
    assert isinstance(found, flows.PasswordChanged)
    assert home.is_over(cookie)


def test_a_new_password_is_told_to_its_user(house: Any) -> None:
    home = house()
    set_by(home, link(home))
    (told,) = home.mails()
    assert told.mail == "password.changed"
    assert told.recipient == "alice@example.com"
    assert told.slots["username"] == "alice@example.com"
    assert datetime.fromisoformat(told.slots["when_at"]) == home.now


def warned(home: House) -> int:
    sent = flows.warn_of_expiry(home.scope)
    home.db.commit()
    return sent


def test_everybody_is_warned_five_days_and_one_day_before_the_end(house: Any) -> None:
    home, days = house("email-marketing"), []
    for day in range(22):
        days += [day] * (warned(home) > 0)
        home.later(days=1)
    assert days == [15, 19]
    assert len(home.mails()) == 6


def test_the_warning_says_whose_password_ends_and_when(house: Any) -> None:
    home = house("email-marketing")
    set_at = home.people.alice.password_changed_at
    home.later(days=15)
    warned(home)
    mail = next(mail for mail in home.mails() if mail.recipient == "alice@example.com")
    ends = set_at + timedelta(days=home.config.password.max_age_days)
    assert mail.mail == "password.expires_soon"
    assert mail.slots["username"] == "alice"
    assert datetime.fromisoformat(mail.slots["until_at"]) == ends


def test_a_password_that_has_ended_is_not_warned_of(house: Any) -> None:
    home = house("email-marketing")
    home.now = home.people.alice.password_changed_at + timedelta(days=home.config.password.max_age_days)
    assert warned(home) == 0


def test_nobody_is_warned_who_could_not_sign_in(house: Any) -> None:
    """Only customer numbers sign in: Alice and Charlie have one, Bob has none."""
    home = house("customer-panel", password={"max_age_days": 20})
    home.later(days=16)
    warned(home)
    assert {mail.recipient for mail in home.mails()} == {"alice@example.com", "charlie@example.net"}


def test_nobody_is_warned_twice_in_the_same_hour(house: Any) -> None:
    home = house("email-marketing")
    home.later(days=15)
    assert warned(home) == 3
    assert warned(home) == 0


def test_a_new_password_is_warned_of_anew(house: Any) -> None:
    home = house("email-marketing")
    home.later(days=15)
    warned(home)
    set_by(home, link(home))
    home.later(days=15)
    assert warned(home) == 1


def test_nobody_is_warned_where_passwords_do_not_expire(house: Any) -> None:
    home = house("client-area")
    home.later(days=4000)
    assert warned(home) == 0


def test_a_change_ends_the_count_of_guesses(house: Any) -> None:
    home = house()
    for current, new in ((PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, "tres lámparas verdes")):
        cookie = home.begin(home.people.alice)
        for _ in range(home.config.limits.sign_in_failures - 1):
            assert change(home, cookie, WRONG) == flows.WrongPassword()
        assert isinstance(change(home, cookie, current, new), flows.PasswordChanged)


def test_who_sets_a_password_first_is_written_to_in_the_language_of_that_page(house: Any) -> None:
    home = house()
    cookie = home.begin(home.people.alice, purpose="set_password", reason="expired")
    flows.set_in_session(home.scope, home.present(cookie), NEW_PASSWORD, NEW_PASSWORD, locale="it")
    home.db.commit()
    (told,) = home.mails()
    assert told.locale == "it"
