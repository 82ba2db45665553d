"""What waits for somebody's answer shows on both sides: invitations, an account offered, another address."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from flask_acct.db.models import Invitation
from flask_acct.testing import PASSWORD

from .site import Build, Site
from .test_profile import address_in, ask, letters
from .test_users import ZOE, fill_in, invite, link, offer, place, stranger
from .visitor import Read, Visitor

BOTH = ("invoices", "tickets")


def words(site: Site, *grants: str) -> str:
    return ", ".join(site.say(f"users.permission.{name}") for name in grants)


def grants(site: Site) -> list[str]:
    with site.acct.database.session() as db:
        return db.query(Invitation).filter_by(state="pending").one().permissions


def go_to(site: Site, visitor: Visitor, id_: str) -> Read:
    """The page that a link of this page leads to."""
    return visitor.open(visitor.page.element(id_).attributes["href"])


# --- Invited again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [ZOE, "ZOE.PAZ@EXAMPLE.ORG"])
def test_who_is_invited_already_is_shown_with_what_it_allows(site: Site, again: str) -> None:
    alice = invite(site, ZOE, *BOTH)
    site.letters()
    page = invite(site, again, by=alice).page
    assert page.status == 422
    assert words(site, *BOTH) in page.element("users.invite.is_open").text
    assert grants(site) == list(BOTH)
    assert site.letters() == []


def test_the_message_of_an_invitation_says_what_it_allows(site: Site) -> None:
    assert words(site, "invoices") in invite(site, ZOE, "invoices").page.element("users.list.sent_to").text


def test_an_invitation_is_changed_on_a_page_of_its_own_that_begins_with_what_it_allows(site: Site) -> None:
    alice = invite(site, ZOE, *BOTH)
    old = link(site)
    page = go_to(site, alice, "users.list.change")
    ticked = [box for box in page.nodes if "checked" in box.attributes and box.attributes["value"]]
    assert [box.attributes["value"] for box in ticked] == list(BOTH)
    page = alice.press(site.say("users.change.submit"), {site.say("users.permission.tickets"): ""})
    assert words(site, "invoices") in page.element("users.list.sent_to").text
    assert site.visitor().open(old).says("users.ended.superseded")
    assert words(site, "invoices") in site.visitor().open(link(site)).text


def test_sending_again_says_that_what_it_allows_stays(site: Site) -> None:
    alice = invite(site, ZOE, *BOTH)
    page = alice.open("/account/users/invitations/1/resend")
    assert words(site, *BOTH) in page.element("users.resend.may").text
    alice.press(site.say("users.resend.submit"))
    assert grants(site) == list(BOTH)


def test_of_two_tabs_the_second_invites_nobody_anew(site: Site) -> None:
    first, second = (site.visitor(site.people.alice) for _ in range(2))
    for tab in (first, second):
        tab.open("/account/users/invite")
    typed = {site.say("users.invite.email"): ZOE}
    first.press(site.say("users.invite.submit"), {**typed, site.say("users.permission.invoices"): "yes"})
    page = second.press(site.say("users.invite.submit"), {**typed, site.say("users.permission.orders"): "yes"})
    assert page.says("users.invite.is_open")
    assert grants(site) == ["invoices"]


def test_a_tab_that_changes_what_was_accepted_meanwhile_says_so(site: Site) -> None:
    alice = invite(site, ZOE, "invoices")
    go_to(site, alice, "users.list.change")
    zoe = site.visitor()
    zoe.open(link(site))
    fill_in(site, zoe)
    assert alice.press(site.say("users.change.submit"), {site.say("users.permission.orders"): "yes"}).status == 404


def test_another_accounts_invitation_is_not_there_to_change(site: Site) -> None:
    invite(site)
    assert site.visitor(site.people.charlie).open("/account/users/invitations/1/permissions").status == 404


def test_a_change_asks_for_the_password_like_the_invitation_itself(site: Site) -> None:
    alice = invite(site)
    site.clock.move(minutes=site.config.session.reauthenticate_minutes + 1)
    assert go_to(site, alice, "users.list.change").says("users.proof.password")
    assert alice.press(site.say("users.change.submit")).says("shell.form.required")


# --- An account offered -----------------------------------------------------------------------------------------


def test_the_owner_finds_the_offer_where_the_users_are(site: Site) -> None:
    alice = offer(site)
    page = alice.open("/account/users")
    assert "Bob Ruiz" in page.element("users.list.offered").text
    assert not page.says("users.list.transfer")
    assert go_to(site, alice, "users.list.see_offer").screen == "users.revoke"


def test_without_an_offer_the_owner_can_make_one(site: Site) -> None:
    page = site.visitor(site.people.alice).open("/account/users")
    assert not page.says("users.list.offered")
    assert page.says("users.list.transfer")


def test_a_slip_beside_an_open_offer_leaves_what_is_said_of_it(site: Site) -> None:
    alice = offer(site)
    invite(site, by=alice)
    page = invite(site, by=alice).page
    assert ZOE in page.element("users.invite.is_open").text
    assert "bob@example.com" in alice.open("/account/users").element("users.list.offered").text


@pytest.mark.parametrize("path", ["/", "/account/me", "/account/password/change", "/services"])
def test_who_is_offered_an_account_reads_it_on_every_page(site: Site, path: str) -> None:
    bob = site.visitor(site.people.bob)
    assert not bob.open(path).says("users.notice.offer")
    offer(site)
    page = bob.open(path)
    assert "Alice Ortega" in page.element("users.notice.offer").text
    assert go_to(site, bob, "users.notice.see_offer").screen == "users.receive"
    assert not bob.page.says("users.notice.offer")


@pytest.mark.parametrize("end", ["taken back", "declined", "accepted", "too late"])
def test_what_is_over_waits_no_more(site: Site, end: str) -> None:
    alice, bob = offer(site), site.visitor(site.people.bob)
    match end:
        case "taken back":
            alice.press(site.say("users.revoke.submit"))
        case "declined":
            bob.open("/account/users/receive/1")
            bob.press(site.say("users.receive.decline"))
        case "accepted":
            bob.open("/account/users/receive/1")
            bob.press(site.say("users.receive.submit"))
        case "too late":
            site.clock.move(days=8)
    bob = site.visitor(site.people.bob)
    assert not bob.open("/").says("users.notice.offer")


def test_nobody_else_reads_of_an_offer(site: Site) -> None:
    offer(site)
    others = (site.people.alice, site.people.charlie, None)
    assert [site.visitor(who).open("/").says("users.notice.offer") for who in others] == [False] * 3


def test_a_page_without_an_offer_costs_no_statement_more(site: Site) -> None:
    bob = site.visitor(site.people.bob)
    bob.open("/")
    with site.statements() as run:
        bob.open("/")
    assert len(run) == 1


# --- An invitation to an address of one's own -------------------------------------------------------------------


def test_a_user_reads_of_an_invitation_to_their_address_and_accepts_it(site: Site) -> None:
    charlie = site.visitor(site.people.charlie)
    invite(site, "charlie@example.net", "invoices")
    page = charlie.open("/")
    assert "Alice Ortega" in page.element("users.notice.invitation").text
    assert go_to(site, charlie, "users.notice.see_invitation").screen == "users.accept"
    assert "token" not in charlie.path
    assert charlie.press(site.say("users.accept.submit")).says("users.accept.accepted")
    found = place(site, site.people.charlie)
    assert found is not None
    assert found.permissions == ["invoices"]


def test_an_invitation_found_on_a_page_can_be_declined_there(site: Site) -> None:
    charlie = site.visitor(site.people.charlie)
    invite(site, "charlie@example.net")
    charlie.open("/")
    go_to(site, charlie, "users.notice.see_invitation")
    go_to(site, charlie, "users.accept.decline")
    assert charlie.press(site.say("users.decline.submit")).says("users.decline.declined")
    assert not site.visitor(site.people.charlie).open("/").says("users.notice.invitation")


def test_an_address_that_nobody_has_proven_is_told_nothing(site: Site) -> None:
    invite(site, "charlie@example.net")
    site.run("UPDATE acct_user SET email_verified_at = NULL")
    charlie = site.visitor(site.people.charlie)
    assert not charlie.open("/").says("users.notice.invitation")
    assert charlie.open("/account/users/invited/1").status == 404


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_an_invitation_to_somebody_else_is_not_there(site: Site, who: str) -> None:
    invite(site, "charlie@example.net")
    visitor = site.visitor(getattr(site.people, who))
    assert not visitor.open("/").says("users.notice.invitation")
    assert visitor.open("/account/users/invited/1").status == 404


def test_a_visitor_signs_in_before_they_see_an_invitation(site: Site) -> None:
    invite(site, "charlie@example.net")
    assert site.visitor().open("/account/users/invited/1").screen == "login.form"


def test_an_invitation_of_an_owner_who_owns_it_no_more_is_not_told(site: Site) -> None:
    invite(site, "charlie@example.net")
    site.run("UPDATE acct_membership SET is_owner = :no WHERE account_id = 1", no=False)
    assert not site.visitor(site.people.charlie).open("/").says("users.notice.invitation")


def test_a_new_invitation_is_found_by_who_looks_for_it_or_waits_a_little(site: Site) -> None:
    charlie = site.visitor(site.people.charlie)
    charlie.open("/")
    invite(site, "charlie@example.net")
    assert charlie.open("/account/me").says("users.notice.invitation")
    site.clock.move(minutes=6)
    assert charlie.open("/").says("users.notice.invitation")


def test_somebody_without_any_account_finds_their_invitation_there(site: Site) -> None:
    dora = stranger(site, "dora")
    invite(site, "dora@example.com")
    page = site.visitor(dora).open("/account/status/none")
    assert page.screen == "accounts.none"
    assert page.says("users.notice.invitation")


def test_where_there_are_no_sub_users_nothing_is_asked(make: Build) -> None:
    site = make("email-marketing")
    page = site.visitor(site.people.alice).open("/account/me")
    assert page.status == 200
    assert not page.says("users.notice.invitation")


# --- Another email address --------------------------------------------------------------------------------------

NEW = "ana@new.example"


def waiting(site: Site, new: str = NEW) -> Visitor:
    """Alice has asked for another address and looks at her details."""
    alice = site.alice()
    ask(site, alice, new)
    alice.open("/account/me")
    return alice


def test_a_new_address_that_waits_shows_on_ones_details(any_site: Site) -> None:
    page = waiting(any_site).page
    assert NEW in page.element("profile.me.pending").text
    any_site.letters()
    assert any_site.alice().open("/account/me").says("profile.me.pending")


def test_without_a_change_there_is_none_to_see(site: Site) -> None:
    page = site.visitor(site.people.alice).open("/account/me")
    said = [page.says(f"profile.me.{name}") for name in ("pending", "email_again", "email_cancel")]
    assert said == [False] * 3


def test_a_taken_address_waits_like_a_free_one(site: Site) -> None:
    free, taken = waiting(site, NEW).page, waiting(site, "bob@example.com").page
    site.letters()
    told = [page.text.replace(address, "") for page, address in ((free, NEW), (taken, "bob@example.com"))]
    assert told[0] == told[1]


@pytest.mark.parametrize("end", ["confirmed", "too late", "new password", "cancelled"])
def test_what_is_over_is_not_shown_as_waiting(site: Site, end: str) -> None:
    alice = waiting(site)
    sent = letters(site)
    match end:
        case "confirmed":
            site.run("UPDATE acct_user SET email_key = :new WHERE id = 1", new=NEW)
        case "too late":
            site.clock.move(minutes=site.config.profile.link_minutes)
            alice = site.alice()
        case "new password":
            site.clock.move(seconds=1)
            site.run("UPDATE acct_user SET password_changed_at = :now", now=f"{site.clock():%Y-%m-%d %H:%M:%S.000000}")
        case "cancelled":
            cancel(site, alice)
    assert sent
    assert not alice.open("/account/me").says("profile.me.pending")


def again(site: Site, alice: Visitor, password: str = PASSWORD) -> Read:
    go_to(site, alice, "profile.me.email_again")
    typed = {site.say("profile.email_again.password"): password}
    return alice.press(site.say("profile.email_again.submit"), typed)


def cancel(site: Site, alice: Visitor) -> Read:
    go_to(site, alice, "profile.me.email_cancel")
    return alice.press(site.say("profile.email_cancel.submit"))


def confirming(site: Site) -> EmailMessage:
    return letters(site)[site.say("profile.confirm.subject"), NEW]


def test_the_message_is_sent_again_and_the_old_link_is_dead(site: Site) -> None:
    alice = waiting(site)
    old = address_in(confirming(site))
    site.clock.move(minutes=1)
    assert again(site, alice).says("profile.me.email_sent")
    new = address_in(confirming(site))
    assert [alice.open(one).says("profile.confirm_email.submit") for one in (old, new)] == [False, True]


def test_sending_again_needs_the_password_like_asking_did(site: Site) -> None:
    alice = waiting(site)
    letters(site)
    page = again(site, alice, "not hers at all")
    assert page.status == 422
    assert page.says("profile.email_again.wrong")
    assert letters(site) == {}


def test_sending_again_is_counted_with_asking(site: Site) -> None:
    alice = waiting(site)
    for _ in range(site.config.limits.email_changes_per_day - 1):
        site.clock.move(seconds=1)
        assert again(site, alice).says("profile.me.email_sent")
    assert again(site, alice).status == 429


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_cancelled_change_brings_no_link_that_works(site: Site, is_answered: bool) -> None:
    alice = waiting(site)
    sent = letters(site) if is_answered else {}
    page = cancel(site, alice)
    sent |= letters(site)
    assert page.says("profile.me.email_kept")
    found = [body for (subject, _), body in sent.items() if subject == site.say("profile.confirm.subject")]
    assert len(found) == int(is_answered)
    assert [alice.open(address_in(body)).status for body in found] == [410] * len(found)


def test_cancelling_ends_everything_that_was_asked_for(site: Site) -> None:
    alice = waiting(site, "first@new.example")
    ask(site, alice, NEW)
    alice.open("/account/me")
    cancel(site, alice)
    subjects = {subject for subject, _ in letters(site)}
    assert site.say("profile.confirm.subject") not in subjects


@pytest.mark.parametrize("path", ["again", "cancel"])
def test_with_nothing_to_change_both_lead_back(site: Site, path: str) -> None:
    page = site.visitor(site.people.alice).open(f"/account/me/email/{path}")
    assert page.screen == "profile.me"
    assert page.says("profile.me.gone")


def test_nobody_sees_or_ends_somebody_elses_change(site: Site) -> None:
    alice = waiting(site)
    bob = site.visitor(site.people.bob)
    assert not bob.open("/account/me").says("profile.me.pending")
    bob.open("/account/me/email/cancel")
    assert alice.open("/account/me").says("profile.me.pending")
