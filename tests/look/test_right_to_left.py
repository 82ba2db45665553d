"""Arabic as a browser shows it: the page runs from right to left, and what runs from left to right stays whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from flask_acct import features
from flask_acct.config import Config
from flask_acct.declare.elements import Screen
from flask_acct.mail.examples import example

from ..mail.test_rendering import html_of, sent
from ..scopes import NOON
from ..web.site import build
from ..web.test_staff import path_of, with_staff
from .house import House, opened
from .test_staff import SEEN, entered, furnish

STATIC = Path(features.__file__).parents[1] / "static"
STYLES = sorted(STATIC.glob("*.css"))

RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SIDE = re.compile(r"\b(left|right)\b")
OF_FOUR_SIDES = frozenset({"margin", "padding", "inset", "border-width", "border-color", "border-style"})
WITHIN = re.compile(r"\([^()]*\)")
"""The innermost arguments of a function."""

WIDTH_NEEDED = "document.documentElement.scrollWidth"
ADDRESSES_IN_THE_OPEN = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const around = node.parentElement;
    const is_block = (one) => /isolate/.test(getComputedStyle(one).unicodeBidi);
    const alone = (one) => /^\\s*\\S+@\\S+\\s*$/.test(one.textContent) && is_block(one);
    const apart = (one) => one !== document.body && (
      one.matches("bdi, [dir=ltr], [dir=auto]") || alone(one) || apart(one.parentElement));
    const open = node.data.replace(/\\u2068[^\\u2069]*\\u2069/g, "");
    if (/[^\\s@]+@[^\\s@]+/.test(open) && !around.closest("script, style") && !apart(around)) found.push(node.data);
  }
  return found;
}"""
"""Email addresses that are in a sentence like any word, so that signs beside them may change their places."""


# What needs no browser


@pytest.mark.parametrize("file", STYLES, ids=lambda file: file.name)
def test_a_style_names_no_side_of_the_screen(file: Path) -> None:
    assert list(sided(file.read_text("utf-8"))) == []


TEMPLATES = sorted((STATIC.parent / "templates").rglob("*.html"))
COMMA = re.compile(r"""join\(["'], |>, ?<|["'], ["'] if not loop""")


def test_no_template_writes_a_comma_between_the_words_of_a_list() -> None:
    """Arabic has another one: ``acct.show`` knows which."""
    found = [file.name for file in TEMPLATES if COMMA.search(file.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("style", "fault"),
    [
        ("a { margin-left: 1px; }", "a: margin-left: 1px"),
        ("a { text-align: right; }", "a: text-align: right"),
        ("a { padding: 0 1px 0 calc(2px + var(--a)); }", "a: padding: 0 1px 0 calc(2px + var(--a))"),
    ],
)
def test_a_side_of_the_screen_is_found(style: str, fault: str) -> None:
    assert list(sided(style)) == [fault]


def test_what_is_the_same_on_both_sides_or_drawn_is_no_fault() -> None:
    arrow = "a { border-width: 0 2px 2px 0; transform: rotate(45deg); }"
    pair = 'b img { object-position: left; } [dir="rtl"] b img { object-position: right; }'
    assert list(sided(f"{arrow} {pair} c {{ margin: 0 1px; padding: 1px 2px 3px 2px; }} .left {{ margin: 0; }}")) == []


def sided(style: str) -> Iterator[str]:
    """The declarations of a style that say left or right, and would say it of a page from right to left as well."""
    rules = [(of.strip(), what) for of, what in RULE.findall(re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL))]
    turned = {of.removeprefix('[dir="rtl"] ') for of, _ in rules if of.startswith('[dir="rtl"] ')}
    for of, what in rules:
        if of in turned or of.startswith('[dir="rtl"] '):
            continue
        for declared in filter(None, map(str.strip, what.split(";"))):
            name, _, value = declared.partition(":")
            sides = values(value)
            is_drawn = name == "border-width" and "rotate" in what
            is_uneven = name in OF_FOUR_SIDES and len(sides) == 4 and sides[1] != sides[3] and not is_drawn
            if is_uneven or SIDE.search(name) or (not name.startswith("--") and SIDE.search(value)):
                yield f"{of}: {declared}"


def values(given: str) -> list[str]:
    """``["0", "calc"]`` for ``0 calc(1px + var(--gap))``."""
    while given != (given := WITHIN.sub("", given)):
        pass
    return given.split()


# In a browser


