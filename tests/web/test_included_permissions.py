"""A permission that is of no use alone opens what it needs: in the sample, in a host's own pages, on our pages."""

from __future__ import annotations

from typing import Any

import pytest
from flask import render_template_string

from flask_acct import config as configuration
from flask_acct import requires
from flask_acct.accounts import permissions
from flask_acct.config import Config, ConfigError
from flask_acct.db.models import Membership

from .site import Build, Site
from .visitor import Visitor

REPORTS = """
[site]
locales = ["en"]
[users.permissions.reports]
label = { en = "View reports" }
includes = ["invoices"]
[users.permissions.forecasts]
label = { en = "View forecasts" }
includes = ["reports"]
"""


def bob(site: Site, *granted: str) -> Visitor:
    with site.acct.database.session() as db:
        db.query(Membership).filter_by(user_id=site.people.bob.id).one().permissions = list(granted)
        db.commit()
    return site.visitor(site.people.bob)


def place(*granted: str) -> Membership:
    return Membership(is_owner=False, permissions=list(granted))


@pytest.mark.parametrize(
    ("granted", "opened"), [("manage_products", "products"), ("manage_domains", "domains"), ("profile", "profile")]
)
def test_whoever_may_change_something_may_see_it(granted: str, opened: str) -> None:
    assert permissions.is_enough(place(granted), opened, Config())


@pytest.mark.parametrize(("granted", "closed"), [("products", "manage_products"), ("domains", "manage_domains")])
def test_whoever_may_see_something_may_not_change_it(granted: str, closed: str) -> None:
    assert not permissions.is_enough(place(granted), closed, Config())


def test_a_hosts_permission_opens_what_it_includes_and_what_that_includes() -> None:
    config = configuration.parse(REPORTS)
    assert permissions.of(place("forecasts"), config) == ("invoices", "reports", "forecasts")


def test_two_permissions_may_include_each_other() -> None:
    config = configuration.parse(REPORTS.replace('["invoices"]', '["forecasts"]'))
    assert permissions.of(place("reports"), config) == ("reports", "forecasts")


def test_a_permission_that_was_removed_from_the_file_opens_nothing_of_what_it_included() -> None:
    assert permissions.of(place("reports"), Config()) == ()


@pytest.mark.parametrize(
    ("includes", "told"),
    [
        ('["invoicse"]', 'permissions.reports includes "invoicse", which is none. Did you mean "invoices"?'),
        ('["reports"]', "permissions.reports includes itself"),
        ('["owner"]', 'includes "owner", which is none'),
        ('["invoices", "invoices"]', 'names "invoices" twice'),
    ],
)
def test_what_a_permission_includes_is_checked(includes: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        configuration.parse(REPORTS.replace('["invoices"]', includes))
    assert told in str(refused.value)


def test_a_hosts_page_opens_by_a_permission_that_includes_its_own(make: Build) -> None:
    site = make(configuration.parse(REPORTS))
    assert bob(site, "forecasts").open("/invoices").status == 200


def test_a_template_knows_what_is_included(make: Build) -> None:
    site = make("client-area")
    draw: Any = lambda: render_template_string("{{ 'products' is permitted }} {{ 'domains' is permitted }}")  # noqa: E731
    site.app.add_url_rule("/asked", "asked", requires()(draw))
    assert bob(site, "manage_products").client.get("/asked").text == "True False"


def test_the_page_of_permissions_says_what_else_a_box_opens(site: Site) -> None:
    alice = site.alice()
    page = alice.open(f"/account/users/{site.people.bob.id}/permissions")
    box = page.element("users.permission.manage_products")
    described = box.attributes["aria-describedby"].split()
    told = [node.text for node in page.nodes if node.attributes.get("id") in described]
    assert told[-1].endswith(site.say("users.permission.products"))


def test_what_is_only_included_is_not_ticked_by_looking_at_the_page(site: Site) -> None:
    """Else it would stay once the permission that includes it is taken away."""
    bob(site, "manage_domains")
    page = site.alice().open(f"/account/users/{site.people.bob.id}/permissions")
    ticked = [node.attributes["value"] for node in page.nodes if "checked" in node.attributes]
    assert ticked == ["", "manage_domains"]


def test_a_refusal_lists_what_is_included_among_what_is_open(site: Site) -> None:
    page = bob(site, "manage_products").open("/invoices")
    assert page.says("users.permission.products")
