"""The sample's pages: what Alice the owner, Bob her sub-user and Charlie a stranger see and may do in them.

A form is sent as a browser sends it: as the page drew it, with what somebody typed in its place.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_acct import Account, Membership
from flask_acct.db.database import Database
from flask_acct.db.models import OutboxMail
from flask_acct.testing import PASSWORD, AcctClient
from sample_app import billing, create_app, shop, words
from sample_app.shop import Invoice, Line, Message, Order, Payment, Referral, Registration, Service, Ticket

from ..personas import Personas, settle
from ..scopes import SECRET_KEY
from .visitor import Read, Visitor

EN = {"Accept-Language": "en"}
SERVICE_PASSWORD = "a kettle for the seven swans"
LISTS = {
    "/services": "products",
    "/domains": "domains",
    "/invoices": "invoices",
    "/support": "tickets",
    "/affiliate": "affiliate",
    "/orders": "orders",
}
ABOUT_ONE = {
    "/services/{}": "products",
    "/domains/{}": "domains",
    "/orders/{}": "orders",
    "/pretend-payment?invoice={}": "invoices",
    "/orders/upgrade/{}/summary?plan=Plus": "orders",
    "/services/{}/password": "manage_products",
    "/domains/{}/nameservers": "manage_domains",
    "/invoices/{}": "invoices",
    "/invoices/{}/payment": "invoices",
    "/invoices/{}/slip": "invoices",
    "/support/{}": "tickets",
    "/orders/upgrade/{}": "orders",
    "/orders/cancel/{}": "orders",
}
NEW = {
    "/support/new": "tickets",
    "/support/suggestions?about=password": "tickets",
    "/orders/new": "orders",
    "/orders/new/summary?plan=Plus&domain=new.example": "orders",
}
INCLUDING = {"products": "manage_products", "domains": "manage_domains"}
"""The permission that opens the page of another, too."""
OPEN = {**LISTS, **NEW, **{path.format(1): needs for path, needs in ABOUT_ONE.items()}}


@dataclass
class Shop:
    app: Flask
    people: Personas
    db: Session

    def visitor(self, name: str, account: Account | None = None) -> Visitor:
        client = AcctClient(self.app, self.app.response_class, user=getattr(self.people, name), account=account)
        return Visitor(client, "http://localhost", **EN)

    def grant(self, *permissions: str) -> Visitor:
        """Bob, who may do this much."""
        bob = self.db.scalars(select(Membership).where(Membership.user_id == self.people.bob.id)).one()
        bob.permissions = list(permissions)
        self.db.commit()
        return self.visitor("bob")

    def send(self, visitor: Visitor, path: str, **typed: str) -> Read:
        """The main form of a page, sent."""
        page = visitor.open(path)
        button = [
            node for node in page.nodes if node.tag == "button" and "acct-button" in node.attributes.get("class", "")
        ]
        form = next(node.within("form") for node in button if node.within("form") is not None)
        assert form is not None
        drawn = {
            node.attributes["name"]: node.attributes.get("value", "")
            for node in page.nodes
            if node.tag == "input" and node.within("form") is form
        }
        return visitor._follow(
            visitor.client.post(path, data={**drawn, **typed}, base_url=visitor.root, headers=EN), path
        )

    def one(self, kind: type, id_: int = 1) -> object:
        self.db.expire_all()
        found = self.db.get(kind, id_)
        assert found is not None
        return found


@pytest.fixture
def area(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch, now: object, tmp_path: Path
) -> Iterator[Shop]:
    """The sample with Alice, Bob and Charlie; row 1 of each table is Alice's, row 2 is Charlie's."""
    monkeypatch.setenv("ACCT_CONFIG", "client-area")
    monkeypatch.setenv("ACCT_DATABASE_URL", database_url)
    monkeypatch.setenv("ACCT_HELP_SITE", str(help_site(tmp_path)))
    monkeypatch.setenv("FLASK_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("FLASK_ACCT_WORKER", "false")
    app = create_app(instance_path=str(tmp_path))
    with app.extensions["acct"].database.session() as db:
        people = settle(db=db, config=app.extensions["acct"].platform.config, now=now)  # type: ignore[arg-type]
        with app.app_context():
            shop.make_tables()
        for account in (people.account, people.other_account):
            db.add_all(rows(account))
            db.flush()
        db.commit()
        yield Shop(app, people, db)


def rows(account: Account) -> list[shop.Owned]:
    today, own = shop.today(), {"account_id": account.id}
    return [
        Service(**own, plan="Start", domain=f"shop{account.number}.example", renews_on=today + timedelta(days=20)),
        Registration(
            **own,
            name=f"shop{account.number}.example",
            expires_on=today + timedelta(days=90),
            nameservers=["ns1.a.example", "ns2.a.example"],
        ),
        Invoice(
            **own,
            number=f"F-{account.number}",
            issued_on=today,
            due_on=today + timedelta(days=14),
            lines=[Line(text="Hosting", cents=390), Line(text="A domain", cents=1200)],
        ),
        Ticket(
            **own,
            subject=f"Question of {account.number}",
            is_answered=True,
            opened_at=shop.now(),
            messages=[Message(author=None, text="An answer", sent_at=shop.now())],
        ),
        Referral(**own, joined_on=today, plan="Plus", cents=158),
        Order(**own, kind="order", plan="Start", domain=f"shop{account.number}.example", ordered_at=shop.now()),
    ]


def help_site(folder: Path) -> Path:
    """As much of a built help site as the suggestions read."""
    index = folder / "help" / "en" / "search" / "search_index.json"
    index.parent.mkdir(parents=True)
    docs = [
        {"location": "topics/", "title": "Topics", "text": "password"},
        {"location": "password/", "title": "Change the password", "text": "", "tags": ["Access"], "synonyms": ["clé"]},
        {"location": "password/#how", "title": "How", "text": "password", "tags": ["Access"]},
        {"location": "language/", "title": "Your language", "text": "<p>a password</p>", "tags": ["Language"]},
    ]
    index.write_text(json.dumps({"docs": docs}), "utf-8")
    return folder / "help"


# Who may open what


def test_the_owner_opens_every_page(area: Shop) -> None:
    alice = area.visitor("alice")
    assert {path: alice.open(path).status for path in OPEN} == dict.fromkeys(OPEN, 200)


def test_a_sub_user_opens_a_page_with_its_permission_alone(area: Shop) -> None:
    assert {path: area.grant(needs).open(path).status for path, needs in OPEN.items()} == dict.fromkeys(OPEN, 200)


def test_a_sub_user_opens_no_page_with_every_other_permission(area: Shop) -> None:
    others = {path: {*OPEN.values()} - {needs, INCLUDING.get(needs)} for path, needs in OPEN.items()}
    assert {path: area.grant(*others[path]).open(path).status for path in OPEN} == dict.fromkeys(OPEN, 403)


def test_a_visitor_signs_in_first(area: Shop) -> None:
    visitor = Visitor(area.app.test_client(), "http://localhost")
    assert {path: visitor.open(path).screen for path in OPEN} == dict.fromkeys(OPEN, "login.form")


def test_a_list_shows_nothing_of_another_account(area: Shop) -> None:
    alice = area.visitor("alice")
    assert [path for path in LISTS if "9001" in alice.open(path).html] == []


READ = {"/services/{}", "/domains/{}", "/orders/{}", "/invoices/{}", "/invoices/{}/slip"}
"""Pages without a form."""


@pytest.mark.parametrize("path", ABOUT_ONE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_strangers_row_is_as_missing_as_one_that_does_not_exist(area: Shop, path: str, method: str) -> None:
    answers = [answer(area, method, path.format(id_)) for id_ in (2, 77, 2**31, 10**30)]
    assert answers == [(404 if method == "GET" or path not in READ else 405, answers[0][1])] * 4


def answer(area: Shop, method: str, path: str) -> tuple[int, str]:
    """What Alice is answered, without what is another in every page: its address, its tokens and the seconds left."""
    visitor = area.visitor("alice")
    response = visitor.client.open(path, method=method, base_url="http://localhost", headers=visitor.headers)
    page = Read(response)
    marks = {node.attributes["value"] for node in page.nodes if node.attributes.get("name") == "csrf_token"}
    html = re.sub(r'data-idle-seconds="\d+"', "", response.text.replace(path, "/here"))
    for mark in marks:
        html = html.replace(mark, "")
    return response.status_code, html


@pytest.mark.parametrize(
    "path",
    ["/services/1/password", "/domains/1/nameservers", "/invoices/1/payment", "/support/new", "/support/1",
     "/orders/new", "/orders/new/summary?plan=Plus&domain=new.example", "/orders/upgrade/1",
     "/orders/upgrade/1/summary?plan=Plus", "/orders/cancel/1", "/pretend-payment?invoice=1"],
)  # fmt: skip
def test_a_form_drawn_for_another_account_changes_nothing(area: Shop, path: str) -> None:
    before = everything(area)
    assert area.send(area.visitor("alice"), path, acct_account="9001").status == 409
    assert everything(area) == before


@pytest.mark.parametrize(
    "path", ["/domains/1/nameservers", "/support/1", "/orders/cancel/1", "/pretend-payment?invoice=1"]
)
def test_a_form_without_its_token_changes_nothing(area: Shop, path: str) -> None:
    before = everything(area)
    page = area.send(area.visitor("alice"), path, csrf_token="", text="x", one="ns1.b.example", two="ns2.b.example")
    assert page.status == 200
    assert "open for a long time" in page.response.text
    assert everything(area) == before


def everything(area: Shop) -> list[object]:
    area.db.rollback()
    return [area.db.execute(select(table)).all() for table in shop.Table.metadata.sorted_tables]


# The client area


def test_the_client_area_has_a_card_for_what_may_be_opened_only(area: Shop) -> None:
    html = area.grant("invoices", "tickets").open("/").response.text
    assert [path for path in LISTS if f'href="{path}"' in html] == ["/invoices", "/support"]


def test_the_client_area_tells_whom_nothing_is_opened_to(area: Shop) -> None:
    assert "You have no permissions in this account yet" in area.grant().open("/").response.text


EMPTY = re.compile(r'<div class="acct-empty">.*?</div>', re.DOTALL)


def test_an_account_without_anything_is_told_so_on_each_page_with_a_button_for_what_to_do(area: Shop) -> None:
    for table in reversed(shop.Table.metadata.sorted_tables):
        area.db.execute(table.delete())
    area.db.commit()
    alice = area.visitor("alice")
    found = {path: EMPTY.findall(alice.open(path).response.text) for path in LISTS}
    assert {path: empty for path, empty in found.items() if not empty} == {}
    assert {path for path, empty in found.items() if [one.count("<a ") for one in empty] != [1] * len(empty)} == set()


# Services


def test_a_service_gets_a_new_password(area: Shop) -> None:
    typed = {"own": PASSWORD, "new": SERVICE_PASSWORD, "again": SERVICE_PASSWORD}
    page = area.send(area.visitor("alice"), "/services/1/password", **typed)
    service = area.one(Service)
    assert "password of the service has been changed" in page.response.text
    assert (service.password_hash or "")[:9] == "$argon2id"  # type: ignore[attr-defined]


def test_no_page_shows_what_is_kept_of_a_password(area: Shop) -> None:
    area.db.get(Service, 1).password_hash = "a-kept-secret"  # type: ignore[union-attr]
    area.db.commit()
    alice = area.visitor("alice")
    assert [path for path in OPEN if "a-kept-secret" in alice.open(path).response.text] == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"own": "another one of mine"}, "not the password you sign in with"),
        ({"new": "short", "again": "short"}, "between 15 and 128"),
        ({"again": "something else entirely"}, "must be equal"),
        ({"own": ""}, "required"),
    ],
)
def test_a_service_keeps_its_password(area: Shop, typed: dict[str, str], told: str) -> None:
    good = {"own": PASSWORD, "new": SERVICE_PASSWORD, "again": SERVICE_PASSWORD}
    page = area.send(area.visitor("alice"), "/services/1/password", **{**good, **typed})
    assert told in page.response.text
    assert area.one(Service).password_hash is None  # type: ignore[attr-defined]


def test_a_service_keeps_its_password_apart_from_the_users_own(area: Shop) -> None:
    """Of password managers: what is kept under the user's own name would take the place of their own password."""
    page = area.visitor("alice").open("/services/1/password")
    (kept,) = [node for node in page.nodes if node.attributes.get("autocomplete") == "username"]
    assert kept.attributes["value"] == "shop9000.example"


