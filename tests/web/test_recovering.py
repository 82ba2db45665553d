"""The ways back in through pages and mails, from the lost password to the new one; and what a stolen copy opens."""

from __future__ import annotations

import re
from email.message import EmailMessage
from itertools import chain
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from flask_acct.db.models import metadata
from flask_acct.security import tokens

from ..personas import NEW_PASSWORD
from ..scopes import a_scope
from .site import Build, Site
from .visitor import Visitor

KNOWN = {"username": "alice", "email": "alice@example.com", "kind": "customer_number", "value": "9000"}


def ask(site: Site) -> Visitor:
    """Alice's details, whatever this preset asks."""
    visitor = site.visitor()
    page = visitor.open("/account/recover/password")
    names = {node.attributes.get("name", "") for node in page.nodes}
    answer = visitor.post("/account/recover/password", {name: KNOWN[name] for name in KNOWN if name in names})
    visitor.open(answer.headers["Location"])
    return visitor


def body(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    words: str = part.get_content()
    return words


def link(letter: EmailMessage) -> str:
    """The path of the first address in a mail."""
    found = re.search(r"^https?://\S+$", body(letter), re.MULTILINE)
    assert found is not None
    parts = urlsplit(found[0])
    return f"{parts.path}?{parts.query}"


def way_in(site: Site) -> EmailMessage:
    """The mail that brings link or temporary password."""
    ask(site)
    ((_, letter),) = site.letters()
    if site.config.recovery.password.confirm:
        visitor = site.visitor()
        visitor.open(link(letter))
        assert site.letters() == []
        visitor.press(site.say("recovery.confirm.submit"))
        ((_, letter),) = site.letters()
    return letter


def temporary(letter: EmailMessage) -> str | None:
    signs = f"[{tokens.ALPHABET}]{{{tokens.TEMPORARY_PASSWORD_LENGTH}}}"
    found = re.search(rf"^{signs}$", body(letter), re.MULTILINE)
    return found[0] if found else None


def test_from_a_lost_password_to_a_new_one(any_site: Site) -> None:
    letter, visitor, name = way_in(any_site), any_site.visitor(), any_site.identifier(any_site.people.alice)
    if secret := temporary(letter):
        any_site.sign_in(name, secret, visitor)
    else:
        visitor.open(link(letter))
    typed = {any_site.say("password.set.new"): NEW_PASSWORD, any_site.say("password.set.repeat"): NEW_PASSWORD}
    visitor.press(any_site.say("password.set.submit"), typed)
    assert any_site.sign_in(name, NEW_PASSWORD).open("/services").heading == "Services of Ortega Bakery"


def test_the_customer_number_is_in_the_second_mail_and_not_in_the_one_to_confirm(make: Build) -> None:
    site = make("customer-panel")
    ask(site)
    ((_, first),) = site.letters()
    second = way_in(site)
    assert ["9000" in body(letter) for letter in (first, second)] == [False, True]


def test_what_was_sent_survives_no_reload_but_the_form_is_back(any_site: Site) -> None:
    visitor = ask(any_site)
    first = visitor.page.says("recovery.password.sent")
    assert first is True
    assert visitor.open("/account/recover/password").says("recovery.password.submit")


def test_a_double_click_is_one_request_and_one_mail(any_site: Site) -> None:
    visitor = any_site.visitor()
    visitor.open("/account/recover/request")
    typed = {"name": "Ana", "email": "ana@example.com", "about": "I lost everything"}
    answers = [visitor.post("/account/recover/request", typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(any_site.letters()) == 1


def test_the_form_opened_anew_is_a_request_of_its_own(any_site: Site) -> None:
    for _ in range(2):
        ask(any_site)
    assert len(any_site.rows()["acct_request"]) == 2


def test_of_two_requests_only_the_link_of_the_newer_is_sent(any_site: Site) -> None:
    for _ in range(2):
        ask(any_site)
    assert len(any_site.letters()) == 1


def test_going_back_to_correct_a_slip_is_a_request_of_its_own(site: Site) -> None:
    visitor = site.visitor()
    visitor.open("/account/recover/password")
    for email in ("alise@example.com", "alice@example.com"):
        visitor.post("/account/recover/password", {"email": email})
    assert [recipient for recipient, _ in site.letters()] == ["alice@example.com"]


def test_who_knows_nothing_gets_a_reference_and_the_desk_a_mail(any_site: Site) -> None:
    visitor = any_site.visitor()
    visitor.open("/account/recover/request")
    typed = {any_site.say("recovery.request.name"): "Ana", any_site.say("recovery.request.email"): "ana@example.com",
             any_site.say("recovery.request.about"): "We were customers in 2019"}  # fmt: skip
    page = visitor.press(any_site.say("recovery.request.submit"), typed)
    reference = re.search(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}", page.text)
    ((recipient, letter),) = any_site.letters()
    assert reference is not None
    assert recipient == any_site.config.site.support_email
    assert reference[0] in letter["Subject"]


def test_a_copy_of_the_database_opens_nothing(any_site: Site) -> None:
    """Every string in it, tried as link, as temporary password, as password and as cookie; and so before sending."""
    alice = any_site.alice()
    ask(any_site)
    assert any_site.acct.worker is not None
    any_site.acct.worker._answer_requests()
    before = strings(any_site)
    way_in(any_site)
    stolen = before | strings(any_site)
    name, opened = any_site.identifier(any_site.people.alice), []
    assert len(stolen) > 60
    for secret in stolen:
        with any_site.acct.database.session() as db:
            purposes: tuple[tokens.Purpose, ...] = (
                "password_link", "temporary_password", "confirm_recovery", "activation",
            )  # fmt: skip
            if tokens.find(a_scope(db, now=any_site.clock()), secret, *purposes):
                opened.append(secret)
        visitor = any_site.visitor()
        visitor.client.set_cookie(any_site.acct.cookie_name, secret)
        if visitor.client.get("/services").status_code == 200:
            opened.append(secret)
    assert opened == []
    assert alice.open("/services").status == 200
    hashes = [secret for secret in stolen if secret.startswith("$argon2")]
    assert [any_site.sign_in(name, secret).page.screen for secret in hashes] == ["login.form"] * len(hashes)


def strings(site: Site) -> set[str]:
    """Every string in the database, and every word in it."""
    found: set[str] = set()
    with site.acct.database.engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(text(f"SELECT * FROM {table.name}")):
                found.update(str(value) for value in row if value is not None)
    return found | set(chain.from_iterable(re.findall(r"[\w$,=/+.-]{16,}", value) for value in found))


@pytest.mark.parametrize("screen", ["recovery.password", "recovery.request"])
def test_too_many_requests_are_told_how_long_to_wait(make: Build, screen: str) -> None:
    site = make("client-area")
    path = f"/account/recover/{screen.rpartition('.')[2]}"
    data = {"email": "n@example.com", "name": "N", "about": "x"}
    visitor = site.visitor()
    for _ in range(site.config.limits.requests_per_address):
        visitor.open(path)
        visitor.post(path, data)
    answer = visitor.post(path, data)
    assert answer.status_code == 429
    assert f"{screen}.too_many" in answer.get_data(as_text=True)


FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_the_mail_names_the_browser_it_was_asked_with_and_nothing_that_the_browser_says_of_itself(site: Site) -> None:
    path = "/account/recover/password"
    evil = f"{FIREFOX} https://evil.example/ Call +34 600 000 000"
    for person in ("alice@example.com", "nobody@example.com"):
        visitor = site.visitor(**{"User-Agent": evil})
        visitor.open(path)
        assert visitor.post(path, {"email": person}).status_code == 303
    ((_, letter),) = site.letters()
    assert re.search(r"^Solicitado: .* · Firefox, Windows$", body(letter), re.MULTILINE)
    assert "evil" not in letter.as_string()
    assert "600 000" not in letter.as_string()
