"""No removed person goes on reading: the owner learns of each new address, and decides when somebody goes."""

from __future__ import annotations

import json
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from flask_acct import config as configuration
from flask_acct import signals
from flask_acct.accounts import recipients
from flask_acct.db.models import Account, Contact, Membership, User
from flask_acct.mail import sending
from flask_acct.mail.sending import OwnWords
from flask_acct.testing.records import PASSWORD, add_member, add_user

from ..scopes import a_scope
from .site import Build, Site
from .test_contacts import ENGLISH, upload
from .visitor import Read, Visitor

PRIVATE = "bobs-private@evil.example"
EVERY = ["general", "products", "domains", "invoices", "support"]


@pytest.fixture
def site(site: Site) -> Site:
    """Bob may manage contacts."""
    permit(site, site.people.bob, "contacts")
    return site


def permit(site: Site, who: User, *permissions: str) -> None:
    with site.acct.database.transaction() as db:
        place = db.scalars(select(Membership).where(Membership.user_id == who.id)).one()
        place.permissions = list(permissions)


def add(site: Site, email: str, by: User, first_name: str = "", categories: list[str] | None = None) -> Visitor:
    visitor = site.visitor(by)
    visitor.open("/account/contacts/new")
    answer = visitor.post(
        "/account/contacts/new",
        {"email": email, "first_name": first_name, "categories": EVERY if categories is None else categories,
         "acct_account": "9000"},
    )  # fmt: skip
    assert answer.status_code == 303
    return visitor


def get_only(site: Site, email: str, categories: list[str]) -> None:
    """A contact gets these messages and no others; none at all, as one of former times may."""
    site.run("update acct_contact set categories = :c where email = :e", c=json.dumps(categories), e=email)


def unsubscribe(site: Site, email: str, *categories: str) -> None:
    for category in categories:
        site.run(
            "insert into acct_unsubscription (account_id, email_key, category, created_at) "
            "select id, :e, :c, created_at from acct_account where number = '9000'", e=email, c=category,
        )  # fmt: skip


def contacts(site: Site) -> dict[str, Contact]:
    with site.acct.database.session() as db:
        return {one.email: one for one in db.scalars(select(Contact))}


def readers_of(site: Site, category: str = "invoices") -> list[str]:
    with site.acct.database.session() as db:
        account = db.get_one(Account, site.people.account.id)
        return [one.address for one in recipients.of(a_scope(db, config=site.config), account, category)]


def text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def said(site: Site, id_: str, **slots: str) -> str:
    words = {name.rstrip("_"): value for name, value in slots.items()}
    return site.acct.platform.say(id_, site.config.site.default_locale, **words)


def letter_to(site: Site, address: str, *, about: str) -> EmailMessage:
    """The one mail to an address with something in its subject."""
    (found,) = [letter for to, letter in site.letters() if to == address and about in str(letter["Subject"])]
    return found


def removal(site: Site, who: User | None = None) -> tuple[Visitor, Read]:
    alice = site.visitor(site.people.alice)
    return alice, alice.open(f"/account/users/{(who or site.people.bob).id}/remove")


def remove(site: Site, decision: str | None = None) -> None:
    alice, _ = removal(site)
    chosen = {site.say("users.remove.decision"): decision} if decision else {}
    alice.press(site.say("users.remove.submit"), chosen)


# The owner is told


def test_the_owner_is_told_who_added_whom(site: Site) -> None:
    add(site, PRIVATE, site.people.bob, "Bobby")
    letter = letter_to(site, "alice@example.com", about="Ortega Bakery")
    for part in ("Bob Ruiz", "bob@example.com", "Bobby", PRIVATE, site.say("contacts.categories.invoices")):
        assert part in text(letter)


def test_the_owner_is_not_told_of_contacts_they_add_themselves(site: Site) -> None:
    add(site, PRIVATE, site.people.alice)
    assert site.letters() == []
    assert contacts(site)[PRIVATE].added_by_id == site.people.alice.id


def test_a_contact_who_gets_nothing_of_what_was_chosen_is_told_as_well(site: Site) -> None:
    unsubscribe(site, PRIVATE, "invoices", "support")
    add(site, PRIVATE, site.people.bob, categories=["invoices", "support"])
    assert contacts(site)[PRIVATE].categories == []
    assert site.say("contacts.mail.nothing") in text(letter_to(site, "alice@example.com", about="Ortega"))