def test_who_guesses_at_the_own_password_must_wait(area: Shop) -> None:
    alice = area.visitor("alice")
    typed = {"own": "a guess at it", "new": SERVICE_PASSWORD, "again": SERVICE_PASSWORD}
    most = area.app.extensions["acct"].platform.config.limits.sign_in_failures
    answers = [area.send(alice, "/services/1/password", **typed).status for _ in range(most + 1)]
    assert answers == [200] * most + [429]


# Domains


@pytest.mark.parametrize("path", [*NEW, *(path.format(1) for path in ABOUT_ONE)])
def test_no_two_fields_of_a_page_have_the_same_label(area: Shop, path: str) -> None:
    labels = [node.text for node in area.visitor("alice").open(path).nodes if node.tag == "label"]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("path", ["/support/new", "/domains/1/nameservers", "/services/1/password"])
@pytest.mark.parametrize("locale", ["en", "es", "it"])
def test_a_field_left_empty_is_told_so_as_in_our_own_forms(area: Shop, path: str, locale: str) -> None:
    alice = area.visitor("alice")
    alice.client.set_cookie("acct_language", locale)
    page = area.send(alice, path, subject="", one="", own="")
    assert page.language == locale
    assert area.app.extensions["acct"].platform.say("shell.form.required", page.language) in page.text


