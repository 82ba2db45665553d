"""The cookie of a browser that signed a user in before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_acct.security import browsers
from flask_acct.security.browsers import STRANGE, Browser
from flask_acct.values.keys import Keys

from ..scopes import KEYS

OTHER = Keys.of("another-example-key-for-tests-0123456789abcdef")


def cookie(*users: int, now: datetime, keys: Keys = KEYS) -> str:
    """After these users have signed in one after the other."""
    written, browser = "", STRANGE
    for user in users:
        written = browsers.written(browser, user, keys, now)
        browser = read(written, now=now, keys=keys)
    return written


def read(written: str | None, *, now: datetime, keys: Keys = KEYS, days: int = 180) -> Browser:
    return browsers.read(written, keys, now, days=days)


def test_a_browser_is_known_for_whoever_signed_in_and_nobody_else(now: datetime) -> None:
    known = read(cookie(7, now=now), now=now)
    assert known.nonce_of(7) is not None
    assert known.nonce_of(8) is None


def test_a_browser_is_known_for_the_last_five_of_its_users(now: datetime) -> None:
    known = read(cookie(1, 2, 3, 4, 5, 6, 7, now=now), now=now)
    assert [user for user in range(1, 8) if known.nonce_of(user)] == [3, 4, 5, 6, 7]


def test_signing_in_again_keeps_the_number_its_failures_are_counted_by(now: datetime) -> None:
    once, again = (read(cookie(*users, now=now), now=now) for users in ((7,), (7, 7)))
    assert len(again.marks) == 1
    assert len(once.marks) == 1
    third = read(browsers.written(again, 7, KEYS, now), now=now)
    assert third.nonce_of(7) == again.nonce_of(7)


def test_two_browsers_of_one_user_are_two(now: datetime) -> None:
    one, other = (read(cookie(7, now=now), now=now) for _ in range(2))
    assert one.nonce_of(7) != other.nonce_of(7)


def test_the_cookie_of_five_users_is_short_enough_to_be_read(now: datetime) -> None:
    assert len(cookie(1, 2, 3, 4, 10**18, now=now)) < browsers.LONGEST


def test_a_replaced_key_still_knows_its_browsers(now: datetime) -> None:
    rotated = Keys((OTHER.current, KEYS.current))
    old = cookie(7, 8, now=now)
    known = read(old, now=now, keys=rotated)
    renewed = browsers.written(known, 8, rotated, now)
    assert known.nonce_of(7) is not None
    assert read(renewed, now=now, keys=rotated).nonce_of(7) == known.nonce_of(7)
    assert read(renewed, now=now, keys=OTHER).nonce_of(8) == known.nonce_of(8)


def test_a_dropped_key_knows_nobody(now: datetime) -> None:
    assert not read(cookie(7, now=now), now=now, keys=OTHER).is_known


def test_a_browser_is_forgotten_after_its_days(now: datetime) -> None:
    written = cookie(7, now=now)
    found = [read(written, now=now + timedelta(days=days)).is_known for days in (179, 181)]
    assert found == [True, False]


def test_where_no_browser_is_to_be_known_none_is(now: datetime) -> None:
    assert not read(cookie(7, now=now), now=now, days=0).is_known


def test_no_mark_moves_to_another_user_or_cookie(now: datetime) -> None:
    mine, theirs = cookie(7, now=now), cookie(8, now=now)
    joined = f"{mine.rpartition('.')[0]}~{theirs}"
    swapped = f"{theirs.rpartition('.')[0]}.{mine.rpartition('.')[2]}"
    assert [read(one, now=now).is_known for one in (joined, swapped)] == [False, False]


@given(st.text(max_size=700))
def test_what_is_no_cookie_of_ours_is_a_strangers(made_up: str) -> None:
    now = datetime.fromisoformat("2026-03-04T12:00:00+00:00")
    assert read(made_up, now=now) == STRANGE


@pytest.mark.parametrize("place", [0, 5, 20, 40, -5, -1])
def test_a_changed_cookie_is_a_strangers(now: datetime, place: int) -> None:
    written = cookie(7, now=now)
    at = place % len(written)
    changed = written[:at] + ("A" if written[at] != "A" else "B") + written[at + 1 :]
    assert read(changed, now=now) == STRANGE
