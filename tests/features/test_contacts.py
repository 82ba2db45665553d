"""Contacts kept, found, taken in from a file and written to one; and the one who stops their mails."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from sqlalchemy import delete, select

from flask_acct.accounts import recipients, unsubscribing
from flask_acct.db.models import Contact, Membership, PendingRequest
from flask_acct.features.contacts import csv_files, flows, uploads
from flask_acct.features.contacts.flows import (
    ContactAddressInUse,
    ContactGone,
    ContactSaved,
    ContactsFull,
    TakenIn,
)
from flask_acct.values import formulas
from flask_acct.values.keys import Keys
from flask_acct.values.spreadsheets import NotText

from ..scopes import SECRET_KEY, a_scope
from .conftest import House

ANA = {
    "first_name": "Ana", "last_name": "Núñez", "company": "Sala", "email": "Ana@Example.com", "phone": "910 00 00 00",
    "tax_id": "B1", "address1": "Calle Mayor 1", "address2": "", "city": "Madrid", "region": "Madrid",
    "postcode": " 28013 ", "country": "ES", "locale": "it", "categories": ("invoices", "support"),
}  # fmt: skip


def add(home: House, **details: str) -> Any:
    found = flows.add(home.scope, {"email": "ana@example.com", **details}, account=home.people.account)
    home.db.commit()
    return found


def change(home: House, id_: int, **details: str) -> Any:
    return flows.change(home.scope, id_, details, account=home.people.account)


def browse(home: House, asked: str = "", page: int = 1, sort: str = "name") -> flows.ContactsFound:
    return flows.browse(home.db, home.people.account, query=asked, page=page, sort=sort)


def names(found: flows.ContactsFound) -> list[str]:
    return [contact.name for contact in found.contacts]


def file(home: House, text: str) -> csv_files.ContactsRead:
    read = csv_files.read(text.encode(), home.config)
    assert isinstance(read, csv_files.ContactsRead)
    return read


def take_in(home: House, text: str) -> Any:
    read = file(home, text)
    assert read.wrong == []
    found = flows.take_in(home.scope, read.rows, account=home.people.account)
    home.db.commit()
    return found


def wrong(home: House, text: str) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.id.rpartition(".")[2]) for one in file(home, text).wrong]


def test_a_contact_is_kept_with_its_number_and_postcode_as_everybody_writes_them(house: Any) -> None:
    found = add(house(), **ANA)
    contact = found.contact
    assert contact.email == "Ana@example.com"
    assert contact.email_key == "ana@example.com"
    assert contact.phone == "+34910000000"
    assert contact.postcode == "28013"
    assert contact.country == "ES"
    assert contact.locale == "it"
    assert contact.categories == ["invoices", "support"]


def test_only_the_address_is_needed(house: Any) -> None:
    contact = add(house()).contact
    assert contact.name == "ana@example.com"
    assert contact.phone == ""
    assert contact.locale is None
    assert contact.categories == []


def test_the_same_address_twice_is_refused_and_the_other_contact_named(house: Any) -> None:
    home = house()
    add(home, first_name="Ana", last_name="Sala")
    assert add(home, email="ANA@example.com") == ContactAddressInUse("Ana Sala")


def test_another_account_may_have_the_same_address(house: Any) -> None:
    home = house()
    add(home)
    found = flows.add(home.scope, {"email": "ana@example.com"}, account=home.people.other_account)
    assert isinstance(found, ContactSaved)


def test_a_contact_may_be_saved_as_it_is(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    home.later(days=1)
    before = contact.changed_at
    assert isinstance(change(home, contact.id, **ANA), ContactSaved)
    assert contact.changed_at == before


def test_a_contact_cannot_take_the_address_of_another(house: Any) -> None:
    home = house()
    add(home, first_name="Ana")
    bruno = add(home, email="bruno@example.com").contact
    assert change(home, bruno.id, email="ana@example.com") == ContactAddressInUse("Ana")
    assert bruno.email_key == "bruno@example.com"


def test_a_number_without_a_country_code_becomes_another_with_another_country(house: Any) -> None:
    home = house()
    contact = add(home, phone="+34 910 00 00 00", country="IT", postcode="00144").contact
    assert contact.phone == "+34910000000"
    assert contact.country == "IT"
    change(home, contact.id, email="ana@example.com", phone="02 1234 5678", country="IT")
    assert contact.phone == "+390212345678"


def test_an_account_holds_no_more_contacts_than_it_may(house: Any) -> None:
    home = house(contacts={"max": 1})
    add(home)
    assert add(home, email="b@example.com") == ContactsFull(1, 2)
    assert len(flows.everyone(home.db, home.people.account)) == 1


def test_a_contact_of_another_account_can_be_neither_found_changed_nor_deleted(house: Any) -> None:
    home = house()
    id_ = add(home).contact.id
    theirs = home.people.other_account
    assert flows.find(home.db, id_, account=theirs) is None
    assert flows.change(home.scope, id_, {"email": "x@example.com"}, account=theirs) == ContactGone()
    assert flows.remove(home.db, id_, account=theirs) == ContactGone()


@pytest.mark.parametrize("id_", [0, 999, 2**31, 2**63, 10**40])
def test_a_number_that_is_no_contact_is_not_found(house: Any, id_: int) -> None:
    home = house()
    assert flows.find(home.db, id_, account=home.people.account) is None


def test_a_deleted_contact_is_gone_and_told_as_it_was(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    found = flows.remove(home.db, contact.id, account=home.people.account)
    assert found == ContactSaved(contact)
    assert contact.name == "Ana Núñez"
    assert flows.remove(home.db, contact.id, account=home.people.account) == ContactGone()


def test_contacts_are_listed_by_name_whatever_its_accents(house: Any) -> None:
    home = house()
    for name in ("Zoe", "Álvaro", "Beatriz", "ana"):
        add(home, first_name=name, email=f"{ord(name[0])}@example.com")
    assert names(browse(home)) == ["Álvaro", "ana", "Beatriz", "Zoe"]


@pytest.mark.parametrize("asked", ["nun", "NÚÑ", "ana nunez", "@example.c", "ana@"])
def test_a_contact_is_found_by_a_part_of_its_name_or_address(house: Any, asked: str) -> None:
    home = house()
    add(home, **ANA)
    add(home, first_name="Bruno", email="bruno@other.example")
    assert names(browse(home, asked)) == ["Ana Núñez"]


@pytest.mark.parametrize("asked", ["%", "_", "ana%", "\\", "'", "zzz"])
def test_signs_with_a_meaning_to_the_database_are_letters(house: Any, asked: str) -> None:
    home = house()
    add(home, **ANA)
    assert names(browse(home, asked)) == []


def many(home: House, number: int) -> None:
    text = "email,first_name,categories\n"
    text += "".join(f"c{n}@example.com,N{n:05},invoices\n" for n in range(number))
    assert isinstance(take_in(home, text), TakenIn)


def test_the_list_has_pages(house: Any) -> None:
    home = house()
    many(home, 60)
    found = browse(home, page=3)
    assert len(found.contacts) == 10
    assert found.page == 3
    assert found.pages == 3
    assert names(found)[0] == "N00050"


@pytest.mark.parametrize(("number", "page"), [(60, 99), (30, 99), (0, 7)])
def test_beyond_the_last_page_is_the_last_page(house: Any, number: int, page: int) -> None:
    home = house()
    many(home, number) if number else None
    found = browse(home, page=page)
    assert found.page == found.pages
    assert len(found.contacts) == min(number, 10 if number == 60 else 5)


def test_the_owner_chooses_what_they_get_themselves(house: Any) -> None:
    home = house()
    membership = home.db.scalars(select(Membership).where(Membership.is_owner)).first()
    flows.choose_own(home.scope, membership, ["general", "support"])
    assert membership.categories_off == ["products", "domains", "invoices"]


COLUMNS = ",".join(csv_files.COLUMNS)


def test_what_is_exported_and_imported_again_changes_nothing(house: Any) -> None:
    home = house()
    add(home, **ANA)
    add(
        home,
        email="plus+tag@example.com",
        first_name="=1+1",
        last_name="'quoted",
        company="-2",
        city="@x",
        tax_id="''=",
    )
    add(home, email="b@example.com", first_name='Comma, "quote"; semi', address1="＝full width", region="'t Hooft")
    before = [dict(vars(one), _sa_instance_state=None) for one in flows.everyone(home.db, home.people.account)]
    home.later(days=1)
    found = take_in(home, csv_files.write(flows.everyone(home.db, home.people.account)))
    after = [dict(vars(one), _sa_instance_state=None) for one in flows.everyone(home.db, home.people.account)]
    assert found == TakenIn([], [], 3)
    assert after == before


def test_what_is_exported_makes_the_same_contacts_in_another_account(house: Any) -> None:
    home = house()
    add(home, **ANA)
    add(home, email="b@example.com", first_name="=cmd", phone="+39 02 1234 5678")
    text = csv_files.write(flows.everyone(home.db, home.people.account))
    flows.take_in(home.scope, file(home, text).rows, account=home.people.other_account)
    assert csv_files.write(flows.everyone(home.db, home.people.other_account)) == text


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＠x", "'=1", "''+"])
def test_no_cell_of_an_export_is_a_formula(cell: str) -> None:
    written = formulas.harmless(cell)
    assert written[0] == "'"
    assert csv_files.plain(written) == cell


@pytest.mark.parametrize(
    "cell", ["x;=1+cmd", "x; =1", "x|@A1", "x;'=1", "=1;=2;''-3", ';=HYPERLINK("http://e.example";"x")']
)
def test_no_part_of_a_cell_is_a_formula_where_a_semicolon_ends_it(cell: str) -> None:
    """Spreadsheets in Spanish and Italian split lines there."""
    written = formulas.harmless(cell)
    parts = [part.strip() for part in re.split("[;|]", written)]
    assert [part for part in parts if part[:1] in {"=", "+", "-", "@"}] == []
    assert csv_files.plain(written) == cell


def test_a_hopeless_file_is_not_read_to_its_end(house: Any) -> None:
    wrong = "phone,email\n" + "3,x\n" * 30_000
    many = "email\n" + "".join(f"c{n}@example.com\n" for n in range(csv_files.MOST_CONTACTS + 1))
    home = house()
    assert len(file(home, wrong).wrong) <= csv_files.MOST_WRONG + 1
    assert csv_files.read(many.encode(), home.config) == csv_files.TooLong()


def test_the_number_of_a_contact_who_is_gone_is_nobody_elses(house: Any) -> None:
    """A page left open, or a link to unsubscribe, must not speak of the next one."""
    home = house()
    gone = add(home, **ANA).contact.id
    home.db.execute(delete(Contact).where(Contact.id == gone))
    home.db.commit()
    assert add(home, **ANA).contact.id > gone


@pytest.mark.parametrize("cell", ["Ana", "", "a=b", "'t Hooft", "'", "1-2", " =1"])
def test_a_harmless_cell_stays_as_it_is(cell: str) -> None:
    assert formulas.harmless(cell) == cell
    assert csv_files.plain(cell) == cell


def test_the_export_opens_in_excel_and_in_any_reader_of_csv(house: Any) -> None:
    home = house()
    add(home, **ANA)
    text = csv_files.write(flows.everyone(home.db, home.people.account))
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert text.startswith("\ufeff")
    assert row["last_name"] == "Núñez"
    assert row["phone"] == "'+34910000000"
    assert row["categories"] == "invoices support"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_separator_of_a_spreadsheet_is_understood(house: Any, separator: str) -> None:
    home = house()
    take_in(home, f"email{separator}first_name\r\nana@example.com{separator}Ana\r\n")
    assert names(browse(home)) == ["Ana"]


def test_a_file_adds_who_is_new_and_changes_who_is_there(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    found = take_in(home, "email,categories\nana@example.com,domains\nnew@example.com,\n\n")
    assert len(found.added) == 1
    assert found.changed == [ana]
    assert found.same == 0
    assert ana.categories == ["domains"]
    assert ana.first_name == "Ana"
    assert ana.phone == "+34910000000"


def test_every_cell_that_cannot_be_read_is_named_by_line_and_column(house: Any) -> None:
    text = (
        "email,phone,postcode,country,locale,categories,first_name\n"
        "no,12,1,ES,xx,invoice,\x01\n"
        ",,,,,,Ana\n"
        "ok@example.com,+34 910 00 00 00,,Ruritania,es-AR,invoices,\n"
        f"ok@example.com,910000000,,,,,{'x' * 121}\n"
        "a@example.com,910000000,28013,ES,es,,Ana,more\n"
    )
    assert wrong(house(), text) == [
        (2, "email", "not_an_email"), (2, "phone", "not_a_phone"), (2, "postcode", "not_a_postcode"),
        (2, "locale", "no_language"), (2, "categories", "no_category"), (2, "first_name", "not_text"),
        (3, "email", "required"), (4, "country", "no_country"), (5, "phone", "not_a_phone_anywhere"),
        (5, "first_name", "too_long"), (6, "", "cells"),
    ]  # fmt: skip


def test_an_address_that_is_in_the_file_twice_is_named(house: Any) -> None:
    assert wrong(house(), "email\na@example.com\nb@example.com\nA@example.com\n") == [(4, "email", "same")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('email\n"a@example.com\n', [(2, "", "not_csv")]),
        ("email\n\n  \n", []),
    ],
)
def test_a_file_that_is_no_table_of_contacts_is_told_so(house: Any, text: str, found: list[Any]) -> None:
    assert wrong(house(), text) == found


def test_columns_that_are_unknown_or_there_already_are_left_out(house: Any) -> None:
    found = file(house(), "name,,email,email\nAna,more,a@example.com,b@example.com\n")
    assert found.layout.columns == ("", "", "email", "")
    assert [row.values for row in found.rows] == [{"email": "a@example.com"}]
    assert found.wrong == []


def test_a_file_whose_columns_nobody_knows_has_its_names_and_first_rows(house: Any) -> None:
    found = file(house(), "Wer,Wohin\nAna,a@example.com\n")
    assert found.layout.lacks_email
    assert found.layout.names == ("Wer", "Wohin")
    assert found.layout.first == (["Ana", "a@example.com"],)


def test_columns_are_what_a_reader_says_they_are(house: Any) -> None:
    content = b"Wer,Wohin,Wozu\nAna,a@example.com,x\n"
    found = csv_files.read(content, house().config, ("first_name", "email", "category.invoices"))
    (row,) = found.rows
    assert row.values == {"first_name": "Ana", "email": "a@example.com"}
    assert row.ticks == {"invoices": True}


def test_columns_of_another_file_are_not_taken_over(house: Any) -> None:
    found = csv_files.read(b"email\na@example.com\n", house().config, ("first_name", "email"))
    assert found.layout.columns == ("email",)


@pytest.mark.parametrize("locale", ["en", "es", "it", "es_AR"])
def test_the_template_names_every_column_in_the_readers_words(house: Any, locale: str) -> None:
    home = house()
    content = csv_files.template(home.scope.platform.sentences(locale), home.config).encode()
    columns = csv_files.read(content, home.config).layout.columns
    own = [f"category.{name}" for name in home.config.contacts.offered]
    assert list(columns) == [name for name in csv_files.COLUMNS if name != "categories"] + own


def test_what_an_import_would_do_is_foreseen_and_nothing_is_written(house: Any) -> None:
    home = house()
    add(home, **ANA)
    add(home, email="b@example.com")
    rows = file(home, "email,city\nana@example.com,Roma\nb@example.com,\nnew@example.com,Roma\n").rows
    before = [dict(vars(one), _sa_instance_state=None) for one in flows.everyone(home.db, home.people.account)]
    found = flows.foresee(home.scope, rows, account=home.people.account, most=10)
    assert found.added == 1
    assert found.changed == 1
    assert found.same == 1
    assert [(values["email_key"], is_new) for values, is_new in found.first] == [
        ("ana@example.com", False), ("new@example.com", True),
    ]  # fmt: skip
    assert found.are_silent
    assert [dict(vars(one), _sa_instance_state=None) for one in flows.everyone(home.db, home.people.account)] == before


def test_the_list_is_sorted_by_name_or_address_either_way(house: Any) -> None:
    home = house()
    for first_name, email in (("Ana", "c@example.com"), ("Bea", "a@example.com"), ("Cleo", "b@example.com")):
        add(home, first_name=first_name, email=email)
    found = {sort: browse(home, sort=sort) for sort in ("name", "-name", "email", "-email", "categories", "")}
    assert {sort: [one.first_name for one in listed.contacts] for sort, listed in found.items()} == {
        "name": ["Ana", "Bea", "Cleo"], "-name": ["Cleo", "Bea", "Ana"], "email": ["Bea", "Cleo", "Ana"],
        "-email": ["Ana", "Cleo", "Bea"], "categories": ["Ana", "Bea", "Cleo"], "": ["Ana", "Bea", "Cleo"],
    }  # fmt: skip
    assert found["categories"].sort == "name"


@pytest.mark.parametrize(
    ("how", "after"),
    [
        ("give", [["domains", "invoices", "support"], ["domains"]]),
        ("exactly", [["domains"], ["domains"]]),
    ],
)
def test_several_contacts_get_other_messages(house: Any, how: str, after: list[list[str]]) -> None:
    home = house()
    ids = [str(add(home, **one).contact.id) for one in (ANA, {"email": "b@example.com", "categories": ["general"]})]
    flows.change_several(home.scope, ids[:1], how, ["domains"], account=home.people.account)
    flows.change_several(home.scope, ids[1:], "exactly", ["domains"], account=home.people.account)
    assert [one.categories for one in flows.several(home.db, ids, account=home.people.account)] == after


def test_nobody_is_changed_where_one_would_be_left_without_messages(house: Any) -> None:
    home = house()
    ids = [str(add(home, **one).contact.id) for one in (ANA, {"email": "b@example.com", "categories": ["support"]})]
    outcome = flows.change_several(home.scope, ids, "stop", ["support"], account=home.people.account)
    assert outcome == flows.NoneLeft(["b@example.com"])
    assert [one.categories for one in flows.several(home.db, ids, account=home.people.account)] == [
        ["invoices", "support"], ["support"],
    ]  # fmt: skip


def test_several_do_not_get_what_they_have_unsubscribed_from(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    stop(home, unsubscribing.sign(f"contact:{contact.id}", "invoices", contact.email, home.keys))
    kinds = ["invoices", "domains"]
    found = flows.change_several(home.scope, [str(contact.id)], "give", kinds, account=home.people.account)
    assert contact.categories == ["domains", "support"]
    assert [(one.email, one.category) for one in found.declined] == [("Ana@example.com", "invoices")]


@pytest.mark.parametrize("ids", [["x"], ["-1"], ["٣"], ["9" * 30], [""], ["999999"]])
def test_what_names_no_contact_deletes_none(house: Any, ids: list[str]) -> None:
    home = house()
    add(home, **ANA)
    assert flows.remove_several(home.db, ids, account=home.people.account) == []
    assert len(flows.everyone(home.db, home.people.account)) == 1


def test_a_contact_of_another_account_is_not_among_several(house: Any) -> None:
    home = house()
    ids = [str(add(home, **ANA).contact.id)]
    assert flows.remove_several(home.db, ids, account=home.people.other_account) == []
    found = flows.change_several(home.scope, ids, "exactly", ["domains"], account=home.people.other_account)
    assert found == flows.ChangedSeveral([], 0)


def test_a_file_is_kept_for_its_user_and_account_and_only_the_last_one(house: Any) -> None:
    home = house()
    account, alice, charlie = home.people.account, home.people.alice, home.people.charlie
    first = uploads.keep(home.scope, b"one", account=account, user=alice)
    reference = uploads.keep(home.scope, b"two", account=account, user=alice)
    kept = uploads.find(home.scope, reference, account=account, user=alice)
    assert kept
    assert kept.content == b"two"
    assert uploads.find(home.scope, first, account=account, user=alice) is None
    assert uploads.find(home.scope, reference, account=account, user=charlie) is None
    assert uploads.find(home.scope, reference, account=home.people.other_account, user=alice) is None


def test_a_file_is_kept_for_half_an_hour(house: Any) -> None:
    home = house()
    account, alice = home.people.account, home.people.alice
    reference = uploads.keep(home.scope, b"one", account=account, user=alice)
    home.later(minutes=29)
    assert uploads.find(home.scope, reference, account=account, user=alice)
    home.later(minutes=2)
    assert uploads.find(home.scope, reference, account=account, user=alice) is None
    uploads.forget_old(home.scope)
    assert home.db.scalars(select(PendingRequest)).all() == []


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", "email\nñandú@x".encode("mac_roman"), bytes(range(256)), b"\0" * 100]
)
def test_a_file_whose_encoding_nobody_can_tell_is_no_text(house: Any, content: bytes) -> None:
    assert isinstance(csv_files.read(content, house().config), NotText)


def test_a_file_beyond_what_the_account_may_hold_brings_nothing(house: Any) -> None:
    home = house(contacts={"max": 2})
    add(home)
    assert take_in(home, "email\na@example.com\nb@example.com\n") == ContactsFull(2, 3)
    assert isinstance(take_in(home, "email,city\nana@example.com,Roma\nb@example.com,\n"), TakenIn)


def test_spanish_of_a_country_that_is_not_offered_is_spanish(house: Any) -> None:
    assert file(house(), "email,locale\na@example.com,es-MX\n").rows[0].values["locale"] == "es"


def stop(home: House, signed: str) -> Any:
    found = unsubscribing.stop(home.scope, signed)
    home.db.commit()
    return found


def test_the_address_in_a_mail_stops_its_category_and_no_other(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    signed = unsubscribing.sign(f"contact:{contact.id}", "invoices", contact.email, home.keys)
    assert stop(home, signed) == contact
    assert contact.categories == ["support"]
    assert stop(home, signed) == contact
    assert contact.categories == ["support"]


def test_the_owners_address_stops_it_for_the_owner(house: Any) -> None:
    home = house()
    owner = home.db.scalars(select(Membership).where(Membership.is_owner)).first()
    signed = unsubscribing.sign(f"member:{owner.id}", "general", owner.user.email, home.keys)
    assert stop(home, signed) == owner
    assert owner.categories_off == ["general"]


def test_an_address_signed_with_a_replaced_key_still_works(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    signed = unsubscribing.sign(f"contact:{contact.id}", "invoices", contact.email, home.keys)
    renewed = Keys.of("another-key-that-is-long-enough-0123456789", [SECRET_KEY])
    assert unsubscribing.stop(a_scope(home.db, keys=renewed, now=home.now), signed) is contact


def test_nobody_can_change_an_address_to_stop_something_else(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    other = add(home, email="b@example.com", categories=("invoices", "support")).contact
    signed = unsubscribing.sign(f"contact:{contact.id}", "invoices", contact.email, home.keys)
    forged = [
        signed.replace(f"contact.{contact.id}", f"contact.{other.id}"), signed.replace("invoices", "support"),
        signed.replace("contact", "member"), signed[:-1], signed[:-1] + "z", signed.upper(), "", "contact.1.invoices.",
        signed.replace(f".{contact.id}.", ".999999999."), signed.replace(f".{contact.id}.", ".99999999999999999999."),
        "\0", "a" * 5000,
    ]  # fmt: skip
    assert [stop(home, one) for one in forged] == [None] * len(forged)
    assert [one.categories for one in home.db.scalars(select(Contact))] == [["invoices", "support"]] * 2


def test_an_old_address_is_worth_nothing_once_the_contact_has_another(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    signed = unsubscribing.sign(f"contact:{contact.id}", "invoices", contact.email, home.keys)
    change(home, contact.id, email="new@example.com")
    assert stop(home, signed) is None
    assert contact.categories == ["invoices", "support"]


def values(home: House, head: str, *cells: str) -> dict[str, Any]:
    """What the row of a file with an address says besides."""
    (row,) = file(home, f"email;{head}\nana@example.com;{';'.join(cells)}\n").rows
    return {name: value for name, value in row.values.items() if name != "email"}


@pytest.mark.parametrize(
    ("head", "cell", "kept"),
    [
        ("locale", "ES", "es"), ("locale", "es-AR", "es_AR"), ("locale", "Tedesco", None),
        ("Idioma", "Inglés", "en"),
        ("country", "España", "ES"), ("Country", "Spain", "ES"), ("Paese", "Regno Unito", "GB"), ("país", "es", "ES"),
        ("phone", "'+34910000000", "+34910000000"), ("Teléfono", '="+34910000000"', "+34910000000"),
        ("phone", "’+34 910 00 00 00", "+34910000000"), ("phone", "3,491E+10", None),
        ("categories", "Invoices, Support", ["invoices", "support"]), ("categories", "facturas|soporte",
        ["invoices", "support"]), ("Mensajes que recibe", "SUPPORT invoices", ["invoices", "support"]),
        ("categories", '"Invoices\nSupport"', ["invoices", "support"]), ("categories", "-", []), ("city", "-", ""),
        ("city", "'-", "-"), ("phone", "—", ""), ("company", '"Two\nlines"', "Two lines"), ("city", "", None),
    ],
)  # fmt: skip
def test_cells_are_understood_as_people_and_spreadsheets_write_them(
    house: Any, head: str, cell: str, kept: Any
) -> None:
    read = file(house(), f"email;{head}\nana@example.com;{cell}\n")
    found = [value for row in read.rows for name, value in row.values.items() if name != "email"]
    assert found == ([] if kept is None else [kept])
    assert len(read.wrong) == (1 if kept is None and cell else 0)


def test_an_address_of_several_lines_fills_both_its_columns(house: Any) -> None:
    found = values(house(), "address1", '"Calle Mayor 1\nPiso 2\nPuerta B"')
    assert found == {"address1": "Calle Mayor 1", "address2": "Piso 2, Puerta B"}


def test_an_address_of_several_lines_leaves_a_column_alone_that_is_filled(house: Any) -> None:
    found = values(house(), "address1;address2", '"Calle Mayor 1\nPiso 2"', "Puerta B")
    assert found == {"address1": "Calle Mayor 1, Piso 2", "address2": "Puerta B"}


@pytest.mark.parametrize(
    ("country", "cell", "kept"), [("ES", "8001", "08001"), ("IT", "144", "00144"), ("ES", "1", None)]
)
def test_zeros_that_a_spreadsheet_took_from_a_postcode_come_back(
    house: Any, country: str, cell: str, kept: str | None
) -> None:
    read = file(house(), f"email,country,postcode\na@example.com,{country},{cell}\n")
    assert [row.values["postcode"] for row in read.rows] == ([kept] if kept else [])


def test_each_category_may_have_a_column_of_its_own(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    take_in(home, "email,Facturas,support,Domains\nana@example.com,,no,x\nb@example.com,x,,\n")
    assert ana.categories == ["domains", "invoices"]
    assert [one.categories for one in home.db.scalars(select(Contact).where(Contact.id != ana.id))] == [["invoices"]]
    assert wrong(home, "email,invoices\na@example.com,perhaps\n") == [(2, "category.invoices", "no_tick")]


@pytest.mark.parametrize("word", ["Sí", "não", "OUI", "nein", "sim", "cert", "نعم", "لا", "vero", "fals"])
def test_yes_and_no_are_understood_in_each_of_our_languages(house: Any, word: str) -> None:
    assert wrong(house(), f"email,invoices,support\na@example.com,{word},x\n") == []


def test_empty_cells_keep_what_is_there_and_a_hyphen_clears_it(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    found = take_in(home, "email,first_name,phone,city,locale,categories\nana@example.com,,,,,\n")
    assert len(found.changed) == 0
    assert found.same == 1
    assert ana.phone == "+34910000000"
    assert ana.categories == ["invoices", "support"]
    take_in(home, "email,first_name,phone,city,locale,categories\nana@example.com,-,-,-,-,-\n")
    assert ana.first_name == ""
    assert ana.phone == ""
    assert ana.city == ""
    assert ana.locale is None
    assert ana.categories == []
    assert ana.last_name == "Núñez"


def test_who_imported_a_contact_is_remembered(house: Any) -> None:
    home = house()
    read = file(home, "email\nana@example.com\n")
    found = flows.take_in(home.scope, read.rows, account=home.people.account, by=home.people.bob)
    assert [one.added_by_id for one in found.added] == [home.people.bob.id]


def test_who_gave_a_contact_another_address_is_remembered_as_who_added_it(house: Any) -> None:
    home = house()
    ana, bob = add(home).contact, home.people.bob
    flows.change(home.scope, ana.id, {"email": "other@example.com"}, account=home.people.account, by=bob)
    assert ana.added_by_id == bob.id


def test_a_file_that_changes_only_where_a_contact_is_listed_changes_nothing(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    before, ana.sort_key = ana.changed_at, "as another version sorted it"
    home.db.commit()
    home.later(days=1)
    assert take_in(home, "email\nana@example.com\n").same == 1
    assert ana.changed_at == before


def test_an_import_lists_its_contacts_by_their_names(house: Any) -> None:
    home = house()
    take_in(home, "email,first_name,company\nz@example.com,Álvaro,\nb@example.com,,Zapatos\nc@example.com,,\n")
    assert names(browse(home)) == ["Álvaro", "c@example.com", "Zapatos"]


def unsubscribe(home: House, contact: Contact, category: str = "invoices") -> None:
    stop(home, unsubscribing.sign(f"contact:{contact.id}", category, contact.email, home.keys))


def refused(found: Any) -> list[tuple[str, str]]:
    return [(one.email, one.category) for one in found.declined]


def test_no_file_subscribes_who_has_unsubscribed(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    unsubscribe(home, ana)
    for text in ("email,categories\nANA@example.com,invoices support\n", "email,invoices\nana@example.com,x\n"):
        found = take_in(home, text)
        assert refused(found) == [(found.declined[0].email, "invoices")]
        assert found.declined[0].since == home.now
        assert ana.categories == ["support"]


def test_a_form_opened_before_somebody_unsubscribed_does_not_subscribe_them(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    unsubscribe(home, ana)
    found = change(home, ana.id, **ANA)
    assert refused(found) == [("Ana@example.com", "invoices")]
    assert ana.categories == ["support"]


def test_deleting_and_adding_a_contact_does_not_subscribe_them(house: Any) -> None:
    home = house()
    unsubscribe(home, add(home, **ANA).contact)
    for contact in flows.everyone(home.db, home.people.account):
        flows.remove(home.db, contact.id, account=home.people.account)
    found = add(home, **ANA)
    assert refused(found) == [("Ana@example.com", "invoices")]
    assert found.contact.categories == ["support"]


def test_another_contact_that_takes_the_address_does_not_get_what_it_unsubscribed_from(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    unsubscribe(home, ana)
    flows.remove(home.db, ana.id, account=home.people.account)
    bruno = add(home, email="bruno@example.com", categories=("invoices",)).contact
    assert refused(change(home, bruno.id, email="ana@example.com")) == [("ana@example.com", "invoices")]
    assert bruno.categories == []


def test_another_category_and_another_account_are_as_they_were(house: Any) -> None:
    home = house()
    unsubscribe(home, add(home, **ANA).contact)
    other = flows.add(home.scope, dict(ANA), account=home.people.other_account)
    assert other.contact.categories == ["invoices", "support"]


def test_an_address_that_is_the_owners_as_well_gets_none_of_them_twice(house: Any) -> None:
    """Whoever unsubscribes from one of the two does not go on getting the other's."""
    home = house()
    owner = home.db.scalars(select(Membership).where(Membership.is_owner)).first()
    add(home, email=owner.user.email, categories=("invoices", "support"))
    signed = unsubscribing.sign(f"member:{owner.id}", "invoices", owner.user.email, home.keys)
    stop(home, signed)
    found = recipients.of(home.scope, home.people.account, "invoices")
    assert found == ()


