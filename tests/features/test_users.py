"""Who is in an account: invited, let in, given permissions, removed, gone; and how it gets another owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_acct.accounts import new_users, usernames
from flask_acct.accounts.new_users import NewUser
from flask_acct.accounts.permissions import NotOwner
from flask_acct.accounts.readers import NOTHING, Behind
from flask_acct.accounts.registration import user_name_from
from flask_acct.db.models import (
    Account,
    Contact,
    Invitation,
    Membership,
    OutboxMail,
    Token,
    Transfer,
    User,
    UserSession,
)
from flask_acct.features.users.flows import invitations, locking, members, transfers
from flask_acct.features.users.flows.locking import NotInAccount
from flask_acct.security.limits import TooMany
from flask_acct.security.passwords import PasswordsDiffer, PasswordTooWeak
from flask_acct.security.reauthentication import WrongPassword
from flask_acct.values.keys import Keys

from ..personas import PASSWORD, account, join, user
from ..scopes import a_scope
from .conftest import NEW_PASSWORD, House

ZOE = "zoe.paz@example.org"


@dataclass
class People:
    """Alice's account, and what its people do, each in a transaction of its own."""

    home: House

    @property
    def account(self) -> Account:
        return self.home.people.account

    def _done(self, outcome: Any) -> Any:
        self.home.db.commit()
        return outcome

    def invite(self, email: str = ZOE, *grants: str, by: User | None = None, into: Account | None = None) -> Any:
        return self._done(
            invitations.invite(
                self.home.scope, into or self.account, email, grants, by=by or self.home.people.alice, locale="en"
            )
        )

    def resend(self, id_: int, *grants: str) -> Any:
        by = self.home.people.alice
        return self._done(invitations.resend(self.home.scope, self.account, id_, by=by, grants=grants or None))

    def cancel(self, id_: int, by: User | None = None, of: Account | None = None) -> Any:
        by = by or self.home.people.alice
        return self._done(invitations.cancel(self.home.scope, of or self.account, id_, by=by))

    def invite_and_cancel(self, by: User | None = None, into: Account | None = None) -> Any:
        """The outcome of inviting; an open invitation would otherwise stay as it is."""
        outcome = self.invite(by=by, into=into)
        if isinstance(outcome, invitations.Invited):
            self.cancel(outcome.invitation.id, by=by, of=into)
        return outcome

    def link(self) -> str:
        """The secret of the invitation that was mailed last."""
        (mail,) = (mail for mail in self.home.mails() if mail.mail == "users.invitation")
        return self.home.secret(mail)

    def find(self, secret: str) -> Any:
        return invitations.find(self.home.scope, secret)

    def accept(self, secret: str, who: User, looking_at: Account | None = None) -> Any:
        cookie = self.home.begin(who)
        here = self.home.present(cookie)
        return self._done(invitations.accept(self.home.scope, secret, here=here))

    def join(self, secret: str, **typed: str) -> Any:
        whole = {"first_name": "Zoe", "last_name": "Paz", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD, **typed}
        return self._done(invitations.join(self.home.scope, secret, NewUser(**whole), locale="en"))

    def decline(self, secret: str) -> Any:
        return self._done(invitations.decline(self.home.scope, secret))

    def place(self, who: User, of: Account | None = None) -> Membership | None:
        mine = select(Membership).where(Membership.user_id == who.id, Membership.account_id == (of or self.account).id)
        return self.home.db.scalar(mine.execution_options(populate_existing=True))

    def permit(self, who: User, *grants: str, by: User | None = None) -> Any:
        return self._done(
            members.permit(self.home.scope, self.account, who.id, grants, by=by or self.home.people.alice)
        )

    def remove(self, who: User, by: User | None = None) -> Any:
        return self._done(members.remove(self.home.scope, self.account, who.id, by=by or self.home.people.alice))

    def leave(self, who: User) -> Any:
        return self._done(members.leave(self.home.scope, self.account, user=who))

    def offer(self, who: User, *keeps: str, password: str = PASSWORD, by: User | None = None) -> Any:
        by = by or self.home.people.alice
        return self._done(transfers.offer(self.home.scope, self.account, who.id, keeps, password, by=by))

    def receive(self, id_: int, who: User) -> Any:
        return self._done(transfers.accept(self.home.scope, id_, user=who))

    def refuse(self, id_: int, who: User) -> Any:
        return self._done(transfers.decline(self.home.scope, id_, user=who))

    def revoke(self) -> Any:
        by = self.home.people.alice
        return self._done(transfers.revoke(self.home.scope, self.account, by=by))

    def owners(self) -> list[int]:
        mine = select(Membership.user_id).where(Membership.account_id == self.account.id, Membership.is_owner)
        return list(self.home.db.scalars(mine))

    def mails(self) -> list[tuple[str, str]]:
        """What waits, and for whom."""
        return [(mail.mail, mail.recipient) for mail in self.home.mails()]


@pytest.fixture
def people(house: Any) -> People:
    return People(house())


@pytest.fixture
def by_name(house: Any) -> People:
    """Where a user name is the way in, and several users may share an address."""
    return People(house("sending-platform", users={"enabled": True}))


def rows(people: People, table: Any) -> int:
    return people.home.db.scalar(select(func.count()).select_from(table)) or 0


# --- Inviting ---------------------------------------------------------------------------------------------------


def test_an_invitation_waits_for_its_address_with_nothing_granted(people: People) -> None:
    outcome = people.invite()
    found = outcome.invitation
    assert (found.email, found.permissions, found.state, people.mails()) == (
        ZOE, [], "pending", [("users.invitation", ZOE)],
    )  # fmt: skip


def test_an_invitation_is_good_for_seven_days(people: People) -> None:
    outcome = people.invite()
    secret = people.link()
    people.home.later(days=7, seconds=-1)
    before = people.find(secret)
    people.home.later(seconds=1)
    after = people.find(secret)
    assert (type(before).__name__, after.why, after.until) == ("Offer", "expired", outcome.invitation.expires_at)


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
    assert ([one.user.username for one in outcomes], people.mails()) == (["bob", "bob", "alice"], [])


def test_only_the_owner_invites_whatever_a_sub_user_may_do(people: People) -> None:
    bob = people.home.people.bob
    people.permit(bob, *people.home.config.users.offered)
    assert (people.invite(by=bob), rows(people, Invitation)) == (NotOwner(), 0)


def test_nobody_invites_into_another_account(people: People) -> None:
    assert people.invite(by=people.home.people.charlie) == NotOwner()


