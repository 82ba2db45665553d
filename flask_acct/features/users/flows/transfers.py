"""An account changes hands: its owner offers it to one of its users, who accepts or declines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from ....accounts import account_status, permissions, readers
from ....accounts.readers import NOTHING, Behind
from ....db.models import Account, Membership, Transfer, User
from ....platform import Platform
from ....security import limits, reauthentication
from ....security.limits import TooMany
from ....security.reauthentication import WrongPassword
from . import locking, members
from .invitations import FEW_OPEN, KEPT_FOR
from .locking import NotInAccount, NotOwner


@dataclass(frozen=True, slots=True)
class Offered:
    """The user may become the owner; both sides are told."""

    transfer: Transfer
    to: User


@dataclass(frozen=True, slots=True)
class Pending:
    """The account is offered to somebody already."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """The offer is taken back."""


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer that can be accepted now."""

    transfer: Transfer
    account: Account
    owner: User


@dataclass(frozen=True, slots=True)
class Over:
    """The offer was answered or taken back, or its time has passed."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """The account has another owner; both sides are told."""

    account: Account
    old: User
    new: User
    ended: Behind = NOTHING
    """What gets no mails of the account any more, because its old owner kept nothing."""


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """The account keeps its owner, who is told."""


def open_one(account: Account, *, db: Session, now: datetime) -> tuple[Transfer, User] | None:
    """The offer of an account that waits for an answer, and to whom it was made."""
    found = db.execute(
        select(Transfer, User)
        .join(User, User.id == Transfer.to_id)
        .where(Transfer.account_id == account.id, Transfer.state == "pending", Transfer.expires_at > now)
    ).one_or_none()
    return (found[0], found[1]) if found else None


def offers_to(user: User, *, db: Session, now: datetime) -> Sequence[OpenOffer]:
    """What the user could accept now, the latest first; a few."""
    rows = db.execute(
        select(Transfer, Account, User)
        .join(Account, Account.id == Transfer.account_id)
        .join(User, User.id == Transfer.from_id)
        .join(Membership, (Membership.account_id == Account.id) & (Membership.user_id == User.id) & Membership.is_owner)
        .where(Transfer.to_id == user.id, Transfer.state == "pending", Transfer.expires_at > now)
        .order_by(Transfer.id.desc())
        .limit(FEW_OPEN)
    )
    return [OpenOffer(transfer, account, owner) for transfer, account, owner in rows]


def offer(
    account: Account,
    to: int,
    keeps: Iterable[str],
    password: str,
    *,
    by: User,
    db: Session,
    platform: Platform,
    now: datetime,
) -> Offered | WrongPassword | Pending | NotInAccount | TooMany | NotOwner:
    """A user of the account may become its owner. Until they accept, nothing changes.

    Args:
        to: Their place in the account.
        keeps: What the owner may do afterwards.
        password: The owner's, so that a browser left open gives no account away.
    """
    refused = reauthentication.prove(by, password, db=db, config=platform.config, now=now)
    if refused:
        return refused
    locking.lock(account, db=db)
    limits.clear(reauthentication.tries(by), db=db)
    if not locking.is_owner(by, account, db=db):
        return NotOwner()
    place = members.sub_user(account, to, db=db)
    if place is None:
        return NotInAccount()
    if open_one(account, db=db, now=now):
        return Pending()
    # One whose time has passed makes room.
    locking.end_transfers(account, db=db, now=now)
    return _offer(account, place.user, keeps, by=by, db=db, platform=platform, now=now)


def revoke(account: Account, *, by: User, db: Session, now: datetime) -> Revoked | Over | NotOwner:
    """The offer is taken back; of an acceptance at the same time, one has the say."""
    locking.lock(account, db=db)
    if not locking.is_owner(by, account, db=db):
        return NotOwner()
    return Revoked() if locking.end_transfers(account, db=db, now=now) else Over()


def is_to(id_: int, user: User, *, db: Session) -> bool:
    """Whether there is, or was, such an offer to the user."""
    return db.scalar(select(Transfer.id).where(Transfer.id == id_, Transfer.to_id == user.id)) is not None


def find(id_: int, *, user: User, db: Session, now: datetime) -> OpenOffer | Over:
    """What is offered to the user. Changes nothing."""
    row = db.execute(
        select(Transfer, Account)
        .join(Account, Account.id == Transfer.account_id)
        .where(Transfer.id == id_, Transfer.to_id == user.id, Transfer.state == "pending", Transfer.expires_at > now)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return Over()
    transfer, account = row
    owner = account_status.owner_of(account, db=db)
    if owner is None or owner.id != transfer.from_id:
        return Over()
    return OpenOffer(transfer, account, owner)


def accepted(id_: int, *, user: User, db: Session) -> Account | None:
    """The account the user owns since they accepted this offer; ``None`` for any other."""
    owns = (
        select(Account)
        .join(Transfer, Transfer.account_id == Account.id)
        .join(Membership, Membership.account_id == Account.id)
        .where(Transfer.id == id_, Transfer.to_id == user.id, Transfer.state == "accepted")
        .where(Membership.user_id == user.id, Membership.is_owner)
    )
    return db.scalar(owns)


def accept(id_: int, *, user: User, db: Session, platform: Platform, now: datetime) -> Transferred | Over:
    """The user owns the account; who owned it is its user, with what they chose to keep.

    Invitations by the old owner are worth nothing: the new one has not chosen those people. An old owner who keeps
    nothing does not go on reading at their own address either; of the contacts they added, the new one is told.
    """
    found = find(id_, user=user, db=db, now=now)
    if isinstance(found, Over):
        return found
    account = found.account
    locking.lock(account, db=db)
    found = find(id_, user=user, db=db, now=now)
    if isinstance(found, Over):
        return found
    place = locking.place_of(user, account, db=db)
    if place is None or not _settle(id_, "accepted", db=db, now=now):
        return Over()
    keeps = permissions.known(found.transfer.keeps, config=platform.config)
    _hand_over(account, found.owner, user, keeps, db=db)
    locking.end_invitations(account, to="revoked", db=db, now=now)
    behind = NOTHING if keeps else readers.left_behind(found.owner, account, db=db, config=platform.config)
    ended = replace(behind, added=())
    readers.end(ended, account, db=db)
    _tell_both(account, found.owner, user, ended, Behind(added=behind.added), db=db, platform=platform, now=now)
    return Transferred(account, found.owner, user, ended)


def decline(id_: int, *, user: User, db: Session, platform: Platform, now: datetime) -> OfferDeclined | Over:
    """The account keeps its owner, who is told."""
    found = find(id_, user=user, db=db, now=now)
    if isinstance(found, Over):
        return found
    locking.lock(found.account, db=db)
    if not _settle(id_, "declined", db=db, now=now):
        return Over()
    who = {"name": user.full_name, "email": user.email}
    locking.notify("users.refused", found.owner, found.account, db=db, platform=platform, now=now, **who)
    return OfferDeclined()


def forget_old(*, db: Session, platform: Platform, now: datetime) -> None:
    """Offers that were over 90 days ago are gone."""
    old = now - KEPT_FOR
    db.execute(
        delete(Transfer)
        .where(or_(Transfer.settled_at < old, Transfer.expires_at < old))
        .execution_options(synchronize_session=False)
    )


def _offer(
    account: Account, to: User, keeps: Iterable[str], *, by: User, db: Session, platform: Platform, now: datetime
) -> Offered:
    transfer = Transfer(
        account_id=account.id,
        from_id=by.id,
        to_id=to.id,
        keeps=permissions.known(keeps, config=platform.config),
        state="pending",
        created_at=now,
        expires_at=now + timedelta(days=platform.config.users.invitation_days),
    )
    db.add(transfer)
    db.flush()
    path = platform.declared.screens["users.receive"].path.replace("<int:transfer>", str(transfer.id))
    until = transfer.expires_at.isoformat()
    locking.notify(
        "users.offer", to, account, open=f"{platform.prefix}/{path}", until_at=until, db=db, platform=platform, now=now,
        **{"from": by.full_name},
    )  # fmt: skip
    who = {"name": to.full_name, "email": to.email}
    locking.notify("users.offered", by, account, until_at=until, db=db, platform=platform, now=now, **who)
    return Offered(transfer, to)


def _settle(id_: int, state: Literal["accepted", "declined"], *, db: Session, now: datetime) -> bool:
    """Whether the offer has this answer now: only the first one counts."""
    settled = db.execute(
        update(Transfer)
        .where(Transfer.id == id_, Transfer.state == "pending", Transfer.expires_at > now)
        .values(state=state, settled_at=now)
        .returning(Transfer.id)
        .execution_options(synchronize_session=False)
    )
    return settled.one_or_none() is not None


def _hand_over(account: Account, old: User, new: User, keeps: list[str], *, db: Session) -> None:
    """The account has one owner before and after; the index allows no second one between."""
    for user, values in (
        (old, {"is_owner": False, "permissions": keeps}),
        (new, {"is_owner": True, "permissions": []}),
    ):
        db.execute(
            update(Membership).where(Membership.account_id == account.id, Membership.user_id == user.id).values(values)
        )


def _tell_both(
    account: Account,
    old: User,
    new: User,
    ended: Behind,
    kept: Behind,
    *,
    db: Session,
    platform: Platform,
    now: datetime,
) -> None:
    who = {"name": new.full_name, "email": new.email, "from": old.full_name}
    locking.notify("users.transferred", old, account, db=db, platform=platform, now=now, **who)
    who |= locking.reader_lines(ended, kept, new, platform)
    locking.notify("users.transferred", new, account, db=db, platform=platform, now=now, **who)
