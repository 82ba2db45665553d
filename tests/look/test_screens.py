"""Where things stand on a screen: one place for each thing, and nothing said twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from flask_acct import Badge, requires
from flask_acct import config as configuration
from flask_acct.db.models import Contact, OutboxMail

from .conftest import Houses
from .house import House

pytestmark = pytest.mark.browser

DESK: Any = {"width": 1280, "height": 900}
PHONE: Any = {"width": 390, "height": 844}
HEADINGS = "main :is(h1, h2):not(.acct-away)"


@pytest.fixture
def home(house: Houses) -> House:
    found = house("screens", configuration.preset("client-area"))
    if "waits" not in found.site.app.view_functions:
        _furnish(found)
    return found


def _furnish(home: House) -> None:
    site = home.site

    @site.app.get("/waits")
    @requires("invoices")
    @site.host.nav("Waits", badge=lambda: Badge(2, "overdue", tone="error"))
    def waits() -> str:
        return "Here"

    now, people = site.clock(), site.people
    with site.acct.database.transaction() as db:
        for name, email in (("Ana", "ana@else.example"), ("", "office@else.example")):
            contact = Contact(account_id=people.account.id, email=email, email_key=email, categories=["general"])
            contact.first_name, contact.sort_key, contact.created_at, contact.changed_at = name, name.lower(), now, now
            db.add(contact)
        mail = OutboxMail(message_id="acct.7", mail="recovery.reset", recipient="alice@example.com", locale="en")
        mail.state, mail.created_at, mail.sent_at, mail.next_attempt_at = "sent", now, now, now
        mail.account_id, mail.user_id = people.account.id, people.alice.id
        db.add(mail)


@pytest.fixture
def context(browser: Browser, home: House) -> Iterator[BrowserContext]:
    found = browser.new_context(locale="en", viewport=DESK, reduced_motion="reduce")
    home.let_in(found, home.site.people.alice)
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def test_the_closed_menu_says_that_something_waits(home: House, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{home.url}/account/me")
    button = page.locator("[data-acct='shell.nav.open']")
    expect(button.locator(".acct-badge.acct-error")).to_have_text("2")
    expect(button).to_have_accessible_description("2 overdue")


def test_what_nobody_has_is_no_column(home: House, page: Page) -> None:
    page.goto(f"{home.url}/account/contacts")
    expect(page.locator("[data-acct='contacts.list.categories']")).to_be_visible()
    expect(page.locator("[data-acct='contacts.list.added_by']")).to_have_count(0)


def test_a_contact_without_a_name_is_seen_by_the_address_once(home: House, page: Page) -> None:
    page.goto(f"{home.url}/account/contacts")
    row = page.locator("[data-acct-row='office@else.example']")
    shown = row.locator("bdi:not(.acct-same)").filter(has_text="office@else.example")
    expect(shown).to_have_count(1)
    expect(row.get_by_role("checkbox")).to_have_accessible_name("Select office@else.example")


def test_a_contact_is_added_and_edited_in_a_card_of_one_width(home: House, page: Page) -> None:
    widths = set()
    for path in ("/account/contacts/new", "/account/contacts/1"):
        page.goto(home.url + path)
        widths.add(page.locator(".acct-card").evaluate("one => one.clientWidth"))
    assert len(widths) == 1


def test_the_title_of_a_list_is_not_said_twice(home: House, page: Page) -> None:
    page.goto(f"{home.url}/account/emails")
    assert page.locator(HEADINGS).all_inner_texts() == ["Messages we sent"]


def test_a_message_is_opened_by_its_subject(home: House, page: Page) -> None:
    page.goto(f"{home.url}/account/emails")
    link = page.locator("tbody th [data-acct='emails.list.read']").first
    subject = link.inner_text()
    link.click()
    expect(page.locator("h1")).to_have_text(subject)


def test_the_email_address_is_above_the_form_of_ones_details(home: House, page: Page) -> None:
    page.goto(f"{home.url}/account/me")
    box, save = page.locator(".acct-setting"), page.locator("[data-acct='profile.me.save']")
    expect(box.locator("[data-acct='profile.me.change_email']")).to_be_visible()
    assert box.bounding_box()["y"] < save.bounding_box()["y"]  # type: ignore[index]


def test_an_account_is_offered_without_scrolling_past_the_permissions(home: House, page: Page) -> None:
    page.goto(f"{home.url}/account/users/transfer")
    expect(page.locator("[data-acct='users.transfer.keeps']")).to_be_hidden()
    expect(page.locator("[data-acct='users.transfer.submit']")).to_be_in_viewport()
    page.locator("[data-acct='users.transfer.more']").click()
    expect(page.locator("[data-acct='users.transfer.keeps']")).to_be_visible()


def test_permissions_say_whose_they_are(home: House, page: Page) -> None:
    page.goto(f"{home.url}/account/users")
    page.locator("[data-acct='users.list.actions']").first.click()
    page.locator("[data-acct='users.list.permissions']").first.click()
    expect(page.locator("h1")).to_have_text("Manage permissions: Bob Ruiz")


def test_an_empty_box_has_a_colour_of_the_page(home: House, browser: Browser) -> None:
    context = browser.new_context(locale="en", color_scheme="dark")
    home.let_in(context, home.site.people.alice)
    page = context.new_page()
    page.goto(f"{home.url}/account/contacts/new")
    box = page.locator("main input[type=checkbox]").first
    paper = page.locator("main input[type=email]").evaluate("one => getComputedStyle(one).backgroundColor")
    look = box.evaluate("one => [getComputedStyle(one).appearance, getComputedStyle(one).backgroundColor]")
    assert look == ["none", paper]
    context.close()


def test_what_the_header_leads_to_is_not_in_the_menu_again(house: Houses, browser: Browser) -> None:
    home = house("header", configuration.preset("email-marketing"))
    if "campaigns" not in home.site.app.view_functions:

        @home.site.app.get("/campaigns")
        @requires("products")
        @home.site.host.nav("Campaigns")
        def campaigns() -> str:
            return "Here"

    context = browser.new_context(locale="en", viewport=DESK)
    home.let_in(context, home.site.people.alice)
    page = context.new_page()
    page.goto(f"{home.url}/account/me")
    expect(page.locator(".acct-links a[href$='/campaigns']")).to_be_visible()
    expect(page.locator("#acct-nav a[href$='/campaigns']")).to_have_count(0)
    expect(page.locator(".acct-links [aria-current=page]")).to_have_text("My account")
    context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_reference_is_never_broken(home: House, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{home.url}/drawn/recovery.request?shows=received")
    reference = page.locator(".acct-whole")
    expect(reference).to_have_text("R-7KQ2-M9XD")
    assert reference.evaluate("one => one.getClientRects().length") == 1


def test_the_columns_of_a_file_are_folded_and_say_what_each_is(home: House, page: Page) -> None:
    page.goto(f"{home.url}/account/contacts/import")
    row = page.locator("[data-acct-row='email']")
    expect(row).to_be_hidden()
    page.locator("[data-acct='contacts.import.known']").click()
    expect(row.locator("th, td")).to_have_text(["Email address", "email", "Yes"])
    expect(page.locator("[data-acct-row='first_name'] td").last).to_have_text("No")


def test_both_answers_to_an_offer_have_one_width(home: House, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{home.url}/drawn/users.receive")
    widths = {
        page.locator(f"[data-acct='users.receive.{name}']").evaluate("one => one.offsetWidth")
        for name in ("submit", "decline")
    }
    assert len(widths) == 1
