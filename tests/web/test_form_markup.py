"""The markup of forms: groups with a name, and what a browser and a phone need to know of each field."""

from __future__ import annotations

import pytest

from flask_acct.config import Config

from .site import Build, Site
from .test_own_fields import tables
from .visitor import Node, Read

TOKENS = {
    "name": "organization", "phone": "tel", "billing_email": "email", "address1": "address-line1",
    "address2": "address-line2", "city": "address-level2", "region": "address-level1", "postcode": "postal-code",
    "country": "country",
}  # fmt: skip


@pytest.fixture
def site(make: Build) -> Site:
    """A company with fields of its own of every type."""
    return make(Config.model_validate(tables()))


@pytest.fixture
def details(site: Site) -> Read:
    return site.visitor(site.people.alice).open("/account/profile")


def control(page: Read, name: str) -> Node:
    return next(node for node in page.nodes if node.attributes.get("name") == name)


def test_the_headings_of_a_form_name_the_fields_after_them(site: Site, details: Read) -> None:
    legends = [node.text.strip() for node in details.nodes if node.tag == "legend"]
    assert legends == [site.say(f"profile.account.{name}") for name in ("holder", "place", "more")]


@pytest.mark.parametrize("name", TOKENS)
def test_a_browser_knows_what_each_detail_of_the_account_is(details: Read, name: str) -> None:
    assert control(details, name).attributes["autocomplete"] == TOKENS[name]


def test_a_phone_offers_digits_for_a_number(details: Read) -> None:
    assert control(details, "staff").attributes["inputmode"] == "decimal"


def test_a_field_has_the_sentence_that_is_said_of_a_wrong_format(site: Site, details: Read) -> None:
    web = control(details, "web")
    assert web.attributes["data-wrong"] == site.say("shell.form.not_an_address")
    assert web.attributes["data-wrong-id"] == "shell.form.not_an_address"


def test_a_form_that_was_refused_says_that_it_is_not_saved(site: Site) -> None:
    visitor = site.visitor(site.people.alice)
    opened = visitor.open("/account/profile")
    assert "data-acct-unsaved" not in opened.response.text
    page = visitor.press(site.say("profile.account.save"), {site.say("profile.account.name"): ""})
    assert "data-acct-unsaved" in page.response.text
