"""The contacts of an account, as Alice the owner, Bob her sub-user and Charlie the stranger find them."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import event, insert, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from flask_acct import Acct, AcctError, signals
from flask_acct import config as configuration
from flask_acct.db.models import Contact, OutboxMail

from .site import Build, Site
from .visitor import Read, Visitor

LIST = "/account/contacts"
PAGES = (
    LIST, f"{LIST}/new", f"{LIST}/1", f"{LIST}/1/remove", f"{LIST}/remove?chosen=1", f"{LIST}/messages?chosen=1",
    f"{LIST}/import", f"{LIST}/template", f"{LIST}/import/U-00000000000000", f"{LIST}/export",
)  # fmt: skip
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def site(make: Build) -> Site:
    """The default preset, one contact in Alice's account."""
    site = make()
    contact(site, "ana@example.com", "invoices", "support", first_name="Ana", last_name="Sala", phone="+34910000000")
    return site


def contact(site: Site, email: str, *categories: str, theirs: bool = False, **details: str) -> int:
    account = site.people.other_account if theirs else site.people.account
    now = site.clock()
    with site.acct.database.transaction() as db:
        made = Contact(
            account_id=account.id, email=email, email_key=email, categories=list(categories), created_at=now,
            changed_at=now, sort_key=details.get("first_name", email).lower(), **details,
        )  # fmt: skip
        db.add(made)
        db.flush()
        return made.id


def many(site: Site, number: int) -> None:
    now, account = site.clock(), site.people.account
    with site.acct.database.transaction() as db:
        db.execute(
            insert(Contact),
            [
                {"account_id": account.id, "email": f"c{n}@example.com", "email_key": f"c{n}@example.com",
                 "first_name": f"Name {n:05}", "sort_key": f"name {n:05}", "categories": ["invoices"],
                 "created_at": now, "changed_at": now}
                for n in range(number)
            ],
        )  # fmt: skip


def alice(site: Site) -> Visitor:
    return site.visitor(site.people.alice, **ENGLISH)


def bob(site: Site, *permissions: str) -> Visitor:
    site.run("UPDATE acct_membership SET permissions = :p WHERE NOT is_owner", p=json.dumps(permissions))
    return site.visitor(site.people.bob, **ENGLISH)


def contacts(site: Site) -> list[Contact]:
    with site.acct.database.session() as db:
        return list(db.scalars(select(Contact).order_by(Contact.id)))


def upload(who: Visitor, content: bytes | str, locale: str = "en", **ticked: str) -> Read:
    """The file is sent, and imported if it is good; the page that comes of it. New contacts get invoices, if asked."""
    page = look(who, content, locale)
    if page.screen != "contacts.check" or not page.says("contacts.check.submit"):
        return page
    asked = page.says("contacts.import.categories")
    return who.press(page.element("contacts.check.submit").text, ticked or {"Invoices": "yes"} if asked else {})


def look(who: Visitor, content: bytes | str, locale: str = "en") -> Read:
    """The file is sent with the form of the import page; the page that comes of it."""
    button = who.open(f"{LIST}/import").element("contacts.import.submit").text
    action, data = who.form(button)
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    # Encoded here: werkzeug's client would leave a file open for a body as large as some of these.
    boundary, body = encode_multipart({**data, "file": FileStorage(file, "contacts.csv")})
    kind = f"multipart/form-data; boundary={boundary}"
    answer = who.client.post(
        action, data=body, content_type=kind, base_url=who.root, headers={"Accept-Language": locale}
    )
    return who.open(answer.headers["Location"]) if answer.status_code == 303 else Read(answer)


def test_the_menu_leads_the_owner_to_the_contacts(site: Site) -> None:
    page = alice(site).open("/account/contacts")
    assert page.element("shell.menu.contacts").attributes["href"] == LIST


def test_alice_adds_a_contact_from_the_list(site: Site) -> None:
    visitor = alice(site)
    visitor.open(LIST)
    visitor.open(visitor.page.link("Add new contact"))
    assert visitor.page.screen == "contacts.add"
    typed = {"First name": "Bruno", "Email address": "bruno@example.com", "Phone": "02 1234 5678", "Country": "IT",
             "Postal code": "00144", "Invoices": "yes"}  # fmt: skip
    page = visitor.press("Save contact", typed)
    assert page.screen == "contacts.list"
    assert page.says("contacts.list.added")
    bruno = contacts(site)[1]
    assert bruno.phone == "+390212345678"
    assert bruno.categories == ["invoices"]


def test_alice_chooses_a_contact_and_changes_it(site: Site) -> None:
    visitor = alice(site)
    visitor.open(LIST)
    assert visitor.page.field("Choose contact").attributes["name"] == "find"
    visitor.open(f"{LIST}?find=ana")
    visitor.open(visitor.page.link("Edit"))
    assert visitor.page.field("Phone").attributes["value"] == "+34 910 00 00 00"
    page = visitor.press("Save changes", {"Support": "", "Domains": "yes", "City": "Madrid"})
    assert page.says("contacts.list.saved")
    (ana,) = contacts(site)
    assert ana.categories == ["domains", "invoices"]
    assert ana.city == "Madrid"
    assert ana.phone == "+34910000000"


def test_deleting_asks_first(site: Site) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/1/remove")
    assert "Ana Sala (ana@example.com)" in visitor.page.text
    assert len(contacts(site)) == 1
    page = visitor.press("Delete contact")
    assert page.says("contacts.list.removed")
    assert contacts(site) == []
    assert visitor.open(f"{LIST}/1").status == 404


def test_without_contacts_the_list_says_what_to_do(make: Build) -> None:
    page = alice(make()).open(LIST)
    assert page.says("contacts.list.empty")
    assert not page.says("contacts.list.find")


def test_nothing_typed_is_lost_when_something_is_wrong(site: Site) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/new")
    typed = {"First name": "Zoe", "Email address": "no", "Phone": "12", "Postal code": "1", "Country": "ES",
             "City": "Madrid", "Message language": "it", "Invoices": "yes"}  # fmt: skip
    page = visitor.press("Save contact", typed)
    kept = {
        label: page.field(label).attributes.get("value") for label in ("First name", "Email address", "Phone", "City")
    }
    assert page.status == 422
    assert kept == {"First name": "Zoe", "Email address": "no", "Phone": "12", "City": "Madrid"}
    chosen = {node.attributes["value"] for node in page.nodes if "selected" in node.attributes}
    assert chosen == {"ES", "it"}
    assert "checked" in page.field("Invoices").attributes
    for id_ in ("shell.form.not_an_email", "shell.form.not_a_phone", "shell.form.not_a_postcode"):
        assert page.says(id_)
    assert "+34 810 12 34 56" in page.element("shell.form.not_a_phone").text
    assert "28039" in page.element("shell.form.not_a_postcode").text


