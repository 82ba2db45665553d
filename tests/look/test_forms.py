"""What a page does with a form while it is filled in and on its way: ours, and a host's."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Response, redirect, render_template_string, request
from playwright.sync_api import Browser, Page, expect

from flask_acct import config as configuration
from flask_acct import public
from flask_acct.testing import PASSWORD

from ..scopes import NOON
from ..web.site import Site, build
from .house import House, opened
from .test_script import stop_the_clock

pytestmark = pytest.mark.browser

HOST_PAGE = """{% extends "flask_acct/layout.html" %}{% block main %}<h1>Host</h1>
{% for name, more in forms.items() %}<form id="{{ name }}" method="post" action="/answer/{{ name }}" {{ more|safe }}>
<label>Note <input name="note" id="{{ name }}-note"></label>
<button id="{{ name }}-send" class="{{ 'acct-button' if name == 'slow_button' }}">
{{- name }}</button>
</form>{% endfor %}
<form id="search" action="/host"><button id="search-send">search</button></form>
<dialog id="ask"><form id="asks" method="post"><button id="asks-send" formmethod="dialog">close</button></form></dialog>
<script src="/host.js"></script>{% endblock %}"""

FORMS = {
    "confirm": "", "later": "", "file": "", "text": "", "nothing": "", "page": "", "slow": "", "slow_button": "",
    "tab": 'target="_blank"', "frame": 'target="inside"', "strict": "",
}  # fmt: skip
HOST_SCRIPT = """
document.getElementById("confirm").addEventListener("submit", (event) => confirm("Sure?") || event.preventDefault());
addEventListener("submit", (event) => event.target.id === "later" && window.refuse && event.preventDefault());
document.getElementById("ask").show();
"""


@dataclass
class Host:
    """A host's pages with forms of every kind, and what has arrived from each."""

    home: House
    arrived: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    """What slow answers wait for."""
    is_slow: bool = False
    """Whether all answers wait."""
    played: threading.Event = field(default_factory=threading.Event)
    """Whether the page has played what it was told to."""

    def wait_for(self, number: int) -> None:
        """Until so many forms have arrived, or ten seconds."""
        end = time.monotonic() + 10
        while len(self.arrived) < number and time.monotonic() < end:
            time.sleep(0.02)

    def press(self, page: Page, name: str, *, is_sent: bool = True) -> int:
        """How many forms arrive when a button is pressed. If one should, it is waited for, however long it takes."""
        before = len(self.arrived)
        page.locator(f"#{name}-send").click(force=True, no_wait_after=True)
        end = time.monotonic() + 10
        while is_sent and len(self.arrived) == before and time.monotonic() < end:
            page.wait_for_timeout(20)
        page.wait_for_timeout(300)
        return len(self.arrived) - before

    def play(self, page: Page, **steps: int) -> list[str]:
        """What is said at each of some steps, so many milliseconds after the first, while an answer is awaited.

        The page plays them itself: while it waits for an answer, Chromium takes no orders. The others are timed from
        within the first, so that on a slow machine, too, they come in this order with what the page does by itself.
        """
        (first, _), *others = [(PLAYED[name.strip("_")], after) for name, after in steps.items()]
        timed = "; ".join(f"setTimeout({step}, {after})" for step, after in [*others, (TELL, max(steps.values()))])
        page.evaluate(f"() => {{ window.heard = []; setTimeout(() => {{ ({first})(); {timed} }}) }}")
        return self.heard(page)

    def heard(self, page: Page) -> list[Any]:
        """What the page has heard, once it has played to the end."""
        assert self.played.wait(30)
        self.gate.set()
        found: list[Any] = page.evaluate("window.heard")
        return found


PLAYED = {
    "press": "() => document.getElementById('slow-send').click()",
    "listen": "() => window.heard.push(document.getElementById('acct-wait').textContent)",
    "look": "() => window.heard.push(String(document.getElementById('acct-wait').clientHeight > 20))",
    "type": "() => document.getElementById('slow-note').dispatchEvent(new InputEvent('input', { bubbles: true }))",
    "escape": "() => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))",
}
TELL = "() => fetch('/played')"


