"""The form in which permissions are chosen: in groups, to view or to manage a thing, or by a role."""

from __future__ import annotations

import pytest

from flask_acct import config as configuration
from flask_acct.db.models import Membership

from .site import Build, Site
from .visitor import Read, Visitor

HOST = """
[site]
locales = ["en"]
[users.permissions.reports]
label = { en = "View reports" }
group = "services"
[users.permissions.edit_reports]
label = { en = "Edit reports" }
includes = ["reports"]
group = "services"
sensitive = true
[users.permissions.audits]
label = { en = "View audits" }
includes = ["invoices"]
[roles.auditor]
label = { en = "Auditor" }
permissions = ["audits", "emails"]
"""


def opened(site: Site) -> Visitor:
    """Alice, on the page of Bob's permissions."""
    alice = site.alice()
    alice.open(f"/account/users/{site.people.bob.id}/permissions")
    return alice


def set_permissions(site: Site, *names: str) -> None:
    with site.acct.database.session() as db:
        db.query(Membership).filter_by(user_id=site.people.bob.id).one().permissions = list(names)
        db.commit()


def stored(site: Site) -> list[str]:
    with site.acct.database.session() as db:
        return db.query(Membership).filter_by(user_id=site.people.bob.id).one().permissions


def save(site: Site, alice: Visitor, **chosen: str) -> None:
    """Alice chooses by the names of permissions and sends the form."""
    typed = {site.say(f"users.permission.{name}"): value for name, value in chosen.items()}
    alice.press(site.say("users.permissions.submit"), typed)


def controls(page: Read, group: str) -> list[tuple[str, str]]:
    """Return the type and value of each control of a group, by the id of its caption."""
    fieldset = page.element(group).within("fieldset")
    assert fieldset is not None
    inputs = (node for node in fieldset.within_all() if node.tag == "input")
    return [(node.attributes["type"], node.attributes["value"]) for node in inputs]


def test_what_can_be_viewed_or_managed_is_chosen_by_radio_buttons(site: Site) -> None:
    page = opened(site).page
    assert controls(page, "users.group.domains") == [("radio", ""), ("radio", "domains"), ("radio", "manage_domains")]
    assert controls(page, "users.group.support") == [("checkbox", "tickets")]


def test_every_permission_is_in_one_group(site: Site) -> None:
    page = opened(site).page
    ids = [f"users.permission.{name}" for name in site.config.users.offered]
    assert [page.elements.count(id_) for id_ in ids] == [1] * 11


def test_managing_is_stored_alone_and_no_access_takes_both_away(site: Site) -> None:
    alice = opened(site)
    save(site, alice, manage_domains="yes", tickets="yes")
    assert stored(site) == ["manage_domains", "tickets"]
    alice.open(f"/account/users/{site.people.bob.id}/permissions")
    none = f"{site.say('users.grants.none')} : {site.say('users.permission.domains')}"
    alice.press(site.say("users.permissions.submit"), {none: "yes"})
    assert stored(site) == ["tickets"]


def test_viewing_beside_managing_makes_no_difference_so_nobody_is_told(site: Site) -> None:
    set_permissions(site, "domains", "manage_domains")
    alice = opened(site)
    save(site, alice)
    assert stored(site) == ["domains", "manage_domains"]
    assert site.letters() == []


def test_saving_removes_a_permission_that_is_not_declared_any_more(site: Site) -> None:
    set_permissions(site, "tickets", "gone_since")
    save(site, opened(site))
    assert stored(site) == ["tickets"]


def test_a_role_that_is_chosen_without_a_script_replaces_what_is_chosen_below(site: Site) -> None:
    set_permissions(site, "orders")
    alice = opened(site)
    _, data = alice.form(site.say("users.permissions.submit"))
    alice.post(alice.path, {**data, "grants.role": "role:technician"})
    assert stored(site) == ["manage_products", "manage_domains", "tickets"]


def test_a_form_without_a_chosen_role_leaves_what_is_chosen(site: Site) -> None:
    set_permissions(site, "invoices", "affiliate")
    save(site, opened(site), orders="yes")
    assert stored(site) == ["invoices", "affiliate", "orders"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("grants.role", "role:king"),
        ("grants.role", "technician "),
        ("grants.domains", "everything"),
        ("grants", "owner"),
    ],
)
def test_what_the_form_does_not_offer_cannot_be_sent(site: Site, name: str, value: str) -> None:
    alice = opened(site)
    _, data = alice.form(site.say("users.permissions.submit"))
    assert alice.post(alice.path, {**data, name: value}).status_code == 422
    assert stored(site) == []


def test_the_dangerous_ones_are_marked_in_words(site: Site) -> None:
    page = opened(site).page
    told = {node.attributes.get("id"): node.text for node in page.nodes}
    marked = [
        name
        for name in site.config.users.offered
        if f"grants-{name}-sensitive" in page.element(f"users.permission.{name}").attributes.get("aria-describedby", "")
    ]
    assert marked == ["manage_products", "manage_domains", "orders"]
    assert told["grants-orders-sensitive"] == site.say("users.grants.sensitive")


def test_the_form_says_how_many_of_them_somebody_has(site: Site) -> None:
    set_permissions(site, "manage_domains", "tickets")
    assert opened(site).page.element("users.list.several").text == "3 de 11 permisos"


def test_a_hosts_permissions_are_in_the_groups_it_says_or_among_the_others(make: Build) -> None:
    page = opened(make(configuration.parse(HOST))).page
    assert controls(page, "users.group.services")[3:] == [
        ("radio", ""),
        ("radio", "reports"),
        ("radio", "edit_reports"),
    ]
    assert controls(page, "users.group.other") == [("checkbox", "audits")]
    assert (
        "grants-edit_reports-sensitive" in page.element("users.permission.edit_reports").attributes["aria-describedby"]
    )


def test_a_hosts_role_is_offered_and_named_in_the_list(make: Build) -> None:
    site = make(configuration.parse(HOST))
    alice = opened(site)
    _, data = alice.form(site.say("users.permissions.submit"))
    alice.post(alice.path, {**data, "grants.role": "role:auditor"})
    assert stored(site) == ["emails", "audits"]
    assert "Auditor" in alice.open("/account/users").text
