"""Programs that know no screen: one script in Chromium, and an app in Python, through the same doors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from flask_acct.testing import KEY, PASSWORD, an_owner, make_tables, sent_mails

from ..hosts.spa import create_app
from ..hosts.spa.client import App
from ..serving import served

ALICE = "alice@example.com"
GUEST = "guest@example.net"
NEW = "a kettle for the seven swans"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The host, with Alice in it."""
    url = f"sqlite:///{tmp_path / 'acct.db'}"
    made = create_app({"TESTING": True, "SECRET_KEY": KEY, "ACCT_DATABASE_URL": url})
    make_tables(made)
    an_owner(made, email=ALICE)
    yield made
    made.extensions["acct"].database.engine.dispose()


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    with served(app) as port:
        yield port


def link_to(app: Flask, recipient: str) -> str:
    """The address of the button in the one mail that waits for somebody."""
    (mail,) = [one for one in sent_mails(app) if recipient in one["To"]]
    found = re.search(r"https?://\S+\?token=\S+", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert found is not None
    return found[0]


def secret_in(address: str) -> str:
    return address.partition("?token=")[2]


@pytest.fixture
def page(browser: Browser, port: int) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto(f"http://127.0.0.1:{port}/")
    yield opened
    context.close()
    assert faults == []


def sign_in(page: Page, password: str, identifier: str = ALICE) -> None:
    """Sign in at the form that is in view."""
    form = page.get_by_role("main")
    form.get_by_label("Email address").fill(identifier)
    form.get_by_label("Password", exact=True).fill(password)
    form.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


def follow(page: Page, address: str) -> None:
    page.get_by_label("Link from a mail").fill(address)
    page.get_by_role("button", name="Follow").click()


@pytest.mark.browser
def test_a_script_signs_in_and_a_wrong_password_is_told(page: Page) -> None:
    form = page.get_by_role("main")
    form.get_by_label("Email address").fill(ALICE)
    form.get_by_label("Password").fill("not the one")
    form.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("status")).to_contain_text("We could not sign you in with these details.")
    sign_in(page, PASSWORD)
    expect(page.get_by_text(f"Hello, {ALICE}")).to_be_visible()


@pytest.mark.browser
def test_a_script_brings_somebody_back_who_forgot_their_password(app: Flask, page: Page) -> None:
    page.get_by_role("main").get_by_role("button", name="Forgot your password?").click()
    # The form before it asks for an address by the same words.
    expect(page.get_by_role("main").get_by_label("Password", exact=True)).to_be_hidden()
    page.get_by_role("main").get_by_label("Email address").fill(ALICE)
    page.get_by_role("main").locator("form > button").last.click()
    expect(page.get_by_role("status")).to_be_visible()
    follow(page, link_to(app, ALICE))
    page.get_by_label("New password", exact=True).fill(NEW)
    page.locator("input[name=repeat]").fill(NEW)
    page.get_by_role("main").locator("form > button").last.click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, NEW)


@pytest.mark.browser
def test_a_script_invites_and_grants_and_the_guest_comes_in(
    app: Flask, browser: Browser, port: int, page: Page
) -> None:
    sign_in(page, PASSWORD)
    page.get_by_role("button", name="Users").click()
    page.get_by_role("main").get_by_role("button", name="Invite").click()
    expect(page.get_by_role("checkbox").first).to_be_visible()
    page.get_by_role("main").get_by_label("Email address").fill(GUEST)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("main").locator("form > button").last.click()
    expect(page.get_by_role("status")).to_contain_text(GUEST)
    guest = browser.new_context().new_page()
    guest.goto(f"http://127.0.0.1:{port}/")
    # The script opens this form first: an answer that came later would take the place of what the link opens.
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()
    follow(guest, link_to(app, GUEST))
    guest.get_by_label("First name").fill("Nora")
    guest.get_by_label("Last name").fill("Ruiz")
    guest.locator("input[name=new]").fill(NEW)
    guest.locator("input[name=repeat]").fill(NEW)
    guest.get_by_role("main").locator("form > button").last.click()
    expect(guest.get_by_role("status")).to_be_visible()
    guest.context.close()
    page.get_by_role("button", name="Users").click()
    expect(page.get_by_role("cell", name="Nora Ruiz")).to_be_visible()
    page.get_by_role("row", name="Nora Ruiz").get_by_role("button").first.click()
    boxes = page.get_by_role("checkbox")
    expect(boxes.first).to_be_checked()
    boxes.nth(1).check()
    page.get_by_role("main").locator("form > button").last.click()
    expect(page.get_by_role("status")).to_contain_text("Nora Ruiz")


def test_an_app_invites_a_guest_who_comes_in_by_an_app_too(app: Flask, port: int) -> None:
    owner = App(f"http://127.0.0.1:{port}/account")
    assert owner.sign_in(ALICE, "not the one")["message"]["id"] == "login.form.wrong"
    assert owner.sign_in(ALICE, PASSWORD)["status"] == 200
    assert owner.send("users/invite", email=GUEST, grants=["invoices"])["message"]["id"] == "users.list.sent_to"
    link = secret_in(link_to(app, GUEST))
    guest = App(owner.root)
    assert guest.follow("invitation", link)["screen"] == "users.invitation"
    typed = {"first_name": "Nora", "last_name": "Ruiz", "new": NEW, "repeat": NEW}
    assert guest.send("invitation", link, **typed)["result"]["id"] == "users.invitation.accepted"
    assert guest.sign_in(GUEST, NEW)["status"] == 200
    assert guest.open("users")["needs"] == "owner"
    names = [row["cells"][0]["value"]["name"] for row in owner.open("users")["rows"]["members"]["rows"]]
    assert "Nora Ruiz" in names
