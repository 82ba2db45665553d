"""Contacts added, changed and deleted by two people at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_acct.accounts import unsubscribing
from flask_acct.config import Config, Contacts
from flask_acct.db.database import Database
from flask_acct.db.models import Contact
from flask_acct.features.contacts import csv_files, flows
from flask_acct.values.keys import Keys

from ..personas import Personas, settle
from ..scopes import a_scope
from .test_races import all_at_once, kinds

pytestmark = pytest.mark.long

Act = Callable[[Session, int], object]


@pytest.fixture
def people(any_database: Database, config: Config, now: datetime) -> Personas:
    with any_database.session() as db:
        return settle(db=db, config=config, now=now)


def add(people: Personas, now: datetime, email: Callable[[int], str], most: int = 0) -> Act:
    config = Config(contacts=Contacts(max=most))

    def act(db: Session, which: int) -> object:
        details = {"email": email(which), "phone": "+34 910 00 00 00", "categories": ("invoices",)}
        return flows.add(a_scope(db, config=config, now=now), details, account=people.account)

    return act


def contacts(database: Database) -> int:
    with database.session() as db:
        return db.scalar(select(func.count()).select_from(Contact)) or 0


def test_the_same_address_added_ten_times_at_once_is_one_contact(
    any_database: Database, people: Personas, now: datetime
) -> None:
    found = all_at_once(10, any_database, add(people, now, lambda _: "ana@example.com"))
    assert kinds(found) == {"ContactSaved": 1, "ContactAddressInUse": 9}


def test_an_account_with_one_place_left_takes_one_of_ten(
    any_database: Database, people: Personas, now: datetime
) -> None:
    found = all_at_once(10, any_database, add(people, now, lambda which: f"c{which}@example.com", most=1))
    assert kinds(found) == {"ContactSaved": 1, "ContactsFull": 9}
    assert contacts(any_database) == 1


def test_a_contact_deleted_while_others_change_it_is_gone_without_an_error(
    any_database: Database, people: Personas, now: datetime, keys: Keys
) -> None:
    with any_database.session() as db:
        contact: Any = add(people, now, lambda _: "ana@example.com")(db, 0)
        id_ = contact.contact.id
        db.commit()
    signed = unsubscribing.sign(f"contact:{id_}", "invoices", "ana@example.com", keys)

    def act(db: Session, which: int) -> object:
        flows.find(db, id_, account=people.account)
        if which == 0:
            return flows.remove(db, id_, account=people.account)
        if which % 2:
            return unsubscribing.stop(a_scope(db, keys=keys, now=now), signed)
        return flows.change(a_scope(db, now=now), id_, {"email": f"c{which}@example.com"}, account=people.account)

    found = kinds(all_at_once(9, any_database, act))
    assert set(found) <= {"ContactSaved", "ContactGone", "Contact", "NoneType"}, found
    assert contacts(any_database) == 0


def test_one_file_imported_twice_at_once_is_imported_once(
    any_database: Database, people: Personas, now: datetime, config: Config
) -> None:
    text = "email,first_name\n" + "".join(f"c{n}@example.com,Ana\n" for n in range(200))
    read: Any = csv_files.read(text.encode(), config)

    def act(db: Session, _which: int) -> object:
        return flows.take_in(a_scope(db, config=config, now=now), read.rows, account=people.account)

    found = [(len(one.added), one.same) for one in all_at_once(3, any_database, act)]
    assert sorted(found) == [(0, 200), (0, 200), (200, 0)]
    assert contacts(any_database) == 200


def test_no_file_or_form_wins_over_somebody_who_unsubscribes_at_the_same_time(
    any_database: Database, people: Personas, now: datetime, keys: Keys, config: Config
) -> None:
    with any_database.session() as db:
        contact: Any = add(people, now, lambda _: "ana@example.com")(db, 0)
        id_ = contact.contact.id
        db.commit()
    signed = unsubscribing.sign(f"contact:{id_}", "invoices", "ana@example.com", keys)
    read: Any = csv_files.read(b"email,city,invoices\nana@example.com,Roma,x\n", config)

    def act(db: Session, which: int) -> object:
        # What each of them sees before it begins.
        flows.find(db, id_, account=people.account)
        if which == 0:
            return unsubscribing.stop(a_scope(db, keys=keys, now=now), signed)
        if which % 2:
            return flows.take_in(a_scope(db, config=config, now=now), read.rows, account=people.account)
        details = {"email": "ana@example.com", "categories": ("invoices",), "city": f"{which}"}
        return flows.change(a_scope(db, now=now), id_, details, account=people.account)

    all_at_once(9, any_database, act)
    with any_database.session() as db:
        assert db.get_one(Contact, id_).categories == []


def test_the_pages_and_searches_are_the_same_on_every_database(
    any_database: Database, people: Personas, now: datetime, config: Config
) -> None:
    text = "email,first_name\n" + "".join(f"c{n}@example.com,Ána {n:03}\n" for n in range(120))
    read: Any = csv_files.read(text.encode(), config)
    with any_database.session() as db:
        flows.take_in(a_scope(db, config=config, now=now), read.rows, account=people.account)
        db.commit()
        pages = [flows.browse(db, people.account, query="", page=page) for page in (1, 3, 9)]
        found = flows.browse(db, people.account, query="ana 11", page=1)
        last = flows.browse(db, people.account, query="", page=1, sort="-email")
        nothing = [flows.browse(db, people.account, query=asked, page=1).contacts for asked in ("%", "_", "\\")]
        huge = flows.find(db, 2**40, account=people.account)
    assert [(page.contacts[0].first_name, page.page, page.pages) for page in pages] == [
        ("Ána 000", 1, 5), ("Ána 050", 3, 5), ("Ána 100", 5, 5),
    ]  # fmt: skip
    assert len(found.contacts) == 10
    assert last.contacts[0].email == "c9@example.com"
    assert nothing == [[], [], []]
    assert huge is None
