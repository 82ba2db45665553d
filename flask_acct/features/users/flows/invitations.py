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
from ....config import Config
from ....db.models import Account, Invitation, Membership, Token, User
from ....mail import outbox
from ....platform import Platform
from ....security import limits, rate_limits, sessions, tokens
from ....security.admission import Before
from ....security.keys import KeyLost, Keys
from ....security.limits import RateLimit, TooMany
from ....security.sessions import CurrentSession
from ....values import identifiers
from . import locking
from .locking import NotInAccount, NotOwner

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


def open_ones(account: Account, *, db: Session) -> Sequence[Invitation]:
    """The invitations that wait for an answer, those past their time too, the latest first."""
    return db.scalars(
        select(Invitation)
        .where(Invitation.account_id == account.id, Invitation.state == "pending")
        .order_by(Invitation.sent_at.desc(), Invitation.id.desc())
        .limit(MOST_OPEN)
    ).all()


def open_one(account: Account, id_: int, *, db: Session) -> Invitation | None:
    """An invitation into this account that waits for an answer, as it is now."""
    found = select(Invitation).where(
        Invitation.id == id_, Invitation.account_id == account.id, Invitation.state == "pending"
    )
    return db.scalar(found.execution_options(populate_existing=True))


def open_to(user: User, *, db: Session, now: datetime, id_: int | None = None) -> Sequence[Offer]:
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
            Invitation.email_key == user.email_key, Invitation.state == "pending", Invitation.expires_at > now, ~is_in
        )
        .order_by(Invitation.sent_at.desc(), Invitation.id.desc())
        .limit(FEW_OPEN)
    )
    rows = db.execute(found if id_ is None else found.where(Invitation.id == id_)).all()
    return [Offer(invitation, account, owner) for invitation, account, owner in rows]


def secret_for(offer: Offer, *, db: Session, keys: Keys) -> str | None:
    """What the link in the message of an invitation holds; ``None`` where its key is gone.

    Only for whoever could accept it, see ``open_to``: they need not look for the message.
    """
    token = db.get(Token, offer.invitation.token_id) if offer.invitation.token_id else None
    try:
        return tokens.secret_of(token, keys=keys) if token else None
    except KeyLost:
        return None


def invite(
    account: Account,
    email: str,
    grants: Iterable[str],
    *,
    by: User,
    locale: str,
    db: Session,
    platform: Platform,
    keys: Keys,
    now: datetime,
) -> Invited | IsOpen | IsMember | InvitationsFull | TooMany | NotOwner:
    """An invitation waits for an address; one whose time has passed is worth nothing.

    One that is open stays as it is: what it lets somebody do changes only on purpose, see ``resend``. Whether the
    address is a user's makes no difference but to the language of the message.

    Args:
        email: An address that ``identifiers.email_key`` knows.
        locale: The language of the message, unless its reader has chosen one.
    """
    key = identifiers.email_key(email) or ""
    locking.lock(account, db=db)
    if not locking.is_owner(by, account, db=db):
        return NotOwner()
    member = _member(account, key, db=db)
    if member is not None:
        return IsMember(member)
    earlier = _open_at(account, key, db=db)
    if earlier is not None and earlier.expires_at > now:
        return IsOpen(earlier)
    waiting = _too_many(account, key, db=db, config=platform.config, now=now)
    if waiting:
        return waiting
    if _count_open(account, key, db=db) >= MOST_OPEN:
        return InvitationsFull()
    locking.end_invitations(account, Invitation.email_key == key, to="superseded", db=db, now=now)
    invitation = Invitation(
        account_id=account.id,
        email=identifiers.email_address(email) or email,
        email_key=key,
        locale=platform.config.site.spoken(_language(key, db=db), locale),
        permissions=permissions.known(grants, config=platform.config),
        invited_by_id=by.id,
        state="pending",
        created_at=now,
        sent_at=now,
        expires_at=now,
    )
    db.add(invitation)
    db.flush()
    _send(invitation, account, by, db=db, platform=platform, keys=keys, now=now)
    return Invited(invitation)


