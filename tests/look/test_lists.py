"""Lists as they are seen: rows of one height, short dates, sums at the end of their lines, badges, and empty ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import render_template_string
from playwright.sync_api import Browser, Page, expect

from flask_acct import Account, Invoice, Item, Subscription, public
from flask_acct import config as configuration
from flask_acct.declare.elements import MenuRows, Rows

from ..scopes import NOON
from .conftest import Houses
from .house import House

pytestmark = pytest.mark.browser

DESK: Any = {"width": 1280, "height": 900}
HOST_PAGE = """{% extends "flask_acct/layout.html" %}{% from "flask_acct/elements/badge.html" import badge %}
{% from "flask_acct/elements/empty.html" import empty %}
{% block main %}{{ badge("Overdue", "error") }} {{ acct.when(day) }}
{{ empty("There are no orders yet.", "/shop", "Order something") }}{% endblock %}"""

LOOK = """one => { const look = getComputedStyle(one);
    return [look.color, look.backgroundColor, look.fontSize, look.borderRadius]; }"""
BUTTONS_OF_EMPTY_LISTS = """() => [...document.querySelectorAll("main .acct-empty")].map((one) => [
    one.querySelectorAll("p").length, one.querySelectorAll("a").length])"""


@pytest.fixture
def home(house: Houses) -> House:
    found = house("lists", configuration.preset("client-area"))

    def told(_account: Account) -> Subscription:
        day = NOON.date()
        return Subscription(
            plan="Plus",
            services=[Item("Certificate", "€ 4.90 a month")],
            credits=[Item("SMS", "1,250"), Item("Mails", "20")],
            invoices=[
                Invoice("F-12", day, "€ 1,112.10", "Overdue", "/invoices/12", tone="error"),
                Invoice("F-11", day, "€ 2.10", "Paid", tone="success"),
            ],
        )

    if "order" not in found.site.app.view_functions:
        found.site.host.subscription(told)
        page = public(lambda: render_template_string(HOST_PAGE, day=NOON.date()))
        found.site.app.add_url_rule("/order", "order", page)
    return found


@pytest.fixture
def page(browser: Browser, home: House) -> Iterator[Page]:
    context = browser.new_context(locale="en", viewport=DESK)
    home.let_in(context, home.site.people.alice)
    found = home.listen(context.new_page())
    yield found
    context.close()


@pytest.mark.parametrize("path", ["subscription", "users", "contacts"])
def test_rows_of_one_list_are_of_one_height(path: str, page: Page, home: House) -> None:
    many = '["general", "products", "domains", "invoices", "support"]'
    home.site.run(
        "INSERT OR IGNORE INTO acct_contact (account_id, first_name, last_name, company, email, email_key, categories, "
        "created_at, fields) VALUES (:id, 'Ana', 'Sala', '', 'ana@example.com', 'ana@example.com', :many, :now, '{}'), "
        "(:id, 'Bea', 'Ruiz', '', 'bea@example.com', 'bea@example.com', '[\"general\"]', :now, '{}')",
        id=home.site.people.account.id, many=many, now=str(NOON),
    )  # fmt: skip
    page.goto(f"{home.url}/account/{path}")
    for table in page.locator("main table").all():
        heights = table.locator("tbody tr").evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
        assert max(heights) - min(heights) <= 1
        assert 47 <= max(heights) <= 64


def test_sums_stand_one_under_the_other(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/subscription")
    sums = page.locator("td.acct-amount")
    ends = sums.evaluate_all(
        """all => all.map((one) => { const words = document.createRange(); words.selectNodeContents(one);
            const table = one.closest("table").getAttribute("aria-labelledby");
            const end = Math.round(words.getBoundingClientRect().right);
            return [table, end, getComputedStyle(one).fontVariantNumeric]; })"""
    )
    assert len(ends) == 4
    assert {numerals for _, _, numerals in ends} == {"tabular-nums"}
    assert len({(table, end) for table, end, _ in ends}) == 2


def test_a_date_is_short_and_the_whole_of_it_is_in_its_title(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/subscription")
    day = page.locator("main tbody time").first
    expect(day).to_have_text("Mar 4, 2026")
    expect(day).to_have_attribute("title", "March 4, 2026")
    expect(day).to_have_attribute("datetime", "2026-03-04")


def test_a_state_looks_the_same_in_our_lists_and_on_a_hosts_page(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/subscription")
    ours = page.locator("main .acct-badge.acct-error").evaluate(LOOK)
    page.goto(f"{home.url}/order")
    assert page.locator("main .acct-badge").evaluate(LOOK) == ours
    expect(page.locator("main time")).to_have_text("Mar 4, 2026")


def test_a_hosts_empty_list_has_a_sentence_and_a_button(page: Page, home: House) -> None:
    page.goto(f"{home.url}/order")
    assert page.evaluate(BUTTONS_OF_EMPTY_LISTS) == [[1, 1]]
    expect(page.locator(".acct-empty a")).to_have_attribute("href", "/shop")


def test_the_heads_of_a_long_list_stay_in_view(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/subscription")
    last = page.locator("main table").last
    last.evaluate("""one => {
        const [row] = one.tBodies[0].rows;
        for (let n = 0; n < 60; n++) one.tBodies[0].append(row.cloneNode(true));
        one.tBodies[0].rows[40].scrollIntoView({ block: "end" });
    }""")
    assert last.locator("thead th").first.evaluate("one => Math.round(one.getBoundingClientRect().top)") == 0


@pytest.mark.parametrize("preset", configuration.presets())
def test_every_list_that_may_be_empty_says_so_and_offers_what_to_do(preset: str, house: Houses) -> None:
    """The lists of a page about something else have their button below them, where the host names a page for it."""
    screens = house(preset).site.acct.platform.declared.screens.values()
    lists = [part for screen in screens for part in screen.parts if isinstance(part, Rows)]
    assert [
        one.id for one in lists if one.empty and not one.begin and not one.id.startswith("subscription.page.")
    ] == []
    # What a list cannot be without, it need not say: an account always has its owner.
    silent = [one.id for one in lists if not one.empty and not isinstance(one, MenuRows)]
    assert [
        id_ for id_ in silent if not id_.endswith((".problems", ".readers", ".preview", ".declined", ".known"))
    ] == []


def test_an_empty_list_of_ours_has_a_sentence_and_a_button(page: Page, home: House) -> None:
    home.site.run("DELETE FROM acct_contact")
    page.goto(f"{home.url}/account/contacts")
    assert page.evaluate(BUTTONS_OF_EMPTY_LISTS) == [[1, 1]]
    page.locator(".acct-empty a").click()
    expect(page.locator("[data-acct='contacts.add.title']")).to_be_visible()


def test_a_search_without_a_hit_offers_the_whole_list(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/contacts?find=nobody")
    assert page.evaluate(BUTTONS_OF_EMPTY_LISTS) == [[1, 1]]
    page.locator(".acct-empty a").click()
    expect(page).to_have_url(f"{home.url}/account/contacts")