def test_a_domain_gets_other_name_servers(area: Shop) -> None:
    typed = {"one": "NS1.b.example", "two": " ns2.b.example ", "three": "ns3.b.example"}
    area.send(area.visitor("alice"), "/domains/1/nameservers", **typed)
    assert area.one(Registration).nameservers == ["ns1.b.example", "ns2.b.example", "ns3.b.example"]  # type: ignore[attr-defined]


def test_who_may_only_change_domains_finds_them_and_comes_back_to_them(area: Shop) -> None:
    bob = area.grant("manage_domains")
    assert 'href="/domains"' in bob.open("/").html
    page = area.send(bob, "/domains/1/nameservers", one="ns1.b.example", two="ns2.b.example")
    assert bob.path == "/domains/1"
    assert "name servers have been saved" in page.text


def test_who_may_only_change_passwords_of_services_finds_them(area: Shop) -> None:
    bob = area.grant("manage_products")
    home, services = bob.open("/").html, bob.open("/services").html
    assert 'href="/services"' in home
    assert re.search(r'href="/services/\d+/password"', services)


def test_a_domain_that_ends_soon_is_renewed_by_a_request_that_names_it(area: Shop) -> None:
    alice = area.visitor("alice")
    assert "Ask us to renew it" not in alice.open("/domains/1").text
    area.db.get(Registration, 1).expires_on = shop.today() + timedelta(days=9)  # type: ignore[union-attr]
    area.db.commit()
    assert "Expires soon" in alice.open("/domains/1").text
    assert 'value="Renew shop9000.example"' in alice.open("/support/new?subject=Renew+shop9000.example").html
    assert "subject=Renew+shop9000.example" in alice.open("/domains/1").html.replace("%20", "+")