@pytest.fixture(scope="module")
def arabic(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    file = tmp_path_factory.mktemp("arabic") / "acct.db"
    file.write_bytes(migrated.read_bytes())
    site = build(in_arabic(), f"sqlite:///{file}", NOON)
    furnish(site)
    with opened(site) as house:
        yield house
    site.acct.database.engine.dispose()


@pytest.fixture
def page(browser: Browser, arabic: House) -> Iterator[Page]:
    """A page of somebody who is signed in, on a small phone."""
    context = browser.new_context(reduced_motion="reduce", locale="ar", viewport={"width": 320, "height": 700})
    arabic.let_in(context, arabic.site.people.alice)
    yield context.new_page()
    context.close()


def in_arabic() -> Config:
    config = with_staff()
    site = config.site.model_copy(update={"locales": ("ar", "en"), "default_locale": "ar"})
    return config.model_copy(update={"site": site})


def screens(house: House) -> list[Screen]:
    return [one for one in house.site.acct.platform.declared.screens.values() if not one.is_for_staff]


def edges(part: Locator) -> tuple[float, float]:
    """Where it begins and ends, counted from the left."""
    box = part.bounding_box()
    assert box
    return box["x"], box["x"] + box["width"]


@pytest.mark.browser
def test_every_screen_runs_from_right_to_left_and_fits_a_small_phone(arabic: House, page: Page) -> None:
    faults: dict[str, object] = {}
    for screen in screens(arabic):
        page.goto(arabic.address(screen))
        direction, wide = page.locator("html").get_attribute("dir"), page.evaluate(WIDTH_NEEDED)
        if direction != "rtl" or wide > 320:
            faults[screen.name] = direction, wide
    assert faults == {}


@pytest.mark.browser
def test_an_email_address_is_apart_from_the_words_around_it(arabic: House, page: Page) -> None:
    faults = {}
    for screen in screens(arabic):
        page.goto(arabic.address(screen))
        if found := page.evaluate(ADDRESSES_IN_THE_OPEN):
            faults[screen.name] = found
    assert faults == {}


@pytest.mark.browser
def test_the_menu_stands_at_the_right_and_opens_from_there(arabic: House, page: Page) -> None:
    page.goto(f"{arabic.url}/account/me")
    page.click(".acct-nav-open")
    start, end = edges(page.locator(".acct-nav"))
    assert start > 0
    assert end == 320

    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{arabic.url}/account/me")
    content, menu = edges(page.locator("main")), edges(page.locator(".acct-nav"))
    assert content[1] <= menu[0]
    assert edges(page.locator(".acct-nav li a").first)[1] < 1280, "an entry does not touch the edge"


@pytest.mark.browser
def test_the_keyboard_walks_through_the_header_from_right_to_left(arabic: House, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{arabic.url}/account/me")
    places = [edges(part)[0] for part in page.locator(".acct-brand, .acct-tool").all()]
    assert len(places) > 2
    assert places == sorted(places, reverse=True)


@pytest.mark.browser
def test_what_is_printed_has_the_whole_width(arabic: House, page: Page) -> None:
    page.set_viewport_size({"width": 1120, "height": 800})
    page.goto(f"{arabic.url}/account/users")
    page.emulate_media(media="print")
    start, end = edges(page.locator("main"))
    assert end - start > 1000


@pytest.mark.browser
def test_the_staff_area_runs_from_right_to_left(arabic: House, browser: Browser) -> None:
    page = entered(browser, arabic, viewport={"width": 320, "height": 700}, locale="ar")
    faults: dict[str, object] = {}
    for name in SEEN:
        page.goto(arabic.url + path_of(arabic.site, name))
        direction, wide = page.locator("html").get_attribute("dir"), page.evaluate(WIDTH_NEEDED)
        found = page.evaluate(ADDRESSES_IN_THE_OPEN)
        if found or direction != "rtl" or wide > 320:
            faults[name] = direction, wide, found
    page.context.close()
    assert faults == {}


@pytest.mark.browser
def test_every_mail_runs_from_right_to_left_and_fits_a_small_phone(browser: Browser) -> None:
    platform = features.platform(in_arabic())
    page = browser.new_page(viewport={"width": 320, "height": 700})
    faults: dict[str, object] = {}
    for name, mail in platform.declared.mails.items():
        page.set_content(html_of(sent(example(mail, platform, NOON, locale="ar"), platform)), wait_until="load")
        direction, wide = page.locator("html").get_attribute("dir"), page.evaluate(WIDTH_NEEDED)
        found = page.evaluate(ADDRESSES_IN_THE_OPEN)
        if found or direction != "rtl" or wide > 320:
            faults[name] = direction, wide, found
    page.close()
    assert faults == {}
