"""What the page's script adds, by keyboard and over time; and what is left without it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from flask_acct import config as configuration
from flask_acct.config import Config

from .conftest import Houses
from .house import House

pytestmark = pytest.mark.browser

Guest = Callable[..., Page]


@pytest.fixture
def guest(browser: Browser) -> Iterator[Guest]:
    """A browser of this test's own, at home with nobody or with Alice."""
    contexts = []

    def arrive(home: House, is_alice: bool = False, **options: Any) -> Page:
        context = browser.new_context(**{"reduced_motion": "reduce", "locale": "en", **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        if is_alice:
            home.let_in(context, home.site.people.alice)
        return home.listen(context.new_page())

    yield arrive
    for context in contexts:
        context.close()


def stop_the_clock(page: Page) -> None:
    """In this page and those after it, time passes by ``page.clock.run_for`` alone."""
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.dataset.acct || document.activeElement.tagName")
    return found


def tab_order(page: Page, steps: int) -> list[str]:
    order = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        order.append(focused(page))
    return order


def element(page: Page, id_: str) -> Any:
    return page.locator(f'[data-acct="{id_}"]')


def test_tab_goes_from_the_header_through_the_form_in_reading_order(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home)
    page.goto(f"{home.url}/account/login")
    order = [one for one in tab_order(page, 9) if one not in {"A", "shell.header.help"}]
    assert order[:6] == [
        "shell.skip",
        "shell.language.label",
        "login.form.identifier",
        "login.form.password",
        "shell.password.show",
        "login.form.submit",
    ]


def test_the_skip_link_leads_to_the_content(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home)
    page.goto(f"{home.url}/account/login")
    page.keyboard.press("Tab")
    expect(element(page, "shell.skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{home.url}/account/login#content")
    assert tab_order(page, 1) == ["login.form.identifier"]


def test_arrows_walk_the_menu_and_escape_leaves_it(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home, is_alice=True)
    page.goto(home.url)
    element(page, "shell.language.label").focus()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "shell.language.es"
    page.keyboard.press("End")
    assert focused(page) == "shell.language.it"
    page.keyboard.press("ArrowDown")
    assert focused(page) == "shell.language.es"
    page.keyboard.press("Escape")
    assert focused(page) == "shell.language.label"
    expect(element(page, "shell.language.it")).to_be_hidden()


def test_on_a_phone_the_menu_of_the_area_is_a_drawer_that_works_without_a_script(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home, is_alice=True, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto(f"{home.url}/account/me")
    expect(element(page, "shell.menu.contacts")).to_be_hidden()
    element(page, "shell.nav.open").click()
    expect(element(page, "shell.menu.contacts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(element(page, "shell.menu.contacts")).to_be_hidden()
    element(page, "shell.nav.open").click()
    element(page, "shell.menu.contacts").click()
    page.wait_for_url("**/account/contacts")


def test_where_there_is_room_the_menu_of_the_area_is_beside_the_page(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home, is_alice=True, viewport={"width": 1280, "height": 800})
    page.goto(f"{home.url}/account/me")
    expect(element(page, "shell.nav.open")).to_be_hidden()
    menu, main = page.locator("#acct-nav").bounding_box(), page.locator("main").bounding_box()
    assert menu is not None
    assert main is not None
    assert menu["x"] + menu["width"] <= main["x"]


def test_a_click_elsewhere_closes_the_menu(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home, is_alice=True)
    page.goto(home.url)
    element(page, "shell.menu.hello").click()
    expect(element(page, "shell.menu.sign_out")).to_be_visible()
    page.locator("h1").click()
    expect(element(page, "shell.menu.sign_out")).to_be_hidden()


def test_signing_out_from_the_menu_ends_the_session(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home, is_alice=True)
    page.goto(home.url)
    element(page, "shell.menu.hello").click()
    element(page, "shell.menu.sign_out").click()
    expect(element(page, "login.form.signed_out")).to_be_visible()


def test_the_toggle_shows_every_password_says_so_and_sends_them_hidden(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home, is_alice=True)
    page.goto(f"{home.url}/account/password/change")
    element(page, "shell.password.show").press("Enter")
    fields = page.locator("main input:visible")
    assert fields.evaluate_all("all => all.map(one => one.type)") == ["text"] * 3
    expect(page.locator(".acct-reveal [role=status]")).to_have_text("The password is shown.")
    assert focused(page) == "shell.password.hide"
    page.evaluate("document.addEventListener('submit', event => event.preventDefault())")
    element(page, "password.change.submit").click()
    assert fields.evaluate_all("all => all.map(one => one.type)") == ["password"] * 3


ONE_LINE = """button => {
  const words = document.createRange();
  words.selectNodeContents(button);
  const [line, ...more] = words.getClientRects(), box = button.getBoundingClientRect();
  const input = button.parentElement.querySelector("input");
  const ends = parseFloat(getComputedStyle(input).paddingInlineEnd);
  return more.length === 0 && Math.abs((line.top + line.bottom - box.top - box.bottom) / 2) < 3 && box.width <= ends;
}"""
"""Whether the words stand in the middle of the button, as they do beside its picture, and no password is below it."""


@pytest.mark.parametrize("locale", ["en", "es", "it"])
@pytest.mark.parametrize("width", [320, 390, 1200])
def test_the_toggle_is_one_line_in_every_language(house: Houses, guest: Guest, locale: str, width: int) -> None:
    home = house()
    page = guest(home, locale=locale, viewport={"width": width, "height": 800})
    page.goto(f"{home.url}/account/login")
    for name in ("show", "hide"):
        assert element(page, f"shell.password.{name}").evaluate(ONE_LINE)
        element(page, f"shell.password.{name}").click()


def test_the_first_wrong_field_has_the_focus_and_is_described_by_its_problem(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home)
    page.goto(f"{home.url}/account/login")
    element(page, "login.form.submit").click()
    expect(element(page, "login.form.identifier")).to_be_focused()
    expect(element(page, "login.form.identifier")).to_have_accessible_description(
        "Example: ana@example.com Please fill this in."
    )


def test_a_message_about_the_whole_form_has_the_focus(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home)
    page.goto(f"{home.url}/account/login")
    element(page, "login.form.identifier").fill("nobody@example.com")
    element(page, "login.form.password").fill("wrong")
    element(page, "login.form.submit").click()
    expect(page.locator("[role=alert]")).to_be_focused()
    expect(page.locator("[role=alert]")).to_contain_text("We could not sign you in with these details.")


def test_the_example_follows_the_choice(house: Houses, guest: Guest) -> None:
    home = house("customer-panel")
    page = guest(home)
    page.goto(f"{home.url}/account/recover/password")
    value = element(page, "recovery.password.value")
    expect(value).to_have_accessible_description("Exactly as it is in your account.")
    element(page, "recovery.password.kind").select_option("domain")
    expect(value).to_have_accessible_description("Exactly as it is in your account. Example: example.com")


def test_without_script_language_menu_and_forms_still_work(house: Houses, guest: Guest) -> None:
    home = house()
    page = guest(home, java_script_enabled=False)
    page.goto(f"{home.url}/account/recover/password")
    expect(page.locator("main button:visible")).to_have_count(1)
    element(page, "shell.language.label").click()
    page.get_by_role("button", name="Italiano").click()
    expect(page.locator("html")).to_have_attribute("lang", "it")
    expect(page).to_have_url(f"{home.url}/account/recover/password")
    element(page, "recovery.password.submit").click()
    expect(element(page, "recovery.password.email")).to_be_focused()


def short(house: Houses) -> House:
    """A site whose sessions end after three minutes at most, with a warning half a minute before."""
    whole = configuration.preset("client-area")
    session = whole.session.model_copy(update={"idle_minutes": 2, "warn_seconds": 30})
    config: Config = whole.model_copy(update={"session": session})
    return house("short", config)


def pass_time(home: House, page: Page, seconds: int) -> None:
    """It gets later for the server and the browser alike, until the page has asked how long the session lasts."""
    home.site.clock.move(seconds=seconds)
    with page.expect_response("**/account/session") as answered:
        page.clock.run_for(seconds * 1000)
    if answered.value.ok:  # Of another answer the page does not read the rest.
        answered.value.finished()


def seconds_left(page: Page) -> int:
    """What the warning counts down."""
    return int(page.locator("[role=timer]").inner_text().split()[0])


@pytest.fixture
def idle(house: Houses, guest: Guest) -> tuple[House, Page]:
    """Alice at a form, with a moment passed in which nothing happened."""
    home = short(house)
    page = guest(home, is_alice=True)
    stop_the_clock(page)
    page.goto(f"{home.url}/account/password/change")
    element(page, "password.change.new").fill("half typed")
    return home, page


def test_the_page_warns_before_the_session_ends_and_counts_down(idle: tuple[House, Page]) -> None:
    home, page = idle
    pass_time(home, page, 155)
    expect(element(page, "shell.idle.title")).to_be_visible()
    assert focused(page) == "shell.idle.stay"
    left = seconds_left(page)
    assert left <= 25
    page.clock.run_for(5_000)
    fewer = "|".join(map(str, range(left - 4)))
    expect(page.locator("[role=timer]")).to_have_text(re.compile(f"^({fewer}) seconds?$"))
    assert set(tab_order(page, 4)) <= {"shell.idle.stay", "shell.idle.leave", "BODY"}


SHOWN = """
() => {
  const note = (records) => (window.shown = [...(window.shown ?? []), ...records.map((one) => one.addedNodes[0].data)]);
  new MutationObserver(note).observe(document.querySelector("[role=timer]"), { childList: true });
}
"""


def test_the_last_second_is_counted_as_one(idle: tuple[House, Page]) -> None:
    home, page = idle
    page.evaluate(SHOWN)
    pass_time(home, page, 155)
    page.clock.run_for(seconds_left(page) * 1000)
    shown = page.evaluate("window.shown")
    assert {"2 seconds", "1 second"} <= set(shown)
    assert "1 seconds" not in shown


def test_staying_signed_in_closes_the_warning_and_renews_the_session(idle: tuple[House, Page]) -> None:
    home, page = idle
    pass_time(home, page, 155)
    element(page, "shell.idle.stay").click()
    expect(element(page, "shell.idle.title")).to_be_hidden()
    assert page.evaluate("fetch('/account/session').then(answer => answer.json()).then(found => found.seconds)") == 180
    expect(element(page, "password.change.new")).to_have_value("half typed")


def test_no_warning_appears_while_another_tab_is_used(idle: tuple[House, Page]) -> None:
    home, page = idle
    other = home.listen(page.context.new_page())
    home.site.clock.move(seconds=80)
    other.goto(home.url)
    home.site.clock.move(seconds=75)
    with page.expect_response("**/account/session"):
        page.clock.run_for(155_000)
    page.wait_for_timeout(300)
    expect(element(page, "shell.idle.title")).to_be_hidden()


def test_an_answer_that_takes_long_is_waited_for_but_not_for_ever(idle: tuple[House, Page]) -> None:
    _, page = idle
    held: list[Route] = []
    page.route("**/account/session", lambda route: held.append(route))
    with page.expect_request("**/account/session"):
        page.clock.run_for(151_000)
    page.clock.run_for(3_000)
    expect(element(page, "shell.idle.title")).to_be_hidden()
    page.clock.run_for(5_000)
    expect(element(page, "shell.idle.title")).to_be_visible()
    held[0].fulfill(json={"seconds": 180, "csrf_token": "of another tab"})
    expect(element(page, "shell.idle.title")).to_be_hidden()


def test_an_old_answer_does_not_bring_back_a_warning_that_was_answered(idle: tuple[House, Page]) -> None:
    _, page = idle
    held: list[Route] = []
    page.route(
        "**/account/session", lambda route: route.continue_() if route.request.method == "POST" else held.append(route)
    )
    page.clock.run_for(160_000)
    element(page, "shell.idle.stay").click()
    expect(element(page, "shell.idle.title")).to_be_hidden()
    with page.expect_response("**/account/session"):
        held[0].fulfill(json={"seconds": 20, "csrf_token": "old"})
    page.clock.run_for(3_000)
    expect(element(page, "shell.idle.title")).to_be_hidden()
    assert page.locator("#acct-leave input[name=csrf_token]").input_value() != "old"


def test_an_ended_session_is_told_keeps_what_was_typed_and_leads_back(idle: tuple[House, Page]) -> None:
    home, page = idle
    pass_time(home, page, 250)
    expect(element(page, "shell.idle.ended")).to_be_visible()
    expect(element(page, "password.change.new")).to_have_value("half typed")
    door = element(page, "shell.header.sign_in").get_attribute("href")
    assert door == f"{home.url}/account/login?next=%2Faccount%2Fpassword%2Fchange"


def test_signing_out_from_the_warning_ends_the_session(idle: tuple[House, Page]) -> None:
    home, page = idle
    pass_time(home, page, 155)
    page.on("dialog", lambda dialog: dialog.accept())
    element(page, "shell.idle.leave").click()
    expect(element(page, "login.form.signed_out")).to_be_visible()


def test_a_language_from_right_to_left_turns_the_page_round(house: Houses, guest: Guest) -> None:
    whole = configuration.preset("client-area")
    site = whole.site.model_copy(update={"locales": ("en", "ar"), "default_locale": "ar"})
    home = house("right to left", whole.model_copy(update={"site": site}))
    page = guest(home, viewport={"width": 320, "height": 640}, locale="ar")
    page.goto(f"{home.url}/account/login")
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    brand, toggle = page.locator(".acct-brand").bounding_box(), page.locator(".acct-toggle").bounding_box()
    assert brand is not None
    assert toggle is not None
    assert brand["x"] + brand["width"] > 290
    assert toggle["x"] < 160


@pytest.mark.parametrize("path", ["login", "recover/password", "recover/request"])
def test_every_field_takes_what_is_pasted(house: Houses, guest: Guest, path: str) -> None:
    """A password manager, and whoever copies a temporary password, pastes. Source: ASVS 6.2.7."""
    home = house()
    page = guest(home, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{home.url}/account/{path}")
    page.evaluate("navigator.clipboard.writeText('pasted-from-elsewhere')")
    fields = page.locator("main input:not([type=hidden]), main textarea")
    for number in range(fields.count()):
        fields.nth(number).focus()
        page.keyboard.press("ControlOrMeta+v")
        expect(fields.nth(number)).to_have_value("pasted-from-elsewhere")
    assert fields.count()
