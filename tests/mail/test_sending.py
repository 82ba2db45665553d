"""Mails of a category: who gets them, in which language, what they never bring, and how they are stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select
from sqlalchemy.orm import Session

from flask_acct import features
from flask_acct.accounts import recipients, unsubscribing
from flask_acct.accounts.recipients import UnknownCategory
from flask_acct.config import Config, parse
from flask_acct.db.database import Database
from flask_acct.db.models import Contact, Membership, OutboxMail, Unsubscription, User
from flask_acct.mail import outbox, sending
from flask_acct.mail.rendering import MailToRender, render
from flask_acct.mail.sending import OwnWords, Unsendable
from flask_acct.mail.worker import Worker
from flask_acct.platform import Platform
from flask_acct.values.keys import Keys

from ..personas import Personas
from ..scopes import a_scope
from .conftest import Server

INVOICE = OwnWords(
    subject={"en": "Invoice 12", "es": "Factura 12"},
    text={"en": "It is due on 1 May.\n\nThank you.", "es": "Vence el 1 de mayo.\n\nGracias."},
    link="/invoices/12",
    button={"en": "See the invoice", "es": "Ver la factura"},
)


def contact(
    email: str, *categories: str, people: Personas, db: Session, now: datetime, locale: str | None = None
) -> Contact:
    made = Contact(
        account_id=people.account.id, first_name="Ana", last_name="Sala", email=email, email_key=email.lower(),
        locale=locale, categories=list(categories), sort_key=email, created_at=now, changed_at=now,
    )  # fmt: skip
    db.add(made)
    db.flush()
    return made


def of(category: str, people: Personas, db: Session, config: Config) -> list[tuple[str, str]]:
    return [(one.address, one.locale) for one in recipients.of(a_scope(db, config=config), people.account, category)]


def send(what: OwnWords, people: Personas, db: Session, platform: Platform, now: datetime) -> list[OutboxMail]:
    found = sending.send(a_scope(db, platform=platform, now=now), people.account, "invoices", what)
    db.flush()
    return list(found)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def test_the_owner_and_the_contacts_of_the_category_get_it_each_in_their_language(
    personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    how: dict[str, Any] = {"people": personas, "db": db, "now": now}
    personas.alice.locale = "es"
    contact("b@example.com", "invoices", "support", locale="it", **how)
    contact("a@example.com", "invoices", **how)
    contact("c@example.com", "domains", **how)
    assert of("invoices", personas, db, config) == [
        ("alice@example.com", "es"), ("a@example.com", "es"), ("b@example.com", "it"),
    ]  # fmt: skip


def test_a_sub_user_and_another_account_get_nothing(
    personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    personas.charlie.locale = "it"
    assert of("general", personas, db, config) == [("alice@example.com", "en")]


def test_one_address_gets_one_mail(personas: Personas, db: Session, config: Config, now: datetime) -> None:
    contact("Alice@example.com", "invoices", people=personas, db=db, now=now)
    assert of("invoices", personas, db, config) == [("alice@example.com", "en")]


def test_an_owner_who_wants_no_invoices_gets_none(
    personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    membership = db.scalars(select(Membership).where(Membership.account_id == personas.account.id)).first()
    assert membership is not None
    address = membership.user.email_key
    recipients.stop(a_scope(db, now=now), personas.account.id, address, "invoices")
    contact("a@example.com", "invoices", people=personas, db=db, now=now)
    assert of("invoices", personas, db, config) == [("a@example.com", "en")]
    assert of("support", personas, db, config) == [("alice@example.com", "en")]


def test_without_contacts_only_the_owner_gets_it_and_nothing_can_be_stopped(
    personas: Personas, db: Session, now: datetime
) -> None:
    contact("a@example.com", "invoices", people=personas, db=db, now=now)
    platform = features.platform(parse("[contacts]\nenabled = false"))
    (mail,) = send(INVOICE, personas, db, platform, now)
    assert mail.recipient == "alice@example.com"
    assert mail.category == "invoices"
    assert mail.unsubscribe is None


def test_a_category_that_does_not_exist_is_a_mistake_of_the_developers(
    personas: Personas, db: Session, config: Config
) -> None:
    with pytest.raises(UnknownCategory, match='Did you mean "invoices"'):
        of("invoice", personas, db, config)


def test_a_category_of_the_hosts_is_one_like_any_other(personas: Personas, db: Session, now: datetime) -> None:
    config = parse('[contacts.extra.newsletter]\nlabel = { en = "Newsletter", es = "Boletín", it = "Novità" }')
    contact("a@example.com", "newsletter", people=personas, db=db, now=now)
    assert len(of("newsletter", personas, db, config)) == 2


def with_a_thousand_contacts(personas: Personas, db: Session, now: datetime) -> None:
    db.execute(
        insert(Contact),
        [
            {"account_id": personas.account.id, "email": f"c{n}@example.com", "email_key": f"c{n}@example.com",
             "categories": ["invoices"], "created_at": now, "changed_at": now}
            for n in range(1000)
        ],
    )  # fmt: skip


def test_a_thousand_contacts_are_found_in_two_queries(
    personas: Personas, db: Session, database: Database, config: Config, now: datetime
) -> None:
    with_a_thousand_contacts(personas, db, now)
    with statements(database.engine) as heard:
        found = of("invoices", personas, db, config)
    assert len(found) == 1001
    assert len(heard) == 2


def test_a_thousand_mails_wait_after_two_statements_more(
    personas: Personas, db: Session, database: Database, platform: Platform, now: datetime
) -> None:
    with_a_thousand_contacts(personas, db, now)
    with statements(database.engine) as heard:
        sent = send(INVOICE, personas, db, platform, now)
    assert len({mail.id for mail in sent}) == 1001
    assert len(heard) == 4
    assert [mail.recipient for mail in sent[:2]] == ["alice@example.com", "c0@example.com"]


def test_the_words_of_the_host_wait_once_for_each_in_their_language(
    personas: Personas, db: Session, platform: Platform, now: datetime
) -> None:
    ana = contact("a@example.com", "invoices", people=personas, db=db, now=now, locale="es")
    mails = send(INVOICE, personas, db, platform, now)
    said = [(mail.recipient, mail.slots["subject"], mail.locale) for mail in mails]
    assert said == [("alice@example.com", "Invoice 12", "en"), ("a@example.com", "Factura 12", "es")]
    assert {(mail.account_id, mail.customer_number, mail.category) for mail in mails} == {
        (personas.account.id, "9000", "invoices")
    }
    assert mails[1].unsubscribe == f"contact:{ana.id}"


@pytest.mark.parametrize(
    ("reads", "gets", "around"),
    [("es_AR", "Factura 12", "es_AR"), ("it", "Invoice 12", "en"), ("en", "Invoice 12", "en")],
)
def test_who_reads_another_language_gets_the_nearest_there_is(
    personas: Personas, db: Session, now: datetime, reads: str, gets: str, around: str
) -> None:
    platform = features.platform(parse('[site]\nlocales = ["en", "es", "es_AR", "it"]'))
    personas.alice.locale = reads
    (mail,) = send(INVOICE, personas, db, platform, now)
    assert mail.slots["subject"] == gets
    assert mail.locale == around


def drawn(mail: OutboxMail, platform: Platform, keys: Keys) -> Any:
    stop = unsubscribing.sign(mail.unsubscribe or "", mail.category or "", mail.recipient, keys)
    letter = MailToRender(
        mail.mail,
        mail.recipient,
        mail.locale,
        mail.message_id,
        mail.created_at,
        slots=mail.slots,
        customer_number=mail.customer_number,
        recipient_name=mail.recipient_name,
        unsubscribe=stop,
    )
    return render(letter, platform).message()


def test_the_mail_says_what_the_host_wrote_with_the_link_alone_on_its_line(
    personas: Personas, db: Session, platform: Platform, keys: Keys, now: datetime
) -> None:
    (mail,) = send(INVOICE, personas, db, platform, now)
    message = drawn(mail, platform, keys)
    text = message.get_body(("plain",)).get_content()
    assert message["Subject"] == "Invoice 12"
    assert text.startswith(
        "Customer number: 9000\n\nIt is due on 1 May.\n\nThank you.\n\n"
        "See the invoice\nhttp://127.0.0.1:5000/invoices/12\n\n--\n"
    )


def test_a_link_without_words_has_some_and_no_link_makes_no_button(
    personas: Personas, db: Session, platform: Platform, keys: Keys, now: datetime
) -> None:
    (with_link,) = send(OwnWords("Hello", "Text", link="https://status.example.com/x"), personas, db, platform, now)
    (without,) = send(OwnWords("Hello", "Text"), personas, db, platform, now)
    texts = [drawn(mail, platform, keys).get_body(("plain",)).get_content() for mail in (with_link, without)]
    assert "\nOpen\nhttps://status.example.com/x\n" in texts[0]
    assert "Open" not in texts[1]


@pytest.mark.parametrize("link", ["/invoices/12", "/clients/invoices/12"])
def test_a_link_made_by_url_for_leads_to_where_the_app_is_mounted(
    personas: Personas, db: Session, keys: Keys, now: datetime, link: str
) -> None:
    platform = features.platform(parse('[site]\npublic_url = "https://example.com/clients"'))
    (mail,) = send(OwnWords("Hello", "Text", link=link), personas, db, platform, now)
    text = drawn(mail, platform, keys).get_body(("plain",)).get_content()
    assert "\nhttps://example.com/clients/invoices/12\n" in text


def test_what_a_customer_typed_makes_no_link_and_no_header(
    personas: Personas, db: Session, platform: Platform, keys: Keys, now: datetime
) -> None:
    what = OwnWords("Ticket\r\nBcc: x@example.com", "See https://evil.example/\n\n<b>now</b>")
    (mail,) = send(what, personas, db, platform, now)
    message = drawn(mail, platform, keys)
    assert message["Bcc"] is None
    assert "https://evil" not in message.as_string()
    assert "<b>" not in message.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    ("what", "fix"),
    [
        (OwnWords({"sp": "x"}, "y"), "not a language of the site"),
        (OwnWords({"en": "x"}, {"es": "y"}), "no language in common"),
        (OwnWords("", "y"), "needs a subject and a text"),
        (OwnWords("x", "y", link="javascript:alert(1)"), "leads nowhere"),
        (OwnWords("x", "y", link="//evil.example"), "leads nowhere"),
        (OwnWords("x", "y", link="/a b"), "leads nowhere"),
        (OwnWords("x", "y", link="http://["), "leads nowhere"),
        (OwnWords("x", "y", link="invoices/12"), "leads nowhere"),
    ],
)
def test_words_that_are_not_complete_are_refused_with_the_fix(
    personas: Personas, db: Session, platform: Platform, now: datetime, what: OwnWords, fix: str
) -> None:
    with pytest.raises(Unsendable, match=fix):
        send(what, personas, db, platform, now)


def send_declared(mail: str, personas: Personas, db: Session, platform: Platform, now: datetime, **slots: Any) -> Any:
    how: dict[str, Any] = {"slots": slots}
    return sending.send_declared(a_scope(db, platform=platform, now=now), personas.account, "general", mail, **how)


def test_a_declared_mail_goes_to_a_category_too(
    personas: Personas, db: Session, platform: Platform, now: datetime
) -> None:
    (mail,) = send_declared("password.changed", personas, db, platform, now, username="alice", when_at=now.isoformat())
    assert mail.mail == "password.changed"
    assert mail.category == "general"


@pytest.mark.parametrize(
    ("deliver", "mail"),
    [("link", "recovery.reset"), ("temporary_password", "recovery.reset"), ("link", "accounts.activation")],
)
def test_a_mail_with_a_secret_never_goes_to_a_category(
    personas: Personas, db: Session, now: datetime, deliver: str, mail: str
) -> None:
    text = f'[recovery.password]\nidentify = ["email"]\ndeliver = "{deliver}"'
    with pytest.raises(Unsendable, match="contacts must never get one"):
        send_declared(mail, personas, db, features.platform(parse(text)), now, username="alice")
    assert db.scalars(select(OutboxMail)).all() == []


def test_every_mail_that_opens_a_page_with_a_token_is_refused(preset: Config) -> None:
    platform = features.platform(preset)
    refused = set()
    for mail in platform.declared.mails.values():
        try:
            sending.raise_if_secret(mail, platform)
        except Unsendable:
            refused.add(mail.name)
    assert {"recovery.reset", "accounts.activation"} <= refused
    assert {"password.changed", "contacts.message"}.isdisjoint(refused)


@pytest.mark.parametrize(
    ("mail", "fix"), [("password.change", 'Did you mean "password.changed"'), ("contacts.message", "There is no mail")]
)
def test_a_mail_that_does_not_exist_is_refused(
    personas: Personas, db: Session, platform: Platform, now: datetime, mail: str, fix: str
) -> None:
    with pytest.raises(Unsendable, match=fix):
        send_declared(mail, personas, db, platform, now)


def test_a_slot_without_a_value_is_refused_at_once(
    personas: Personas, db: Session, platform: Platform, now: datetime
) -> None:
    with pytest.raises(Unsendable, match="needs a value for: username, when"):
        send_declared("password.changed", personas, db, platform, now)


MakeWorker = Callable[..., Worker]


def test_the_header_arrives_in_one_piece_and_its_address_stops_the_mails(
    personas: Personas, db: Session, platform: Platform, keys: Keys, now: datetime, make_worker: MakeWorker,
    server: Server,
) -> None:  # fmt: skip
    ana = contact("a@example.com", "invoices", "support", people=personas, db=db, now=now)
    send(INVOICE, personas, db, platform, now)
    db.commit()
    make_worker().run_once()
    (message,) = [one for one in server.messages() if "a@example.com" in one["To"]]
    wire = next(content for _, to, content in server.taken if to == ["a@example.com"])
    header = str(message["List-Unsubscribe"])
    # Folded by Python's own rules it would be "=?utf-8?q?…", which no mail program reads.
    assert f"\r\nList-Unsubscribe: {header}\r\n".encode() in wire
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert header.startswith("<http://127.0.0.1:5000/account/unsubscribe/contact.")
    foot = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"Unsubscribe from messages of this kind\r\n{header[1:-1]}" in foot.replace("\n", "\r\n").replace(
        "\r\r", "\r"
    )
    unsubscribing.stop(a_scope(db, keys=keys, now=now), header[1:-1].rpartition("/")[2])
    assert ana.categories == ["support"]


def test_mail_that_is_of_no_category_cannot_be_stopped(
    personas: Personas, db: Session, make_worker: MakeWorker, server: Server, now: datetime, config: Config
) -> None:
    slots = {"username": "alice", "when_at": now.isoformat()}
    mail = outbox.queue_for_user(
        a_scope(db, config=config, now=now), "password.changed", to=personas.alice, slots=slots
    )
    db.commit()
    make_worker().run_once()
    (message,) = server.messages()
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None
    assert mail.account_id == personas.account.id


@pytest.mark.parametrize("how", ["deleted", "unticked", "moved"])
def test_a_mail_that_waits_is_not_sent_to_who_is_down_for_it_no_more(
    personas: Personas,
    db: Session,
    platform: Platform,
    now: datetime,
    make_worker: MakeWorker,
    server: Server,
    how: str,
) -> None:
    ana = contact("a@example.com", "invoices", people=personas, db=db, now=now)
    send(INVOICE, personas, db, platform, now)
    if how == "deleted":
        db.delete(ana)
    elif how == "unticked":
        ana.categories = ["support"]
    else:
        ana.email = ana.email_key = "elsewhere@example.com"
    db.commit()
    make_worker().run_once()
    reasons = [mail.failure for mail in db.scalars(select(OutboxMail).where(OutboxMail.state == "dead"))]
    assert [to for _, to, _ in server.taken] == [["alice@example.com"]]
    assert reasons == ["its recipient gets no mails of this kind any more"]


def sent_text(posted: OutboxMail, platform: Platform) -> tuple[str, str]:
    """Subject and text of a mail that waits."""
    letter = MailToRender(
        posted.mail, posted.recipient, posted.locale, posted.message_id, posted.created_at, slots=posted.slots
    )
    message = render(letter, platform).message()
    return str(message["Subject"]), message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_the_customers_own_domain_is_read_as_it_is_and_a_strangers_is_not(
    personas: Personas, db: Session, platform: Platform, now: datetime
) -> None:
    what = OwnWords(
        subject="ortega.example ends soon", text="Renew www.ortega.example/shop. Bob www.evil.example/win asked."
    )
    subject, text = sent_text(send(what, personas, db, platform, now)[0], platform)
    assert subject == "ortega.example ends soon"
    assert "Renew www.ortega.example/shop. Bob www. evil. example/win asked." in text


def test_another_customers_domain_is_a_strangers(
    personas: Personas, db: Session, platform: Platform, now: datetime
) -> None:
    what = OwnWords(subject="x", text="About bikes.example")
    assert "bikes. example" in sent_text(send(what, personas, db, platform, now)[0], platform)[1]


def test_what_the_host_means_to_show_is_read_as_it_is(
    personas: Personas, db: Session, platform: Platform, now: datetime
) -> None:
    what = OwnWords(
        subject="x", text="Set ns1.provider.example and 192.0.2.1.", shown=["provider.example", "192.0.2.1"]
    )
    assert (
        "Set ns1.provider.example and 192.0.2.1." in sent_text(send(what, personas, db, platform, now)[0], platform)[1]
    )


def test_words_without_anything_like_a_link_cost_no_query_more(
    personas: Personas, db: Session, platform: Platform, now: datetime
) -> None:
    with statements(db.get_bind()) as heard:  # type: ignore[arg-type]
        sending.send(a_scope(db, platform=platform, now=now), personas.account, "invoices", INVOICE)
    assert not [one for one in heard if "acct_domain" in one]


# The billing address


BILLS = "bills@ortega.example"


def place_of(user: User, db: Session) -> Membership:
    return db.scalars(select(Membership).where(Membership.user_id == user.id)).one()


def test_invoices_reach_the_billing_address(personas: Personas, db: Session, config: Config, now: datetime) -> None:
    personas.account.billing_email = BILLS
    contact("a@example.com", "invoices", people=personas, db=db, now=now)
    addresses = [address for address, _ in of("invoices", personas, db, config)]
    assert addresses == ["alice@example.com", "a@example.com", BILLS]


@pytest.mark.parametrize("category", ["general", "products", "domains", "support"])
def test_nothing_else_reaches_the_billing_address(
    category: str, personas: Personas, db: Session, config: Config
) -> None:
    personas.account.billing_email = BILLS
    assert of(category, personas, db, config) == [("alice@example.com", "en")]


def test_the_billing_address_is_written_to_in_the_language_of_the_owner_under_the_name_of_the_account(
    personas: Personas, db: Session, config: Config
) -> None:
    personas.account.billing_email, personas.alice.locale = BILLS, "it"
    found = recipients.of(a_scope(db, config=config), personas.account, "invoices")[-1]
    assert found.name == "Ortega Bakery"
    assert found.locale == "it"
    assert found.concerns == f"account:{personas.account.id}"


def test_invoices_reach_the_billing_address_where_there_are_no_contacts(
    personas: Personas, db: Session, now: datetime
) -> None:
    personas.account.billing_email = BILLS
    platform = features.platform(parse("[contacts]\nenabled = false"))
    assert [mail.recipient for mail in send(INVOICE, personas, db, platform, now)] == ["alice@example.com", BILLS]


@pytest.mark.parametrize("billing", ["Alice@Example.com", "a@example.com", "A@EXAMPLE.COM"])
def test_a_billing_address_that_gets_the_invoice_already_gets_one(
    billing: str, personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    personas.account.billing_email = billing
    contact("a@example.com", "invoices", people=personas, db=db, now=now)
    assert len(of("invoices", personas, db, config)) == 2


def test_a_contact_with_the_billing_address_can_still_stop_its_mails(
    personas: Personas, db: Session, platform: Platform, now: datetime
) -> None:
    personas.account.billing_email = "a@example.com"
    ana = contact("a@example.com", "invoices", people=personas, db=db, now=now)
    mails = send(INVOICE, personas, db, platform, now)
    assert [mail.unsubscribe for mail in mails if mail.recipient == "a@example.com"] == [f"contact:{ana.id}"]


def test_an_address_that_unsubscribed_is_not_written_to_as_the_billing_address(
    personas: Personas, db: Session, config: Config, now: datetime
) -> None:
    personas.account.billing_email = "Bills@ortega.example"
    db.add(Unsubscription(account_id=personas.account.id, email_key=BILLS, category="invoices", created_at=now))
    db.flush()
    assert of("invoices", personas, db, config) == [("alice@example.com", "en")]


def test_an_owner_who_wants_no_invoices_gets_none_as_the_billing_address(
    personas: Personas, db: Session, config: Config
) -> None:
    personas.account.billing_email = "alice@example.com"
    membership = db.scalars(
        select(Membership).where(Membership.is_owner, Membership.user_id == personas.alice.id)
    ).one()
    membership.categories_off = ["invoices"]
    assert of("invoices", personas, db, config) == []


def test_an_owner_who_wants_no_invoices_leaves_them_to_the_billing_address(
    personas: Personas, db: Session, config: Config
) -> None:
    personas.account.billing_email = BILLS
    membership = db.scalars(
        select(Membership).where(Membership.is_owner, Membership.user_id == personas.alice.id)
    ).one()
    membership.categories_off = ["invoices"]
    assert of("invoices", personas, db, config) == [(BILLS, "en")]


def test_an_account_without_invoices_writes_to_nobodys_billing_address(personas: Personas, db: Session) -> None:
    config = parse('[contacts]\ncategories = ["general"]')
    personas.account.billing_email = BILLS
    assert of("general", personas, db, config) == [("alice@example.com", "en")]


@pytest.mark.parametrize("becomes", [None, "other@ortega.example"])
def test_an_invoice_that_waits_does_not_go_to_a_billing_address_that_is_another_now(
    personas: Personas, db: Session, platform: Platform, now: datetime, make_worker: MakeWorker, server: Server,
    becomes: str | None,
) -> None:  # fmt: skip
    personas.account.billing_email = BILLS
    send(INVOICE, personas, db, platform, now)
    personas.account.billing_email = becomes
    db.commit()
    make_worker().run_once()
    assert [to for _, to, _ in server.taken] == [["alice@example.com"]]


def test_an_invoice_to_the_billing_address_brings_no_address_to_stop_it(
    personas: Personas, db: Session, platform: Platform, now: datetime, make_worker: MakeWorker, server: Server
) -> None:
    personas.account.billing_email = BILLS
    send(INVOICE, personas, db, platform, now)
    db.commit()
    make_worker().run_once()
    stops = {message["To"].addresses[0].addr_spec: message["List-Unsubscribe"] for message in server.messages()}
    assert stops[BILLS] is None
    assert stops["alice@example.com"] is not None


def test_a_sub_user_who_may_see_invoices_gets_none_by_mail(personas: Personas, db: Session, config: Config) -> None:
    place_of(personas.bob, db).permissions = ["invoices"]
    assert of("invoices", personas, db, config) == [("alice@example.com", "en")]