def test_the_mail_is_in_the_language_of_the_owner(site: Site) -> None:
    site.run("update acct_user set locale = 'it' where username = 'alice'")
    add(site, PRIVATE, site.people.bob)
    letter = letter_to(site, "alice@example.com", about="Ortega")
    assert letter["Content-Language"] == "it"
    assert site.say("contacts.categories.invoices", "it") in text(letter)


def test_a_name_of_a_contact_is_no_link_in_the_mail_about_it(site: Site) -> None:
    add(site, PRIVATE, site.people.bob, "www.evil.example/win")
    letter = letter_to(site, "alice@example.com", about="Ortega")
    assert "www.evil.example" not in text(letter)
    assert PRIVATE in text(letter)


def take_in(site: Site, by: User, file: str) -> None:
    """The file is sent, and imported as the page shows it."""
    assert upload(site.visitor(by, **ENGLISH), file).screen == "contacts.list"


def test_an_import_of_many_is_told_by_one_mail(site: Site) -> None:
    take_in(site, site.people.bob, "email\n" + "".join(f"c{n}@example.com\n" for n in range(40)))
    letter = letter_to(site, "alice@example.com", about="Ortega Bakery")
    assert "c0@example.com" in text(letter)
    assert said(site, "contacts.mail.more", count="10") in text(letter)
    assert {one.added_by_id for one in contacts(site).values()} == {site.people.bob.id}


