"""Signing up: an address first, a user then, and nothing in between that could be taken over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_acct.accounts import new_users, usernames
from flask_acct.accounts.account_status import is_expired
from flask_acct.accounts.new_users import NewUser
from flask_acct.db.models import Account, Membership, PendingRequest, Token, User
from flask_acct.features.signup import flows
from flask_acct.features.signup.flows import SignedUp, SignUpLinkDead, SignUpPending
from flask_acct.mail import outbox
from flask_acct.mail.outbox import LeasedMail
from flask_acct.security.admission import Attempt, Refuse, Stopped, Welcome
from flask_acct.security.limits import TooMany
from flask_acct.security.passwords import PasswordsDiffer, PasswordTooWeak
from flask_acct.testing.records import add_user

from ..personas import NEW_PASSWORD
from .conftest import House

NOTHING: Mapping[str, Any] = {}
ZOE = "zoe.paz@example.org"
TRIAL = {"site": {"trial_days": 30}, "signup": {"enabled": True}}


@dataclass
class Door:
    """A house whose door is open to strangers."""

    home: House

    def mails(self, email: str = ZOE, sender: str | None = None) -> list[tuple[str, str]]:
        """What somebody who asks with the address is mailed.

        Args:
            sender: Where they ask from; the same place for all who do not say.
        """
        self.home.ask("signup.form", sender, email=email)
        return [(mail.mail, mail.recipient) for mail in self.home.mails()]

    def link(self, email: str = ZOE) -> str:
        """The secret of the link mailed to the address."""
        self.home.ask("signup.form", email=email)
        return self.home.secret(next(mail for mail in self.home.mails() if mail.mail == "signup.link"))

    def find(self, secret: str) -> SignUpPending | SignUpLinkDead:
        home = self.home
        return flows.find(home.scope, secret)

    def finish(self, secret: str, how: Mapping[str, Any] = NOTHING, **typed: str) -> Any:
        """Somebody fills in the form behind the link.

        Args:
            how: Further arguments of the flow.
        """
        home = self.home
        values = {"first_name": "Zoe", "last_name": "Paz", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD, **typed}
        same: dict[str, Any] = {"locale": "es"}
        found = flows.finish(home.scope, secret, NewUser(**values), **same, **how)
        home.db.commit()
        return found

    def sign_up(self, email: str = ZOE, **typed: str) -> SignedUp:
        found = self.finish(self.link(email), **typed)
        assert isinstance(found, SignedUp)
        return found

    def count(self, table: Any) -> int:
        return self.home.db.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def door(house: Any) -> Door:
    """Users sign in by address, and get an account on trial for 30 days."""
    return Door(house("client-area", **TRIAL))


@pytest.fixture
def by_name(house: Any) -> Door:
    """Users sign in by a name they choose."""
    return Door(house("sending-platform"))


def test_a_stranger_is_mailed_a_link_and_is_no_user_yet(door: Door) -> None:
    users, accounts = door.count(User), door.count(Account)
    assert door.mails() == [("signup.link", ZOE)]
    assert door.count(User) == users
    assert door.count(Account) == accounts


@pytest.mark.parametrize("typed", ["Alice@Example.com", "mailto:alice@example.com"])
def test_whoever_is_a_user_is_told_so_by_mail_and_gets_no_link(door: Door, typed: str) -> None:
    assert door.mails(typed) == [("signup.known", "alice@example.com")]
    assert door.count(Token) == 0


def test_the_mail_to_a_user_lists_every_name_they_have(by_name: Door) -> None:
    home = by_name.home
    add_user(home.scope, "alice@example.com", username="alice2")
    by_name.home.ask("signup.form", email="alice@example.com")
    assert [mail.slots["usernames"] for mail in home.mails()] == [["alice", "alice2"]]


def test_the_mail_to_a_user_is_in_the_language_of_who_asked_where_they_have_chosen_none(door: Door) -> None:
    door.home.people.alice.locale = None
    asked = PendingRequest(
        kind="signup.form",
        named={"email": "alice@example.com"},
        reference="R",
        locale="it",
        created_at=door.home.scope.now,
    )
    flows.answer(door.home.scope, asked)
    assert [mail.locale for mail in door.home.mails()] == ["it"]


@pytest.mark.parametrize(("email", "came"), [(ZOE, "mailed"), ("alice@example.com", "known"), ("no address", "nobody")])
def test_what_came_of_a_request_is_told(door: Door, email: str, came: str) -> None:
    assert door.home.ask("signup.form", email=email) == came


def test_a_name_whose_user_never_proved_the_address_is_not_listed(by_name: Door) -> None:
    home = by_name.home
    other = add_user(home.scope, "alice@example.com", username="alice2")
    other.email_verified_at = None
    home.ask("signup.form", email="alice@example.com")
    assert [mail.slots["usernames"] for mail in home.mails()] == [["alice"]]


def test_an_address_that_a_user_never_proved_is_still_free(by_name: Door) -> None:
    """Else whoever typed it first would keep its owner out."""
    emil = add_user(by_name.home.scope, "emil@example.com", username="emil")
    emil.email_verified_at = None
    assert by_name.mails("emil@example.com") == [("signup.link", "emil@example.com")]


def test_known_and_unknown_addresses_get_as_many_mails_a_day(door: Door) -> None:
    sent = {email: [len(door.mails(email)) for _ in range(8)] for email in (ZOE, "alice@example.com")}
    assert sent == {email: [1] * 5 + [0] * 3 for email in sent}


def test_strangers_in_many_networks_do_not_flood_a_mailbox(door: Door) -> None:
    sent = sum(len(door.mails(sender=f"network {number}")) for number in range(60))
    assert sent == door.home.config.limits.recoveries_per_day_anywhere


def test_whoever_the_address_belongs_to_gets_a_link_within_the_hour_all_the_same(door: Door) -> None:
    for number in range(60):
        door.mails(sender=f"network {number}")
    door.home.later(hours=1)
    assert door.mails(sender="home") == [("signup.link", ZOE)]


def test_a_new_day_brings_a_new_mail(door: Door) -> None:
    for _ in range(8):
        door.mails()
    door.home.later(days=1, minutes=1)
    assert door.mails() == [("signup.link", ZOE)]


def test_whoever_follows_the_link_is_a_user_with_an_account_on_trial(door: Door) -> None:
    new = door.sign_up()
    account = new.account
    assert account is not None
    assert new.user.email == ZOE
    assert new.user.full_name == "Zoe Paz"
    assert new.user.email_verified_at == door.home.now
    assert account.name == "Zoe Paz"
    assert account.plan == "trial"
    assert account.plan_expires_on == date(2026, 4, 3)
    place = door.home.db.scalars(select(Membership).where(Membership.user_id == new.user.id)).one()
    assert place.account_id == account.id
    assert place.is_owner


def test_whoever_signed_up_is_signed_in_and_signs_in_again_with_the_password(door: Door) -> None:
    new = door.sign_up()
    assert isinstance(new.entry, Welcome)
    here = door.home.present(new.entry.secret)
    assert here.user.id == new.user.id
    assert here.account == new.account
    assert here.user.locale == "es"
    assert type(door.home.sign_in(ZOE, NEW_PASSWORD)).__name__ == "Welcome"


def test_the_account_is_called_as_its_owner_says(door: Door) -> None:
    account = door.finish(door.link(), {"account_name": "Panadería Paz"}).account
    assert account.name == "Panadería Paz"


def test_the_trial_ends_after_its_last_day(door: Door) -> None:
    account = door.sign_up().account
    assert account is not None
    ended = [is_expired(account, door.home.config, datetime(2026, 4, day, 12, tzinfo=UTC)) for day in (3, 4)]
    assert ended == [False, True]


def test_the_last_day_is_one_of_the_site_and_not_of_utc(house: Any) -> None:
    home = house("client-area", site={"trial_days": 30, "time_zone": "Pacific/Auckland"}, signup={"enabled": True})
    # Noon in UTC is the next day there.
    assert flows.last_day_of_trial(home.config, home.now) == date(2026, 4, 4)


def test_a_trial_of_no_days_has_no_end(house: Any) -> None:
    account = Door(house("client-area", site={"trial_days": 0}, signup={"enabled": True})).sign_up().account
    assert account is not None
    assert account.plan_expires_on is None


def test_where_no_account_is_given_there_is_a_user_alone(house: Any) -> None:
    door = Door(house("client-area", signup={"enabled": True, "account": "none"}))
    before = door.count(Account)
    new = door.sign_up()
    assert new.account is None
    assert door.count(Account) == before
    assert new.user.memberships == []
    assert isinstance(new.entry, Welcome)


def test_the_mail_of_welcome_says_what_one_signs_in_with(by_name: Door) -> None:
    new = by_name.sign_up(username="zoe")
    (mail,) = by_name.home.mails()
    assert mail.mail == "signup.welcome"
    assert mail.recipient == ZOE
    assert mail.locale == "es"
    assert mail.slots["details"] == ["Usuario: zoe"]
    assert mail.slots["account"] == "Zoe Paz"
    assert mail.account_id == (new.account and new.account.id)


def test_where_a_customer_number_signs_in_the_mail_brings_it(house: Any) -> None:
    door = Door(house("customer-panel", signup={"enabled": True}))
    new = door.sign_up()
    assert new.account is not None
    (mail,) = door.home.mails()
    assert new.account.number in mail.slots["details"][0]
    assert type(door.home.sign_in(new.account.number, NEW_PASSWORD)).__name__ == "Welcome"


def test_no_two_accounts_get_one_number(door: Door) -> None:
    numbers = [door.sign_up(f"n{number}@example.org").account for number in range(5)]
    assert len({account.number for account in numbers if account}) == 5


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"new": "short", "repeat": "short"}, PasswordTooWeak("too_short")),
        ({"repeat": "another one altogether"}, PasswordsDiffer()),
        ({"username": "9000"}, new_users.NoUserName()),
        ({"username": "аlice"}, new_users.NoUserName()),
        ({"username": "ALICE"}, new_users.NameInUse()),
    ],
)
def test_a_form_that_is_refused_costs_the_link_nothing(by_name: Door, typed: dict[str, str], says: object) -> None:
    secret = by_name.link()
    before = by_name.count(User)
    assert by_name.finish(secret, **typed) == says
    assert by_name.count(User) == before
    assert isinstance(by_name.finish(secret, username="zoe"), SignedUp)


def test_a_link_works_once(door: Door) -> None:
    secret = door.link()
    door.finish(secret)
    before = door.count(User)
    assert door.finish(secret) == SignUpLinkDead("used")
    assert door.count(User) == before
    (token,) = door.home.db.scalars(select(Token).where(Token.purpose == "sign_up"))
    assert token.used_at == door.home.now
    assert token.void_at is None


def test_the_first_of_several_links_to_an_address_makes_the_user(by_name: Door) -> None:
    """Where a name signs in, the address alone would not keep a second user away."""
    first, second = by_name.link(), by_name.link()
    assert isinstance(by_name.finish(second, username="zoe"), SignedUp)
    assert by_name.finish(first, username="zoe2") == SignUpLinkDead("used")


def test_what_strangers_ask_for_leaves_an_earlier_link_good(door: Door) -> None:
    secret = door.link()
    for _ in range(3):
        door.mails()
    assert isinstance(door.finish(secret), SignedUp)


def test_a_link_is_dead_after_its_hours(door: Door) -> None:
    secret = door.link()
    until = door.home.now.replace(day=5)
    door.home.later(hours=24)
    assert door.find(secret) == SignUpLinkDead("expired", until)
    assert door.finish(secret) == SignUpLinkDead("expired", until)


def test_an_address_that_has_a_user_by_now_makes_no_second_one(by_name: Door) -> None:
    secret = by_name.link()
    add_user(by_name.home.scope, ZOE, username="zoe")
    assert by_name.find(secret) == SignUpLinkDead("known")
    assert by_name.finish(secret, username="z") == SignUpLinkDead("known")


@pytest.mark.parametrize("secret", ["", "x" * 43, "alice@example.com"])
def test_a_secret_that_nobody_was_mailed_opens_nothing(door: Door, secret: str) -> None:
    assert door.find(secret) == SignUpLinkDead("unknown")
    assert door.finish(secret) == SignUpLinkDead("unknown")


def test_too_many_forms_by_one_link_have_to_wait(door: Door) -> None:
    secret = door.link()
    for _ in range(new_users.TRIES_PER_LINK):
        door.finish(secret, repeat="no")
    assert isinstance(door.finish(secret), TooMany)
    door.home.later(hours=1)
    assert isinstance(door.finish(secret), SignedUp)


@pytest.mark.parametrize("mode", ["invitation", "closed"])
def test_where_nobody_may_sign_up_nobody_is_mailed_and_links_open_nothing(house: Any, door: Door, mode: str) -> None:
    secret = door.link()
    home = door.home
    shut = home.config.model_copy(update={"signup": home.config.signup.model_copy(update={"mode": mode})})
    home.config = shut
    home.platform = type(home.platform)(shut, home.platform.labels, home.platform.declared)
    assert door.mails("x@example.org") == []
    assert door.mails("alice@example.com") == []
    assert door.find(secret) == SignUpLinkDead("closed")
    assert door.finish(secret) == SignUpLinkDead("closed")


def test_only_addresses_at_the_domains_named_are_mailed(house: Any) -> None:
    door = Door(house("client-area", signup={"enabled": True, "domains": ("example.org",)}))
    assert [door.mails(email) for email in (ZOE, "zoe@mail.example.org", "alice@example.com")] == [
        [("signup.link", ZOE)], [], [],
    ]  # fmt: skip


def test_what_somebody_new_has_of_earlier_users_is_nothing(by_name: Door) -> None:
    """A user name that was given up is nobody else's for a while."""
    usernames.reserve_former(by_name.home.scope, "zoe", user=by_name.home.people.alice)
    assert by_name.finish(by_name.link(), username="zoe") == new_users.NameInUse()


