"""An invitation: offered to one address, by the owner of an account, and accepted or declined by whoever reads it.

The link in its message proves the address; what is accepted needs a user whose verified address it is. Opening the
link spends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from ....accounts import account_status, new_users, permissions, registration
from ....accounts.new_users import Entry, NameInUse, NewUser, Unfit
from ....accounts.permissions import NotOwner
from ....db.models import Account, Invitation, Membership, Token, User
from ....mail import outbox
from ....scope import Scope
from ....security import limits, rate_limits, sessions, tokens
from ....security.admission import Before
from ....security.limits import RateLimit, TooMany
from ....security.sessions import CurrentSession
from ....values import identifiers
from ....values.keys import KeyLost
from . import locking
from .locking import NotInAccount

HOUR = timedelta(hours=1)

MOST_OPEN = 100
"""Open invitations one account may have."""

FEW_OPEN = 3
"""As many invitations to one user as their pages speak of."""

KEPT_FOR = timedelta(days=90)
"""How long an invitation that is over is remembered, so that its link can say what became of it."""

Why = Literal["accepted", "declined", "revoked", "superseded", "expired", "unknown"]
"""What became of an invitation whose link is dead."""


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


def open_to(scope: Scope, user: User, *, id_: int | None = None) -> Sequence[Offer]:
    """The invitations to the user's own, proven address that they could accept now, the latest first; a few.

    Args:
        id_: Only this one.
    """
    if user.email_verified_at is None:
        return []
    own = aliased(Membership)
    is_in = exists().where(own.account_id == Invitation.account_id, own.user_id == user.id)
    owns = (Membership.account_id == Account.id) & Membership.is_owner & (Membership.user_id == User.id)
    found = (
        select(Invitation, Account, User)
        .join(Account, Account.id == Invitation.account_id)
        # What only an owner may offer is worth nothing once somebody else owns the account.
        .join(User, User.id == Invitation.invited_by_id)
        .join(Membership, owns)
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
    locking.lock(scope.db, account)
    if not locking.is_owner(scope.db, by, account):
        return NotOwner()
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
    locking.end_invitations(scope, account, Invitation.email_key == key, to="superseded")
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
    locking.lock(scope.db, account)
    if not locking.is_owner(scope.db, by, account):
        return NotOwner()
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
    locking.lock(scope.db, account)
    if not locking.is_owner(scope.db, by, account):
        return NotOwner()
    invitation = open_one(scope.db, account, id_)
    if invitation is None or not locking.end_invitations(scope, account, Invitation.id == invitation.id, to="revoked"):
        return NotInAccount()
    return InvitationCancelled(invitation)


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
    locking.lock(scope.db, offer.account)
    offer = find(scope, secret)
    if isinstance(offer, InvitationLinkDead):
        return offer
    if locking.place_of(scope.db, here.user, offer.account) is not None:
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
    locking.lock(scope.db, offer.account)
    if not _settle(scope, offer, "declined"):
        return _dead(scope, secret)
    tokens.void_one(scope, offer.invitation.token_id)
    email = offer.invitation.email
    locking.notify(scope, "users.declined", offer.inviter, offer.account, email=email)
    return InvitationDeclined(offer.invitation, offer.account)


def forget_old(scope: Scope) -> None:
    """Invitations that were over 90 days ago are gone."""
    old = scope.now - KEPT_FOR
    scope.db.execute(
        delete(Invitation)
        .where(or_(Invitation.settled_at < old, Invitation.expires_at < old))
        .execution_options(synchronize_session=False)
    )


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
            "grants": locking.permission_lines(invitation.permissions, invitation.locale, scope.platform),
        },
    )


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


def _settle(scope: Scope, offer: Offer, state: Literal["accepted", "declined"], *, user: User | None = None) -> bool:
    """Whether the invitation has this answer now: only the first one counts."""
    settled = scope.db.execute(
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
    return settled.one_or_none() is not None


def _spend(scope: Scope, secret: str, offer: Offer, user: User) -> bool:
    return _settle(scope, offer, "accepted", user=user) and bool(tokens.spend(scope, secret, "invitation"))


def _admit(scope: Scope, offer: Offer, user: User) -> Accepted:
    grants = permissions.known(offer.invitation.permissions, scope.config)
    scope.db.add(Membership(user_id=user.id, account_id=offer.account.id, permissions=grants, created_at=scope.now))
    scope.db.flush()
    who = {"name": user.full_name, "email": user.email}
    locking.notify(scope, "users.accepted", offer.inviter, offer.account, grants=grants, **who)
    return Accepted(offer.invitation, offer.account, user)


def _join(
    scope: Scope, secret: str, user: User, offer: Offer, *, is_chosen: bool
) -> Accepted | HasUser | NameInUse | InvitationLinkDead:
    locking.lock(scope.db, offer.account)
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
