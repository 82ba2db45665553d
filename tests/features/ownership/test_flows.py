"""An account changes hands: offered by its owner, accepted or declined by one of its users."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from flask_acct.accounts.memberships import NotInAccount
from flask_acct.accounts.permissions import NotOwner
from flask_acct.accounts.readers import NOTHING
from flask_acct.db.models import (
    Transfer,
    User,
)
from flask_acct.features.invitations.flows import inviting
from flask_acct.features.ownership import flows as ownership
from flask_acct.security.limits import TooMany
from flask_acct.security.reauthentication import WrongPassword
from flask_acct.testing.records import add_member, add_user

from ...scopes import a_scope
from ..alices_account import Beside, People, answered, contacts_of, rows


def test_an_offer_changes_nothing_and_both_are_told(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    people.offer(bob)
    assert people.owners() == [alice.id]
    assert people.mails() == [("users.offer", "bob@example.com"), ("users.offered", "alice@example.com")]


def test_an_accepted_offer_makes_one_owner_of_another(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.mails()
    people.receive(id_, bob)
    old = people.place(alice)
    assert old is not None
    assert people.owners() == [bob.id]
    assert old.permissions == []
    assert people.mails() == [("users.transferred", "alice@example.com"), ("users.transferred", "bob@example.com")]


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
    assert people.find(secret).why == "revoked"
    assert inviting.open_ones(people.home.db, people.account) == []


def test_an_offer_needs_the_owners_password(people: People) -> None:
    assert people.offer(people.home.people.bob, password="wrong") == WrongPassword()
    assert rows(people, Transfer) == 0


def test_guessing_the_password_has_to_wait(people: People) -> None:
    bob = people.home.people.bob
    for _ in range(people.home.config.limits.sign_in_failures):
        people.offer(bob, password="wrong")
    assert isinstance(people.offer(bob), TooMany)


def test_only_the_owner_offers_the_account(people: People) -> None:
    bob, home = people.home.people.bob, people.home
    dora = add_user(home.scope, "dora@example.com", username="dora")
    add_member(home.scope, dora, people.account)
    people.permit(bob, *home.config.users.offered)
    assert people.offer(dora, by=bob) == NotOwner()


def test_the_owner_is_nobody_to_offer_the_account_to(people: People) -> None:
    assert people.offer(people.home.people.alice) == NotInAccount()


def test_one_offer_is_open_at_a_time(people: People) -> None:
    home, bob = people.home, people.home.people.bob
    dora = add_user(home.scope, "dora@example.com", username="dora")
    add_member(home.scope, dora, people.account)
    people.offer(bob)
    assert people.offer(dora) == ownership.Pending()


def test_an_offer_ends_after_seven_days_and_makes_room(people: People) -> None:
    bob = people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.home.later(days=7)
    assert people.receive(id_, bob) == ownership.Over()
    again = people.offer(bob).transfer.id
    assert type(people.receive(again, bob)).__name__ == "Transferred"


def test_an_offer_taken_back_cannot_be_accepted(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.revoke()
    assert people.receive(id_, bob) == ownership.Over()
    assert people.revoke() == ownership.Over()
    assert people.owners() == [alice.id]


def test_an_offer_is_found_until_it_is_answered(people: People) -> None:
    bob, scope = people.home.people.bob, people.home.scope
    id_ = people.offer(bob).transfer.id
    found = ownership.find(scope, id_, user=bob)
    assert isinstance(found, ownership.OpenOffer)
    assert found.transfer.id == id_
    people.refuse(id_, bob)
    assert ownership.find(scope, id_, user=bob) == ownership.Over()


def test_a_declined_offer_leaves_the_owner_who_is_told(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.mails()
    people.refuse(id_, bob)
    assert people.owners() == [alice.id]
    assert people.receive(id_, bob) == ownership.Over()
    assert people.mails() == [("users.refused", "alice@example.com")]


def test_nobody_else_answers_an_offer(people: People) -> None:
    id_ = people.offer(people.home.people.bob).transfer.id
    others = (people.home.people.charlie, people.home.people.alice)
    answers = [act(id_, who) for act in (people.receive, people.refuse) for who in others]
    assert answers == [ownership.Over()] * 4


def test_an_offer_ends_when_its_receiver_is_removed_or_leaves(people: People) -> None:
    alice, bob, home = people.home.people.alice, people.home.people.bob, people.home
    first = people.offer(bob).transfer.id
    people.remove(bob)
    add_member(home.scope, bob, people.account)
    home.db.commit()
    second = people.offer(bob).transfer.id
    people.leave(bob)
    assert [people.receive(id_, bob) for id_ in (first, second)] == [ownership.Over()] * 2
    assert people.owners() == [alice.id]


def test_the_new_owner_manages_and_the_old_one_does_not(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    people.receive(people.offer(bob).transfer.id, bob)
    assert people.invite(by=alice) == NotOwner()
    assert type(people.invite(by=bob)).__name__ == "Invited"


@pytest.mark.parametrize("answer", ["receive", "refuse"])
def test_of_two_offers_to_one_user_one_is_answered(answer: str, beside: Beside) -> None:
    people = beside.people
    mine = people.offer(beside.dora).transfer
    theirs = people.home.db.scalars(select(Transfer).where(Transfer.account_id != people.account.id)).one()
    getattr(people, answer)(mine.id, beside.dora)
    people.home.db.expire_all()
    assert mine.state == "accepted" if answer == "receive" else "declined"
    assert theirs.state == "pending"
    assert mine.settled_at == people.home.now
    assert theirs.settled_at is None


@pytest.mark.parametrize("answer", ["receive", "refuse"])
def test_an_offer_is_answered_once_and_in_time(answer: str, people: People) -> None:
    bob = people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.home.later(days=7)
    assert getattr(people, answer)(id_, bob) == ownership.Over()
    assert not ownership._set_answer(people.home.scope, id_, "accepted")
    people.home.later(seconds=-1)
    assert getattr(people, answer)(id_, bob) != ownership.Over()
    assert getattr(people, answer)(id_, bob) == ownership.Over()
    assert not ownership._set_answer(people.home.scope, id_, "accepted")


def test_what_is_offered_is_seen_by_whom_it_is_offered_to_while_it_stands(beside: Beside) -> None:
    people, db = beside.people, beside.people.home.db
    mine = people.offer(beside.dora).transfer

    def seen(by: User) -> list[tuple[str, str]]:
        found = ownership.offers_to(a_scope(db, now=people.home.now), by)
        return [(one.account.number, one.owner.username) for one in found]

    assert seen(beside.dora) == [("9000", "alice"), ("9001", "charlie")]
    assert seen(people.home.people.bob) == []
    people.refuse(mine.id, beside.dora)
    assert seen(beside.dora) == [("9001", "charlie")]
    people.home.later(days=7)
    assert seen(beside.dora) == []


def test_an_offer_is_to_one_user_and_no_other_is(beside: Beside) -> None:
    people, db, bob = beside.people, beside.people.home.db, beside.people.home.people.bob
    theirs = db.scalars(select(Transfer.id)).one()
    mine = people.offer(bob).transfer.id
    assert ownership.is_to(db, mine, user=bob)
    assert not ownership.is_to(db, theirs, user=bob)
    assert not ownership.is_to(db, mine, user=beside.dora)


def test_who_accepted_an_offer_is_known_by_it_and_nobody_else(beside: Beside) -> None:
    people, db, bob = beside.people, beside.people.home.db, beside.people.home.people.bob
    theirs = db.scalars(select(Transfer.id)).one()
    mine = people.offer(bob).transfer.id
    assert ownership.accepted(db, mine, user=bob) is None
    people.receive(mine, bob)
    assert ownership.accepted(db, mine, user=bob) is people.account
    assert ownership.accepted(db, theirs, user=bob) is None
    assert ownership.accepted(db, mine, user=beside.dora) is None
    assert ownership.accepted(db, mine, user=people.home.people.alice) is None


def test_who_gave_away_what_was_offered_to_them_is_its_owner_no_more(people: People) -> None:
    alice, bob = people.home.people.alice, people.home.people.bob
    id_ = people.offer(bob).transfer.id
    people.receive(id_, bob)
    people.receive(people.offer(alice, by=bob).transfer.id, alice)
    assert ownership.accepted(people.home.db, id_, user=bob) is None


def test_an_offer_taken_back_says_when(people: People) -> None:
    offered = people.offer(people.home.people.bob).transfer
    people.home.later(hours=1)
    people.revoke()
    people.home.db.expire_all()
    assert offered.state == "revoked"
    assert offered.settled_at == people.home.now


def test_the_names_in_the_mails_of_an_offer_are_those_of_its_people(people: People) -> None:
    people.offer(people.home.people.bob)
    asked, told = people.home.mails()
    ends = (people.home.now + timedelta(days=7)).isoformat()
    assert asked.mail == "users.offer"
    assert asked.slots["from"] == "Alice Ortega"
    assert asked.slots["until_at"] == ends
    assert told.mail == "users.offered"
    assert told.slots["name"] == "Bob Ruiz"
    assert told.slots["email"] == "bob@example.com"
    assert told.slots["until_at"] == ends


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
    assert people.receive(id_, people.home.people.bob) == ownership.Over()
    assert people.refuse(id_, people.home.people.bob) == ownership.Over()


def test_the_owner_is_told_who_declined_the_account(people: People) -> None:
    answered("refuse")(people)
    told = people.home.mails()[-1]
    assert told.mail == "users.refused"
    assert told.slots["name"] == "Bob Ruiz"
    assert told.slots["email"] == "bob@example.com"


def test_both_are_told_from_whom_to_whom_the_account_went(people: People) -> None:
    answered("receive")(people)
    old, new = people.home.mails()[-2:]
    for told in (old, new):
        assert told.slots["name"] == "Bob Ruiz"
        assert told.slots["email"] == "bob@example.com"
        assert told.slots["from"] == "Alice Ortega"


def test_the_mail_of_an_offer_opens_the_page_that_answers_it(people: People) -> None:
    id_ = people.offer(people.home.people.bob).transfer.id
    asked = people.home.mails()[0]
    assert asked.slots["open"] == f"{people.home.platform.prefix}/users/receive/{id_}"


def test_an_offer_keeps_what_was_said_until_its_day(house: Any) -> None:
    people = People(house(users={"invitation_days": 2}))
    offered = people.offer(people.home.people.bob, "invoices", "nonsense").transfer
    assert offered.from_id == people.home.people.alice.id
    assert offered.to_id == people.home.people.bob.id
    assert offered.keeps == ["invoices"]
    assert offered.created_at == people.home.now
    assert offered.expires_at == people.home.now + timedelta(days=2)


def test_an_old_owner_who_keeps_nothing_reads_no_more_at_their_own_address(reading: People) -> None:
    bob = reading.home.people.bob
    outcome = reading.receive(reading.offer(bob).transfer.id, bob)
    assert outcome.ended.count == 1
    assert contacts_of(reading) == ["bob@example.com", "of-alice@example.com", "of-bob@example.com"]
    old, new = reading.home.mails()[-2:]
    assert "ended" not in old.slots
    assert new.slots["ended"] == ["alice@example.com"]
    assert new.slots["kept"] == ["of-alice@example.com"]


def test_an_old_owner_who_keeps_something_goes_on_reading(reading: People) -> None:
    bob = reading.home.people.bob
    outcome = reading.receive(reading.offer(bob, "invoices").transfer.id, bob)
    assert outcome.ended == NOTHING
    assert len(contacts_of(reading)) == 4
