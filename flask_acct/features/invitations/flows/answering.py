"""Whoever reads an invitation accepts it, becomes a user by it, or declines; a dead link says what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from ....accounts import account_status, memberships, new_users, permissions, registration
from ....accounts.new_users import Entry, NameInUse, NewUser, Unfit
from ....accounts.open_offers import FEW_OPEN
from ....db import owners, row_locks
from ....db.models import Account, Invitation, Membership, Token, User
from ....mail import account_mails
from ....scope import Scope
from ....security import sessions, tokens
from ....security.admission import Before
from ....security.limits import TooMany
from ....security.sessions import CurrentSession
from ....values.keys import KeyLost

Why = Literal["accepted", "declined", "revoked", "superseded", "expired", "unknown"]
"""What became of an invitation whose link is dead."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation that can be accepted now, and what its reader should know."""

    invitation: Invitation
    account: Account
    inviter: User
    """The owner of the account."""


@dataclass(frozen=True, slots=True)
class InvitationLinkDead:
    """The link opens nothing any more, or never did."""

    why: Why
    account: str = ""
    """The name of the account."""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The user is in the account, and whoever invited them is told."""

    invitation: Invitation
    account: Account
    user: User


@dataclass(frozen=True, slots=True)
class Joined:
    """There is a new user, who is in the account and, unless the host says otherwise, signed in."""

    accepted: Accepted
    entry: Entry


@dataclass(frozen=True, slots=True)
class AlreadyIn:
    """The user had a place in the account, and keeps it as it was."""

    account: Account


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """The address is another than the user's, or nobody has confirmed that it is theirs."""


@dataclass(frozen=True, slots=True)
class HasUser:
    """The address is a user's already, who must sign in."""


@dataclass(frozen=True, slots=True)
class InvitationDeclined:
    """The link is dead, and whoever invited is told."""

    invitation: Invitation
    account: Account


def open_to(scope: Scope, user: User, *, id_: int | None = None) -> Sequence[Offer]:
    """The invitations to the user's own, proven address that they could accept now, the latest first; a few.

    Args:
        id_: Only this one.
    """
    if user.email_verified_at is None:
        return []
    own = aliased(Membership)
    is_in = exists().where(own.account_id == Invitation.account_id, own.user_id == user.id)
    found = (
        select(Invitation, Account, User)
        .join(Account, Account.id == Invitation.account_id)
        # What only an owner may offer is worth nothing once somebody else owns the account.
        .join(User, User.id == Invitation.invited_by_id)
        .join(Membership, owners.OWNS)
        .where(
            Invitation.email_key == user.email_key,
            Invitation.state == "pending",
            Invitation.expires_at > scope.now,
            ~is_in,
        )
        .order_by(Invitation.sent_at.desc(), Invitation.id.desc())
        .limit(FEW_OPEN)
    )
    rows = scope.db.execute(found if id_ is None else found.where(Invitation.id == id_)).all()
    return [Offer(invitation, account, owner) for invitation, account, owner in rows]


def secret_for(scope: Scope, offer: Offer) -> str | None:
    """What the link in the message of an invitation holds; ``None`` where its key is gone.

    Only for whoever could accept it, see ``open_to``: they need not look for the message.
    """
    token = scope.db.get(Token, offer.invitation.token_id) if offer.invitation.token_id else None
    try:
        return tokens.secret_of(token, scope.keys) if token else None
    except KeyLost:
        return None