def resend(
    account: Account,
    id_: int,
    *,
    by: User,
    db: Session,
    platform: Platform,
    keys: Keys,
    now: datetime,
    grants: Iterable[str] | None = None,
) -> Invited | NotInAccount | TooMany | NotOwner:
    """The address has a new message with a new link and the whole time; the old link says so.

    Args:
        grants: What it lets somebody do from now on. Default: what it did.
    """
    locking.lock(account, db=db)
    if not locking.is_owner(by, account, db=db):
        return NotOwner()
    invitation = open_one(account, id_, db=db)
    if invitation is None:
        return NotInAccount()
    waiting = _too_many(account, invitation.email_key, db=db, config=platform.config, now=now)
    if waiting:
        return waiting
    if grants is not None:
        invitation.permissions = permissions.known(grants, config=platform.config)
    tokens.void_one(invitation.token_id, db=db, now=now)
    _send(invitation, account, by, db=db, platform=platform, keys=keys, now=now)
    return Invited(invitation)


def cancel(
    account: Account, id_: int, *, by: User, db: Session, now: datetime
) -> InvitationCancelled | NotInAccount | NotOwner:
    """The invitation is taken back; of an acceptance at the same time, one has the say."""
    locking.lock(account, db=db)
    if not locking.is_owner(by, account, db=db):
        return NotOwner()
    invitation = open_one(account, id_, db=db)
    if invitation is None or not locking.end_invitations(
        account, Invitation.id == invitation.id, to="revoked", db=db, now=now
    ):
        return NotInAccount()
    return InvitationCancelled(invitation)