@pytest.mark.parametrize(
    ("country", "phone", "postcode", "wrong"),
    [
        ("ES", "910 00 00 00", "28013", set()),
        ("GB", "0121 234 5678", "sw1a 1aa", set()),
        ("AR", "011 2345-6789", "C1070AAM", set()),
        ("IT", "+34 910000000", "00144", set()),
        ("", "+1 202 555 0123", "anything", set()),
        ("", "", "!!", {"not_a_postcode_anywhere"}),
        ("", "", "28013; DROP", {"not_a_postcode_anywhere"}),
        ("", "", "1234567890123", {"not_a_postcode_anywhere"}),
        ("", "", "D02 AF30", set()),
        ("", "", "11936-12345", set()),
        ("HK", "+852 2123 4567", "none here", set()),
        ("", "910 00 00 00", "", {"not_a_phone_anywhere"}),
        ("IT", "910000000000000", "0014", {"not_a_phone", "not_a_postcode"}),
        ("ES", "910000000 ext 5", "SW1A 1AA", {"not_a_phone", "not_a_postcode"}),
        ("GB", "1-800-FLOWERS", "GIR 0AA and more", {"not_a_phone", "not_a_postcode"}),
    ],
)
def test_numbers_and_postcodes_are_those_of_the_country(
    site: Site, country: str, phone: str, postcode: str, wrong: set[str]
) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/new")
    typed = {"Email address": "b@example.com", "Phone": phone, "Postal code": postcode, "Country": country}
    page = visitor.press("Save contact", typed)
    found = {id_.rpartition(".")[2] for id_ in page.elements if id_.startswith("shell.form.not_")}
    assert found == wrong


def test_a_contact_who_would_get_nothing_is_not_saved_and_nothing_typed_is_lost(site: Site) -> None:
    visitor = alice(site)
    assert "Select at least one kind." in visitor.open(f"{LIST}/new").element("contacts.contact.categories_help").text
    page = visitor.press("Save contact", {"First name": "Bea", "Email address": "b@example.com"})
    assert page.status == 422
    assert page.says("shell.form.none_ticked")
    assert page.field("First name").attributes["value"] == "Bea"
    assert [one.email for one in contacts(site)] == ["ana@example.com"]


def test_the_last_message_of_a_contact_cannot_be_taken_away(site: Site) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/{contacts(site)[0].id}")
    page = visitor.press("Save changes", {"Invoices": "", "Support": ""})
    assert page.status == 422
    assert page.says("contacts.contact.no_messages")
    assert contacts(site)[0].categories == ["invoices", "support"]


def test_who_gets_nothing_already_is_changed_without_a_question(site: Site) -> None:
    quiet = contact(site, "quiet@example.com")
    visitor = alice(site)
    visitor.open(f"{LIST}/{quiet}")
    assert visitor.press("Save changes", {"First name": "Quinn"}).says("contacts.list.saved")


def test_where_there_are_no_kinds_of_messages_nothing_is_asked(make: Build) -> None:
    site = make(configuration.parse("[contacts]\ncategories = []"))
    visitor = alice(site)
    visitor.open(f"{LIST}/new")
    assert visitor.press("Save contact", {"Email address": "b@example.com"}).says("contacts.list.added")


def test_a_file_that_names_no_messages_brings_contacts_who_get_what_is_ticked(site: Site) -> None:
    before = contacts(site)[0].categories
    text = "email,categories\nb@example.com,\nc@example.com,domains\nana@example.com,\n"
    upload(alice(site), text, Invoices="yes")
    assert {one.email: one.categories for one in contacts(site)} == {
        "ana@example.com": before, "b@example.com": ["invoices"], "c@example.com": ["domains"],
    }  # fmt: skip


def test_a_file_without_the_column_changes_nothing_for_those_who_are_there(site: Site) -> None:
    before = contacts(site)[0].categories
    upload(alice(site), "email\nana@example.com\nb@example.com\n", Invoices="yes")
    assert {one.email: one.categories for one in contacts(site)} == {
        "ana@example.com": before, "b@example.com": ["invoices"],
    }  # fmt: skip


def test_the_same_address_twice_is_refused_at_its_field(site: Site) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/new")
    page = visitor.press("Save contact", {"First name": "Zoe", "Email address": "ANA@example.com", "Support": "yes"})
    assert page.status == 422
    assert "Ana Sala" in page.element("contacts.contact.taken").text
    assert page.field("First name").attributes["value"] == "Zoe"


def test_an_account_that_is_full_says_so(make: Build) -> None:
    site = make(configuration.parse("[contacts]\nmax = 1"))
    contact(site, "ana@example.com")
    visitor = alice(site)
    assert "room for 1 contact" in visitor.open(LIST).text
    visitor.open(f"{LIST}/new")
    page = visitor.press("Save contact", {"Email address": "b@example.com", "Support": "yes"})
    assert page.status == 422
    assert page.says("contacts.contact.full")


def test_a_category_of_the_hosts_has_its_words_in_each_language(make: Build) -> None:
    label = '{ en = "Newsletter", es = "Boletín", it = "Novità" }'
    told = '{ en = "Monthly.", es = "Cada mes.", it = "Ogni mese." }'
    extra = f"[contacts.extra.newsletter]\nlabel = {label}\nhelp = {told}"
    site = make(configuration.parse(f'[contacts]\ncategories = ["invoices"]\n{extra}'))
    languages = ("en", "es")
    read = {tag: site.visitor(site.people.alice, **{"Accept-Language": tag}).open(f"{LIST}/new") for tag in languages}
    assert read["es"].field("Boletín").attributes["value"] == "newsletter"
    assert "Monthly." in read["en"].text
    assert "General" not in read["en"].text


@pytest.mark.parametrize("path", PAGES)
def test_bob_finds_contacts_only_with_the_permission(site: Site, path: str) -> None:
    assert bob(site, "invoices").open(path).status == 403
    assert bob(site, "contacts").open(path).status == 200


def test_bobs_permission_ends_with_the_next_request(site: Site) -> None:
    visitor = bob(site, "contacts")
    visitor.open(f"{LIST}/new")
    action, data = visitor.form("Save contact", {"Email address": "b@example.com"})
    bob(site)
    assert visitor.client.post(action, data=data, headers=ENGLISH).status_code == 403
    assert len(contacts(site)) == 1


