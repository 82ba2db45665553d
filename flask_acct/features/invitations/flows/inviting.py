"""The owner of an account invites somebody, changes what is offered, sends it again, or takes it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ....accounts import memberships, open_offers, permissions
from ....accounts.memberships import NotInAccount
from ....accounts.permissions import NotOwner
from ....db.models import Account, Invitation, Membership, User
from ....mail import outbox
from ....scope import Scope
from ....security import limits, rate_limits, tokens
from ....security.limits import RateLimit, TooMany
from ....values import identifiers

HOUR = timedelta(hours=1)

MOST_OPEN = 100
"""Open invitations one account may have."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A message with a link waits for the address."""

    invitation: Invitation


@dataclass(frozen=True, slots=True)
class IsOpen:
    """An invitation to the address waits for an answer already, and stays as it is."""

    invitation: Invitation


@dataclass(frozen=True, slots=True)
class IsMember:
    """The address is that of somebody who is in the account already."""

    user: User


@dataclass(frozen=True, slots=True)
class InvitationsFull:
    """The account has as many open invitations as it may have."""


@dataclass(frozen=True, slots=True)
class InvitationCancelled:
    """The invitation is taken back, and its link is dead."""

    invitation: Invitation


def open_ones(db: Session, account: Account) -> Sequence[Invitation]:
    """The invitations that wait for an answer, those past their time too, the latest first."""
    return db.scalars(
        select(Invitation)
        .where(Invitation.account_id == account.id, Invitation.state == "pending")
        .order_by(Invitation.sent_at.desc(), Invitation.id.desc())
        .limit(MOST_OPEN)
    ).all()


def open_one(db: Session, account: Account, id_: int) -> Invitation | None:
    """An invitation into this account that waits for an answer, as it is now."""
    found = select(Invitation).where(
        Invitation.id == id_, Invitation.account_id == account.id, Invitation.state == "pending"
    )
    return db.scalar(found.execution_options(populate_existing=True))


def invite(
    scope: Scope, account: Account, email: str, grants: Iterable[str], *, by: User, locale: str
) -> Invited | IsOpen | IsMember | InvitationsFull | TooMany | NotOwner:
    """An invitation waits for an address; one whose time has passed is worth nothing.

    One that is open stays as it is: what it lets somebody do changes only on purpose, see ``resend``. Whether the
    address is a user's makes no difference but to the language of the message.

    Args:
        email: An address that ``identifiers.email_key`` knows.
        locale: The language of the message, unless its reader has chosen one.
    """
    key = identifiers.email_key(email) or ""
    if refused := memberships.lock_as_owner(scope.db, account, by):
        return refused
    member = _member(scope.db, account, key)
    if member is not None:
        return IsMember(member)
    earlier = _open_at(scope.db, account, key)
    if earlier is not None and earlier.expires_at > scope.now:
        return IsOpen(earlier)
    waiting = _too_many(scope, account, key)
    if waiting:
        return waiting
    if _count_open(scope.db, account, key) >= MOST_OPEN:
        return InvitationsFull()
    open_offers.end_invitations(scope, account, Invitation.email_key == key, to="superseded")
    invitation = Invitation(
        account_id=account.id,
        email=identifiers.email_address(email) or email,
        email_key=key,
        locale=scope.config.site.nearest_locale(_language(scope.db, key), locale),
        permissions=permissions.known(grants, scope.config),
        invited_by_id=by.id,
        state="pending",
        created_at=scope.now,
        sent_at=scope.now,
        expires_at=scope.now,
    )
    scope.db.add(invitation)
    scope.db.flush()
    _send(scope, invitation, account, by)
    return Invited(invitation)


def resend(
    scope: Scope, account: Account, id_: int, *, by: User, grants: Iterable[str] | None = None
) -> Invited | NotInAccount | TooMany | NotOwner:
    """The address has a new message with a new link and the whole time; the old link says so.

    Args:
        grants: What it lets somebody do from now on. Default: what it did.
    """
    if refused := memberships.lock_as_owner(scope.db, account, by):
        return refused
    invitation = open_one(scope.db, account, id_)
    if invitation is None:
        return NotInAccount()
    waiting = _too_many(scope, account, invitation.email_key)
    if waiting:
        return waiting
    if grants is not None:
        invitation.permissions = permissions.known(grants, scope.config)
    tokens.void_one(scope, invitation.token_id)
    _send(scope, invitation, account, by)
    return Invited(invitation)


def cancel(scope: Scope, account: Account, id_: int, *, by: User) -> InvitationCancelled | NotInAccount | NotOwner:
    """The invitation is taken back; of an acceptance at the same time, one has the say."""
    if refused := memberships.lock_as_owner(scope.db, account, by):
        return refused
    invitation = open_one(scope.db, account, id_)
    if invitation is None or not open_offers.end_invitations(
        scope, account, Invitation.id == invitation.id, to="revoked"
    ):
        return NotInAccount()
    return InvitationCancelled(invitation)


def forget_old(scope: Scope) -> None:
    """Invitations that were over 90 days ago are gone."""
    open_offers.forget_old(scope, Invitation)


def _open_at(db: Session, account: Account, key: str) -> Invitation | None:
    """The invitation to an address that waits for an answer, one past its time too, as it is now."""
    found = select(Invitation).where(
        Invitation.account_id == account.id, Invitation.email_key == key, Invitation.state == "pending"
    )
    return db.scalar(found.execution_options(populate_existing=True))


def _member(db: Session, account: Account, key: str) -> User | None:
    return db.scalar(
        select(User).join(Membership).where(Membership.account_id == account.id, User.email_key == key).limit(1)
    )


def _too_many(scope: Scope, account: Account, key: str) -> TooMany | None:
    """Whether this account has sent too much. What other accounts send to the address is none of its business."""
    hourly = RateLimit(limits.key("invitations_of", str(account.id)), scope.config.limits.invitations_per_hour, HOUR)
    ways = rate_limits.strange_address("invitations_to", key, str(account.id))
    taken = limits.take_first(scope, *((hourly, *way) for way in ways))
    return taken if isinstance(taken, TooMany) else None


def _count_open(db: Session, account: Account, but_to: str) -> int:
    mine = select(func.count()).where(Invitation.account_id == account.id, Invitation.state == "pending")
    return db.scalar(mine.where(Invitation.email_key != but_to)) or 0


def _language(db: Session, key: str) -> str | None:
    """The language of the one user who has the address and has proven it."""
    theirs = select(User.locale).where(User.email_key == key, User.email_verified_at.is_not(None)).limit(2)
    found = db.scalars(theirs).all()
    return found[0] if len(found) == 1 else None


def _send(scope: Scope, invitation: Invitation, account: Account, by: User) -> None:
    """A message with a new link waits, good for the whole time from now on."""
    lifetime = timedelta(days=scope.config.users.invitation_days)
    about = {"invitation_id": invitation.id}
    token = tokens.issue(scope, "invitation", user=by, address=invitation.email_key, lifetime=lifetime, about=about)
    invitation.token_id, invitation.sent_at, invitation.expires_at = token.id, scope.now, token.expires_at
    invitation.invited_by_id = by.id
    outbox.queue(
        scope,
        "users.invitation",
        recipient=invitation.email,
        locale=scope.config.site.nearest_locale(invitation.locale),
        platform=scope.config.platform,
        account=account,
        token=token,
        slots={
            "inviter": by.full_name,
            "account": account.name,
            "grants": permissions.lines(invitation.permissions, invitation.locale, scope.platform),
        },
    )
