"""Alice's account and its users, for tests of everything that is done in an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_acct.accounts.new_users import NewUser
from flask_acct.db.models import (
    Account,
    Contact,
    Invitation,
    Membership,
    Token,
    Transfer,
    User,
)
from flask_acct.features.invitations.flows import answering, inviting
from flask_acct.features.members import flows as members
from flask_acct.features.ownership import flows as ownership
from flask_acct.features.permissions import flows as permissions
from flask_acct.testing.records import PASSWORD, add_member, add_user

from ..personas import NEW_PASSWORD
from .conftest import House

ZOE = "zoe.paz@example.org"


@dataclass
class People:
    """Alice's account, and methods for what its users do, each in a transaction of its own."""

    home: House

    @property
    def account(self) -> Account:
        return self.home.people.account

    def done(self, outcome: Any) -> Any:
        self.home.db.commit()
        return outcome

    def invite(self, email: str = ZOE, *grants: str, by: User | None = None, into: Account | None = None) -> Any:
        return self.done(
            inviting.invite(
                self.home.scope, into or self.account, email, grants, by=by or self.home.people.alice, locale="en"
            )
        )

    def resend(self, id_: int, *grants: str) -> Any:
        by = self.home.people.alice
        return self.done(inviting.resend(self.home.scope, self.account, id_, by=by, grants=grants or None))

    def cancel(self, id_: int, by: User | None = None, of: Account | None = None) -> Any:
        by = by or self.home.people.alice
        return self.done(inviting.cancel(self.home.scope, of or self.account, id_, by=by))

    def invite_and_cancel(self, by: User | None = None, into: Account | None = None) -> Any:
        """Invite, and cancel the invitation so that it does not stop the next one. Returns the outcome of inviting."""
        outcome = self.invite(by=by, into=into)
        if isinstance(outcome, inviting.Invited):
            self.cancel(outcome.invitation.id, by=by, of=into)
        return outcome

    def link(self) -> str:
        """Return the secret in the link of the last invitation."""
        (mail,) = (mail for mail in self.home.mails() if mail.mail == "users.invitation")
        return self.home.secret(mail)

    def find(self, secret: str) -> Any:
        return answering.find(self.home.scope, secret)

    def accept(self, secret: str, who: User, looking_at: Account | None = None) -> Any:
        cookie = self.home.begin(who)
        here = self.home.present(cookie)
        return self.done(answering.accept(self.home.scope, secret, here=here))

    def join(self, secret: str, **typed: str) -> Any:
        whole = {"first_name": "Zoe", "last_name": "Paz", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD, **typed}
        return self.done(answering.join(self.home.scope, secret, NewUser(**whole), locale="en"))

    def decline(self, secret: str) -> Any:
        return self.done(answering.decline(self.home.scope, secret))

    def place(self, who: User, of: Account | None = None) -> Membership | None:
        mine = select(Membership).where(Membership.user_id == who.id, Membership.account_id == (of or self.account).id)
        return self.home.db.scalar(mine.execution_options(populate_existing=True))

    def permit(self, who: User, *grants: str, by: User | None = None) -> Any:
        return self.done(
            permissions.permit(self.home.scope, self.account, who.id, grants, by=by or self.home.people.alice)
        )

    def remove(self, who: User, by: User | None = None) -> Any:
        return self.done(members.remove(self.home.scope, self.account, who.id, by=by or self.home.people.alice))

    def leave(self, who: User) -> Any:
        return self.done(members.leave(self.home.scope, self.account, user=who))

    def offer(self, who: User, *keeps: str, password: str = PASSWORD, by: User | None = None) -> Any:
        by = by or self.home.people.alice
        return self.done(ownership.offer(self.home.scope, self.account, who.id, keeps, password, by=by))

    def receive(self, id_: int, who: User) -> Any:
        return self.done(ownership.accept(self.home.scope, id_, user=who))

    def refuse(self, id_: int, who: User) -> Any:
        return self.done(ownership.decline(self.home.scope, id_, user=who))

    def revoke(self) -> Any:
        by = self.home.people.alice
        return self.done(ownership.revoke(self.home.scope, self.account, by=by))

    def owners(self) -> list[int]:
        mine = select(Membership.user_id).where(Membership.account_id == self.account.id, Membership.is_owner)
        return list(self.home.db.scalars(mine))

    def mails(self) -> list[tuple[str, str]]:
        """Return the name and the recipient of each queued mail."""
        return [(mail.mail, mail.recipient) for mail in self.home.mails()]


