"""Every declared screen, in every language and in light and dark, as axe sees it; and on the smallest phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from flask_acct import config as configuration
from flask_acct.declare.elements import Screen

from .conftest import Houses
from .house import House, needs_user, states, variety

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "es", "it")
SCHEMES = ("light", "dark")
WIDTHS = (320, 390, 1280)
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""All that may differ in the dark."""

Reader = Callable[[House, str, bool], Page]


@pytest.fixture(scope="session")
def reader(browser: Browser) -> Iterator[Reader]:
    """The page of somebody who reads a language, signed in or not, opened once for all tests."""
    pages: dict[tuple[House, str, bool], Page] = {}

    def read(home: House, language: str, is_user: bool) -> Page:
        who = (home, language, is_user)
        if who not in pages:
            context = browser.new_context(reduced_motion="reduce", locale=language)
            context.set_default_timeout(10_000)
            context.add_init_script(AXE_SCRIPT)
            if is_user:
                home.let_in(context, home.site.people.alice)
            pages[who] = home.listen(context.new_page())
        return pages[who]

    yield read
    for page in pages.values():
        page.context.close()


def violations(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    return [f"{one['id']}: {node['html'][:160]} ({node['failureSummary']})" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("preset", "screen"), variety(), ids=lambda value: getattr(value, "name", value))
def test_a_screen_has_no_barriers(preset: str, screen: Screen, language: str, house: Houses, reader: Reader) -> None:
    home = house(preset)
    page = reader(home, language, needs_user(screen))
    found = {}
    # What a message or a result adds is the same in every language but for its words.
    for shows in states(screen) if language == LANGUAGES[0] else ("",):
        page.goto(home.address(screen, shows))
        assert page.locator("html").get_attribute("lang") == language
        page.emulate_media(color_scheme="light")
        if barriers := violations(page):
            found[shows or "as found"] = barriers
        page.emulate_media(color_scheme="dark")
        if barriers := violations(page, COLOURS):
            found[f"{shows or 'as found'}, dark"] = barriers
    assert found == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_open_menus_and_the_idle_warning_have_no_barriers(scheme: Any, house: Houses, reader: Reader) -> None:
    home = house("sending-platform")
    page = reader(home, "it", True)
    page.emulate_media(color_scheme=scheme)
    page.goto(home.address(home.site.acct.platform.declared.screens["password.change"]))
    found = []
    for menu in ("shell.language.label", "shell.menu.hello"):
        page.click(f'[data-acct="{menu}"]')
        found += violations(page)
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('acct-idle').showModal()")
    found += violations(page)
    assert found == []


@pytest.mark.parametrize("preset", configuration.presets())
def test_a_screen_fits_every_width_and_shows_every_element_once(preset: str, house: Houses, reader: Reader) -> None:
    home = house(preset)
    wide: dict[str, int] = {}
    twice: dict[str, list[str]] = {}
    for screen in home.site.acct.platform.declared.screens.values():
        page = reader(home, "es", needs_user(screen))
        page.goto(home.address(screen))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 700})
            if (found := page.evaluate("document.documentElement.scrollWidth")) > width:
                wide[f"{screen.name} at {width}"] = found
            shown = page.locator("[data-acct]:visible").evaluate_all("all => all.map(one => one.dataset.acct)")
            if many := [id_ for id_, times in Counter(shown).items() if times > 1]:
                twice[f"{screen.name} at {width}"] = many
    assert wide == {}
    assert twice == {}


def test_no_page_asked_anybody_else_or_broke_its_policy(browser: Browser, house: Houses) -> None:
    home = house()
    context = browser.new_context()
    page = home.listen(context.new_page())
    answer = page.goto(f"{home.url}/account/login")
    context.close()
    assert answer is not None
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert [house(preset).heard for preset in configuration.presets()] == [[]] * len(configuration.presets())