@pytest.mark.parametrize("again", [ZOE, "Zoe.Paz@EXAMPLE.org", "  zoe.paz@example.org ", "zoe.paz@ｅxample.org"])
def test_an_open_invitation_stays_as_it_is_when_its_address_is_invited_again(people: People, again: str) -> None:
    first = people.invite(ZOE, "invoices", "tickets").invitation
    secret = people.link()
    outcome = people.invite(again)
    assert outcome == invitations.IsOpen(first)
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
    assert people.invite("BOB@example.com", "orders") == invitations.IsMember(people.home.people.bob)
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
    assert (outcomes, type(people.invite("zoe9@example.org")).__name__) == (["Invited"] * 3 + ["TooMany"], "Invited")


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
        account(f"8{number:03}", f"Account {number}", owner=home.people.alice, db=home.db, now=home.now)
        for number in range(8)
    ]
    outcomes = [
        [isinstance(people.invite_and_cancel(into=one), invitations.Invited) for _ in range(5)] for one in accounts
    ]
    assert [sum(one) for one in outcomes] == [5, 5, 5, 5, 1, 1, 1, 1]


def test_an_account_has_so_many_open_invitations_at_once(people: People) -> None:
    db, now, alice = people.home.db, people.home.now, people.home.people.alice
    for number in range(invitations.MOST_OPEN):
        address = f"p{number}@example.org"
        db.add(Invitation(account_id=people.account.id, email=address, email_key=address, state="pending",
                          invited_by_id=alice.id, created_at=now, sent_at=now, expires_at=now))  # fmt: skip
    db.commit()
    again = people.invite("p7@example.org")
    assert (people.invite(), type(again).__name__) == (invitations.InvitationsFull(), "Invited")


def test_the_mail_is_in_the_language_of_whoever_has_the_address(people: People) -> None:
    people.home.people.charlie.locale = "it"
    people.home.db.commit()
    people.invite("charlie@example.net", "invoices")
    people.invite(ZOE, "invoices")
    told = [(mail.locale, mail.slots["grants"]) for mail in people.home.mails()]
    words = {locale: people.home.platform.say("users.permission.invoices", locale) for locale in ("it", "en")}
    assert told == [("it", [words["it"]]), ("en", [words["en"]])]


# --- Resent and cancelled ---------------------------------------------------------------------------------------


def test_resending_brings_a_new_link_and_the_whole_time_and_the_old_link_says_so(people: People) -> None:
    id_ = people.invite(ZOE, "invoices").invitation.id
    old = people.link()
    people.home.later(days=6)
    again = people.resend(id_).invitation
    new = people.link()
    assert (again.id, again.permissions, again.expires_at - people.home.now) == (id_, ["invoices"], timedelta(days=7))
    assert (people.find(old).why, type(people.find(new)).__name__) == ("superseded", "Offer")


def test_an_invitation_past_its_time_can_be_sent_again(people: People) -> None:
    id_ = people.invite().invitation.id
    people.link()
    people.home.later(days=30)
    people.resend(id_)
    assert isinstance(people.find(people.link()), invitations.Offer)


def test_a_cancelled_invitation_is_dead_and_its_waiting_mail_is_not_sent(people: People) -> None:
    id_ = people.invite().invitation.id
    (mail,) = people.home.mails()
    secret = people.home.secret(mail)
    people.cancel(id_)
    token = people.home.db.get(Token, mail.token_id)
    assert (people.find(secret).why, token is not None and token.void_at is not None) == ("revoked", True)


def test_another_accounts_invitation_is_not_there(people: People) -> None:
    id_ = people.invite().invitation.id
    charlie, theirs = people.home.people.charlie, people.home.people.other_account
    assert (people.cancel(id_, by=charlie, of=theirs), people.cancel(10**6)) == (NotInAccount(), NotInAccount())


def test_an_accepted_invitation_can_neither_be_cancelled_nor_sent_again(people: People) -> None:
    id_ = people.invite().invitation.id
    people.join(people.link())
    assert (people.cancel(id_), people.resend(id_)) == (NotInAccount(), NotInAccount())


# --- Accepted by somebody new -----------------------------------------------------------------------------------


def test_somebody_new_becomes_a_user_with_a_proven_address_is_in_and_signed_in(people: People) -> None:
    people.invite(ZOE, "invoices", "emails")
    outcome = people.join(people.link())
    zoe, here = outcome.accepted.user, people.home.present(outcome.entry.secret)
    assert (zoe.email, zoe.email_verified_at, zoe.sign_in_email, zoe.full_name) == (
        ZOE, people.home.now, ZOE, "Zoe Paz",
    )  # fmt: skip
    assert here.account is not None
    assert here.membership is not None
    assert (here.account.number, here.membership.permissions, here.membership.is_owner) == (
        "9000", ["invoices", "emails"], False,
    )  # fmt: skip


def test_somebody_new_signs_in_with_what_they_chose(people: People) -> None:
    people.invite()
    people.join(people.link())
    assert type(people.home.sign_in(ZOE, NEW_PASSWORD)).__name__ == "Welcome"


def test_the_owner_is_told_who_accepted(people: People) -> None:
    people.invite(ZOE, "invoices")
    people.join(people.link())
    (mail,) = people.home.mails()
    words = people.home.platform.say("users.permission.invoices", people.home.config.site.default_locale)
    assert (mail.mail, mail.recipient, mail.slots["name"], mail.slots["email"], mail.slots["grants"]) == (
        "users.accepted", "alice@example.com", "Zoe Paz", ZOE, [words],
    )  # fmt: skip


def test_a_link_is_accepted_once(people: People) -> None:
    people.invite()
    secret = people.link()
    people.join(secret)
    assert (people.find(secret).why, people.join(secret).why) == ("accepted", "accepted")


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
    assert (people.join(secret, **typed), type(people.join(secret)).__name__) == (says, "Joined")


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
    assert (people.join(people.link()), rows(people, User)) == (invitations.HasUser(), before)


def test_a_link_that_was_never_made_opens_nothing(people: People) -> None:
    people.invite()
    secret = people.link()
    for wrong in ("", "x" * 43, secret[:-1], secret.swapcase(), "\ud800"):
        assert (people.find(wrong).why, people.join(wrong).why) == ("unknown", "unknown")


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
    assert (isinstance(waiting, TooMany), type(people.join(secret)).__name__) == (True, "Joined")


# --- User names -------------------------------------------------------------------------------------------------


def test_a_user_name_is_made_from_the_address_where_nobody_signs_in_with_one(people: People) -> None:
    people.invite()
    first = people.join(people.link()).accepted.user
    people.invite("zoe.paz@example.net")
    second = people.join(people.link()).accepted.user
    assert (first.username, second.username.startswith("zoe.paz-"), second.username_key != first.username_key) == (
        "zoe.paz", True, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("Zoe.Paz+web@example.com", "zoe.paz"), ("12345@example.com", "user-12345"), ("_@example.com", "user"),
        ("o'neil@example.com", "o-neil"), ("a" * 64 + "@example.com", "a" * 56), ("x@example.com", "x"),
    ],
)  # fmt: skip
def test_any_address_gives_a_user_name(email: str, name: str) -> None:
    assert user_name_from(email) == name


