"""Contacts kept, found, taken in from a file and written to one; and the one who stops their mails."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from sqlalchemy import delete, select

from flask_acct import unsubscribing
from flask_acct.features.contacts import flows, sheets
from flask_acct.features.contacts.flows import Full, Gone, Saved, Taken, TakenIn
from flask_acct.models import Contact, Membership
from flask_acct.spreadsheets import NotText
from flask_acct.tokens import Keys

from ..conftest import SECRET_KEY
from .conftest import House

ANA = {
    "first_name": "Ana", "last_name": "Núñez", "company": "Sala", "email": "Ana@Example.com", "phone": "910 00 00 00",
    "tax_id": "B1", "address1": "Calle Mayor 1", "address2": "", "city": "Madrid", "region": "Madrid",
    "postcode": " 28013 ", "country": "ES", "locale": "it", "categories": "invoices support",
}  # fmt: skip


def add(home: House, **details: str) -> Any:
    how: dict[str, Any] = {"db": home.db, "config": home.config, "now": home.now}
    found = flows.add({"email": "ana@example.com", **details}, account=home.people.account, **how)
    home.db.commit()
    return found


def change(home: House, id_: int, **details: str) -> Any:
    return flows.change(id_, details, account=home.people.account, db=home.db, now=home.now)


def browse(home: House, asked: str = "", page: int = 1) -> flows.Browsed:
    return flows.browse(home.people.account, asked=asked, page=page, per_page=25, db=home.db)


def names(found: flows.Browsed) -> list[str]:
    return [contact.name for contact in found.contacts]


def file(home: House, text: str) -> sheets.Read:
    read = sheets.read(text.encode(), config=home.config)
    assert isinstance(read, sheets.Read)
    return read


def take_in(home: House, text: str) -> Any:
    read = file(home, text)
    assert read.wrong == []
    found = flows.take_in(read.rows, account=home.people.account, db=home.db, config=home.config, now=home.now)
    home.db.commit()
    return found


def wrong(home: House, text: str) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.id.rpartition(".")[2]) for one in file(home, text).wrong]


def test_a_contact_is_kept_with_its_number_and_postcode_as_everybody_writes_them(house: Any) -> None:
    found = add(house(), **ANA)
    contact = found.contact
    assert (contact.email, contact.email_key) == ("Ana@example.com", "ana@example.com")
    assert (contact.phone, contact.postcode, contact.country) == ("+34910000000", "28013", "ES")
    assert (contact.locale, contact.categories) == ("it", ["invoices", "support"])


def test_only_the_address_is_needed(house: Any) -> None:
    contact = add(house()).contact
    assert (contact.name, contact.phone, contact.locale, contact.categories) == ("ana@example.com", "", None, [])


def test_the_same_address_twice_is_refused_and_the_other_contact_named(house: Any) -> None:
    home = house()
    add(home, first_name="Ana", last_name="Sala")
    assert add(home, email="ANA@example.com") == Taken("Ana Sala")


def test_another_account_may_have_the_same_address(house: Any) -> None:
    home = house()
    add(home)
    how: dict[str, Any] = {"db": home.db, "config": home.config, "now": home.now}
    found = flows.add({"email": "ana@example.com"}, account=home.people.other_account, **how)
    assert isinstance(found, Saved)


def test_a_contact_may_be_saved_as_it_is(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    home.later(days=1)
    before = contact.changed_at
    assert isinstance(change(home, contact.id, **ANA), Saved)
    assert contact.changed_at == before


def test_a_contact_cannot_take_the_address_of_another(house: Any) -> None:
    home = house()
    add(home, first_name="Ana")
    bruno = add(home, email="bruno@example.com").contact
    assert change(home, bruno.id, email="ana@example.com") == Taken("Ana")
    assert bruno.email_key == "bruno@example.com"


def test_a_number_without_a_country_code_becomes_another_with_another_country(house: Any) -> None:
    home = house()
    contact = add(home, phone="+34 910 00 00 00", country="IT", postcode="00144").contact
    assert (contact.phone, contact.country) == ("+34910000000", "IT")
    change(home, contact.id, email="ana@example.com", phone="02 1234 5678", country="IT")
    assert contact.phone == "+390212345678"


def test_an_account_holds_no_more_contacts_than_it_may(house: Any) -> None:
    home = house(contacts={"max": 1})
    add(home)
    assert add(home, email="b@example.com") == Full(1, 2)
    assert len(flows.everyone(home.people.account, db=home.db)) == 1


def test_a_contact_of_another_account_can_be_neither_found_changed_nor_deleted(house: Any) -> None:
    home = house()
    id_ = add(home).contact.id
    theirs: dict[str, Any] = {"account": home.people.other_account, "db": home.db}
    assert flows.find(id_, **theirs) is None
    assert flows.change(id_, {"email": "x@example.com"}, now=home.now, **theirs) == Gone()
    assert flows.remove(id_, **theirs) == Gone()


@pytest.mark.parametrize("id_", [0, 999, 2**31, 2**63, 10**40])
def test_a_number_that_is_no_contact_is_not_found(house: Any, id_: int) -> None:
    home = house()
    assert flows.find(id_, account=home.people.account, db=home.db) is None


def test_a_deleted_contact_is_gone_and_told_as_it_was(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    found = flows.remove(contact.id, account=home.people.account, db=home.db)
    assert (found, contact.name) == (Saved(contact), "Ana Núñez")
    assert flows.remove(contact.id, account=home.people.account, db=home.db) == Gone()


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


def test_the_list_has_pages_and_the_choice_an_end(house: Any) -> None:
    home = house()
    many(home, 60)
    found = browse(home, page=3)
    assert (len(found.contacts), len(found.choices), found.total, found.page, found.pages) == (10, 50, 60, 3, 3)
    assert names(found)[0] == "N00050"


@pytest.mark.parametrize(("number", "page"), [(60, 99), (30, 99), (0, 7)])
def test_beyond_the_last_page_is_the_last_page(house: Any, number: int, page: int) -> None:
    home = house()
    many(home, number) if number else None
    found = browse(home, page=page)
    assert (found.page, found.total) == (found.pages, number)


def test_the_owner_chooses_what_they_get_themselves(house: Any) -> None:
    home = house()
    membership = home.db.scalars(select(Membership).where(Membership.is_owner)).first()
    flows.choose_own(membership, ["general", "support"], db=home.db, config=home.config)
    assert membership.categories_off == ["products", "domains", "invoices"]


COLUMNS = ",".join(sheets.COLUMNS)


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
    before = [dict(vars(one), _sa_instance_state=None) for one in flows.everyone(home.people.account, db=home.db)]
    home.later(days=1)
    found = take_in(home, sheets.write(flows.everyone(home.people.account, db=home.db)))
    after = [dict(vars(one), _sa_instance_state=None) for one in flows.everyone(home.people.account, db=home.db)]
    assert (found, after) == (TakenIn([], [], 3), before)


def test_what_is_exported_makes_the_same_contacts_in_another_account(house: Any) -> None:
    home = house()
    add(home, **ANA)
    add(home, email="b@example.com", first_name="=cmd", phone="+39 02 1234 5678")
    text = sheets.write(flows.everyone(home.people.account, db=home.db))
    how: dict[str, Any] = {"db": home.db, "config": home.config, "now": home.now}
    flows.take_in(file(home, text).rows, account=home.people.other_account, **how)
    assert sheets.write(flows.everyone(home.people.other_account, db=home.db)) == text


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＠x", "'=1", "''+"])
def test_no_cell_of_an_export_is_a_formula(cell: str) -> None:
    written = sheets.harmless(cell)
    assert (written[0], sheets.plain(written)) == ("'", cell)


@pytest.mark.parametrize(
    "cell", ["x;=1+cmd", "x; =1", "x|@A1", "x;'=1", "=1;=2;''-3", ';=HYPERLINK("http://e.example";"x")']
)
def test_no_part_of_a_cell_is_a_formula_where_a_semicolon_ends_it(cell: str) -> None:
    """Spreadsheets in Spanish and Italian split lines there."""
    written = sheets.harmless(cell)
    parts = [part.strip() for part in re.split("[;|]", written)]
    assert ([part for part in parts if part[:1] in {"=", "+", "-", "@"}], sheets.plain(written)) == ([], cell)


def test_a_hopeless_file_is_not_read_to_its_end(house: Any) -> None:
    wrong = "phone,email\n" + "3,x\n" * 30_000
    many = "email\n" + "".join(f"c{n}@example.com\n" for n in range(sheets.MOST_CONTACTS + 1))
    home = house()
    assert len(file(home, wrong).wrong) <= sheets.MOST_WRONG + 1
    assert sheets.read(many.encode(), config=home.config) == sheets.TooLong()


def test_the_number_of_a_contact_who_is_gone_is_nobody_elses(house: Any) -> None:
    """A page left open, or a link to unsubscribe, must not speak of the next one."""
    home = house()
    gone = add(home, **ANA).contact.id
    home.db.execute(delete(Contact).where(Contact.id == gone))
    home.db.commit()
    assert add(home, **ANA).contact.id > gone


@pytest.mark.parametrize("cell", ["Ana", "", "a=b", "'t Hooft", "'", "1-2", " =1"])
def test_a_harmless_cell_stays_as_it_is(cell: str) -> None:
    assert (sheets.harmless(cell), sheets.plain(cell)) == (cell, cell)


def test_the_export_opens_in_excel_and_in_any_reader_of_csv(house: Any) -> None:
    home = house()
    add(home, **ANA)
    text = sheets.write(flows.everyone(home.people.account, db=home.db))
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert text.startswith("\ufeff")
    assert (row["last_name"], row["phone"], row["categories"]) == ("Núñez", "'+34910000000", "invoices support")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_separator_of_a_spreadsheet_is_understood(house: Any, separator: str) -> None:
    home = house()
    take_in(home, f"email{separator}first_name\r\nana@example.com{separator}Ana\r\n")
    assert names(browse(home)) == ["Ana"]


def test_a_file_adds_who_is_new_and_changes_who_is_there(house: Any) -> None:
    home = house()
    ana = add(home, **ANA).contact
    found = take_in(home, "email,categories\nana@example.com,domains\nnew@example.com,\n\n")
    assert (len(found.added), found.changed, found.same) == (1, [ana], 0)
    assert (ana.categories, ana.first_name, ana.phone) == (["domains"], "Ana", "+34910000000")


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
        ("", [(1, "email", "missing")]),
        ("name,email,email\n", [(1, "name", "unknown"), (1, "email", "twice")]),
        ('email\n"a@example.com\n', [(2, "", "not_csv")]),
        ("first_name\nAna\n", [(1, "email", "missing")]),
        ("email\n\n  \n", []),
    ],
)
def test_a_file_that_is_no_table_of_contacts_is_told_so(house: Any, text: str, found: list[Any]) -> None:
    assert wrong(house(), text) == found


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", "email\nñandú@x".encode("mac_roman"), bytes(range(256)), b"\0" * 100]
)
def test_a_file_whose_encoding_nobody_can_tell_is_no_text(house: Any, content: bytes) -> None:
    assert isinstance(sheets.read(content, config=house().config), NotText)


def test_a_file_beyond_what_the_account_may_hold_brings_nothing(house: Any) -> None:
    home = house(contacts={"max": 2})
    add(home)
    assert take_in(home, "email\na@example.com\nb@example.com\n") == Full(2, 3)
    assert isinstance(take_in(home, "email,city\nana@example.com,Roma\nb@example.com,\n"), TakenIn)


def test_spanish_of_a_country_that_is_not_offered_is_spanish(house: Any) -> None:
    assert file(house(), "email,locale\na@example.com,es-MX\n").rows[0].values["locale"] == "es"


def stop(home: House, signed: str) -> Any:
    found = unsubscribing.stop(signed, db=home.db, keys=home.keys, now=home.now)
    home.db.commit()
    return found


def test_the_address_in_a_mail_stops_its_category_and_no_other(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    signed = unsubscribing.sign(f"contact:{contact.id}", "invoices", contact.email, keys=home.keys)
    assert (stop(home, signed), contact.categories) == (contact, ["support"])
    assert (stop(home, signed), contact.categories) == (contact, ["support"])


def test_the_owners_address_stops_it_for_the_owner(house: Any) -> None:
    home = house()
    owner = home.db.scalars(select(Membership).where(Membership.is_owner)).first()
    signed = unsubscribing.sign(f"member:{owner.id}", "general", owner.user.email, keys=home.keys)
    assert (stop(home, signed), owner.categories_off) == (owner, ["general"])


def test_an_address_signed_with_a_replaced_key_still_works(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    signed = unsubscribing.sign(f"contact:{contact.id}", "invoices", contact.email, keys=home.keys)
    renewed = Keys.of("another-key-that-is-long-enough-0123456789", [SECRET_KEY])
    assert unsubscribing.stop(signed, db=home.db, keys=renewed, now=home.now) is contact


def test_nobody_can_change_an_address_to_stop_something_else(house: Any) -> None:
    home = house()
    contact = add(home, **ANA).contact
    other = add(home, email="b@example.com", categories="invoices support").contact
    signed = unsubscribing.sign(f"contact:{contact.id}", "invoices", contact.email, keys=home.keys)
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
    signed = unsubscribing.sign(f"contact:{contact.id}", "invoices", contact.email, keys=home.keys)
    change(home, contact.id, email="new@example.com")
    assert (stop(home, signed), contact.categories) == (None, ["invoices", "support"])
