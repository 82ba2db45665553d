"""Every outcome of signing in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import bcrypt
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from flask_acct.config import Config, Login
from flask_acct.db.database import Database
from flask_acct.db.models import LimitCount, PasswordWork, Token, User, UserSession
from flask_acct.features.login import flows as login
from flask_acct.features.login.flows import NewPasswordFirst, SignInRefused, Welcome
from flask_acct.features.password import flows as password
from flask_acct.security import hashes, password_work, passwords, tokens
from flask_acct.security.admission import Attempt
from flask_acct.security.limits import TooMany, network
from flask_acct.testing.records import PASSWORD, add_account, add_member, add_user

from ..personas import NEW_PASSWORD
from .conftest import House

WRONG = "not my password at all"


def fail(house: House, times: int, name: str = "alice@example.com") -> Any:
    return [house.sign_in(name, WRONG) for _ in range(times)][-1]


def test_the_right_password_opens_a_session_that_may_do_everything(house: Any) -> None:
    home = house()
    found = home.sign_in("alice@example.com")
    assert isinstance(found, Welcome)
    assert home.present(found.secret).user.username == "alice"
    assert home.present(found.secret).session.purpose == "full"


def test_the_session_looks_at_the_users_own_account_first(house: Any) -> None:
    home = house("sending-platform")
    add_member(home.scope, home.people.charlie, home.people.account)
    assert home.present(home.sign_in("charlie").secret).account.name == "Charlie's Bikes"


def test_an_open_account_is_looked_at_before_a_closed_one(house: Any) -> None:
    home = house("sending-platform")
    add_member(home.scope, home.people.charlie, home.people.account)
    home.people.other_account.state = "closed"
    assert home.present(home.sign_in("charlie").secret).account.name == "Ortega Bakery"


def test_a_user_without_any_account_is_let_in(house: Any) -> None:
    home = house("sending-platform")
    add_user(home.scope, "dora@example.com", username="dora")
    assert home.present(home.sign_in("dora").secret).account is None


@pytest.mark.parametrize(
    "name", ["alice", "9000", "nobody@example.com", "", " ", "@", "alice@example.com.evil.example"]
)
def test_what_is_not_a_way_to_sign_in_here_is_refused(house: Any, name: str) -> None:
    assert house().sign_in(name) == SignInRefused()


@pytest.mark.parametrize("name", ["ALICE@EXAMPLE.COM", " alice@example.com ", "Alice@Example.Com"])
def test_other_spellings_of_an_address_are_the_same_user(house: Any, name: str) -> None:
    assert isinstance(house().sign_in(name), Welcome)


@pytest.mark.parametrize(
    "name", ["alıce@example.com", "alice@exаmple.com", "аlice@example.com", "alice@example．com.evil"]
)
def test_look_alikes_of_an_address_are_nobody(house: Any, name: str) -> None:
    assert house().sign_in(name) == SignInRefused()


@pytest.mark.parametrize("name", ["alice", "alice@example.com", "9000", "09000"])
def test_every_way_the_configuration_names_leads_in(house: Any, name: str) -> None:
    home = house(Config(login=Login(identifiers=("username", "email", "customer_number"))))
    assert isinstance(home.sign_in(name), Welcome)


@pytest.mark.parametrize("number", ["９０００", "٩٠٠٠", "#9000", "No. 9000", "9 000", "\u200b09000"])
def test_a_number_is_read_however_it_was_typed(house: Any, number: str) -> None:
    assert isinstance(house("customer-panel").sign_in(number), Welcome)


@pytest.mark.parametrize("number", ["9_000", "+9000", "9000.0", "9e3", "9000 9001"])
def test_what_may_be_another_number_is_none(house: Any, number: str) -> None:
    assert house("customer-panel").sign_in(number) == SignInRefused()


def test_a_sub_user_has_no_customer_number(house: Any) -> None:
    home = house("customer-panel")
    home.people.alice.password_hash = passwords.hashed("a password of alice alone")
    home.db.commit()
    assert home.sign_in("9000", PASSWORD) == SignInRefused()


def test_a_user_who_never_set_a_password_is_refused(house: Any) -> None:
    home = house()
    home.people.alice.password_hash = None
    home.db.commit()
    assert [home.sign_in("alice@example.com", typed) for typed in ("", PASSWORD)] == [SignInRefused()] * 2


def test_a_password_typed_in_another_normal_form_is_the_same(house: Any) -> None:
    home = house()
    home.people.alice.password_hash = passwords.hashed("caf\u00e9 y pan con manteca")
    home.db.commit()
    assert isinstance(home.sign_in("alice@example.com", "cafe\u0301 y pan con manteca"), Welcome)


@pytest.mark.parametrize(
    "typed", [PASSWORD.upper(), PASSWORD + " ", " " + PASSWORD, PASSWORD[:-1], PASSWORD.replace(" ", "\u00a0")]
)
def test_any_other_password_is_not(house: Any, typed: str) -> None:
    assert house().sign_in("alice@example.com", typed) == SignInRefused()


@pytest.mark.usefixtures("costly_hashes")
def test_a_hash_weaker_than_todays_is_made_anew(house: Any) -> None:
    home = house()
    home.people.alice.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    home.db.commit()
    home.sign_in("alice@example.com")
    assert "m=19456,t=2,p=1" in (home.people.alice.password_hash or "")
    assert isinstance(home.sign_in("alice@example.com"), Welcome)


@pytest.mark.usefixtures("costly_hashes")
def test_a_weaker_hash_stays_when_the_password_was_wrong(house: Any) -> None:
    home = house()
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    home.people.alice.password_hash = weak
    home.db.commit()
    home.sign_in("alice@example.com", WRONG)
    assert home.people.alice.password_hash == weak


@pytest.mark.parametrize("stored", ["", "$argon2id$broken", "plain text", "$2b$12$abcdefghijklmnopqrstuv", "x" * 255])
def test_a_hash_that_is_none_lets_nobody_in(house: Any, stored: str) -> None:
    home = house()
    home.people.alice.password_hash = stored
    home.db.commit()
    assert [home.sign_in("alice@example.com", typed) for typed in (stored or "x", PASSWORD)] == [SignInRefused()] * 2


def test_ten_failures_in_a_row_make_the_next_try_wait(house: Any) -> None:
    home = house()
    assert fail(home, 10) == SignInRefused()
    assert home.sign_in("alice@example.com") == TooMany(timedelta(seconds=30))


def test_the_wait_doubles_with_each_further_failure_up_to_a_day(house: Any) -> None:
    home, waits = house(), []
    fail(home, 9)
    for _ in range(14):
        fail(home, 1)
        waits.append(int(home.sign_in("alice@example.com").wait.total_seconds()))
        home.later(seconds=waits[-1])
    assert waits == [*(30 * 2**step for step in range(12)), 86400, 86400]


def test_after_the_wait_the_right_password_works_and_the_count_starts_anew(house: Any) -> None:
    home = house()
    fail(home, 10)
    home.later(seconds=30)
    assert isinstance(home.sign_in("alice@example.com"), Welcome)
    assert fail(home, 9) == SignInRefused()
    assert isinstance(home.sign_in("alice@example.com"), Welcome)


def test_a_hundred_and_one_tries_are_far_fewer_guesses(house: Any) -> None:
    home = house()
    fail(home, 101)
    assert home.db.scalar(select(LimitCount.count).where(LimitCount.key.startswith("sign_in:"))) == 10


def test_other_spellings_share_the_count(house: Any) -> None:
    home = house()
    for name in ("alice@example.com", "ALICE@example.com", " Alice@EXAMPLE.com", "alice@Example.com\u3000") * 3:
        home.sign_in(name, WRONG)
    assert isinstance(home.sign_in("alice@example.com"), TooMany)


def test_an_unknown_name_has_to_wait_just_the_same(house: Any) -> None:
    home = house()
    fail(home, 10, "nobody@example.com")
    assert home.sign_in("nobody@example.com") == TooMany(timedelta(seconds=30))


def test_failures_of_one_user_do_not_make_another_wait(house: Any) -> None:
    home = house()
    fail(home, 10)
    assert isinstance(home.sign_in("charlie@example.net"), Welcome)


def test_a_hundred_failures_from_one_network_make_everybody_there_wait(house: Any) -> None:
    home = house(limits={"sign_ins_per_address_per_hour": 12})
    for number in range(12):
        home.sign_in(f"nobody{number}@example.com", WRONG)
    assert isinstance(home.sign_in("alice@example.com"), TooMany)
    assert isinstance(home.sign_in("alice@example.com", network="198.51.100.7"), Welcome)


def test_a_success_does_not_clear_the_count_of_the_network(house: Any) -> None:
    home = house(limits={"sign_ins_per_address_per_hour": 12})
    for number in range(12):
        home.sign_in(f"nobody{number}@example.com", WRONG)
        if number == 6:
            assert isinstance(home.sign_in("charlie@example.net"), Welcome)
    assert isinstance(home.sign_in("alice@example.com"), TooMany)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True), ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True), ("garbage", None, True),
    ],
)  # fmt: skip
def test_a_visitor_is_an_ipv4_address_or_an_ipv6_network(one: str, other: str | None, same: bool) -> None:
    assert (network(one) == network(other)) is same


def temporary(home: House) -> str:
    home.ask(username="alice")
    return home.secret(home.mails()[-1])


def test_a_temporary_password_opens_only_the_way_to_a_new_one(house: Any) -> None:
    home = house("email-marketing")
    found = home.sign_in("alice", temporary(home))
    assert isinstance(found, NewPasswordFirst)
    assert found.reason == "temporary"
    assert home.present(found.secret).may_only_set_password


def test_a_temporary_password_works_once(house: Any) -> None:
    home = house("email-marketing")
    secret = temporary(home)
    assert [type(home.sign_in("alice", secret)) for _ in range(2)] == [NewPasswordFirst, SignInRefused]


def test_the_old_password_works_until_the_temporary_one_is_used(house: Any) -> None:
    home = house("email-marketing")
    temporary(home)
    assert isinstance(home.sign_in("alice"), Welcome)


def test_signing_in_with_the_old_password_takes_the_temporary_ones_worth(house: Any) -> None:
    home = house("email-marketing")
    secret = temporary(home)
    home.sign_in("alice")
    assert home.sign_in("alice", secret) == SignInRefused()


def test_a_newer_request_takes_the_worth_of_the_older_temporary_password(house: Any) -> None:
    home = house("email-marketing")
    older, newer = temporary(home), temporary(home)
    assert [type(home.sign_in("alice", secret)) for secret in (older, newer)] == [SignInRefused, NewPasswordFirst]


@pytest.mark.parametrize(("minutes", "outcome"), [(59.99, NewPasswordFirst), (60, SignInRefused)])
def test_a_temporary_password_is_good_for_an_hour(house: Any, minutes: float, outcome: type) -> None:
    home = house("email-marketing")
    secret = temporary(home)
    home.later(minutes=minutes)
    assert isinstance(home.sign_in("alice", secret), outcome)


def test_a_temporary_password_is_its_users_alone(house: Any) -> None:
    home = house("email-marketing")
    secret = temporary(home)
    assert [type(home.sign_in(name, secret)) for name in ("charlie", "nobody", "alice")] == [
        SignInRefused,
        SignInRefused,
        NewPasswordFirst,
    ]


def test_a_temporary_password_helps_who_has_none_yet(house: Any) -> None:
    home = house("email-marketing")
    home.people.alice.password_hash = None
    home.db.commit()
    assert isinstance(home.sign_in("alice", temporary(home)), NewPasswordFirst)


@pytest.mark.parametrize("purpose", ["password_link", "activation", "confirm_recovery"])
def test_the_secret_of_a_link_is_no_password(house: Any, purpose: tokens.Purpose) -> None:
    home = house("email-marketing")
    token = tokens.issue(home.scope, purpose, user=home.people.alice, lifetime=timedelta(hours=1))
    assert home.sign_in("alice", tokens.secret_of(token, home.keys)) == SignInRefused()


def test_recovery_works_while_sign_in_has_to_wait(house: Any) -> None:
    home = house("email-marketing")
    waiting = fail(home, 11, "alice")
    home.ask(username="alice")
    (mail,) = home.mails()
    cookie = home.sign_in("alice", home.secret(mail)).secret
    set_password(home, cookie)
    assert isinstance(waiting, TooMany)
    assert isinstance(home.sign_in("alice", NEW_PASSWORD), Welcome)


def test_a_link_to_a_new_password_ends_the_wait(house: Any) -> None:
    home = house()
    waiting = fail(home, 11)
    home.ask(email="alice@example.com")
    (mail,) = home.mails()
    password.set_by_link(home.scope, home.secret(mail), NEW_PASSWORD, NEW_PASSWORD)
    assert isinstance(waiting, TooMany)
    assert isinstance(home.sign_in("alice@example.com", NEW_PASSWORD), Welcome)


def set_password(home: House, cookie: str) -> None:
    found = password.set_in_session(home.scope, home.present(cookie), NEW_PASSWORD, NEW_PASSWORD)
    assert isinstance(found, password.PasswordChanged)
    home.db.commit()


def test_signing_in_takes_the_worth_of_open_links(house: Any) -> None:
    home = house()
    home.ask(email="alice@example.com")
    home.sign_in("alice@example.com")
    assert [token.void_at is not None for token in home.db.scalars(select(Token))] == [True]


def test_the_cookies_secret_is_not_in_the_database(house: Any) -> None:
    home = house()
    secret = home.sign_in("alice@example.com").secret
    stored = home.db.scalar(select(UserSession.digest))
    assert len(secret) >= 43
    assert stored != secret
    assert stored == tokens.digest(secret)


def test_a_closed_account_does_not_keep_its_owner_from_signing_in(house: Any) -> None:
    home = house()
    home.people.account.state = "closed"
    home.db.commit()
    assert isinstance(home.sign_in("alice@example.com"), Welcome)


def test_one_user_owns_two_accounts_and_either_number_names_them(house: Any) -> None:
    home = house("customer-panel")
    add_account(home.scope, "Ortega Coffee", owner=home.people.alice, number="9555")
    home.db.commit()
    names = [home.present(home.sign_in(number).secret).account.name for number in ("9000", "9555")]
    assert names == ["Ortega Bakery", "Ortega Coffee"]


def test_when_the_last_sign_in_was_is_kept(house: Any) -> None:
    home = house()
    home.later(hours=3)
    home.sign_in("alice@example.com")
    assert home.db.scalar(select(User.last_signed_in_at).where(User.username == "alice")) == home.now


# Whoever brings a password from another system.

MOVED = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


def move_in(house: House, stored: str = MOVED) -> House:
    house.people.alice.password_hash = stored
    password_work.note(house.db, [stored])
    house.db.commit()
    return house


@pytest.mark.usefixtures("costly_hashes")
def test_an_old_password_lets_in_and_is_kept_as_argon2id_from_then_on(house: Any) -> None:
    home = move_in(house())
    assert isinstance(home.sign_in("alice@example.com"), Welcome)
    assert home.people.alice.password_hash.startswith(password_work.OURS)
    assert isinstance(home.sign_in("alice@example.com"), Welcome)


def test_a_wrong_one_leaves_the_old_hash(house: Any) -> None:
    home = move_in(house())
    assert home.sign_in("alice@example.com", WRONG) == SignInRefused()
    assert home.people.alice.password_hash == MOVED


def test_the_old_hash_itself_is_no_password(house: Any) -> None:
    home = move_in(house())
    assert home.sign_in("alice@example.com", MOVED) == SignInRefused()


def test_a_try_with_an_old_hash_is_one_try(house: Any) -> None:
    home = move_in(house("client-area", limits={"sign_in_failures": 3}))
    found = [home.sign_in("alice@example.com", WRONG) for _ in range(4)]
    assert [type(one) for one in found] == [SignInRefused] * 3 + [TooMany]


def test_a_password_that_changed_while_the_old_one_was_checked_stays(house: Any, database: Database) -> None:
    """Checking an old hash takes long; what somebody sets meanwhile must not be undone."""
    new = passwords.hashed("a password of alice alone")

    def slowly(stored: str, password: str) -> bool:
        with database.transaction() as db:
            db.execute(update(User).where(User.username == "alice").values(password_hash=new))
        return True

    with hashes.knowing({"slow": slowly}):
        home = move_in(house(), "slow:whatever")
        assert home.sign_in("alice@example.com") == SignInRefused()
    home.db.expire_all()
    assert home.people.alice.password_hash == new


def test_a_password_that_changed_while_it_was_checked_lets_nobody_in(house: Any, database: Database) -> None:
    """Whoever changes a stolen password ends every session; one that begins a moment later must not outlive that."""
    new = passwords.hashed("a password of alice alone")

    def meanwhile(attempt: Attempt) -> None:
        with database.transaction() as db:
            db.execute(update(User).where(User.username == "alice").values(password_hash=new))

    home = house()
    found = login.sign_in(home.scope, "alice@example.com", PASSWORD, network="192.0.2.1", before=meanwhile)
    assert found == SignInRefused()
    home.db.rollback()
    assert home.db.scalars(select(UserSession)).all() == []


def test_what_old_hashes_cost_is_forgotten_once_all_have_signed_in(house: Any) -> None:
    home = move_in(house())
    password_work.forget_old(home.scope)
    before = home.db.scalars(select(PasswordWork.family)).all()
    home.sign_in("alice@example.com")
    password_work.forget_old(home.scope)
    assert before == ["bcrypt"]
    assert home.db.scalars(select(PasswordWork.family)).all() == []


def test_what_a_scheme_of_the_hosts_costs_is_kept_by_a_worker_that_does_not_know_it(house: Any) -> None:
    with hashes.knowing({"slow": lambda _hash, _password: False}):
        home = move_in(house(), "slow:whatever")
    password_work.forget_old(home.scope)
    assert home.db.scalars(select(PasswordWork.family)).all() == ["host:slow"]


def test_a_dearer_hash_that_comes_later_counts(house: Any) -> None:
    home = move_in(house())
    password_work.note(home.db, [bcrypt.hashpw(b"x", bcrypt.gensalt(6)).decode(), MOVED])
    assert home.db.scalars(select(PasswordWork.units)).all() == [2**6]
