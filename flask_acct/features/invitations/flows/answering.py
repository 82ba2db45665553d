"""What the reader of an invitation can do: accept it, become a user with it, or decline it."""

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
from ....db.models import STILL_PENDING, Account, Invitation, Membership, Token, User
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
    """An invitation that can be accepted now, with what its reader should know."""

    invitation: Invitation
    account: Account
    inviter: User
    """The owner of the account."""


@dataclass(frozen=True, slots=True)
class InvitationLinkDead:
    """The link does not work any more, or never did."""

    why: Why
    account: str = ""
    """The name of the account; empty if it is unknown."""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The user is in the account, and the owner gets a mail about it."""

    invitation: Invitation
    account: Account
    user: User


@dataclass(frozen=True, slots=True)
class Joined:
    """There is a new user, who is in the account and, unless the host prevents it, signed in."""

    accepted: Accepted
    entry: Entry


@dataclass(frozen=True, slots=True)
class AlreadyIn:
    """The user was in the account already, and their place in it has not changed."""

    account: Account


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """The invitation went to another address than the user's, or the user has not verified theirs."""


@dataclass(frozen=True, slots=True)
class HasUser:
    """A user with this address exists already, and must sign in."""


@dataclass(frozen=True, slots=True)
class InvitationDeclined:
    """The invitation is declined, its link is dead, and the owner gets a mail about it."""

    invitation: Invitation
    account: Account


def open_to(scope: Scope, user: User, *, id_: int | None = None) -> Sequence[Offer]:
    """Return the invitations to the user's verified address that they could accept now, the latest first.

    Args:
        id_: Look for this invitation only.

    Returns:
        At most ``FEW_OPEN`` of them; none while the user's address is not verified.
    """
    if user.email_verified_at is None:
        return []
    own = aliased(Membership)
    is_in = exists().where(own.account_id == Invitation.account_id, own.user_id == user.id)
    found = (
        select(Invitation, Account, User)
        .join(Account, Account.id == Invitation.account_id)
        # Only the owner may invite, so an invitation ends when the account gets another owner.
        .join(User, User.id == Invitation.invited_by_id)
        .join(Membership, owners.OWNS)
        .where(
            Invitation.email_key == user.email_key,
            Invitation.state == STILL_PENDING,
            Invitation.expires_at > scope.now,
            ~is_in,
        )
        .order_by(Invitation.sent_at.desc(), Invitation.id.desc())
        .limit(FEW_OPEN)
    )
    rows = scope.db.execute(found if id_ is None else found.where(Invitation.id == id_)).all()
    return [Offer(invitation, account, owner) for invitation, account, owner in rows]


def secret_for(scope: Scope, offer: Offer) -> str | None:
    """Return the secret in the link of an invitation; ``None`` if its key is lost.

    Only for a user who could accept it, see ``open_to``, so that they need not look for the message.
    """
    token = scope.db.get(Token, offer.invitation.token_id) if offer.invitation.token_id else None
    try:
        return tokens.secret_of(token, scope.keys) if token else None
    except KeyLost:
        return None


def find(scope: Scope, secret: str) -> Offer | InvitationLinkDead:
    """Return what a link offers, or what became of its invitation. Changes nothing."""
    token = tokens.find_any(scope.db, secret, "invitation")
    if token is None:
        return InvitationLinkDead("unknown")
    # Another transaction may have answered it since this session last read it.
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
    """Whether the invitation went to the user's verified address."""
    return user.email_key == offer.invitation.email_key and user.email_verified_at is not None


def has_user(scope: Scope, offer: Offer) -> bool:
    """Whether a user with the invited address can sign in, so that no other user should be created with it."""
    return registration.has_user(scope, offer.invitation.email_key)


def accept(
    scope: Scope, secret: str, *, here: CurrentSession
) -> Accepted | AlreadyIn | OtherAddress | InvitationLinkDead:
    """The signed-in user is in the account, their session shows it, and the link is spent."""
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
    """There is a new user with the invited address, who is in the account and signed in.

    The link proves the address, so it counts as verified. Only a valid form spends the link, so mistakes in the form
    can be corrected.

    Args:
        before: The host's check before somebody is signed in. Its result does not change that they are in the account.
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
    """The invitation is declined, its link is dead, and the owner gets a mail. Whoever has the link may decline."""
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
    """The open invitation has this answer. Returns whether it does: only the first answer counts."""
    updated = scope.db.execute(
        update(Invitation)
        .where(
            Invitation.id == offer.invitation.id,
            Invitation.token_id == offer.invitation.token_id,
            Invitation.state == STILL_PENDING,
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
    # Only the owner may invite, so an invitation ends when the account gets another owner.
    is_void = token.used_at is not None or token.void_at is not None
    return "revoked" if is_void or owner is None or owner.id != invitation.invited_by_id else None


def _dead(scope: Scope, secret: str) -> InvitationLinkDead:
    """Return why a link cannot be spent that worked a moment ago."""
    found = find(scope, secret)
    return found if isinstance(found, InvitationLinkDead) else InvitationLinkDead("unknown")
