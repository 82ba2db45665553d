"""Whoever reads an invitation accepts it, becomes a user by it, or declines; a dead link says what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from flask_acct.accounts import new_users, usernames
from flask_acct.accounts.new_users import NewUser
from flask_acct.db.models import (
    Account,
    Invitation,
    Token,
    User,
    UserSession,
)
from flask_acct.features.invitations.flows import answering, inviting
from flask_acct.security.limits import TooMany
from flask_acct.security.passwords import PasswordsDiffer, PasswordTooWeak
from flask_acct.testing.records import add_account, add_member, add_user
from flask_acct.values.keys import Keys

from ...personas import NEW_PASSWORD
from ...scopes import a_scope
from ..alices_account import ACTS, ZOE, People, accept, decline, rows


def test_somebody_new_becomes_a_user_with_a_proven_address_is_in_and_signed_in(people: People) -> None:
    people.invite(ZOE, "invoices", "emails")
    outcome = people.join(people.link())
    zoe, here = outcome.accepted.user, people.home.present(outcome.entry.secret)
    assert zoe.email == ZOE
    assert zoe.email_verified_at == people.home.now
    assert zoe.sign_in_email == ZOE
    assert zoe.full_name == "Zoe Paz"
    assert here.account is not None
    assert here.membership is not None
    assert here.account.number == "9000"
    assert here.membership.permissions == ["invoices", "emails"]
    assert not here.membership.is_owner


def test_somebody_new_signs_in_with_what_they_chose(people: People) -> None:
    people.invite()
    people.join(people.link())
    assert type(people.home.sign_in(ZOE, NEW_PASSWORD)).__name__ == "Welcome"


def test_the_owner_is_told_who_accepted(people: People) -> None:
    people.invite(ZOE, "invoices")
    people.join(people.link())
    (mail,) = people.home.mails()
    words = people.home.platform.say("users.permission.invoices", people.home.config.site.default_locale)
    assert mail.mail == "users.accepted"
    assert mail.recipient == "alice@example.com"
    assert mail.slots["name"] == "Zoe Paz"
    assert mail.slots["email"] == ZOE
    assert mail.slots["grants"] == [words]


def test_a_link_is_accepted_once(people: People) -> None:
    people.invite()
    secret = people.link()
    people.join(secret)
    assert people.find(secret).why == "accepted"
    assert people.join(secret).why == "accepted"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"new": "short", "repeat": "short"}, PasswordTooWeak("too_short")),
        ({"repeat": "another one altogether"}, PasswordsDiffer()),
        ({"new": "zoe.paz@example.org", "repeat": "zoe.paz@example.org"}, PasswordTooWeak("about_you")),
    ],
)
def test_a_slip_in_the_password_does_not_spend_the_link(people: People, typed: dict[str, str], says: Any) -> None:
    people.invite()
    secret = people.link()
    assert people.join(secret, **typed) == says
    assert type(people.join(secret)).__name__ == "Joined"


def test_a_permission_that_is_no_longer_known_is_not_granted(people: People) -> None:
    invitation = people.invite(ZOE, "invoices").invitation
    invitation.permissions = ["invoices", "time_travel"]
    people.home.db.commit()
    outcome = people.join(people.link())
    place = people.place(outcome.accepted.user)
    assert place is not None
    assert place.permissions == ["invoices"]


def test_who_has_a_user_already_does_not_become_another_one(people: People) -> None:
    people.invite("charlie@example.net")
    before = rows(people, User)
    assert people.join(people.link()) == answering.HasUser()
    assert rows(people, User) == before


def test_a_link_that_was_never_made_opens_nothing(people: People) -> None:
    people.invite()
    secret = people.link()
    for wrong in ("", "x" * 43, secret[:-1], secret.swapcase(), "\ud800"):
        assert people.find(wrong).why == "unknown"
        assert people.join(wrong).why == "unknown"


def test_a_link_of_another_purpose_opens_nothing(people: People) -> None:
    home = people.home
    home.ask(email="alice@example.com")
    (mail,) = home.mails()
    assert people.find(home.secret(mail)).why == "unknown"


def test_a_link_takes_so_many_forms_an_hour(people: People) -> None:
    people.invite()
    secret = people.link()
    for _ in range(new_users.TRIES_PER_LINK):
        people.join(secret, repeat="no")
    waiting = people.join(secret)
    people.home.later(hours=1)
    assert isinstance(waiting, TooMany)
    assert type(people.join(secret)).__name__ == "Joined"


def test_a_user_name_is_made_from_the_address_where_nobody_signs_in_with_one(people: People) -> None:
    people.invite()
    first = people.join(people.link()).accepted.user
    people.invite("zoe.paz@example.net")
    second = people.join(people.link()).accepted.user
    assert first.username == "zoe.paz"
    assert second.username.startswith("zoe.paz-")
    assert second.username_key != first.username_key


@pytest.mark.parametrize("name", ["", "12345", "a@b.example", "-", "x" * 65, "two words"])
def test_what_cannot_be_a_user_name_is_told(by_name: People, name: str) -> None:
    by_name.invite()
    outcome = by_name.join(by_name.link(), username=name or " ")
    assert outcome == new_users.NoUserName()


def test_a_user_name_of_somebody_else_is_taken_however_it_is_written(by_name: People) -> None:
    by_name.invite()
    secret = by_name.link()
    outcomes = [by_name.join(secret, username=name) for name in ("alice", "ALICE", "ａlice")]
    assert outcomes == [new_users.NameInUse()] * 3
    assert type(by_name.join(secret, username="zoe")).__name__ == "Joined"


def test_a_user_name_given_up_lately_is_taken_too(by_name: People) -> None:
    home = by_name.home
    usernames.reserve_former(home.scope, "zoe", user=home.people.charlie)
    home.db.commit()
    by_name.invite()
    assert by_name.join(by_name.link(), username="zoe") == new_users.NameInUse()


def test_the_right_user_accepts_and_looks_at_the_account(people: People) -> None:
    charlie = people.home.people.charlie
    people.invite("Charlie@Example.NET", "tickets")
    outcome = people.accept(people.link(), charlie)
    place, session = people.place(charlie), people.home.db.scalars(select(UserSession)).one()
    assert place is not None
    assert type(outcome).__name__ == "Accepted"
    assert place.permissions == ["tickets"]
    assert session.account_id == people.account.id


def test_another_user_accepts_nothing(people: People) -> None:
    people.invite("charlie@example.net")
    secret = people.link()
    outcome = people.accept(secret, people.home.people.bob)
    assert outcome == answering.OtherAddress()
    assert type(people.find(secret)).__name__ == "Offer"


def test_an_address_that_nobody_has_proven_accepts_nothing(people: People) -> None:
    home = people.home
    dora = add_user(home.scope, "dora@example.com", username="dora")
    dora.email_verified_at = None
    home.db.commit()
    people.invite("dora@example.com")
    assert people.accept(people.link(), dora) == answering.OtherAddress()


@pytest.mark.parametrize("look_alike", ["zoe.paz@example.org.example.com", "zoepaz@example.org", "zoe.paz@exаmple.org"])
def test_an_address_that_looks_alike_accepts_nothing(people: People, look_alike: str) -> None:
    home = people.home
    dora = add_user(home.scope, look_alike, username="dora")
    home.db.commit()
    people.invite()
    assert people.accept(people.link(), dora) == answering.OtherAddress()


def test_of_several_users_with_the_address_the_one_who_is_signed_in_accepts(by_name: People) -> None:
    home = by_name.home
    twins = [add_user(home.scope, ZOE, username=name) for name in ("zoe1", "zoe2")]
    home.db.commit()
    by_name.invite()
    secret = by_name.link()
    assert by_name.join(secret, username="zoe3") == answering.HasUser()
    by_name.accept(secret, twins[1])
    assert [by_name.place(twin) is not None for twin in twins] == [False, True]


def test_an_unproven_address_keeps_nobody_from_becoming_a_user_where_it_is_not_a_way_in(by_name: People) -> None:
    home = by_name.home
    squatter = add_user(home.scope, ZOE, username="squatter")
    squatter.email_verified_at = None
    home.db.commit()
    by_name.invite()
    outcome = by_name.join(by_name.link(), username="zoe")
    assert type(outcome).__name__ == "Joined"
    assert by_name.place(squatter) is None


def test_who_is_in_already_keeps_their_place_as_it_was(people: People) -> None:
    charlie, home = people.home.people.charlie, people.home
    people.invite("charlie@example.net", "invoices")
    secret = people.link()
    add_member(home.scope, charlie, people.account, ["tickets"])
    home.db.commit()
    outcome, place = people.accept(secret, charlie), people.place(charlie)
    assert place is not None
    assert type(outcome).__name__ == "AlreadyIn"
    assert place.permissions == ["tickets"]
    assert people.find(secret).why == "accepted"


def test_an_invitation_is_worth_nothing_once_its_sender_owns_the_account_no_more(people: People) -> None:
    """However the owner changed: here without the pages of this package."""
    people.invite()
    secret = people.link()
    home = people.home
    for who, owns in ((home.people.alice, False), (home.people.bob, True)):
        place = people.place(who)
        assert place is not None
        place.is_owner = owns
        home.db.flush()
    home.db.commit()
    assert people.find(secret).why == "revoked"
    assert people.join(secret).why == "revoked"


def test_declining_needs_no_user_and_the_owner_is_told(people: People) -> None:
    people.invite()
    secret = people.link()
    people.decline(secret)
    assert people.mails() == [("users.declined", "alice@example.com")]
    assert people.find(secret).why == "declined"
    assert people.join(secret).why == "declined"


@pytest.mark.parametrize(
    ("act", "state"),
    [("it is accepted", "accepted"), ("it is declined", "declined"), ("it is cancelled", "revoked")],
)
def test_an_invitation_that_was_answered_says_how_and_when(act: str, state: str, people: People) -> None:
    ACTS[act](people)
    people.home.db.expire_all()
    invitation = people.home.db.scalars(select(Invitation)).one()
    assert invitation.state == state
    assert invitation.settled_at == people.home.now


def test_an_invitation_says_who_accepted_it(people: People) -> None:
    joined = accept(people)
    people.home.db.expire_all()
    invitation = people.home.db.scalars(select(Invitation)).one()
    assert invitation.user_id == people.home.db.scalars(select(User.id).where(User.email == ZOE)).one()
    assert isinstance(joined, answering.Joined)


@pytest.mark.parametrize("act", ["it is declined", "it is cancelled", "it is sent again"])
def test_the_link_of_an_invitation_that_is_over_is_dead(act: str, people: People) -> None:
    ACTS[act](people)
    first = people.home.db.scalars(select(Token).order_by(Token.created_at, Token.id)).all()
    assert len([token for token in first if token.void_at is None]) == (1 if act == "it is sent again" else 0)


def test_somebody_new_is_as_they_said_and_speaks_the_language_of_the_page(people: People) -> None:
    people.invite()
    whole = NewUser(first_name="Zoe", last_name="Paz", new=NEW_PASSWORD, repeat=NEW_PASSWORD)
    people.done(answering.join(people.home.scope, people.link(), whole, locale="it", user_agent="a browser"))
    zoe = people.home.db.scalars(select(User).where(User.email == ZOE)).one()
    assert zoe.first_name == "Zoe"
    assert zoe.last_name == "Paz"
    assert zoe.locale == "it"
    assert (
        zoe.created_at == zoe.password_changed_at == zoe.email_verified_at == zoe.last_signed_in_at == people.home.now
    )
    assert (
        people.home.db.scalars(select(UserSession.user_agent).where(UserSession.user_id == zoe.id)).one() == "a browser"
    )


def test_a_password_that_was_mailed_is_not_taken_from_somebody_new(people: People) -> None:
    people.invite()
    secret = people.link()
    assert people.join(secret, new=secret, repeat=secret) == PasswordTooWeak("mailed")


def test_the_owner_is_told_which_address_declined(people: People) -> None:
    decline(people)
    (told,) = people.home.mails()
    assert told.mail == "users.declined"
    assert told.slots["email"] == ZOE


def test_a_dead_link_says_of_which_account_it_was(people: People) -> None:
    id_ = people.invite().invitation.id
    secret = people.link()
    people.cancel(id_)
    dead = people.find(secret)
    assert dead.account == "Ortega Bakery"
    assert dead.until == people.home.now + timedelta(days=7)


@pytest.mark.parametrize("spoilt", ["used_at", "void_at"])
def test_an_invitation_whose_link_was_spoilt_is_worth_nothing(spoilt: str, people: People) -> None:
    """Whatever did it: a new password of the owner's, an operator."""
    found = people.invite().invitation
    secret = people.link()
    token = people.home.db.get_one(Token, found.token_id)
    setattr(token, spoilt, people.home.now)
    people.home.db.commit()
    assert people.find(secret).why == "revoked"


