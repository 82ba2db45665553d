"""What a script adds while a password is typed, before something is sent again, and on the way back in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from flask_acct.config import Config
from flask_acct.db.models import User
from flask_acct.security import passwords, tokens
from flask_acct.values.identifiers import letters_and_digits

from ..personas import NEW_PASSWORD
from ..scopes import a_scope
from .conftest import Houses
from .house import House
from .test_brand import STATIC
from .test_script import Guest, element, guest, stop_the_clock

__all__ = ["guest"]

pytestmark = pytest.mark.browser


def setting(house: Houses, guest: Guest, **options: Any) -> tuple[House, Page]:
    """Alice has followed a link to set her password."""
    home = house()
    page = guest(home, **options)
    go_to_set_a_password(home, page)
    return home, page


def go_to_set_a_password(home: House, page: Page) -> None:
    """Alice follows the link."""
    site = home.site
    with site.acct.database.transaction() as db:
        scope = a_scope(db, keys=site.acct.keys, now=site.clock())
        token = tokens.issue(scope, "password_link", user=db.merge(site.people.alice), lifetime=timedelta(hours=1))
        secret = tokens.secret_of(token, site.acct.keys)
    page.goto(f"{home.url}/account/password/set?token={secret}")


def new(page: Page) -> Any:
    return element(page, "password.set.new")


def repeat(page: Page) -> Any:
    return element(page, "password.set.repeat")


def shown(page: Page) -> list[str]:
    """The problems and counts that a reader sees."""
    return [one for one in page.locator("main .acct-problem, main .acct-meter").all_inner_texts() if one]


def test_the_length_is_counted_as_the_server_counts_it(house: Houses, guest: Guest) -> None:
    _, page = setting(house, guest)
    new(page).press_sequentially("nine char")
    assert shown(page) == ["9 of 15 characters"]
    new(page).fill("e\u0301" * 14)
    assert shown(page) == ["14 of 15 characters"]
    new(page).fill("four words of mine")
    assert shown(page) == ["Long enough"]
    new(page).fill("")
    assert shown(page) == []


def test_nothing_is_announced_at_each_key(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home)
    stop_the_clock(page)
    go_to_set_a_password(home, page)
    heard = page.locator(".acct-field:has(#new) > .acct-away")
    new(page).press_sequentially("nine char")
    assert heard.inner_text() == ""
    page.clock.run_for(1_000)
    assert heard.inner_text() == ""
    page.clock.run_for(500)
    expect(heard).to_have_text("9 of 15 characters")


def test_a_password_that_is_easy_to_guess_is_told_on_leaving_the_field(house: Houses, guest: Guest) -> None:
    _, page = setting(house, guest)
    for typed, says in [
        ("short", "too_short"), ("password password", "too_common"), ("alice@example.com", "about_you"),
        ("Alice-Example-2026", "about_you"), ("abcdefghijklmno", "repeats"), ("111222333444555", "repeats"),
        ("emocleW emocleW", "too_common"), ("abcdabcdabcdabcd", "repeats"),
    ]:  # fmt: skip
        new(page).fill(typed)
        assert not page.locator(".acct-problem:visible").count()
        new(page).blur()
        expect(element(page, f"password.rules.{says}")).to_be_visible()
        assert new(page).get_attribute("aria-invalid") == "true"
        assert "new-live" in (new(page).get_attribute("aria-describedby") or "")


def test_two_that_differ_are_told_on_leaving_the_second_field_and_not_before(house: Houses, guest: Guest) -> None:
    _, page = setting(house, guest)
    new(page).fill(NEW_PASSWORD)
    repeat(page).press_sequentially(NEW_PASSWORD[:-1])
    assert not page.locator(".acct-problem:visible").count()
    repeat(page).blur()
    expect(element(page, "password.rules.differ")).to_be_visible()
    repeat(page).fill(NEW_PASSWORD)
    assert shown(page) == ["Long enough", "The passwords match"]
    assert repeat(page).get_attribute("aria-invalid") is None


@pytest.mark.parametrize(
    ("typed", "again", "focused"), [("short", "short", "new"), (NEW_PASSWORD, NEW_PASSWORD + "x", "repeat")]
)
def test_what_the_server_would_refuse_is_not_sent_and_stays_in_its_field(
    house: Houses, guest: Guest, typed: str, again: str, focused: str
) -> None:
    _, page = setting(house, guest)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    new(page).fill(typed)
    repeat(page).fill(again)
    element(page, "password.set.submit").click()
    expect(page.locator(f"#{focused}")).to_be_focused()
    assert new(page).input_value() == typed
    assert repeat(page).input_value() == again
    assert "POST" not in sent
    # Nor does the page look as if it were on its way, nor as if it had been for some seconds.
    expect(element(page, "password.set.submit")).not_to_have_attribute("aria-disabled", re.compile(".*"))
    expect(page.locator("#acct-wait")).to_have_text("")


def test_no_key_typed_leaves_the_page(house: Houses, guest: Guest) -> None:
    _, page = setting(house, guest)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    new(page).press_sequentially(NEW_PASSWORD)
    repeat(page).press_sequentially(NEW_PASSWORD[:-1])
    repeat(page).blur()
    page.wait_for_timeout(1500)
    assert sent == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_a_good_password_is_sent_as_without_script(house: Houses, guest: Guest) -> None:
    home, page = setting(house, guest)
    new(page).fill(NEW_PASSWORD)
    repeat(page).fill(NEW_PASSWORD)
    element(page, "password.set.submit").click()
    expect(element(page, "login.form.password_set")).to_be_visible()
    expect(element(page, "login.form.identifier")).to_have_value("alice@example.com")
    assert home.heard == []


def test_without_script_the_server_says_the_same(house: Houses, guest: Guest) -> None:
    _, page = setting(house, guest, java_script_enabled=False)
    new(page).fill("short")
    repeat(page).fill("short")
    element(page, "password.set.submit").click()
    expect(element(page, "password.rules.too_short")).to_be_visible()
    expect(new(page)).to_have_value("")


def words_of_script() -> list[str]:
    """The common passwords that the script knows."""
    text = (STATIC / "password.js").read_text("utf-8")
    block = text[text.index("new Set((") : text.index('.split(" ")')]
    return " ".join(block.split('"')[1::2]).split()


def test_every_common_password_of_the_script_is_one_of_the_servers() -> None:
    words = words_of_script()
    assert len(words) > 50
    assert [word for word in words if word not in passwords.common() or word != letters_and_digits(word)] == []


PIECES = st.sampled_from(
    ["alice", "Example", "com", "Brisalta", "Hosting", "Ortega", "password", "qwerty", "1234", "2026", "abc", "zyx",
     "aaa", "welcome", " ", "-", "é", "ñ", "ecila", "9", "x", "K7", "lkj", "contraseña", "ß", "İ", "ﬁ", "٣٤٥",
     "drowssap"]
)  # fmt: skip


def test_the_script_refuses_nothing_that_the_server_accepts(house: Houses, guest: Guest) -> None:
    home, page = setting(house, guest)
    alice, config = home.site.people.alice, home.site.config
    field = new(page).element_handle()
    told = """(field, typed) => {
        field.value = typed;
        field.dispatchEvent(new Event("acct-left"));
        return document.getElementById("new-live").dataset.rule || "";
    }"""
    judged: Callable[[str], str] = lambda typed: page.evaluate(f"([f, t]) => ({told})(f, t)", [field, typed])  # noqa: E731
    refused = 0

    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(PIECES, min_size=1, max_size=6).map("".join))
    def compare(typed: str) -> None:
        nonlocal refused
        if judged(typed):
            refused += 1
            assert weakness(typed, config, alice), typed

    compare()
    assert refused > 50


def weakness(typed: str, config: Config, user: User) -> str | None:
    return passwords.weakness(typed, config, user=user)


# --- Waiting, and the way back ----------------------------------------------------------------------------------------


def asked_for_a_link(home: House, page: Page) -> None:
    page.goto(f"{home.url}/account/recover/password")
    element(page, "recovery.password.email").fill("nobod@example.com")
    with page.expect_navigation():
        element(page, "recovery.password.submit").click()


def test_send_again_counts_down_and_then_opens(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home)
    stop_the_clock(page)
    asked_for_a_link(home, page)
    again = element(page, "recovery.password.again")
    expect(again).to_be_disabled()
    expect(page.locator(".acct-left")).to_have_text("You can send it again in 0:30.")
    page.clock.run_for(12_000)
    expect(page.locator(".acct-left")).to_have_text("You can send it again in 0:18.")
    assert page.locator(".acct-again [role=status]").inner_text() == ""
    page.clock.run_for(18_000)
    expect(again).to_be_enabled()
    expect(page.locator(".acct-again [role=status]")).to_have_text("You can try again now.")
    assert not page.locator(".acct-left").count()
    with page.expect_navigation():
        again.click()
    expect(again).to_be_disabled()
    assert "nobod@example.com" in element(page, "recovery.password.sent").inner_text()


def test_without_script_send_again_works_at_once(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home, java_script_enabled=False)
    asked_for_a_link(home, page)
    with page.expect_navigation():
        element(page, "recovery.password.again").click()
    expect(element(page, "recovery.password.sent")).to_be_visible()
    expect(element(page, "recovery.password.again")).to_be_enabled()


def test_after_too_many_tries_the_button_waits_unless_somebody_else_is_named(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home)
    stop_the_clock(page)
    page.goto(f"{home.url}/account/login")
    submit = element(page, "login.form.submit")
    for _ in range(home.site.config.limits.sign_in_failures + 1):
        element(page, "login.form.identifier").fill("crowd@example.com")
        element(page, "login.form.password").fill("not my password")
        with page.expect_navigation():
            submit.click()
    expect(submit).to_be_disabled()
    expect(page.locator(".acct-left")).to_have_text(re.compile("^You can try again in 0:"))
    element(page, "login.form.password").fill("another")
    expect(submit).to_be_disabled()
    element(page, "login.form.identifier").fill("crowds@example.com")
    expect(submit).to_be_enabled()


def test_what_is_typed_at_sign_in_goes_along_to_the_other_form_and_back(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home)
    page.goto(f"{home.url}/account/login")
    element(page, "login.form.identifier").fill("ana@example.com")
    element(page, "login.form.forgot_password").click()
    page.wait_for_url("**/recover/password")
    expect(element(page, "recovery.password.email")).to_have_value("ana@example.com")
    assert page.evaluate("sessionStorage.length") == 0
    element(page, "recovery.password.email").fill("ana.sala@example.com")
    element(page, "recovery.password.back").click()
    page.wait_for_url("**/login")
    expect(element(page, "login.form.identifier")).to_have_value("ana.sala@example.com")


def test_a_number_typed_at_sign_in_is_chosen_and_filled_in(house: Houses, guest: Guest) -> None:
    home = house("customer-panel")
    page = guest(home)
    page.goto(f"{home.url}/account/login")
    element(page, "login.form.identifier").fill("9000")
    element(page, "login.form.forgot_password").click()
    page.wait_for_url("**/recover/password")
    expect(element(page, "recovery.password.kind")).to_have_value("customer_number")
    expect(element(page, "recovery.password.value")).to_have_value("9000")


def test_a_user_name_typed_at_sign_in_fills_in_no_address(house: Houses, guest: Guest) -> None:
    home = house("sending-platform")
    page = guest(home)
    page.goto(f"{home.url}/account/login")
    element(page, "login.form.identifier").fill("m00000")
    element(page, "login.form.forgot_password").click()
    page.wait_for_url("**/recover/password")
    expect(element(page, "recovery.password.username")).to_have_value("m00000")
    expect(element(page, "recovery.password.email")).to_have_value("")