@pytest.mark.parametrize("name", ["", "12345", "a@b.example", "-", "x" * 65, "two words"])
def test_what_cannot_be_a_user_name_is_told(by_name: People, name: str) -> None:
    by_name.invite()
    outcome = by_name.join(by_name.link(), username=name or " ")
    assert outcome == new_users.NoUserName()


def test_a_user_name_of_somebody_else_is_taken_however_it_is_written(by_name: People) -> None:
    by_name.invite()
    secret = by_name.link()
    outcomes = [by_name.join(secret, username=name) for name in ("alice", "ALICE", "ａlice")]
    assert (outcomes, type(by_name.join(secret, username="zoe")).__name__) == ([new_users.NameInUse()] * 3, "Joined")


def test_a_user_name_given_up_lately_is_taken_too(by_name: People) -> None:
    home = by_name.home
    usernames.reserve_former(home.scope, "zoe", user=home.people.charlie)
    home.db.commit()
    by_name.invite()
    assert by_name.join(by_name.link(), username="zoe") == new_users.NameInUse()


# --- Accepted by a user -----------------------------------------------------------------------------------------


def test_the_right_user_accepts_and_looks_at_the_account(people: People) -> None:
    charlie = people.home.people.charlie
    people.invite("Charlie@Example.NET", "tickets")
    outcome = people.accept(people.link(), charlie)
    place, session = people.place(charlie), people.home.db.scalars(select(UserSession)).one()
    assert place is not None
    assert (type(outcome).__name__, place.permissions, session.account_id) == (
        "Accepted", ["tickets"], people.account.id,
    )  # fmt: skip


def test_another_user_accepts_nothing(people: People) -> None:
    people.invite("charlie@example.net")
    secret = people.link()
    outcome = people.accept(secret, people.home.people.bob)
    assert (outcome, type(people.find(secret)).__name__) == (invitations.OtherAddress(), "Offer")


def test_an_address_that_nobody_has_proven_accepts_nothing(people: People) -> None:
    home = people.home
    dora = user("dora", "dora@example.com", db=home.db, config=home.config, now=home.now)
    dora.email_verified_at = None
    home.db.commit()
    people.invite("dora@example.com")
    assert people.accept(people.link(), dora) == invitations.OtherAddress()


@pytest.mark.parametrize("look_alike", ["zoe.paz@example.org.example.com", "zoepaz@example.org", "zoe.paz@exаmple.org"])
def test_an_address_that_looks_alike_accepts_nothing(people: People, look_alike: str) -> None:
    home = people.home
    dora = user("dora", look_alike, db=home.db, config=home.config, now=home.now)
    home.db.commit()
    people.invite()
    assert people.accept(people.link(), dora) == invitations.OtherAddress()


def test_of_several_users_with_the_address_the_one_who_is_signed_in_accepts(by_name: People) -> None:
    home = by_name.home
    twins = [user(name, ZOE, db=home.db, config=home.config, now=home.now) for name in ("zoe1", "zoe2")]
    home.db.commit()
    by_name.invite()
    secret = by_name.link()
    assert by_name.join(secret, username="zoe3") == invitations.HasUser()
    by_name.accept(secret, twins[1])
    assert [by_name.place(twin) is not None for twin in twins] == [False, True]


def test_an_unproven_address_keeps_nobody_from_becoming_a_user_where_it_is_not_a_way_in(by_name: People) -> None:
    home = by_name.home
    squatter = user("squatter", ZOE, db=home.db, config=home.config, now=home.now)
    squatter.email_verified_at = None
    home.db.commit()
    by_name.invite()
    outcome = by_name.join(by_name.link(), username="zoe")
    assert (type(outcome).__name__, by_name.place(squatter)) == ("Joined", None)


def test_who_is_in_already_keeps_their_place_as_it_was(people: People) -> None:
    charlie, home = people.home.people.charlie, people.home
    people.invite("charlie@example.net", "invoices")
    secret = people.link()
    join(charlie, people.account, "tickets", db=home.db, now=home.now)
    home.db.commit()
    outcome, place = people.accept(secret, charlie), people.place(charlie)
    assert place is not None
    assert (type(outcome).__name__, place.permissions, people.find(secret).why) == (
        "AlreadyIn", ["tickets"], "accepted",
    )  # fmt: skip


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
    assert (people.find(secret).why, people.join(secret).why) == ("revoked", "revoked")


# --- Declined ---------------------------------------------------------------------------------------------------


def test_declining_needs_no_user_and_the_owner_is_told(people: People) -> None:
    people.invite()
    secret = people.link()
    people.decline(secret)
    assert (people.mails(), people.find(secret).why, people.join(secret).why) == (
        [("users.declined", "alice@example.com")], "declined", "declined",
    )  # fmt: skip


def test_who_declined_can_be_invited_again(people: People) -> None:
    people.invite()
    people.decline(people.link())
    people.home.mails()
    people.invite()
    assert type(people.join(people.link())).__name__ == "Joined"


# --- Permissions ------------------------------------------------------------------------------------------------


def test_permissions_are_exactly_what_was_ticked_and_the_owner_is_told(people: People) -> None:
    bob = people.home.people.bob
    people.permit(bob, "orders", "invoices", "nonsense", "owner")
    place = people.place(bob)
    assert place is not None
    assert (place.permissions, people.mails()) == (["invoices", "orders"], [("users.permitted", "alice@example.com")])


def test_saving_what_is_so_tells_nobody(people: People) -> None:
    bob = people.home.people.bob
    people.permit(bob, "invoices")
    people.mails()
    people.permit(bob, "invoices")
    assert people.mails() == []


@pytest.mark.parametrize("act", ["permit", "remove"])
def test_a_sub_user_with_every_permission_manages_nobody_not_even_themselves(people: People, act: str) -> None:
    bob, home = people.home.people.bob, people.home
    dora = user("dora", "dora@example.com", db=home.db, config=home.config, now=home.now)
    join(dora, people.account, db=home.db, now=home.now)
    people.permit(bob, *home.config.users.offered)
    assert [getattr(people, act)(who, by=bob) for who in (dora, bob)] == [NotOwner(), NotOwner()]


@pytest.mark.parametrize("act", ["permit", "remove"])
def test_the_owner_is_nobody_to_manage(people: People, act: str) -> None:
    alice = people.home.people.alice
    assert (getattr(people, act)(alice), people.owners()) == (NotInAccount(), [alice.id])


def test_a_user_of_another_account_is_not_there(people: People) -> None:
    home = people.home
    dora = user("dora", "dora@example.com", db=home.db, config=home.config, now=home.now)
    join(dora, home.people.other_account, db=home.db, now=home.now)
    how: dict[str, Any] = {"by": home.people.alice}
    assert members.permit(home.scope, people.account, dora.id, ["orders"], **how) == NotInAccount()
    assert members.remove(home.scope, people.account, dora.id, **how) == NotInAccount()


