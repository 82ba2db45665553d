"""The staff area over HTTP: who gets in, what each may do there, and that no session opens anything of the others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.orm.exc import StaleDataError

from flask_acct import config as configuration
from flask_acct import signals
from flask_acct.config import Config
from flask_acct.db.models import AuditEntry, OutboxMail, StaffSession, SupportCase, User, metadata
from flask_acct.declare.elements import Screen
from flask_acct.features import declare
from flask_acct.security import passwords
from flask_acct.staff import members
from flask_acct.staff.acts import Actor, Role
from flask_acct.staff.members import LinkMade
from flask_acct.testing import PASSWORD
from flask_acct.testing.records import add_user

from .site import Build, Site
from .visitor import Read, Visitor

STAFF_PASSWORD = "nine tall lighthouses by night"
SHELL = Actor("command: root", "admin")


def with_staff(name: str = "client-area", **staff: Any) -> Config:
    chosen = configuration.preset(name)
    table = chosen.staff.model_copy(update={"enabled": True, **staff})
    site = chosen.site.model_copy(update={"default_locale": "en"})
    return chosen.model_copy(update={"staff": table, "site": site})


def screens() -> list[Screen]:
    return [one for one in declare(with_staff()).screens.values() if one.access == "staff"]


SENT = [one.name for one in screens() if one.action is not None]
OF_ADMINS = [one.name for one in screens() if one.role]
ALL = [one.name for one in screens()]


@pytest.fixture
def office(make: Build) -> Site:
    """A site with a staff area, and one thing of each kind to act on."""
    site = make(with_staff())
    for email, role in (("ada@company.example", "admin"), ("sam@company.example", "support")):
        add(site, email, role)  # type: ignore[arg-type]
    with site.acct.database.transaction() as db:
        now = site.clock()
        db.add(OutboxMail(
            message_id="acct.1", mail="password.changed", recipient="alice@example.com", locale="en", state="dead",
            failure="550 no such user", created_at=now, next_attempt_at=now,
            slots={"username": "alice", "when_at": now.isoformat()},
        ))  # fmt: skip
        db.add(SupportCase(
            reference="R-2222-2222", name="Alice", email="a@else.example", text="I know nothing.", locale="en",
            created_at=now, changed_at=now,
        ))  # fmt: skip
    return site


def add(site: Site, email: str, role: Role) -> None:
    with site.acct.database.transaction() as db:
        made = members.add(site.acct.scope(db), email, role, by=SHELL, reason="new")
        assert isinstance(made, LinkMade)
        made.member.password_hash = passwords.hashed(STAFF_PASSWORD)


def path_of(site: Site, name: str) -> str:
    with site.acct.database.session() as db:
        ids = {"account": site.people.account.id, "user": site.people.alice.id, "mail": 1, "case": 1}
        ids["member"] = db.scalars(select(StaffSession.staff_id)).first() or 1
    path = site.acct.platform.declared.screens[name].path
    for parameter, id_ in ids.items():
        path = path.replace(f"<int:{parameter}>", str(id_))
    return f"/account/{path}"


def enter(site: Site, email: str = "ada@company.example", password: str = STAFF_PASSWORD) -> Visitor:
    visitor = site.visitor()
    visitor.open("/account/staff/sign-in")
    visitor.press("Sign in", {"Email address": email, "Password": password})
    return visitor


def log(site: Site) -> list[str]:
    with site.acct.database.session() as db:
        return [f"{one.by} {one.act} {one.on_name}: {one.reason}" for one in db.scalars(select(AuditEntry))]


def user(site: Site, name: str = "alice") -> User:
    with site.acct.database.session() as db:
        return db.scalars(select(User).where(User.username_key == name)).one()


def test_without_the_setting_there_is_no_staff_area(site: Site) -> None:
    assert site.visitor().open("/account/staff").status == 404


def test_no_page_for_customers_leads_to_the_staff_area(office: Site) -> None:
    page = office.alice().open("/account/me")
    assert [node for node in page.nodes if "/staff" in node.attributes.get("href", "")] == []


def test_nobody_but_staff_opens_a_page_of_the_staff_area(office: Site) -> None:
    stranger, alice = office.visitor(), office.alice()
    opened = {stranger.open(path_of(office, name)).screen for name in ALL}
    opened |= {alice.open(path_of(office, name)).screen for name in ALL}
    assert opened == {"staff.sign_in"}


def test_no_page_of_the_staff_area_is_kept_by_a_browser_or_a_proxy(office: Site) -> None:
    ada = enter(office)
    kept = {name: ada.open(path_of(office, name)).response.headers.get("Cache-Control") for name in ALL}
    assert set(kept.values()) == {"no-store"}


def test_support_opens_what_is_not_for_administrators(office: Site) -> None:
    sam = enter(office, "sam@company.example")
    statuses = {name: sam.open(path_of(office, name)).status for name in ALL}
    assert {name for name, status in statuses.items() if status == 403} == set(OF_ADMINS)
    assert {name for name, status in statuses.items() if status == 200} == set(ALL) - set(OF_ADMINS)


def test_a_form_of_the_staff_area_needs_its_token_and_a_session(office: Site) -> None:
    ada, alice, sam = enter(office), office.alice(), enter(office, "sam@company.example")
    before = office.rows()
    for name in SENT:
        path = path_of(office, name)
        foreign = ada.client.post(path, data={"reason": "x"}, base_url=office.root)
        assert foreign.status_code == 400
        answer = alice.post(path, {"reason": "x"})
        assert answer.headers["Location"] == "/account/staff/sign-in"
        if name in OF_ADMINS:
            assert sam.post(path, {"reason": "x"}).status_code == 403
    assert office.rows() == before


def test_an_administrator_does_nothing_without_a_reason(office: Site) -> None:
    ada = enter(office)
    before = log(office)
    for screen in screens():
        if screen.action is None or screen.name in ("staff.sign_out", "staff.own_password"):
            continue
        ada.open(path_of(office, screen.name))
        page = ada.press(screen.action.message, {"Reason": "  "})
        assert page.status == 422
        assert "aria-invalid" in page.field("Reason").attributes
    assert log(office) == before


def test_a_customers_session_counts_for_nothing_in_the_staff_area_and_the_other_way_round(office: Site) -> None:
    ada = enter(office)
    assert ada.open("/account/me").screen == "login.form"
    assert ada.open("/account/staff").screen == "staff.home"
    office.sign_in("alice@example.com", visitor=ada)
    page = ada.open("/account/staff")
    assert "Alice" not in page.only("header").text
    assert ada.open("/account/me").status == 200


def test_a_customers_password_lets_nobody_into_the_staff_area(office: Site) -> None:
    page = enter(office, "alice@example.com", PASSWORD).page
    assert page.says("staff.sign_in.wrong")


def test_signing_in_makes_a_new_session_and_ends_that_of_before(office: Site) -> None:
    ada = enter(office)
    first = ada.client.get_cookie("acct_staff")
    assert first is not None
    planted = office.visitor()
    planted.client.set_cookie("acct_staff", first.value)
    planted.open("/account/staff/sign-out")
    assert planted.page.screen == "staff.sign_out"
    ada.open("/account/staff/sign-out")
    ada.press("Sign out")
    assert planted.open("/account/staff").screen == "staff.sign_in"


def test_a_planted_session_is_not_the_one_that_signing_in_begins(office: Site) -> None:
    visitor = office.visitor()
    visitor.client.set_cookie("acct_staff", "planted")
    visitor.open("/account/staff/sign-in")
    visitor.press("Sign in", {"Email address": "ada@company.example", "Password": STAFF_PASSWORD})
    cookie = visitor.client.get_cookie("acct_staff")
    assert cookie is not None
    assert cookie.value != "planted"
    assert visitor.page.screen == "staff.home"


def test_the_cookie_is_for_our_own_pages_alone(make: Build) -> None:
    site = make(with_staff(), ACCT_PUBLIC_URL="https://clients.example.com")
    add(site, "ada@company.example", "admin")
    visitor = site.visitor()
    visitor.open("/account/staff/sign-in")
    answer = visitor.send("Sign in", {"Email address": "ada@company.example", "Password": STAFF_PASSWORD})
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("__Host-acct_staff=")]
    assert "Secure; HttpOnly; Path=/; SameSite=Strict" in cookie


def test_an_idle_session_ends(office: Site) -> None:
    ada = enter(office)
    office.clock.move(minutes=10)
    assert ada.open("/account/staff/audit").screen == "staff.audit"
    office.clock.move(minutes=14)
    assert ada.open("/account/staff/audit").screen == "staff.audit"
    office.clock.move(minutes=17)
    assert ada.open("/account/staff/audit").screen == "staff.sign_in"


def test_whoever_signs_in_goes_where_they_wanted_to(office: Site) -> None:
    visitor = office.visitor()
    visitor.open("/account/staff/audit?find=ada")
    page = visitor.press("Sign in", {"Email address": "ada@company.example", "Password": STAFF_PASSWORD})
    assert visitor.path == "/account/staff/audit?find=ada"
    assert page.screen == "staff.audit"


def test_guessing_has_to_wait_and_locks_nobody_out_elsewhere(make: Build) -> None:
    office = make(with_staff(), ACCT_PUBLIC_URL="https://clients.example.com")
    add(office, "ada@company.example", "admin")
    for _ in range(5):
        assert enter(office, password="wrong horse wrong horse").page.says("staff.sign_in.wrong")
    page = enter(office).page
    assert page.status == 429
    assert page.says("staff.sign_in.too_many")
    elsewhere = office.visitor()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    elsewhere.open("/account/staff/sign-in")
    elsewhere.press("Sign in", {"Email address": "ada@company.example", "Password": STAFF_PASSWORD})
    assert elsewhere.page.screen == "staff.home"


def test_a_dangerous_act_asks_for_the_password_again_after_a_while(office: Site) -> None:
    ada, path = enter(office), path_of(office, "staff.user_disable")
    office.clock.move(minutes=11)
    ada.open(path)
    page = ada.press("Disable user", {"Reason": "asked by post", "Your staff password": "wrong"})
    assert page.says("staff.act.wrong")
    assert user(office).disabled_at is None
    page = ada.press("Disable user", {"Reason": "asked by post", "Your staff password": STAFF_PASSWORD})
    assert page.says("staff.user.was_disabled")
    assert user(office).disabled_at is not None
    assert log(office)[-1] == "ada@company.example user.disable alice@example.com: asked by post"


def test_a_disabled_user_is_out_at_once_and_gets_the_answer_of_a_wrong_password(office: Site) -> None:
    alice = office.alice()
    ada = enter(office)
    ada.open(path_of(office, "staff.user_disable"))
    ada.press("Disable user", {"Reason": "fraud"})
    assert alice.open("/account/me").screen == "login.form"
    assert office.sign_in("alice@example.com").page.says("login.form.wrong")
    stranger = office.visitor()
    stranger.open("/account/recover/password")
    stranger.press(office.say("recovery.password.submit", "en"), {"Email address": "alice@example.com"})
    assert office.letters() == []
    ada.open(path_of(office, "staff.user_enable"))
    ada.press("Enable user", {"Reason": "a mistake"})
    assert office.sign_in("alice@example.com").path == "/"


def test_support_sends_the_users_own_way_back_in(office: Site) -> None:
    sam = enter(office, "sam@company.example")
    sam.open(path_of(office, "staff.user_recover"))
    page = sam.press("Send message", {"Reason": "called, knows the last invoice"})
    assert page.says("staff.user.recovery_sent")
    ((recipient, letter),) = office.letters()
    assert recipient == "alice@example.com"
    assert "/account/password/set?token=" in str(letter.get_body(("plain",)))


def test_an_address_changes_after_the_wait_and_the_old_one_is_told_first(office: Site) -> None:
    ada = enter(office)
    ada.open(path_of(office, "staff.user_address"))
    page = ada.press("Change address", {"New email address": "alice@new.example", "Reason": "lost the mailbox"})
    assert page.says("staff.user.address_planned")
    assert [recipient for recipient, _ in office.letters()] == ["alice@example.com"]
    assert user(office).email == "alice@example.com"
    office.clock.move(hours=73)
    told = sorted(recipient for recipient, _ in office.letters())
    assert user(office).email == "alice@new.example"
    assert told == ["alice@example.com", "alice@new.example"]
    assert log(office)[-1].startswith("ada@company.example user.address_changed")


def test_a_change_of_address_that_was_cancelled_never_happens(office: Site) -> None:
    ada = enter(office)
    ada.open(path_of(office, "staff.user_address"))
    ada.press("Change address", {"New email address": "alice@new.example", "Reason": "lost the mailbox"})
    ada.open(path_of(office, "staff.user_keep"))
    assert ada.press("Cancel change", {"Reason": "she objected"}).says("staff.user.address_kept")
    office.clock.move(hours=73)
    office.letters()
    assert user(office).email == "alice@example.com"


def link_to_keep(office: Site, new: str = "alice@new.example") -> str:
    """Have Ada change Alice's address. Returns the link in the notice to the old one."""
    ada = enter(office)
    ada.open(path_of(office, "staff.user_address"))
    ada.press("Change address", {"New email address": new, "Reason": "lost the mailbox"})
    ((recipient, letter),) = office.letters()
    assert recipient == "alice@example.com"
    text = letter.get_body(("plain",))
    assert text is not None
    return re.findall(r"/account/keep-address\?token=\w+", text.get_content())[0]


