"""When a session ends, and what one with a password to set may do."""

from __future__ import annotations

import pytest

from flask_acct.db.models import User
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .site import Build, Site
from .visitor import Visitor


def is_in(visitor: Visitor) -> bool:
    return visitor.open("/services").status == 200 and visitor.page.heading.startswith("Services")


def change(
    visitor: Visitor, site: Site, old: str = PASSWORD, new: str = NEW_PASSWORD, repeat: str | None = None
) -> None:
    visitor.open("/account/password/change")
    typed = {site.say("password.change.current"): old, site.say("password.change.new"): new,
             site.say("password.change.repeat"): new if repeat is None else repeat}  # fmt: skip
    visitor.press(site.say("password.change.submit"), typed)


def test_a_session_lives_29_minutes_and_59_seconds_without_use(site: Site) -> None:
    alice = site.alice()
    site.clock.move(minutes=29, seconds=59)
    assert is_in(alice)


def test_it_lives_so_long_after_the_last_use_even_if_that_was_within_the_first_minute(site: Site) -> None:
    alice = site.alice()
    site.clock.move(seconds=59)
    alice.open("/services")
    site.clock.move(minutes=29, seconds=59)
    assert is_in(alice)


def test_a_session_is_over_a_minute_after_its_idle_time_at_the_latest(site: Site) -> None:
    alice = site.alice()
    site.clock.move(minutes=31, seconds=1)
    assert not is_in(alice)


def test_use_prolongs_a_session(site: Site) -> None:
    alice = site.alice()
    for _ in range(4):
        site.clock.move(minutes=29)
        assert is_in(alice)


def test_a_background_request_does_not_prolong_it(site: Site) -> None:
    alice = site.alice()
    for _ in range(4):
        site.clock.move(minutes=8)
        alice.open("/services", **{"X-Acct-Background": "1"})
    assert not is_in(alice)


def test_asking_how_long_the_session_lasts_does_not_prolong_it(site: Site) -> None:
    alice = site.alice()
    site.clock.move(minutes=10)
    first = alice.open("/account/session").response.get_json()["seconds"]
    site.clock.move(minutes=10)
    assert first - alice.open("/account/session").response.get_json()["seconds"] == 600


def test_staying_signed_in_prolongs_it(site: Site) -> None:
    alice = site.alice()
    site.clock.move(minutes=25)
    token = alice.open("/account/session").response.get_json()["csrf_token"]
    alice.client.post("/account/session", data={"csrf_token": token})
    site.clock.move(minutes=25)
    assert is_in(alice)


def test_staying_signed_in_needs_the_form_token(site: Site) -> None:
    alice = site.alice()
    assert alice.client.post("/account/session").status_code == 400


def test_a_visitor_is_told_401_when_asking_how_long(site: Site) -> None:
    assert site.visitor().open("/account/session").status == 401


def test_a_session_in_constant_use_ends_after_24_hours(site: Site) -> None:
    alice = site.alice()
    for _ in range(71):
        site.clock.move(minutes=20)
        assert is_in(alice)
    site.clock.move(minutes=19, seconds=59)
    assert is_in(alice)
    # Used a second ago: it does not end because nobody uses it.
    site.clock.move(seconds=1)
    assert not is_in(alice)


def test_a_clock_set_back_revives_no_ended_session_for_longer_than_it_was_set_back(site: Site) -> None:
    alice = site.alice()
    site.clock.move(minutes=-10)
    assert is_in(alice)
    site.clock.move(minutes=42)
    assert not is_in(alice)


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(site: Site) -> None:
    here, there, elsewhere = (site.alice() for _ in range(3))
    change(here, site)
    assert [is_in(visitor) for visitor in (here, there, elsewhere)] == [True, False, False]


def test_a_changed_password_is_the_one_to_sign_in_with(site: Site) -> None:
    change(site.alice(), site)
    assert [is_in(site.sign_in("alice@example.com", p)) for p in (PASSWORD, NEW_PASSWORD)] == [False, True]


def test_a_change_that_fails_ends_nothing(site: Site) -> None:
    here, there = site.alice(), site.alice()
    change(here, site, old="not my password at all")
    assert here.page.says("password.change.wrong")
    assert is_in(there)


def test_the_session_of_a_removed_user_is_over(site: Site) -> None:
    alice = site.alice()
    site.run("DELETE FROM acct_user WHERE id = :id", id=site.people.alice.id)
    assert not is_in(alice)