# --- Removed, and gone ------------------------------------------------------------------------------------------


def test_a_removed_user_sees_the_account_no_more_and_both_are_told(people: People) -> None:
    bob = people.home.people.bob
    cookie = people.home.begin(bob)
    people.remove(bob)
    here = people.home.present(cookie)
    assert (here.account, here.membership, here.session.account_id) == (None, None, None)
    assert people.mails() == [("users.removed", "alice@example.com"), ("users.access_ended", "bob@example.com")]


def test_a_removed_user_looks_at_another_account_of_theirs(people: People) -> None:
    home, bob = people.home, people.home.people.bob
    own = account("9002", "Bob's own", owner=bob, db=home.db, now=home.now)
    closed = account("9003", "Closed", owner=bob, db=home.db, now=home.now)
    closed.state = "closed"
    cookie, elsewhere = home.begin(bob), home.begin(home.people.alice)
    people.remove(bob)
    here = home.present(cookie)
    assert here.account is not None
    assert (here.account.id, home.present(elsewhere).session.account_id) == (own.id, people.account.id)


def test_an_invitation_that_waits_does_not_bring_a_removed_user_back(by_name: People) -> None:
    """Two users share an address: one was let in by other means, and an invitation to the address is still open."""
    home = by_name.home
    zoe = user("zoe", ZOE, db=home.db, config=home.config, now=home.now)
    by_name.invite()
    secret = by_name.link()
    join(zoe, by_name.account, db=home.db, now=home.now)
    home.db.commit()
    by_name.remove(zoe)
    assert (by_name.find(secret).why, by_name.accept(secret, zoe).why) == ("revoked", "revoked")


def test_a_user_leaves_of_their_own_will_and_the_owner_is_told(people: People) -> None:
    bob = people.home.people.bob
    cookie = people.home.begin(bob)
    people.leave(bob)
    assert (people.place(bob), people.home.present(cookie).account, people.mails()) == (
        None, None, [("users.left", "alice@example.com")],
    )  # fmt: skip


def test_the_owner_cannot_leave(people: People) -> None:
    alice = people.home.people.alice
    assert (people.leave(alice), people.owners()) == (members.Owns(), [alice.id])


def test_who_is_in_no_account_has_none_to_leave(people: People) -> None:
    assert people.leave(people.home.people.charlie) == NotInAccount()


# --- Another owner ----------------------------------------------------------------------------------------------