@pytest.mark.parametrize("typed", ["", "no dots", "-a.example", "ns1.a.example", "<b>.example", "a..example"])
def test_a_domain_keeps_its_name_servers(area: Shop, typed: str) -> None:
    page = area.send(area.visitor("alice"), "/domains/1/nameservers", two=typed)
    kept = area.one(Registration).nameservers  # type: ignore[attr-defined]
    assert "acct-problem" in page.response.text
    assert kept == ["ns1.a.example", "ns2.a.example"]


# Invoices


def test_an_invoice_adds_up(area: Shop) -> None:
    assert "€15.90" in area.visitor("alice").open("/invoices/1").response.text


def test_a_payment_is_reported_once(area: Shop) -> None:
    alice = area.visitor("alice")
    for reference in ("TRF 1", "TRF 2"):
        alice.open("/invoices/1/payment")
        data = {"paid_on": shop.today().isoformat(), "reference": reference, "csrf_token": token(area, alice)}
        alice.client.post("/invoices/1/payment", data=data)
    kept = area.db.scalars(select(Payment)).all()
    assert [(one.invoice_id, one.reference, one.reported_by) for one in kept] == [(1, "TRF 1", area.people.alice.id)]


def token(area: Shop, visitor: Visitor) -> str:
    page = visitor.open("/support/new")
    return next(
        node.attributes["value"]
        for node in page.nodes
        if node.attributes.get("name") == "csrf_token" and "~" not in node.attributes["value"]
    )