def find(secret: str, *, db: Session, now: datetime) -> Offer | InvitationLinkDead:
    """What a link offers, or what became of it. Changes nothing."""
    token = tokens.trace(secret, "invitation", db=db)
    if token is None:
        return InvitationLinkDead("unknown")
    # Another transaction may have settled it since this session last read it.
    row = db.execute(
        select(Invitation, Account)
        .join(Account, Account.id == Invitation.account_id)
        .where(Invitation.id == token.about["invitation_id"])
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return InvitationLinkDead("unknown")
    invitation, account = row
    owner = account_status.owner_of(account, db=db)
    why = _why_dead(invitation, token, owner, now=now)
    if why or owner is None:
        return InvitationLinkDead(why or "revoked", account.name, invitation.expires_at)
    return Offer(invitation, account, owner)


def is_for(user: User, offer: Offer) -> bool:
    """Whether the user has the address the invitation went to, proven to be theirs."""
    return user.email_key == offer.invitation.email_key and user.email_verified_at is not None


def has_user(offer: Offer, *, db: Session, config: Config) -> bool:
    """Whether somebody can sign in who has the address, so that nobody is to become a user with it."""
    return registration.has_user(offer.invitation.email_key, db=db, config=config)


def accept(
    secret: str, *, here: CurrentSession, db: Session, platform: Platform, now: datetime
) -> Accepted | AlreadyIn | OtherAddress | InvitationLinkDead:
    """The signed-in user is in the account, and looks at it; the link is spent."""
    offer = find(secret, db=db, now=now)
    if isinstance(offer, InvitationLinkDead):
        return offer
    if not is_for(here.user, offer):
        return OtherAddress()
    locking.lock(offer.account, db=db)
    offer = find(secret, db=db, now=now)
    if isinstance(offer, InvitationLinkDead):
        return offer
    if locking.place_of(here.user, offer.account, db=db) is not None:
        _spend(secret, offer, here.user, db=db, now=now)
        return AlreadyIn(offer.account)
    if not _spend(secret, offer, here.user, db=db, now=now):
        return _dead(secret, db=db, now=now)
    sessions.enter_account(here.session.id, offer.account.id, db=db)
    return _admit(offer, here.user, db=db, platform=platform, now=now)


def join(
    secret: str,
    filled: NewUser,
    *,
    locale: str,
    db: Session,
    platform: Platform,
    now: datetime,
    user_agent: str = "",
    before: Before | None = None,
) -> Joined | HasUser | Unfit | NameInUse | TooMany | InvitationLinkDead:
    """Somebody new is a user with the address of the link, is in the account, and signed in.

    The link proves the address, so it counts as verified. Only a good form spends the link, so a slip costs nothing.

    Args:
        before: What the host says before they are signed in. They are in the account whatever it is.
    """
    offer = find(secret, db=db, now=now)
    if isinstance(offer, InvitationLinkDead):
        return offer
    waiting = new_users.too_many(offer.invitation.token_id, db=db, now=now)
    if waiting:
        return waiting
    user = new_users.judged(filled, offer.invitation.email, locale=locale, db=db, config=platform.config, now=now)
    if not isinstance(user, User):
        return user
    accepted = _join(secret, user, offer, is_chosen=bool(filled.username), db=db, platform=platform, now=now)
    if not isinstance(accepted, Accepted):
        return accepted
    entry = new_users.sign_in(
        accepted.user,
        "invitation",
        accepted.account,
        before,
        db=db,
        config=platform.config,
        now=now,
        user_agent=user_agent,
    )
    return Joined(accepted, entry)


def decline(secret: str, *, db: Session, platform: Platform, now: datetime) -> InvitationDeclined | InvitationLinkDead:
    """Whoever reads the message does not want the access; the owner is told, and the link is dead."""
    offer = find(secret, db=db, now=now)
    if isinstance(offer, InvitationLinkDead):
        return offer
    locking.lock(offer.account, db=db)
    if not _settle(offer, "declined", db=db, now=now):
        return _dead(secret, db=db, now=now)
    tokens.void_one(offer.invitation.token_id, db=db, now=now)
    email = offer.invitation.email
    locking.notify("users.declined", offer.inviter, offer.account, email=email, db=db, platform=platform, now=now)
    return InvitationDeclined(offer.invitation, offer.account)


def forget_old(*, db: Session, platform: Platform, now: datetime) -> None:
    """Invitations that were over 90 days ago are gone."""
    old = now - KEPT_FOR
    db.execute(
        delete(Invitation)
        .where(or_(Invitation.settled_at < old, Invitation.expires_at < old))
        .execution_options(synchronize_session=False)
    )


def _open_at(account: Account, key: str, *, db: Session) -> Invitation | None:
    """The invitation to an address that waits for an answer, one past its time too, as it is now."""
    found = select(Invitation).where(
        Invitation.account_id == account.id, Invitation.email_key == key, Invitation.state == "pending"
    )
    return db.scalar(found.execution_options(populate_existing=True))


def _member(account: Account, key: str, *, db: Session) -> User | None:
    return db.scalar(
        select(User).join(Membership).where(Membership.account_id == account.id, User.email_key == key).limit(1)
    )


def _too_many(account: Account, key: str, *, db: Session, config: Config, now: datetime) -> TooMany | None:
    """Whether this account has sent too much. What other accounts send to the address is none of its business."""
    hourly = RateLimit(limits.key("invitations_of", str(account.id)), config.limits.invitations_per_hour, HOUR)
    ways = rate_limits.strange_address("invitations_to", key, str(account.id))
    taken = limits.take_first(*((hourly, *way) for way in ways), db=db, now=now)
    return taken if isinstance(taken, TooMany) else None


def _count_open(account: Account, but_to: str, *, db: Session) -> int:
    mine = select(func.count()).where(Invitation.account_id == account.id, Invitation.state == "pending")
    return db.scalar(mine.where(Invitation.email_key != but_to)) or 0


def _language(key: str, *, db: Session) -> str | None:
    """The language of the one user who has the address and has proven it."""
    theirs = select(User.locale).where(User.email_key == key, User.email_verified_at.is_not(None)).limit(2)
    found = db.scalars(theirs).all()
    return found[0] if len(found) == 1 else None


def _send(
    invitation: Invitation, account: Account, by: User, *, db: Session, platform: Platform, keys: Keys, now: datetime
) -> None:
    """A message with a new link waits, good for the whole time from now on."""
    lifetime = timedelta(days=platform.config.users.invitation_days)
    about = {"invitation_id": invitation.id}
    token = tokens.issue(
        "invitation",
        user=by,
        address=invitation.email_key,
        lifetime=lifetime,
        about=about,
        db=db,
        keys=keys,
        now=now,
    )
    invitation.token_id, invitation.sent_at, invitation.expires_at = token.id, now, token.expires_at
    invitation.invited_by_id = by.id
    outbox.queue(
        "users.invitation",
        recipient=invitation.email,
        locale=platform.config.site.spoken(invitation.locale),
        platform=platform.config.platform,
        account=account,
        token=token,
        slots={
            "inviter": by.full_name,
            "account": account.name,
            "grants": locking.permission_lines(invitation.permissions, invitation.locale, platform),
        },
        db=db,
        now=now,
    )


def _why_dead(invitation: Invitation, token: Token, owner: User | None, *, now: datetime) -> Why | None:
    if invitation.state != "pending":
        return invitation.state  # type: ignore[return-value]
    if invitation.token_id != token.id:
        return "superseded"
    if invitation.expires_at <= now:
        return "expired"
    # What only an owner may offer is worth nothing once somebody else owns the account.
    is_void = token.used_at is not None or token.void_at is not None
    return "revoked" if is_void or owner is None or owner.id != invitation.invited_by_id else None


def _dead(secret: str, *, db: Session, now: datetime) -> InvitationLinkDead:
    """Why a link could not be spent that could be when it was looked at."""
    found = find(secret, db=db, now=now)
    return found if isinstance(found, InvitationLinkDead) else InvitationLinkDead("unknown")


def _settle(
    offer: Offer, state: Literal["accepted", "declined"], *, db: Session, now: datetime, user: User | None = None
) -> bool:
    """Whether the invitation has this answer now: only the first one counts."""
    settled = db.execute(
        update(Invitation)
        .where(
            Invitation.id == offer.invitation.id,
            Invitation.token_id == offer.invitation.token_id,
            Invitation.state == "pending",
            Invitation.expires_at > now,
        )
        .values(state=state, settled_at=now, user_id=user.id if user else None)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return settled.one_or_none() is not None


def _spend(secret: str, offer: Offer, user: User, *, db: Session, now: datetime) -> bool:
    return _settle(offer, "accepted", user=user, db=db, now=now) and bool(
        tokens.spend(secret, "invitation", db=db, now=now)
    )


def _admit(offer: Offer, user: User, *, db: Session, platform: Platform, now: datetime) -> Accepted:
    grants = permissions.known(offer.invitation.permissions, config=platform.config)
    db.add(Membership(user_id=user.id, account_id=offer.account.id, permissions=grants, created_at=now))
    db.flush()
    who = {"name": user.full_name, "email": user.email}
    locking.notify(
        "users.accepted", offer.inviter, offer.account, grants=grants, db=db, platform=platform, now=now, **who
    )
    return Accepted(offer.invitation, offer.account, user)


def _join(
    secret: str,
    user: User,
    offer: Offer,
    *,
    is_chosen: bool,
    db: Session,
    platform: Platform,
    now: datetime,
) -> Accepted | HasUser | NameInUse | InvitationLinkDead:
    locking.lock(offer.account, db=db)
    found = find(secret, db=db, now=now)
    if isinstance(found, InvitationLinkDead):
        return found
    match registration.add(user, is_named=is_chosen, db=db, config=platform.config, now=now):
        case "email":
            return HasUser()
        case "username":
            return NameInUse()
    if not _spend(secret, found, user, db=db, now=now):
        db.rollback()
        return _dead(secret, db=db, now=now)
    return _admit(found, user, db=db, platform=platform, now=now)
