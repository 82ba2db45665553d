"""What is counted against whom, and how much of it is too much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.security import browsers, limits, rate_limits
from flask_acct.security.browsers import STRANGE, Browser
from flask_acct.security.limits import RateLimit, TooMany, key
from flask_acct.values.keys import Keys

from ..personas import Personas
from ..scopes import a_scope

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
CUSTOMER = "2001:db8:1:2::/64"

CONFIG = Config.model_validate(
    {
        "login": {"identifiers": ["username"]},
        "limits": {
            "sign_in_failures": 10,
            "sign_in_failures_anywhere": 100,
            "sign_ins_per_address_per_hour": 90,
            "known_browser_sign_ins_per_hour": 25,
            "requests_per_address": 31,
            "requests_per_hour": 3001,
            "support_requests_per_address": 11,
            "support_requests_per_hour": 61,
            "recoveries_per_day": 4,
            "recoveries_per_day_anywhere": 21,
        },
    }
)
THREE_WAYS = CONFIG.model_copy(
    update={"login": CONFIG.login.model_copy(update={"identifiers": ["username", "email", "customer_number"]})}
)


@pytest.fixture
def known(personas: Personas, keys: Keys, now: datetime) -> Browser:
    """A browser in which Alice signed in before."""
    cookie = browsers.written(STRANGE, personas.alice.id, keys, now)
    return browsers.read(cookie, keys, now, days=180)


def how_much(way: Sequence[RateLimit]) -> list[int]:
    return [meter.limit for meter in way]


def keys_of(way: Sequence[RateLimit]) -> set[str]:
    return {meter.key for meter in way}


# --- Signing in -----------------------------------------------------------------------------------------------------


def test_a_stranger_has_one_way_to_sign_in_whoever_is_named(personas: Personas, known: Browser) -> None:
    nobody = rate_limits.sign_in("username:alice", None, CONFIG, network=HERE, browser=STRANGE)
    alice = rate_limits.sign_in("username:alice", personas.alice.id, CONFIG, network=HERE, browser=STRANGE)
    charlie = rate_limits.sign_in("username:alice", personas.charlie.id, CONFIG, network=HERE, browser=known)
    assert len(nobody[0]) == 1
    assert nobody == alice == charlie


def test_failures_are_counted_for_a_name_in_its_network_then_anywhere_then_for_the_network() -> None:
    (way,), beside = rate_limits.sign_in("username:alice", None, CONFIG, network=HERE, browser=STRANGE)
    assert how_much(way) == [10, 100, 90]
    assert [meter.is_in_a_row for meter in way] == [True, True, False]
    assert [meter.per for meter in way] == [timedelta(days=2), timedelta(days=30), HOUR]
    assert beside == way[:2]


def test_an_ipv6_customer_may_do_twice_as_much_in_a_56_and_four_times_as_much_in_a_48() -> None:
    (way,), beside = rate_limits.sign_in("username:alice", None, CONFIG, network=CUSTOMER, browser=STRANGE)
    assert how_much(way) == [10, 20, 40, 100, 90, 180, 360]
    assert beside == way[:4]
    assert len(keys_of(way)) == 7


def test_a_failure_elsewhere_counts_for_the_name_and_for_nothing_else() -> None:
    (here,), _ = rate_limits.sign_in("username:alice", None, CONFIG, network=HERE, browser=STRANGE)
    (there,), _ = rate_limits.sign_in("username:alice", None, CONFIG, network=ELSEWHERE, browser=STRANGE)
    assert keys_of(here) & keys_of(there) == {here[1].key} == {key("sign_in_anywhere", "username:alice")}


def test_a_failure_for_another_name_counts_for_the_network_alone() -> None:
    (alice,), _ = rate_limits.sign_in("username:alice", None, CONFIG, network=HERE, browser=STRANGE)
    (bob,), _ = rate_limits.sign_in("username:bob", None, CONFIG, network=HERE, browser=STRANGE)
    assert keys_of(alice) & keys_of(bob) == {alice[2].key}


def test_each_way_to_be_named_has_its_share_of_failures_and_one_at_least() -> None:
    (way,), _ = rate_limits.sign_in("username:alice", None, THREE_WAYS, network=CUSTOMER, browser=STRANGE)
    assert how_much(way)[:4] == [3, 6, 12, 33]
    few = replace_limits(THREE_WAYS, sign_in_failures=1, sign_in_failures_anywhere=2)
    (way,), _ = rate_limits.sign_in("username:alice", None, few, network=CUSTOMER, browser=STRANGE)
    assert how_much(way)[:4] == [1, 2, 4, 1]


def replace_limits(config: Config, **changes: int) -> Config:
    return config.model_copy(update={"limits": config.limits.model_copy(update=changes)})


def test_a_known_browser_has_a_way_of_its_own_before_that_of_strangers(personas: Personas, known: Browser) -> None:
    ways, beside = rate_limits.sign_in("username:alice", personas.alice.id, CONFIG, network=HERE, browser=known)
    (strangers,), failures = rate_limits.sign_in("username:alice", None, CONFIG, network=HERE, browser=STRANGE)
    own, busy = ways[0]
    assert ways[1:] == (strangers,)
    assert own.limit == 10
    assert own.is_in_a_row
    assert busy.limit == 25
    assert busy.per == HOUR
    assert not busy.is_in_a_row
    assert beside == (own, *failures)


def test_two_known_browsers_have_failures_of_their_own_and_sign_ins_together(
    personas: Personas, known: Browser, keys: Keys, now: datetime
) -> None:
    cookie = browsers.written(STRANGE, personas.alice.id, keys, now)
    other = browsers.read(cookie, keys, now, days=180)
    (mine, *_), _ = rate_limits.sign_in("username:alice", personas.alice.id, CONFIG, network=HERE, browser=known)
    (theirs, *_), _ = rate_limits.sign_in("username:alice", personas.alice.id, CONFIG, network=HERE, browser=other)
    assert keys_of(mine) & keys_of(theirs) == {mine[1].key}


def test_failures_of_two_users_in_one_browser_are_counted_apart(personas: Personas, keys: Keys, now: datetime) -> None:
    shared = STRANGE
    for user in (personas.alice, personas.bob):
        cookie = browsers.written(shared, user.id, keys, now)
        shared = browsers.read(cookie, keys, now, days=180)
    (alice, *_), _ = rate_limits.sign_in("username:alice", personas.alice.id, CONFIG, network=HERE, browser=shared)
    (bob, *_), _ = rate_limits.sign_in("username:bob", personas.bob, CONFIG, network=HERE, browser=shared)
    assert not keys_of(alice) & keys_of(bob)


# --- What staff see -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["username:alice", "email:alice@example.com", "customer_number:9000"])
@pytest.mark.parametrize("which", range(4))
def test_staff_see_until_when_a_user_has_to_wait_wherever_that_is(
    name: str, which: int, personas: Personas, db: Session, now: datetime
) -> None:
    (way,), _ = rate_limits.sign_in(name, None, CONFIG, network=CUSTOMER, browser=STRANGE)
    fail(way[which], times=way[which].limit - 1, db=db, now=now)
    scope = a_scope(db, config=CONFIG, now=now)
    assert rate_limits.limited_until(scope, personas.alice) is None
    fail(way[which], times=1, db=db, now=now)
    until = rate_limits.limited_until(scope, personas.alice)
    refused = limits.take(scope, way[which])
    assert isinstance(refused, TooMany)
    assert until == now + refused.wait
    assert rate_limits.limited_until(scope, personas.bob) is None
    assert rate_limits.limited_until(a_scope(db, config=CONFIG, now=until), personas.alice) is None


def test_staff_see_that_a_known_browser_has_to_wait(
    personas: Personas, known: Browser, db: Session, now: datetime
) -> None:
    ((own, _), _), _ = rate_limits.sign_in("username:alice", personas.alice.id, CONFIG, network=HERE, browser=known)
    fail(own, times=60, db=db, now=now)
    assert rate_limits.limited_until(a_scope(db, config=CONFIG, now=now), personas.alice) is not None


# --- A pardon -------------------------------------------------------------------------------------------------------


def fail(*meters: RateLimit, times: int, db: Session, now: datetime) -> None:
    """So many failures are counted, whatever the limit is."""
    for meter in meters:
        for _ in range(times):
            limits.count(a_scope(db, now=now), meter.key, per=DAY)


def left(meter: RateLimit, db: Session) -> int:
    found = limits.states_of(db, [meter.key]).get(meter.key)
    return meter.limit - (found.count if found else 0)


@pytest.mark.parametrize("name", ["username:alice", "email:alice@example.com", "customer_number:9000"])
def test_a_pardon_leaves_a_few_tries_for_every_name_of_the_user(
    name: str, personas: Personas, db: Session, now: datetime
) -> None:
    (way,), _ = rate_limits.sign_in(name, None, CONFIG, network=CUSTOMER, browser=STRANGE)
    failures = way[:4]
    fail(*failures, times=200, db=db, now=now)
    rate_limits.pardon(a_scope(db, config=CONFIG), personas.alice)
    assert [left(meter, db) for meter in failures] == [3, 3, 3, 10]


def test_a_pardon_takes_away_no_tries(personas: Personas, db: Session, now: datetime) -> None:
    (way,), _ = rate_limits.sign_in("username:alice", None, CONFIG, network=CUSTOMER, browser=STRANGE)
    fail(*way, times=1, db=db, now=now)
    rate_limits.pardon(a_scope(db, config=CONFIG), personas.alice)
    assert [left(meter, db) for meter in way] == [meter.limit - 1 for meter in way]


@pytest.mark.parametrize("name", ["username:bob", "email:bob@example.com", "customer_number:9001"])
def test_a_pardon_is_for_nobody_else(name: str, personas: Personas, db: Session, now: datetime) -> None:
    (way,), _ = rate_limits.sign_in(name, None, CONFIG, network=CUSTOMER, browser=STRANGE)
    fail(*way, times=60, db=db, now=now)
    rate_limits.pardon(a_scope(db, config=CONFIG), personas.alice)
    assert [left(meter, db) for meter in way] == [meter.limit - 60 for meter in way]


def test_a_pardon_of_somebody_who_owns_nothing_leaves_the_number_alone(
    personas: Personas, db: Session, now: datetime
) -> None:
    (way,), _ = rate_limits.sign_in("customer_number:9000", None, CONFIG, network=HERE, browser=STRANGE)
    fail(*way, times=60, db=db, now=now)
    rate_limits.pardon(a_scope(db, config=CONFIG), personas.bob)
    assert left(way[0], db) == -50


def test_a_pardon_is_for_the_users_known_browsers_too(
    personas: Personas, known: Browser, db: Session, now: datetime
) -> None:
    ((own, _), _), _ = rate_limits.sign_in("username:alice", personas.alice.id, CONFIG, network=HERE, browser=known)
    fail(own, times=60, db=db, now=now)
    rate_limits.pardon(a_scope(db, config=CONFIG), personas.alice)
    assert left(own, db) == 3


def test_a_pardon_does_not_forgive_the_network(personas: Personas, db: Session, now: datetime) -> None:
    (way,), _ = rate_limits.sign_in("username:alice", None, CONFIG, network=HERE, browser=STRANGE)
    fail(way[2], times=60, db=db, now=now)
    rate_limits.pardon(a_scope(db, config=CONFIG), personas.alice)
    assert left(way[2], db) == 30


def test_a_pardon_forgets_wrong_current_passwords_of_the_user_alone(
    personas: Personas, db: Session, now: datetime
) -> None:
    alice, bob = (rate_limits.current_password(user, CONFIG) for user in (personas.alice, personas.bob))
    fail(alice, bob, times=10, db=db, now=now)
    rate_limits.pardon(a_scope(db, config=CONFIG), personas.alice)
    assert [left(meter, db) for meter in (alice, bob)] == [10, 0]


def test_a_pardon_where_hardly_anything_may_fail_leaves_all_of_it(
    personas: Personas, db: Session, now: datetime
) -> None:
    few = replace_limits(CONFIG, sign_in_failures=2, sign_in_failures_anywhere=9)
    (way,), _ = rate_limits.sign_in("username:alice", None, few, network=HERE, browser=STRANGE)
    fail(*way[:2], times=60, db=db, now=now)
    rate_limits.pardon(a_scope(db, config=few), personas.alice)
    assert [left(meter, db) for meter in way[:2]] == [2, 9]


# --- Current passwords, requests, mails -----------------------------------------------------------------------------


def test_wrong_current_passwords_are_counted_in_a_row_for_each_user(personas: Personas) -> None:
    meter = rate_limits.current_password(personas.alice, CONFIG)
    assert meter.limit == 10
    assert meter.is_in_a_row
    assert meter.pause is None
    assert meter.key == rate_limits.current_password_key(personas.alice)
    assert meter.key != rate_limits.current_password_key(personas.bob)


def test_a_stranger_asks_by_network_and_with_everybody_else() -> None:
    (way,) = rate_limits.request("recovery.password", CONFIG, network=CUSTOMER, browser=STRANGE)
    assert how_much(way) == [31, 62, 124, 3001]
    assert {(meter.per, meter.is_in_a_row) for meter in way} == {(HOUR, False)}


def test_a_request_that_is_mailed_to_a_person_is_counted_twice() -> None:
    (plain,) = rate_limits.request("recovery.password", CONFIG, network=CUSTOMER, browser=STRANGE)
    (support,) = rate_limits.request(rate_limits.SUPPORT, CONFIG, network=CUSTOMER, browser=STRANGE)
    assert support[:4] == plain
    assert how_much(support[4:]) == [11, 22, 44, 61]
    assert {meter.per for meter in support} == {HOUR}
    assert len(keys_of(support)) == 8


def test_a_known_browser_asks_ten_times_an_hour_before_it_is_a_stranger(known: Browser) -> None:
    (stranger,) = rate_limits.request(rate_limits.SUPPORT, CONFIG, network=HERE, browser=STRANGE)
    own, after = rate_limits.request(rate_limits.SUPPORT, CONFIG, network=HERE, browser=known)
    assert [(meter.limit, meter.per) for meter in own] == [(10, HOUR)]
    assert known.nonce is not None
    assert own[0].key == key("request_with", known.nonce)
    assert after == stranger


@pytest.mark.parametrize(("place", "is_everybody"), [(0, False), (1, True), (2, False), (3, True)])
def test_what_everybody_asks_for_together_is_told_from_what_a_network_does(place: int, is_everybody: bool) -> None:
    (way,) = rate_limits.request(rate_limits.SUPPORT, CONFIG, network=HERE, browser=STRANGE)
    assert rate_limits.is_anywhere(TooMany(HOUR, way[place].key)) is is_everybody


def test_the_sender_is_a_known_browser_wherever_it_is_and_else_a_network(known: Browser) -> None:
    strangers = {rate_limits.sender(network, STRANGE) for network in (HERE, ELSEWHERE)}
    browser = {rate_limits.sender(network, known) for network in (HERE, ELSEWHERE)}
    assert len(strangers) == 2
    assert len(browser) == 1
    assert {len(sender) for sender in strangers | browser} == {32}
    assert all(sender.isalnum() for sender in strangers | browser)


def test_a_recovery_is_counted_for_who_asks_and_for_all_and_then_there_is_one_an_hour() -> None:
    way = rate_limits.anonymous_mail("recovery.password", "7", "somebody", CONFIG)
    assert how_much(way) == [4, 21]
    assert [(meter.per, meter.is_in_a_row, meter.pause) for meter in way] == [(DAY, True, HOUR)] * 2
    other = rate_limits.anonymous_mail("recovery.password", "7", "somebody else", CONFIG)
    assert way[1] == other[1]
    assert way[0] != other[0]


def test_a_recovery_of_another_user_is_counted_apart() -> None:
    one, other = (rate_limits.anonymous_mail("recovery.password", who, "somebody", CONFIG) for who in "78")
    assert not keys_of(one) & keys_of(other)


def test_the_first_mail_of_the_day_to_a_strange_address_is_held_up_by_nobody_else() -> None:
    (own, every), (first, own_again) = rate_limits.strange_address("invitation", "x@example.org", "account 1")
    assert [(meter.limit, meter.per) for meter in (own, every, first)] == [(5, DAY), (20, DAY), (1, DAY)]
    assert own_again == own
    theirs = rate_limits.strange_address("invitation", "x@example.org", "account 2")
    assert keys_of(theirs[0]) & {own.key, every.key, first.key} == {every.key}
    assert not keys_of(theirs[1]) & {own.key, every.key, first.key}


def test_how_many_mails_one_may_send_to_a_strange_address_can_be_said() -> None:
    (own, every), _ = rate_limits.strange_address("email_change", "x@example.org", "user 1", each=2)
    assert how_much((own, every)) == [2, 20]


def test_another_subject_or_address_is_counted_apart() -> None:
    ways = [
        rate_limits.strange_address(subject, address, "user 1")
        for subject, address in (
            ("invitation", "x@example.org"),
            ("email_change", "x@example.org"),
            ("invitation", "y"),
        )
    ]
    names = [keys_of(way) for pair in ways for way in pair]
    assert len(set().union(*names)) == 9


def test_what_is_stored_is_found_again_after_an_update(personas: Personas, known: Browser) -> None:
    (_, (*strangers,)), (own, *_) = rate_limits.sign_in(
        "username:alice", personas.alice.id, CONFIG, network=CUSTOMER, browser=known
    )
    ways, _ = rate_limits.sign_in("username:alice", personas.alice.id, CONFIG, network=CUSTOMER, browser=known)
    asked = rate_limits.request(rate_limits.SUPPORT, CONFIG, network=CUSTOMER, browser=known)
    current = rate_limits.current_password(personas.alice, CONFIG)
    meters = (own, ways[0][1], *strangers, *asked[0], *asked[1], current)
    assert list(dict.fromkeys(meter.key.partition(":")[0] for meter in meters)) == [
        "sign_in_with", "sign_ins_of", "sign_in", "sign_in_56", "sign_in_48", "sign_in_anywhere", "sign_in_from",
        "request_with", "request_from", "request_anywhere", "support_request_from", "current_password",
    ]  # fmt: skip