@pytest.mark.parametrize(
    "typed",
    [
        {"paid_on": (date.today() + timedelta(days=3)).isoformat()},  # noqa: DTZ011
        {"paid_on": "yesterday"},
        {"reference": " "},
        {"reference": "x" * 101},
    ],
)
def test_a_payment_that_cannot_be_is_not_reported(area: Shop, typed: dict[str, str]) -> None:
    good = {"paid_on": shop.today().isoformat(), "reference": "TRF"}
    page = area.send(area.visitor("alice"), "/invoices/1/payment", **{**good, **typed})
    assert "acct-problem" in page.response.text
    assert area.db.scalars(select(Payment)).all() == []


def test_a_slip_says_what_to_pay_to_whom(area: Shop) -> None:
    text = area.visitor("alice").open("/invoices/1/slip").text
    assert "€15.90" in text
    assert "F-9000" in text
    assert "Brisalta Hosting" in text


def test_there_is_no_slip_for_what_is_paid(area: Shop) -> None:
    area.db.get(Invoice, 1).paid_on = shop.today()  # type: ignore[union-attr]
    area.db.commit()
    alice = area.visitor("alice")
    alice.open("/invoices/1/slip")
    assert alice.path == "/invoices/1"


# Paying

PAY = "/pretend-payment?invoice=1"


def test_the_list_says_what_is_due_and_leads_to_paying_all_of_it(area: Shop) -> None:
    page = area.visitor("alice").open("/invoices")
    assert "Total due €15.90" in " ".join(page.text.split())
    assert f'href="{PAY}"' in page.html


def test_the_payment_page_says_that_it_is_a_stand_in_and_asks_for_no_card(area: Shop) -> None:
    page = area.visitor("alice").open(PAY)
    assert page.heading == "Pretend payment"
    assert "asks for no card and moves no money" in page.text
    assert {
        node.attributes["name"]
        for node in page.nodes
        if node.attributes.get("type", "text") != "hidden" and node.tag == "input"
    } == set()


def test_what_is_paid_has_a_receipt(area: Shop) -> None:
    alice = area.visitor("alice")
    page = area.send(alice, PAY)
    assert area.one(Invoice).state == "paid"  # type: ignore[attr-defined]
    assert alice.path == "/invoices/receipts/1"
    assert "€15.90" in page.text
    assert "F-9000" in page.text
    assert "R-000001" in mailed(area) + area.db.scalars(select(OutboxMail)).one().slots["subject"]


def test_nothing_is_paid_by_looking(area: Shop) -> None:
    area.visitor("alice").open(PAY)
    assert area.one(Invoice).state == "unpaid"  # type: ignore[attr-defined]


