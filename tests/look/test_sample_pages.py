"""The sample's pages in a real browser: as axe sees them, on a narrow phone, and copying the affiliate link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from flask_acct.cli import acct as commands
from flask_acct.config import presets
from sample_app import create_app
from sample_app import sample as filling

from ..scopes import SECRET_KEY
from ..serving import served
from .test_accessibility import COLOURS, RULES

pytestmark = pytest.mark.browser

CUSTOMERS = Path(filling.__file__).with_name("customers.csv")
PHONE = {"width": 320, "height": 640}
BEHIND = {
    "orders": ["/orders/new", "/orders/new/summary?plan=Plus&domain=new.example", "/orders/cancel/1", "/orders/1"],
    "credits": ["/orders/new", "/orders/new/summary?pack=0", "/orders/1"],
    "services": ["/services/1"],
    "domains": ["/domains/1"],
    "campaigns": ["/campaigns/1"],
    "lists": ["/lists/1"],
}
EVERYWHERE = ["/", "/plans", "/contact", "/plan/renew", "/invoices/5", "/pretend-payment?invoice=5&invoice=6"]


@pytest.fixture(params=["client-area"])
def shop_url(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A demo with the first customers of its file, served."""
    settings = {"ACCT_CONFIG": request.param, "ACCT_DATABASE_URL": database_url, "FLASK_SECRET_KEY": SECRET_KEY}
    for name, value in {**settings, "FLASK_ACCT_WORKER": "false"}.items():
        monkeypatch.setenv(name, value)
    app = create_app(instance_path=str(tmp_path))
    few = tmp_path / "few.csv"
    few.write_text("\n".join(CUSTOMERS.read_text("utf-8").splitlines()[:2]), "utf-8")
    done = app.test_cli_runner().invoke(commands, ["import", str(few)])
    assert done.exit_code == 0, done.output
    filling.fill(app)
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


def signed_in(browser: Browser, url: str, **context: object) -> Page:
    page = browser.new_context(locale="en", **context).new_page()  # type: ignore[arg-type]
    page.goto(f"{url}/account/login")
    name = page.locator("input[name=identifier]")
    kinds = ["email"] if name.get_attribute("type") == "email" else ["username", "customer_number"]
    for kind in kinds:
        if "/login" in page.url:
            name.fill(filling.SIGN_IN[kind])  # type: ignore[index]
            page.locator("input[name=password]").fill(filling.PASSWORD)
            with page.expect_navigation():
                page.locator(".acct-main .acct-button").first.click()
    return page


def test_the_affiliate_link_is_copied_and_that_is_said(browser: Browser, shop_url: str) -> None:
    page = signed_in(browser, shop_url, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{shop_url}/affiliate")
    page.locator("[data-copy]").click()
    expect(page.locator(".copied")).to_have_text("Copiato")
    link = page.locator("#link").input_value()
    assert link.endswith("/plans?by=9000")
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_a_link_that_may_not_be_copied_is_selected(browser: Browser, shop_url: str) -> None:
    page = signed_in(browser, shop_url)
    page.goto(f"{shop_url}/affiliate")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    page.locator("[data-copy]").click()
    expect(page.locator("#link")).to_be_focused()
    assert page.evaluate("document.activeElement.selectionEnd") == len(page.locator("#link").input_value())


def test_without_a_script_the_affiliate_link_can_be_selected_and_no_button_is_dead(
    browser: Browser, shop_url: str
) -> None:
    page = signed_in(browser, shop_url, java_script_enabled=False)
    page.goto(f"{shop_url}/affiliate")
    expect(page.locator("#link")).to_be_visible()
    expect(page.locator("[data-copy]")).to_be_hidden()


@pytest.mark.parametrize("shop_url", presets(), indirect=True)
def test_a_page_fits_a_narrow_phone_and_has_no_barriers(browser: Browser, shop_url: str) -> None:
    page = signed_in(browser, shop_url, viewport=PHONE, reduced_motion="reduce")
    page.context.add_init_script(AXE_SCRIPT)
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    found = {}
    for path in pages_of(page, shop_url):
        answer = page.goto(shop_url + path)
        assert answer
        assert answer.status < 400, path
        page.emulate_media(color_scheme="light")
        found[path] = ["wide"] * page.evaluate(wide) + barriers(page, RULES)
        page.emulate_media(color_scheme="dark")
        found[path] += barriers(page, COLOURS)
    assert {path: problems for path, problems in found.items() if problems} == {}


def barriers(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe finds in what is the sample's own: the layout around it is the library's."""
    found = page.evaluate("rules => axe.run('main', rules)", rules)["violations"]
    return [f"{one['id']}: {node['html'][:160]} ({node['failureSummary']})" for one in found for node in one["nodes"]]


def pages_of(page: Page, url: str) -> list[str]:
    """The sample's pages: those of the menu, one row of each, and what is behind them."""
    page.goto(f"{url}/")
    menu = page.locator("nav a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    behind = [path for name, paths in BEHIND.items() for path in paths if _has(name, menu)]
    return sorted({*EVERYWHERE, *behind, *(one for one in menu if one.count("/") == 1)})


def _has(name: str, menu: list[str]) -> bool:
    """Whether the company has a page; of orders, services say whether they are of plans or of credits."""
    if name in ("orders", "credits"):
        return "/orders" in menu and ("/services" in menu) == (name == "orders")
    return f"/{name}" in menu
