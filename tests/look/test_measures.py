"""Where things stand and how large they are, measured in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from flask_acct import config as configuration

from .conftest import Houses
from .house import House

pytestmark = pytest.mark.browser

PHONE: Any = {"width": 390, "height": 800}
DESK: Any = {"width": 1280, "height": 900}

FIELDS_OF_A_FORM = """() => [...document.querySelectorAll("main form .acct-field:not(form[method=get] *)")]
    .filter((one) => one.checkVisibility())
    .map((one) => one.getBoundingClientRect())
    .map((box) => [box.left, box.top, box.bottom].map(Math.round))"""
UNFOLD = """() => {
    const folds = [...document.querySelectorAll("main .acct-fold:not([open])")];
    for (const fold of folds) fold.open = true;
    return folds.length;
}"""
OVERLAPS = """() => {
    const boxes = [...document.querySelectorAll("main tbody tr, main h2, main form > *, main p")]
        .filter((one) => one.offsetParent && one.checkVisibility() && !one.closest("tr tr, p p"))
        .map((one) => [one, one.getBoundingClientRect()]);
    return boxes.flatMap(([one, box], at) => boxes.slice(at + 1)
        .filter(([other, its]) => !one.contains(other) && !other.contains(one)
            && box.top < its.bottom - 2 && its.top < box.bottom - 2
            && box.left < its.right - 2 && its.left < box.right - 2)
        .map(([other]) => `${one.outerHTML.slice(0, 60)} over ${other.outerHTML.slice(0, 60)}`));
}"""
NARROW_BUTTONS = """() => [...document.querySelectorAll("main .acct-send .acct-button, main .acct-next > *")]
    .filter((one) => one.offsetParent && !one.closest("dialog"))
    .filter((one) => one.parentElement.clientWidth - one.offsetWidth > 2)
    .map((one) => one.outerHTML.slice(0, 80))"""

WIDTHS = ["postcode", "country", "phone", "name", "city"]
COLOURS = "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).borderTopColor]"


@pytest.fixture
def alices(browser: Browser, house: Houses) -> Iterator[Any]:
    """Opens a page of a preset as Alice."""
    contexts = []

    def open_(preset: str, **options: Any) -> tuple[House, Page]:
        home = house(preset)
        context = browser.new_context(locale="es", **options)
        contexts.append(context)
        home.let_in(context, home.site.people.alice)
        return home, context.new_page()

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("preset", configuration.presets())
def test_the_fields_of_every_form_stand_one_under_the_other(preset: str, alices: Any) -> None:
    home, page = alices(preset, viewport=DESK)
    beside = {}
    for screen in home.site.acct.platform.declared.screens.values():
        if len(screen.fields) < 2:
            continue
        for shows in ("", "problems"):
            page.goto(home.address(screen, shows))
            page.evaluate(UNFOLD)
            fields = page.evaluate(FIELDS_OF_A_FORM)
            in_order = all(bottom <= top for (_, _, bottom), (_, top, _) in pairwise(fields))
            if len({left for left, _, _ in fields}) > 1 or not in_order:
                beside[f"{screen.name} {shows}"] = fields
    assert beside == {}


def test_a_control_is_as_wide_as_what_is_typed_in_it(alices: Any) -> None:
    home, page = alices("client-area", viewport=DESK)
    page.goto(home.address(home.site.acct.platform.declared.screens["profile.account"]))
    widths = {name: page.locator(f"#{name}").evaluate("one => one.offsetWidth") for name in WIDTHS}
    assert widths["postcode"] == 8 * 16
    assert widths["country"] == widths["phone"] == 18 * 16
    assert widths["name"] == widths["city"] > widths["country"]


@pytest.mark.parametrize("preset", configuration.presets())
def test_nothing_lies_over_anything_else(preset: str, alices: Any) -> None:
    home, page = alices(preset)
    found = {}
    for screen in home.site.acct.platform.declared.screens.values():
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            page.goto(home.address(screen))
            if over := page.evaluate(OVERLAPS):
                found[f"{screen.name} at {size['width']}"] = over
            # Fields that are folded have boxes where nothing is drawn until they are opened.
            if page.evaluate(UNFOLD) and (over := page.evaluate(OVERLAPS)):
                found[f"{screen.name} unfolded at {size['width']}"] = over
    assert found == {}


@pytest.mark.parametrize("preset", configuration.presets())
def test_on_a_phone_every_button_that_sends_a_form_fills_the_line(preset: str, alices: Any) -> None:
    home, page = alices(preset, viewport=PHONE)
    found = {}
    for screen in home.site.acct.platform.declared.screens.values():
        page.goto(home.address(screen))
        if narrow := page.evaluate(NARROW_BUTTONS):
            found[screen.name] = narrow
    assert found == {}


def test_rows_with_and_without_actions_are_equally_high(alices: Any) -> None:
    home, page = alices("client-area", viewport=DESK)
    page.goto(f"{home.url}/account/users")
    actions = page.locator("#members-caption ~ table .acct-row-menu")
    assert [bool(words.strip()) for words in actions.all_inner_texts()] == [False, True]
    # One line of words in each cell: longer ones make their row higher, as they should.
    cells = page.locator("#members-caption ~ table td:not(.acct-row-menu)")
    cells.evaluate_all("all => all.map(one => one.textContent = 'x')")
    heights = page.locator("#members-caption ~ table tbody tr").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert max(heights) - min(heights) <= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["at rest", "hovered"])
def test_a_grave_button_has_one_colour_in_any_brand(scheme: Any, state: str, alices: Any) -> None:
    home, page = alices("client-area", viewport=DESK, color_scheme=scheme, reduced_motion="reduce")
    page.goto(home.address(home.site.acct.platform.declared.screens["contacts.remove"]))
    button = page.locator(".acct-grave")
    if state == "hovered":
        button.hover()
    ground, edge = button.evaluate(COLOURS)
    assert ground == edge


def test_a_grave_button_is_outlined_where_the_brand_is_red(alices: Any) -> None:
    home, page = alices("email-marketing", viewport=DESK)
    page.goto(home.address(home.site.acct.platform.declared.screens["profile.email_cancel"]))
    grave = page.locator(".acct-grave")
    ground, edge = grave.evaluate(COLOURS)
    assert ground == "rgb(255, 255, 255)"
    assert edge == grave.evaluate("one => getComputedStyle(one).color")
    expect(grave.locator("svg")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_information_is_never_in_the_brands_colour(scheme: Any, alices: Any) -> None:
    home, page = alices("email-marketing", viewport=DESK, color_scheme=scheme)
    page.goto(home.address(home.site.acct.platform.declared.screens["recovery.password"], "left_lying"))
    strip = page.locator(".acct-said").evaluate("one => getComputedStyle(one).borderInlineStartColor")
    assert strip == {"light": "rgb(63, 88, 117)", "dark": "rgb(169, 191, 216)"}[scheme]
