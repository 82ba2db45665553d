"""A host's own fields on pages, in files and in imports."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flask_acct import WrongValue
from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.db.models import Account, Contact, User
from flask_acct.features.contacts import csv_files, flows
from flask_acct.importing import ImportRefused, import_file

from .site import Build, Site
from .test_from_python import stored
from .visitor import Read, Visitor

WORDS = {
    "mobile": ("Mobile", "Móvil"), "born": ("Born", "Nacimiento"), "size": ("Size", "Talla"),
    "news": ("News", "Novedades"),
    "tier": ("Tier", "Nivel"), "web": ("Website", "Página web"), "staff": ("Staff", "Plantilla"),
    "ref": ("Ref", "Ref."),
    "joined": ("Joined", "Alta"), "vip": ("VIP", "VIP"),
}  # fmt: skip


def field(name: str, type_: str = "text", **more: Any) -> dict[str, Any]:
    en, es = WORDS[name]
    options = {"small": {"en": "Small", "es": "Pequeña"}, "large": {"en": "Large", "es": "Grande"}}
    chosen = {"options": options} if type_ == "choice" else {}
    return {name: {"type": type_, "label": {"en": en, "es": es, "it": en}, **chosen, **more}}


FIELDS = {
    "user": {
        **field("mobile", "phone", required=True), **field("born", "date"), **field("size", "choice"),
        **field("news", "yes_no"), **field("tier", "choice", editable_by="host"),
        **field("joined", "date", editable_by="host"),
        **field("vip", "yes_no", editable_by="host"),
    },
    "account": {**field("web", "url"), **field("staff", "number"), **field("ref", editable_by="host")},
    "contact": {**field("mobile", "phone"), **field("size", "choice"), **field("news", "yes_no")},
}  # fmt: skip


def tables() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(configuration.preset_text("client-area"))
    fields = {owner: {name: _in_italian(one) for name, one in own.items()} for owner, own in FIELDS.items()}
    return {**found, "fields": fields}


def _in_italian(one: dict[str, Any]) -> dict[str, Any]:
    if "options" not in one:
        return one
    return {**one, "options": {name: {**words, "it": words["en"]} for name, words in one["options"].items()}}


@pytest.fixture
def own(make: Build) -> Site:
    return make(configuration.check(tables()))


def save(site: Site, visitor: Visitor, path: str, button: str, **typed: str) -> Read:
    visitor.open(path)
    owner = {"/account/me": "user", "/account/profile": "account"}.get(path, "contact")
    labels = {}
    for name, value in typed.items():
        id_ = f"fields.{owner}.{name}" if name in FIELDS[owner] else f"contacts.contact.{name}"
        labels[site.say(id_)] = value
    return visitor.press(site.say(button), labels)


def save_me(site: Site, visitor: Visitor, **typed: str) -> Read:
    return save(site, visitor, "/account/me", "profile.me.save", **typed)


def test_a_user_fills_in_the_hosts_fields_and_finds_them_again(own: Site) -> None:
    alice = own.alice()
    page = save_me(own, alice, mobile="+34 600 00 00 00", born="1980-05-01", size="small", news="yes")
    assert page.says("profile.me.saved")
    assert stored(own, own.people.alice.id).fields == {
        "mobile": "+34600000000", "born": "1980-05-01", "size": "small", "news": True,
    }  # fmt: skip
    page = alice.open("/account/me")
    assert page.field("Móvil").attributes["value"] == "+34 600 00 00 00"
    assert page.field("Nacimiento").attributes["type"] == "date"
    save_me(own, alice, news="", born="", size="")
    assert stored(own, own.people.alice.id).fields == {"mobile": "+34600000000", "news": False}


@pytest.mark.parametrize(
    ("typed", "id_"),
    [
        ({"mobile": ""}, "shell.form.required"), ({"mobile": "12"}, "shell.form.not_a_phone_anywhere"),
        ({"born": "1/5/1980"}, "shell.form.not_a_day"), ({"size": "huge"}, "shell.form.not_a_choice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_kept(own: Site, typed: dict[str, str], id_: str) -> None:
    page = save_me(own, own.alice(), **{"mobile": "+34 600 00 00 00", **typed})
    assert page.status == 422
    assert page.says(id_)
    assert stored(own, own.people.alice.id).fields == {}


def test_what_only_the_host_changes_is_shown_and_cannot_be_sent(own: Site) -> None:
    with own.app.app_context():
        alice = own.host.session.get_one(User, own.people.alice.id)
        alice.fields["tier"], alice.fields["joined"], alice.fields["vip"] = "large", "2020-02-03", False
        own.host.session.commit()
    visitor = own.alice()
    page = visitor.open("/account/me")
    shown = page.text
    assert all(word in shown for word in ("Nivel", "Grande", "3 de febrero de 2020", "VIP", "No"))
    data = {
        "first_name": "A",
        "last_name": "",
        "locale": "es",
        "time_zone": "",
        "mobile": "+34600000000",
        "tier": "small",
    }
    visitor.post("/account/me", data)
    assert stored(own, own.people.alice.id).fields["tier"] == "large"


def test_nothing_is_shown_where_nothing_is_known(own: Site) -> None:
    assert own.alice().open("/account/me").says("profile.me.no_details")


def test_an_accounts_fields_are_behind_its_permission(own: Site) -> None:
    page = save(own, own.alice(), "/account/profile", "profile.account.save", web="ortega.example", staff="12,5")
    assert page.says("profile.account.saved")
    with own.acct.database.session() as db:
        assert db.get_one(Account, own.people.account.id).fields == {"web": "https://ortega.example", "staff": 12.5}
    assert own.visitor(own.people.bob).open("/account/profile").status == 403


@pytest.mark.parametrize(
    ("typed", "id_"),
    [({"web": "javascript:alert(1)"}, "shell.form.not_an_address"), ({"staff": "1.234"}, "shell.form.not_a_count")],
)
def test_an_accounts_fields_are_checked(own: Site, typed: dict[str, str], id_: str) -> None:
    page = save(own, own.alice(), "/account/profile", "profile.account.save", **typed)
    assert page.status == 422
    assert page.says(id_)


def test_a_contacts_fields_are_in_its_form_and_its_file(own: Site) -> None:
    alice = own.alice()
    page = save(own, alice, "/account/contacts/new", "contacts.add.save", email="ana@example.com",
                mobile="+34 600 00 00 00", size="large", news="yes")  # fmt: skip
    assert page.says("shell.form.none_ticked")
    page = alice.press(own.say("contacts.add.save"), {own.say("contacts.categories.invoices"): "yes"})
    assert page.says("contacts.list.added")
    with own.acct.database.session() as db:
        (ana,) = db.scalars(select(Contact))
    assert ana.fields == {"mobile": "+34600000000", "size": "large", "news": True}
    text = alice.client.get("/account/contacts/export", base_url=alice.root).text
    header, line = text.lstrip("\ufeff").splitlines()
    assert header.endswith("categories,mobile,size,news")
    assert line.endswith(",'+34 600 00 00 00,large,yes")


def test_a_file_of_contacts_is_read_with_them(own: Site) -> None:
    config = own.config
    content = "email,móvil,Talla,news\nana@example.com,+34600000000,Pequeña,sí\nben@example.com,-,,no\n".encode()
    read = csv_files.read(content, config)
    assert isinstance(read, csv_files.ContactsRead)
    assert read.wrong == []
    assert [row.values["fields"] for row in read.rows] == [
        {"mobile": "+34600000000", "size": "small", "news": True},
        {"mobile": None, "news": False},
    ]
    bad = csv_files.read(b"email,mobile,size,news\na@example.com,12,huge,perhaps\n", config)
    assert isinstance(bad, csv_files.ContactsRead)
    assert [(one.column, one.id) for one in bad.wrong] == [
        ("mobile", "shell.form.not_a_phone_anywhere"), ("size", "shell.form.not_a_choice"),
        ("news", "shell.form.not_a_choice"),
    ]  # fmt: skip


def test_what_is_exported_and_imported_again_changes_nothing(own: Site) -> None:
    account = own.people.account
    first = csv_files.read(b"email,mobile,size,news\na@example.com,+34600000000,small,no\n", own.config)
    assert isinstance(first, csv_files.ContactsRead)
    with own.acct.database.session() as db:
        flows.take_in(own.acct.scope(db), first.rows, account=account)
        text = csv_files.write(flows.everyone(db, account), config=own.config)
        again = csv_files.read(text.encode(), own.config)
        assert isinstance(again, csv_files.ContactsRead)
        taken = flows.take_in(own.acct.scope(db), again.rows, account=account)
    assert isinstance(taken, flows.TakenIn)
    assert again.wrong == []
    assert taken.same == 1
    assert list(taken.changed) == []


def bring(site: Site, folder: Path, *lines: str) -> Any:
    file = folder / "customers.csv"
    file.write_text("\n".join(lines), "utf-8")
    return import_file(file, site.acct.database, site.acct.scope)


HEAD = "account_name,email,user_mobile,user_born,user_size,account_staff,account_ref"


def test_an_import_brings_them_and_keeps_what_it_does_not_name(own: Site, tmp_path: Path) -> None:
    row = "Zoe,zoe@example.com,+34600000000,1980-05-01,Large,12,R-1"
    assert bring(own, tmp_path, HEAD, row).users_added == 1
    assert bring(own, tmp_path, HEAD, row).is_same
    did = bring(own, tmp_path, HEAD, ",zoe@example.com,,-,small,,R-2")
    with own.acct.database.session() as db:
        zoe = db.scalars(select(User).where(User.email_key == "zoe@example.com")).one()
        assert zoe.fields == {"mobile": "+34600000000", "size": "small"}
        assert zoe.memberships[0].account.fields == {"staff": 12, "ref": "R-2"}
    assert did.users_changed == 1
    assert did.accounts_changed == 1


def test_an_import_names_each_cell_that_is_no_value(own: Site, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(own, tmp_path, HEAD, "Zoe,zoe@example.com,12,1/5/80,huge,1.234," + "x" * 201)
    assert [problem.column for problem in refused.value.problems] == [
        "user_mobile", "user_born", "user_size", "account_staff", "account_ref",
    ]  # fmt: skip
    assert "There are: small, large." in str(refused.value)


def test_rows_of_one_user_agree(own: Site, tmp_path: Path) -> None:
    head = "customer_number,account_name,email,user_size,account_ref"
    with pytest.raises(ImportRefused) as refused:
        bring(own, tmp_path, head, "9100,A,zoe@example.com,small,1", "9101,B,zoe@example.com,large,1",
              "9100,,yan@example.com,,2")  # fmt: skip
    assert sorted((one.line, one.column) for one in refused.value.problems) == [(3, "user_size"), (4, "account_ref")]


def test_python_gives_them_and_is_checked(own: Site) -> None:
    with own.app.app_context():
        zoe = own.host.create_user("zoe@example.com", fields={"mobile": "+34600000000", "born": date(1980, 5, 1)})
        account = own.host.create_account("Zoe", owner=zoe, fields={"staff": 3})
        own.host.set_fields(zoe, {"born": None, "vip": True, "tier": "small"})
        with pytest.raises(WrongValue, match="size"):
            own.host.set_fields(zoe, {"size": "huge"})
        with pytest.raises(WrongValue, match='Did you mean "mobile"'):
            own.host.create_user("yan@example.com", fields={"mobil": "x"})
    assert stored(own, zoe.id).fields == {"mobile": "+34600000000", "vip": True, "tier": "small"}
    assert account.fields == {"staff": 3}


def test_an_assignment_is_saved(own: Site) -> None:
    with own.app.app_context():
        alice = own.host.session.get_one(User, own.people.alice.id)
        alice.fields["ref"] = "x"
        own.host.session.commit()
    assert stored(own, own.people.alice.id).fields == {"ref": "x"}


def test_an_option_that_is_offered_no_more_stays_until_another_is_chosen(own: Site) -> None:
    with own.app.app_context():
        alice = own.host.session.get_one(User, own.people.alice.id)
        alice.fields["size"] = "medium"
        own.host.session.commit()
    visitor = own.alice()
    save_me(own, visitor, mobile="+34600000000")
    assert stored(own, own.people.alice.id).fields["size"] == "medium"
    save_me(own, visitor, size="large")
    assert stored(own, own.people.alice.id).fields["size"] == "large"


def test_what_was_kept_when_a_field_was_of_another_type_breaks_no_page(own: Site) -> None:
    with own.app.app_context():
        alice = own.host.session.get_one(User, own.people.alice.id)
        alice.fields = {
            "joined": "long ago",
            "tier": True,
            "vip": "x",
            "born": 7,
            "mobile": False,
            "size": 1,
            "news": "?",
        }
        own.host.session.commit()
    page = own.alice().open("/account/me")
    assert page.status == 200
    assert "long ago" in page.text


def test_what_people_type_is_text_everywhere(own: Site) -> None:
    with own.app.app_context():
        own.host.set_fields(own.people.account, {"ref": "=1+1<script>"})
    page = own.alice().open("/account/profile")
    assert "=1+1<script>" in page.text
    assert "=1+1&lt;script&gt;" in page.html


def test_without_own_fields_a_page_is_as_it_was(site: Site) -> None:
    page = site.alice().open("/account/me")
    assert not any(one.startswith("fields.") for one in page.elements)
    assert Config().fields.user == {}
