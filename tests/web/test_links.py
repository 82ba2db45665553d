"""What each mailed secret opens, and what it does not: every purpose at every door, and made-up ones at all of them.

Source: ASVS 6.5.2, 9.2.2; CVE-2019-16109, CVE-2026-18963, CVE-2023-48220.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args
from urllib.parse import urlencode

import pytest

from flask_acct import config as configuration
from flask_acct.db.models import Invitation, User
from flask_acct.declare.elements import PREFIX, Screen
from flask_acct.features import declare
from flask_acct.security import tokens

from ..personas import NEW_PASSWORD
from ..scopes import a_scope
from .site import Build, Site
from .test_limits import changed
from .test_parity import plain
from .test_passwords import link, opened, set_to
from .test_users import ended, invite, place, stranger
from .test_users import link as invitation_link

AREA = configuration.preset("client-area")
ASKS_TWICE = AREA.recovery.password.model_copy(update={"confirm": True})
EVERY_DOOR = changed(recovery={"password": ASKS_TWICE}, signup={"enabled": True})
"""Where one link confirms what was asked for, another one sets the password, and strangers may sign up."""

PURPOSES: tuple[tokens.Purpose, ...] = get_args(tokens.Purpose)
DOORS = [screen for screen in declare(EVERY_DOOR.on(None)).screens.values() if screen.opened_by]
ENTRANCES = {door.opened_by: door for door in DOORS}.values()
"""One of those that the same kind of link opens."""
GOOD = {"new": NEW_PASSWORD, "repeat": NEW_PASSWORD, "first_name": "Mallory", "last_name": "M"}
"""What fills in whichever form is behind a door."""

MADE_UP = ["", "null", "0" * 43, "a" * 20]


@pytest.fixture
def doors(make: Build) -> Site:
    """All of them; Zoe is invited."""
    site = make(EVERY_DOOR)
    invite(site)
    return site


def secret_of(site: Site, purpose: tokens.Purpose) -> str:
    """A secret that nothing but its purpose keeps from a door: it says all that any of them asks for.

    It is Alice's, or nobody's where only that can open one.
    """
    with site.acct.database.transaction() as db:
        if purpose == "sign_up":
            address = "mallory@evil.example"
            how: dict[str, Any] = {"about": {"email": address}}
            nobodys = tokens.issue_to_nobody(
                a_scope(db, keys=site.acct.keys, now=site.clock()), purpose, address, lifetime=timedelta(hours=1), **how
            )
            return tokens.secret_of(nobodys, site.acct.keys)
        invitation = db.query(Invitation).order_by(Invitation.id).first()
        assert invitation is not None
        alice = db.get_one(User, site.people.alice.id)
        token = tokens.issue(
            a_scope(db, keys=site.acct.keys, now=site.clock()),
            purpose,
            user=alice,
            lifetime=timedelta(hours=1),
            about={"invitation_id": invitation.id, "email": "mallory@evil.example"},
        )
        invitation.token_id = token.id
        return tokens.secret_of(token, site.acct.keys)


def try_door(site: Site, door: Screen, secret: str, who: User | None) -> bool:
    """Whether anybody who comes with the secret is shown the door's own form, or makes it fail, or stores anything."""
    before = kept(site)
    visitor = site.visitor(who)
    visitor.open("/account/me" if who else "/account/login")
    token = visitor.csrf()
    shown = visitor.open(f"{PREFIX}/{door.path}?{urlencode({'token': secret})}")
    form = {**GOOD, "csrf_token": token, "acct_account": "9000"}
    answer = visitor.client.post(f"{PREFIX}/{door.path}", data=form)
    return (shown.screen, shown.status) == (door.name, 200) or answer.status_code >= 500 or kept(site) != before


def kept(site: Site) -> object:
    """All that is stored, but for the sessions that a test begins and what is counted."""
    return site.rows("acct_session", "acct_tally")


def opens(site: Site, door: Screen, secret: str) -> bool:
    """Whether the secret lets a visitor or Alice herself do or see anything at the door."""
    return any(try_door(site, door, secret, who) for who in (None, site.people.alice))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_secret_opens_no_door_of_another_purpose(doors: Site, door: Screen) -> None:
    others = [purpose for purpose in PURPOSES if purpose not in door.opened_by]
    assert [purpose for purpose in others if opens(doors, door, secret_of(doors, purpose))] == []