def test_nothing_is_paid_twice(area: Shop) -> None:
    alice = area.visitor("alice")
    area.send(alice, PAY)
    alice.client.post(PAY, data={"csrf_token": token(area, alice), "acct_account": "9000"}, headers=EN)
    page = alice.open(PAY)
    assert alice.path == "/invoices/1"
    assert "Nothing has been paid twice" in page.text
    assert len(area.db.scalars(select(shop.Receipt)).all()) == 1


def test_what_was_paid_between_two_looks_at_the_database_is_not_paid_again(area: Shop) -> None:
    with area.app.test_request_context("/"):
        invoice = shop.db().get(Invoice, 1)
        assert invoice
        area.db.get(Invoice, 1).paid_on = shop.today()  # type: ignore[union-attr]
        area.db.commit()
        assert billing.settle([invoice]) is None


@pytest.mark.parametrize("query", ["", "?invoice=", "?invoice=x", "?invoice=1&invoice=2", "?invoice=1&invoice=x"])
def test_only_invoices_of_the_account_in_view_are_paid(area: Shop, query: str) -> None:
    assert area.visitor("alice").open(f"/pretend-payment{query}").status == 404


def test_a_strangers_receipt_is_as_missing_as_one_that_does_not_exist(area: Shop) -> None:
    area.send(area.visitor("alice"), PAY)
    assert area.visitor("charlie").open("/invoices/receipts/1").status == 404


def test_what_is_overdue_leads_to_paying_from_home_and_subscription(area: Shop) -> None:
    area.db.get(Invoice, 1).due_on = shop.today() - timedelta(days=1)  # type: ignore[union-attr]
    area.db.commit()
    alice = area.visitor("alice")
    assert [path for path in ("/", "/account/subscription") if f'href="{PAY}"' not in alice.open(path).html] == []


# Support


def test_a_request_is_opened_in_the_account_in_view(area: Shop) -> None:
    page = area.send(area.visitor("alice"), "/support/new", subject="Mail <b>", text="It does not\narrive.")
    ticket = area.db.scalars(select(Ticket).where(Ticket.subject == "Mail <b>")).one()
    assert page.heading == "Mail <b>"
    assert ticket.account_id == area.people.account.id


def test_a_reply_puts_a_request_back_into_our_hands(area: Shop) -> None:
    area.send(area.grant("tickets"), "/support/1", text="And then?")
    ticket = area.one(Ticket)
    assert not ticket.is_answered  # type: ignore[attr-defined]
    assert [one.author for one in ticket.messages] == [None, "Bob Ruiz"]  # type: ignore[attr-defined]


def test_an_empty_reply_is_not_sent(area: Shop) -> None:
    area.send(area.visitor("alice"), "/support/1", text="  ")
    assert len(area.one(Ticket).messages) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("about", ["My PASSWORD is gone", "la clé", "passwor"])
def test_articles_are_suggested_by_title_and_synonym(area: Shop, about: str) -> None:
    answer = area.visitor("alice").client.get("/support/suggestions", query_string={"about": about}, headers=EN)
    assert answer.json == [{"title": "Change the password", "url": "/help/en/password/"}]


@pytest.mark.parametrize("about", ["", "no", "kettle", "\x00", "((", "how"])
def test_nothing_is_suggested_where_nothing_fits(area: Shop, about: str) -> None:
    assert (
        area.visitor("alice").client.get("/support/suggestions", query_string={"about": about}, headers=EN).json == []
    )


def test_a_new_request_shows_articles_without_a_script(area: Shop) -> None:
    page = area.send(area.visitor("alice"), "/support/new", subject="Password", text="Gone.")
    assert 'href="/help/en/password/"' in page.response.text


def test_the_mail_about_a_request_says_who_asked_what(area: Shop) -> None:
    area.send(area.grant("tickets"), "/support/new", subject="No mail", text="Since Monday\nnothing arrives.")
    text = mailed(area)
    assert "Bob Ruiz envió una consulta" in text
    assert "Since Monday\nnothing arrives." in text


def test_the_mail_about_a_reply_says_who_wrote_what(area: Shop) -> None:
    area.send(area.visitor("alice"), "/support/1", text="And then?")
    text = mailed(area)
    assert "Alice Ortega escribió" in text
    assert "Question of 9000" in text
    assert "And then?" in text


