"""The history of mails: who may know of what, what is left out, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from flask_acct.db.models import Membership, OutboxMail, User
from flask_acct.features.accounts.flows import invite
from flask_acct.features.emails import flows
from flask_acct.mail import outbox, sending
from flask_acct.mail.sending import OwnWords
from flask_acct.testing.records import add_account

from .conftest import House

WORDS = OwnWords(
    subject={"en": "Invoice 12", "es": "Factura 12"},
    text={"en": "It is due on 1 May.\n\nThank you.", "es": "Vence el 1 de mayo.\n\nGracias."},
    link="/invoices/12?token=let-me-in#now",
)


def place(house: House, user: User) -> Membership:
    mine = Membership.user_id == user.id, Membership.account_id == house.people.account.id
    return house.db.scalars(select(Membership).where(*mine)).one()


def of_owner(house: House) -> Membership:
    return place(house, house.people.alice)


def of_bob(house: House) -> Membership:
    return place(house, house.people.bob)


def subjects(house: House, who: Membership, locale: str = "en") -> list[str | None]:
    found = flows.browse(house.scope, who, page=1)
    return [flows.subject(mail, house.platform, locale=locale) for mail in found.mails]


def write_invoice(house: House) -> OutboxMail:
    sent = sending.send(house.scope, house.people.account, "invoices", WORDS)
    house.db.commit()
    return sent[0]


def write_all_kinds(house: House) -> None:
    """What is mailed to the owner and to a sub-user of an account besides what everybody may see."""
    for person in (house.people.alice, house.people.bob):
        invite(house.scope, person, house.people.account)
    house.ask("recovery.password", email="alice@example.com")
    outbox.queue_for_user(house.scope, "password.changed", to=house.people.alice)
    house.db.commit()


@pytest.fixture
def here(house: Any) -> House:
    found: House = house()
    return found


def test_what_was_written_about_the_account_is_listed_newest_first(here: House) -> None:
    write_invoice(here)
    here.later(hours=1)
    outbox.queue(
        here.scope,
        "contacts.message",
        recipient="x@example.com",
        locale="en",
        account=here.people.account,
        category="general",
        slots={"subject": "News"},
    )
    here.db.commit()

    assert subjects(here, of_owner(here)) == ["News", "Factura 12"]


def test_another_accounts_mail_is_not_listed(here: House) -> None:
    sending.send(here.scope, here.people.other_account, "invoices", WORDS)
    here.db.commit()

    assert subjects(here, of_owner(here)) == []


def test_a_sub_user_learns_nothing_of_mail_about_anybodys_access(here: House) -> None:
    write_all_kinds(here)
    write_invoice(here)

    assert subjects(here, of_bob(here)) == ["Factura 12"]
    assert len(subjects(here, of_owner(here))) == 4


def test_an_owner_learns_nothing_of_mail_about_somebody_elses_access(here: House) -> None:
    """Who has given the account away still has their privacy, and who is in it too."""
    write_all_kinds(here)
    seen = flows.browse(here.scope, of_owner(here), page=1).mails

    assert {mail.user_id for mail in seen} == {here.people.alice.id}


def test_every_kind_of_mail_that_brings_a_way_in_is_private(here: House) -> None:
    """Whatever is declared, now or later: no category may carry a secret, so it has none."""
    write_all_kinds(here)

    assert {flows.is_private(mail) for mail in here.db.scalars(select(OutboxMail))} == {True}


def test_a_mail_with_a_token_is_private_even_if_it_has_a_category(here: House) -> None:
    mail = invite(here.scope, here.people.alice, here.people.account)
    mail.category = "general"
    here.db.commit()

    assert flows.is_private(mail)
    assert subjects(here, of_bob(here)) == []


def test_it_stays_private_once_its_token_is_gone(here: House) -> None:
    mail = invite(here.scope, here.people.alice, here.people.account)
    mail.category, mail.token_id = "general", None
    here.db.commit()

    assert flows.is_private(mail)
    assert subjects(here, of_bob(here)) == []


def test_nobody_reads_what_a_private_mail_said(here: House) -> None:
    write_all_kinds(here)

    assert [flows.text(mail, here.platform) for mail in here.db.scalars(select(OutboxMail))] == [()] * 4


def test_a_sub_user_cannot_open_a_private_mail_by_its_number(here: House) -> None:
    write_all_kinds(here)
    ids = list(here.db.scalars(select(OutboxMail.id)))

    assert [flows.find(here.scope, id_, of_bob(here)) for id_ in ids] == [None] * len(ids)
    theirs = select(OutboxMail.id).where(OutboxMail.user_id == here.people.alice.id)
    assert [id_ for id_ in ids if flows.find(here.scope, id_, of_owner(here))] == list(here.db.scalars(theirs))


def test_a_mail_of_another_account_cannot_be_opened_by_its_number(here: House) -> None:
    sent = sending.send(here.scope, here.people.other_account, "invoices", WORDS)
    here.db.commit()

    assert flows.find(here.scope, sent[0].id, of_owner(here)) is None


@pytest.mark.parametrize("id_", [0, -1, 2**31, 10**30])
def test_a_number_no_mail_has_opens_nothing(here: House, id_: int) -> None:
    assert flows.find(here.scope, id_, of_owner(here)) is None


def test_the_text_is_shown_without_what_could_let_anybody_in(here: House) -> None:
    text = "\n".join(flows.text(write_invoice(here), here.platform))

    assert "Vence el 1 de mayo." in text
    assert "/invoices/12" in text
    assert not [word for word in ("token", "let-me-in", "#now", "unsubscribe") if word in text]


def test_no_private_mail_could_be_retold_with_its_secret(here: House) -> None:
    """Even if somebody asked for it: the words are there, the link and the password are not."""
    from flask_acct.mail import rendering
    from flask_acct.mail.examples import example

    for name, mail in here.platform.declared.mails.items():
        letter = example(mail, here.platform, here.now, locale="en")
        text = "\n".join(rendering.redacted(letter, here.platform))

        assert name == name
        assert letter.secret is None or letter.secret not in text
        assert "token=" not in text


def test_a_subject_is_in_the_readers_language_and_the_text_as_it_was_sent(here: House) -> None:
    write_all_kinds(here)
    write_invoice(here)
    mail = here.db.scalars(select(OutboxMail).where(OutboxMail.mail == "password.changed")).one()

    assert flows.subject(mail, here.platform, locale="it") == here.platform.say("password.changed.subject", "it")


def test_a_mail_of_a_kind_that_is_no_more_is_listed_without_a_subject(here: House) -> None:
    mail = write_invoice(here)
    mail.mail = "gone.away"
    here.db.commit()

    assert subjects(here, of_owner(here)) == [None]
    assert flows.text(mail, here.platform) == ()


def test_after_thirty_days_it_is_gone(here: House) -> None:
    mail = write_invoice(here)
    mail.state, mail.sent_at = "sent", here.now
    here.db.commit()
    here.now += timedelta(days=30)
    still = len(subjects(here, of_owner(here)))
    here.now += timedelta(seconds=1)

    assert still == 1
    assert subjects(here, of_owner(here)) == []
    assert flows.find(here.scope, mail.id, of_owner(here)) is None


def test_a_dead_mail_is_shown_no_longer_than_the_others(here: House) -> None:
    mail = write_invoice(here)
    mail.state = "dead"
    here.db.commit()
    here.now += timedelta(days=31)

    assert subjects(here, of_owner(here)) == []


def test_the_history_comes_by_pages_in_two_queries(here: House) -> None:
    for _ in range(60):
        write_invoice(here)
    pages = [flows.browse(here.scope, of_owner(here), page=page) for page in (1, 2, 3, 99)]

    assert [(len(one.mails), one.page, one.pages) for one in pages] == [(25, 1, 3), (25, 2, 3), (10, 3, 3), (10, 3, 3)]
    ids = [mail.id for one in pages[:3] for mail in one.mails]
    assert ids == sorted(ids, reverse=True)


def test_a_mail_about_no_account_is_in_nobodys_history(here: House) -> None:
    """Bob owns none, and nobody said which account his lost password is about."""
    here.ask("recovery.password", email="bob@example.com")

    assert [mail.account_id for mail in here.db.scalars(select(OutboxMail))] == [None]
    assert subjects(here, of_owner(here)) == []


def test_who_owns_two_accounts_has_private_mail_in_neither(here: House) -> None:
    add_account(here.scope, "Second shop", owner=here.people.alice, number="9100")
    here.db.commit()
    here.ask("recovery.password", email="alice@example.com")

    assert subjects(here, of_owner(here)) == []