def find(scope: Scope, secret: str) -> Offer | InvitationLinkDead:
    """What a link offers, or what became of it. Changes nothing."""
    token = tokens.find_any(scope.db, secret, "invitation")
    if token is None:
        return InvitationLinkDead("unknown")
    # Another transaction may have settled it since this session last read it.
    row = scope.db.execute(
        select(Invitation, Account)
        .join(Account, Account.id == Invitation.account_id)
        .where(Invitation.id == token.about["invitation_id"])
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return InvitationLinkDead("unknown")
    invitation, account = row
    owner = account_status.owner_of(scope.db, account)
    why = _why_dead(invitation, token, owner, scope.now)
    if why or owner is None:
        return InvitationLinkDead(why or "revoked", account.name, invitation.expires_at)
    return Offer(invitation, account, owner)


def is_for(user: User, offer: Offer) -> bool:
    """Whether the user has the address the invitation went to, proven to be theirs."""
    return user.email_key == offer.invitation.email_key and user.email_verified_at is not None


def has_user(scope: Scope, offer: Offer) -> bool:
    """Whether somebody can sign in who has the address, so that nobody is to become a user with it."""
    return registration.has_user(scope, offer.invitation.email_key)


def accept(
    scope: Scope, secret: str, *, here: CurrentSession
) -> Accepted | AlreadyIn | OtherAddress | InvitationLinkDead:
    """The signed-in user is in the account, and looks at it; the link is spent."""
    offer = find(scope, secret)
    if isinstance(offer, InvitationLinkDead):
        return offer
    if not is_for(here.user, offer):
        return OtherAddress()
    row_locks.lock_account(scope.db, offer.account.id)
    offer = find(scope, secret)
    if isinstance(offer, InvitationLinkDead):
        return offer
    if memberships.place_of(scope.db, here.user, offer.account) is not None:
        _spend(scope, secret, offer, here.user)
        return AlreadyIn(offer.account)
    if not _spend(scope, secret, offer, here.user):
        return _dead(scope, secret)
    sessions.enter_account(scope.db, here.session.id, offer.account.id)
    return _admit(scope, offer, here.user)


def join(
    scope: Scope, secret: str, filled: NewUser, *, locale: str, user_agent: str = "", before: Before | None = None
) -> Joined | HasUser | Unfit | NameInUse | TooMany | InvitationLinkDead:
    """Somebody new is a user with the address of the link, is in the account, and signed in.

    The link proves the address, so it counts as verified. Only a good form spends the link, so a slip costs nothing.

    Args:
        before: What the host says before they are signed in. They are in the account whatever it is.
    """
    offer = find(scope, secret)
    if isinstance(offer, InvitationLinkDead):
        return offer
    waiting = new_users.too_many(scope, offer.invitation.token_id)
    if waiting:
        return waiting
    user = new_users.validated(scope, filled, offer.invitation.email, locale=locale)
    if not isinstance(user, User):
        return user
    accepted = _join(scope, secret, user, offer, is_chosen=bool(filled.username))
    if not isinstance(accepted, Accepted):
        return accepted
    entry = new_users.sign_in(scope, accepted.user, "invitation", accepted.account, before, user_agent=user_agent)
    return Joined(accepted, entry)


def decline(scope: Scope, secret: str) -> InvitationDeclined | InvitationLinkDead:
    """Whoever reads the message does not want the access; the owner is told, and the link is dead."""
    offer = find(scope, secret)
    if isinstance(offer, InvitationLinkDead):
        return offer
    row_locks.lock_account(scope.db, offer.account.id)
    if not _set_answer(scope, offer, "declined"):
        return _dead(scope, secret)
    tokens.void_one(scope, offer.invitation.token_id)
    email = offer.invitation.email
    account_mails.notify(scope, "users.declined", offer.inviter, offer.account, email=email)
    return InvitationDeclined(offer.invitation, offer.account)


def _join(
    scope: Scope, secret: str, user: User, offer: Offer, *, is_chosen: bool
) -> Accepted | HasUser | NameInUse | InvitationLinkDead:
    row_locks.lock_account(scope.db, offer.account.id)
    found = find(scope, secret)
    if isinstance(found, InvitationLinkDead):
        return found
    match registration.add(scope, user, is_named=is_chosen):
        case "email":
            return HasUser()
        case "username":
            return NameInUse()
    if not _spend(scope, secret, found, user):
        scope.db.rollback()
        return _dead(scope, secret)
    return _admit(scope, found, user)


def _admit(scope: Scope, offer: Offer, user: User) -> Accepted:
    grants = permissions.known(offer.invitation.permissions, scope.config)
    scope.db.add(Membership(user_id=user.id, account_id=offer.account.id, permissions=grants, created_at=scope.now))
    scope.db.flush()
    who = account_mails.about(user)
    account_mails.notify(scope, "users.accepted", offer.inviter, offer.account, grants=grants, **who)
    return Accepted(offer.invitation, offer.account, user)


def _spend(scope: Scope, secret: str, offer: Offer, user: User) -> bool:
    return _set_answer(scope, offer, "accepted", user=user) and bool(tokens.spend(scope, secret, "invitation"))


def _set_answer(
    scope: Scope, offer: Offer, state: Literal["accepted", "declined"], *, user: User | None = None
) -> bool:
    """Whether the invitation has this answer now: only the first one counts."""
    updated = scope.db.execute(
        update(Invitation)
        .where(
            Invitation.id == offer.invitation.id,
            Invitation.token_id == offer.invitation.token_id,
            Invitation.state == "pending",
            Invitation.expires_at > scope.now,
        )
        .values(state=state, settled_at=scope.now, user_id=user.id if user else None)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return updated.one_or_none() is not None


def _why_dead(invitation: Invitation, token: Token, owner: User | None, now: datetime) -> Why | None:
    if invitation.state != "pending":
        return invitation.state  # type: ignore[return-value]
    if invitation.token_id != token.id:
        return "superseded"
    if invitation.expires_at <= now:
        return "expired"
    # What only an owner may offer is worth nothing once somebody else owns the account.
    is_void = token.used_at is not None or token.void_at is not None
    return "revoked" if is_void or owner is None or owner.id != invitation.invited_by_id else None


def _dead(scope: Scope, secret: str) -> InvitationLinkDead:
    """Why a link could not be spent that could be when it was looked at."""
    found = find(scope, secret)
    return found if isinstance(found, InvitationLinkDead) else InvitationLinkDead("unknown")
