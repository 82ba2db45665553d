"""The history of mails in the browser: what the owner, a sub-user and a stranger see of it."""

from __future__ import annotations

import re

import pytest

from flask_acct.db.models import Account, OutboxMail, User
from flask_acct.features.accounts.flows import invite
from flask_acct.mail import sending
from flask_acct.mail.sending import OwnWords

from ..scopes import a_scope
from .site import Build, Site
from .visitor import Read, Visitor

TOKEN = re.compile(r'(name="csrf_token" value=)"[^"]*"')


@pytest.fixture
def site(make: Build) -> Site:
    """An invoice was written to Alice, and she was invited before."""
    site = make()
    acct = site.acct
    with acct.database.transaction() as db:
        ours, alice = db.get_one(Account, site.people.account.id), db.get_one(User, site.people.alice.id)
        invite(a_scope(db, platform=acct.platform, keys=acct.keys, now=site.clock()), alice, ours)
        words = OwnWords(subject="Factura 12", text="Vence <b>hoy</b>.\n\nGracias.", link="/invoices/12?token=x")
        sending.send(a_scope(db, platform=acct.platform, now=site.clock()), ours, "invoices", words)
    return site


def bob(site: Site, *permissions: str) -> Visitor:
    """Bob, signed in, who may do this."""
    statement = "UPDATE acct_membership SET permissions = :all WHERE user_id = :bob"
    site.run(statement, all=str(list(permissions)).replace("'", '"'), bob=site.people.bob.id)
    return site.visitor(site.people.bob)


def rows(page: Read) -> list[str]:
    return [node.text for node in page.nodes if "data-acct-row" in node.attributes]


def test_the_owner_sees_every_message_about_the_account(site: Site) -> None:
    page = site.alice().open("/account/emails")

    assert page.status == 200
    assert len(rows(page)) == 2
    assert "Factura 12" in rows(page)[0]
    assert site.say("accounts.activation.subject") in rows(page)[1]


def test_a_sub_user_with_the_permission_sees_what_was_for_everybody(site: Site) -> None:
    page = bob(site, "emails").open("/account/emails")

    assert [text for text in rows(page) if "Factura 12" not in text] == []
    assert len(rows(page)) == 1


def test_a_sub_user_without_the_permission_sees_none(site: Site) -> None:
    assert bob(site, "invoices").open("/account/emails").status == 403


def test_a_stranger_sees_an_empty_history_of_their_own(site: Site) -> None:
    page = site.visitor(site.people.charlie).open("/account/emails")

    assert page.status == 200
    assert rows(page) == []
    assert page.says("emails.list.empty")


def test_a_visitor_signs_in_first(site: Site) -> None:
    assert site.visitor().open("/account/emails").screen == "login.form"


def test_the_page_says_for_how_long_messages_are_kept(site: Site) -> None:
    assert "30" in site.alice().open("/account/emails").element("emails.list.intro").text


def test_a_message_is_read_as_text(site: Site) -> None:
    page = bob(site, "emails").open("/account/emails/2")
    text = page.element("emails.mail.text").text

    assert page.status == 200
    assert page.heading == "Factura 12"
    assert "Vence <b>hoy</b>. Gracias." in text
    assert text.endswith("/invoices/12")


def test_the_owner_reads_that_a_private_message_was_sent_and_not_what_it_said(site: Site) -> None:
    page = site.alice().open("/account/emails/1")

    assert page.element("emails.mail.text").text == site.say("emails.mail.left_out")
    assert "token" not in page.only("main").text


def test_a_private_message_is_no_page_for_a_sub_user(site: Site) -> None:
    visitor = bob(site, "emails")
    private, missing = visitor.open("/account/emails/1"), visitor.open("/account/emails/77")

    assert private.status == 404
    assert missing.status == 404
    assert plain(private).replace("/1", "/77") == plain(missing)


def test_a_message_of_another_account_cannot_be_told_from_none(site: Site) -> None:
    charlie = site.visitor(site.people.charlie)
    foreign, missing = charlie.open("/account/emails/2"), charlie.open("/account/emails/77")

    assert foreign.status == 404
    assert plain(foreign).replace("emails/2", "emails/77") == plain(missing)


def plain(page: Read) -> str:
    return TOKEN.sub(r"\1", page.html)


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "2147483648"])
def test_a_number_no_message_has_is_no_page(site: Site, number: str) -> None:
    assert site.alice().open(f"/account/emails/{number}").status == 404


def test_the_state_of_each_message_is_told(site: Site) -> None:
    before = rows(site.alice().open("/account/emails"))
    site.letters()
    with site.acct.database.transaction() as db:
        db.get_one(OutboxMail, 1).state = "dead"
    after = rows(site.alice().open("/account/emails"))
    said = [site.say(f"emails.list.{name}") for name in ("queued", "sent", "dead")]

    assert [said[0] in text for text in before] == [True, True]
    assert said[1] in after[0]
    assert said[2] in after[1]


def test_the_menu_leads_there_for_who_may(site: Site) -> None:
    assert bob(site, "emails").open("/").says("shell.menu.emails")
    assert not bob(site, "invoices").open("/").says("shell.menu.emails")


def test_there_is_no_such_page_where_it_is_switched_off(make: Build) -> None:
    site = make("customer-panel")

    assert site.alice().open("/account/emails").status == 404


def test_the_history_costs_three_statements_however_long(site: Site) -> None:
    visitor = bob(site, "emails")
    # The first page of a session looks for invitations, too.
    visitor.open("/account/emails")
    with site.statements() as few:
        visitor.open("/account/emails")
    with site.acct.database.transaction() as db:
        ours = db.get_one(Account, site.people.account.id)
        for _ in range(100):
            words = OwnWords(subject="Again", text="Again.")
            sending.send(a_scope(db, platform=site.acct.platform, now=site.clock()), ours, "invoices", words)
    with site.statements() as many:
        page = visitor.open("/account/emails")

    assert len(few) == 3
    assert len(many) == 3
    assert len(rows(page)) == 25