def test_the_customer_cancels_a_change_by_the_link_in_the_notice_without_signing_in(office: Site) -> None:
    reader, link = office.visitor(), link_to_keep(office)
    assert reader.open(link).screen == "staff.keep_address"
    assert reader.press("Cancel the change").says("staff.keep_address.kept")
    assert [recipient for recipient, _ in office.letters()] == ["alice@example.com"]
    office.clock.move(hours=73)
    office.letters()
    assert user(office).email == "alice@example.com"
    assert log(office)[-1] == "link in the notice user.objected alice@example.com: "


def test_the_link_opens_nothing_else(office: Site) -> None:
    reader = office.visitor()
    reader.open(link_to_keep(office))
    reader.press("Cancel the change")
    assert {reader.open(f"/account/{path}").screen for path in ("me", "password/set", "staff")} <= {
        "login.form", "staff.sign_in", "recovery.password",
    }  # fmt: skip


def test_opening_the_link_cancels_nothing(office: Site) -> None:
    office.visitor().open(link_to_keep(office))
    office.clock.move(hours=73)
    office.letters()
    assert user(office).email == "alice@new.example"


def test_a_sign_in_by_whoever_has_the_password_does_not_silence_it(office: Site) -> None:
    reader, link = office.visitor(), link_to_keep(office)
    office.sign_in("alice@example.com")
    reader.open(link)
    assert reader.press("Cancel the change").says("staff.keep_address.kept")