def open_to(people: People, who: User, id_: int | None = None) -> list[tuple[str, str]]:
    """Into which accounts the user sees themselves invited, and by whom."""
    found = answering.open_to(people.home.scope, who, id_=id_)
    return [(one.account.number, one.inviter.username) for one in found]


def test_who_is_invited_sees_it_at_their_proven_address_until_its_time_has_passed(people: People) -> None:
    home, charlie = people.home, people.home.people.charlie
    people.invite("Charlie@example.net")
    people.invite(ZOE)
    assert open_to(people, charlie) == [("9000", "alice")]
    assert open_to(people, home.people.bob) == []
    home.later(days=7, seconds=-1)
    assert open_to(people, charlie) == [("9000", "alice")]
    home.later(seconds=1)
    assert open_to(people, charlie) == []


def test_who_has_not_proven_their_address_sees_no_invitation_to_it(people: People) -> None:
    charlie = people.home.people.charlie
    people.invite("charlie@example.net")
    charlie.email_verified_at = None
    people.home.db.commit()
    assert open_to(people, charlie) == []


def test_who_is_in_the_account_sees_no_invitation_into_it(people: People) -> None:
    home, charlie = people.home, people.home.people.charlie
    people.invite("charlie@example.net")
    add_member(home.scope, charlie, people.account)
    home.db.commit()
    assert open_to(people, charlie) == []