def test_whoever_may_ask_us_does_so_by_a_request_and_not_by_email_only(area: Shop) -> None:
    assert 'href="/support/new"' in area.grant("tickets").open("/contact").html
    assert 'href="/support/new"' not in area.grant("domains").open("/contact").html


# Orders


def test_a_service_is_ordered(area: Shop) -> None:
    alice = area.visitor("alice")
    page = area.send(alice, "/orders/new", plan="Plus", domain="new.example")
    assert page.heading == "Order summary"
    assert area.db.scalars(select(Service).where(Service.domain == "new.example")).all() == []
    area.send(alice, SUMMARY)
    service = area.db.scalars(select(Service).where(Service.domain == "new.example")).one()
    assert service.plan == "Plus"
    assert service.account_id == area.people.account.id
    assert last_order(area) == "order"


SUMMARY = "/orders/new/summary?plan=Plus&domain=new.example"


@pytest.mark.parametrize("said", ["Plus", "new.example", "€7.90 a month", "€1.37 VAT (21%)", "alice@example.com"])
def test_a_summary_says_what_and_for_how_much_and_who_is_told(area: Shop, said: str) -> None:
    assert said in area.visitor("alice").open(SUMMARY).text


def test_a_summary_shows_the_addresses_of_contacts_to_those_who_may_see_contacts_only(area: Shop) -> None:
    assert "alice@example.com" not in area.grant("orders").open(SUMMARY).text
    assert "alice@example.com" in area.grant("orders", "contacts").open(SUMMARY).text


@pytest.mark.parametrize("query", ["plan=Gold&domain=new.example", "plan=Plus&domain=no", "plan=Plus", ""])
def test_a_summary_of_what_cannot_be_ordered_asks_again(area: Shop, query: str) -> None:
    alice = area.visitor("alice")
    alice.open(f"/orders/new/summary?{query}")
    assert alice.path.startswith("/orders/new?" if query else "/orders/new")
    assert "summary" not in alice.path


def test_a_service_is_ordered_once_however_often_the_button_is_pressed(area: Shop) -> None:
    alice = area.visitor("alice")
    for _ in range(2):
        alice.client.post(SUMMARY, data={"csrf_token": token(area, alice), "acct_account": "9000"}, headers=EN)
    assert len(area.db.scalars(select(Service).where(Service.domain == "new.example")).all()) == 1


def test_an_ordered_service_has_an_invoice_that_waits_to_be_paid(area: Shop) -> None:
    page = area.send(area.visitor("alice"), SUMMARY)
    invoice = area.db.scalars(select(Invoice).order_by(Invoice.id.desc())).first()
    assert invoice
    assert invoice.cents == 790
    assert f'href="/pretend-payment?invoice={invoice.id}"' in page.response.text


def test_a_cancellation_says_what_is_deleted_and_is_not_pressed_by_mistake(area: Shop) -> None:
    page = area.visitor("alice").open("/orders/cancel/1")
    (button,) = [node for node in page.nodes if "acct-grave" in node.attributes.get("class", "")]
    assert button.text == "Cancel this service"
    assert "The files, databases and mailboxes of shop9000.example" in page.text


def test_a_plan_grows(area: Shop) -> None:
    alice = area.visitor("alice")
    area.send(alice, "/orders/upgrade/1", plan="Pro")
    assert area.one(Service).plan == "Start"  # type: ignore[attr-defined]
    area.send(alice, "/orders/upgrade/1/summary?plan=Pro")
    assert area.one(Service).plan == "Pro"  # type: ignore[attr-defined]
    assert last_order(area) == "upgrade"


@pytest.mark.parametrize("plan", ["Start", "Free", ""])
def test_a_plan_does_not_shrink(area: Shop, plan: str) -> None:
    page = area.send(area.visitor("alice"), "/orders/upgrade/1", plan=plan)
    assert "choose one from the list" in page.response.text
    assert area.one(Service).plan == "Start"  # type: ignore[attr-defined]