def test_an_import_that_adds_nobody_is_not_told(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    site.letters()
    take_in(site, site.people.bob, f"email,first_name\n{PRIVATE},Bobby\n")
    assert contacts(site)[PRIVATE].first_name == "Bobby"
    assert site.letters() == []


def test_an_import_of_the_owners_is_not_told(site: Site) -> None:
    take_in(site, site.people.alice, "email\na@example.com\nb@example.com\n")
    assert len(contacts(site)) == 2
    assert site.letters() == []


def test_another_address_of_a_contact_is_told_like_a_new_one(site: Site) -> None:
    add(site, "ana@example.com", site.people.alice, "Ana")
    bob = site.visitor(site.people.bob)
    bob.open("/account/contacts/1")
    bob.post(
        "/account/contacts/1", {"email": PRIVATE, "first_name": "Ana", "categories": EVERY, "acct_account": "9000"}
    )
    letter = letter_to(site, "alice@example.com", about="Ortega Bakery")
    for part in ("Bob Ruiz", "ana@example.com", PRIVATE):
        assert part in text(letter)
    assert contacts(site)[PRIVATE].added_by_id == site.people.bob.id


def change_contact(site: Site, by: User, **typed: Any) -> None:
    visitor = site.visitor(by)
    visitor.open("/account/contacts/1")
    answer = visitor.post("/account/contacts/1", {"email": PRIVATE, "acct_account": "9000", **typed})
    assert answer.status_code == 303
    assert contacts(site)[PRIVATE].categories == typed["categories"]


@pytest.mark.parametrize("before", [[], ["support"]])
def test_messages_given_to_a_contact_later_are_told_as_well(site: Site, before: list[str]) -> None:
    add(site, PRIVATE, site.people.bob, categories=["support"])
    get_only(site, PRIVATE, before)
    site.letters()
    change_contact(site, site.people.bob, categories=["invoices", *before])
    letter = letter_to(site, "alice@example.com", about="Ortega Bakery")
    assert site.say("contacts.categories.invoices") in text(letter)
    assert site.say("contacts.changed.was_email") not in text(letter)


@pytest.mark.parametrize("kept", [EVERY, ["invoices"]])
def test_messages_taken_away_or_left_are_not_told(site: Site, kept: list[str]) -> None:
    add(site, PRIVATE, site.people.bob)
    site.letters()
    change_contact(site, site.people.bob, categories=kept, first_name="Other")
    assert site.letters() == []


def test_a_contact_who_gets_none_and_is_given_none_is_not_told(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    get_only(site, PRIVATE, [])
    site.letters()
    change_contact(site, site.people.bob, categories=[], first_name="Other")
    assert contacts(site)[PRIVATE].first_name == "Other"
    assert site.letters() == []


@pytest.mark.parametrize("before", [[], ["support"]])
def test_messages_the_owner_gives_are_not_told(site: Site, before: list[str]) -> None:
    add(site, PRIVATE, site.people.alice, categories=["support"])
    get_only(site, PRIVATE, before)
    change_contact(site, site.people.alice, categories=EVERY)
    assert site.letters() == []


@pytest.mark.parametrize("before", [[], ["support"]])
def test_messages_given_by_a_file_are_told_as_well(site: Site, before: list[str]) -> None:
    add(site, PRIVATE, site.people.bob, categories=["support"])
    get_only(site, PRIVATE, before)
    add(site, "ana@example.com", site.people.alice, categories=["invoices"])
    site.letters()
    take_in(site, site.people.bob, f"email,categories\n{PRIVATE},invoices\nana@example.com,invoices\n")
    letter = text(letter_to(site, "alice@example.com", about="Ortega Bakery"))
    assert site.say("contacts.imported.widened") in letter
    assert PRIVATE in letter
    assert "ana@example.com" not in letter


def test_an_address_written_in_other_capitals_is_the_same_reader(site: Site) -> None:
    add(site, "ana@example.com", site.people.alice, "Ana")
    bob = site.visitor(site.people.bob)
    bob.open("/account/contacts/1")
    bob.post("/account/contacts/1", {"email": "Ana@Example.com", "categories": EVERY, "acct_account": "9000"})
    assert site.letters() == []
    (contact,) = contacts(site).values()
    assert contact.added_by_id == site.people.alice.id


def test_the_list_says_who_added_whom(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    add(site, "ana@example.com", site.people.alice)
    site.run("insert into acct_contact (account_id, email, email_key, first_name, last_name, company, categories, "
             "sort_key, created_at, changed_at) select account_id, 'old@example.com', 'old@example.com', '', '', '', "
             "'[]', 'old', created_at, changed_at from acct_contact limit 1")  # fmt: skip
    page = site.visitor(site.people.alice).open("/account/contacts")
    rows = {node.attributes["data-acct-row"]: node.text for node in page.nodes if "data-acct-row" in node.attributes}
    assert "Bob Ruiz" in rows[PRIVATE]
    assert "Alice Ortega" in rows["ana@example.com"]
    assert "Ortega" not in rows["old@example.com"]


def test_who_added_is_found_in_one_query_however_many(site: Site) -> None:
    take_in(site, site.people.bob, "email\n" + "".join(f"c{n}@example.com\n" for n in range(20)))
    visitor = site.visitor(site.people.alice)
    visitor.open("/account/contacts")
    with site.statements() as heard:
        visitor.open("/account/contacts")
    assert len([one for one in heard if "acct_user" in one and "acct_session" not in one]) == 1


# Somebody is removed


def test_who_is_removed_does_not_go_on_reading(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    add(site, "bob@example.com", site.people.alice)
    add(site, "ana@example.com", site.people.alice)
    remove(site)
    assert readers_of(site) == ["alice@example.com", "ana@example.com"]
    assert list(contacts(site)) == ["ana@example.com"]


def test_an_invoice_that_waits_does_not_reach_who_is_removed(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    site.letters()
    with site.acct.database.transaction() as db:
        account = db.get_one(Account, site.people.account.id)
        sending.send(
            a_scope(db, platform=site.acct.platform, now=site.clock()), account, "invoices", OwnWords("I", "t")
        )
    remove(site)
    assert PRIVATE not in [to for to, _ in site.letters()]


def test_the_page_shows_who_would_go_on_reading_and_why(site: Site) -> None:
    add(site, PRIVATE, site.people.bob, "Bobby")
    add(site, "bob@example.com", site.people.alice)
    add(site, "ana@example.com", site.people.alice)
    site.run("update acct_account set billing_email = 'Bob@Example.com' where number = '9000'")
    _, page = removal(site)
    rows = {node.attributes["data-acct-row"]: node.text for node in page.nodes if "data-acct-row" in node.attributes}
    assert rows.keys() == {PRIVATE, "bob@example.com", "billing"}
    assert site.say("users.remove.added") in rows[PRIVATE]
    assert site.say("users.remove.own") in rows["bob@example.com"]
    assert "3" in page.element("users.remove.decision_help").text


def test_what_is_chosen_beforehand_is_that_they_get_no_more(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    _, page = removal(site)
    (chosen,) = [node for node in page.nodes if node.tag == "option" and "selected" in node.attributes and
                 node.attributes["value"] in {"delete", "keep"}]  # fmt: skip
    assert chosen.attributes["value"] == "delete"


def test_where_nobody_goes_on_reading_there_is_nothing_to_decide(site: Site) -> None:
    add(site, "ana@example.com", site.people.alice)
    _, page = removal(site)
    assert not page.says("users.remove.decision")
    assert not page.says("users.remove.readers")
    remove(site)
    assert list(contacts(site)) == ["ana@example.com"]


def test_the_owner_may_keep_them(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    site.letters()
    remove(site, "keep")
    assert PRIVATE in readers_of(site)
    letter = letter_to(site, "alice@example.com", about="Bob Ruiz")
    assert site.say("users.removed.kept") in text(letter)
    assert PRIVATE in text(letter)


def test_the_mail_about_it_says_who_gets_no_more(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    site.letters()
    remove(site)
    letter = letter_to(site, "alice@example.com", about="Bob Ruiz")
    assert site.say("users.removed.ended") in text(letter)
    assert PRIVATE in text(letter)


def test_who_is_removed_is_not_told_of_the_contacts(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    site.letters()
    remove(site)
    (letter,) = [letter for to, letter in site.letters() if to == "bob@example.com"]
    assert PRIVATE not in text(letter)


def test_invoices_do_not_go_on_to_the_billing_address_of_who_is_removed(site: Site) -> None:
    site.run("update acct_account set billing_email = 'bob@example.com' where number = '9000'")
    assert "bob@example.com" in readers_of(site)
    remove(site)
    assert readers_of(site) == ["alice@example.com"]


def test_a_billing_address_of_somebody_else_stays(site: Site) -> None:
    site.run("update acct_account set billing_email = 'bills@example.com' where number = '9000'")
    remove(site)
    assert "bills@example.com" in readers_of(site)


def test_the_billing_address_is_asked_about_where_there_are_no_contacts(make: Build) -> None:
    preset = configuration.preset("client-area")
    site = make(
        preset.model_copy(update={"contacts": preset.contacts.model_copy(update={"enabled": False}), "labels": {}})
    )
    site.run("update acct_account set billing_email = 'bob@example.com' where number = '9000'")
    remove(site)
    assert readers_of(site) == ["alice@example.com"]


def test_a_contact_that_was_added_while_the_page_was_open_is_shown_first(site: Site) -> None:
    alice, page = removal(site)
    assert not page.says("users.remove.decision")
    add(site, PRIVATE, site.people.bob)
    answer = alice.post(alice.path, {"acct_account": "9000"})
    assert answer.status_code == 422
    assert PRIVATE in answer.text
    assert PRIVATE in contacts(site)


def test_contacts_of_another_account_are_not_touched(site: Site) -> None:
    with site.acct.database.transaction() as db:
        for email in ("bob@example.com", "other@example.com"):
            db.add(
                Contact(account_id=site.people.other_account.id, email=email, email_key=email, categories=EVERY,
                        added_by_id=site.people.bob.id, created_at=site.clock(), changed_at=site.clock())
            )  # fmt: skip
    _, page = removal(site)
    assert not page.says("users.remove.decision")
    remove(site)
    assert len(contacts(site)) == 2


def test_an_address_that_another_user_of_the_account_has_stays(make: Build) -> None:
    """Several users may share an address where nobody signs in by it."""
    preset = configuration.preset("client-area")
    site = make(preset.model_copy(update={"login": preset.login.model_copy(update={"identifiers": ("username",)})}))
    with site.acct.database.transaction() as db:
        twin = add_user(site.acct.scope(db), "alice@example.com", username="twin")
        add_member(site.acct.scope(db), twin, site.people.account)
        db.add(
            Contact(account_id=site.people.account.id, email="alice@example.com", email_key="alice@example.com",
                    categories=EVERY, created_at=site.clock(), changed_at=site.clock())
        )  # fmt: skip
        twin_id = twin.id
    page = site.visitor(site.people.alice).open(f"/account/users/{twin_id}/remove")
    assert page.screen == "users.remove"
    assert not page.says("users.remove.decision")


def test_hosts_hear_of_every_contact_that_is_deleted_with_a_user(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    add(site, "bob@example.com", site.people.alice)
    heard: list[str] = []

    def hear(_app: Any, contact: Contact, **_: Any) -> None:
        heard.append(contact.email)

    with signals.contact_removed.connected_to(hear):
        remove(site)
    assert sorted(heard) == ["bob@example.com", PRIVATE]


def test_thousands_of_contacts_go_with_who_added_them(site: Site) -> None:
    take_in(site, site.people.bob, "email\n" + "".join(f"c{n}@example.com\n" for n in range(1500)))
    _, page = removal(site)
    assert len([node for node in page.nodes if "data-acct-row" in node.attributes]) == 100
    assert "1500" in page.element("users.remove.decision_help").text.replace(".", "").replace(",", "")
    remove(site)
    assert contacts(site) == {}


# Somebody leaves


def leave(site: Site) -> EmailMessage:
    site.letters()
    bob = site.visitor(site.people.bob)
    bob.open("/account/users/leave")
    bob.press(site.say("users.leave.submit"))
    return letter_to(site, "alice@example.com", about="Bob Ruiz")


def test_who_leaves_does_not_go_on_reading_at_their_own_address(site: Site) -> None:
    add(site, "bob@example.com", site.people.alice)
    site.run("update acct_account set billing_email = 'bob@example.com' where number = '9000'")
    letter = leave(site)
    assert readers_of(site) == ["alice@example.com"]
    assert said(site, "users.left.ended", name="Bob Ruiz") in text(letter)


def test_the_owner_reads_what_somebody_who_left_had_added(site: Site) -> None:
    add(site, PRIVATE, site.people.bob, "Bobby")
    letter = leave(site)
    assert said(site, "users.left.kept", name="Bob Ruiz") in text(letter)
    assert f"Bobby: {PRIVATE}" in text(letter)


def test_the_owner_reads_nothing_of_contacts_where_there_are_none(site: Site) -> None:
    add(site, "ana@example.com", site.people.alice)
    letter = text(leave(site))
    assert "ana@example.com" not in letter
    assert said(site, "users.left.kept", name="Bob Ruiz") not in letter


# The account changes hands


def hand_over(site: Site, *keeps: str, reader: str = "bob@example.com") -> EmailMessage:
    """Alice's account is Bob's. Returns what a reader is told of it."""
    site.letters()
    alice = site.visitor(site.people.alice)
    alice.open("/account/users/transfer")
    alice.post(
        "/account/users/transfer",
        {"to": str(site.people.bob.id), "keeps": list(keeps), "password": PASSWORD, "acct_account": "9000"},
    )
    bob = site.visitor(site.people.bob)
    bob.open("/account/users/receive/1")
    bob.press(site.say("users.receive.submit"))
    return letter_to(site, reader, about="Bob Ruiz es ahora")


def test_an_owner_who_keeps_nothing_does_not_go_on_reading_at_their_own_address(site: Site) -> None:
    add(site, "alice@example.com", site.people.alice)
    site.run("update acct_account set billing_email = 'alice@example.com' where number = '9000'")
    letter = hand_over(site)
    assert readers_of(site) == ["bob@example.com"]
    assert "alice@example.com" in text(letter)


def test_the_new_owner_reads_what_the_old_one_had_added(site: Site) -> None:
    add(site, PRIVATE, site.people.alice)
    letter = hand_over(site)
    assert said(site, "users.transferred.kept", from_="Alice Ortega") in text(letter)
    assert PRIVATE in text(letter)


def test_an_owner_who_keeps_something_stays_where_they_are(site: Site) -> None:
    add(site, "alice@example.com", site.people.alice)
    letter = hand_over(site, "invoices")
    assert "alice@example.com" in readers_of(site)
    assert said(site, "users.transferred.kept", from_="Alice Ortega") not in text(letter)


def test_the_old_owner_is_not_told_of_contacts(site: Site) -> None:
    add(site, PRIVATE, site.people.bob)
    add(site, "x@example.com", site.people.alice)
    letter = hand_over(site, reader="alice@example.com")
    assert PRIVATE not in text(letter)
    assert said(site, "users.transferred.kept", from_="Alice Ortega") not in text(letter)


def test_the_new_owner_may_remove_the_old_one_with_all_they_added(site: Site) -> None:
    add(site, PRIVATE, site.people.alice)
    hand_over(site)
    bob = site.visitor(site.people.bob)
    page = bob.open(f"/account/users/{site.people.alice.id}/remove")
    assert page.says("users.remove.decision")
    bob.press(site.say("users.remove.submit"))
    assert contacts(site) == {}
