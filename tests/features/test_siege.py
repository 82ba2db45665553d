"""A stranger can annoy, never lock out: 48 hours of guesses, one every 30 seconds, from one network and from many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from flask_acct.config import Config, Limits, Login
from flask_acct.db.models import LimitCount, PendingRequest
from flask_acct.features.login.flows import NewPasswordFirst, SignInRefused, Welcome
from flask_acct.security import anonymous_requests
from flask_acct.security.browsers import STRANGE
from flask_acct.security.limits import TooMany

from .siege import HOME, Siege

THEIRS = "203.0.113.9"


def share(came_in: list[bool]) -> float:
    assert came_in
    return sum(came_in) / len(came_in)


def counts(siege: Siege) -> list[tuple[str, int, datetime]]:
    return [
        (row.key, row.count, row.since) for row in siege.home.db.scalars(select(LimitCount).order_by(LimitCount.key))
    ]


@pytest.mark.long
@pytest.mark.parametrize(("networks", "new"), [("one", 0.95), ("hopping", 0.95), ("many", 0), ("same", 0)])
def test_48_hours_of_guesses_lock_nobody_out_and_are_few(house: Any, networks: str, new: float) -> None:
    """Who guesses from everywhere, or from the owner's own network, leaves the known browser and the mail."""
    found = Siege(house()).last(48, networks)
    assert share(found.known) == 1
    assert share(found.recovered) == 1
    assert share(found.new) >= new
    assert found.verified <= 200


def test_a_try_while_it_has_to_wait_changes_nothing(house: Any) -> None:
    """So it makes no difference whether a stranger tries every 30 seconds or whenever there is a chance."""
    siege = Siege(house())
    for _ in range(10):
        siege.guess(THEIRS)
    before = counts(siege)
    siege.home.later(seconds=29)
    siege.guess(THEIRS)
    assert counts(siege) == before


@pytest.mark.long
def test_a_week_later_a_new_browser_still_gets_in(house: Any) -> None:
    siege = Siege(house())
    for _ in range(7 * 24 * 4):
        siege.home.later(minutes=15)
        siege.guess(THEIRS)
    assert siege.enters(STRANGE)


def test_a_known_browser_may_fail_as_often_as_anybody_before_it_waits_with_the_others(house: Any) -> None:
    siege = Siege(house())
    known = siege.arrive()
    for _ in range(10):
        siege.guess(HOME, known)
    assert siege.enters(STRANGE)
    for _ in range(10):
        siege.guess(HOME, known)
    assert isinstance(siege.sign_in(siege.secret, HOME, known), TooMany)


def test_failures_in_a_known_browser_are_not_the_strangers(house: Any) -> None:
    siege = Siege(house())
    known = siege.arrive()
    for _ in range(10):
        siege.guess(THEIRS)
        siege.guess(THEIRS, known)
    assert siege.verified == 20


def test_a_browser_known_to_one_user_is_a_strangers_for_another(house: Any) -> None:
    siege = Siege(house())
    known = siege.arrive()
    for _ in range(10):
        siege.guess(HOME, known, "charlie@example.net")
    assert isinstance(siege.sign_in(siege.secret, HOME, known, "charlie@example.net"), TooMany)


def test_a_full_network_does_not_stop_a_known_browser(house: Any) -> None:
    siege = Siege(house(limits={"sign_ins_per_address_per_hour": 10}))
    known = siege.arrive()
    for number in range(10):
        siege.guess(HOME, name=f"n{number}@example.com")
    assert not siege.enters(STRANGE)
    assert siege.enters(known)


def test_right_sign_ins_from_one_address_are_bounded_as_well(house: Any) -> None:
    siege = Siege(house(limits={"sign_ins_per_address_per_hour": 10}))
    assert sum(siege.enters(STRANGE) for _ in range(30)) == 10


def test_right_sign_ins_in_one_browser_are_bounded_as_well(house: Any) -> None:
    """It may go on as a stranger's once it has used up its own: the first one is counted there already."""
    siege = Siege(house(limits={"sign_ins_per_address_per_hour": 10, "known_browser_sign_ins_per_hour": 5}))
    known = siege.arrive()
    assert sum(siege.enters(known) for _ in range(30)) == 14


def test_together_they_are_fewer_than_a_hundred_and_fifty_an_hour() -> None:
    limits = Limits()
    assert limits.sign_ins_per_address_per_hour + limits.known_browser_sign_ins_per_hour < 150


def test_many_64s_of_one_site_are_bounded_together(house: Any) -> None:
    siege = Siege(house(limits={"sign_ins_per_address_per_hour": 5}))
    nets = [f"2001:db8:7:{number:x}::/64" for number in range(600)]
    assert sum(siege.guess(net, name=f"n{place}@example.com") for place, net in enumerate(nets)) == 20


def test_the_64s_of_one_56_are_bounded_before(house: Any) -> None:
    siege = Siege(house(limits={"sign_ins_per_address_per_hour": 5}))
    nets = [f"2001:db8:7:{number:x}::/64" for number in range(200)]
    assert sum(siege.guess(net, name=f"n{place}@example.com") for place, net in enumerate(nets)) == 10


def test_names_share_what_may_fail_so_that_three_of_them_are_no_three_times_as_many_guesses(house: Any) -> None:
    siege = Siege(house(Config(login=Login(identifiers=("username", "email", "customer_number")))))
    tries = [siege.guess(THEIRS, name=name) for _ in range(10) for name in ("alice", "alice@example.com", "9000")]
    assert sum(tries) <= 10


