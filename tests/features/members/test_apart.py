"""What happens in one account, or to one of its people, changes nothing for anybody else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from flask_acct.accounts.memberships import NotInAccount
from flask_acct.accounts.permissions import NotOwner
from flask_acct.db.models import (
    Invitation,
    OutboxMail,
    Transfer,
)
from flask_acct.features.invitations.flows import inviting
from flask_acct.features.members import flows as members
from flask_acct.features.ownership import flows as ownership
from flask_acct.features.permissions import flows as permissions
from flask_acct.testing.records import add_member, add_user

from ..alices_account import ACTS, DONE, ZOE, Beside, People, rows


@pytest.mark.parametrize("act", ["permit", "remove"])
def test_a_sub_user_with_every_permission_manages_nobody_not_even_themselves(people: People, act: str) -> None:
    bob, home = people.home.people.bob, people.home
    dora = add_user(home.scope, "dora@example.com", username="dora")
    add_member(home.scope, dora, people.account)
    people.permit(bob, *home.config.users.offered)
    assert [getattr(people, act)(who, by=bob) for who in (dora, bob)] == [NotOwner(), NotOwner()]


@pytest.mark.parametrize("act", ["permit", "remove"])
def test_the_owner_is_nobody_to_manage(people: People, act: str) -> None:
    alice = people.home.people.alice
    assert getattr(people, act)(alice) == NotInAccount()
    assert people.owners() == [alice.id]


def test_a_user_of_another_account_is_not_there(people: People) -> None:
    home = people.home
    dora = add_user(home.scope, "dora@example.com", username="dora")
    add_member(home.scope, dora, home.people.other_account)
    how: dict[str, Any] = {"by": home.people.alice}
    assert permissions.permit(home.scope, people.account, dora.id, ["orders"], **how) == NotInAccount()
    assert members.remove(home.scope, people.account, dora.id, **how) == NotInAccount()


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
    assert told.recipient == "alice@example.com"
    assert told.slots["name"] == "Bob Ruiz"
    assert told.slots["email"] == "bob@example.com"


def test_what_is_over_is_forgotten_after_ninety_days(people: People) -> None:
    bob = people.home.people.bob
    people.invite()
    people.receive(people.offer(bob).transfer.id, bob)
    for days, left in ((89, 1), (2, 0)):
        people.home.later(days=days)
        for forget in (inviting.forget_old, ownership.forget_old):
            forget(people.home.scope)
        people.home.db.commit()
        assert rows(people, Invitation) == left
        assert rows(people, Transfer) == left
