"""What somebody chose stays chosen, though it is offered no more: saving another field takes nothing away."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from flask_acct.db.models import Account, Contact, User
from flask_acct.declare.fields import Choice, LongText, TextField

from .site import Build, Site
from .visitor import Visitor

ZONES = ["UTC", "Etc/UTC", "Asia/Calcutta", "US/Eastern", "Europe/Kiev", "Mars/Base", "Europe/Madrid"]


def saved_again(site: Site, path: str, button: str, visitor: Visitor) -> None:
    """The form of a page, sent as it was found but for a first name."""
    visitor.open(path)
    action, data = visitor.form(site.say(button))
    page = visitor._follow(visitor.post(action, {**data, "first_name": "Changed", "city": "Changed"}), path)
    assert page.status == 200, page.text


def stored(site: Site, what: Any) -> Any:
    with site.acct.database.session() as db:
        return db.scalars(select(what)).all()


def a_contact(site: Site) -> Contact:
    """In a country and a language that nobody is offered any more."""
    site.run(
        "INSERT INTO acct_contact (account_id, email, email_key, first_name, last_name, company, categories, sort_key, "
        "country, locale, created_at, changed_at) VALUES (:account, 'a@a.example', 'a@a.example', 'Ana', '', '', '[]', "
        "'ana', 'AN', 'fr', '2026-01-01', '2026-01-01')",
        account=site.people.account.id,
    )
    (contact,) = stored(site, Contact)
    return contact


@pytest.mark.parametrize("zone", ZONES)
def test_saving_another_field_keeps_a_time_zone(site: Site, zone: str) -> None:
    site.run("UPDATE acct_user SET time_zone = :zone WHERE username = 'alice'", zone=zone)
    saved_again(site, "/account/me", "profile.me.save", site.visitor(site.people.alice))
    with site.acct.database.session() as db:
        alice = db.scalars(select(User).where(User.username == "alice")).one()
        assert alice.first_name == "Changed"
        assert alice.time_zone == zone


def test_utc_can_be_chosen(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    alice.open("/account/me")
    alice.press(site.say("profile.me.save"), {site.say("profile.me.time_zone"): "UTC"})
    assert "UTC" in stored(site, User.time_zone)


def test_a_time_zone_can_still_be_taken_back(site: Site) -> None:
    site.run("UPDATE acct_user SET time_zone = 'Mars/Base' WHERE username = 'alice'")
    alice = site.visitor(site.people.alice)
    alice.open("/account/me")
    alice.press(site.say("profile.me.save"), {site.say("profile.me.time_zone"): ""})
    assert set(stored(site, User.time_zone)) == {None}


@pytest.mark.parametrize("zone", ["Mars/Other", "Asia/Calcutta"])
def test_what_is_not_offered_can_be_kept_but_not_chosen(site: Site, zone: str) -> None:
    alice = site.visitor(site.people.alice)
    alice.open("/account/me")
    page = alice.press(site.say("profile.me.save"), {site.say("profile.me.time_zone"): zone})
    assert page.status == 422
    assert page.says("shell.form.not_a_choice")


def test_saving_another_field_keeps_a_language_offered_no_more(site: Site) -> None:
    site.run("UPDATE acct_user SET locale = 'fr' WHERE username = 'alice'")
    saved_again(site, "/account/me", "profile.me.save", site.visitor(site.people.alice))
    assert "fr" in stored(site, User.locale)


def test_saving_another_field_keeps_a_country_and_language_of_a_contact(site: Site) -> None:
    contact = a_contact(site)
    saved_again(site, f"/account/contacts/{contact.id}", "contacts.edit.save", site.visitor(site.people.alice))
    (contact,) = stored(site, Contact)
    assert contact.city == "Changed"
    assert contact.country == "AN"
    assert contact.locale == "fr"


def test_saving_another_field_keeps_the_country_of_an_account(site: Site) -> None:
    site.run("UPDATE acct_account SET country = 'AN' WHERE number = '9000'")
    saved_again(site, "/account/profile", "profile.account.save", site.visitor(site.people.alice))
    assert "AN" in stored(site, Account.country)


SAMPLES = {
    "email": "new@example.org", "billing_email": "bills@example.org", "phone": "+34 600 12 34 56", "postcode": "28013",
    "country": "ES", "locale": "es",
}  # fmt: skip
TYPED = (TextField, LongText, Choice)


@pytest.mark.parametrize(
    ("path", "screen"),
    [
        ("/account/me", "profile.me"),
        ("/account/profile", "profile.account"),
        ("/account/contacts/{contact}", "contacts.edit"),
    ],
)
def test_whatever_a_form_asks_is_stored_and_shown_again(site: Site, path: str, screen: str) -> None:
    """Of every field: one that the form has and the flow forgets would be lost under "Saved"."""
    alice = site.visitor(site.people.alice)
    here = path.format(contact=a_contact(site).id)
    alice.open(here)
    fields = [field for field in site.acct.platform.declared.screens[screen].fields if isinstance(field, TYPED)]
    typed = {field.name: SAMPLES.get(field.name, field.name.title()) for field in fields}
    typed |= {"time_zone": "Europe/Rome"} if "time_zone" in typed else {}
    button = site.say(f"{screen}.save")
    _, data = alice.form(button)
    assert alice.post(here, {**data, "categories": "invoices", **typed}).status_code == 303
    alice.open(here)
    _, shown = alice.form(button)
    assert {name: shown[name] for name in typed} == typed


@pytest.mark.parametrize("path", ["/account/me", "/account/users", "/account/emails"])
def test_a_time_zone_that_is_gone_breaks_no_page(make: Build, path: str) -> None:
    site = make()
    site.run("UPDATE acct_user SET time_zone = 'Mars/Base', last_signed_in_at = '2026-03-04 11:00'")
    assert site.visitor(site.people.alice).open(path).status == 200
