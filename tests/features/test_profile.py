"""A person's own data, another address and user name, and the details of an account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import NoResultFound

from flask_acct.accounts import usernames
from flask_acct.config import Config, Login, PasswordRecovery, Profile, Recovery
from flask_acct.db.models import FormerUsername, Membership, OutboxMail, PendingRequest, Token, User
from flask_acct.features.password import flows as password
from flask_acct.features.profile import flows
from flask_acct.security import sessions, tokens
from flask_acct.security.limits import TooMany
from flask_acct.security.reauthentication import WrongPassword
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .conftest import House

NEW = "Ana@new.example"

ACCOUNT = {
    "name": "Ortega Bakery SL", "tax_id": "B12345678", "phone": "910 00 00 00", "billing_email": "Bills@ortega.example",
    "address1": "Calle Mayor 1", "address2": "", "city": "Madrid", "region": "Madrid", "postcode": "28013",
    "country": "ES",
}  # fmt: skip


def by_name(**more: Any) -> Config:
    """People sign in by user name, several may share an address, and they may rename themselves."""
    whole = {"login": Login(identifiers=("username",)), "profile": Profile(username_changes=True), **more}
    return Config(**{"recovery": Recovery(password=PasswordRecovery(identify=("username",))), **whole})


def ask(
    house: House, new: str = NEW, typed: str = PASSWORD, who: User | None = None, cookie: str = "", form: str = ""
) -> Any:
    """What somebody is told who asks for another address."""
    here = house.present(cookie or house.begin(who or house.people.alice))
    found = flows.ask_for_email(house.scope, here, new, typed, locale="en", form=form or None)
    house.db.commit()
    return found


def answer(house: House) -> list[str]:
    """What came of every change of address that waits, once the worker has answered it."""
    said = []
    for asked in house.db.scalars(
        select(PendingRequest).where(PendingRequest.answered_at.is_(None)).order_by(PendingRequest.id)
    ).all():
        asked.answered_at = house.now
        said.append(flows.answer_email(house.scope, asked))
    house.db.commit()
    return said


def link(house: House, new: str = NEW, **how: Any) -> str:
    """The secret of the link by which somebody may confirm a new address."""
    ask(house, new, **how)
    assert answer(house) == ["mailed"]
    (confirm,) = [mail for mail in house.mails() if mail.mail == "profile.confirm"]
    return house.secret(confirm)


def confirm(house: House, secret: str, who: User | None = None, cookie: str = "") -> Any:
    """What somebody is told who follows the link: who asked for it, in a new session, unless another is named."""
    token = tokens.find(house.scope, secret, "email_change")
    asked = house.db.get(User, token.user_id) if token else None
    here = house.present(cookie or house.begin(who or asked or house.people.alice))
    found = flows.confirm_email(house.scope, secret, here)
    house.db.commit()
    return found


def mailed(house: House) -> list[tuple[str, str]]:
    return [(mail.mail, mail.recipient) for mail in house.mails()]


def rename(house: House, new: str, typed: str = PASSWORD, who: User | None = None) -> Any:
    here = house.present(house.begin(who or house.people.alice))
    found = flows.rename(house.scope, here, new, typed)
    house.db.commit()
    return found


def save_account(house: House, typed: Mapping[str, str], who: User | None = None) -> None:
    here = house.present(house.begin(who or house.people.alice))
    flows.save_account(house.scope, here, typed)
    house.db.commit()


# One's own data


def test_name_language_and_time_zone_are_as_the_form_says(house: Any) -> None:
    home: House = house()
    typed = {"first_name": "Ana", "last_name": "Sala", "locale": "it", "time_zone": "Europe/Rome"}
    flows.save_me(home.scope, home.people.alice, typed)
    user = home.people.alice
    assert user.first_name == "Ana"
    assert user.last_name == "Sala"
    assert user.locale == "it"
    assert user.time_zone == "Europe/Rome"


def test_a_time_zone_not_chosen_is_that_of_the_site(house: Any) -> None:
    home: House = house()
    home.people.alice.time_zone = "Europe/Rome"
    flows.save_me(home.scope, home.people.alice, {"first_name": "", "last_name": "", "time_zone": ""})
    assert home.people.alice.time_zone is None


def test_where_there_is_one_language_the_users_own_is_kept(house: Any) -> None:
    home: House = house()
    home.people.alice.locale = "es"
    flows.save_me(home.scope, home.people.alice, {"first_name": "", "last_name": "", "time_zone": ""})
    assert home.people.alice.locale == "es"


# Another address: asking


def test_asking_changes_nothing_but_tells_both_boxes(house: Any) -> None:
    home: House = house()
    assert ask(home) == flows.EmailChangeRequested()
    assert answer(home) == ["mailed"]
    assert home.people.alice.email == "alice@example.com"
    assert mailed(home) == [("profile.email_requested", "alice@example.com"), ("profile.confirm", NEW)]


def test_the_mail_to_the_new_box_says_nothing_of_whoever_asked(house: Any) -> None:
    """Nobody has proven yet whose box it is."""
    home: House = house()
    ask(home)
    answer(home)
    confirmation = home.db.scalars(select(OutboxMail).where(OutboxMail.mail == "profile.confirm")).one()
    assert confirmation.slots == {}
    assert confirmation.recipient_name == ""
    assert confirmation.customer_number is None


def test_a_wrong_password_asks_for_nothing(house: Any) -> None:
    home: House = house()
    assert ask(home, typed="not my password") == WrongPassword()
    assert answer(home) == []


def test_guesses_here_and_at_the_change_of_password_are_counted_together(house: Any) -> None:
    home: House = house()
    here = home.present(home.begin(home.people.alice))
    for _ in range(5):
        ask(home, typed="a guess")
        password.change(home.scope, here, "a guess", NEW_PASSWORD, NEW_PASSWORD)
    assert isinstance(ask(home), TooMany)


def test_a_right_password_ends_the_count_of_guesses(house: Any) -> None:
    home: House = house()
    for _ in range(3):
        for _ in range(9):
            ask(home, typed="a guess")
        assert ask(home) == flows.EmailChangeRequested()


@pytest.mark.parametrize("same", ["alice@example.com", " alice@EXAMPLE.com\u200b"])
def test_ones_own_address_is_no_new_one(house: Any, same: str) -> None:
    home: House = house()
    assert ask(home, same) == flows.Unchanged()
    assert answer(home) == []


def test_the_fifth_request_of_a_day_is_the_last(house: Any) -> None:
    home: House = house()
    asked = [ask(home, f"ana{number}@new.example") for number in range(6)]
    assert [type(one).__name__ for one in asked] == ["EmailChangeRequested"] * 5 + ["TooMany"]


def test_what_others_ask_for_does_not_keep_a_user_from_an_address_of_theirs(house: Any) -> None:
    home: House = house()
    for _ in range(5):
        ask(home, who=home.people.charlie)
    ask(home)
    assert answer(home) == ["mailed"] * 6


def test_one_box_is_not_flooded_by_many_users(house: Any) -> None:
    home: House = house(limits={"email_changes_per_day": 100})
    for who in (home.people.alice, home.people.bob):
        for _ in range(11):
            ask(home, who=who)
    assert answer(home) == ["mailed"] * 20 + ["mailed", "too_many"]


def test_a_double_click_asks_for_one_thing(house: Any) -> None:
    home: House = house()
    cookie = home.begin(home.people.alice)
    ask(home, cookie=cookie, form="one copy")
    ask(home, cookie=cookie, form="one copy")
    assert answer(home) == ["mailed"]


def test_a_request_of_somebody_who_is_gone_is_answered_with_nothing(house: Any) -> None:
    home: House = house()
    ask(home)
    asked = home.db.scalars(select(PendingRequest)).one()
    asked.named = {**asked.named, "user": "999999"}
    assert answer(home) == ["nobody"]
    assert mailed(home) == []


# Another address: one that is somebody else's


def test_a_taken_address_brings_its_user_a_word_and_nobody_a_link(house: Any) -> None:
    home: House = house()
    assert ask(home, "Charlie@Example.net") == flows.EmailChangeRequested()
    assert answer(home) == ["taken"]
    assert mailed(home) == [
        ("profile.email_requested", "alice@example.com"),
        ("profile.email_taken", "charlie@example.net"),
    ]


def test_asking_for_a_taken_address_ends_an_earlier_link_like_asking_for_a_free_one(house: Any) -> None:
    """Else whoever asked could read off the earlier link which of the two it was."""
    home: House = house()
    earlier = link(home)
    ask(home, "charlie@example.net")
    answer(home)
    assert confirm(home, earlier) == flows.EmailLinkDead()


def test_the_history_of_the_account_holds_the_same_for_a_taken_address_and_a_free_one(house: Any) -> None:
    home: House = house()
    found = []
    for new in ("charlie@example.net", "free@new.example"):
        ask(home, new)
        answer(home)
        own = select(OutboxMail).where(OutboxMail.account_id == home.people.account.id, OutboxMail.state == "queued")
        found.append([(mail.mail, mail.recipient) for mail in home.db.scalars(own)])
        home.mails()
    assert found == [[("profile.email_requested", "alice@example.com")]] * 2


def test_where_nobody_signs_in_by_email_an_address_may_be_shared(house: Any) -> None:
    home: House = house(by_name())
    secret = link(home, "charlie@example.net")
    found = confirm(home, secret)
    assert type(found) is flows.IdentifierChanged
    assert home.people.alice.email_key == "charlie@example.net"
    assert home.people.alice.sign_in_email is None


def test_an_address_taken_between_request_and_confirmation_is_refused_and_the_link_spent(house: Any) -> None:
    home: House = house()
    secret = link(home)
    bob = home.people.bob
    bob.email, bob.email_key, bob.sign_in_email = NEW, NEW.lower(), NEW.lower()
    home.db.commit()
    assert confirm(home, secret) == flows.IdentifierInUse(NEW)
    assert confirm(home, secret) == flows.EmailLinkDead()
    home.db.refresh(home.people.alice)
    assert home.people.alice.email == "alice@example.com"
    assert home.people.alice.sign_in_email == "alice@example.com"


# Another address: confirming


def test_the_link_makes_the_address_the_users_and_proven(house: Any) -> None:
    home: House = house()
    secret = link(home)
    home.later(minutes=5)
    found, user = confirm(home, secret), home.people.alice
    assert found == flows.IdentifierChanged(user, "alice@example.com")
    assert user.email == NEW
    assert user.email_key == "ana@new.example"
    assert user.sign_in_email == "ana@new.example"
    assert user.email_verified_at == home.now


def test_both_boxes_are_told_of_the_change(house: Any) -> None:
    home: House = house()
    confirm(home, link(home))
    assert mailed(home) == [("profile.email_changed", NEW), ("profile.email_changed", "alice@example.com")]


def test_the_mail_to_the_old_box_is_as_that_to_the_new_one(house: Any) -> None:
    home: House = house()
    home.people.alice.time_zone = "Europe/Rome"
    confirm(home, link(home))
    seen = [
        (mail.recipient_name, mail.locale, mail.time_zone, mail.user_id, mail.platform, mail.slots)
        for mail in home.mails()
        if mail.mail == "profile.email_changed"
    ]
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert seen[0][2:5] == ("Europe/Rome", home.people.alice.id, home.config.platform)


def test_the_new_address_signs_in_and_the_old_one_no_more(house: Any) -> None:
    home: House = house()
    confirm(home, link(home))
    found = [type(home.sign_in(address)).__name__ for address in (NEW, "alice@example.com")]
    assert found == ["Welcome", "SignInRefused"]


def test_a_link_confirms_once(house: Any) -> None:
    home: House = house()
    secret = link(home)
    first = confirm(home, secret)
    assert isinstance(first, flows.IdentifierChanged)
    assert confirm(home, secret) == flows.UsedLink(first.user.email)


def test_a_link_confirms_for_an_hour(house: Any) -> None:
    home: House = house()
    secret = link(home)
    home.later(minutes=60)
    assert confirm(home, secret) == flows.EmailLinkDead()


def test_of_two_links_the_newer_one_counts(house: Any) -> None:
    home: House = house()
    first = link(home, "first@new.example")
    second = link(home, "second@new.example")
    assert confirm(home, first) == flows.EmailLinkDead()
    assert type(confirm(home, second)).__name__ == "IdentifierChanged"
    assert home.people.alice.email == "second@new.example"


def test_each_link_confirms_the_address_it_was_sent_to_and_no_other(house: Any) -> None:
    """CVE-2026-32700: of two changes at once, the one confirmed the address of the other."""
    home: House = house()
    alices, charlies = link(home, "one@new.example"), link(home, "two@new.example", who=home.people.charlie)
    confirm(home, charlies)
    confirm(home, alices)
    assert home.people.alice.email == "one@new.example"
    assert home.people.charlie.email == "two@new.example"


def test_a_way_back_in_mailed_to_the_old_address_is_dead(house: Any) -> None:
    home: House = house()
    secret = link(home)
    home.ask(email="alice@example.com")
    (reset,) = home.mails()
    confirm(home, secret)
    assert tokens.find(home.scope, home.secret(reset), "password_link") is None


def test_recovery_writes_to_the_new_address(house: Any) -> None:
    home: House = house()
    confirm(home, link(home))
    home.mails()
    assert [(home.ask(email=address), mailed(home)) for address in ("alice@example.com", NEW)] == [
        ("nobody", []), ("mailed", [("recovery.reset", NEW)]),
    ]  # fmt: skip


def test_only_the_session_in_which_the_link_is_followed_stays(house: Any) -> None:
    home: House = house()
    mine, other, bobs = home.begin(home.people.alice), home.begin(home.people.alice), home.begin(home.people.bob)
    confirm(home, link(home, cookie=other), cookie=mine)
    assert [home.is_over(cookie) for cookie in (mine, other, bobs)] == [False, True, False]


def test_whoever_reads_a_mistyped_address_confirms_nothing(house: Any) -> None:
    """The link alone would give a stranger the address, and with it the way to a new password."""
    home: House = house()
    secret = link(home)
    found = confirm(home, secret, who=home.people.charlie)
    home.db.refresh(home.people.alice)
    assert found == flows.OtherUsersLink()
    assert home.people.alice.email == "alice@example.com"
    assert home.people.charlie.email == "charlie@example.net"
    assert isinstance(confirm(home, secret), flows.IdentifierChanged)


def test_a_new_password_ends_a_change_of_address_on_its_way(house: Any) -> None:
    """Whoever asked for it knew the old password, and may be the reason for the new one."""
    home: House = house()
    secret = link(home)
    here = home.present(home.begin(home.people.alice))
    password.change(home.scope, here, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    assert confirm(home, secret) == flows.EmailLinkDead()


def test_a_new_password_ends_a_change_that_the_worker_has_not_answered_yet(house: Any) -> None:
    home: House = house()
    ask(home)
    home.later(seconds=1)
    here = home.present(home.begin(home.people.alice))
    password.change(home.scope, here, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    home.mails()
    assert answer(home) == ["nobody"]
    assert mailed(home) == []


def test_a_sign_in_leaves_a_change_of_address_be(house: Any) -> None:
    """Who follows the link on another device signs in on the way."""
    home: House = house()
    secret = link(home)
    home.sign_in("alice@example.com")
    assert isinstance(confirm(home, secret), flows.IdentifierChanged)


@pytest.mark.parametrize("purpose", [one for one in get_args(tokens.Purpose) if one != "email_change"])
def test_a_link_for_something_else_confirms_nothing(house: Any, purpose: tokens.Purpose) -> None:
    home: House = house()
    token = tokens.issue(home.scope, purpose, user=home.people.alice, lifetime=flows.DAY)
    assert confirm(home, tokens.secret_of(token, home.keys)) == flows.EmailLinkDead()


def test_the_link_stands_in_no_table(house: Any) -> None:
    home: House = house()
    secret = link(home)
    rows = [*home.db.scalars(select(OutboxMail)), *home.db.scalars(select(Token))]
    stored = " ".join(str(value) for row in rows for value in vars(row).values())
    assert secret not in stored


# Another address: what waits


def pending(house: House, who: User | None = None) -> tuple[str, Any] | None:
    """Which address waits to be confirmed, and for how long from now."""
    found = flows.pending_email(house.scope, who or house.people.alice)
    return (found.email, found.until - house.now) if found else None


def cancel(house: House, who: User | None = None) -> Any:
    found = flows.cancel_email(house.scope, who or house.people.alice)
    house.db.commit()
    return found


HOUR = timedelta(hours=1)
"""How long a link works in these tests, as by default."""


def test_an_address_waits_from_the_moment_it_is_asked_for_to_the_end_of_its_link(house: Any) -> None:
    home: House = house()
    assert pending(home) is None
    ask(home)
    assert pending(home) == (NEW, HOUR)
    home.later(minutes=10)
    answer(home)
    assert pending(home) == (NEW, HOUR)
    home.later(minutes=59, seconds=59)
    assert pending(home) == (NEW, timedelta(seconds=1))
    home.later(seconds=1)
    assert pending(home) is None


def test_the_address_asked_for_last_is_the_one_that_waits(house: Any) -> None:
    home: House = house()
    ask(home, "one@new.example")
    answer(home)
    ask(home, "two@new.example")
    assert pending(home) == ("two@new.example", HOUR)


def test_what_one_user_asked_for_waits_for_nobody_else(house: Any) -> None:
    home: House = house()
    ask(home)
    home.ask("recovery.password", email="bob@example.com")
    assert pending(home, home.people.bob) is None


def test_a_taken_address_waits_like_a_free_one(house: Any) -> None:
    home: House = house()
    ask(home, "charlie@example.net")
    assert answer(home) == ["taken"]
    assert pending(home) == ("charlie@example.net", HOUR)


def test_an_address_that_is_confirmed_waits_no_more(house: Any) -> None:
    home: House = house()
    confirm(home, link(home))
    assert pending(home) is None


def test_nothing_waits_after_a_new_password_but_what_is_asked_for_after_it(house: Any) -> None:
    home: House = house()
    ask(home)
    home.later(seconds=1)
    here = home.present(home.begin(home.people.alice))
    password.change(home.scope, here, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
    assert pending(home) is None
    ask(home, typed=NEW_PASSWORD)
    assert pending(home) == (NEW, HOUR)


def test_a_change_that_is_cancelled_waits_no_more_and_its_link_is_dead(house: Any) -> None:
    home: House = house()
    secret = link(home)
    assert cancel(home) == flows.EmailChangeCancelled()
    assert pending(home) is None
    assert confirm(home, secret) == flows.EmailLinkDead()


def test_a_change_that_is_cancelled_before_the_worker_comes_is_not_answered(house: Any) -> None:
    home: House = house()
    ask(home, "one@new.example")
    ask(home, "two@new.example")
    assert cancel(home) == flows.EmailChangeCancelled()
    assert answer(home) == []
    assert mailed(home) == []
    assert pending(home) is None


def test_a_change_that_is_cancelled_keeps_when_it_was_answered(house: Any) -> None:
    home: House = house()
    link(home)
    before = home.now
    home.later(minutes=5)
    cancel(home)
    asked = home.db.scalars(select(PendingRequest).execution_options(populate_existing=True)).one()
    assert asked.answer == flows.CANCELLED
    assert asked.answered_at == before


def test_where_nothing_waits_nothing_is_cancelled(house: Any) -> None:
    home: House = house()
    assert cancel(home) == flows.NothingPending()
    ask(home)
    cancel(home)
    assert cancel(home) == flows.NothingPending()


def test_cancelling_takes_nothing_from_anybody_else(house: Any) -> None:
    home: House = house()
    secret = link(home, who=home.people.charlie)
    ask(home, "bob@new.example", who=home.people.bob)
    ask(home, "alice@new.example")
    assert cancel(home) == flows.EmailChangeCancelled()
    assert answer(home) == ["mailed"]
    assert isinstance(confirm(home, secret), flows.IdentifierChanged)


def test_cancelling_ends_no_link_for_something_else(house: Any) -> None:
    home: House = house()
    home.ask(email="alice@example.com")
    (reset,) = home.mails()
    ask(home)
    cancel(home)
    assert tokens.find(home.scope, home.secret(reset), "password_link") is not None


def test_who_cancels_what_was_confirmed_at_that_moment_is_told_that_nothing_waits(house: Any) -> None:
    """In another window: what this one has read of the user is of a moment ago."""
    home: House = house()
    link(home)
    alice = home.people.alice
    assert alice.email_key == "alice@example.com"
    home.db.execute(
        update(User).where(User.id == alice.id).values(email=NEW, email_key=NEW.lower()),
        execution_options={"synchronize_session": False},
    )
    assert cancel(home) == flows.NothingPending()


# Another address: a link that was followed before


def followed(house: House, secret: str, who: User | None = None) -> flows.UsedLink | None:
    return flows.followed(house.db, secret, who or house.people.alice)


def test_a_link_says_that_it_was_followed_to_whom_it_gave_their_address(house: Any) -> None:
    home: House = house()
    secret = link(home)
    assert followed(home, secret) is None
    confirm(home, secret)
    assert followed(home, secret) == flows.UsedLink(NEW)
    assert followed(home, secret, home.people.bob) is None
    assert followed(home, "no link") is None


def test_a_link_says_nothing_once_its_address_is_the_users_no_more(house: Any) -> None:
    home: House = house()
    secret = link(home)
    confirm(home, secret)
    confirm(home, link(home, "later@new.example"))
    assert followed(home, secret) is None


def test_a_link_that_was_replaced_was_not_followed(house: Any) -> None:
    home: House = house()
    secret = link(home)
    link(home, "later@new.example")
    assert followed(home, secret) is None


# Another address: set by an operator or the host


def set_email(house: House, new: str, **how: Any) -> Any:
    found = flows.set_email(house.scope, house.people.alice, new, **how)
    house.db.commit()
    return found


def test_an_address_that_is_set_is_the_users_and_both_are_told(house: Any) -> None:
    home: House = house()
    home.later(days=1)
    secret = link(home, "another@new.example")
    cookies = [home.begin(home.people.alice) for _ in range(2)]
    assert set_email(home, f" {NEW} ") == flows.IdentifierChanged(home.people.alice, "alice@example.com")
    user = home.people.alice
    assert user.email == NEW
    assert user.email_key == NEW.lower()
    assert user.sign_in_email == NEW.lower()
    assert user.email_verified_at == home.now
    assert mailed(home) == [("profile.email_changed", NEW), ("profile.email_changed", "alice@example.com")]
    assert [home.is_over(cookie) for cookie in cookies] == [True, True]
    assert confirm(home, secret) == flows.EmailLinkDead()


def test_an_address_that_is_set_leaves_the_session_in_which_it_was_done(house: Any) -> None:
    home: House = house()
    mine, other = home.begin(home.people.alice), home.begin(home.people.alice)
    set_email(home, NEW, keep_session=home.present(mine).session.id)
    assert [home.is_over(cookie) for cookie in (mine, other)] == [False, True]


def test_an_address_that_is_set_need_not_be_proven(house: Any) -> None:
    home: House = house()
    set_email(home, NEW, is_verified=False)
    assert home.people.alice.email_verified_at is None


def test_other_capitals_of_an_address_are_set_and_told_to_nobody(house: Any) -> None:
    home: House = house()
    assert set_email(home, "alice@example.com") == flows.Unchanged()
    assert set_email(home, "Alice@example.com") == flows.Respelled(home.people.alice)
    assert home.people.alice.email == "Alice@example.com"
    assert home.people.alice.email_key == "alice@example.com"
    assert mailed(home) == []


def test_an_address_of_somebody_else_is_not_set(house: Any) -> None:
    home: House = house()
    assert set_email(home, "Bob@example.com") == flows.IdentifierInUse("Bob@example.com")
    home.db.refresh(home.people.alice)
    assert home.people.alice.email == "alice@example.com"
    assert mailed(home) == []


# Another address: what the mails say


def test_the_mails_of_a_change_of_address_say_whose_it_is_and_when(house: Any) -> None:
    home: House = house(by_name())
    ask(home)
    asked_at = home.now.isoformat()
    home.later(minutes=1)
    answer(home)
    asked, sent = home.mails()
    assert asked.slots == {"username": "alice", "when_at": asked_at}
    home.later(minutes=1)
    confirm(home, home.secret(sent))
    for told in home.mails():
        assert told.slots == {"username": "alice", "when_at": home.now.isoformat()}


def test_where_the_address_is_the_way_in_the_mails_name_the_one_it_was(house: Any) -> None:
    home: House = house()
    confirm(home, link(home))
    assert {mail.slots["username"] for mail in home.mails()} == {"alice@example.com"}


def test_the_link_is_in_the_language_and_time_zone_of_who_asked(house: Any) -> None:
    home: House = house()
    home.people.alice.locale, home.people.alice.time_zone = "it", "Europe/Rome"
    ask(home)
    answer(home)
    for mail in home.mails():
        assert mail.locale == "it"
        assert mail.time_zone == "Europe/Rome"
        assert mail.user_id == home.people.alice.id


def test_who_has_chosen_no_language_is_written_to_in_that_of_the_page(house: Any) -> None:
    home: House = house()
    for new in (NEW, "charlie@example.net"):
        ask(home, new)
        answer(home)
    assert {mail.locale for mail in home.mails()} == {"en"}


# Another user name


def test_a_new_user_name_signs_in_and_its_user_is_told(house: Any) -> None:
    home: House = house(by_name())
    found = rename(home, "Alice.Ortega")
    told = mailed(home)
    signed_in = [type(home.sign_in(name)).__name__ for name in ("alice.ortega", "alice")]
    assert found == flows.IdentifierChanged(home.people.alice, "alice")
    assert told == [("profile.username_changed", "alice@example.com")]
    assert signed_in == ["Welcome", "SignInRefused"]


@pytest.mark.parametrize("unfit", ["12345", "ana@x.example", "ana sala", ".ana", "-", "a/b", "a<b", "\u0430lice"])
def test_what_cannot_be_a_user_name_is_refused(house: Any, unfit: str) -> None:
    assert rename(house(by_name()), unfit) == flows.UnusableName()


@pytest.mark.parametrize("taken", ["bob", "BOB", "ｂｏｂ"])
def test_a_user_name_of_somebody_else_is_taken_however_it_is_written(house: Any, taken: str) -> None:
    home: House = house(by_name())
    found = rename(home, taken)
    home.db.refresh(home.people.alice)
    assert found == flows.IdentifierInUse(taken)
    assert home.people.alice.username == "alice"


def test_other_letters_of_the_same_name_are_a_change(house: Any) -> None:
    home: House = house(by_name())
    rename(home, "Alice")
    assert home.people.alice.username == "Alice"
    assert home.db.scalars(select(FormerUsername)).all() == []


def test_the_same_name_again_is_no_change(house: Any) -> None:
    assert rename(house(by_name()), "alice") == flows.Unchanged()


def test_a_name_given_up_is_nobody_elses_for_90_days(house: Any) -> None:
    home: House = house(by_name())
    rename(home, "ana")
    early = rename(home, "alice", who=home.people.bob)
    home.later(days=89, hours=23)
    still = rename(home, "alice", who=home.people.bob)
    home.later(hours=1)
    assert early == flows.IdentifierInUse("alice")
    assert still == flows.IdentifierInUse("alice")
    assert type(rename(home, "alice", who=home.people.bob)) is flows.IdentifierChanged


def test_who_gave_a_name_up_may_take_it_back(house: Any) -> None:
    home: House = house(by_name())
    rename(home, "ana")
    rename(home, "alice")
    kept = home.db.scalars(select(FormerUsername.key)).all()
    assert home.people.alice.username == "alice"
    assert kept == ["ana"]


def test_a_name_given_up_is_not_for_somebody_new_either(house: Any) -> None:
    home: House = house(by_name())
    rename(home, "ana")
    found = [usernames.is_reserved(home.scope, key) for key in ("alice", "ana", "nobody")]
    assert found == [True, False, False]


def test_a_wrong_password_keeps_the_user_name(house: Any) -> None:
    home: House = house(by_name())
    assert rename(home, "ana", "a guess") == WrongPassword()
    assert home.people.alice.username == "alice"


def test_user_names_cannot_be_tried_out_by_the_hundred(house: Any) -> None:
    home: House = house(by_name())
    tried = [type(rename(home, "bob")).__name__ for _ in range(flows.NAMES_PER_DAY + 1)]
    assert set(tried[:-1]) == {"IdentifierInUse"}
    assert tried[-1] == "TooMany"


def test_user_names_that_one_user_tries_out_keep_nobody_else_from_theirs(house: Any) -> None:
    home: House = house(by_name())
    for _ in range(flows.NAMES_PER_DAY + 1):
        rename(home, "bob")
    assert isinstance(rename(home, "carol", who=home.people.charlie), flows.IdentifierChanged)
    home.later(days=1)
    assert isinstance(rename(home, "ana"), flows.IdentifierChanged)


def test_as_many_user_names_as_may_be_tried_a_day_are(house: Any) -> None:
    home: House = house(by_name())
    names = [f"alice{number}" for number in range(flows.NAMES_PER_DAY + 1)]
    tried = [type(rename(home, name)).__name__ for name in names]
    assert set(tried[:-1]) == {"IdentifierChanged"}
    assert tried[-1] == "TooMany"


def test_a_right_password_for_another_user_name_ends_the_count_of_guesses(house: Any) -> None:
    home: House = house(by_name())
    for name in ("ana", "eva"):
        for _ in range(home.config.limits.sign_in_failures - 1):
            assert rename(home, name, "a guess") == WrongPassword()
        assert isinstance(rename(home, name), flows.IdentifierChanged)


def test_the_mail_of_another_user_name_says_which_it_was_and_when(house: Any) -> None:
    home: House = house(by_name())
    rename(home, " ana ")
    (told,) = home.mails()
    assert told.recipient == "alice@example.com"
    assert told.slots == {"username": "ana", "was": "alice", "when_at": home.now.isoformat()}


def test_another_user_name_ends_the_links_that_are_open(house: Any) -> None:
    home: House = house(by_name())
    home.ask(username="alice")
    (reset,) = home.mails()
    rename(home, "ana")
    assert tokens.find(home.scope, home.secret(reset), "password_link") is None


# The details of the account


def test_the_details_are_stored_as_they_are_dialled_and_posted(house: Any) -> None:
    home: House = house()
    save_account(home, ACCOUNT)
    account = home.people.account
    found = {name: getattr(account, name) for name in ACCOUNT}
    assert found == {**ACCOUNT, "phone": "+34910000000"}


def test_the_owner_is_told_of_another_billing_address_whoever_set_it(house: Any) -> None:
    home: House = house()
    save_account(home, ACCOUNT, who=home.people.bob)
    (mail,) = home.mails()
    assert mail.mail == "profile.billing_email_changed"
    assert mail.recipient == "alice@example.com"
    assert mail.slots["name"] == "Bob Ruiz"
    assert mail.slots["address"] == "bob@example.com"
    assert mail.slots["account"] == "Ortega Bakery SL"
    assert mail.slots["billing_email"] == "Bills@ortega.example"
    assert mail.slots["when_at"] == home.now.isoformat()
    assert mail.account_id == home.people.account.id
    assert mail.customer_number == "9000"


def test_the_owner_of_another_account_is_told_of_nothing(house: Any) -> None:
    home: House = house()
    cookie = sessions.begin(home.scope, home.people.charlie, home.people.other_account.id)
    flows.save_account(home.scope, home.present(cookie), ACCOUNT)
    home.db.commit()
    (mail,) = home.mails()
    assert mail.recipient == "charlie@example.net"
    assert mail.account_id == home.people.other_account.id


@pytest.mark.parametrize("name", ["phone", "postcode", "billing_email"])
def test_what_is_left_empty_is_stored_as_nothing_and_told_to_nobody(house: Any, name: str) -> None:
    home: House = house()
    save_account(home, {**ACCOUNT, "billing_email": "", name: ""})
    assert getattr(home.people.account, name) in ("", None)
    assert home.people.account.billing_email is None
    assert mailed(home) == []


def test_nobody_is_told_while_the_billing_address_stays(house: Any) -> None:
    home: House = house()
    save_account(home, ACCOUNT)
    home.mails()
    save_account(home, {**ACCOUNT, "city": "Toledo", "billing_email": "bills@ORTEGA.example"})
    assert mailed(home) == []


def test_a_billing_address_taken_away_is_told_as_well(house: Any) -> None:
    home: House = house()
    save_account(home, ACCOUNT)
    home.mails()
    save_account(home, {**ACCOUNT, "billing_email": ""})
    (mail,) = home.mails()
    assert mail.slots["billing_email"] == "—"
    assert home.people.account.billing_email is None


def test_where_an_account_has_no_owner_its_details_change_all_the_same(house: Any) -> None:
    home: House = house()
    here = home.present(home.begin(home.people.bob))
    home.db.execute(delete(Membership).where(Membership.is_owner))
    flows.save_account(home.scope, here, ACCOUNT)
    assert home.people.account.city == "Madrid"
    assert mailed(home) == []


def test_whoever_looks_at_no_account_changes_none(house: Any) -> None:
    home: House = house()
    here = home.present(sessions.begin(home.scope, home.people.alice, None))
    with pytest.raises(NoResultFound):
        flows.save_account(home.scope, here, ACCOUNT)


@pytest.mark.parametrize("preset", ["client-area", "email-marketing", "sending-platform", "customer-panel"])
def test_account_details_never_redirect_the_way_back_in(house: Any, preset: str) -> None:
    """Bob, who may edit them, puts his own address wherever one fits. Every mail still goes to Alice."""
    home: House = house(preset)
    everywhere = {**ACCOUNT, "name": "bob@example.com", "tax_id": "bob@example.com", "address1": "bob@example.com",
                  "billing_email": "bob@example.com"}  # fmt: skip
    save_account(home, everywhere, who=home.people.bob)
    home.mails()
    ways = home.config.recovery.password
    known = {"username": "alice", "email": "alice@example.com", "customer_number": "9000", "domain": "ortega.example"}
    for kind in ways.choose or ("all",):
        named = {"kind": kind, "value": known[kind]} if ways.choose else {way: known[way] for way in ways.identify}
        home.ask(**named)
    assert {mail.recipient for mail in home.mails()} == {"alice@example.com"}


def test_a_billing_address_finds_nobody(house: Any) -> None:
    home: House = house("customer-panel")
    save_account(home, ACCOUNT)
    home.mails()
    assert home.ask(kind="email", value="bills@ortega.example") == "nobody"
    assert mailed(home) == []


def test_sessions_of_the_account_stay_when_its_details_change(house: Any) -> None:
    home: House = house()
    cookie = home.begin(home.people.bob)
    save_account(home, ACCOUNT)
    assert sessions.load(home.scope, cookie) is not None
