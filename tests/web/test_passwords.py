"""Setting a password through a link, and what the link may not be used for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flask_acct.config import Config, PasswordRecovery, Recovery
from flask_acct.db.models import User
from flask_acct.security import tokens
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from ..scopes import a_scope
from .site import Build, Site
from .visitor import Visitor


def link(site: Site, user: User, purpose: tokens.Purpose = "password_link") -> str:
    """The secret of a fresh link for this user."""
    with site.acct.database.transaction() as db:
        token = tokens.issue(
            a_scope(db, keys=site.acct.keys, now=site.clock()), purpose, user=user, lifetime=timedelta(hours=1)
        )
        return tokens.secret_of(token, site.acct.keys)


def opened(site: Site, secret: str, visitor: Visitor | None = None) -> Visitor:
    visitor = visitor or site.visitor()
    visitor.open(f"/account/password/set?token={secret}")
    return visitor


def set_to(visitor: Visitor, site: Site, new: str = NEW_PASSWORD, repeat: str | None = None) -> None:
    typed = {site.say("password.set.new"): new, site.say("password.set.repeat"): new if repeat is None else repeat}
    visitor.press(site.say("password.set.submit"), typed)


def works(site: Site, password: str) -> bool:
    return site.sign_in(site.identifier(site.people.alice), password).page.heading == "Home"


def test_a_link_sets_the_password_and_signs_nobody_in(any_site: Site) -> None:
    visitor = opened(any_site, link(any_site, any_site.people.alice))
    set_to(visitor, any_site)
    assert visitor.page.screen == "login.form"
    assert visitor.page.says("login.form.password_set")
    assert visitor.open("/services").screen == "login.form"
    assert works(any_site, NEW_PASSWORD)
    assert not works(any_site, PASSWORD)


def test_the_secret_is_gone_from_the_address(site: Site) -> None:
    secret = link(site, site.people.alice)
    assert secret not in opened(site, secret).path + opened(site, secret).page.html


def test_a_link_works_once(site: Site) -> None:
    secret = link(site, site.people.alice)
    set_to(opened(site, secret), site)
    page = opened(site, secret).page
    assert page.status == 410
    assert page.screen == "recovery.password"
    assert page.says("recovery.password.used")


def test_a_link_scanner_does_not_use_a_link_up(site: Site) -> None:
    secret = link(site, site.people.alice)
    scanner = site.visitor()
    scanner.client.head(f"/account/password/set?token={secret}")
    for _ in range(5):
        opened(site, secret, scanner)
    set_to(opened(site, secret), site)
    assert works(site, NEW_PASSWORD)


def test_a_slip_in_the_new_password_does_not_use_the_link_up(site: Site) -> None:
    visitor = opened(site, link(site, site.people.alice))
    for new, repeat, says in [
        ("short", "short", "too_short"), (NEW_PASSWORD, "other", "differ"), ("abc" * 6, "abc" * 6, "repeats"),
        (PASSWORD, PASSWORD, "too_common"), ("alice@example.com", "alice@example.com", "about_you"),
    ]:  # fmt: skip
        set_to(visitor, site, new, repeat)
        told = [id_ for id_ in visitor.page.elements if id_.startswith("password.rules.")]
        assert visitor.page.status == 422
        assert told == [f"password.rules.{says}"]
    set_to(visitor, site)
    assert works(site, NEW_PASSWORD)


def test_the_old_password_is_no_new_one(site: Site) -> None:
    set_to(opened(site, link(site, site.people.alice)), site)
    visitor = opened(site, link(site, site.people.alice))
    set_to(visitor, site)
    assert visitor.page.says("password.rules.same_as_old")


def test_a_link_is_good_for_an_hour(site: Site) -> None:
    secret = link(site, site.people.alice)
    site.clock.move(minutes=59, seconds=59)
    before = opened(site, secret).page.screen
    site.clock.move(seconds=1)
    assert before == "password.set"
    assert opened(site, secret).page.screen == "recovery.password"


def test_an_hour_passed_over_the_form_is_told_as_a_dead_link(site: Site) -> None:
    visitor = opened(site, link(site, site.people.alice))
    site.clock.move(hours=1)
    set_to(visitor, site)
    assert visitor.page.says("recovery.password.dead")
    assert works(site, PASSWORD)


@pytest.mark.parametrize("secret", ["", "x", "None", "null", "x" * 43, "0", "%00", "%ff", "a" * 9000])
def test_a_made_up_link_is_dead(site: Site, secret: str) -> None:
    page = site.visitor().open(f"/account/password/set?token={secret}")
    assert (page.status, page.screen) in {(410, "recovery.password"), (200, "login.form")}


def test_links_cut_or_changed_are_dead(site: Site) -> None:
    secret = link(site, site.people.alice)
    changed = [secret[:-1], secret[1:], secret.swapcase(), secret + "x", secret[::-1]]
    assert {opened(site, one).page.screen for one in changed} == {"recovery.password"}


@pytest.mark.parametrize("around", ["%20{}", "{}%20", "{}.", "{}%3E", "{}%0A", "{}%E2%80%8B", "%22{}%22", "{})"])
def test_what_a_mail_program_added_to_a_link_does_not_matter(site: Site, around: str) -> None:
    secret = link(site, site.people.alice)
    assert opened(site, around.format(secret)).page.screen == "password.set"


@pytest.mark.parametrize("purpose", ["confirm_recovery", "temporary_password"])
def test_a_secret_of_another_purpose_sets_no_password(site: Site, purpose: tokens.Purpose) -> None:
    assert opened(site, link(site, site.people.alice, purpose)).page.screen == "recovery.password"


@pytest.mark.parametrize("query", ["?token=", "?token=x", ""])
def test_a_signed_in_session_never_sets_a_password_without_the_current_one(site: Site, query: str) -> None:
    """Neither with an empty token nor with one that was not carried into the session."""
    alice = site.alice()
    alice.open("/account/password/change")
    token = alice.csrf()
    alice.client.get(f"/account/password/set{query}")
    before = site.rows("acct_session")
    data = {"csrf_token": token, "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    alice.client.post(f"/account/password/set{query}", data=data)
    assert site.rows("acct_session") == before


def test_a_link_opened_by_somebody_signed_in_sets_the_password_of_the_links_user(site: Site) -> None:
    charlie = site.visitor(site.people.charlie)
    set_to(opened(site, link(site, site.people.alice), charlie), site)
    assert works(site, NEW_PASSWORD)


def test_everything_else_of_the_user_ends_with_a_new_password(site: Site) -> None:
    session, other = site.alice(), link(site, site.people.alice, "confirm_recovery")
    set_to(opened(site, link(site, site.people.alice)), site)
    with site.acct.database.session() as db:
        assert tokens.find(a_scope(db, now=site.clock()), other, "confirm_recovery") is None
    assert session.open("/services").screen == "login.form"


def test_a_new_password_is_told_to_its_user(site: Site) -> None:
    set_to(opened(site, link(site, site.people.alice)), site)
    ((recipient, letter),) = site.letters()
    assert recipient == "alice@example.com"
    assert letter["Subject"] == site.say("password.changed.subject")


def test_a_dead_link_without_recovery_says_that_it_is_gone(make: Build) -> None:
    site = make(Config(recovery=Recovery(password=PasswordRecovery(enabled=False, identify=("email",)))))
    page = site.visitor().open("/account/password/set?token=spent")
    assert page.status == 410
    assert page.screen == "error.gone"


def test_a_dead_link_without_recovery_is_not_kept_in_the_browser(make: Build) -> None:
    site = make(Config(recovery=Recovery(password=PasswordRecovery(enabled=False, identify=("email",)))))
    visitor = site.visitor()
    visitor.open("/account/password/set?token=spent")
    assert visitor.open("/account/password/set").screen == "login.form"


def test_an_address_that_changed_takes_the_links_worth(site: Site) -> None:
    secret = link(site, site.people.alice)
    site.run("UPDATE acct_user SET email = 'a2@example.com', email_key = 'a2@example.com' WHERE id = :id",
             id=site.people.alice.id)  # fmt: skip
    assert opened(site, secret).page.screen == "recovery.password"


def test_an_expired_password_opens_only_the_page_to_set_a_new_one(make: Build) -> None:
    site = make("email-marketing")
    site.clock.move(days=20)
    alice = site.sign_in("alice")
    assert alice.page.screen == "password.set"
    assert alice.page.says("password.set.expired")
    assert alice.open("/services").screen == "password.set"
    set_to(alice, site)
    assert site.sign_in("alice", NEW_PASSWORD).page.heading == "Home"


def test_a_password_is_good_until_its_last_second(make: Build) -> None:
    site = make("email-marketing")
    site.clock.move(days=19, hours=23, minutes=59, seconds=59)
    assert site.sign_in("alice").page.heading == "Home"
