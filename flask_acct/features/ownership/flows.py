"""An account gets another owner: its owner offers it to one of its users, who accepts or declines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ...accounts import account_status, memberships, open_offers, permissions, readers
from ...accounts.memberships import NotInAccount
from ...accounts.open_offers import FEW_OPEN
from ...accounts.permissions import NotOwner
from ...accounts.readers import NOTHING, Behind
from ...db import owners, row_locks
from ...db.models import STILL_PENDING, Account, Membership, Transfer, User
from ...mail import account_mails
from ...scope import Scope
from ...security import limits, reauthentication
from ...security.limits import TooMany
from ...security.reauthentication import WrongPassword


@dataclass(frozen=True, slots=True)
class Offered:
    """The user may become the owner; both get a mail about it."""

    transfer: Transfer
    to: User


@dataclass(frozen=True, slots=True)
class Pending:
    """The account has been offered to somebody already."""


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
    """The account has another owner; the old and the new one get a mail."""

    account: Account
    old: User
    new: User
    ended: Behind = NOTHING
    """The contacts and billing address that get no more mails, because the old owner kept no permissions."""


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """The offer is declined; the owner stays the owner and gets a mail about it."""


def open_one(scope: Scope, account: Account) -> tuple[Transfer, User] | None:
    """Return the open offer of an account and the user it was made to; ``None`` without one."""
    found = scope.db.execute(
        select(Transfer, User)
        .join(User, User.id == Transfer.to_id)
        .where(Transfer.account_id == account.id, Transfer.state == STILL_PENDING, Transfer.expires_at > scope.now)
    ).one_or_none()
    return (found[0], found[1]) if found else None


def offers_to(scope: Scope, user: User) -> Sequence[OpenOffer]:
    """Return the offers that the user could accept now, the latest first; at most ``FEW_OPEN``."""
    rows = scope.db.execute(
        select(Transfer, Account, User)
        .join(Account, Account.id == Transfer.account_id)
        .join(User, User.id == Transfer.from_id)
        .join(Membership, owners.OWNS)
        .where(Transfer.to_id == user.id, Transfer.state == STILL_PENDING, Transfer.expires_at > scope.now)
        .order_by(Transfer.id.desc())
        .limit(FEW_OPEN)
    )
    return [OpenOffer(transfer, account, owner) for transfer, account, owner in rows]


def offer(
    scope: Scope, account: Account, to: int, keeps: Iterable[str], password: str, *, by: User
) -> Offered | WrongPassword | Pending | NotInAccount | TooMany | NotOwner:
    """There is an open offer of the account to one of its users. Nothing else changes until they accept.

    Args:
        to: The id of the user.
        keeps: The permissions of the present owner afterwards.
        password: The owner's, so that nobody can give the account away in a browser that was left open.

    Raises ``passwords.Busy`` if too many passwords are being checked at once.
    """
    refused = reauthentication.prove(scope, by, password)
    if refused:
        return refused
    is_not_owner = memberships.lock_as_owner(scope.db, account, by)
    limits.clear(scope, reauthentication.tries(by))
    if is_not_owner:
        return is_not_owner
    place = memberships.sub_user(scope.db, account, to)
    if place is None:
        return NotInAccount()
    if open_one(scope, account):
        return Pending()
    # An account can have only one unanswered offer, so an expired one is ended.
    open_offers.end_transfers(scope, account)
    return _offer(scope, account, place.user, keeps, by=by)


def revoke(scope: Scope, account: Account, *, by: User) -> Revoked | Over | NotOwner:
    """The offer is taken back. If it is accepted at the same moment, only one of the two happens."""
    if refused := memberships.lock_as_owner(scope.db, account, by):
        return refused
    return Revoked() if open_offers.end_transfers(scope, account) else Over()


def is_to(db: Session, id_: int, user: User) -> bool:
    """Whether this offer is or was made to the user."""
    return db.scalar(select(Transfer.id).where(Transfer.id == id_, Transfer.to_id == user.id)) is not None


def find(scope: Scope, id_: int, *, user: User) -> OpenOffer | Over:
    """Return this offer to the user if it is open, else ``Over``. Changes nothing."""
    row = scope.db.execute(
        select(Transfer, Account)
        .join(Account, Account.id == Transfer.account_id)
        .where(
            Transfer.id == id_,
            Transfer.to_id == user.id,
            Transfer.state == STILL_PENDING,
            Transfer.expires_at > scope.now,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return Over()
    transfer, account = row
    owner = account_status.owner_of(scope.db, account)
    if owner is None or owner.id != transfer.from_id:
        return Over()
    return OpenOffer(transfer, account, owner)


def accepted(db: Session, id_: int, *, user: User) -> Account | None:
    """Return the account of this offer if the user has accepted it and still owns the account; else ``None``."""
    found = owners.owned_by(user.id).join(Transfer, Transfer.account_id == Account.id)
    return db.scalar(found.where(Transfer.id == id_, Transfer.to_id == user.id, Transfer.state == "accepted"))


def accept(scope: Scope, id_: int, *, user: User) -> Transferred | Over:
    """The user owns the account; the old owner is one of its users, with the permissions they chose to keep.

    Open invitations have ended, because the new owner did not choose those people. If the old owner kept no
    permissions, contacts and a billing address that are theirs get no more mails, and the new owner is told of other
    contacts that they added.
    """
    found = find(scope, id_, user=user)
    if isinstance(found, Over):
        return found
    account = found.account
    row_locks.lock_account(scope.db, account.id)
    found = find(scope, id_, user=user)
    if isinstance(found, Over):
        return found
    place = memberships.place_of(scope.db, user, account)
    if place is None or not _set_answer(scope, id_, "accepted"):
        return Over()
    keeps = permissions.known(found.transfer.keeps, scope.config)
    _hand_over(scope.db, account, found.owner, user, keeps)
    open_offers.end_invitations(scope, account, to="revoked")
    behind = NOTHING if keeps else readers.left_behind(scope, found.owner, account)
    ended = replace(behind, added=())
    readers.end(scope.db, ended, account)
    _queue_mails_to_both(scope, account, found.owner, user, ended, Behind(added=behind.added))
    return Transferred(account, found.owner, user, ended)


def decline(scope: Scope, id_: int, *, user: User) -> OfferDeclined | Over:
    """The offer is declined; the owner stays the owner and gets a mail about it."""
    found = find(scope, id_, user=user)
    if isinstance(found, Over):
        return found
    row_locks.lock_account(scope.db, found.account.id)
    if not _set_answer(scope, id_, "declined"):
        return Over()
    who = account_mails.about(user)
    account_mails.notify(scope, "users.refused", found.owner, found.account, **who)
    return OfferDeclined()


def forget_old(scope: Scope) -> None:
    """Offers that ended more than 90 days ago are deleted."""
    open_offers.forget_old(scope, Transfer)


def _offer(scope: Scope, account: Account, to: User, keeps: Iterable[str], *, by: User) -> Offered:
    transfer = Transfer(
        account_id=account.id,
        from_id=by.id,
        to_id=to.id,
        keeps=permissions.known(keeps, scope.config),
        state="pending",
        created_at=scope.now,
        expires_at=scope.now + timedelta(days=scope.config.users.invitation_days),
    )
    scope.db.add(transfer)
    scope.db.flush()
    path = scope.platform.declared.screens["users.receive"].path.replace("<int:transfer>", str(transfer.id))
    until = transfer.expires_at.isoformat()
    account_mails.notify(
        scope,
        "users.offer",
        to,
        account,
        open=f"{scope.platform.prefix}/{path}",
        until_at=until,
        **{"from": by.full_name},
    )
    who = account_mails.about(to)
    account_mails.notify(scope, "users.offered", by, account, until_at=until, **who)
    return Offered(transfer, to)


def _set_answer(scope: Scope, id_: int, state: Literal["accepted", "declined"]) -> bool:
    """The open offer has this answer. Returns whether it does: only the first answer counts."""
    updated = scope.db.execute(
        update(Transfer)
        .where(Transfer.id == id_, Transfer.state == STILL_PENDING, Transfer.expires_at > scope.now)
        .values(state=state, settled_at=scope.now)
        .returning(Transfer.id)
        .execution_options(synchronize_session=False)
    )
    return updated.one_or_none() is not None


def _hand_over(db: Session, account: Account, old: User, new: User, keeps: list[str]) -> None:
    """The new owner owns the account, and the old one has the permissions they keep.

    The old owner is changed first, because a unique index allows an account only one owner at any time.
    """
    for user, values in (
        (old, {"is_owner": False, "permissions": keeps}),
        (new, {"is_owner": True, "permissions": []}),
    ):
        db.execute(
            update(Membership).where(Membership.account_id == account.id, Membership.user_id == user.id).values(values)
        )


def _queue_mails_to_both(
    scope: Scope, account: Account, old: User, new: User, ended: Behind, remaining: Behind
) -> None:
    who = account_mails.about(new) | {"from": old.full_name}
    account_mails.notify(scope, "users.transferred", old, account, **who)
    who |= readers.lines(ended, remaining, new, scope.platform)
    account_mails.notify(scope, "users.transferred", new, account, **who)
