"""The owner of an account invites somebody, changes what is offered, sends it again, or takes it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from flask_acct.accounts.memberships import NotInAccount
from flask_acct.accounts.permissions import NotOwner
from flask_acct.db.models import (
    Invitation,
    OutboxMail,
    Token,
)
from flask_acct.features.invitations.flows import answering, inviting
from flask_acct.security.limits import TooMany
from flask_acct.testing.records import add_account, add_user

from ..alices_account import ZOE, People, rows


def test_an_invitation_waits_for_its_address_with_nothing_granted(people: People) -> None:
    outcome = people.invite()
    found = outcome.invitation
    assert found.email == ZOE
    assert found.permissions == []
    assert found.state == "pending"
    assert people.mails() == [("users.invitation", ZOE)]


def test_an_invitation_is_good_for_seven_days(people: People) -> None:
    outcome = people.invite()
    secret = people.link()
    people.home.later(days=7, seconds=-1)
    before = people.find(secret)
    people.home.later(seconds=1)
    after = people.find(secret)
    assert type(before).__name__ == "Offer"
    assert after.why == "expired"
    assert after.until == outcome.invitation.expires_at


def test_the_days_are_those_of_the_configuration(house: Any) -> None:
    people = People(house(users={"invitation_days": 2}))
    invitation = people.invite().invitation
    assert invitation.expires_at - people.home.now == timedelta(days=2)


def test_no_row_holds_the_link(people: People) -> None:
    people.invite()
    (mail,) = people.home.mails()
    secret = people.home.secret(mail)
    dump = [
        str(vars(row)) for table in (OutboxMail, Token, Invitation) for row in people.home.db.scalars(select(table))
    ]
    assert [row for row in dump if secret in row] == []


def test_permissions_chosen_now_are_granted_later_and_others_than_there_are_never(people: People) -> None:
    outcome = people.invite(ZOE, "orders", "invoices", "all", "owner")
    assert outcome.invitation.permissions == ["invoices", "orders"]


def test_somebody_who_is_in_the_account_is_not_invited(people: People) -> None:
    outcomes = [people.invite(address) for address in ("bob@example.com", "BOB@EXAMPLE.COM", "alice@example.com")]
    assert [one.user.username for one in outcomes] == ["bob", "bob", "alice"]
    assert people.mails() == []


def test_only_the_owner_invites_whatever_a_sub_user_may_do(people: People) -> None:
    bob = people.home.people.bob
    people.permit(bob, *people.home.config.users.offered)
    assert people.invite(by=bob) == NotOwner()
    assert rows(people, Invitation) == 0


def test_nobody_invites_into_another_account(people: People) -> None:
    assert people.invite(by=people.home.people.charlie) == NotOwner()


@pytest.mark.parametrize("again", [ZOE, "Zoe.Paz@EXAMPLE.org", "  zoe.paz@example.org ", "zoe.paz@ｅxample.org"])
def test_an_open_invitation_stays_as_it_is_when_its_address_is_invited_again(people: People, again: str) -> None:
    first = people.invite(ZOE, "invoices", "tickets").invitation
    secret = people.link()
    outcome = people.invite(again)
    assert outcome == inviting.IsOpen(first)
    assert people.find(secret).invitation.permissions == ["invoices", "tickets"]
    assert people.mails() == []


def test_one_past_its_time_makes_room_for_another(people: People) -> None:
    people.invite(ZOE, "invoices")
    one = people.link()
    people.home.later(days=8)
    people.invite(ZOE, "tickets")
    assert people.find(one).why == "superseded"
    assert people.find(people.link()).invitation.permissions == ["tickets"]


def test_what_an_invitation_allows_is_changed_on_purpose_and_told_anew(people: People) -> None:
    id_ = people.invite(ZOE, "invoices").invitation.id
    old = people.link()
    people.resend(id_, "tickets")
    mail = people.home.mails()[0]
    assert mail.slots["grants"] == [people.home.platform.say("users.permission.tickets", mail.locale)]
    assert people.find(old).why == "superseded"
    assert people.find(people.home.secret(mail)).invitation.permissions == ["tickets"]


def test_what_was_changed_is_what_is_sent_again(people: People) -> None:
    id_ = people.invite(ZOE, "invoices").invitation.id
    people.resend(id_, "tickets")
    people.home.mails()
    people.resend(id_)
    assert people.find(people.link()).invitation.permissions == ["tickets"]


def test_a_user_of_the_account_who_is_invited_keeps_what_they_may_do(people: People) -> None:
    people.permit(people.home.people.bob, "invoices")
    assert people.invite("BOB@example.com", "orders") == inviting.IsMember(people.home.people.bob)
    found = people.place(people.home.people.bob)
    assert found is not None
    assert found.permissions == ["invoices"]


def test_two_accounts_may_invite_the_same_address(people: People) -> None:
    charlie = people.home.people.charlie
    people.invite()
    one = people.link()
    people.invite(by=charlie, into=people.home.people.other_account)
    assert {people.find(secret).account.number for secret in (one, people.link())} == {"9000", "9001"}


def test_an_account_sends_so_many_invitations_an_hour(house: Any) -> None:
    people = People(house(limits={"invitations_per_hour": 3}))
    outcomes = [type(people.invite(f"zoe{number}@example.org")).__name__ for number in range(4)]
    people.home.later(hours=1)
    assert outcomes == ["Invited"] * 3 + ["TooMany"]
    assert type(people.invite("zoe9@example.org")).__name__ == "Invited"


def test_one_account_sends_so_many_invitations_a_day_to_one_address(people: People) -> None:
    outcomes = [people.invite_and_cancel() for _ in range(6)]
    assert [isinstance(one, TooMany) for one in outcomes] == [False] * 5 + [True]


def test_sending_an_invitation_again_counts_as_one_more(people: People) -> None:
    id_ = people.invite().invitation.id
    outcomes = [people.resend(id_) for _ in range(5)]
    assert [isinstance(one, TooMany) for one in outcomes] == [False] * 4 + [True]


def test_the_invitations_of_another_account_neither_show_nor_stop_ones_own(people: People) -> None:
    charlie, theirs = people.home.people.charlie, people.home.people.other_account
    for _ in range(6):
        people.invite_and_cancel(by=charlie, into=theirs)
    outcomes = [people.invite_and_cancel() for _ in range(6)]
    assert [isinstance(one, TooMany) for one in outcomes] == [False] * 5 + [True]


def test_a_mailbox_is_not_flooded_by_many_accounts_but_each_may_write_once(people: People) -> None:
    home = people.home
    accounts = [
        add_account(home.scope, f"Account {number}", owner=home.people.alice, number=f"8{number:03}")
        for number in range(8)
    ]
    outcomes = [
        [isinstance(people.invite_and_cancel(into=one), inviting.Invited) for _ in range(5)] for one in accounts
    ]
    assert [sum(one) for one in outcomes] == [5, 5, 5, 5, 1, 1, 1, 1]


def test_an_account_has_so_many_open_invitations_at_once(people: People) -> None:
    db, now, alice = people.home.db, people.home.now, people.home.people.alice
    for number in range(inviting.MOST_OPEN):
        address = f"p{number}@example.org"
        db.add(Invitation(account_id=people.account.id, email=address, email_key=address, state="pending",
                          invited_by_id=alice.id, created_at=now, sent_at=now, expires_at=now))  # fmt: skip
    db.commit()
    again = people.invite("p7@example.org")
    assert people.invite() == inviting.InvitationsFull()
    assert type(again).__name__ == "Invited"


def test_the_mail_is_in_the_language_of_whoever_has_the_address(people: People) -> None:
    people.home.people.charlie.locale = "it"
    people.home.db.commit()
    people.invite("charlie@example.net", "invoices")
    people.invite(ZOE, "invoices")
    told = [(mail.locale, mail.slots["grants"]) for mail in people.home.mails()]
    words = {locale: people.home.platform.say("users.permission.invoices", locale) for locale in ("it", "en")}
    assert told == [("it", [words["it"]]), ("en", [words["en"]])]


def test_resending_brings_a_new_link_and_the_whole_time_and_the_old_link_says_so(people: People) -> None:
    id_ = people.invite(ZOE, "invoices").invitation.id
    old = people.link()
    people.home.later(days=6)
    again = people.resend(id_).invitation
    new = people.link()
    assert again.id == id_
    assert again.permissions == ["invoices"]
    assert again.expires_at - people.home.now == timedelta(days=7)
    assert people.find(old).why == "superseded"
    assert type(people.find(new)).__name__ == "Offer"


def test_an_invitation_past_its_time_can_be_sent_again(people: People) -> None:
    id_ = people.invite().invitation.id
    people.link()
    people.home.later(days=30)
    people.resend(id_)
    assert isinstance(people.find(people.link()), answering.Offer)


def test_a_cancelled_invitation_is_dead_and_its_waiting_mail_is_not_sent(people: People) -> None:
    id_ = people.invite().invitation.id
    (mail,) = people.home.mails()
    secret = people.home.secret(mail)
    people.cancel(id_)
    token = people.home.db.get(Token, mail.token_id)
    assert people.find(secret).why == "revoked"
    assert token is not None
    assert token.void_at is not None


def test_another_accounts_invitation_is_not_there(people: People) -> None:
    id_ = people.invite().invitation.id
    charlie, theirs = people.home.people.charlie, people.home.people.other_account
    assert people.cancel(id_, by=charlie, of=theirs) == NotInAccount()
    assert people.cancel(10**6) == NotInAccount()


def test_an_accepted_invitation_can_neither_be_cancelled_nor_sent_again(people: People) -> None:
    id_ = people.invite().invitation.id
    people.join(people.link())
    assert people.cancel(id_) == NotInAccount()
    assert people.resend(id_) == NotInAccount()


def test_who_declined_can_be_invited_again(people: People) -> None:
    people.invite()
    people.decline(people.link())
    people.home.mails()
    people.invite()
    assert type(people.join(people.link())).__name__ == "Joined"


def test_what_is_cancelled_is_one_invitation_of_several(people: People) -> None:
    first, second = people.invite().invitation, people.invite("yan@example.org").invitation
    people.cancel(first.id)
    people.home.db.expire_all()
    assert first.state == "revoked"
    assert second.state == "pending"


def test_the_owner_sees_what_waits_in_the_account_the_latest_first(people: People) -> None:
    home = people.home
    first = people.invite("first@example.org").invitation
    people.invite("second@example.org")
    people.cancel(people.invite("third@example.org").invitation.id)
    people.invite("fourth@example.org", by=home.people.charlie, into=home.people.other_account)

    def seen() -> list[str]:
        return [one.email for one in inviting.open_ones(home.db, people.account)]

    assert seen() == ["second@example.org", "first@example.org"]
    home.later(days=30)
    people.resend(first.id)
    assert seen() == ["first@example.org", "second@example.org"]


def test_an_open_invitation_is_found_in_its_own_account(people: People) -> None:
    home = people.home
    first, second = people.invite().invitation, people.invite("yan@example.org").invitation
    assert inviting.open_one(home.db, people.account, first.id) is first
    assert inviting.open_one(home.db, people.account, second.id) is second
    assert inviting.open_one(home.db, home.people.other_account, first.id) is None
    people.cancel(first.id)
    assert inviting.open_one(home.db, people.account, first.id) is None


def test_an_invitation_says_who_invites_into_which_account(people: People) -> None:
    people.invite(ZOE, "invoices")
    (mail,) = people.home.mails()
    assert mail.slots["inviter"] == "Alice Ortega"
    assert mail.slots["account"] == "Ortega Bakery"
    assert mail.slots["grants"] == [people.home.platform.say("users.permission.invoices", "en")]
    assert mail.account_id == people.account.id
    assert mail.customer_number == "9000"
    assert mail.locale == "en"


def test_an_invitation_is_sent_by_the_platform_it_was_written_on(house: Any) -> None:
    people = People(house("email-marketing", users={"enabled": True}))
    people.invite()
    (mail,) = people.home.mails()
    assert mail.platform == "basico"


def test_an_invitation_that_lets_somebody_do_nothing_says_so(people: People) -> None:
    people.invite(ZOE)
    (mail,) = people.home.mails()
    assert mail.slots["grants"] == [people.home.platform.say("users.list.nothing", "en")]


def invited_in(people: People, email: str, locale: str) -> str:
    """The language of the message to an address that is invited by somebody who reads another one."""
    by = people.home.people.alice
    inviting.invite(people.home.scope, people.account, email, (), by=by, locale=locale)
    people.home.db.commit()
    (mail,) = people.home.mails()
    return mail.locale


def test_who_is_no_user_is_invited_in_the_language_of_who_invites(people: People) -> None:
    assert invited_in(people, ZOE, "it") == "it"


def test_the_language_of_an_address_is_nobodys_that_is_not_proven_or_shared(by_name: People) -> None:
    home = by_name.home
    charlie = home.people.charlie
    charlie.locale = "es"
    charlie.email_verified_at = None
    add_user(home.scope, ZOE, username="zoe1", locale="es")
    home.db.commit()
    assert invited_in(by_name, "charlie@example.net", "it") == "it"
    assert invited_in(by_name, ZOE, "it") == "es"
    add_user(home.scope, ZOE, username="zoe2", locale="es")
    home.db.commit()
    by_name.cancel(home.db.scalars(select(Invitation.id).where(Invitation.email == ZOE)).one())
    assert invited_in(by_name, ZOE, "it") == "it"


def test_an_invitation_keeps_who_sent_it_and_when(people: People) -> None:
    found = people.invite(" Zoe.Paz@EXAMPLE.org ", "invoices").invitation
    assert found.email_key == ZOE
    assert found.invited_by_id == people.home.people.alice.id
    assert found.created_at == found.sent_at == people.home.now
    people.home.later(hours=1)
    again = people.resend(found.id).invitation
    assert again.created_at == people.home.now - timedelta(hours=1)
    assert again.sent_at == people.home.now
    token = people.home.db.get_one(Token, again.token_id)
    assert token.user_id == people.home.people.alice.id
    assert token.address == ZOE
    assert token.about == {"invitation_id": again.id}
