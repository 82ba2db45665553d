"""What people type and paste is understood where it has one meaning, and refused with a sentence where it has none.

Nobody reads that a mail is on its way when none can be.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from flask_acct.cli import acct
from flask_acct.db.models import Account, Contact, Invitation, User
from flask_acct.features.accounts import flows as accounts
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .site import Build, Site
from .visitor import Read

UNSEEN = ["\u200b", "\ufeff", "\u2068", "\u2069", "\u00ad", "\u200f", "\u2060", "\ufe0f"]
AROUND = [
    "mailto:{}",
    "Alice Ortega <{}>",
    "<{}>",
    "“{}”",
    "'{}'",
    "{}.",
    "{},",
    "\u00a0{}",
    "{}\u200b",
    "\u2068{}\u2069",
]
NUMBERS = ["#9000", "No. 9000", "Nº 9000", "Nº9000", "№9000", "9 000", "9.000", "９０００", "٩٠٠٠", "09000",
           "9000\u200b",            "Customer number: 9000"]  # fmt: skip
DOMAINS = ["Https://www.ortega.example/", "ortega.example:2083", "http://ortega.example:8080/", "info@ortega.example",
           "www.ortega.example", "ORTEGA.EXAMPLE.", "ortega.example.\u200b", "http://ortega.example/a?b#c",
           "ｏｒｔｅｇａ.ｅｘａｍｐｌｅ"]  # fmt: skip


def recover(site: Site, typed: str, kind: str = "") -> Read:
    """The recovery form with this in its one field, or as the kind chosen."""
    visitor = site.visitor()
    visitor.open("/account/recover/password")
    asked = site.config.recovery.password.identify
    data = {"kind": kind, "value": typed} if kind else {asked[0]: typed}
    return visitor._follow(visitor.post("/account/recover/password", data), "/account/recover/password")


@pytest.mark.parametrize("around", [*AROUND, *(f"{unseen}{{}}" for unseen in UNSEEN)])
def test_an_address_pasted_with_its_surroundings_signs_in(site: Site, around: str) -> None:
    assert site.sign_in(around.format("alice@example.com")).path == "/"


@pytest.mark.parametrize("typed", NUMBERS)
def test_a_number_pasted_with_its_surroundings_signs_in(make: Build, typed: str) -> None:
    assert make("customer-panel").sign_in(typed).path == "/"


@pytest.mark.parametrize("typed", ["\u200bm00000", "m00000\ufeff", "“m00000”", "m00000,", "m\u00ad00000"])
def test_a_user_name_pasted_with_its_surroundings_signs_in(make: Build, typed: str) -> None:
    site = make("sending-platform")
    site.run("UPDATE acct_user SET username = 'm00000', username_key = 'm00000' WHERE username = 'alice'")
    assert site.sign_in(typed).path == "/"


@pytest.mark.parametrize("around", AROUND)
def test_an_address_pasted_with_its_surroundings_is_written_to(site: Site, around: str) -> None:
    assert recover(site, around.format("alice@example.com")).says("recovery.password.sent")
    assert [to for to, _ in site.letters()] == ["alice@example.com"]


@pytest.mark.parametrize("around", AROUND)
def test_an_address_pasted_with_its_surroundings_gets_its_user_names(make: Build, around: str) -> None:
    site = make("sending-platform")
    visitor = site.visitor()
    visitor.open("/account/recover/username")
    visitor.press(
        site.say("recovery.username.submit"),
        {site.say("recovery.username.email"): around.format("alice@example.com")},
    )
    assert [to for to, _ in site.letters()] == ["alice@example.com"]


@pytest.mark.parametrize(
    ("kind", "typed"),
    [*(("domain", typed) for typed in DOMAINS), *(("customer_number", typed) for typed in NUMBERS),
     ("email", "mailto:Alice@Example.com")],
)  # fmt: skip
def test_what_is_known_of_an_account_is_understood_however_it_is_written(make: Build, kind: str, typed: str) -> None:
    site = make("customer-panel")
    assert recover(site, typed, kind).says("recovery.password.sent")
    assert [to for to, _ in site.letters()] == ["alice@example.com"]


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("domain", "Ortega Bakery", "shell.form.not_a_domain"), ("domain", "localhost", "shell.form.not_a_domain"),
        ("domain", "a.example b.example", "shell.form.not_a_domain"),
        ("customer_number", "alice", "shell.form.not_a_number"),
        ("customer_number", "9000 9001", "shell.form.not_a_number"),
        ("customer_number", "9000.0", "shell.form.not_a_number"),
        ("email", "alice", "shell.form.not_an_email"), ("email", "a@b.example, c@d.example", "shell.form.not_an_email"),
        ("email", "\u200b", "shell.form.not_an_email"),
    ],
)  # fmt: skip
def test_what_can_be_nobodys_is_refused_with_a_sentence(make: Build, kind: str, typed: str, said: str) -> None:
    site = make("customer-panel")
    before = site.rows()
    page = recover(site, typed, kind)
    assert page.status == 422
    assert page.says(said)
    assert site.rows() == before


@pytest.mark.parametrize("typed", ["a b", "ana@x.example", "12345", "a/b"])
def test_what_is_no_user_name_is_refused_with_a_sentence(make: Build, typed: str) -> None:
    page = recover(make("email-marketing"), typed)
    assert page.status == 422
    assert page.says("shell.form.not_a_username")


def test_the_form_that_comes_back_holds_what_was_typed(make: Build) -> None:
    page = recover(make("customer-panel"), "9000 9001", "customer_number")
    assert page.element("recovery.password.value").attributes["value"] == "9000 9001"


def temporary(site: Site) -> str:
    recover(site, "alice")
    (_, letter), *_ = site.letters()
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    return next(line.strip() for line in text.splitlines() if len(line.strip()) == 20 and line.strip().isalnum())


@pytest.mark.parametrize(
    "around", ["{} ", " {}", "{}\t", "\u00a0{}", "{}\u00a0", "{}\n", "{}\u200b", "\ufeff{}", "\r\n{}\r\n"]
)
def test_a_temporary_password_is_good_with_what_was_copied_around_it(make: Build, around: str) -> None:
    site = make("email-marketing")
    assert site.sign_in("alice", around.format(temporary(site))).page.screen == "password.set"


@pytest.mark.parametrize("around", ["{} ", " {}", "{}\u00a0", "{}\u200b"])
def test_a_password_of_ones_own_is_what_was_typed_and_nothing_else(site: Site, around: str) -> None:
    page = site.sign_in("alice@example.com", around.format(PASSWORD)).page
    assert page.status == 422
    assert page.says("login.form.wrong")


def test_a_password_that_begins_with_a_blank_stays_so(site: Site) -> None:
    alice = site.alice()
    alice.open("/account/password/change")
    new = f" {NEW_PASSWORD} "
    typed = {"current": PASSWORD, "new": new, "repeat": new}
    alice.post("/account/password/change", typed)
    assert site.sign_in("alice@example.com", new).path == "/"
    assert site.sign_in("alice@example.com", NEW_PASSWORD).page.status == 422


@pytest.mark.parametrize("around", AROUND)
def test_an_address_invited_is_the_one_that_was_meant(site: Site, around: str) -> None:
    alice = site.alice()
    alice.open("/account/users/invite")
    typed = {site.say("users.invite.email"): around.format("ana@new.example")}
    page = alice.press(site.say("users.invite.submit"), typed)
    assert page.says("users.list.sent_to")
    with site.acct.database.session() as db:
        assert db.scalars(select(Invitation.email)).all() == ["ana@new.example"]


@pytest.mark.parametrize("around", AROUND)
def test_a_contact_and_a_billing_address_are_kept_plain(site: Site, around: str) -> None:
    alice = site.alice()
    alice.open("/account/contacts/new")
    contact = {"email": around.format("ana@new.example"), "first_name": "Ana", "phone": "\u202d+34 910 00 00 00\u202c"}
    alice.post("/account/contacts/new", {**contact, "categories": ["invoices"], "acct_account": "9000"})
    alice.post(
        "/account/profile", {"name": "X", "billing_email": around.format("pay@new.example"), "acct_account": "9000"}
    )
    with site.acct.database.session() as db:
        kept = db.scalars(select(Contact)).one()
        billing = db.scalar(select(Account.billing_email).where(Account.number == "9000"))
    assert kept.email == "ana@new.example"
    assert kept.email_key == "ana@new.example"
    assert kept.phone == "+34910000000"
    assert billing == "pay@new.example"


@pytest.mark.parametrize("around", AROUND)
def test_a_new_address_is_confirmed_and_named_plain(site: Site, around: str) -> None:
    alice = site.alice()
    alice.open("/account/me/email")
    typed = {"new": around.format("ana@new.example"), "password": PASSWORD}
    page = alice._follow(alice.post("/account/me/email", typed), "/account/me/email")
    assert "ana@new.example" in page.text
    assert "<" not in page.text
    assert "ana@new.example" in [to for to, _ in site.letters()]


def test_an_account_of_the_command_line_is_kept_plain(site: Site) -> None:
    how = [
        "--customer-number",
        "No. 09 500",
        "--name",
        "Bread",
        "--username",
        "\u200bbaker,",
        "--domain",
        "Https://www.Bread.example/",
    ]
    done = site.app.test_cli_runner().invoke(
        acct, ["add-account", *how, "--email", "Baker <mailto:Baker@Bread.example>", "--no-invite"]
    )
    assert done.exit_code == 0, done.output
    with site.acct.database.session() as db:
        baker = db.scalars(select(User).where(User.username == "baker")).one()
        assert baker.username_key == "baker"
        assert baker.email == "Baker@bread.example"
        (place,) = baker.memberships
        assert place.account.number == "9500"
        assert [one.key for one in place.account.domains] == ["bread.example"]


def test_accounts_are_found_by_a_number_with_its_surroundings(site: Site) -> None:
    with site.acct.database.session() as db:
        for asked in ("#9000", "No. 9000", "09000", "9000\u200b"):
            found = accounts.browse(db, site.people.alice, query=asked, page=1)
            assert [place.account.number for place in found.places] == ["9000"], asked


@pytest.mark.parametrize("name", ["\u0430lice", "b\u043eb"])
def test_a_new_user_name_that_looks_like_another_is_refused(make: Build, name: str) -> None:
    site = make("sending-platform")
    done = site.app.test_cli_runner().invoke(
        acct, ["add-account", "--customer-number", "9500", "--name", "X", "--username", name, "--email", "x@x.example"]
    )
    assert done.exit_code == 1
    assert "several scripts" in done.output


def test_who_has_a_name_of_two_scripts_keeps_it(make: Build) -> None:
    site = make("sending-platform")
    site.run("UPDATE acct_user SET username = 'аlice', username_key = 'аlice' WHERE username = 'alice'")
    assert site.sign_in("аlice").path == "/"