def test_a_link_mailed_is_not_the_password(door: Door) -> None:
    secret = door.link()
    assert door.finish(secret, new=secret, repeat=secret) == PasswordTooWeak("mailed")


def test_the_host_may_keep_a_new_user_out_of_the_session(door: Door) -> None:
    heard: list[Attempt] = []

    def refuse(attempt: Attempt) -> Refuse:
        heard.append(attempt)
        return Refuse("Not today.")

    new = door.finish(door.link(), {"before": refuse})
    assert new.entry == Stopped("Not today.")
    assert heard == [Attempt(new.user, "sign_up", new.account)]


def test_a_sign_in_of_somebody_else_leaves_the_link_good(door: Door) -> None:
    secret = door.link()
    door.home.sign_in("alice@example.com")
    assert isinstance(door.find(secret), SignUpPending)


def next_leased(door: Door) -> LeasedMail:
    """The mail that the worker would send next."""
    found = outbox.claim(door.home.scope)
    assert found is not None
    assert found.mail == "signup.link"
    return found


def test_a_link_that_cannot_be_mailed_any_more_is_not(door: Door) -> None:
    """The worker asks before it sends: the address has become a user's meanwhile by another link."""
    first = door.link()
    door.home.ask("signup.form", email=ZOE)
    door.finish(first)
    assert outbox.why_worthless(door.home.scope, next_leased(door)) is not None


def test_a_link_is_worth_mailing_although_it_is_nobodys(door: Door) -> None:
    door.home.ask("signup.form", email=ZOE)
    assert outbox.why_worthless(door.home.scope, next_leased(door)) is None
