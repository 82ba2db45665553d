"""What a page says of a field when it is left, and how it goes again; a host's form says the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from flask import render_template_string, request
from playwright.sync_api import Browser, Locator, Page, expect
from wtforms import BooleanField, DateField, EmailField, IntegerField, StringField
from wtforms.validators import DataRequired, Email, InputRequired

from flask_acct import AcctForm, public
from flask_acct import config as configuration
from flask_acct.config import Config

from ..web.test_browser_checks import PIECES_OF_TEXT, of, refuses
from ..web.test_own_fields import tables
from .conftest import Houses
from .house import House

pytestmark = pytest.mark.browser


class Order(AcctForm):
    class Meta(AcctForm.Meta):
        csrf = False

    email = EmailField("Email", [InputRequired(), Email()])
    name = StringField("Name", [DataRequired()])
    number = IntegerField("Number", [InputRequired("How many?")])
    due = DateField("Due", [InputRequired()])
    agreed = BooleanField("Agreed", [InputRequired()])


HOST_PAGE = """{% extends "flask_acct/layout.html" %}{% block main %}<h1>Order</h1><form method="post" novalidate>
{% for field in form %}<div class="acct-field">{{ field.label }}
{{ field(**{"aria-describedby": field.name ~ "-problem" if field.errors else false}) }}
{% if field.errors %}<p class="acct-problem" id="{{ field.name }}-problem">{{ field.errors[0] }}</p>{% endif %}</div>
{% endfor %}<button>Send</button></form>{% endblock %}"""


def order() -> str:
    form = Order()
    if request.method == "POST":
        form.validate()
    return render_template_string(HOST_PAGE, form=form)


@pytest.fixture
def home(house: Houses) -> House:
    """The hosting company, with fields of its own of every type, and a form of its own."""
    config: Config = configuration.Config.model_validate(tables())
    found = house("fields of every type", config)
    if "order" not in found.site.app.view_functions:
        found.site.app.add_url_rule("/order", "order", public(order), methods=["GET", "POST"])
    return found


@pytest.fixture
def page(browser: Browser, home: House) -> Iterator[Page]:
    """Alice's browser, with room for whole forms."""
    size: Any = {"width": 1280, "height": 1800}
    context = browser.new_context(locale="en", reduced_motion="reduce", viewport=size)
    context.set_default_timeout(10_000)
    home.let_in(context, home.site.people.alice)
    found = home.listen(context.new_page())
    found.on("dialog", lambda dialog: dialog.accept())
    yield found
    context.close()


def said(field: Locator) -> str:
    """The error that a field is described by; empty for none."""
    words: str = field.evaluate(
        """one => (one.getAttribute("aria-describedby") || "").split(" ").map((id) => document.getElementById(id))
            .filter((found) => found?.matches(".acct-problem") && !found.hidden).map((found) => found.textContent)
            .join(" | ")"""
    )
    return words


def sentence(home: House, name: str, **slots: object) -> str:
    """What the server says."""
    return home.site.acct.platform.say(f"shell.form.{name}", "en", **slots)


def leave(field: Locator, value: str) -> None:
    field.fill(value)
    field.blur()