@pytest.fixture(scope="module")
def host(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    file = tmp_path_factory.mktemp("host") / "acct.db"
    shutil.copy(migrated, file)
    site = build(configuration.preset("client-area"), f"sqlite:///{file}", NOON)
    found = Host(House(site, ""))
    _add_pages(site, found)
    with opened(site) as home:
        found.home = home
        yield found
        found.gate.set()
    site.acct.database.engine.dispose()


def _add_pages(site: Site, host: Host) -> None:
    def answer(name: str) -> Response:
        host.arrived.append(name)
        if host.is_slow or name.startswith("slow"):
            host.gate.wait(60)
        kinds = {
            "slow": lambda: Response(status=204),
            "slow_button": lambda: Response(status=204),
            "file": lambda: Response("a,b", mimetype="text/csv", headers={"Content-Disposition": "attachment"}),
            "text": lambda: Response(b"\0", mimetype="application/octet-stream"),
            "nothing": lambda: Response(status=204),
        }
        return kinds.get(name, lambda: redirect("/host", 303))()  # type: ignore[no-any-return, return-value]

    def played() -> str:
        host.played.set()
        return ""

    page = public(lambda: render_template_string(HOST_PAGE, forms=FORMS))
    site.app.add_url_rule("/host", "host", page)
    site.app.add_url_rule("/host.js", "js", public(lambda: Response(HOST_SCRIPT, mimetype="text/javascript")))
    site.app.add_url_rule("/answer/<name>", "answer", public(answer), methods=["POST"])
    site.app.add_url_rule("/played", "played", public(played))

    @site.app.before_request
    def slow_sign_in() -> None:
        if request.path == "/account/login" and request.method == "POST":
            host.arrived.append("login")
            if request.form["password"] == "slow":
                host.gate.wait(60)


@pytest.fixture
def page(browser: Browser, host: Host) -> Iterator[Page]:
    size: Any = {"width": 1280, "height": 1800}
    context = browser.new_context(locale="en", accept_downloads=True, reduced_motion="reduce", viewport=size)
    context.set_default_timeout(10_000)
    host.arrived.clear()
    host.gate.clear()
    host.played.clear()
    host.is_slow = False
    found = context.new_page()
    found.goto(f"{host.home.url}/host")
    yield found
    host.gate.set()
    context.close()


# --- A form is sent once, and again when nothing was sent -------------------------------------------------------


@pytest.mark.parametrize("name", ["page", "file", "nothing", "tab", "frame"])
def test_a_double_click_sends_once(name: str, host: Host, page: Page) -> None:
    # No answer comes between the two clicks, and no time passes.
    host.is_slow = True
    stop_the_clock(page)
    page.locator(f"#{name}-send").dblclick(no_wait_after=True)
    host.wait_for(1)
    time.sleep(0.3)
    assert host.arrived == [name]


@pytest.mark.parametrize("name", ["file", "text", "nothing", "tab", "frame"])
def test_a_form_whose_answer_leaves_the_page_can_be_sent_again(name: str, host: Host, page: Page) -> None:
    assert host.press(page, name) == 1
    expect_ready(page, name)
    assert host.press(page, name) == 1


def expect_ready(page: Page, name: str) -> None:
    """The form can be sent again, and not because no answer came for some seconds, which would be said."""
    expect(page.locator(f"#{name}-send")).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator("#acct-wait")).to_have_text("")


def test_a_form_the_host_held_back_can_be_sent_afterwards(host: Host, page: Page) -> None:
    answers = [False, False, True]
    page.on("dialog", lambda dialog: dialog.accept() if answers.pop(0) else dialog.dismiss())
    for _ in range(2):
        assert host.press(page, "confirm", is_sent=False) == 0
        expect_ready(page, "confirm")
    assert host.press(page, "confirm") == 1


def test_a_form_held_back_by_the_last_listener_can_be_sent_afterwards(host: Host, page: Page) -> None:
    page.evaluate("window.refuse = true")
    assert host.press(page, "later", is_sent=False) == 0
    expect_ready(page, "later")
    page.evaluate("window.refuse = false")
    assert host.press(page, "later") == 1


def test_a_form_held_back_keeps_its_button(host: Host, page: Page) -> None:
    page.evaluate("window.refuse = true")
    host.press(page, "later", is_sent=False)
    expect_ready(page, "later")


def test_while_an_answer_is_awaited_it_is_said_and_nothing_is_sent_twice(host: Host, page: Page) -> None:
    assert host.play(page, press=0, listen=100, press_=700, listen_=1500, look=1500, press__=2400) == [
        "", "Sending…", "true",
    ]  # fmt: skip
    assert host.arrived == ["slow"]


def test_the_button_itself_says_that_its_form_is_on_its_way_and_then_is_as_before(host: Host, page: Page) -> None:
    page.evaluate("""() => {
        window.heard = [];
        const button = document.getElementById("slow_button-send"), wait = document.getElementById("acct-wait");
        const hear = () => window.heard.push([button.textContent, button.classList.contains("acct-busy"),
            button.getAttribute("aria-disabled"), button.offsetWidth, wait.textContent, wait.clientHeight > 20]);
        const escape = new KeyboardEvent("keydown", { key: "Escape", bubbles: true });
        hear();
        setTimeout(() => {
            button.click();
            setTimeout(hear, 600);
            setTimeout(() => document.body.dispatchEvent(escape), 700);
            setTimeout(hear, 750);
            setTimeout(() => fetch("/played"), 750);
        });
    }""")
    before, during, after = host.heard(page)
    assert during == ["Sending…", True, "true", during[3], "Sending…", False]
    assert during[3] >= before[3]
    assert after == before


