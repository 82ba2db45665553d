"""Every declared screen, in every language and in light and dark, as axe sees it; and on the smallest phone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page

from flask_acct import config as configuration
from flask_acct.screen import Screen

from .conftest import Houses
from .house import House, states, variety

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "es", "it")
SCHEMES = ("light", "dark")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def visit(browser: Browser, house: House, screen: Screen, **options: Any) -> tuple[BrowserContext, Page]:
    """A browser at the screen, signed in where only users get there."""
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(5_000)
    if screen.access == "user":
        house.let_in(context, house.site.people.alice)
    return context, house.listen(context.new_page())


def violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    return [f"{one['id']}: {node['html'][:160]} ({node['failureSummary']})" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("preset", "screen"), variety(), ids=lambda value: getattr(value, "name", value))
def test_a_screen_has_no_barriers(
    preset: str, screen: Screen, language: str, browser: Browser, house: Houses
) -> None:
    home = house(preset)
    context, page = visit(browser, home, screen, locale=language)
    found = {}
    for shows in states(screen):
        page.goto(home.address(screen, shows))
        assert page.locator("html").get_attribute("lang") == language
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            if barriers := violations(page):
                found[f"{shows or 'as found'}, {scheme}"] = barriers
    context.close()
    assert found == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_open_menus_and_the_idle_warning_have_no_barriers(scheme: str, browser: Browser, house: Houses) -> None:
    home = house("sending-platform")
    screen = home.site.acct.edition.declared.screens["password.change"]
    context, page = visit(browser, home, screen, color_scheme=scheme)
    page.goto(home.address(screen))
    found = []
    for menu in ("shell.language.label", "shell.menu.hello"):
        page.click(f'[data-acct="{menu}"]')
        found += violations(page)
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('acct-idle').showModal()")
    found += violations(page)
    context.close()
    assert found == []


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("preset", configuration.presets())
def test_a_screen_fits_its_width_and_shows_every_element_once(
    preset: str, width: int, browser: Browser, house: Houses
) -> None:
    home = house(preset)
    wide: dict[str, int] = {}
    twice: dict[str, list[str]] = {}
    viewport = {"width": width, "height": 700}
    context = browser.new_context(viewport=viewport, reduced_motion="reduce")  # type: ignore[arg-type]
    page = home.listen(context.new_page())
    screens = home.site.acct.edition.declared.screens.values()
    for screen in sorted(screens, key=lambda screen: screen.access == "user"):
        if screen.access == "user" and not context.cookies(home.url + "/account"):
            home.let_in(context, home.site.people.alice)
        page.goto(home.address(screen))
        if (found := page.evaluate("document.documentElement.scrollWidth")) > width:
            wide[screen.name] = found
        shown = page.locator("[data-acct]:visible").evaluate_all("all => all.map(one => one.dataset.acct)")
        if many := [id_ for id_, times in Counter(shown).items() if times > 1]:
            twice[screen.name] = many
    context.close()
    assert (wide, twice) == ({}, {})


def test_no_page_asked_anybody_else_or_broke_its_policy(browser: Browser, house: Houses) -> None:
    home = house()
    context = browser.new_context()
    page = home.listen(context.new_page())
    answer = page.goto(f"{home.url}/account/login")
    context.close()
    assert answer is not None
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert [house(preset).heard for preset in configuration.presets()] == [[]] * len(configuration.presets())