def test_nobody_learns_by_waiting_which_names_are_one_user(house: Any) -> None:
    siege = Siege(house(Config(login=Login(identifiers=("username", "email", "customer_number")))))
    for _ in range(10):
        siege.guess(THEIRS, name="alice")
    others = ("alice@example.com", "9000", "nobody@example.com", "8999")
    assert [siege.sign_in("a guess", THEIRS, STRANGE, name) for name in others] == [SignInRefused()] * 4


def test_a_new_password_by_link_signs_in_at_once_where_the_stranger_is(house: Any) -> None:
    siege = Siege(house())
    for _ in range(30):
        siege.guess(THEIRS)
    assert isinstance(siege.sign_in(siege.secret, THEIRS, STRANGE), TooMany)
    assert siege.recovers(THEIRS)


@pytest.mark.parametrize("name", ["alice", "ALICE@example.com", " alice@example.com", "9000", "09000"])
def test_a_new_password_by_link_ends_the_wait_of_every_name_in_every_network(house: Any, name: str) -> None:
    siege = Siege(house(Config(login=Login(identifiers=("username", "email", "customer_number")))))
    for number in range(110):
        siege.guess(f"203.0.113.{number % 20}", name=name)
    assert isinstance(siege.sign_in(siege.secret, HOME, STRANGE, name), TooMany)
    siege.recovers(THEIRS)
    assert [type(siege.sign_in(siege.secret, net, STRANGE, name)) for net in (HOME, "203.0.113.7")] == [Welcome] * 2


def test_a_temporary_password_does_not_wait_and_ends_the_wait(house: Any) -> None:
    siege = Siege(house("email-marketing"), name="alice")
    siege.home.ask(username="alice")
    (mail,) = siege.home.mails()
    for _ in range(30):
        siege.guess(THEIRS)
    assert isinstance(siege.sign_in(siege.home.secret(mail), THEIRS, STRANGE), NewPasswordFirst)
    assert siege.enters(STRANGE, THEIRS)


def test_a_temporary_password_of_another_does_wait(house: Any) -> None:
    siege = Siege(house("email-marketing"), name="alice")
    siege.home.ask(username="charlie")
    (mail,) = siege.home.mails()
    for _ in range(10):
        siege.guess(THEIRS)
    assert isinstance(siege.sign_in(siege.home.secret(mail), THEIRS, STRANGE), TooMany)


def test_what_the_wait_ends_for_gives_no_new_ten_guesses_to_who_used_them_up(house: Any) -> None:
    siege = Siege(house())
    for _ in range(30):
        siege.guess(THEIRS)
    siege.recovers()
    assert sum(siege.guess(THEIRS) for _ in range(30)) == 3


def test_a_strangers_requests_leave_the_owner_their_mail(house: Any) -> None:
    siege = Siege(house())
    for _ in range(30):
        siege.mailed(THEIRS)
    assert siege.recovers()


def test_a_stranger_in_the_same_network_leaves_the_owner_a_mail_an_hour(house: Any) -> None:
    siege = Siege(house())
    for _ in range(30):
        siege.mailed()
    siege.home.later(hours=1)
    assert siege.recovers()


def test_a_stranger_in_the_same_network_leaves_a_known_browser_its_mail(house: Any) -> None:
    siege = Siege(house())
    known = siege.arrive()
    for _ in range(20):
        siege.mailed()
    assert siege.mailed(browser=known) is not None


def test_a_mailbox_is_not_flooded_from_many_networks(house: Any) -> None:
    siege = Siege(house())
    mails = [siege.mailed(f"203.0.{number // 200}.{number % 200}") for number in range(300)]
    assert sum(mail is not None for mail in mails) == 20


def test_who_asked_is_forgotten_once_it_is_answered(house: Any) -> None:
    siege = Siege(house())
    siege.mailed()
    home = siege.home
    assert [row.answer for row in home.db.scalars(select(PendingRequest))] == ["mailed"]


@pytest.mark.parametrize("kind", ["recovery.password", "recovery.username", "recovery.request"])
def test_two_hundred_networks_cannot_flood_the_desk_or_the_database(house: Any, kind: str) -> None:
    home = house(limits={"requests_per_hour": 300})
    named = {"email": "a@example.com", "name": "A", "about": "x"}
    found = [
        anonymous_requests.remember(home.scope, kind, named, locale="en", network=f"203.0.{number % 200}.1")
        for number in range(1000)
    ]
    accepted = sum(isinstance(one, anonymous_requests.RequestRemembered) for one in found)
    assert accepted == (60 if kind == "recovery.request" else 300)
    assert isinstance(found[-1], anonymous_requests.TooManyRequests)


def test_one_network_alone_does_not_use_the_desk_up(house: Any) -> None:
    home = house()
    named = {"email": "a@example.com", "name": "A", "about": "x"}
    how = {"locale": "en"}
    for number in range(200):
        anonymous_requests.remember(home.scope, "recovery.request", named, network=f"2001:db8:7:{number:x}::/64", **how)
    assert isinstance(
        anonymous_requests.remember(home.scope, "recovery.request", named, network=HOME, **how),
        anonymous_requests.RequestRemembered,
    )