@pytest.mark.parametrize(
    ("door", "purpose"),
    [
        ("password.set", "password_link"), ("password.set", "activation"), ("recovery.confirm", "confirm_recovery"),
        ("profile.confirm_email", "email_change"), ("users.decline", "invitation"), ("users.invitation", "invitation"),
        ("signup.finish", "sign_up"),
    ],
)  # fmt: skip
def test_the_comparison_notices_a_door_that_opens(doors: Site, door: str, purpose: tokens.Purpose) -> None:
    (there,) = [screen for screen in DOORS if screen.name == door]
    assert opens(doors, there, secret_of(doors, purpose))


@pytest.mark.parametrize("purpose", [purpose for purpose in PURPOSES if purpose != "temporary_password"])
def test_a_secret_of_a_link_signs_nobody_in(doors: Site, purpose: tokens.Purpose) -> None:
    before = doors.rows("acct_tally", "acct_token", "acct_invitation")
    page = doors.sign_in("alice@example.com", secret_of(doors, purpose)).page
    assert page.status == 422
    assert page.says("login.form.wrong")
    assert doors.rows("acct_tally", "acct_token", "acct_invitation") == before


@pytest.mark.parametrize("door", ENTRANCES, ids=lambda door: door.name)
def test_what_is_made_up_opens_no_door(doors: Site, door: Screen) -> None:
    with doors.acct.database.session() as db:
        # What a stolen copy of the database says of the secrets in it.
        stolen = [text for token in db.query(tokens.Token) for text in (token.digest, token.digest[:43])]
    assert [secret for secret in (*MADE_UP, *stolen) if opens(doors, door, secret)] == []


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_made_up_links_have_to_wait_at_every_door(make: Build, door: Screen) -> None:
    limits: dict[str, object] = {"dead_links_per_address_per_hour": 2}
    site = make(changed(recovery={"password": ASKS_TWICE}, signup={"enabled": True}, limits=limits))
    guess = f"{PREFIX}/{door.path}?token={'x' * 42}"
    answers = [site.visitor(site.people.alice).client.get(f"{guess}{number}").status_code for number in range(4)]
    assert answers == [303, 303, 429, 429]


@pytest.mark.parametrize("door", ENTRANCES, ids=lambda door: door.name)
def test_whoever_has_no_link_learns_nothing_of_those_there_are(doors: Site, door: Screen) -> None:
    path = f"{PREFIX}/{door.path}"
    guess = f"{path}?token={'x' * 43}"
    before = [plain(doors.visitor().open(address).html) for address in (path, guess)]
    for purpose in PURPOSES:
        secret_of(doors, purpose)
    assert [plain(doors.visitor().open(address).html) for address in (path, guess)] == before


# An invitation that is over, and the way to a new password.


@pytest.mark.parametrize("how", ["declined", "revoked", "superseded", "expired"])
def test_a_new_password_brings_no_invitation_back(site: Site, how: str) -> None:
    """Source: CVE-2023-48220, where an invitation past its time was accepted by a password reset."""
    dora = stranger(site, "dora")
    sent = ended(site, how, dora.email)
    set_to(opened(site, link(site, dora)), site)
    visitor = site.sign_in(dora.email, NEW_PASSWORD)
    page = visitor.open(sent)
    assert page.status == 410
    assert page.says(f"users.ended.{how}")
    assert place(site, dora) is None


@pytest.mark.parametrize("how", ["declined", "revoked", "superseded", "expired"])
def test_whoever_was_only_invited_has_no_password_to_recover(site: Site, how: str) -> None:
    ended(site, how)
    site.letters()
    visitor = site.visitor()
    visitor.open("/account/recover/password")
    visitor.press(site.say("recovery.password.submit"), {site.say("recovery.password.email"): "zoe.paz@example.org"})
    assert visitor.page.says("recovery.password.sent")
    assert site.letters() == []


@pytest.mark.parametrize("how", ["revoked", "superseded", "expired"])
def test_a_page_to_accept_that_was_open_when_the_invitation_ended_lets_nobody_in(site: Site, how: str) -> None:
    dora = stranger(site, "dora")
    alice = invite(site, dora.email)
    if how == "expired":
        site.clock.move(days=7, minutes=-10)
    visitor = site.visitor(dora)
    visitor.open(invitation_link(site))
    if how == "expired":
        site.clock.move(minutes=10)
    else:
        alice.press(site.say("users.list.cancel" if how == "revoked" else "users.list.resend"))
    page = visitor.press(site.say("users.accept.submit"))
    assert page.says(f"users.ended.{how}")
    assert place(site, dora) is None
