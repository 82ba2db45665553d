"""The search as readers use it: typing, keys, links, and what is offered when nothing is found."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from flask_acct.kb.site.building import POLICY

pytestmark = pytest.mark.browser

LINK = ".md-search-result__link"


class Guarded(SimpleHTTPRequestHandler):
    """Files of a folder, under the policy that the app sends with them."""

    def end_headers(self) -> None:
        policy = (Path(self.directory) / POLICY).read_text("ascii").strip()
        self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Guarded, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def said() -> list[str]:
    """What the browser complains of."""
    return []


@pytest.fixture
def page(browser: Browser, said: list[str]) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page


def typed(page: Page, words: str) -> None:
    page.locator("[data-md-component=search-query]").focus()
    page.keyboard.type(words)


def test_a_link_with_a_query_searches_under_the_strict_policy(page: Page, served: str, said: list[str]) -> None:
    page.goto(f"{served}/es/?q=%C2%BFcontrase%C3%B1as+olvidadas%3F")
    expect(page.locator(LINK).first).to_have_attribute(
        "href", re.compile(r"/es/recover-password/\?h=.*contrase%C3%B1a")
    )
    expect(page.locator(f"{LINK} mark").first).to_be_attached()
    assert said == []


def test_enter_opens_the_first_page(page: Page, served: str) -> None:
    page.goto(f"{served}/en/sign-in/")
    typed(page, "pasword forgoten")
    expect(page.locator(LINK).first).to_contain_text("Forgot your password?")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served}/en/recover-password/**")


def test_the_word_that_is_begun_is_completed_by_the_right_arrow_and_for_eyes_only(page: Page, served: str) -> None:
    page.goto(f"{served}/en/")
    typed(page, "contac")
    suggested = page.locator("[data-md-component=search-suggest]")
    expect(suggested).to_have_text("contact")
    expect(suggested).to_have_attribute("aria-hidden", "true")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-md-component=search-query]")).to_have_value("contact")


def test_who_finds_nothing_is_offered_what_is_asked_most_and_a_person(page: Page, served: str) -> None:
    page.goto(f"{served}/it/")
    typed(page, "xyzzyquux")
    offered = page.locator(f".acct-nothing {LINK}")
    expect(offered).to_have_count(6)
    expect(page.locator(".md-search-result__meta")).to_have_attribute("role", "status")
    page.keyboard.press("Enter")
    assert page.url == f"{served}/it/"
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    expect(offered.last).to_be_focused()
    assert str(offered.last.get_attribute("href")).startswith(("mailto:", "http"))


def test_an_answer_that_comes_late_takes_no_focus_from_the_offer(page: Page, served: str) -> None:
    page.goto(f"{served}/en/change-email/")
    typed(page, "xyzzyquux")
    offered = page.locator(f".acct-nothing {LINK}")
    expect(offered).to_have_count(6)
    page.keyboard.press("ArrowDown")
    expect(offered.first).to_be_focused()
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('acct-searched', { detail: { query: 'xyzzyquux', found: 0 } }))"
    )
    expect(offered.first).to_be_focused()


def test_the_offer_goes_as_soon_as_something_is_found_or_nothing_is_typed(page: Page, served: str) -> None:
    page.goto(f"{served}/en/change-email/")
    typed(page, "xyzzyquux")
    first = page.locator(f".acct-nothing {LINK}").first
    expect(first).to_be_visible()
    page.locator("[data-md-component=search-query]").fill("password")
    expect(first).to_have_count(0)
    page.locator("[data-md-component=search-query]").fill("xyzzyquux")
    expect(first).to_be_visible()
    page.locator("[data-md-component=search-query]").fill("")
    expect(first).to_have_count(0)


def test_a_search_in_vain_is_told_to_the_page_and_another_with_how_much_it_found(page: Page, served: str) -> None:
    page.goto(f"{served}/en/")
    # Kept in the page, for Playwright waits for a script's value by eval, which the policy forbids.
    told = "({ detail }) => (document.body.dataset.told = `${detail.query} ${detail.found}`)"
    page.evaluate(f"document.addEventListener('acct-searched', {told})")
    typed(page, "xyzzyquux")
    expect(page.locator("body")).to_have_attribute("data-told", "xyzzyquux 0")
    page.locator("[data-md-component=search-query]").fill("password")
    expect(page.locator("body")).to_have_attribute("data-told", re.compile(r"^password ([4-9]|\d\d+)$"))