def test_what_the_owner_gets_is_the_owners_to_choose(site: Site) -> None:
    visitor = bob(site, "contacts")
    assert visitor.open(f"{LIST}/own").status == 403
    assert not visitor.open(LIST).says("contacts.list.own")
    owner = alice(site)
    owner.open(f"{LIST}/own")
    page = owner.press("Save", {"General": "", "Support": ""})
    boxes = [page.field(label).attributes for label in ("General", "Invoices", "Support")]
    assert [("checked" in box) for box in boxes] == [False, True, False]


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_signs_in_first(site: Site, path: str) -> None:
    assert site.visitor().open(path).screen == "login.form"


@pytest.mark.parametrize("page", ["", "/remove"])
def test_charlie_learns_nothing_of_alices_contact(site: Site, page: str) -> None:
    """Another account's contact and none at all are the same, byte for byte."""
    charlie = site.visitor(site.people.charlie, **ENGLISH)
    foreign, missing = (plain(charlie, f"{LIST}/{id_}{page}") for id_ in (1, 77))
    assert foreign == missing
    assert foreign[0] == 404


@pytest.mark.parametrize("page", ["", "/remove"])
def test_charlie_changes_nothing_of_alices_contact(site: Site, page: str) -> None:
    charlie = site.visitor(site.people.charlie, **ENGLISH)
    charlie.open(f"{LIST}/new")
    data = {"email": "x@example.com", "acct_account": "9001"}
    answers = {charlie.post(f"{LIST}/{id_}{page}", data).status_code for id_ in (1, 77, 10**20)}
    assert answers == {404}
    assert contacts(site)[0].email == "ana@example.com"


def plain(visitor: Visitor, path: str) -> tuple[int, str]:
    page = visitor.open(path)
    html = re.sub(r'(name="csrf_token" value=)"[^"]*"', r'\1""', page.html).replace(path, "")
    return page.status, html


def test_charlies_list_export_and_search_hold_only_his_own(site: Site) -> None:
    contact(site, "own@example.net", theirs=True)
    charlie = site.visitor(site.people.charlie, **ENGLISH)
    seen = charlie.open(LIST).html + charlie.open(f"{LIST}?find=ana").html
    seen += charlie.client.get(f"{LIST}/export").get_data(as_text=True)
    assert "own@example.net" in seen
    assert "ana@example.com" not in seen


@pytest.mark.parametrize("path", ["remove", "messages"])
def test_another_accounts_contact_cannot_be_chosen_among_several(site: Site, path: str) -> None:
    theirs = contact(site, "own@example.net", theirs=True)
    visitor = alice(site)
    page = visitor.open(f"{LIST}/{path}?chosen={theirs}&chosen=1")
    assert "own@example.net" not in page.html
    more = {"how": "stop", "categories": ["support"]} if path == "messages" else {}
    answer = visitor.post(
        f"{LIST}/{path}?chosen={theirs}&chosen=1", {"contacts": [str(theirs), "1"], "acct_account": "9000", **more}
    )
    assert answer.status_code == 422
    assert len(contacts(site)) == 2
    assert contacts(site)[0].categories == ["invoices", "support"]


def test_a_form_of_another_account_is_refused(site: Site) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/new")
    answer = visitor.post(f"{LIST}/new", {"email": "b@example.com", "acct_account": "9001"})
    assert answer.status_code == 409
    assert len(contacts(site)) == 1


@pytest.mark.parametrize("path", [f"{LIST}/0", f"{LIST}/2147483648", f"{LIST}/{10**30}", f"{LIST}/x", f"{LIST}/-1"])
def test_a_number_that_no_contact_can_have_is_not_found(site: Site, path: str) -> None:
    assert alice(site).open(path).status == 404


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99999999", "page=-1", "find=%00%FF", "find=" + "x" * 9000, "page=2&find=%25"]
)
def test_any_page_and_search_is_a_page(site: Site, query: str) -> None:
    assert alice(site).open(f"{LIST}?{query}").status == 200


@pytest.mark.long
def test_ten_thousand_contacts_cost_as_many_queries_as_ten(make: Build) -> None:
    counts = []
    site = make()
    for number, pages in ((10, ("",)), (9_990, ("", "?page=2", "?page=400", "?find=name+00", "?sort=-email"))):
        with site.acct.database.transaction() as db:
            db.query(Contact).delete()
        many(site, number)
        for page in pages:
            visitor = alice(site)
            visitor.open("/account/language")
            with site.statements() as heard:
                assert visitor.open(f"{LIST}{page}").status == 200
            counts.append(len(heard))
    ten, *thousands = counts
    assert thousands == [ten] * 5


def test_an_account_without_contacts_offers_to_add_one_and_only_once(site: Site) -> None:
    with site.acct.database.transaction() as db:
        db.query(Contact).delete()
    page = alice(site).open(LIST)
    assert page.elements.count("contacts.list.new") == 1
    assert page.says("contacts.list.empty")
    assert not page.says("contacts.list.contact")


def test_the_list_is_searched_and_paged(site: Site) -> None:
    many(site, 60)
    visitor = alice(site)
    page = visitor.open(LIST)
    assert len(rows(page)) == 25
    assert page.element("shell.rows.after").attributes["href"] == f"{LIST}?page=2"
    assert rows(visitor.open(f"{LIST}?page=3"))[-1] == "c59@example.com"
    found = visitor.open(f"{LIST}?find=sala")
    assert rows(found) == []
    assert found.element("contacts.list.contact").attributes["value"] == "sala"
    assert found.says("shell.rows.nothing")
    found = visitor.open(f"{LIST}?find=C59%40")
    assert rows(found) == ["c59@example.com"]
    assert found.element("shell.rows.all").attributes["href"] == LIST


def rows(page: Read) -> list[str]:
    return [node.attributes["data-acct-row"] for node in page.nodes if "data-acct-row" in node.attributes]


def test_an_export_is_a_file_that_says_of_whom_and_when(site: Site) -> None:
    answer = alice(site).client.get(f"{LIST}/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="contacts-9000-2026-03-04.csv"'
    assert answer.mimetype == "text/csv"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (row,) = csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline=""))
    assert row["email"] == "ana@example.com"
    assert row["phone"] == "'+34910000000"


def test_an_export_is_imported_again_without_a_change(site: Site) -> None:
    visitor = alice(site)
    before = visitor.client.get(f"{LIST}/export").get_data()
    page = upload(visitor, before)
    assert page.says("contacts.list.imported_same")
    assert visitor.client.get(f"{LIST}/export").get_data() == before