def test_a_link_of_a_change_that_was_replaced_cancels_nothing(office: Site) -> None:
    first = link_to_keep(office)
    link_to_keep(office, "other@new.example")
    page = office.visitor().open(first)
    assert page.says("staff.keep_address.dead")
    assert page.status == 410
    office.clock.move(hours=73)
    office.letters()
    assert user(office).email == "other@new.example"


def test_nor_does_one_of_a_change_that_staff_cancelled_or_that_has_happened(office: Site) -> None:
    link = link_to_keep(office)
    ada = enter(office)
    ada.open(path_of(office, "staff.user_keep"))
    ada.press("Cancel change", {"Reason": "she called"})
    office.letters()
    assert office.visitor().open(link).says("staff.keep_address.dead")
    happened = link_to_keep(office)
    office.clock.move(hours=73)
    office.letters()
    assert office.visitor().open(happened).says("staff.keep_address.dead")


def test_an_account_is_suspended_for_a_reason_and_its_users_see_it(office: Site) -> None:
    alice, ada = office.alice(), enter(office)
    ada.open(path_of(office, "staff.account_state"))
    page = ada.press("Change status", {"Status": "suspended", "Reason": "invoice 12 unpaid"})
    assert page.says("staff.account.state_set")
    assert "Suspended" in page.text
    assert alice.open("/services").screen == "accounts.suspended"