@pytest.mark.parametrize("act", ["cancelled", "declined", "accepted"])
def test_an_invitation_that_is_over_is_seen_no_more(act: str, people: People) -> None:
    charlie = people.home.people.charlie
    id_ = people.invite("charlie@example.net").invitation.id
    secret = people.link()
    {
        "cancelled": lambda: people.cancel(id_),
        "declined": lambda: people.decline(secret),
        "accepted": lambda: people.accept(secret, charlie),
    }[act]()
    assert open_to(people, charlie) == []


def test_the_invitation_of_who_owns_the_account_no_more_is_not_seen(people: People) -> None:
    home = people.home
    people.invite("charlie@example.net")
    for who, owns in ((home.people.alice, False), (home.people.bob, True)):
        place = people.place(who)
        assert place is not None
        place.is_owner = owns
        home.db.flush()
    assert open_to(people, home.people.charlie) == []


def test_of_several_invitations_the_latest_few_are_seen_or_the_one_asked_for(people: People) -> None:
    home, charlie = people.home, people.home.people.charlie
    ids = []
    for number in range(answering.FEW_OPEN + 1):
        another = add_account(home.scope, f"Account {number}", owner=home.people.alice, number=f"7{number}")
        ids.append(people.invite("charlie@example.net", into=another).invitation.id)
    assert open_to(people, charlie) == [("73", "alice"), ("72", "alice"), ("71", "alice")]
    assert open_to(people, charlie, ids[0]) == [("70", "alice")]
    home.later(hours=1)
    first = home.db.get_one(Account, home.db.get_one(Invitation, ids[0]).account_id)
    inviting.resend(home.scope, first, ids[0], by=home.people.alice)
    assert open_to(people, charlie)[0] == ("70", "alice")


def test_the_link_of_an_invitation_that_is_seen_need_not_be_looked_for(people: People) -> None:
    home, charlie = people.home, people.home.people.charlie
    people.invite("charlie@example.net")
    (offer,) = answering.open_to(home.scope, charlie)
    assert answering.secret_for(home.scope, offer) == people.link()
    assert (
        answering.secret_for(a_scope(home.db, keys=Keys.of("another key, of which there is no trace")), offer) is None
    )
    offer.invitation.token_id = None
    assert answering.secret_for(home.scope, offer) is None