def test_bob_who_was_taken_out_of_the_account_is_told_so_at_the_next_request(make: Build) -> None:
    site = make("sending-platform")
    bob = site.sign_in("bob")
    site.run("DELETE FROM acct_membership WHERE user_id = :id", id=site.people.bob.id)
    assert bob.open("/services").screen == "accounts.none"
    assert bob.page.status == 403


def test_a_permission_given_now_works_at_the_next_request(make: Build) -> None:
    site = make("sending-platform")
    bob = site.sign_in("bob")
    before = bob.open("/invoices").status
    site.run("UPDATE acct_membership SET permissions = '[\"invoices\"]' WHERE user_id = :id", id=site.people.bob.id)
    assert before == 403
    assert bob.open("/invoices").status == 200


@pytest.mark.parametrize(
    ("statement", "screen"),
    [
        ("UPDATE acct_account SET state = 'suspended'", "accounts.suspended"),
        ("UPDATE acct_account SET state = 'closed'", "accounts.closed"),
        ("UPDATE acct_account SET plan_expires_on = '2026-03-03'", "accounts.expired"),
    ],
)
def test_an_account_that_is_not_open_says_so_on_the_hosts_pages(any_site: Site, statement: str, screen: str) -> None:
    alice = any_site.alice()
    any_site.run(statement)
    page = alice.open("/services")
    assert page.screen == screen
    assert page.status == 403
    assert "Ortega Bakery" in page.text


def test_a_plan_is_good_on_its_last_day(site: Site) -> None:
    alice = site.alice()
    site.run("UPDATE acct_account SET plan_expires_on = '2026-03-04'")
    assert is_in(alice)


@pytest.mark.parametrize("name", ["suspended", "closed", "none", "expired"])
def test_an_open_account_has_none_of_those_pages(site: Site, name: str) -> None:
    assert site.alice().open(f"/account/status/{name}").heading == "Home"


def test_a_script_in_an_account_that_is_not_open_is_told_in_json(site: Site) -> None:
    alice = site.alice()
    site.run("UPDATE acct_account SET state = 'suspended'")
    answer = alice.open("/services", Accept="application/json").response
    assert answer.status_code == 403
    assert answer.get_json()["error"] == "account_suspended"


def restricted(site: Site, user: User) -> Visitor:
    visitor = site.visitor()
    visitor.client.must_set_password(user)  # type: ignore[attr-defined]
    return visitor


def test_a_session_with_a_password_to_set_reaches_nothing_else(site: Site) -> None:
    """Every route there is, but those anybody may open."""
    screens = site.app.extensions["acct"].platform.declared.screens.values()
    open_ones = {screen.name for screen in screens if screen.access in ("anyone", "visitor") and not screen.needs}
    anybody = {f"acct.{name.replace('.', '_')}" for name in open_ones | {"password.set"}}
    anybody |= {"acct.static", "acct.brand", "acct.icon", "static", "home", "me", "trouble", "boom", "acct.help"}
    anybody |= {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint.startswith(("acct_votes.", "acct_operators."))
    }
    alice = restricted(site, site.people.alice)
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.endpoint not in anybody and not rule.arguments]
    reached = {rule.rule: alice.open(rule.rule) for rule in rules}
    stopped = {path for path, page in reached.items() if page.screen == "password.set" or page.status == 401}
    assert set(reached) - stopped == set()
    assert len(reached) >= 7


def test_it_is_nobody_to_the_host(site: Site) -> None:
    assert restricted(site, site.people.alice).open("/me").response.get_json() == {"user": None}


def test_its_scripts_are_told_401(site: Site) -> None:
    assert restricted(site, site.people.alice).open("/services", Accept="application/json").status == 401


def test_it_cannot_change_the_password_with_the_old_one(site: Site) -> None:
    alice = restricted(site, site.people.alice)
    alice.open("/account/password/set")
    before = site.rows()
    alice.post("/account/password/change", {"current": PASSWORD, "new": NEW_PASSWORD, "repeat": NEW_PASSWORD})
    assert site.rows() == before


def test_it_ends_after_twenty_minutes(site: Site) -> None:
    alice = restricted(site, site.people.alice)
    site.clock.move(minutes=20, seconds=1)
    assert alice.open("/account/password/set").screen == "login.form"


def test_it_ends_when_the_password_is_set_and_nobody_is_signed_in_by_that(site: Site) -> None:
    alice = restricted(site, site.people.alice)
    alice.open("/account/password/set")
    typed = {site.say("password.set.new"): NEW_PASSWORD, site.say("password.set.repeat"): NEW_PASSWORD}
    page = alice.press(site.say("password.set.submit"), typed)
    assert page.screen == "login.form"
    assert page.says("login.form.password_set")
    assert not is_in(alice)
