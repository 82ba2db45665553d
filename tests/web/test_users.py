"""The users of an account over HTTP: what Alice the owner, Bob her sub-user and Charlie the stranger meet."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import update

from flask_acct import signals
from flask_acct.config import Config
from flask_acct.config import Site as SiteTable
from flask_acct.db.models import Invitation, Membership, User
from flask_acct.security import passwords
from flask_acct.testing.records import PASSWORD, add_account, add_member, add_user

from ..personas import NEW_PASSWORD
from .site import Build, Site
from .visitor import Node, Read, Visitor

ZOE = "zoe.paz@example.org"
OWNERS = ["/account/users", "/account/users/invite", "/account/users/transfer", "/account/users/transfer/revoke"]


def invite(site: Site, email: str = ZOE, *grants: str, by: Visitor | None = None) -> Visitor:
    """Alice fills in the form; she is on the page that says what came of it."""
    alice = by or site.visitor(site.people.alice)
    alice.open("/account/users/invite")
    boxes = {site.say(f"users.permission.{name}"): "yes" for name in grants}
    alice.press(site.say("users.invite.submit"), {site.say("users.invite.email"): email, **boxes})
    return alice


def link(site: Site) -> str:
    """The path of the link in the invitation that came last."""
    letters = [letter for _, letter in site.letters() if "invitation?token=" in text(letter)]
    found = re.search(r"http://\S+?(/account/invitation\?token=\w+)", text(letters[-1]))
    assert found
    return found[1]


@pytest.mark.parametrize("name", ["users.permissions", "users.remove"])
def test_a_page_left_open_about_a_user_is_not_one_about_who_got_their_number_since(site: Site, name: str) -> None:
    alice, bob = site.visitor(site.people.alice), site.people.bob
    alice.open(f"/account/users/{bob.id}/{name.partition('.')[2]}")
    with site.acct.database.transaction() as db:
        db.execute(update(User).where(User.id == bob.id).values(created_at=site.clock() - timedelta(hours=1)))
    before = site.rows()
    answer = Read(alice.send(site.say(f"{name}.submit")))
    assert answer.says("shell.form.stale")
    assert site.rows() == before


def text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def fill_in(site: Site, visitor: Visitor, **typed: str) -> Read:
    values = {"first_name": "Zoe", "last_name": "Paz", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD, **typed}
    named = {site.say(f"users.invitation.{name}"): value for name, value in values.items()}
    return visitor.press(site.say("users.invitation.submit"), named)


def place(site: Site, who: User) -> Membership | None:
    with site.acct.database.session() as db:
        return db.query(Membership).filter_by(user_id=who.id, account_id=site.people.account.id).one_or_none()


def stranger(site: Site, name: str, **how: Any) -> User:
    """Somebody new who lives in the database."""
    with site.acct.database.session() as db:
        made = add_user(site.acct.scope(db), f"{name}@example.com", username=name, **how)
        db.commit()
        return made


# --- Who opens what ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", OWNERS)
def test_the_owners_pages_open_to_the_owner_alone(site: Site, path: str) -> None:
    people = site.people
    with site.acct.database.session() as db:
        db.query(Membership).filter_by(user_id=people.bob.id).one().permissions = list(site.config.users.offered)
        db.commit()
    seen = [site.visitor(who).open(path) for who in (people.alice, people.bob, people.charlie, None)]
    assert [(page.status, page.screen) for page in seen] == [
        (200, seen[0].screen), (403, "error.forbidden"), (200, seen[0].screen), (200, "login.form"),
    ]  # fmt: skip
    assert "Ortega" not in seen[2].text


def test_the_list_shows_everybody_with_what_they_may_do(site: Site) -> None:
    with site.acct.database.session() as db:
        db.query(Membership).filter_by(user_id=site.people.bob.id).one().permissions = ["invoices", "gone_since"]
        db.commit()
    page = site.visitor(site.people.alice).open("/account/users")
    rows = {node.attributes["data-acct-row"]: node.text for node in page.nodes if "data-acct-row" in node.attributes}
    assert site.say("users.list.owner") in rows["alice"]
    assert site.say("users.list.custom") in rows["bob"]
    assert "1 de 11 permisos" in rows["bob"]
    assert site.say("users.list.never") in rows["bob"]
    assert "gone_since" not in rows["bob"]


@pytest.mark.parametrize(
    ("granted", "called"),
    [
        ([], "users.list.nothing"),
        (["affiliate", "invoices"], "users.role.accountant"),
        (["manage_products", "products", "manage_domains", "tickets"], "users.role.technician"),
        (["manage_products", "manage_domains", "tickets", "emails"], "users.list.custom"),
    ],
)
def test_the_list_names_the_role_whose_permissions_somebody_has(site: Site, granted: list[str], called: str) -> None:
    with site.acct.database.session() as db:
        db.query(Membership).filter_by(user_id=site.people.bob.id).one().permissions = granted
        db.commit()
    assert site.say(called) in row_of(site.visitor(site.people.alice).open("/account/users"), "bob").text


def row_of(page: Read, key: str) -> Node:
    (found,) = (node for node in page.nodes if node.attributes.get("data-acct-row") == key)
    return found


def test_the_list_has_the_open_invitations_with_what_can_be_done_about_them(site: Site) -> None:
    row = row_of(invite(site, ZOE, "invoices", "affiliate").page, ZOE)
    offered = [node.acct for node in row.within_all() if node.acct and node.tag in {"a", "button"}]
    assert site.say("users.list.waiting") in row.text
    assert site.say("users.role.accountant") in row.text
    assert offered == ["users.list.change", "users.list.resend", "users.list.cancel"]


def test_an_invitation_that_nobody_answered_in_time_is_shown_as_expired(site: Site) -> None:
    alice = invite(site)
    site.clock.move(days=8)
    alice = site.visitor(site.people.alice)
    assert site.say("users.list.expired") in row_of(alice.open("/account/users"), ZOE).text


def test_who_is_offered_the_account_is_marked_in_the_list(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    alice.open("/account/users/transfer")
    typed = {site.say("users.transfer.to"): str(site.people.bob.id), site.say("users.transfer.password"): PASSWORD}
    alice.press(site.say("users.transfer.submit"), typed)
    assert site.say("users.list.to_be_owner") in row_of(alice.open("/account/users"), "bob").text


def test_the_list_says_when_somebody_signed_in_last(site: Site) -> None:
    site.sign_in("bob@example.com")
    page = site.visitor(site.people.alice).open("/account/users")
    bob = row_of(page, "bob")
    (seen,) = (node for node in bob.within_all() if node.tag == "time")
    assert site.say("users.list.never") not in bob.text
    assert seen.attributes["datetime"].startswith("2026-03-04T12:00")
    assert "2026" in seen.attributes["title"]


def test_the_owner_has_no_buttons_against_themselves(site: Site) -> None:
    page = site.visitor(site.people.alice).open("/account/users")
    links = [node for node in page.nodes if node.acct in {"users.list.permissions", "users.list.remove"}]
    assert len(links) == 2


def test_a_long_list_has_pages_in_as_many_statements_as_a_short_one(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    with site.statements() as few:
        alice.open("/account/users")
    with site.acct.database.session() as db:
        for number in range(60):
            one = add_user(site.acct.scope(db), f"n{number:02}@example.com", username=f"n{number:02}")
            add_member(site.acct.scope(db), one, site.people.account)
        db.commit()
    with site.statements() as many:
        alice.open("/account/users?page=2")
    rows = [node for node in alice.page.nodes if "data-acct-row" in node.attributes]
    last = alice.open("/account/users?page=99")
    assert len(rows) == 25
    assert len(many) == len(few)
    assert not last.says("shell.rows.after")
    assert last.says("shell.rows.before")


def test_an_account_without_the_feature_has_no_such_pages(make: Build) -> None:
    site = make("sending-platform")
    alice = site.visitor(site.people.alice)
    assert [alice.open(path).status for path in (*OWNERS, "/account/users/leave", "/account/invitation")] == [404] * 6


# --- Inviting ---------------------------------------------------------------------------------------------------


def test_alice_invites_and_reads_that_the_message_is_on_its_way(site: Site) -> None:
    heard: list[str] = []

    def hear(_app: Any, invitation: Invitation, **_: Any) -> None:
        heard.append(invitation.email)

    with signals.user_invited.connected_to(hear, sender=site.app):
        page = invite(site, ZOE, "invoices").page
    assert page.screen == "users.list"
    assert page.says("users.list.sent_to")
    assert heard == [ZOE]
    assert [to for to, _ in site.letters()] == [ZOE]


def test_known_and_unknown_addresses_get_the_same_notice_by_the_same_work(site: Site) -> None:
    traces = []
    for address in ("charlie@example.net", "nobody@example.net"):
        alice = site.visitor(site.people.alice)
        alice.open("/account/users/invite")
        with site.statements() as heard:
            answer = alice.send(site.say("users.invite.submit"), {site.say("users.invite.email"): address})
        page = alice.open(answer.headers["Location"])
        said = page.element("users.list.sent_to").text.replace(address, "")
        traces.append((answer.status_code, sorted(answer.headers.keys()), said, [line[:60] for line in heard]))
    assert traces[0] == traces[1]


def test_a_member_is_not_invited_and_alice_reads_who_it_is(site: Site) -> None:
    page = invite(site, "bob@example.com").page
    assert page.status == 422
    assert "Bob Ruiz" in page.element("users.invite.is_member").text
    assert site.letters() == []


@pytest.mark.parametrize("typed", ["", "zoe", "zoe@", "a@b@example.com", "zoe@example.com, bob@b.example"])
def test_what_is_no_address_is_told_and_nothing_is_sent(site: Site, typed: str) -> None:
    assert invite(site, typed).page.status == 422
    assert site.letters() == []


def test_what_was_ticked_stays_ticked_when_the_address_is_wrong(site: Site) -> None:
    page = invite(site, "zoe", "orders").page
    assert "checked" in page.field(site.say("users.permission.orders")).attributes


def test_a_box_that_is_not_there_cannot_be_ticked(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    alice.open("/account/users/invite")
    _, data = alice.form(site.say("users.invite.submit"), {site.say("users.invite.email"): ZOE})
    answer = alice.post("/account/users/invite", {**data, "grants": ["orders", "everything"]})
    assert answer.status_code == 422
    assert site.letters() == []


def test_nobody_becomes_an_owner_by_a_field_of_their_own(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    alice.open("/account/users/invite")
    _, data = alice.form(site.say("users.invite.submit"), {site.say("users.invite.email"): ZOE})
    columns = {"is_owner": "1", "account_id": "2", "state": "accepted", "permissions": "orders", "user_id": "1"}
    alice.post("/account/users/invite", {**data, **columns})
    zoe = site.visitor()
    zoe.open(link(site))
    data = zoe.form(site.say("users.invitation.submit"))[1]
    typed = {"first_name": "Z", "last_name": "P", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    zoe.post("/account/invitation", {**data, **columns, **typed, "email": "evil@example.org"})
    with site.acct.database.session() as db:
        made = db.query(User).filter_by(email=ZOE).one()
        mine = db.query(Membership).filter_by(user_id=made.id).one()
        assert not mine.is_owner
        assert mine.permissions == []
        assert mine.account_id == site.people.account.id


def test_too_many_invitations_have_to_wait(make: Build) -> None:
    site = make()
    alice = site.visitor(site.people.alice)
    for number in range(site.config.limits.invitations_per_hour):
        invite(site, f"z{number}@example.org", by=alice)
    page = invite(site, by=alice).page
    assert page.status == 429
    assert page.says("users.list.too_many")
    assert "Retry-After" in page.response.headers


# --- A while after signing in -----------------------------------------------------------------------------------


def later(site: Site, minutes: int = 11) -> Visitor:
    """Alice, whose session has been open for a while."""
    alice = site.visitor(site.people.alice)
    alice.open("/account/users/invite")
    site.clock.move(minutes=minutes)
    alice.open("/account/users/invite")
    return alice


def invite_later(site: Site, alice: Visitor, password: str) -> Read:
    typed = {site.say("users.invite.email"): ZOE, site.say("users.proof.password"): password}
    return alice.press(site.say("users.invite.submit"), {**typed, site.say("users.permission.invoices"): "yes"})


def test_nobody_is_asked_for_a_password_they_gave_a_moment_ago(site: Site) -> None:
    assert not later(site, minutes=9).page.says("users.proof.password")


def test_a_session_left_open_lets_nobody_in_without_the_password(site: Site) -> None:
    alice = later(site)
    missing, wrong = (invite_later(site, alice, typed) for typed in ("", "my neighbour's kettle"))
    assert missing.status == 422
    assert wrong.status == 422
    assert site.letters() == []
    assert wrong.field(site.say("users.invite.email")).attributes["value"] == ZOE
    assert "checked" in wrong.field(site.say("users.permission.invoices")).attributes
    right = invite_later(site, alice, PASSWORD)
    assert right.says("users.list.sent_to")
    assert [to for to, _ in site.letters()] == [ZOE]
    assert not right.says("users.proof.password")


def test_a_form_opened_in_time_and_sent_too_late_comes_back_whole(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    alice.open("/account/users/invite")
    site.clock.move(minutes=11)
    page = alice.press(site.say("users.invite.submit"), {site.say("users.invite.email"): ZOE})
    assert page.status == 422
    assert page.says("users.proof.password")
    assert site.letters() == []
    assert page.field(site.say("users.invite.email")).attributes["value"] == ZOE


def test_a_page_left_open_about_one_user_does_nothing_to_the_next(site: Site) -> None:
    """SQLite gives the number of a row that is gone to the one that comes after it."""
    alice, other = site.visitor(site.people.alice), site.visitor(site.people.alice)
    alice.open(f"/account/users/{site.people.bob.id}/permissions")
    other.open(f"/account/users/{site.people.bob.id}/remove")
    other.press(site.say("users.remove.submit"))
    zoe = stranger(site, "zoe")
    with site.acct.database.session() as db:
        add_member(site.acct.scope(db), db.merge(zoe), db.merge(site.people.account))
        db.commit()
    page = alice.press(site.say("users.permissions.submit"), {site.say("users.permission.orders"): "yes"})
    assert page.status == 404
    assert (place(site, zoe) or Membership(permissions=["none"])).permissions == []


def test_what_somebody_may_do_changes_only_with_the_password(site: Site) -> None:
    alice = later(site)
    alice.open(f"/account/users/{site.people.bob.id}/permissions")
    box = {site.say("users.permission.orders"): "yes"}
    refused = alice.press(site.say("users.permissions.submit"), box)
    assert refused.status == 422
    assert (place(site, site.people.bob) or Membership()).permissions == []
    alice.press(site.say("users.permissions.submit"), {**box, site.say("users.proof.password"): PASSWORD})
    assert (place(site, site.people.bob) or Membership()).permissions == ["orders"]


def test_the_password_cannot_be_guessed_there(site: Site) -> None:
    alice = later(site)
    pages = [invite_later(site, alice, f"guess {n}") for n in range(site.config.limits.sign_in_failures + 1)]
    assert pages[-1].status == 429
    assert "Retry-After" in pages[-1].response.headers
    assert invite_later(site, alice, PASSWORD).status == 429
    assert site.letters() == []


def test_an_invitation_is_sent_again_only_with_the_password(site: Site) -> None:
    """It lets somebody in like a new one, even after it has ended."""
    alice = invite(site)
    site.letters()
    site.clock.move(days=20)
    alice = site.visitor(site.people.alice)
    alice.open("/account/users")
    site.clock.move(minutes=11)
    alice.open("/account/users")
    page = alice.press(site.say("users.list.resend"))
    assert page.status == 422
    assert page.screen == "users.resend"
    assert page.says("users.proof.password")
    assert site.letters() == []
    alice.open("/account/users/invitations/1/resend")
    alice.press(site.say("users.resend.submit"), {site.say("users.proof.password"): PASSWORD})
    assert [to for to, _ in site.letters()] == [ZOE]


def test_another_users_password_proves_nothing(site: Site) -> None:
    with site.acct.database.session() as db:
        db.query(User).filter_by(id=site.people.bob.id).one().password_hash = passwords.hashed(NEW_PASSWORD)
        db.commit()
    assert invite_later(site, later(site), NEW_PASSWORD).status == 422
    assert site.letters() == []


# --- Waiting invitations ----------------------------------------------------------------------------------------


def test_an_open_invitation_is_sent_again_by_a_button_and_the_old_link_says_so(site: Site) -> None:
    alice = invite(site)
    old = link(site)
    page = alice.press(site.say("users.list.resend"))
    new = link(site)
    dead, good = site.visitor().open(old), site.visitor().open(new)
    assert page.says("users.list.sent_to")
    assert dead.says("users.ended.superseded")
    assert good.screen == "users.invitation"


def test_an_open_invitation_is_cancelled_by_a_button(site: Site) -> None:
    alice = invite(site)
    sent = link(site)
    page = alice.press(site.say("users.list.cancel"))
    dead = site.visitor().open(sent)
    assert page.says("users.list.cancelled")
    assert dead.status == 410
    assert dead.says("users.ended.revoked")


@pytest.mark.parametrize("act", ["resend", "cancel"])
def test_both_are_pages_with_a_question_as_well(site: Site, act: str) -> None:
    alice = invite(site)
    page = alice.open(f"/account/users/invitations/1/{act}")
    alice.press(site.say(f"users.{act}.submit"))
    assert page.screen == f"users.{act}"
    assert ZOE in page.text
    assert alice.page.screen == "users.list"


# --- The four cases ---------------------------------------------------------------------------------------------


def test_somebody_new_fills_in_a_form_and_is_in(site: Site) -> None:
    invite(site, ZOE, "invoices")
    zoe = site.visitor()
    page = zoe.open(link(site))
    assert page.screen == "users.invitation"
    assert "token" not in zoe.path
    assert site.say("users.permission.invoices") in page.text
    page = fill_in(site, zoe)
    assert page.says("users.invitation.accepted")
    assert [zoe.open(path).status for path in ("/invoices", "/services", "/account/users")] == [200, 200, 403]


def test_a_user_name_is_asked_where_it_is_a_way_in_and_one_is_proposed(make: Build) -> None:
    config = Config.model_validate({"login": {"identifiers": ["username"]}})
    site = make(config)
    invite(site)
    zoe = site.visitor()
    page = zoe.open(link(site))
    assert page.field(site.say("users.invitation.username")).attributes["value"] == "zoe.paz"
    wrong = [fill_in(site, zoe, username=name).elements for name in ("alice", "12345")]
    assert "users.invitation.taken" in wrong[0]
    assert "users.invitation.no_user_name" in wrong[1]
    fill_in(site, zoe, username="zoe")
    assert site.sign_in("zoe", NEW_PASSWORD).page.heading == "Home"


def test_terms_are_accepted_where_there_are_any(make: Build) -> None:
    site = make(Config(site=SiteTable(terms_url="/terms")))
    invite(site)
    zoe = site.visitor()
    zoe.open(link(site))
    without = fill_in(site, zoe)
    assert without.status == 422
    assert without.says("shell.form.required")
    assert fill_in(site, zoe, terms="yes").says("users.invitation.accepted")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"new": "short", "repeat": "short"}, "password.rules.too_short"),
        ({"repeat": "something else entirely"}, "password.rules.differ"),
        ({"new": "zoe.paz@example.org", "repeat": "zoe.paz@example.org"}, "password.rules.about_you"),
        ({"first_name": ""}, "shell.form.required"),
    ],
)
def test_a_slip_is_told_at_its_field_and_spends_nothing(site: Site, typed: dict[str, str], says: str) -> None:
    invite(site)
    zoe = site.visitor()
    zoe.open(link(site))
    wrong = fill_in(site, zoe, **typed)
    assert wrong.status == 422
    assert wrong.says(says)
    assert fill_in(site, zoe).says("users.invitation.accepted")


def test_who_has_a_user_signs_in_first_comes_back_and_accepts_by_one_button(site: Site) -> None:
    invite(site, "charlie@example.net", "orders")
    charlie = site.visitor()
    page = charlie.open(link(site))
    assert page.screen == "users.sign_in"
    assert [node.tag for node in page.nodes if node.attributes.get("type") == "password"] == []
    assert charlie.press(site.say("users.sign_in.submit")).screen == "login.form"
    typed = {site.say("login.form.identifier"): "charlie@example.net", site.say("login.form.password"): PASSWORD}
    assert charlie.press(site.say("login.form.submit"), typed).screen == "users.accept"
    assert charlie.press(site.say("users.accept.submit")).says("users.accept.accepted")
    assert "Ortega Bakery" in charlie.open("/services").heading


def test_the_right_user_accepts_or_declines_by_a_button(site: Site) -> None:
    invite(site, "charlie@example.net")
    charlie = site.visitor(site.people.charlie)
    page = charlie.open(link(site))
    assert page.screen == "users.accept"
    charlie.open(page.link(site.say("users.accept.decline")))
    assert charlie.press(site.say("users.decline.submit")).says("users.decline.declined")
    assert place(site, site.people.charlie) is None


def test_another_user_is_told_whom_it_is_for_and_accepts_nothing(site: Site) -> None:
    invite(site)
    sent = link(site)
    bob = site.visitor(site.people.charlie)
    page = bob.open(sent)
    assert page.screen == "users.other"
    assert ZOE in page.text
    assert "charlie@example.net" in page.text
    answer = bob.post("/account/invitation/accept", {})
    assert answer.headers["Location"] == "/account/invitation/other"
    assert site.visitor().open(sent).screen == "users.invitation"


def test_another_user_signs_out_and_goes_on_without_the_message(site: Site) -> None:
    invite(site)
    shared = site.visitor(site.people.charlie)
    shared.open(link(site))
    page = shared.press(site.say("users.other.submit"))
    assert page.screen == "users.invitation"
    assert fill_in(site, shared).says("users.invitation.accepted")


def test_an_ordinary_sign_out_leaves_the_link_to_nobody(site: Site) -> None:
    invite(site)
    shared = site.visitor(site.people.charlie)
    shared.open(link(site))
    shared.open("/account/logout")
    shared.press(site.say("login.logout.submit"))
    assert shared.open("/account/invitation").says("users.ended.unknown")


def test_an_address_nobody_has_proven_is_told_so(site: Site) -> None:
    dora = stranger(site, "dora")
    site.run("UPDATE acct_user SET email_verified_at = NULL WHERE id = :id", id=dora.id)
    invite(site, "dora@example.com")
    page = site.visitor(dora).open(link(site))
    assert page.status == 403
    assert page.says("users.other.unconfirmed")
    assert place(site, dora) is None


def test_opening_a_link_spends_nothing(site: Site) -> None:
    invite(site)
    sent = link(site)
    before = site.rows()
    scanner = site.visitor()
    for _ in range(3):
        scanner.client.head(sent)
        scanner.open(sent)
    assert site.rows() == before
    zoe = site.visitor()
    zoe.open(sent)
    assert fill_in(site, zoe).says("users.invitation.accepted")


def test_declining_needs_no_user(site: Site) -> None:
    invite(site)
    visitor = site.visitor()
    page = visitor.open(link(site))
    visitor.open(page.link(site.say("users.invitation.decline")))
    assert visitor.press(site.say("users.decline.submit")).says("users.decline.declined")
    assert [to for to, _ in site.letters()] == ["alice@example.com"]


# --- Dead links -------------------------------------------------------------------------------------------------


def ended(site: Site, how: str, email: str = ZOE) -> str:
    """The link of an invitation that has come to such an end."""
    alice = invite(site, email)
    sent = link(site)
    visitor = site.visitor()
    match how:
        case "accepted":
            visitor.open(sent)
            fill_in(site, visitor)
        case "declined":
            visitor.open(sent)
            visitor.open("/account/invitation/decline")
            visitor.press(site.say("users.decline.submit"))
        case "revoked":
            alice.press(site.say("users.list.cancel"))
        case "superseded":
            alice.press(site.say("users.list.resend"))
        case "expired":
            site.clock.move(days=7)
        case "unknown":
            return sent[:-1]
    return sent


@pytest.mark.parametrize("how", ["accepted", "declined", "revoked", "superseded", "expired", "unknown"])
def test_a_dead_link_says_what_became_of_it(site: Site, how: str) -> None:
    sent = ended(site, how)
    page = site.visitor().open(sent)
    assert page.status == 410
    assert page.screen == "users.ended"
    assert page.says(f"users.ended.{how}")


@pytest.mark.parametrize("page", ["", "/accept", "/sign-in", "/other", "/decline"])
def test_without_a_link_there_is_no_invitation(site: Site, page: str) -> None:
    for who in (None, site.people.bob):
        found = site.visitor(who).open(f"/account/invitation{page}")
        assert found.status == 410
        assert found.says("users.ended.unknown")


@pytest.mark.parametrize("how", ["revoked", "superseded", "expired"])
def test_a_form_that_was_open_when_the_invitation_ended_lets_nobody_in(site: Site, how: str) -> None:
    alice = invite(site)
    zoe = site.visitor()
    if how == "expired":
        site.clock.move(days=7, minutes=-10)
    zoe.open(link(site))
    if how == "revoked":
        alice.press(site.say("users.list.cancel"))
    elif how == "superseded":
        alice.press(site.say("users.list.resend"))
    else:
        site.clock.move(minutes=10)
    page = fill_in(site, zoe)
    assert page.says(f"users.ended.{how}")
    assert page.status == 410


def test_a_link_left_in_a_browser_is_not_there_for_the_next_one(site: Site) -> None:
    invite(site, ZOE, "orders")
    browser = site.visitor()
    assert browser.open(link(site)).screen == "users.invitation"
    site.clock.move(minutes=site.config.session.idle_minutes + 1)
    page = browser.open("/account/invitation")
    assert page.status == 410
    assert page.says("users.ended.unknown")


def test_a_form_sent_twice_is_answered_twice(site: Site) -> None:
    invite(site)
    zoe = site.visitor()
    zoe.open(link(site))
    typed = {"first_name": "Z", "last_name": "P", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    data = {**zoe.form(site.say("users.invitation.submit"))[1], **typed}
    answers = [zoe.post("/account/invitation", data).status_code for _ in range(2)]
    assert answers[0] == 303
    assert answers[1] < 500


# --- Permissions ------------------------------------------------------------------------------------------------


def test_a_change_of_permissions_holds_from_the_next_request_on(site: Site) -> None:
    alice, bob = site.visitor(site.people.alice), site.visitor(site.people.bob)
    seen = [bob.open("/invoices").status]
    for tick in ("yes", ""):
        alice.open(f"/account/users/{site.people.bob.id}/permissions")
        alice.press(site.say("users.permissions.submit"), {site.say("users.permission.invoices"): tick})
        seen.append(bob.open("/invoices").status)
    assert seen == [403, 200, 403]


def test_the_form_begins_with_what_is_granted(site: Site) -> None:
    site.run("UPDATE acct_membership SET permissions = '[\"orders\"]' WHERE user_id = :id", id=site.people.bob.id)
    page = site.visitor(site.people.alice).open(f"/account/users/{site.people.bob.id}/permissions")
    ticked = [node.attributes["value"] for node in page.nodes if "checked" in node.attributes]
    assert ticked == ["", "", "orders"]


def test_a_permission_of_the_hosts_own_has_its_words_and_can_be_granted(make: Build) -> None:
    own = {"label": {"en": "View reports", "es": "Ver informes"}, "help": {"en": "Visits.", "es": "Visitas."}}
    config = Config.model_validate({"site": {"locales": ["en", "es"]}, "users": {"permissions": {"reports": own}}})
    site = make(config)
    alice = site.visitor(site.people.alice, **{"Accept-Language": "es"})
    alice.open(f"/account/users/{site.people.bob.id}/permissions")
    alice.press(site.say("users.permissions.submit", "es"), {"Ver informes": "yes"})
    found = place(site, site.people.bob)
    assert found is not None
    assert found.permissions == ["reports"]


# --- Removed, and gone ------------------------------------------------------------------------------------------


def test_a_removed_user_meets_the_page_that_says_so_at_once(site: Site) -> None:
    alice, bob = site.visitor(site.people.alice), site.visitor(site.people.bob)
    before = bob.open("/services").status
    alice.open(f"/account/users/{site.people.bob.id}/remove")
    page = alice.press(site.say("users.remove.submit"))
    assert before == 200
    assert page.says("users.list.removed")
    assert bob.open("/services").screen == "accounts.none"
    assert sorted(to for to, _ in site.letters()) == ["alice@example.com", "bob@example.com"]


def test_a_form_of_the_account_somebody_was_removed_from_is_refused(site: Site) -> None:
    with site.acct.database.session() as db:
        add_account(site.acct.scope(db), "Bob's own", owner=site.people.bob, number="9002")
        db.commit()
    alice, bob = site.visitor(site.people.alice), site.visitor()
    bob.client.sign_in(site.people.bob, site.people.account)  # type: ignore[attr-defined]
    bob.open("/account/users/leave")
    alice.open(f"/account/users/{site.people.bob.id}/remove")
    alice.press(site.say("users.remove.submit"))
    answer = bob.send(site.say("users.leave.submit"))
    assert answer.status_code == 409
    assert "Bob&#39;s own" in answer.get_data(as_text=True)


def test_bob_leaves_and_alice_is_told(site: Site) -> None:
    bob = site.visitor(site.people.bob)
    bob.open("/account/users/leave")
    bob.press(site.say("users.leave.submit"))
    assert [to for to, _ in site.letters()] == ["alice@example.com"]
    assert bob.open("/services").screen == "accounts.none"


def test_the_owner_has_nothing_to_leave_and_reads_why(site: Site) -> None:
    page = site.visitor(site.people.alice).open("/account/users/leave")
    assert page.status == 403
    assert page.says("error.forbidden.sub_user")


@pytest.mark.parametrize(("who", "doors"), [("alice", {"shell.menu.users"}), ("bob", {"shell.menu.leave_account"})])
def test_the_menu_has_what_each_of_them_can_do(site: Site, who: str, doors: set[str]) -> None:
    page = site.visitor(getattr(site.people, who)).open("/account/password/change")
    assert {"shell.menu.users", "shell.menu.leave_account"} & set(page.elements) == doors


# --- Another owner ----------------------------------------------------------------------------------------------


def offer(site: Site, *keeps: str, password: str = PASSWORD) -> Visitor:
    alice = site.visitor(site.people.alice)
    alice.open("/account/users/transfer")
    boxes = {site.say(f"users.permission.{name}"): "yes" for name in keeps}
    chosen = {site.say("users.transfer.to"): str(site.people.bob.id)}
    typed = {site.say("users.transfer.password"): password}
    alice.press(site.say("users.transfer.submit"), {**chosen, **typed, **boxes})
    return alice


def offered(site: Site) -> str:
    """The path in the mail to the one who may become the owner."""
    (letter,) = (letter for to, letter in site.letters() if to == "bob@example.com")
    found = re.search(r"http://[^/]+(/account/users/receive/\d+)\n", text(letter))
    assert found
    return found[1]


def test_an_account_changes_hands(site: Site) -> None:
    alice = offer(site, "invoices")
    assert alice.page.says("users.revoke.offered")
    bob = site.visitor(site.people.bob)
    bob.open(offered(site))
    assert bob.press(site.say("users.receive.submit")).says("users.receive.accepted")
    assert bob.open("/account/users").status == 200
    assert alice.open("/account/users").status == 403
    assert alice.open("/invoices").status == 200
    assert alice.open("/services").status == 200


def test_an_offer_needs_the_password(site: Site) -> None:
    page = offer(site, password="not hers at all").page
    assert page.status == 422
    assert page.says("users.transfer.wrong")
    assert site.letters() == []


def test_a_session_left_open_offers_nothing_by_guessing(site: Site) -> None:
    for _ in range(site.config.limits.sign_in_failures):
        offer(site, password="a guess")
    page = offer(site).page
    assert page.status == 429
    assert page.says("users.transfer.too_many")


def test_bob_declines_by_a_button(site: Site) -> None:
    offer(site)
    bob = site.visitor(site.people.bob)
    bob.open(offered(site))
    assert bob.press(site.say("users.receive.decline")).says("users.refuse.declined")
    assert [to for to, _ in site.letters()] == ["alice@example.com"]


def test_alice_takes_her_offer_back_and_its_link_says_so(site: Site) -> None:
    alice = offer(site)
    path = offered(site)
    assert alice.open("/account/users/transfer").screen == "users.revoke"
    page = alice.press(site.say("users.revoke.submit"))
    over = site.visitor(site.people.bob).open(path)
    assert page.says("users.list.kept")
    assert over.says("users.receive.over")


def test_a_visitor_signs_in_and_comes_back_to_the_offer(site: Site) -> None:
    offer(site)
    bob = site.visitor()
    bob.open(offered(site))
    typed = {site.say("login.form.identifier"): "bob@example.com", site.say("login.form.password"): PASSWORD}
    assert bob.press(site.say("login.form.submit"), typed).screen == "users.receive"
