"""Whoever leaves a form with unsaved changes is asked first, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Houses
from .house import House

pytestmark = pytest.mark.browser


@pytest.fixture
def home(house: Houses) -> House:
    return house()


@pytest.fixture
def asked() -> list[str]:
    """The questions that the browser has asked."""
    return []


@pytest.fixture
def page(browser: Browser, home: House, asked: list[str]) -> Iterator[Page]:
    size: Any = {"width": 1280, "height": 1800}
    context = browser.new_context(locale="en", reduced_motion="reduce", viewport=size)
    context.set_default_timeout(10_000)
    home.let_in(context, home.site.people.alice)
    found = home.listen(context.new_page())

    def answer(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    found.on("dialog", answer)
    yield found
    context.close()


def go_away(page: Page) -> None:
    page.locator("[data-acct='shell.menu.home']").first.click()
    expect(page.locator("main h1")).to_have_text("Home")


def test_a_changed_form_is_not_left_without_a_question(page: Page, home: House, asked: list[str]) -> None:
    page.goto(f"{home.url}/account/me")
    page.locator("#first_name").fill("Alicia")
    go_away(page)
    assert asked == ["beforeunload"]


def test_who_stays_finds_what_was_typed(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/me")
    page.locator("#first_name").fill("Alicia")
    page.evaluate("addEventListener('beforeunload', (event) => (window.held = event.defaultPrevented))")
    page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    assert page.evaluate("window.held") is True
    expect(page.locator("#first_name")).to_have_value("Alicia")


def test_values_that_are_as_before_are_no_change(page: Page, home: House, asked: list[str]) -> None:
    page.goto(f"{home.url}/account/me")
    field = page.locator("#first_name")
    before = field.input_value()
    field.fill("Alicia")
    field.fill(before)
    go_away(page)
    assert asked == []


def test_saving_is_not_leaving(page: Page, home: House, asked: list[str]) -> None:
    page.goto(f"{home.url}/account/me")
    page.locator("#first_name").fill("Alicia")
    with page.expect_navigation():
        page.locator("[data-acct='profile.me.save']").click()
    expect(page.locator("[data-acct='profile.me.saved']")).to_be_visible()
    go_away(page)
    assert asked == []


def test_a_form_that_was_refused_is_not_saved(page: Page, home: House, asked: list[str]) -> None:
    page.goto(f"{home.url}/account/profile")
    page.locator("#name").fill("")
    page.locator("#city").fill("Vigo")
    with page.expect_navigation():
        page.locator("[data-acct='profile.account.save']").click()
    expect(page.locator("#name-problem")).to_be_visible()
    expect(page.locator("#city")).to_have_value("Vigo")
    assert asked == []
    go_away(page)
    assert asked == ["beforeunload"]


def test_a_form_that_was_open_too_long_keeps_what_was_typed_and_asks(page: Page, home: House, asked: list[str]) -> None:
    page.goto(f"{home.url}/account/profile")
    page.locator("#city").fill("Lugo")
    page.locator("main input[name=csrf_token]").evaluate("one => one.value = 'old'")
    with page.expect_navigation():
        page.locator("[data-acct='profile.account.save']").click()
    expect(page.locator("[data-acct='shell.form.stale'], [data-acct='shell.form.foreign']")).to_be_visible()
    expect(page.locator("#city")).to_have_value("Lugo")
    go_away(page)
    assert asked == ["beforeunload"]


def test_boxes_count_and_a_search_or_a_selection_does_not(page: Page, home: House, asked: list[str]) -> None:
    page.goto(f"{home.url}/account/contacts/new")
    page.locator("#email").fill("dana@example.com")
    page.locator("#categories-general").check()
    with page.expect_navigation():
        page.locator("main .acct-send button").click()
    expect(page.locator("#all-find")).to_be_visible()
    page.locator("#all-find").fill("dana")
    page.locator(".acct-chooser input").first.check()
    go_away(page)
    assert asked == []
    page.goto(f"{home.url}/account/contacts/new")
    page.locator("#categories-general").check()
    go_away(page)
    assert asked == ["beforeunload"]


def test_a_form_that_a_script_saves_may_say_so(page: Page, home: House, asked: list[str]) -> None:
    mark = "document.querySelector('main form').toggleAttribute('data-acct-may-leave', true)"
    page.add_init_script(f"document.addEventListener('readystatechange', () => {mark}, {{ once: true }})")
    page.goto(f"{home.url}/account/me")
    page.locator("#first_name").fill("Alicia")
    go_away(page)
    assert asked == []


def test_a_password_is_no_change(page: Page, home: House, asked: list[str]) -> None:
    page.goto(f"{home.url}/account/password/change")
    page.locator("#new").fill("half typed")
    go_away(page)
    assert asked == []


@pytest.mark.parametrize("path", ["login", "recover/password", "recover/request"])
def test_a_visitor_is_never_asked(path: str, browser: Browser, home: House) -> None:
    asked: list[str] = []
    context = browser.new_context(locale="en")
    found = context.new_page()
    found.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    found.goto(f"{home.url}/account/{path}")
    found.locator("main input:not([type=hidden])").first.fill("ana@example.com")
    found.locator(".acct-brand").click()
    found.wait_for_url(f"{home.url}/")
    assert asked == []
    context.close()


def test_a_page_that_was_only_read_is_kept_for_the_way_back(page: Page, home: House) -> None:
    page.add_init_script("""const add = window.addEventListener; window.kinds = [];
        window.addEventListener = function (kind, ...more) {
            window.kinds.push(kind);
            add.call(window, kind, ...more);
        }""")
    page.goto(f"{home.url}/account/me")
    assert "beforeunload" not in page.evaluate("window.kinds")
    page.locator("#first_name").fill("Alicia")
    assert "beforeunload" in page.evaluate("window.kinds")
    page.locator("#first_name").fill("Alice")
