"""A link followed again, a tab restored, a button pressed twice: the page says what happened, and what to do."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from flask_acct.db.models import User
from flask_acct.features.accounts import flows as accounts
from flask_acct.security import tokens
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from ..scopes import a_scope
from .site import Build, Site
from .visitor import Visitor


def address_in(letter: EmailMessage) -> str:
    """Where the first link of a text mail leads on this site."""
    body = letter.get_body(("plain",))
    assert body is not None
    found = re.search(r"https?://[^/\s]+(/\S+)", body.get_content())
    assert found is not None
    return found[1]


def asked(site: Site) -> str:
    """The link of the mail that asks to confirm a request for a new password."""
    visitor = site.visitor()
    visitor.open("/account/recover/password")
    visitor.post("/account/recover/password", {"kind": "email", "value": "alice@example.com"})
    ((_, letter),) = site.letters()
    return address_in(letter)


def test_a_request_confirmed_twice_is_said_to_be_confirmed(make: Build) -> None:
    site = make("customer-panel")
    link, visitor = asked(site), site.visitor()
    visitor.open(link)
    assert visitor.press(site.say("recovery.confirm.submit")).says("recovery.confirm.sent")
    page = site.visitor().open(link)
    assert page.screen == "recovery.password"
    assert page.says("recovery.password.confirmed")
    assert len(site.letters()) == 1


def test_the_button_of_a_request_pressed_in_two_tabs_is_said_to_be_confirmed(make: Build) -> None:
    site = make("customer-panel")
    link = asked(site)
    tabs = [site.visitor(), site.visitor()]
    for tab in tabs:
        tab.open(link)
    pages = [tab.press(site.say("recovery.confirm.submit")) for tab in tabs]
    assert [page.says("recovery.password.confirmed") for page in pages] == [False, True]


def test_a_request_that_is_too_old_is_dead_and_not_confirmed(make: Build) -> None:
    site = make("customer-panel")
    link = asked(site)
    site.clock.move(hours=2)
    assert site.visitor().open(link).says("recovery.password.dead")


@pytest.mark.parametrize("purpose", ["password_link", "activation"])
def test_a_link_that_set_a_password_says_so_afterwards(site: Site, purpose: tokens.Purpose) -> None:
    if purpose == "activation":
        with site.acct.database.transaction() as db:
            alice = db.scalars(select(User).where(User.username == "alice")).one()
            accounts.invite(
                a_scope(db, platform=site.acct.platform, keys=site.acct.keys, now=site.clock()),
                alice,
                site.people.account,
            )
    else:
        site.visitor().open("/account/recover/password")
        visitor = site.visitor()
        visitor.open("/account/recover/password")
        visitor.post("/account/recover/password", {"email": "alice@example.com"})
    ((_, letter),) = site.letters()
    link, visitor = address_in(letter), site.visitor()
    visitor.open(link)
    visitor.press(
        site.say("password.set.submit"),
        {site.say("password.set.new"): NEW_PASSWORD, site.say("password.set.repeat"): NEW_PASSWORD},
    )
    page = site.visitor().open(link)
    assert page.status == 410
    assert page.screen == "recovery.password"
    assert page.says("recovery.password.used")


def test_a_link_that_a_newer_one_replaced_set_nothing(site: Site) -> None:
    links = []
    for _ in range(2):
        visitor = site.visitor()
        visitor.open("/account/recover/password")
        visitor.post("/account/recover/password", {"email": "alice@example.com"})
        ((_, letter),) = site.letters()
        links.append(address_in(letter))
    assert site.visitor().open(links[0]).says("recovery.password.dead")


@pytest.fixture
def offered(site: Site) -> tuple[str, Visitor]:
    """The link of an offer of ownership, and Bob, to whom it was made."""
    alice = site.visitor(site.people.alice)
    alice.open("/account/users/transfer")
    alice.post("/account/users/transfer", {"to": str(site.people.bob.id), "password": PASSWORD, "acct_account": "9000"})
    letter = next(letter for to, letter in site.letters() if to == "bob@example.com")
    return address_in(letter), site.visitor(site.people.bob)


def test_who_accepted_an_account_reads_that_it_is_theirs(site: Site, offered: tuple[str, Visitor]) -> None:
    link, bob = offered
    bob.open(link)
    assert bob.press(site.say("users.receive.submit")).says("users.receive.accepted")
    page = bob.open(link)
    assert page.says("users.receive.already")
    assert not page.says("users.receive.over")


def test_who_declined_one_reads_that_it_is_over(site: Site, offered: tuple[str, Visitor]) -> None:
    link, bob = offered
    bob.open(f"{link}/decline")
    site.run("UPDATE acct_transfer SET state = 'declined', settled_at = '2026-03-04'")
    assert bob.open(link).says("users.receive.over")


def test_who_accepted_one_and_gave_it_away_since_reads_that_it_is_over(
    site: Site, offered: tuple[str, Visitor]
) -> None:
    link, bob = offered
    bob.open(link)
    bob.press(site.say("users.receive.submit"))
    site.run("UPDATE acct_membership SET is_owner = :no", no=False)
    assert bob.open(link).says("users.receive.over")