def rows(people: People, table: Any) -> int:
    return people.home.db.scalar(select(func.count()).select_from(table)) or 0


@dataclass
class Beside:
    """An invitation and an offer that a test must not affect, in Charlie's account and in Alice's."""

    people: People
    dora: User

    def seen(self) -> dict[str, Any]:
        """Return every column of their rows."""
        db, account_ = self.people.home.db, self.people.home.people.other_account
        found = {}
        for table in (Invitation, Transfer, Membership):
            of = select(table.__table__).where(table.__table__.c.account_id == account_.id)
            found[table.__name__] = [tuple(row) for row in db.execute(of.order_by(table.__table__.c.id))]
        open_links = select(Token.id).where(Token.used_at.is_(None), Token.void_at.is_(None))
        found["links"] = sorted(db.scalars(open_links.where(Token.user_id == self.people.home.people.charlie.id)))
        return found


def accept(people: People) -> Any:
    people.invite()
    return people.join(people.link())


def decline(people: People) -> Any:
    people.invite()
    return people.decline(people.link())


def answered(answer: str) -> Any:
    def act(people: People) -> Any:
        bob = people.home.people.bob
        id_ = people.offer(bob).transfer.id
        return getattr(people, answer)(id_, bob) if answer != "revoke" else people.revoke()

    return act


ACTS: dict[str, Any] = {
    "an invitation is sent": lambda people: people.invite(),
    "it is sent again": lambda people: people.resend(people.invite().invitation.id, "invoices"),
    "it is cancelled": lambda people: people.cancel(people.invite().invitation.id),
    "it is accepted": accept,
    "it is declined": decline,
    "permissions are saved": lambda people: people.permit(people.home.people.bob, "invoices"),
    "somebody is removed": lambda people: people.remove(people.home.people.bob),
    "somebody leaves": lambda people: people.leave(people.home.people.bob),
    "the account is offered": lambda people: people.offer(people.home.people.bob),
    "the offer is accepted": answered("receive"),
    "the offer is declined": answered("refuse"),
    "the offer is taken back": answered("revoke"),
}


DONE = (
    inviting.Invited, inviting.InvitationCancelled, answering.Joined, answering.InvitationDeclined,
    permissions.Permitted, members.Removed, members.Left,
    ownership.Offered, ownership.Transferred, ownership.OfferDeclined, ownership.Revoked,
)  # fmt: skip


def contact(people: People, email: str, by: User | None) -> None:
    people.home.db.add(
        Contact(account_id=people.account.id, email=email, email_key=email, sort_key=email, created_at=people.home.now,
                changed_at=people.home.now, added_by_id=by.id if by else None)
    )  # fmt: skip
    people.home.db.flush()


def contacts_of(people: People) -> list[str]:
    people.home.db.expire_all()
    return sorted(people.home.db.scalars(select(Contact.email_key).where(Contact.account_id == people.account.id)))


@pytest.fixture
def people(house: Any) -> People:
    return People(house())


@pytest.fixture
def by_name(house: Any) -> People:
    """The people where users sign in by user name, so that several may share an address."""
    return People(house("sending-platform", users={"enabled": True}))


@pytest.fixture
def beside(people: People) -> Beside:
    """Charlie has invited somebody and offers his account to Dora, who is in Alice's account, too."""
    home, them = people.home, people.home.people
    dora = add_user(home.scope, "dora@example.com", username="dora", first_name="Dora")
    for place in (them.other_account, them.account):
        add_member(home.scope, dora, place, ["invoices"])
    people.invite("yan@example.org", "invoices", by=them.charlie, into=them.other_account)
    people.done(
        ownership.offer(people.home.scope, them.other_account, dora.id, ["invoices"], PASSWORD, by=them.charlie)
    )
    home.mails()
    return Beside(people, dora)


@pytest.fixture
def reading(people: People) -> People:
    """The people where Bob and Alice are contacts of Alice's account, and each has added another contact."""
    for who in (people.home.people.bob, people.home.people.alice):
        contact(people, who.email_key, None)
        contact(people, f"of-{who.email_key}", who)
    people.account.billing_email = "bob@example.com"
    people.home.db.commit()
    return people