def test_nobody_is_written_to_who_unsubscribed_whatever_their_ticks_say(house: Any) -> None:
    """A host may write ticks of its own."""
    home = house()
    ana = add(home, **ANA).contact
    unsubscribe(home, ana)
    ana.categories = ["invoices", "support"]
    home.db.flush()
    found = recipients.of(home.scope, home.people.account, "invoices")
    assert ana.email not in [one.address for one in found]


def test_the_owner_takes_up_again_what_they_unsubscribed_from(house: Any) -> None:
    home = house()
    owner = home.db.scalars(select(Membership).where(Membership.is_owner)).first()
    stop(home, unsubscribing.sign(f"member:{owner.id}", "general", owner.user.email, home.keys))
    assert "general" not in flows.own(home.scope, owner)
    flows.choose_own(home.scope, owner, ["general"])
    assert flows.own(home.scope, owner) == ["general"]
    assert len(recipients.of(home.scope, home.people.account, "general")) == 1


def test_whoever_unsubscribed_can_come_back_with_the_same_address(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    signed = unsubscribing.sign(f"contact:{ana.id}", "invoices", ana.email, home.keys)
    stop(home, signed)
    assert unsubscribing.resume(home.scope, signed) is ana
    assert ana.categories == ["invoices", "support"]
    assert unsubscribing.resume(home.scope, signed) is None


def test_an_address_made_up_to_subscribe_somebody_is_worth_nothing(house: Any) -> None:
    home = house()
    ana = add(home, email="ana@example.com", categories=("support",)).contact
    signed = unsubscribing.sign(f"contact:{ana.id}", "invoices", ana.email, home.keys)
    # Nobody unsubscribed: the link brings nobody what the owner did not choose.
    assert unsubscribing.resume(home.scope, signed) is None
    assert ana.categories == ["support"]
    stop(home, signed)
    assert unsubscribing.resume(home.scope, signed[:-1] + "z") is None
    assert ana.categories == ["support"]


def test_the_owner_says_that_somebody_asked_for_their_messages_again(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    unsubscribe(home, ana)
    assert list(flows.stopped(home.db, ana)) == ["invoices"]
    assert flows.resume(home.scope, ana.id, "invoices", account=home.people.other_account) == ContactGone()
    assert isinstance(flows.resume(home.scope, ana.id, "invoices", account=home.people.account), ContactSaved)
    assert ana.categories == ["invoices", "support"]
    assert dict(flows.stopped(home.db, ana)) == {}
    assert flows.resume(home.scope, ana.id, "invoices", account=home.people.account) == ContactGone()


def test_unsubscribing_twice_keeps_the_first_day(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    first = home.now
    unsubscribe(home, ana)
    home.later(days=3)
    unsubscribe(home, ana)
    assert dict(flows.stopped(home.db, ana)) == {"invoices": first}


def test_files_are_counted_for_the_account_and_for_the_user(house: Any) -> None:
    home = house(limits={"imports_per_hour": 2})
    people = home.people
    first = [flows.may_import(home.scope, people.account, user) for user in (people.alice, people.bob, people.alice)]
    assert [one is None for one in first] == [True, True, False]
    assert flows.may_import(home.scope, people.other_account, people.charlie) is None
    assert flows.may_import(home.scope, people.other_account, people.alice) is not None
    home.now += flows.HOUR
    assert flows.may_import(home.scope, people.account, people.alice) is None