def test_the_plan_and_the_domains_of_an_account_change(office: Site) -> None:
    ada = enter(office)
    ada.open(path_of(office, "staff.account_plan"))
    page = ada.press("Change plan", {"Plan": "trial", "Valid until": "2026-05-01", "Reason": "a test"})
    assert page.says("staff.account.plan_set")
    ada.open(path_of(office, "staff.account_domains"))
    page = ada.press("Change domains", {"Domains": "ortega.example\nbikes.example", "Reason": "moved"})
    assert page.says("staff.act.domain_taken")
    page = ada.press("Change domains", {"Domains": "new.example", "Reason": "moved"})
    assert page.says("staff.account.domains_set")
    assert "added: new.example, removed: ortega.example" in page.text


@pytest.mark.parametrize("query", ["ortega bak", "9000", "ortega.example", "alice@example.com", "alice"])
def test_a_customer_is_found_by_name_number_domain_address_and_user_name(office: Site, query: str) -> None:
    page = enter(office).open(f"/account/staff?find={query}")
    assert "Ortega Bakery" in page.text
    assert "Charlie's Bikes" not in page.text


def test_a_request_goes_from_taken_to_answered(office: Site) -> None:
    stranger = office.visitor()
    stranger.open("/account/recover/request")
    say = office.say
    fields = {"name": "Alice Ortega", "email": "a@else.example", "about": "I lost my mailbox."}
    typed = {say(f"recovery.request.{name}", "en"): value for name, value in fields.items()}
    stranger.press(say("recovery.request.submit", "en"), typed)
    office.letters()
    sam = enter(office, "sam@company.example")
    page = sam.open("/account/staff/requests/2")
    assert "I lost my mailbox." in page.text
    sam.open(page.link("Take request"))
    sam.press("Take request", {"Reason": "my turn"})
    sam.open(sam.page.link("Ask a question"))
    sam.press("Send question", {"Question": "Which was your last invoice?", "Reason": "to verify"})
    ((recipient, letter),) = office.letters()
    assert recipient == "a@else.example"
    assert "Which was your last invoice?" in str(letter.get_body(("plain",)))
    sam.open(sam.page.link("Answer"))
    page = sam.press(
        "Send answer", {"Answer": "x", "Also send the verified user a recovery message": "yes", "Reason": "x"}
    )
    assert page.says("staff.act.not_verified_yet")
    sam.open("/account/staff/requests/2/verify")
    sam.press("Save", {"User": "alice", "Reason": "knows invoice 12"})
    sam.open(sam.page.link("Answer"))
    page = sam.press(
        "Send answer",
        {"Answer": "Look there.", "Also send the verified user a recovery message": "yes", "Reason": "verified"},
    )
    assert page.says("staff.case.was_answered")
    assert sorted(recipient for recipient, _ in office.letters()) == ["a@else.example", "alice@example.com"]


