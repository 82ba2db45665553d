"""What the owner of an account can do: invite somebody, change the permissions, send it again, or cancel it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ....accounts import memberships, open_offers, permissions
from ....accounts.memberships import NotInAccount
from ....accounts.permissions import NotOwner
from ....db.models import STILL_PENDING, Account, Invitation, Membership, User
from ....mail import outbox
from ....scope import Scope
from ....security import limits, rate_limits, tokens
from ....security.limits import RateLimit, TooMany
from ....values import identifiers

HOUR = timedelta(hours=1)

MOST_OPEN = 100
"""How many open invitations one account may have."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A message with a link is queued for the address."""

    invitation: Invitation


@dataclass(frozen=True, slots=True)
class IsOpen:
    """There is an open invitation to the address already, which has not changed."""

    invitation: Invitation


@dataclass(frozen=True, slots=True)
class IsMember:
    """A user with the address is in the account already."""

    user: User


@dataclass(frozen=True, slots=True)
class InvitationsFull:
    """The account has as many open invitations as it may have."""


@dataclass(frozen=True, slots=True)
class InvitationCancelled:
    """The invitation is cancelled, and its link is dead."""

    invitation: Invitation


def open_ones(db: Session, account: Account) -> Sequence[Invitation]:
    """Return the unanswered invitations, expired ones included, the latest first; at most ``MOST_OPEN``."""
    return db.scalars(
        select(Invitation)
        .where(Invitation.account_id == account.id, Invitation.state == STILL_PENDING)
        .order_by(Invitation.sent_at.desc(), Invitation.id.desc())
        .limit(MOST_OPEN)
    ).all()


def open_one(db: Session, account: Account, id_: int) -> Invitation | None:
    """Return the unanswered invitation of this id if it is one into this account, read from the database again."""
    found = select(Invitation).where(
        Invitation.id == id_, Invitation.account_id == account.id, Invitation.state == STILL_PENDING
    )
    return db.scalar(found.execution_options(populate_existing=True))


def invite(
    scope: Scope, account: Account, email: str, grants: Iterable[str], *, by: User, locale: str
) -> Invited | IsOpen | IsMember | InvitationsFull | TooMany | NotOwner:
    """There is an open invitation to the address, which takes the place of an expired one.

    An invitation that is open already does not change: its permissions change only on purpose, see ``resend``. If the
    address is a user's, only the language of the message depends on it.

    Args:
        email: A valid address, so that ``identifiers.email_key`` returns its key.
        locale: The language of the message, unless the address is that of a user who has chosen one.
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
    """The address gets a new message with a new link, valid for the full time; the old link is dead.

    Args:
        grants: The new permissions. By default, they do not change.
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
    """The invitation is cancelled. If it is accepted at the same moment, only one of the two happens."""
    if refused := memberships.lock_as_owner(scope.db, account, by):
        return refused
    invitation = open_one(scope.db, account, id_)
    if invitation is None or not open_offers.end_invitations(
        scope, account, Invitation.id == invitation.id, to="revoked"
    ):
        return NotInAccount()
    return InvitationCancelled(invitation)


def forget_old(scope: Scope) -> None:
    """Invitations that ended more than 90 days ago are deleted."""
    open_offers.forget_old(scope, Invitation)


def _open_at(db: Session, account: Account, key: str) -> Invitation | None:
    """Return the unanswered invitation to an address, even an expired one, read from the database again."""
    found = select(Invitation).where(
        Invitation.account_id == account.id, Invitation.email_key == key, Invitation.state == STILL_PENDING
    )
    return db.scalar(found.execution_options(populate_existing=True))


def _member(db: Session, account: Account, key: str) -> User | None:
    return db.scalar(
        select(User).join(Membership).where(Membership.account_id == account.id, User.email_key == key).limit(1)
    )


def _too_many(scope: Scope, account: Account, key: str) -> TooMany | None:
    """Return ``TooMany`` if this account has sent too many invitations, in all or to this address."""
    hourly = RateLimit(limits.key("invitations_of", str(account.id)), scope.config.limits.invitations_per_hour, HOUR)
    ways = rate_limits.strange_address("invitations_to", key, str(account.id))
    taken = limits.take_first(scope, *((hourly, *way) for way in ways))
    return taken if isinstance(taken, TooMany) else None


def _count_open(db: Session, account: Account, but_to: str) -> int:
    mine = select(func.count()).where(Invitation.account_id == account.id, Invitation.state == STILL_PENDING)
    return db.scalar(mine.where(Invitation.email_key != but_to)) or 0


def _language(db: Session, key: str) -> str | None:
    """Return the language of the user who has verified the address; ``None`` if nobody or several users have."""
    theirs = select(User.locale).where(User.email_key == key, User.email_verified_at.is_not(None)).limit(2)
    found = db.scalars(theirs).all()
    return found[0] if len(found) == 1 else None


def _send(scope: Scope, invitation: Invitation, account: Account, by: User) -> None:
    """A message with a new link is queued, and the invitation is valid for the full time from now on."""
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