def test_a_file_with_a_mistake_imports_nothing_and_says_where(site: Site) -> None:
    page = upload(alice(site), "email,country,phone\nb@example.com,ES,910000000\nno,ES,12\n")
    assert page.status == 422
    assert len(contacts(site)) == 1
    table = told(page)
    assert [row.partition(" This")[0] for row in table] == ["Line 3, column email", "Line 3, column phone"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00", "contacts.import.not_utf8"),
        (b"email\n", "contacts.import.empty"),
        (b"x" * (1024 * 1024 + 1), "shell.form.too_large"),
        (b"\0" * 100, "contacts.import.not_utf8"),
        (b"PK\x03\x04", "contacts.import.workbook"),
    ],
)
def test_a_file_that_cannot_be_imported_says_why(site: Site, content: bytes, says: str) -> None:
    page = upload(alice(site), content)
    words = site.acct.platform.sentences("en")[says].partition("{")[0]
    assert page.status == 422
    assert words in page.text


def test_no_file_at_all_is_asked_for(site: Site) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/import")
    assert visitor.press("Continue").says("shell.form.required")


def test_a_file_far_too_large_is_not_read(site: Site) -> None:
    assert upload(alice(site), b"x" * (5 * 1024 * 1024)).status == 413


def test_another_form_takes_no_file_of_that_size(site: Site) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/new")
    sent = {"email": "b@example.com", "extra": (io.BytesIO(b"x" * 100_000), "x.csv")}
    assert visitor.post(f"{LIST}/new", sent).status_code == 413


@pytest.mark.parametrize("asked", ["%00", "a%00b", "%1b", "%ed%a0%80"])
def test_signs_that_nobody_types_are_not_searched_for(site: Site, asked: str) -> None:
    assert site.visitor(site.people.alice).open(f"/account/contacts?find={asked}").status == 200


@pytest.mark.long
def test_more_contacts_than_a_file_may_hold_are_too_many(site: Site) -> None:
    page = upload(alice(site), "email\n" + "".join(f"c{n}@example.com\n" for n in range(10_001)))
    assert page.status == 422
    assert page.says("contacts.import.too_many")
    assert len(contacts(site)) == 1


def test_hosts_hear_of_each_contact(site: Site) -> None:
    heard: list[tuple[str, str]] = []

    def hear(name: str) -> Any:
        return lambda _app, contact, **_: heard.append((name, contact.email))

    hears = {name: hear(name) for name in ("contact_added", "contact_changed", "contact_removed")}
    for name, receiver in hears.items():
        getattr(signals, name).connect(receiver, site.app)
    visitor = alice(site)
    upload(visitor, "email,city\nb@example.com,Roma\nana@example.com,Roma\n")
    visitor.open(f"{LIST}/1")
    visitor.press("Save changes", {"City": "Milano"})
    visitor.open(f"{LIST}/1/remove")
    visitor.press("Delete contact")
    assert heard == [
        ("contact_added", "b@example.com"), ("contact_changed", "ana@example.com"),
        ("contact_changed", "ana@example.com"), ("contact_removed", "ana@example.com"),
    ]  # fmt: skip


def send(site: Site, *args: Any, **what: Any) -> int:
    with site.app.test_request_context():
        return Acct().send(site.people.account, *args, **what)


HELLO: dict[str, Any] = {"subject": {"en": "Hello", "es": "Hola"}, "text": {"en": "Text", "es": "Texto"}}


def test_a_host_writes_to_the_owner_and_the_contacts_of_a_category(site: Site) -> None:
    assert send(site, "invoices", **HELLO, link="/invoices/12") == 2
    letters = {recipient: str(message["Subject"]) for recipient, message in site.letters()}
    assert letters == {"alice@example.com": "Hola", "ana@example.com": "Hola"}
    assert send(site, "domains", **HELLO) == 1


def test_a_host_asks_who_gets_a_category(site: Site) -> None:
    with site.app.test_request_context():
        found = Acct().recipients(site.people.account, "support")
    assert [one.address for one in found] == ["alice@example.com", "ana@example.com"]


def test_a_mail_with_a_way_in_is_refused_and_nothing_waits(site: Site) -> None:
    with pytest.raises(AcctError, match="contacts must never get one"):
        send(site, "general", "recovery.reset", slots={"username": "x"})
    assert site.letters() == []


def test_a_host_may_write_from_a_signal(site: Site) -> None:
    """The mail belongs to the transaction of the page, which holds the only place to write there is."""

    def welcome(_app: Any, contact: Contact, **_: Any) -> None:
        Acct().send(site.people.account, "general", **HELLO)

    signals.contact_added.connect(welcome, site.app)
    visitor = alice(site)
    visitor.open(f"{LIST}/new")
    typed = {"Email address": "b@example.com", "Invoices": "yes"}
    assert visitor.press("Save contact", typed).says("contacts.list.added")
    assert [to for to, _ in site.letters()] == ["alice@example.com"]


def address(site: Site, recipient: str, category: str = "invoices") -> str:
    """Where a mail of the category leads who wants no more of them."""
    send(site, category, **HELLO)
    header = next(str(message["List-Unsubscribe"]) for to, message in site.letters() if to == recipient)
    assert header.startswith("<http://127.0.0.1:5000/account/unsubscribe/")
    return header.removeprefix("<http://127.0.0.1:5000").removesuffix(">")


