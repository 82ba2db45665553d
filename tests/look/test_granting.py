"""What the page's script adds where permissions are chosen and users are listed; and what is left without it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Houses
from .house import House

pytestmark = pytest.mark.browser


@pytest.fixture
def home(house: Houses) -> House:
    return house()


@pytest.fixture
def invites(home: House, browser: Browser) -> Iterator[Page]:
    """Alice, on the page on which she invites somebody."""
    context = browser.new_context(reduced_motion="reduce", locale="en")
    context.set_default_timeout(10_000)
    home.let_in(context, home.site.people.alice)
    page = home.listen(context.new_page())
    page.goto(f"{home.url}/account/users/invite")
    yield page
    context.close()


def granted(page: Page) -> list[str]:
    return page.locator(".acct-grants input:checked").evaluate_all("all => all.map(one => one.value).filter(Boolean)")


def test_a_role_chooses_its_permissions_and_no_others(invites: Page) -> None:
    invites.get_by_label("Place orders").check()
    invites.get_by_label("Role").select_option(label="Technician")
    assert granted(invites) == ["manage_products", "manage_domains", "tickets"]
    expect(invites.locator(".acct-count")).to_have_text("5 of 11 permissions")


def test_the_role_and_the_count_follow_the_permissions(invites: Page) -> None:
    role = invites.get_by_label("Role")
    invites.get_by_label("View and pay invoices").check()
    expect(role.locator("option:checked")).to_have_text("As selected below")
    invites.get_by_label("View and manage the affiliate account").check()
    expect(role.locator("option:checked")).to_have_text("Accountant")
    expect(invites.locator(".acct-count")).to_have_text("2 of 11 permissions")


def test_one_button_gives_everything_and_then_nothing(invites: Page) -> None:
    button = invites.locator(".acct-tick-all")
    expect(button).to_have_text("Select all")
    button.click()
    expect(invites.locator(".acct-count")).to_have_text("11 of 11 permissions")
    expect(invites.get_by_label("Role").locator("option:checked")).to_have_text("Full access")
    expect(button).to_have_text("Select none")
    button.click()
    assert granted(invites) == []
    expect(button).to_have_text("Select all")


def test_without_a_script_the_menu_of_a_row_opens_by_keyboard(home: House, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    context.set_default_timeout(10_000)
    home.let_in(context, home.site.people.alice)
    page = context.new_page()
    page.goto(f"{home.url}/account/users")
    page.locator("[data-acct-row=bob] summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Manage permissions").click()
    expect(page.locator("main")).to_have_attribute("data-acct-screen", "users.permissions")
    context.close()


def test_in_the_menu_of_a_row_the_arrow_keys_move_and_escape_closes_it(home: House, invites: Page) -> None:
    invites.goto(f"{home.url}/account/users")
    button = invites.locator("[data-acct-row=bob] summary")
    button.focus()
    invites.keyboard.press("ArrowDown")
    expect(invites.locator("[data-acct='users.list.permissions']")).to_be_focused()
    invites.keyboard.press("End")
    expect(invites.locator("[data-acct='users.list.remove']")).to_be_focused()
    invites.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(invites.locator("[data-acct='users.list.remove']")).to_be_hidden()