def test_an_offer_changes_nothing_and_both_are_told(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    people.offer(bob)
    assert (people.owners(), people.mails()) == (
        [alice.id], [("users.offer", "bob@example.com"), ("users.offered", "alice@example.com")],
    )  # fmt: skip


def test_an_accepted_offer_makes_one_owner_of_another(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.mails()
    people.receive(id_, bob)
    old = people.place(alice)
    assert old is not None
    assert (people.owners(), old.permissions, people.mails()) == (
        [bob.id], [], [("users.transferred", "alice@example.com"), ("users.transferred", "bob@example.com")],
    )  # fmt: skip


def test_the_old_owner_keeps_what_they_ticked(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    people.receive(people.offer(bob, "invoices", "emails", "nonsense").transfer.id, bob)
    old = people.place(alice)
    assert old is not None
    assert old.permissions == ["invoices", "emails"]


def test_open_invitations_end_with_a_change_of_owner(people: People) -> None:
    bob = people.home.people.bob
    people.invite()
    secret = people.link()
    people.receive(people.offer(bob).transfer.id, bob)
    assert (people.find(secret).why, invitations.open_ones(people.home.db, people.account)) == ("revoked", [])


def test_an_offer_needs_the_owners_password(people: People) -> None:
    assert (people.offer(people.home.people.bob, password="wrong"), rows(people, Transfer)) == (WrongPassword(), 0)


def test_guessing_the_password_has_to_wait(people: People) -> None:
    bob = people.home.people.bob
    for _ in range(people.home.config.limits.sign_in_failures):
        people.offer(bob, password="wrong")
    assert isinstance(people.offer(bob), TooMany)


def test_only_the_owner_offers_the_account(people: People) -> None:
    bob, home = people.home.people.bob, people.home
    dora = user("dora", "dora@example.com", db=home.db, config=home.config, now=home.now)
    join(dora, people.account, db=home.db, now=home.now)
    people.permit(bob, *home.config.users.offered)
    assert people.offer(dora, by=bob) == NotOwner()


def test_the_owner_is_nobody_to_offer_the_account_to(people: People) -> None:
    assert people.offer(people.home.people.alice) == NotInAccount()


def test_one_offer_is_open_at_a_time(people: People) -> None:
    home, bob = people.home, people.home.people.bob
    dora = user("dora", "dora@example.com", db=home.db, config=home.config, now=home.now)
    join(dora, people.account, db=home.db, now=home.now)
    people.offer(bob)
    assert people.offer(dora) == transfers.Pending()


def test_an_offer_ends_after_seven_days_and_makes_room(people: People) -> None:
    bob = people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.home.later(days=7)
    assert people.receive(id_, bob) == transfers.Over()
    again = people.offer(bob).transfer.id
    assert type(people.receive(again, bob)).__name__ == "Transferred"


def test_an_offer_taken_back_cannot_be_accepted(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.revoke()
    assert (people.receive(id_, bob), people.revoke(), people.owners()) == (
        transfers.Over(), transfers.Over(), [alice.id],
    )  # fmt: skip


def test_a_declined_offer_leaves_the_owner_who_is_told(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.mails()
    people.refuse(id_, bob)
    assert (people.owners(), people.receive(id_, bob), people.mails()) == (
        [alice.id], transfers.Over(), [("users.refused", "alice@example.com")],
    )  # fmt: skip


def test_nobody_else_answers_an_offer(people: People) -> None:
    id_ = people.offer(people.home.people.bob).transfer.id
    others = (people.home.people.charlie, people.home.people.alice)
    answers = [act(id_, who) for act in (people.receive, people.refuse) for who in others]
    assert answers == [transfers.Over()] * 4


def test_an_offer_ends_when_its_receiver_is_removed_or_leaves(people: People) -> None:
    alice, bob, home = people.home.people.alice, people.home.people.bob, people.home
    first = people.offer(bob).transfer.id
    people.remove(bob)
    join(bob, people.account, db=home.db, now=home.now)
    home.db.commit()
    second = people.offer(bob).transfer.id
    people.leave(bob)
    assert ([people.receive(id_, bob) for id_ in (first, second)], people.owners()) == (
        [transfers.Over()] * 2, [alice.id],
    )  # fmt: skip


def test_the_new_owner_manages_and_the_old_one_does_not(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    people.receive(people.offer(bob).transfer.id, bob)
    assert (people.invite(by=alice), type(people.invite(by=bob)).__name__) == (NotOwner(), "Invited")


# --- Forgotten --------------------------------------------------------------------------------------------------


def test_what_is_over_is_forgotten_after_ninety_days(people: People) -> None:
    bob = people.home.people.bob
    people.invite()
    people.receive(people.offer(bob).transfer.id, bob)
    for days, left in ((89, (1, 1)), (2, (0, 0))):
        people.home.later(days=days)
        for forget in (invitations.forget_old, transfers.forget_old):
            forget(people.home.scope)
        people.home.db.commit()
        assert (rows(people, Invitation), rows(people, Transfer)) == left


# --- What it leaves alone -------------------------------------------------------------------------------------------


@dataclass
class Beside:
    """What waits beside what is tried: in Charlie's account, and in Alice's."""

    people: People
    dora: User

    def seen(self) -> dict[str, Any]:
        """Every row of it, as it is stored."""
        db, account_ = self.people.home.db, self.people.home.people.other_account
        found = {}
        for table in (Invitation, Transfer, Membership):
            of = select(table.__table__).where(table.__table__.c.account_id == account_.id)
            found[table.__name__] = [tuple(row) for row in db.execute(of.order_by(table.__table__.c.id))]
        open_links = select(Token.id).where(Token.used_at.is_(None), Token.void_at.is_(None))
        found["links"] = sorted(db.scalars(open_links.where(Token.user_id == self.people.home.people.charlie.id)))
        return found


@pytest.fixture
def beside(people: People) -> Beside:
    """Charlie has invited somebody and offers his account to Dora, who is in Alice's account, too."""
    home, them = people.home, people.home.people
    dora = user("dora", "dora@example.com", db=home.db, config=home.config, now=home.now, first_name="Dora")
    for place in (them.other_account, them.account):
        join(dora, place, "invoices", db=home.db, now=home.now)
    people.invite("yan@example.org", "invoices", by=them.charlie, into=them.other_account)
    people._done(
        transfers.offer(people.home.scope, them.other_account, dora.id, ["invoices"], PASSWORD, by=them.charlie)
    )
    home.mails()
    return Beside(people, dora)


def _accept(people: People) -> Any:
    people.invite()
    return people.join(people.link())


def _decline(people: People) -> Any:
    people.invite()
    return people.decline(people.link())


def _answered(answer: str) -> Any:
    def act(people: People) -> Any:
        bob = people.home.people.bob
        id_ = people.offer(bob).transfer.id
        return getattr(people, answer)(id_, bob) if answer != "revoke" else people.revoke()

    return act


ACTS: dict[str, Any] = {
    "an invitation is sent": lambda people: people.invite(),
    "it is sent again": lambda people: people.resend(people.invite().invitation.id, "invoices"),
    "it is cancelled": lambda people: people.cancel(people.invite().invitation.id),
    "it is accepted": _accept,
    "it is declined": _decline,
    "permissions are saved": lambda people: people.permit(people.home.people.bob, "invoices"),
    "somebody is removed": lambda people: people.remove(people.home.people.bob),
    "somebody leaves": lambda people: people.leave(people.home.people.bob),
    "the account is offered": lambda people: people.offer(people.home.people.bob),
    "the offer is accepted": _answered("receive"),
    "the offer is declined": _answered("refuse"),
    "the offer is taken back": _answered("revoke"),
}
DONE = (
    invitations.Invited, invitations.InvitationCancelled, invitations.Joined, invitations.InvitationDeclined,
    members.Permitted, members.Removed, members.Left, transfers.Offered, transfers.Transferred, transfers.OfferDeclined,
    transfers.Revoked,
)  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_what_happens_in_one_account_changes_nothing_in_another(act: str, beside: Beside) -> None:
    before = beside.seen()
    assert isinstance(ACTS[act](beside.people), DONE)
    assert beside.seen() == before
    assert [len(before[name]) for name in ("Invitation", "Transfer", "Membership", "links")] == [1, 1, 2, 1]


@pytest.mark.parametrize("leaves", ["remove", "leave"])
def test_who_goes_takes_nobody_elses_invitation_and_offer_along(leaves: str, beside: Beside) -> None:
    people = beside.people
    people.invite()
    offered = people.offer(people.home.people.bob).transfer
    getattr(people, leaves)(beside.dora)
    people.home.db.expire_all()
    assert people.home.db.scalars(select(Invitation.state).where(Invitation.email == ZOE)).all() == ["pending"]
    assert offered.state == "pending"


def test_what_is_cancelled_is_one_invitation_of_several(people: People) -> None:
    first, second = people.invite().invitation, people.invite("yan@example.org").invitation
    people.cancel(first.id)
    people.home.db.expire_all()
    assert [first.state, second.state] == ["revoked", "pending"]


@pytest.mark.parametrize("answer", ["receive", "refuse"])
def test_of_two_offers_to_one_user_one_is_answered(answer: str, beside: Beside) -> None:
    people = beside.people
    mine = people.offer(beside.dora).transfer
    theirs = people.home.db.scalars(select(Transfer).where(Transfer.account_id != people.account.id)).one()
    getattr(people, answer)(mine.id, beside.dora)
    people.home.db.expire_all()
    assert [mine.state, theirs.state] == ["accepted" if answer == "receive" else "declined", "pending"]
    assert (mine.settled_at, theirs.settled_at) == (people.home.now, None)


@pytest.mark.parametrize("answer", ["receive", "refuse"])
def test_an_offer_is_answered_once_and_in_time(answer: str, people: People) -> None:
    bob = people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.home.later(days=7)
    assert getattr(people, answer)(id_, bob) == transfers.Over()
    assert not transfers._settle(people.home.scope, id_, "accepted")
    people.home.later(seconds=-1)
    assert getattr(people, answer)(id_, bob) != transfers.Over()
    assert getattr(people, answer)(id_, bob) == transfers.Over()
    assert not transfers._settle(people.home.scope, id_, "accepted")


def test_what_is_offered_is_seen_by_whom_it_is_offered_to_while_it_stands(beside: Beside) -> None:
    people, db = beside.people, beside.people.home.db
    mine = people.offer(beside.dora).transfer

    def seen(by: User) -> list[tuple[str, str]]:
        found = transfers.offers_to(a_scope(db, now=people.home.now), by)
        return [(one.account.number, one.owner.username) for one in found]

    assert seen(beside.dora) == [("9000", "alice"), ("9001", "charlie")]
    assert seen(people.home.people.bob) == []
    people.refuse(mine.id, beside.dora)
    assert seen(beside.dora) == [("9001", "charlie")]
    people.home.later(days=7)
    assert seen(beside.dora) == []


def test_who_accepted_an_offer_is_known_by_it_and_nobody_else(beside: Beside) -> None:
    people, db, bob = beside.people, beside.people.home.db, beside.people.home.people.bob
    theirs = db.scalars(select(Transfer.id)).one()
    mine = people.offer(bob).transfer.id
    assert transfers.accepted(db, mine, user=bob) is None
    people.receive(mine, bob)
    assert transfers.accepted(db, mine, user=bob) is people.account
    assert transfers.accepted(db, theirs, user=bob) is None
    assert transfers.accepted(db, mine, user=beside.dora) is None
    assert transfers.accepted(db, mine, user=people.home.people.alice) is None


def test_who_gave_away_what_was_offered_to_them_is_its_owner_no_more(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.receive(id_, bob)
    people.receive(people.offer(alice, by=bob).transfer.id, alice)
    assert transfers.accepted(people.home.db, id_, user=bob) is None


@pytest.mark.parametrize(
    ("act", "state"),
    [("it is accepted", "accepted"), ("it is declined", "declined"), ("it is cancelled", "revoked")],
)
def test_an_invitation_that_was_answered_says_how_and_when(act: str, state: str, people: People) -> None:
    ACTS[act](people)
    people.home.db.expire_all()
    invitation = people.home.db.scalars(select(Invitation)).one()
    assert (invitation.state, invitation.settled_at) == (state, people.home.now)


def test_an_invitation_says_who_accepted_it(people: People) -> None:
    joined = _accept(people)
    people.home.db.expire_all()
    invitation = people.home.db.scalars(select(Invitation)).one()
    assert invitation.user_id == people.home.db.scalars(select(User.id).where(User.email == ZOE)).one()
    assert isinstance(joined, invitations.Joined)


@pytest.mark.parametrize("act", ["it is declined", "it is cancelled", "it is sent again"])
def test_the_link_of_an_invitation_that_is_over_is_dead(act: str, people: People) -> None:
    ACTS[act](people)
    first = people.home.db.scalars(select(Token).order_by(Token.created_at, Token.id)).all()
    assert len([token for token in first if token.void_at is None]) == (1 if act == "it is sent again" else 0)


def test_an_offer_taken_back_says_when(people: People) -> None:
    offered = people.offer(people.home.people.bob).transfer
    people.home.later(hours=1)
    people.revoke()
    people.home.db.expire_all()
    assert (offered.state, offered.settled_at) == ("revoked", people.home.now)


def test_somebody_new_is_as_they_said_and_speaks_the_language_of_the_page(people: People) -> None:
    people.invite()
    whole = NewUser(first_name="Zoe", last_name="Paz", new=NEW_PASSWORD, repeat=NEW_PASSWORD)
    people._done(invitations.join(people.home.scope, people.link(), whole, locale="it", user_agent="a browser"))
    zoe = people.home.db.scalars(select(User).where(User.email == ZOE)).one()
    assert (zoe.first_name, zoe.last_name, zoe.locale) == ("Zoe", "Paz", "it")
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


def test_the_names_in_the_mails_of_an_offer_are_those_of_its_people(people: People) -> None:
    people.offer(people.home.people.bob)
    asked, told = people.home.mails()
    ends = (people.home.now + timedelta(days=7)).isoformat()
    assert (asked.mail, asked.slots["from"], asked.slots["until_at"]) == ("users.offer", "Alice Ortega", ends)
    assert (told.mail, told.slots["name"], told.slots["email"]) == ("users.offered", "Bob Ruiz", "bob@example.com")
    assert told.slots["until_at"] == ends


def test_the_owner_is_told_which_address_declined(people: People) -> None:
    _decline(people)
    (told,) = people.home.mails()
    assert (told.mail, told.slots["email"]) == ("users.declined", ZOE)


def test_a_proven_password_is_forgiven_what_was_typed_before_it(people: People) -> None:
    bob = people.home.people.bob
    tries = people.home.config.limits.sign_in_failures
    for _ in range(2):
        for _ in range(tries - 1):
            assert people.offer(bob, password="something else") == WrongPassword()
        assert not isinstance(people.offer(bob), TooMany)
        people.revoke()


@pytest.mark.parametrize("id_", [0, 12345])
def test_an_offer_that_was_never_made_is_over(id_: int, people: People) -> None:
    people.offer(people.home.people.bob)
    assert people.receive(id_, people.home.people.bob) == transfers.Over()
    assert people.refuse(id_, people.home.people.bob) == transfers.Over()


def behind(people: People, number: int, billing_email: str = "") -> Behind:
    """So many contacts, of whom the first has no name."""
    made = []
    for place in range(number):
        name = "" if place == 0 else f"Name{place:03}"
        made.append(
            Contact(account_id=people.account.id, email=f"c{place}@example.org", email_key=f"c{place}@example.org",
                    first_name=name, sort_key=f"{place:03}", created_at=people.home.now, changed_at=people.home.now)
        )  # fmt: skip
    people.home.db.add_all(made)
    people.home.db.flush()
    return Behind(added=made, billing_email=billing_email)


@pytest.mark.parametrize(("number", "more"), [(locking.MOST_LISTED, 0), (locking.MOST_LISTED + 1, 1), (35, 5)])
def test_a_mail_names_thirty_contacts_and_how_many_more_there_are(people: People, number: int, more: int) -> None:
    lines = locking.reader_lines(NOTHING, behind(people, number), None, people.home.platform)["kept"]
    assert lines[:2] == ["c0@example.org", "Name001: c1@example.org"]
    language = people.home.config.site.default_locale
    said = [people.home.platform.say("users.mail.more", language, count=more)] if more else []
    assert lines[locking.MOST_LISTED :] == said


def test_a_mail_names_the_billing_address_first_in_the_readers_language(people: People) -> None:
    people.home.people.alice.locale = "it"
    left = behind(people, 2, "bills@example.org")
    found = locking.reader_lines(left, NOTHING, people.home.people.alice, people.home.platform)
    said = people.home.platform.say("users.mail.billing", "it", address="bills@example.org")
    assert found["ended"] == [said, "c0@example.org", "Name001: c1@example.org"]
    assert found["kept"] == []
    assert found["contacts_email"] == ["c0@example.org", "c1@example.org", "bills@example.org"]


def test_the_addresses_that_stand_in_a_mail_as_they_are_are_not_without_number(people: People) -> None:
    found = locking.reader_lines(behind(people, 70), NOTHING, None, people.home.platform)
    assert len(found["contacts_email"]) == 2 * locking.MOST_LISTED


# --- What waits, and who sees it ------------------------------------------------------------------------------------


def open_to(people: People, who: User, id_: int | None = None) -> list[tuple[str, str]]:
    """Into which accounts the user sees themselves invited, and by whom."""
    found = invitations.open_to(people.home.scope, who, id_=id_)
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
    join(charlie, people.account, db=home.db, now=home.now)
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
    for number in range(invitations.FEW_OPEN + 1):
        another = account(f"7{number}", f"Account {number}", owner=home.people.alice, db=home.db, now=home.now)
        ids.append(people.invite("charlie@example.net", into=another).invitation.id)
    assert open_to(people, charlie) == [("73", "alice"), ("72", "alice"), ("71", "alice")]
    assert open_to(people, charlie, ids[0]) == [("70", "alice")]
    home.later(hours=1)
    first = home.db.get_one(Account, home.db.get_one(Invitation, ids[0]).account_id)
    invitations.resend(home.scope, first, ids[0], by=home.people.alice)
    assert open_to(people, charlie)[0] == ("70", "alice")


def test_the_link_of_an_invitation_that_is_seen_need_not_be_looked_for(people: People) -> None:
    home, charlie = people.home, people.home.people.charlie
    people.invite("charlie@example.net")
    (offer,) = invitations.open_to(home.scope, charlie)
    assert invitations.secret_for(home.scope, offer) == people.link()
    assert (
        invitations.secret_for(a_scope(home.db, keys=Keys.of("another key, of which there is no trace")), offer) is None
    )
    offer.invitation.token_id = None
    assert invitations.secret_for(home.scope, offer) is None


def test_the_owner_sees_what_waits_in_the_account_the_latest_first(people: People) -> None:
    home = people.home
    first = people.invite("first@example.org").invitation
    people.invite("second@example.org")
    people.cancel(people.invite("third@example.org").invitation.id)
    people.invite("fourth@example.org", by=home.people.charlie, into=home.people.other_account)

    def seen() -> list[str]:
        return [one.email for one in invitations.open_ones(home.db, people.account)]

    assert seen() == ["second@example.org", "first@example.org"]
    home.later(days=30)
    people.resend(first.id)
    assert seen() == ["first@example.org", "second@example.org"]


def test_an_open_invitation_is_found_in_its_own_account(people: People) -> None:
    home = people.home
    first, second = people.invite().invitation, people.invite("yan@example.org").invitation
    assert invitations.open_one(home.db, people.account, first.id) is first
    assert invitations.open_one(home.db, people.account, second.id) is second
    assert invitations.open_one(home.db, home.people.other_account, first.id) is None
    people.cancel(first.id)
    assert invitations.open_one(home.db, people.account, first.id) is None


def test_the_users_of_an_account_are_listed_its_owner_first_and_then_by_user_name(people: People) -> None:
    home = people.home
    for name in ("zed", "aaron"):
        join(
            user(name, f"{name}@example.com", db=home.db, config=home.config, now=home.now),
            people.account, db=home.db, now=home.now,
        )  # fmt: skip

    def named(first: int, most: int) -> list[str]:
        found = members.members(home.db, people.account, first=first, most=most)
        return [place.user.username for place in found]

    assert named(0, 10) == ["alice", "aaron", "bob", "zed"]
    assert named(1, 2) == ["aaron", "bob"]
    assert [one.user.username for one in members.sub_users(home.db, people.account)] == ["aaron", "bob", "zed"]
    assert members.count(home.db, people.account) == 4
    assert members.count(home.db, home.people.other_account) == 1


def test_the_place_of_a_sub_user_is_theirs_in_this_account(people: People) -> None:
    home, bob = people.home, people.home.people.bob
    join(bob, home.people.other_account, "orders", db=home.db, now=home.now)
    home.db.commit()
    found = members.sub_user(home.db, people.account, bob.id)
    assert found is not None
    assert (found.user, found.account_id) == (bob, people.account.id)
    assert members.sub_user(home.db, people.account, home.people.alice.id) is None
    assert members.sub_user(home.db, people.account, home.people.charlie.id) is None


# --- What the mails say ---------------------------------------------------------------------------------------------


def test_an_invitation_says_who_invites_into_which_account(people: People) -> None:
    people.invite(ZOE, "invoices")
    (mail,) = people.home.mails()
    assert (mail.slots["inviter"], mail.slots["account"]) == ("Alice Ortega", "Ortega Bakery")
    assert mail.slots["grants"] == [people.home.platform.say("users.permission.invoices", "en")]
    assert (mail.account_id, mail.customer_number, mail.locale) == (people.account.id, "9000", "en")


def test_an_invitation_that_lets_somebody_do_nothing_says_so(people: People) -> None:
    people.invite(ZOE)
    (mail,) = people.home.mails()
    assert mail.slots["grants"] == [people.home.platform.say("users.list.nothing", "en")]


def invited_in(people: People, email: str, locale: str) -> str:
    """The language of the message to an address that is invited by somebody who reads another one."""
    by = people.home.people.alice
    invitations.invite(people.home.scope, people.account, email, (), by=by, locale=locale)
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
    user("zoe1", ZOE, db=home.db, config=home.config, now=home.now, locale="es")
    home.db.commit()
    assert invited_in(by_name, "charlie@example.net", "it") == "it"
    assert invited_in(by_name, ZOE, "it") == "es"
    user("zoe2", ZOE, db=home.db, config=home.config, now=home.now, locale="es")
    home.db.commit()
    by_name.cancel(home.db.scalars(select(Invitation.id).where(Invitation.email == ZOE)).one())
    assert invited_in(by_name, ZOE, "it") == "it"


def about(mail: OutboxMail) -> tuple[str, int | None, Any, Any]:
    return mail.mail, mail.account_id, mail.slots["account"], mail.slots["when_at"]


TOLD = [
    "permissions are saved", "somebody is removed", "somebody leaves", "it is declined", "the account is offered",
    "the offer is accepted", "the offer is declined",
]  # fmt: skip


@pytest.mark.parametrize("act", TOLD)
def test_every_mail_says_of_which_account_it_speaks_and_when_it_was(act: str, people: People) -> None:
    ACTS[act](people)
    told = [mail for mail in people.home.mails() if mail.mail != "users.invitation"]
    assert told
    assert [about(mail)[1:] for mail in told] == [
        (people.account.id, "Ortega Bakery", people.home.now.isoformat()) for mail in told
    ]


@pytest.mark.parametrize("act", ["permissions are saved", "somebody is removed", "somebody leaves"])
def test_the_owner_is_told_who_it_is(act: str, people: People) -> None:
    ACTS[act](people)
    told = people.home.mails()[0]
    assert (told.recipient, told.slots["name"], told.slots["email"]) == (
        "alice@example.com", "Bob Ruiz", "bob@example.com",
    )  # fmt: skip


def test_who_is_removed_is_told_whose_account_it_is(people: People) -> None:
    people.remove(people.home.people.bob)
    (told,) = [mail for mail in people.home.mails() if mail.mail == "users.access_ended"]
    assert told.slots["owner"] == "Alice Ortega"


def test_the_owner_is_told_who_declined_the_account(people: People) -> None:
    _answered("refuse")(people)
    told = people.home.mails()[-1]
    assert (told.mail, told.slots["name"], told.slots["email"]) == ("users.refused", "Bob Ruiz", "bob@example.com")


def test_both_are_told_from_whom_to_whom_the_account_went(people: People) -> None:
    _answered("receive")(people)
    old, new = people.home.mails()[-2:]
    for told in (old, new):
        assert (told.slots["name"], told.slots["email"], told.slots["from"]) == (
            "Bob Ruiz", "bob@example.com", "Alice Ortega",
        )  # fmt: skip


def test_the_mail_of_an_offer_opens_the_page_that_answers_it(people: People) -> None:
    id_ = people.offer(people.home.people.bob).transfer.id
    asked = people.home.mails()[0]
    assert asked.slots["open"] == f"{people.home.platform.prefix}/users/receive/{id_}"


def test_an_offer_keeps_what_was_said_until_its_day(house: Any) -> None:
    people = People(house(users={"invitation_days": 2}))
    offered = people.offer(people.home.people.bob, "invoices", "nonsense").transfer
    assert (offered.from_id, offered.to_id) == (people.home.people.alice.id, people.home.people.bob.id)
    assert (offered.keeps, offered.created_at) == (["invoices"], people.home.now)
    assert offered.expires_at == people.home.now + timedelta(days=2)


def test_an_invitation_keeps_who_sent_it_and_when(people: People) -> None:
    found = people.invite(" Zoe.Paz@EXAMPLE.org ", "invoices").invitation
    assert (found.email_key, found.invited_by_id) == (ZOE, people.home.people.alice.id)
    assert found.created_at == found.sent_at == people.home.now
    people.home.later(hours=1)
    again = people.resend(found.id).invitation
    assert (again.created_at, again.sent_at) == (people.home.now - timedelta(hours=1), people.home.now)
    token = people.home.db.get_one(Token, again.token_id)
    assert (token.user_id, token.address, token.about) == (
        people.home.people.alice.id, ZOE, {"invitation_id": again.id},
    )  # fmt: skip


def test_a_dead_link_says_of_which_account_it_was(people: People) -> None:
    id_ = people.invite().invitation.id
    secret = people.link()
    people.cancel(id_)
    dead = people.find(secret)
    assert (dead.account, dead.until) == ("Ortega Bakery", people.home.now + timedelta(days=7))


# --- What who goes was still reading --------------------------------------------------------------------------------


def contact(people: People, email: str, by: User | None) -> None:
    people.home.db.add(
        Contact(account_id=people.account.id, email=email, email_key=email, sort_key=email, created_at=people.home.now,
                changed_at=people.home.now, added_by_id=by.id if by else None)
    )  # fmt: skip
    people.home.db.flush()


@pytest.fixture
def reading(people: People) -> People:
    """Bob and Alice get mails of Alice's account as contacts, and each has added another one."""
    for who in (people.home.people.bob, people.home.people.alice):
        contact(people, who.email_key, None)
        contact(people, f"of-{who.email_key}", who)
    people.account.billing_email = "bob@example.com"
    people.home.db.commit()
    return people


def contacts_of(people: People) -> list[str]:
    people.home.db.expire_all()
    return sorted(people.home.db.scalars(select(Contact.email_key).where(Contact.account_id == people.account.id)))


ALICES = ["alice@example.com", "of-alice@example.com"]


def test_who_is_removed_reads_no_more_by_what_they_put_in(reading: People) -> None:
    outcome = reading.remove(reading.home.people.bob)
    assert (outcome.ended.count, contacts_of(reading), reading.account.billing_email) == (3, ALICES, None)
    told = reading.home.mails()[0]
    assert (len(told.slots["ended"]), told.slots["kept"]) == (3, [])


def test_who_is_removed_goes_on_reading_where_the_owner_says_so(reading: People) -> None:
    bob, alice = reading.home.people.bob, reading.home.people.alice
    outcome = reading._done(members.remove(reading.home.scope, reading.account, bob.id, keep=True, by=alice))
    assert (outcome.ended, len(contacts_of(reading)), reading.account.billing_email) == (NOTHING, 4, "bob@example.com")
    told = reading.home.mails()[0]
    assert (told.slots["ended"], len(told.slots["kept"])) == ([], 3)


def test_who_leaves_reads_no_more_at_their_own_address_and_the_owner_hears_of_the_others(reading: People) -> None:
    outcome = reading.leave(reading.home.people.bob)
    assert outcome.ended.count == 2
    assert contacts_of(reading) == [*ALICES, "of-bob@example.com"]
    (told,) = reading.home.mails()
    assert (len(told.slots["ended"]), told.slots["kept"]) == (2, ["of-bob@example.com"])


def test_an_old_owner_who_keeps_nothing_reads_no_more_at_their_own_address(reading: People) -> None:
    bob = reading.home.people.bob
    outcome = reading.receive(reading.offer(bob).transfer.id, bob)
    assert outcome.ended.count == 1
    assert contacts_of(reading) == ["bob@example.com", "of-alice@example.com", "of-bob@example.com"]
    old, new = reading.home.mails()[-2:]
    assert "ended" not in old.slots
    assert (new.slots["ended"], new.slots["kept"]) == (["alice@example.com"], ["of-alice@example.com"])


def test_an_old_owner_who_keeps_something_goes_on_reading(reading: People) -> None:
    bob = reading.home.people.bob
    outcome = reading.receive(reading.offer(bob, "invoices").transfer.id, bob)
    assert (outcome.ended, len(contacts_of(reading))) == (NOTHING, 4)


@pytest.mark.parametrize("spoilt", ["used_at", "void_at"])
def test_an_invitation_whose_link_was_spoilt_is_worth_nothing(spoilt: str, people: People) -> None:
    """Whatever did it: a new password of the owner's, an operator."""
    found = people.invite().invitation
    secret = people.link()
    token = people.home.db.get_one(Token, found.token_id)
    setattr(token, spoilt, people.home.now)
    people.home.db.commit()
    assert people.find(secret).why == "revoked"


def test_the_owner_reads_in_their_language_what_a_removed_user_left_behind(reading: People) -> None:
    reading.home.people.alice.locale = "it"
    reading.home.db.commit()
    reading.remove(reading.home.people.bob)
    said = reading.home.platform.say("users.mail.billing", "it", address="bob@example.com")
    assert reading.home.mails()[0].slots["ended"][0] == said


def test_the_owner_is_told_what_a_user_may_do_now(people: People) -> None:
    people.permit(people.home.people.bob, "invoices")
    (told,) = people.home.mails()
    assert told.slots["grants"] == [people.home.platform.say("users.permission.invoices", told.locale)]