def test_a_mail_program_stops_a_category_with_one_click(site: Site) -> None:
    """RFC 8058: a POST from anywhere, without cookie, token or redirect."""
    path = address(site, "ana@example.com")
    answer = site.app.test_client(use_cookies=False).post(
        path, data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 200
    assert contacts(site)[0].categories == ["support"]
    assert send(site, "invoices", **HELLO) == 1


def test_the_owner_stops_a_category_for_themselves_alone_and_takes_it_up_again(site: Site) -> None:
    path = address(site, "alice@example.com")
    site.app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert send(site, "invoices", **HELLO) == 1
    visitor = alice(site)
    visitor.open(f"{LIST}/own")
    visitor.press("Save", {"Invoices": "yes"})
    assert send(site, "invoices", **HELLO) == 2


def test_opening_the_address_changes_nothing_and_shows_a_button(site: Site) -> None:
    path = address(site, "ana@example.com")
    before = site.rows()
    visitor = site.visitor(**ENGLISH)
    visitor.open(path)
    assert site.rows() == before
    page = visitor.press("Unsubscribe")
    assert page.status == 200
    assert page.says("contacts.unsubscribe.done")
    assert contacts(site)[0].categories == ["support"]


def test_a_made_up_address_gets_the_same_answer(site: Site) -> None:
    path = address(site, "ana@example.com")
    forged = [
        path[:-1] + ("0" if path[-1] != "0" else "1"),
        path.replace("invoices", "support"),
        "/account/unsubscribe/x",
    ]
    client = site.app.test_client()
    before = site.rows()
    answers = {(client.post(one).status_code, body(client, one, "GET"), body(client, one, "POST")) for one in forged}
    assert site.rows() == before
    answers |= {(client.post(path).status_code, body(client, path, "GET"), body(client, path, "POST"))}
    assert len(answers) == 1
    assert answers.pop()[0] == 200


@pytest.mark.parametrize("way", ["unsubscribe", "subscribe"])
def test_a_made_up_address_of_the_same_kind_gets_the_same_page_to_the_letter(site: Site, way: str) -> None:
    path = address(site, "ana@example.com").replace("/unsubscribe/", f"/{way}/")
    mac = path[:-1] + ("0" if path[-1] != "0" else "1")
    client = site.app.test_client()
    pages = {whole_body(client, one, "GET") for one in (path, mac, re.sub(r"contact\.\d+", "contact.999", path))}
    assert len(pages) == 1
    assert "Facturas" in pages.pop()


def whole_body(client: Any, path: str, method: str) -> str:
    html = client.open(path, method=method).get_data(as_text=True).replace(f"/{path.rpartition('/')[2]}", "")
    return re.sub(r'(name="csrf_token" value=)"[^"]*"', r'\1""', html)


def body(client: Any, path: str, method: str) -> str:
    return without_kind(whole_body(client, path, method))


def without_kind(html: str) -> str:
    """The page without what its own address says: the kind of messages."""
    return re.sub(r"\s+", " ", re.sub(r'<p data-acct="contacts\.\w+\.kind">[^<]*</p>', "", html))


def test_hosts_hear_of_a_contact_that_wants_no_more(site: Site) -> None:
    heard: list[list[str]] = []

    def hear(_app: Any, contact: Contact, **_: Any) -> None:
        heard.append(contact.categories)

    path = address(site, "ana@example.com")
    signals.contact_changed.connect(hear, site.app)
    site.app.test_client().post(path)
    assert heard == [["support"]]


def test_the_outbox_says_of_which_account_and_category_a_mail_is(site: Site) -> None:
    send(site, "invoices", **HELLO)
    with site.acct.database.session() as db:
        found = {(mail.account_id, mail.category, mail.unsubscribe) for mail in db.scalars(select(OutboxMail))}
    assert found == {
        (site.people.account.id, "invoices", "member:1"),
        (site.people.account.id, "invoices", "contact:1"),
    }


def test_without_contacts_there_is_no_page_of_theirs(make: Build) -> None:
    site = make(configuration.parse("[contacts]\nenabled = false"))
    visitor = alice(site)
    paths = (*PAGES, f"{LIST}/own", "/account/unsubscribe/x")
    assert {visitor.open(path).status for path in paths} == {404}
    assert "shell.menu.contacts" not in visitor.open("/account/password/change").elements
    assert send(site, "invoices", **HELLO) == 1
    ((_, message),) = site.letters()
    assert message["List-Unsubscribe"] is None


def test_a_host_with_a_session_of_its_own_keeps_its_mails_with_its_own_changes(site: Site) -> None:
    with site.app.test_request_context(), site.acct.database.session() as db:
        site.acct.host_session = lambda: db
        Acct().send(site.people.account, "invoices", **HELLO)
        assert current_app.extensions["acct"] is site.acct
        db.rollback()
    assert site.letters() == []


def told(page: Read) -> list[str]:
    """The rows of a table that is not folded, its head aside."""
    return [node.text for node in page.nodes if node.tag == "tr" and not node.within("details")][1:]


def test_a_file_in_the_words_of_the_form_is_imported(site: Site) -> None:
    page = upload(alice(site), "sep=;\r\nNombre;Correo electrónico;Facturas;;\r\nZoë;zoe@example.com;x;;\r\n;;;;\r\n")
    text = page.element("contacts.list.imported").text
    assert "Contacts added: 1; changed: 0; unchanged: 0." in text
    assert contacts(site)[1].first_name == "Zoë"
    assert contacts(site)[1].categories == ["invoices"]


def test_who_added_contacts_with_a_file_is_remembered(site: Site) -> None:
    upload(bob(site, "contacts"), "email\nb@example.com\n")
    assert [one.added_by_id for one in contacts(site)] == [None, site.people.bob.id]


def test_a_fault_of_many_lines_is_told_once_in_the_words_of_the_file(site: Site) -> None:
    rows = "".join(f"c{n}@example.com,{n}\n" for n in range(300))
    page = upload(alice(site), f"Email,Teléfono\nno,\n{rows}")
    first, second = told(page)
    assert first.startswith("Line 2, column Email")
    assert second.startswith("Column Teléfono, lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and others (300 in total)")
    assert "Cells to correct: 301." in page.element("contacts.import.wrong").text


def test_a_row_is_named_as_the_sheet_names_it_where_cells_have_lines(site: Site) -> None:
    page = upload(alice(site), 'email,city\na@example.com,"Rome\nItaly"\nno,\n')
    assert told(page)[0].startswith("Row 3 of the sheet, line 4 of the file, column email")


@pytest.mark.parametrize("locale", ["en", "es", "it", "es-AR"])
def test_one_cell_is_not_told_as_if_it_were_many(make: Build, locale: str) -> None:
    site = make(configuration.preset("client-area"))
    visitor = site.visitor(site.people.alice, **{"Accept-Language": locale})
    page = upload(visitor, "email\nno\n", locale)
    assert re.search(r": 1\.$", page.element("contacts.import.wrong").text.partition("\n")[0].strip())


def test_the_second_file_too_many_waits(make: Build) -> None:
    site = make(configuration.parse("[limits]\nimports_per_hour = 2"))
    visitor = alice(site)
    statuses = [upload(visitor, f"email\n{name}\n").status for name in ("no", "a@example.com", "b@example.com")]
    assert statuses == [422, 200, 429]
    page = upload(visitor, "email\nb@example.com\n")
    assert page.says("contacts.import.too_often")
    assert page.response.headers["Retry-After"] == "3600"
    site.clock.move(hours=1, seconds=1)
    assert upload(alice(site), "email\nb@example.com\n").says("contacts.list.imported")


def test_nobody_waits_for_the_count_while_a_file_is_read(site: Site) -> None:
    """What was counted is committed before the contacts are looked at."""
    visitor = alice(site)
    visitor.open(f"{LIST}/import")
    done: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        done.extend(table for table in ("acct_tally", "acct_contact") if table in statement)

    engine = site.acct.database.engine
    event.listen(engine, "before_cursor_execute", hear)
    event.listen(engine, "commit", lambda _connection: done.append("commit"))
    upload(visitor, "email\nb@example.com\n")
    event.remove(engine, "before_cursor_execute", hear)
    counted = done.index("acct_tally")
    assert done.index("commit", counted) < done.index("acct_contact")


@pytest.mark.long
def test_ten_thousand_contacts_take_a_bounded_number_of_statements(site: Site) -> None:
    visitor = alice(site)
    file = "email,first_name\n" + "".join(f"c{n}@example.com,Ana\n" for n in range(10_000))
    for text, most in ((file, 100), (file.replace("Ana", "Bo"), 120), (file.replace("Ana", "Bo"), 100)):
        with site.statements() as heard:
            assert upload(visitor, text).screen == "contacts.list"
        assert len(heard) < most


def leave(site: Site, recipient: str = "ana@example.com", category: str = "invoices") -> str:
    """Somebody unsubscribes with the address of a mail, which is returned."""
    path = address(site, recipient, category)
    site.app.test_client(use_cookies=False).post(path, data={"List-Unsubscribe": "One-Click"})
    return path


def test_the_owner_reads_at_the_contact_since_when_it_has_unsubscribed(site: Site) -> None:
    leave(site)
    page = alice(site).open(f"{LIST}/1")
    assert page.says("contacts.edit.declined")
    assert told(page)[0].startswith("Invoices Mar 4, 1:00 PM")
    assert not alice(site).open(f"{LIST}/new").says("contacts.edit.declined")


def test_a_tick_that_the_contact_took_away_is_not_put_back_and_the_owner_is_told(site: Site) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/1")
    leave(site)
    page = visitor.press("Save changes", {"City": "Madrid"})
    assert "Invoices, March 4, 2026" in page.element("contacts.list.saved_without").text
    assert contacts(site)[0].categories == ["support"]
    assert contacts(site)[0].city == "Madrid"
    assert send(site, "invoices", **HELLO) == 1


def test_an_import_names_who_has_unsubscribed(site: Site) -> None:
    leave(site)
    page = upload(alice(site), "email,categories\nana@example.com,invoices support\n")
    assert "ana@example.com (Invoices, March 4, 2026)" in page.element("contacts.list.imported_without").text
    assert contacts(site)[0].categories == ["support"]


def test_the_owner_lets_messages_come_again_once_somebody_asked_for_them(site: Site) -> None:
    leave(site)
    visitor = alice(site)
    visitor.open(f"{LIST}/1/resume/invoices")
    assert "ana@example.com unsubscribed from these messages on March 4, 2026" in visitor.page.text
    assert visitor.press("Send them again").says("shell.form.required")
    page = visitor.press("Send them again", {"This person has asked me for these messages": "yes"})
    assert page.screen == "contacts.edit"
    assert page.says("contacts.edit.resumed")
    assert send(site, "invoices", **HELLO) == 2


@pytest.mark.parametrize("path", ["1/resume/support", "1/resume/nothing", "77/resume/invoices", "1/resume/general%20"])
def test_what_nobody_unsubscribed_from_cannot_be_resumed(site: Site, path: str) -> None:
    leave(site)
    assert alice(site).open(f"{LIST}/{path}").status == 404


def test_charlie_and_bob_resume_nothing_of_alices(site: Site) -> None:
    leave(site)
    assert site.visitor(site.people.charlie, **ENGLISH).open(f"{LIST}/1/resume/invoices").status == 404
    assert bob(site).open(f"{LIST}/1/resume/invoices").status == 403


def test_whoever_unsubscribed_comes_back_by_the_same_address(site: Site) -> None:
    path = leave(site)
    visitor = site.visitor(**ENGLISH)
    page = visitor.open(path)
    assert page.says("contacts.unsubscribe.kind")
    assert "Kind of messages: Invoices" in page.text
    visitor.open(page.element("contacts.unsubscribe.again").attributes["href"])
    assert contacts(site)[0].categories == ["support"]
    page = visitor.press("Subscribe again")
    assert page.says("contacts.subscribe.done")
    assert send(site, "invoices", **HELLO) == 2


def test_a_mistake_is_undone_from_the_page_that_tells_of_it(site: Site) -> None:
    visitor = site.visitor(**ENGLISH)
    visitor.open(address(site, "ana@example.com"))
    page = visitor.press("Unsubscribe")
    visitor.open(page.element("contacts.unsubscribe.undo").attributes["href"])
    visitor.press("Subscribe again")
    assert contacts(site)[0].categories == ["invoices", "support"]


def test_an_address_to_subscribe_says_nothing_of_whether_it_was_made_here(site: Site) -> None:
    path = leave(site).replace("/unsubscribe/", "/subscribe/")
    seen = set()
    for one in (path[:-1] + ("0" if path[-1] != "0" else "1"), "/account/subscribe/x", path):
        visitor = site.visitor(**ENGLISH)
        opened = plain(visitor, one)
        sent = visitor.press("Subscribe again")
        seen.add(
            (opened[0], without_kind(opened[1]).replace(f"/{one.rpartition('/')[2]}", ""), sent.status, sent.screen)
        )
    assert len(seen) == 1


def test_a_program_that_follows_links_subscribes_nobody(site: Site) -> None:
    path = leave(site).replace("/unsubscribe/", "/subscribe/")
    client = site.app.test_client(use_cookies=False)
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 400
    assert contacts(site)[0].categories == ["support"]


def order(page: Read) -> list[str]:
    return [row.partition("@")[0] for row in rows(page)]


def test_the_list_is_sorted_by_the_names_of_its_columns(site: Site) -> None:
    contact(site, "zoe@example.com", "support", first_name="Bea")
    visitor = alice(site)
    page = visitor.open(LIST)
    assert page.element("contacts.list.email").attributes["href"] == f"{LIST}?sort=email"
    assert page.element("contacts.list.name").attributes["href"] == f"{LIST}?sort=-name"
    assert order(visitor.open(f"{LIST}?sort=-email")) == ["zoe", "ana"]
    (sorted_by,) = [node for node in visitor.page.nodes if "aria-sort" in node.attributes]
    assert sorted_by.text == "Email address"
    assert sorted_by.attributes["aria-sort"] == "descending"
    assert order(visitor.open(f"{LIST}?sort=nobody")) == ["ana", "zoe"]


def test_a_search_and_another_page_keep_the_order(site: Site) -> None:
    many(site, 60)
    page = alice(site).open(f"{LIST}?sort=-email&find=example")
    assert page.element("shell.rows.after").attributes["href"] == f"{LIST}?sort=-email&find=example&page=2"
    assert page.element("contacts.list.name").attributes["href"] == f"{LIST}?sort=name&find=example"
    hidden = [node for node in page.nodes if node.attributes.get("name") == "sort"]
    assert [node.attributes["value"] for node in hidden] == ["-email"]


def test_pages_have_numbers(site: Site) -> None:
    many(site, 240)
    page = alice(site).open(f"{LIST}?page=5")
    (pages,) = [node for node in page.nodes if node.attributes.get("class") == "acct-numbers"]
    assert pages.text.split() == ["1", "2", "3", "4", "Page", "5", "of", "10", "5", "6", "7", "…", "10"]
    assert page.link("7") == f"{LIST}?page=7"


def test_several_are_chosen_by_boxes_that_belong_to_the_buttons_above(site: Site) -> None:
    page = alice(site).open(LIST)
    (box,) = [node for node in page.nodes if node.attributes.get("name") == "chosen"]
    (form,) = [node for node in page.nodes if node.attributes.get("id") == box.attributes["form"]]
    assert form.attributes["method"] == "get"
    assert page.element("contacts.list.remove_several").within("form") is form
    assert page.element("contacts.list.remove_several").attributes["formaction"] == f"{LIST}/remove"
    assert page.element("contacts.list.change_several").attributes["formaction"] == f"{LIST}/messages"


def test_several_are_named_before_they_are_deleted_and_one_can_be_kept(site: Site) -> None:
    heard: list[str] = []
    receiver = lambda _app, contact, **_: heard.append(contact.email)  # noqa: E731 - kept, as signals hold it weakly
    signals.contact_removed.connect(receiver, site.app)
    for name in ("bea", "cleo", "dan"):
        contact(site, f"{name}@example.com", "support", first_name=name.title())
    visitor = alice(site)
    page = visitor.open(f"{LIST}/remove?chosen=1&chosen=2&chosen=3&chosen=3&chosen=99")
    assert [node.text for node in page.nodes if node.tag == "label"] == [
        "Ana Sala · ana@example.com", "Bea · bea@example.com", "Cleo · cleo@example.com",
    ]  # fmt: skip
    page = visitor.press("Delete these contacts", {"Bea · bea@example.com": ""})
    assert "Contacts deleted: 2." in page.element("contacts.list.removed_several").text
    assert [one.email for one in contacts(site)] == ["bea@example.com", "dan@example.com"]
    assert heard == ["ana@example.com", "cleo@example.com"]


@pytest.mark.parametrize("path", ["remove", "messages"])
@pytest.mark.parametrize("query", ["", "?chosen=", "?chosen=99", "?chosen=x", f"?chosen={'9' * 40}"])
def test_where_none_is_chosen_the_list_says_so(site: Site, path: str, query: str) -> None:
    page = alice(site).open(f"{LIST}/{path}{query}")
    assert page.screen == "contacts.list"
    assert page.says("contacts.list.none_chosen")


def test_no_more_than_a_page_of_contacts_is_chosen_at_once(site: Site) -> None:
    many(site, 40)
    page = alice(site).open(f"{LIST}/remove?" + "&".join(f"chosen={one.id}" for one in contacts(site)))
    assert len([node for node in page.nodes if node.attributes.get("name") == "contacts"]) == 25


def test_all_that_was_chosen_must_not_be_unticked(site: Site) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/remove?chosen=1")
    page = visitor.press("Delete these contacts", {"Ana Sala · ana@example.com": ""})
    assert page.says("shell.form.none_ticked")
    assert len(contacts(site)) == 1


def test_several_get_more_messages_and_the_owner_reads_of_it(site: Site) -> None:
    contact(site, "bea@example.com", "domains", first_name="Bea")
    visitor = bob(site, "contacts")
    visitor.open(f"{LIST}/messages?chosen=1&chosen=2")
    page = visitor.press("Save changes", {"Domains": "yes"})
    assert "Contacts changed: 1; unchanged: 1." in page.element("contacts.list.changed_several").text
    assert [one.categories for one in contacts(site)] == [["domains", "invoices", "support"], ["domains"]]
    ((recipient, letter),) = site.letters()
    assert recipient == "alice@example.com"
    assert "ana@example.com" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "bea@example.com" not in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_nobody_is_left_without_messages_by_a_change_of_several(site: Site) -> None:
    contact(site, "bea@example.com", "support", first_name="Bea")
    visitor = alice(site)
    visitor.open(f"{LIST}/messages?chosen=1&chosen=2")
    page = visitor.press("Save changes", {"What to change": "stop", "Support": "yes"})
    assert page.status == 422
    assert "Some contacts would get no messages at all: Bea." in page.element("contacts.messages.none_left").text
    assert [one.categories for one in contacts(site)] == [["invoices", "support"], ["support"]]


def test_who_has_unsubscribed_is_named_after_a_change_of_several(site: Site) -> None:
    leave(site)
    visitor = alice(site)
    visitor.open(f"{LIST}/messages?chosen=1")
    page = visitor.press("Save changes", {"Invoices": "yes", "Domains": "yes"})
    text = page.element("contacts.list.changed_several_without").text
    assert "ana@example.com (Invoices, March 4, 2026)" in text
    assert contacts(site)[0].categories == ["domains", "support"]


def test_nothing_is_written_before_the_preview_was_seen(site: Site) -> None:
    visitor = alice(site)
    page = look(visitor, "email,first_name,categories\nana@example.com,Anita,\nb@example.com,Bea,domains\n")
    assert page.screen == "contacts.check"
    assert "to add: 1; to change: 1; unchanged: 0." in page.element("contacts.check.counts").text
    assert told(page)[0].split("\n") == ["ana@example.com Anita Sala Invoices, Support Will be changed"]
    assert told(page)[1].split("\n") == ["b@example.com Bea Domains Will be added"]
    assert [one.first_name for one in contacts(site)] == ["Ana"]
    visitor.open(visitor.client.get(LIST).request.path)
    assert [one.first_name for one in contacts(site)] == ["Ana"]


def test_columns_nobody_knows_are_matched_by_hand_and_shown_before_they_are_written(site: Site) -> None:
    visitor = alice(site)
    page = look(visitor, "Wer,Wohin\nBea,b@example.com\n")
    assert page.says("contacts.check.no_address")
    path = visitor.path = page.response.request.path
    visitor.page = page
    sent = {"columns": ["first_name", "email"], "acct_account": "9000"}
    page = visitor.open(visitor.post(path, sent).headers["Location"])
    assert page.says("contacts.check.changed")
    assert told(page)[0] == "b@example.com Bea Those you select below Will be added"
    assert len(contacts(site)) == 1
    assert visitor.press("Import", {"Invoices": "yes"}).says("contacts.list.imported")
    assert contacts(site)[1].first_name == "Bea"


def check(visitor: Visitor, file: str) -> str:
    """The file is sent; the path of the page that shows what it would change."""
    visitor.page = look(visitor, file)
    visitor.path = visitor.page.response.request.path
    return visitor.path


def test_two_columns_cannot_be_the_same(site: Site) -> None:
    visitor = alice(site)
    path = check(visitor, "email,first_name\nb@example.com,Bea\n")
    page = Read(visitor.post(path, {"columns": ["email", "email"], "acct_account": "9000"}))
    assert page.status == 422
    assert "Email address" in page.element("contacts.check.twice").text


def test_a_column_is_none_that_there_is_not(site: Site) -> None:
    visitor = alice(site)
    path = check(visitor, "email\nb@example.com\n")
    page = Read(visitor.post(path, {"columns": ["account_id"], "acct_account": "9000"}))
    assert page.says("shell.form.not_a_choice")


def test_new_contacts_need_a_kind_of_message_if_the_file_names_none(site: Site) -> None:
    visitor = alice(site)
    check(visitor, "email\nb@example.com\n")
    page = visitor.press("Import")
    assert page.status == 422
    assert page.says("contacts.check.no_messages")
    assert len(contacts(site)) == 1


def test_nothing_is_asked_about_messages_where_every_line_names_them(site: Site) -> None:
    visitor = alice(site)
    check(visitor, "email,categories\nb@example.com,support\nana@example.com,\n")
    assert not visitor.page.says("contacts.import.categories")


@pytest.mark.parametrize("who", ["bob", "charlie", "late"])
def test_a_file_is_nobody_elses_and_not_for_ever(site: Site, who: str) -> None:
    path = check(alice(site), "email\nsecret@example.com\n")
    if who == "late":
        site.clock.move(minutes=31)
    visitor = {
        "bob": lambda: bob(site, "contacts"), "charlie": lambda: site.visitor(site.people.charlie, **ENGLISH),
        "late": lambda: alice(site),
    }[who]()  # fmt: skip
    page = visitor.open(path)
    assert page.screen == "contacts.import"
    assert page.says("contacts.import.gone")
    assert "secret@example.com" not in page.html


def test_a_file_is_gone_once_it_is_imported(site: Site) -> None:
    visitor = alice(site)
    path = check(visitor, "email\nb@example.com\n")
    visitor.press("Import", {"Invoices": "yes"})
    assert visitor.open(path).says("contacts.import.gone")
    assert site.rows()["acct_request"] == []


def test_the_columns_of_a_file_with_mistakes_can_be_matched_by_hand(site: Site) -> None:
    visitor = alice(site)
    page = look(visitor, "email,first_name\nBea,b@example.com\n")
    assert page.says("contacts.import.wrong")
    assert page.elements.index("contacts.import.file") < page.elements.index("contacts.import.problems")
    visitor.open(page.element("contacts.import.match").attributes["href"])
    assert visitor.page.says("contacts.check.faults")
    assert not visitor.page.says("contacts.check.submit")
    assert visitor.press("Check again").says("contacts.check.wrong")
    sent = {"columns": ["first_name", "email"], "acct_account": "9000"}
    assert visitor.open(visitor.post(visitor.path, sent).headers["Location"]).says("contacts.check.submit")


def test_the_first_twenty_mistakes_are_told_and_all_are_counted(site: Site) -> None:
    file = "email,phone,postcode,locale,country,categories,city\n"
    file += "".join(f"no{n},{n},!{n},xx{n},yy{n},zz{n},{'x' * 200}\n" for n in range(3))
    page = look(alice(site), file)
    assert len(told(page)) == 20
    assert "Cells to correct: 21; the first" in page.element("contacts.import.wrong_first").text


def test_looking_at_files_has_a_limit(make: Build) -> None:
    site = make(configuration.parse("[limits]\nimports_per_hour = 1"))
    visitor = alice(site)
    path = check(visitor, "email\nb@example.com\n")
    statuses = {visitor.open(path).status for _ in range(9)}
    assert statuses == {200}
    page = visitor.open(path)
    assert page.status == 429
    assert page.says("contacts.import.too_often")
    assert len(contacts(site)) == 0


@pytest.mark.parametrize(
    ("locale", "name"), [("en", "Email address"), ("es", "Correo electrónico"), ("it", "Indirizzo email")]
)
def test_the_template_is_in_the_readers_language_and_can_be_imported(site: Site, locale: str, name: str) -> None:
    site.run("UPDATE acct_user SET locale = :locale", locale=locale)
    visitor = site.visitor(site.people.alice, **{"Accept-Language": locale})
    answer = visitor.client.get(f"{LIST}/template", base_url=visitor.root)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    text = answer.get_data().decode("utf-8-sig")
    (header,) = csv.reader(io.StringIO(text, newline=""))
    assert name in header
    filled = text + ",".join("t@example.com" if column == name else "" for column in header) + "\r\n"
    assert look(visitor, filled, locale).screen == "contacts.check"


def test_details_are_folded_until_there_is_something_in_them(site: Site) -> None:
    bea = contact(site, "bea@example.com", "support")
    visitor = alice(site)

    def folded(page: Read) -> bool:
        (fold,) = [node for node in page.nodes if node.attributes.get("class") == "acct-fold"]
        return "open" not in fold.attributes

    assert folded(visitor.open(f"{LIST}/new"))
    assert folded(visitor.open(f"{LIST}/{bea}"))
    assert not folded(visitor.open(f"{LIST}/1"))
    visitor.open(f"{LIST}/new")
    page = visitor.press("Save contact", {"Email address": "c@example.com", "Phone": "1", "Support": "yes"})
    assert not folded(page)


@pytest.mark.parametrize(("postcode", "is_one"), [("28013", True), ("SW1A 1AA", True), ("!!", False), ("-", False)])
def test_a_postcode_without_a_country_must_be_one_of_some_country(site: Site, postcode: str, is_one: bool) -> None:
    visitor = alice(site)
    visitor.open(f"{LIST}/new")
    page = visitor.press("Save contact", {"Email address": "c@example.com", "Postal code": postcode, "Support": "yes"})
    assert page.says("contacts.list.added") is is_one
    assert page.says("shell.form.not_a_postcode_anywhere") is not is_one