def test_a_press_that_sends_nothing_says_why_at_once(host: Host, page: Page) -> None:
    assert host.play(page, press=0, press_=200, listen=250) == ["Sending…"]


def test_a_form_without_an_answer_can_be_sent_again_after_some_seconds(host: Host, page: Page) -> None:
    said = host.play(page, press=0, listen=5_300, press_=5_400, listen_=5_450)
    assert said == ["There has been no answer yet. You can send it again.", ""]
    assert host.arrived == ["slow", "slow"]


@pytest.mark.parametrize("sign", ["escape", "type"])
def test_who_stops_or_goes_on_typing_can_send_again(sign: str, host: Host, page: Page) -> None:
    host.play(page, press=0, **{sign: 300}, press_=400)
    host.wait_for(2)
    assert host.arrived == ["slow", "slow"]


def test_the_browsers_stop_button_lets_the_form_go(host: Host, page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    page.evaluate(f"() => setTimeout({PLAYED['press']})")
    host.wait_for(1)
    devtools.send("Page.stopLoading")
    expect_ready(page, "slow")
    host.play(page, press=0)
    host.wait_for(2)
    assert host.arrived == ["slow", "slow"]


def test_a_slip_stopped_on_a_slow_line_can_be_mended_and_sent(host: Host, page: Page) -> None:
    page.goto(f"{host.home.url}/account/login")
    devtools = page.context.new_cdp_session(page)
    page.locator("#identifier").fill("alice@example.com")
    page.locator("#password").fill("slow")
    page.locator("#password").press("Enter", no_wait_after=True)
    host.wait_for(1)
    devtools.send("Page.stopLoading")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter", no_wait_after=True)
    expect(page.locator("h1")).to_have_text("Home")


def test_coming_back_to_a_page_finds_its_forms_ready(host: Host, page: Page) -> None:
    with page.expect_navigation():
        host.press(page, "page")
    page.goto(f"{host.home.url}/account/login")
    page.evaluate("() => { setTimeout(() => history.back(), 50); }")
    expect(page.locator("h1")).to_have_text("Host")
    expect(page.locator("button[aria-disabled]")).to_have_count(0)
    assert host.press(page, "page") == 1


def test_what_only_asks_or_closes_a_dialog_is_never_held(host: Host, page: Page) -> None:
    page.locator("#asks-send").click()
    expect(page.locator("#ask")).not_to_have_attribute("open", "")
    page.evaluate("document.getElementById('ask').show()")
    page.locator("#asks-send").click()
    expect(page.locator("#ask")).not_to_have_attribute("open", "")


def test_only_an_answer_that_is_no_page_brings_the_cookie(host: Host) -> None:
    client = host.home.site.app.test_client()
    brought = {name: "acct_answered" in str(client.post(f"/answer/{name}").headers) for name in ("file", "page")}
    assert brought == {"file": True, "page": False}
    assert "acct_answered" not in str(client.post("/answer/nothing", headers={"Sec-Fetch-Dest": "empty"}).headers)


# --- What was wrong is said no longer than it is so -------------------------------------------------------------


def wrong(page: Page) -> list[str]:
    """The fields that are said to be wrong."""
    found: list[str] = page.locator("[aria-invalid=true]").evaluate_all("all => all.map(one => one.name)")
    return found


def test_a_mended_field_loses_its_error_and_the_form_its_summary(host: Host, page: Page) -> None:
    page.goto(f"{host.home.url}/account/login")
    with page.expect_navigation():
        page.locator("main form button.acct-button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert wrong(page) == ["identifier", "password"]
    page.locator("#identifier").press_sequentially("a")
    assert wrong(page) == ["password"]
    expect(page.locator("#identifier-problem")).to_be_hidden()
    expect(page.locator("#identifier")).to_have_accessible_description("Example: ana@example.com")
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#password").press_sequentially("b")
    expect(page.locator("[role=alert]")).to_be_hidden()


def test_what_is_as_wrong_as_before_says_so_again(host: Host, page: Page) -> None:
    page.goto(f"{host.home.url}/account/login")
    with page.expect_navigation():
        page.locator("main form button.acct-button").click()
    page.locator("#identifier").fill("a")
    page.locator("#identifier").fill("   ")
    expect(page.locator("#identifier")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#identifier-problem")).to_be_visible()
    expect(page.locator("[role=alert]")).to_be_visible()


@pytest.fixture
def alices(page: Page, host: Host) -> Page:
    host.home.let_in(page.context, host.home.site.people.alice)
    return page


def test_a_postcode_is_mended_by_its_country_too(alices: Page, host: Host) -> None:
    alices.goto(f"{host.home.url}/account/profile")
    alices.locator("#postcode").fill("nonsense")
    alices.locator("#country").select_option("ES")
    with alices.expect_navigation():
        alices.locator("main form .acct-send button").click()
    expect(alices.locator("#postcode-problem")).to_be_visible()
    alices.locator("#country").select_option("IT")
    expect(alices.locator("#postcode-problem")).to_be_hidden()
    alices.locator("#country").select_option("ES")
    expect(alices.locator("#postcode-problem")).to_be_visible()


def test_two_passwords_that_differ_are_mended_in_either(alices: Page, host: Host) -> None:
    alices.goto(f"{host.home.url}/account/password/change")
    for name, value in (("current", PASSWORD), ("new", "a kettle for seven"), ("repeat", "a kettle for eight")):
        alices.locator(f"#{name}").fill(value)
    alices.locator("main form .acct-send button").click()
    differ = alices.locator('[data-acct="password.rules.differ"]')
    expect(differ).to_be_visible()
    alices.locator("#new").fill("a kettle for eight")
    expect(differ).to_be_hidden()
    alices.locator("#new").fill("a kettle for seven")
    alices.locator("#new").blur()
    expect(differ).to_be_visible()
    alices.locator("#repeat").fill("a kettle for seven")
    expect(differ).to_be_hidden()


def test_without_a_script_an_error_stays_until_the_form_is_sent(host: Host, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    found = context.new_page()
    found.goto(f"{host.home.url}/account/login")
    with found.expect_navigation():
        found.locator("main form button.acct-button").click()
    found.locator("#identifier").fill("a")
    expect(found.locator("#identifier-problem")).to_be_visible()
    context.close()


# --- Boxes ------------------------------------------------------------------------------------------------------


def test_select_all_becomes_select_none_and_says_what_it_did(alices: Page, host: Host) -> None:
    alices.goto(f"{host.home.url}/account/users/invite")
    button, boxes = alices.locator(".acct-tick-all"), alices.locator(".acct-ticks input[type=checkbox]")
    expect(button).to_have_text("Select all")
    button.click()
    assert boxes.evaluate_all("all => all.every(one => one.checked)")
    expect(button).to_have_text("Select none")
    expect(alices.locator(".acct-tick-all + [role=status]")).to_have_text("All are selected.")
    button.click()
    assert not boxes.evaluate_all("all => all.some(one => one.checked)")
    expect(button).to_have_text("Select all")
    expect(alices.locator(".acct-tick-all + [role=status]")).to_have_text("None is selected.")


def test_the_button_of_the_boxes_follows_them_one_by_one(alices: Page, host: Host) -> None:
    alices.goto(f"{host.home.url}/account/users/invite")
    button, boxes = alices.locator(".acct-tick-all"), alices.locator(".acct-ticks input")
    for number in range(boxes.count()):
        boxes.nth(number).check()
    expect(button).to_have_text("Select none")
    boxes.first.uncheck()
    expect(button).to_have_text("Select all")


def test_all_contacts_of_a_page_are_selected_by_one_button(alices: Page, host: Host) -> None:
    for name in ("ana", "bea"):
        alices.goto(f"{host.home.url}/account/contacts/new")
        alices.locator("#email").fill(f"{name}@example.com")
        alices.locator("#categories-support").check()
        with alices.expect_navigation():
            alices.locator("main form .acct-send button").click()
    button, boxes = alices.locator(".acct-tick-all"), alices.locator(".acct-chooser input")
    expect(button).to_have_text("Select all on this page")
    button.click()
    assert boxes.evaluate_all("all => all.length === 2 && all.every(one => one.checked)")
    boxes.first.uncheck()
    expect(button).to_have_text("Select all on this page")
    with alices.expect_navigation():
        alices.locator("[data-acct='contacts.list.remove_several']").click()
    expect(alices.locator("label")).to_have_text("bea@example.com")
    expect(alices.locator("#contacts-2")).to_be_checked()


def test_what_is_wrong_in_folded_fields_is_unfolded_and_has_the_focus(alices: Page, host: Host) -> None:
    alices.goto(f"{host.home.url}/account/contacts/new")
    expect(alices.locator("#phone")).to_be_hidden()
    alices.locator(".acct-fold summary").focus()
    alices.keyboard.press("Enter")
    alices.locator("#phone").fill("1")
    alices.locator("#email").fill("cleo@example.com")
    alices.locator("#categories-support").check()
    alices.locator("main form .acct-send button").click()
    expect(alices.locator("#phone")).to_be_focused()
    expect(alices.locator("#phone-problem")).to_be_visible()