def test_a_user_gets_a_file_with_what_is_stored_about_them(office: Site) -> None:
    ada = enter(office)
    page = ada.open(path_of(office, "staff.user"))
    ada.open(page.link("Download data"))
    answer = ada.send("Download data", {"Reason": "asked by post"})
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="user-1-2026-03-04.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.text)["user"]["email"] == "alice@example.com"
    assert log(office)[-1] == "ada@company.example user.export alice@example.com: asked by post"


def test_an_account_gets_a_file_with_what_is_stored_about_it(office: Site) -> None:
    ada = enter(office)
    ada.open(ada.open(path_of(office, "staff.account")).link("Download data"))
    answer = ada.send("Download data", {"Reason": "asked by post"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="account-9000-2026-03-04.json"'
    assert json.loads(answer.text)["domains"] == [{"name": "ortega.example"}]
    assert log(office)[-1] == "ada@company.example account.export 9000: asked by post"


def test_a_file_about_somebody_needs_the_password_again_after_a_while(office: Site) -> None:
    ada, path = enter(office), path_of(office, "staff.user_export")
    office.clock.move(minutes=11)
    ada.open(path)
    assert ada.press("Download data", {"Reason": "asked", "Your staff password": "wrong"}).says("staff.act.wrong")


def test_whoever_owns_an_account_is_not_deleted_without_it(office: Site) -> None:
    ada = enter(office)
    ada.open(ada.open(path_of(office, "staff.user")).link("Delete user"))
    page = ada.press("Delete user", {"Reason": "asked for it"})
    assert page.says("staff.act.owns_account")
    assert "account 9000" in page.text


def test_a_deleted_user_is_out_at_once_and_unknown(office: Site) -> None:
    bob, ada = office.sign_in("bob@example.com"), enter(office)
    ada.open(f"/account/staff/users/{office.people.bob.id}/delete")
    page = ada.press("Delete user", {"Reason": "asked for it"})
    assert page.screen == "staff.home"
    assert page.says("staff.home.user_deleted")
    assert "bob@example.com was deleted." in page.text
    assert bob.open("/account/me").screen == "login.form"
    assert office.sign_in("bob@example.com").page.says("login.form.wrong")
    assert ada.open(f"/account/staff/users/{office.people.bob.id}").status == 404
    assert office.letters() == []
    assert "Deleted user" in ada.open("/account/staff/audit").text


def a_row_later(site: Site, name: str) -> None:
    """The row that a screen is about was deleted, and another one has its number."""
    parameter = re.search(r"<int:(\w+)>", site.acct.platform.declared.screens[name].path)
    tables = {"mail": "acct_outbox", "case": "acct_case", "member": "acct_staff"}
    assert parameter is not None
    table = tables.get(parameter[1], f"acct_{parameter[1]}")
    with site.acct.database.transaction() as db:
        db.execute(update(metadata.tables[table]).values(created_at=site.clock() - timedelta(hours=1)))


@pytest.mark.parametrize("name", [one.name for one in screens() if "<int:" in one.path and one.action is not None])
def test_a_page_left_open_does_nothing_to_whoever_got_the_number_since(office: Site, name: str) -> None:
    ada = enter(office)
    page = ada.open(path_of(office, name))
    words = page.element(f"{name}.submit").text
    a_row_later(office, name)
    before = office.rows()
    answer = Read(ada.send(words, {"Reason": "asked for it"}))
    assert answer.status == 400
    assert "Please check it and send it again." in answer.text
    assert office.rows() == before


def test_a_page_left_open_about_a_deleted_user_deletes_nobody_else(office: Site) -> None:
    """SQLite gives the number of the newest user to the next one, once that user is deleted."""
    ids = []
    ada, tab = enter(office), enter(office)
    for email in ("dan@example.com", "eve@example.com"):
        office.clock.move(minutes=1)
        with office.acct.database.transaction() as db:
            ids.append(add_user(office.acct.scope(db), email, username=email.partition("@")[0]).id)
        for browser in (ada, tab) if email.startswith("dan") else ():
            browser.open(f"/account/staff/users/{ids[0]}/delete")
        if email.startswith("dan"):
            ada.press("Delete user", {"Reason": "asked for it"})
    assert ids[0] == ids[1]
    page = tab.press("Delete user", {"Reason": "asked for it"})
    assert page.says("shell.form.stale")
    assert "eve@example.com is signed out at once" in page.text
    assert user(office, "eve").email == "eve@example.com"


def test_a_deletion_asks_for_the_password_again_after_a_while(office: Site) -> None:
    ada = enter(office)
    office.clock.move(minutes=11)
    ada.open(f"/account/staff/users/{office.people.bob.id}/delete")
    assert ada.press("Delete user", {"Reason": "asked", "Your staff password": "wrong"}).says("staff.act.wrong")
    assert user(office, "bob").email == "bob@example.com"


def test_an_account_is_deleted_once_it_is_closed_with_those_whom_the_page_lists(office: Site) -> None:
    ada, alice = enter(office), office.alice()
    path = path_of(office, "staff.account_delete")
    page = ada.open(path)
    assert "Alice Ortega (alice@example.com)" in page.text
    assert "Bob Ruiz (bob@example.com)" in page.text
    assert ada.press("Delete account", {"Reason": "asked"}).says("staff.act.not_closed")
    ada.open(path_of(office, "staff.account_state"))
    ada.press("Change status", {"Status": "closed", "Reason": "asked for it"})
    ada.open(path)
    page = ada.press("Delete account", {"Reason": "asked for it"})
    assert page.says("staff.home.account_deleted")
    assert "Users deleted with it: 2." in page.text
    assert alice.open("/account/me").screen == "login.form"
    with office.acct.database.session() as db:
        assert db.scalars(select(User.username)).all() == ["charlie"]


def test_receivers_are_told_before_and_after_a_deletion_in_its_transaction(office: Site) -> None:
    heard: list[tuple[str, bool]] = []

    def note(_app: object, db: Any = None, **about: Any) -> None:
        who = about["user"]
        here = db is not None and db.get(User, who.id) is not None
        heard.append((who.email, here))

    ada = enter(office)
    ada.open(f"/account/staff/users/{office.people.bob.id}/delete")
    with signals.user_deleting.connected_to(note), signals.user_deleted.connected_to(note):
        ada.press("Delete user", {"Reason": "asked for it"})
    assert heard == [("bob@example.com", True), ("bob@example.com", False)]


def test_a_receiver_that_fails_keeps_the_user(office: Site) -> None:
    def refuse(_app: object, **_about: Any) -> None:
        raise RuntimeError("the billing system does not answer")

    ada = enter(office)
    ada.open(f"/account/staff/users/{office.people.bob.id}/delete")
    office.app.config["PROPAGATE_EXCEPTIONS"] = False
    with signals.user_deleting.connected_to(refuse):
        assert ada.press("Delete user", {"Reason": "asked for it"}).status == 500
    assert user(office, "bob").email == "bob@example.com"


def test_a_table_of_the_apps_that_still_refers_to_a_user_is_named(office: Site) -> None:
    bob = office.people.bob.id
    office.run("CREATE TABLE bread (id integer PRIMARY KEY, baker integer REFERENCES acct_user (id))")
    office.run("INSERT INTO bread VALUES (1, :bob)", bob=bob)
    ada = enter(office)
    ada.open(f"/account/staff/users/{bob}/delete")
    page = ada.press("Delete user", {"Reason": "asked for it"})
    assert page.says("staff.act.user_is_used")
    assert "bread" in page.text
    assert user(office, "bob").id == bob


def test_a_dead_mail_is_sent_again_and_its_words_are_not_shown(office: Site) -> None:
    ada = enter(office)
    page = ada.open("/account/staff/mails")
    assert "550 no such user" in page.text
    assert "Your password was changed" in page.text
    ada.open(path_of(office, "staff.mail_retry"))
    assert ada.press("Send again", {"Reason": "address mended"}).says("staff.mail.retried")
    assert [recipient for recipient, _ in office.letters()] == ["alice@example.com"]


def test_a_dead_mail_is_discarded_and_nobody_is_warned_any_more(office: Site) -> None:
    ada = enter(office)
    assert "Undelivered messages: 1" in ada.open("/account/staff").text
    ada.open(path_of(office, "staff.mail_discard"))
    page = ada.press("Discard message", {"Reason": "left the company"})
    assert page.screen == "staff.mails"
    assert page.says("staff.mails.discarded")
    assert "Every message is sent." in page.text
    assert "Undelivered messages: 0" in ada.open("/account/staff").text
    assert "Discarded message" in ada.open("/account/staff/audit").text


@contextmanager
def meanwhile(site: Site, statement: str) -> Iterator[None]:
    """Somebody else does this right before the request begins to write."""
    engine = site.acct.database.engine
    waiting = [statement]

    def hear(_connection: Any, _cursor: Any, begun: str, *_: Any) -> None:
        if begun == "BEGIN IMMEDIATE" and waiting:
            done = waiting.pop()
            with engine.connect() as other:
                other.execute(text(done))
                other.commit()

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    assert not waiting


@pytest.mark.parametrize(
    ("screen", "button", "rows"),
    [
        ("staff.user_sign_out", "End sessions", "acct_user WHERE username_key = 'alice'"),
        ("staff.user_keep", "Cancel change", "acct_user WHERE username_key = 'alice'"),
        ("staff.user_unlock", "Lift limit", "acct_user WHERE username_key = 'alice'"),
        ("staff.mail_retry", "Send again", "acct_outbox"),
        ("staff.mail_discard", "Discard message", "acct_outbox"),
        ("staff.case_take", "Take request", "acct_case"),
    ],
)
def test_what_a_colleague_deletes_in_the_same_moment_is_not_there(
    office: Site, screen: str, button: str, rows: str
) -> None:
    ada = enter(office)
    ada.open(path_of(office, screen))
    with meanwhile(office, f"DELETE FROM {rows}"):
        answer = ada.send(button, {"Reason": "x"})
    assert answer.status_code == 404


def test_a_user_whom_staff_delete_in_the_same_moment_changes_nothing(office: Site) -> None:
    alice = office.alice()
    alice.open("/account/me")
    with meanwhile(office, "DELETE FROM acct_user WHERE username_key = 'alice'"):
        answer = alice.send(office.say("profile.me.save"), {office.say("profile.me.first_name"): "Ada"})
    assert answer.status_code == 404


def test_where_it_was_missing_is_in_the_log(office: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Else a fault of ours that looks like it would never be found."""
    ada = enter(office)
    ada.open(path_of(office, "staff.mail_retry"))
    with meanwhile(office, "DELETE FROM acct_outbox"):
        ada.send("Send again", {"Reason": "x"})
    (record,) = [one for one in caplog.records if "was deleted while it ran" in one.getMessage()]
    assert record.exc_info is not None
    assert "acct.staff_mail_retry" in record.getMessage()


@pytest.mark.parametrize("table", ["bread", "acct_user"])
def test_a_row_of_the_apps_own_that_is_not_there_is_a_fault_of_the_apps(office: Site, table: str) -> None:
    def miscount(_app: object, **_about: Any) -> None:
        raise StaleDataError(f"UPDATE statement on table {table!r} expected to update 1 row(s); 0 were matched.")

    ada = enter(office)
    ada.open(f"/account/staff/users/{office.people.bob.id}/delete")
    office.app.config["PROPAGATE_EXCEPTIONS"] = False
    with signals.user_deleting.connected_to(miscount):
        answer = ada.send("Delete user", {"Reason": "asked for it"})
    assert answer.status_code == (500 if table == "bread" else 404)


def test_a_user_who_has_to_wait_is_seen_until_the_limit_is_lifted(office: Site) -> None:
    ada, stranger = enter(office), office.visitor()
    page = ada.open(path_of(office, "staff.user"))
    assert "Sign-in limited until" not in page.text
    for _ in range(60):
        office.sign_in("alice", "not hers at all", stranger)
    assert "Sign-in limited until" in ada.open(path_of(office, "staff.user")).text
    ada.open(path_of(office, "staff.user_unlock"))
    assert "Sign-in limited until" not in ada.press("Lift limit", {"Reason": "called"}).text


def test_the_log_is_filtered_and_saved_and_nothing_in_it_is_a_formula(office: Site) -> None:
    ada = enter(office)
    ada.open(path_of(office, "staff.user_sign_out"))
    ada.press("End sessions", {"Reason": "=1+1"})
    page = ada.open("/account/staff/audit?find=end_sessions")
    assert "Ended sessions" in page.text
    assert "Signed in" not in page.text
    file = ada.client.get(page.link("Download as CSV"), base_url=office.root)
    assert "'=1+1" in file.text
    assert "staff.sign_in" not in file.text
    assert file.mimetype == "text/csv"


def test_whoever_is_added_sets_a_password_by_a_link_that_works_once(office: Site) -> None:
    ada = enter(office)
    ada.open("/account/staff/team/add")
    page = ada.press("Add", {"Email address": "new@company.example", "Role": "support", "Reason": "hired"})
    link = page.only("code").text.partition("/account")[2]
    new = office.visitor()
    new.open(f"/account{link}")
    assert "token" not in new.path
    both = {"New password": "short but long", "Repeat the new password": "short but long"}
    assert new.press("Set password", both).says("staff.password.too_short")
    both = dict.fromkeys(both, "eleven quiet foxes")
    assert new.press("Set password", both).says("staff.sign_in.password_set")
    assert enter(office, "new@company.example", "eleven quiet foxes").page.screen == "staff.home"
    again = office.visitor()
    assert again.open(f"/account{link}").says("staff.sign_in.link_dead")


def test_the_last_administrator_stays(office: Site) -> None:
    ada = enter(office)
    ada.open(path_of(office, "staff.member_remove"))
    assert ada.press("Remove", {"Reason": "leaves"}).says("staff.act.last_admin")


def test_whoever_is_removed_is_out_at_once(office: Site) -> None:
    sam, ada = enter(office, "sam@company.example"), enter(office)
    ada.open("/account/staff/team/2/remove")
    assert ada.press("Remove", {"Reason": "left"}).says("staff.members.removed")
    assert sam.open("/account/staff").screen == "staff.sign_in"


def test_the_staff_area_answers_no_program(make: Build) -> None:
    config = with_staff()
    site = make(config.model_copy(update={"api": config.api.model_copy(update={"enabled": True, "openapi": True})}))
    answer = site.visitor().client.get("/account/staff", headers={"Accept": "application/json"}, base_url=site.root)
    assert answer.status_code == 404
    described = site.visitor().client.get("/account/openapi.json", base_url=site.root)
    assert "/staff" not in described.text


def test_the_language_changes_in_the_staff_area_too(office: Site) -> None:
    ada = enter(office)
    assert ada.open("/account/staff").language == "en"
    button = next(node for node in ada.page.nodes if node.tag == "button" and node.attributes.get("value") == "es")
    data = {button.attributes["name"]: "es", "next": "/account/staff"}
    assert ada.post("/account/language", data).headers["Location"] == "/account/staff"
    assert ada.open("/account/staff").language == "es"


NEW_STAFF_PASSWORD = "twelve slow barges at the quay"


def change_own_password(ada: Visitor, current: str = STAFF_PASSWORD, new: str = NEW_STAFF_PASSWORD) -> Read:
    ada.open("/account/staff/own-password")
    typed = {"Current password": current, "New password": new, "Repeat the new password": new}
    return ada.press("Change password", typed)


def test_staff_change_their_own_password_and_are_signed_out_everywhere_else(office: Site) -> None:
    here, elsewhere = enter(office), enter(office)
    page = change_own_password(here)
    assert page.says("staff.home.password_changed")
    assert here.open("/account/staff").screen == "staff.home"
    assert elsewhere.open("/account/staff").screen == "staff.sign_in"
    assert enter(office, password=NEW_STAFF_PASSWORD).open("/account/staff").screen == "staff.home"
    assert enter(office).open("/account/staff").screen == "staff.sign_in"
    assert "ada@company.example staff.set_password ada@company.example: " in log(office)


def test_their_current_one_is_needed_and_tries_are_counted(office: Site) -> None:
    ada = enter(office)
    said = [change_own_password(ada, current="wrong wrong wrong wrong") for _ in range(members.FAILURES + 1)]
    assert said[0].says("staff.own_password.wrong")
    assert said[-1].says("staff.own_password.too_many")
    assert ada.open("/account/staff").screen == "staff.home"


def test_a_new_one_that_is_short_or_easy_is_refused(office: Site) -> None:
    ada = enter(office)
    assert change_own_password(ada, new="short").says("staff.own_password.too_short")
    assert change_own_password(ada, new="aaaaaaaaaaaaaaaaaaaa").status == 422


def test_a_link_that_was_open_is_void_once_they_changed_it(office: Site) -> None:
    with office.acct.database.transaction() as db:
        scope = office.acct.scope(db)
        member = members.find(scope, "ada@company.example")
        assert member is not None
        made = members.new_link(scope, member, by=SHELL, reason="forgot")
        assert isinstance(made, LinkMade)
    change_own_password(enter(office))
    assert office.visitor().open(f"/account/staff/password?token={made.secret}").screen == "staff.sign_in"


def test_what_waits_is_one_press_from_the_customers(office: Site) -> None:
    visitor = enter(office)

    assert visitor.open("/account/staff").link("Open requests: 1") == "/account/staff/requests"
    assert visitor.page.link("Undelivered messages: 1") == "/account/staff/mails"
