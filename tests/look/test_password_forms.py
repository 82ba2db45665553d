"""What a browser's own password manager says of every form with a password, and what it would keep it under."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.declare.elements import Screen
from flask_acct.declare.fields import PasswordField
from flask_acct.features import declare
from flask_acct.security import tokens
from flask_acct.values.identifiers import Kind

from ..scopes import a_scope
from ..web.test_users import invite
from ..web.test_users import link as invitation_link
from .conftest import Houses
from .house import House, needs_user

pytestmark = pytest.mark.browser

Listening = Callable[[House, bool], tuple[Page, list[str]]]

BEFORE_PASSWORD = """() => {
    const password = document.querySelector("main input[type=password]");
    const fields = [...password.form.querySelectorAll("input:not([type=hidden])")];
    const before = fields.slice(0, fields.indexOf(password)).at(-1);
    return before && { kept: before.autocomplete, value: before.value, name: before.name };
}"""


@pytest.fixture
def listening(browser: Browser) -> Iterator[Listening]:
    """A page, of Alice or of nobody, and all that Chromium says about it."""
    contexts = []

    def listen(home: House, is_alice: bool) -> tuple[Page, list[str]]:
        context = browser.new_context(locale="en")
        contexts.append(context)
        if is_alice:
            home.let_in(context, home.site.people.alice)
        page, said = context.new_page(), []
        page.on("console", lambda message: said.append(message.text))
        return page, said

    yield listen
    for context in contexts:
        context.close()


def password_forms() -> list[tuple[str, Screen]]:
    """Every form with a password, in every preset that has it."""
    return [
        (preset, screen)
        for preset in configuration.presets()
        for screen in declare(configuration.preset(preset).on(None)).screens.values()
        if any(isinstance(field, PasswordField) for field in screen.fields)
    ]


def signing_in_with(*identifiers: Kind) -> Config:
    whole = configuration.preset("client-area")
    return whole.model_copy(update={"login": whole.login.model_copy(update={"identifiers": identifiers})})


def said_about_forms(page: Page, said: list[str]) -> list[str]:
    page.wait_for_timeout(200)
    return [words for words in said if "[DOM]" in words or "assword" in words]


@pytest.mark.parametrize(("preset", "screen"), password_forms(), ids=lambda value: getattr(value, "name", value))
def test_chromium_finds_no_fault_with_a_form_that_asks_for_a_password(
    preset: str, screen: Screen, house: Houses, listening: Listening
) -> None:
    home = house(preset)
    is_alice = needs_user(screen) or screen.access == "setting_password" or bool(screen.opened_by)
    page, said = listening(home, is_alice)
    for shows in ("", "problems"):
        page.goto(home.address(screen, shows))
        assert page.locator("main input[type=password]").count()
    assert said_about_forms(page, said) == []


@pytest.mark.parametrize("preset", configuration.presets())
def test_the_field_before_the_password_is_what_signs_in_there(preset: str, house: Houses, listening: Listening) -> None:
    home = house(preset)
    alice = home.site.identifier(home.site.people.alice)
    page, said = listening(home, True)
    found: dict[str, Any] = {}
    screens = home.site.acct.platform.declared.screens
    for name in {"password.change", "profile.email", "users.transfer"} & screens.keys():
        page.goto(f"{home.url}/account/{screens[name].path}")
        found[name] = page.evaluate(BEFORE_PASSWORD)
    # The user's own, and never what a form changes or asks about somebody else.
    expected = {"kept": "username", "value": alice, "name": "acct_username"}
    assert found == dict.fromkeys(found, expected)
    assert said_about_forms(page, said) == []


@pytest.mark.parametrize("preset", configuration.presets())
def test_a_link_to_set_a_password_tells_whose_it_is(preset: str, house: Houses, listening: Listening) -> None:
    home = house(preset)
    site = home.site
    with site.acct.database.transaction() as db:
        token = tokens.issue(
            a_scope(db, keys=site.acct.keys, now=site.clock()),
            "password_link",
            user=db.merge(site.people.charlie),
            lifetime=timedelta(hours=1),
        )
        secret = tokens.secret_of(token, site.acct.keys)
    # Opened in a browser in which somebody else is signed in.
    page, said = listening(home, True)
    page.goto(f"{home.url}/account/password/set?token={secret}")
    assert page.evaluate(BEFORE_PASSWORD)["value"] == site.identifier(site.people.charlie)
    assert said_about_forms(page, said) == []


@pytest.mark.parametrize("identifiers", [("email",), ("username",), ("customer_number", "email")], ids="+".join)
def test_an_invitation_is_kept_under_what_will_sign_in(
    identifiers: tuple[Kind, ...], house: Houses, listening: Listening
) -> None:
    home = house("+".join(identifiers), signing_in_with(*identifiers))
    invite(home.site, "zoe.paz@example.org")
    page, said = listening(home, False)
    page.goto(f"{home.url}{invitation_link(home.site)}")
    signs_in = "zoe.paz" if "username" in home.site.config.login.identifiers else "zoe.paz@example.org"
    kept = page.evaluate(BEFORE_PASSWORD)
    assert kept["kept"] == "username"
    assert kept["value"] == signs_in
    assert said_about_forms(page, said) == []


def test_the_field_is_met_neither_by_keyboard_nor_by_ear(house: Houses, listening: Listening) -> None:
    home = house()
    page, _ = listening(home, True)
    page.goto(f"{home.url}/account/password/change")
    assert page.locator("main").get_by_role("textbox").count() == 3
    page.locator("h1").click()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "current"
