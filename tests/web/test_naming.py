"""What a user is called: by the user name where people sign in with it, else by the email address."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from flask_acct import config as configuration
from flask_acct.accounts.naming import full_display_name
from flask_acct.db.models import User
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .site import Build, Site
from .visitor import Read

MADE_UP = "zz-made-up"
"""A user name nobody has ever been told."""
WITHOUT = ("client-area", "customer-panel")
WITH = ("email-marketing", "sending-platform")


@pytest.fixture(params=WITHOUT)
def unnamed(request: pytest.FixtureRequest, make: Build) -> Site:
    """A preset where nobody signs in with a user name."""
    return renamed(make(request.param))


@pytest.fixture(params=WITH)
def named(request: pytest.FixtureRequest, make: Build) -> Site:
    """A preset where people do."""
    return renamed(make(request.param))


def renamed(site: Site) -> Site:
    """Everybody has a made-up user name, and nobody a name."""
    site.run(
        "UPDATE acct_user SET first_name = '', last_name = '', username = :name || id, username_key = :name || id",
        name=MADE_UP,
    )
    return site


def words(page: Read) -> str:
    return " ".join(node.text for node in page.nodes if node.tag == "body")


def body(letters: list[tuple[str, EmailMessage]]) -> str:
    return "".join(f"{mail['Subject']} {part.get_content()}" for _, mail in letters for part in mail.walk()
                   if part.get_content_maintype() == "text")  # fmt: skip


def test_no_page_shows_a_user_name_that_nobody_signs_in_with(unnamed: Site) -> None:
    pages = [one for one in unnamed.acct.platform.declared.screens.values() if one.access in ("user", "anyone")]
    paths = [f"/account/{one.path}" for one in pages if "<" not in one.path and one.name != "login.logout"]
    shown = [path for path in paths if MADE_UP in words(unnamed.visitor(unnamed.people.alice).open(path))]
    assert shown == []
    assert len(paths) > 10


def test_no_page_about_another_user_shows_it(make: Build) -> None:
    site, bob = renamed(make("client-area")), "/account/users/2"
    alice = site.alice()
    pages = ["/account/users", f"{bob}/permissions", f"{bob}/remove", "/account/users/transfer"]
    found = [alice.open(path) for path in pages]
    text = "".join(page.text for page in found)
    assert [page.status for page in found] == [200] * 4
    assert MADE_UP not in text
    assert "bob@example.com" in text


def test_the_menu_shows_the_address_one_signs_in_with(unnamed: Site) -> None:
    page = unnamed.visitor(unnamed.people.alice).open("/account/me")
    assert [n.text for n in page.nodes if n.attributes.get("class") == "acct-username"] == ["alice@example.com"]


def test_the_menu_shows_the_user_name_one_signs_in_with(named: Site) -> None:
    page = named.visitor(named.people.alice).open("/account/me")
    assert [n.text for n in page.nodes if n.attributes.get("class") == "acct-username"] == [f"{MADE_UP}1"]


def test_whoever_has_no_name_is_greeted_by_their_address(unnamed: Site) -> None:
    assert (
        "alice@example.com"
        in unnamed.visitor(unnamed.people.alice).open("/account/me").element("shell.menu.hello").text
    )


def test_a_mail_about_the_password_names_no_user_name(unnamed: Site) -> None:
    alice = unnamed.visitor(unnamed.people.alice)
    alice.open("/account/password/change")
    typed = {"current": PASSWORD, "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    assert alice.post("/account/password/change", typed).status_code == 303
    text = body(unnamed.letters())
    assert MADE_UP not in text
    assert "alice@example.com" in text


def test_the_way_back_in_names_no_user_name(unnamed: Site) -> None:
    visitor = unnamed.visitor()
    visitor.open("/account/recover/password")
    visitor.post(
        "/account/recover/password", {"kind": "email", "value": "alice@example.com", "email": "alice@example.com"}
    )
    text = body(unnamed.letters())
    assert text
    assert MADE_UP not in text


def test_the_way_back_in_names_the_user_name_one_signs_in_with(named: Site) -> None:
    visitor = named.visitor()
    visitor.open("/account/recover/password")
    typed = {"username": f"{MADE_UP}1", "email": "alice@example.com"}
    visitor.post("/account/recover/password", typed)
    assert f"{MADE_UP}1" in body(named.letters())


def test_a_change_of_address_tells_the_old_mailbox_nothing_of_the_new_one(make: Build) -> None:
    """The one who reads the old mailbox may be the one who must not know."""
    site = renamed(make("client-area"))
    alice = site.alice()
    alice.open("/account/me/email")
    alice.post("/account/me/email", {"new": "new@example.net", "password": PASSWORD})
    link = next(line for _, mail in site.letters() if mail["To"] == "new@example.net"
                for line in mail.get_body(("plain",)).get_content().splitlines() if "token=" in line)  # type: ignore[union-attr]  # fmt: skip
    alice.open(link.removeprefix("http://127.0.0.1:5000"))
    alice.press(site.say("profile.confirm_email.submit"))
    old = [one for one in site.letters() if one[0] == "alice@example.com"]
    assert old
    assert "new@example.net" not in body(old)


def test_a_user_name_cannot_be_changed_where_nobody_signs_in_with_one(make: Build) -> None:
    config = configuration.preset("client-area")
    site = make(config.model_copy(update={"profile": config.profile.model_copy(update={"username_changes": True})}))
    page = site.alice().open("/account/me")
    assert "profile.username" not in site.acct.platform.declared.screens
    assert not page.says("profile.me.username")


@pytest.mark.parametrize(
    ("preset", "said"),
    [("client-area", "ana@example.com"), ("sending-platform", "m00000 (ana@example.com)")],
)
def test_whose_user_name_is_known_is_told_the_address_too(preset: str, said: str) -> None:
    ana = User(username="m00000", email="ana@example.com")
    assert full_display_name(ana, configuration.preset(preset)) == said