def test_a_cancelled_service_works_until_the_day_it_would_have_been_renewed(area: Shop) -> None:
    area.send(area.visitor("alice"), "/orders/cancel/1")
    service = area.one(Service)
    assert service.ends_on == service.renews_on  # type: ignore[attr-defined]
    assert last_order(area) == "cancel"


@pytest.mark.parametrize("path", ["/orders/cancel/1", "/orders/upgrade/1"])
def test_a_cancelled_service_cannot_be_changed(area: Shop, path: str) -> None:
    area.send(area.visitor("alice"), "/orders/cancel/1")
    assert area.visitor("alice").open(path).status == 404


def test_an_order_is_mailed_to_whoever_gets_the_mails_about_products(area: Shop) -> None:
    area.send(area.visitor("alice"), "/orders/upgrade/1/summary?plan=Pro")
    waiting = area.db.scalars(select(OutboxMail)).all()
    assert [(one.recipient, one.category) for one in waiting] == [("alice@example.com", "products")]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (SUMMARY, ["Bob Ruiz contrató el plan Plus para new.example", "7,90\xa0€"]),
        (
            "/orders/upgrade/1/summary?plan=Pro",
            ["Bob Ruiz eligió el plan Pro para shop9000.example", "14,90\xa0€ al mes"],
        ),
        ("/orders/cancel/1", ["Bob Ruiz dio de baja el plan Start de shop9000.example", "bases de datos"]),
    ],
)
def test_the_mail_of_an_order_says_who_asked_for_what_and_what_it_costs(area: Shop, path: str, said: list[str]) -> None:
    area.send(area.grant("orders"), path)
    text = mailed(area)
    assert [one for one in said if one not in text] == []


def mailed(area: Shop) -> str:
    """The text of the only mail that waits."""
    (waiting,) = area.db.scalars(select(OutboxMail))
    return "\n".join(waiting.slots["text"])


def last_order(area: Shop) -> str:
    return area.db.scalars(select(Order).order_by(Order.id.desc())).first().kind  # type: ignore[union-attr]


# Words


def test_every_word_is_there_in_every_language() -> None:
    assert {word for word, known in words.table().items() if not {"en", "es", "it"} <= set(known)} == set()


@pytest.mark.parametrize("locale", ["en", "es", "es-AR", "it"])
def test_every_page_speaks_every_language(area: Shop, locale: str) -> None:
    alice = area.visitor("alice")
    alice.headers["Accept-Language"] = locale
    assert [path for path in ["/", *OPEN] if alice.open(path).status != 200] == []


def test_no_word_is_left_over() -> None:
    folder = Path(words.__file__).parent
    text = " ".join(
        file.read_text("utf-8") for kind in ("*.py", "templates/*.html") for file in sorted(folder.glob(kind))
    )
    known = tomllib.loads((folder / "words.toml").read_text("utf-8"))
    trades = tomllib.loads((folder / "trades.toml").read_text("utf-8"))
    made = {f"{page}_text" for trade in trades.values() for page in trade["pages"]}
    orders = ("order", "upgrade", "cancel", "credits", "renew")
    made |= {f"{kind}_{end}" for kind in orders for end in ("mail", "mail_text", "done")}
    made |= {f"{kind}_{end}" for kind in ("ticket", "reply") for end in ("mail", "mail_text")}
    made |= {f"{heading}_of" for heading in ("panel_password", "nameservers", "report_payment", "upgrade")}
    made |= {pack["credit"] for trade in trades.values() for pack in trade.get("packs", ())}
    assert {word for word in known if f'"{word}"' not in text} - made - {"trial", "purchased", "order"} == set()


def test_a_word_of_one_trade_is_one_of_all_and_in_every_language() -> None:
    known = words.by_trade()
    assert {word for trade in known.values() for word in trade} - set(words.table()) == set()
    assert {
        word for trade in known.values() for word, said in trade.items() if not {"en", "es", "it"} <= set(said)
    } == set()