WRONG = {
    "email": ("/account/contacts/new", "email", "ana@example", "ana@example.com"),
    "phone": ("/account/contacts/new", "phone", "12", "+34 910 00 00 00"),
    "postcode of no country": ("/account/contacts/new", "postcode", "!!", "28001"),
    "postcode of the country": ("/account/profile", "postcode", "nonsense", "28001"),
    "web address": ("/account/profile", "web", "example", "example.com"),
    "number": ("/account/profile", "staff", "many", "12"),
    "email of a host's form": ("/order", "email", "ana@example", "ana@example.com"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_format_is_told_on_leaving_in_the_words_of_the_server(kind: str, page: Page, home: House) -> None:
    path, name, wrong, mended = WRONG[kind]
    if path == "/account/profile":
        home.site.run("UPDATE acct_account SET country = 'ES' WHERE id = :id", id=home.site.people.account.id)
    page.goto(f"{home.url}{path}")
    page.locator("main details").evaluate_all("all => all.forEach((one) => one.open = true)")
    field = page.locator(f"#{name}")
    leave(field, wrong)
    before = said(field)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("body > span[role=status]")).to_contain_text(before)
    field.fill(mended)
    assert said(field) == ""
    expect(field).not_to_have_attribute("aria-invalid", "true")
    leave(field, wrong)
    with page.expect_navigation():
        page.locator("main form:not([method=get]) button:not([type=button])").last.click()
    expect(page.locator(f"#{name}-problem")).to_be_visible()
    assert said(page.locator(f"#{name}")) == before
    assert before


JUDGED = """([name, values]) => {
    const field = document.getElementById(name);
    return values.map((value) => {
        field.focus();
        field.value = value;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        field.blur();
        return field.getAttribute("aria-invalid") === "true";
    });
}"""


@pytest.mark.parametrize(("name", "kind"), [("billing_email", "email"), ("postcode", "postcode"), ("phone", "phone"),
                                            ("web", "web address"), ("staff", "number")])  # fmt: skip
def test_the_script_judges_made_up_text_as_the_checks_say(name: str, kind: str, page: Page, home: House) -> None:
    home.site.run("UPDATE acct_account SET country = 'ES' WHERE id = :id", id=home.site.people.account.id)
    page.goto(f"{home.url}/account/profile")
    chance = random.Random(name)
    values = ["".join(chance.choices(PIECES_OF_TEXT, k=chance.randint(1, 6))) for _ in range(200)]
    _, check = of(kind, "ES")
    assert check
    told = page.evaluate(JUDGED, [name, values])
    assert [value for value, is_told in zip(values, told, strict=True) if is_told != refuses(check, value)] == []
    assert any(told)


def test_what_is_still_wrong_stays_said_while_it_is_mended(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/contacts/new")
    field = page.locator("#email")
    leave(field, "ana")
    field.press_sequentially("@exam")
    assert said(field)
    expect(field).to_have_attribute("aria-invalid", "true")
    field.press_sequentially("ple.com")
    assert said(field) == ""


def test_passing_through_an_empty_field_is_no_error_but_emptying_it_is(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/contacts/new")
    field = page.locator("#email")
    field.focus()
    page.keyboard.press("Tab")
    assert said(field) == ""
    leave(field, "a")
    leave(field, "")
    assert said(field) == sentence(home, "required")


def test_of_several_boxes_one_is_missed_when_the_group_is_left(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/contacts/new")
    group, first = page.locator("fieldset.acct-ticks"), page.locator("#categories-general")
    first.check()
    first.uncheck()
    page.locator("#categories-products").focus()
    assert said(group) == ""
    page.locator("#email").focus()
    assert said(group) == sentence(home, "none_ticked")
    first.check()
    assert said(group) == ""


def test_a_choice_that_is_taken_back_is_missed(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/me")
    choice = page.locator("#locale")
    choice.focus()
    choice.select_option("")
    choice.blur()
    assert said(choice) == sentence(home, "required")
    choice.select_option("es")
    assert said(choice) == ""


def test_a_postcode_is_not_held_against_a_country_chosen_since(page: Page, home: House) -> None:
    home.site.run("UPDATE acct_account SET country = 'ES' WHERE id = :id", id=home.site.people.account.id)
    page.goto(f"{home.url}/account/profile")
    postcode = page.locator("#postcode")
    leave(postcode, "SW1A 1AA")
    assert said(postcode)
    page.locator("#country").select_option("GB")
    assert said(postcode) == ""


def test_half_a_date_is_told_and_not_lost(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/me")
    born = page.locator("#born")
    born.focus()
    page.keyboard.type("12")
    born.blur()
    assert said(born) == sentence(home, "incomplete_day")
    page.locator("[data-acct='profile.me.save']").click()
    expect(born).to_be_focused()
    assert page.url.endswith("/account/me")
    born.fill("1990-05-01")
    assert said(born) == ""


def test_a_file_that_is_too_large_is_told_before_it_is_sent(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/contacts/import")
    field = page.locator("#file")
    limit = int(field.get_attribute("data-max-bytes") or 0)
    field.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"x" * (limit + 1)})
    assert said(field) == sentence(home, "too_large", limit=limit // 1024**2)
    field.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"x"})
    assert said(field) == ""


def test_a_message_never_moves_the_button_from_under_the_pointer(page: Page, home: House) -> None:
    page.goto(f"{home.url}/account/contacts/new")
    page.locator("#email").fill("ana")
    button = page.locator("main .acct-send button")
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] - 4)
    page.mouse.down()
    assert button.bounding_box() == box
    page.mouse.up()
    expect(page.locator("#email-problem")).to_be_visible()


def test_a_hosts_form_says_required_as_ours_do_and_has_its_own_words_where_it_wants(page: Page, home: House) -> None:
    page.goto(f"{home.url}/order")
    name, number, agreed = page.locator("#name"), page.locator("#number"), page.locator("#agreed")
    leave(name, "a")
    leave(name, " ")
    assert said(name) == sentence(home, "required")
    leave(number, "1")
    leave(number, "")
    assert said(number) == "How many?"
    number.focus()
    page.keyboard.type("e")
    number.blur()
    assert said(number) == "Not a valid integer value."
    agreed.check()
    agreed.uncheck()
    agreed.blur()
    assert said(agreed) == sentence(home, "required")


def test_an_error_of_the_server_is_not_said_twice(page: Page, home: House) -> None:
    page.goto(f"{home.url}/order")
    leave(page.locator("#email"), "ana")
    with page.expect_navigation():
        page.locator("main form button").click()
    field = page.locator("#email")
    assert said(field)
    once = said(field)
    leave(field, "anax")
    assert said(field) == once
    leave(field, "ana")
    assert said(field) == once
    expect(field).to_have_attribute("aria-invalid", "true")
    leave(field, "ana@example.com")
    assert said(field) == ""


def test_without_a_script_the_server_says_it(browser: Browser, home: House) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    home.let_in(context, home.site.people.alice)
    found = context.new_page()
    found.goto(f"{home.url}/account/contacts/new")
    leave(found.locator("#email"), "ana")
    expect(found.locator(".acct-problem")).to_have_count(0)
    found.locator("main .acct-send button").click()
    expect(found.locator("#email-problem")).to_be_visible()
    context.close()
