"""Who gets the mails of a category: the owner of an account, its contacts that subscribe to it, and for invoices
the billing address too.

An address that unsubscribed from a category gets none of it, whatever a form or a file says afterwards, until its
reader subscribes again, or the owner states that they did. A permission lets a user see something; it subscribes
nobody. A user who wants mails as well is added as a contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..config import Config
from ..config.problems import did_you_mean
from ..db import owners, row_locks
from ..db.models import Account, Contact, Membership, Unsubscription, User
from ..errors import AcctError
from ..scope import Scope
from ..values.identifiers import email_key

BILLED = "invoices"
"""The category that an account's billing address gets."""


class UnknownCategory(AcctError):
    """acct.toml has no such category."""

    def __init__(self, category: str, config: Config) -> None:
        fix = did_you_mean(category, config.contacts.offered)
        super().__init__(f'"{category}" is not a category of acct.toml, [contacts]. {fix}')


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address that gets a mail.

    Sample: ``Recipient("Ana Sala", "ana@example.com", "es", "contact:12")``.
    """

    name: str
    address: str
    locale: str
    concerns: str
    """Who subscribes: ``contact:12``, ``member:7`` for the owner's membership, or ``account:3`` for the account's
    billing address."""
    time_zone: str | None = None
    user_id: int | None = None


def of(scope: Scope, account: Account, category: str) -> Sequence[Recipient]:
    """Return the owner, the contacts by name and the billing address, each once, in a fixed number of queries.

    Those without a language of their own get the owner's. Raises ``UnknownCategory``.
    """
    if category not in scope.config.contacts.offered:
        raise UnknownCategory(category, scope.config)
    row = scope.db.execute(
        owners.place_in(account.id).add_columns(User, _has_stopped(account.id, User.email_key, category))
    ).one_or_none()
    locale = scope.config.site.nearest_locale(row[1].locale if row else None)
    found: dict[str, Recipient] = {}
    if row and gets(row[0], category) and not row[2]:
        found[row[1].email_key] = _owner(row[0], row[1], locale)
    if scope.config.contacts.enabled:
        for key, recipient in _contacts(scope, account, category, locale).items():
            found.setdefault(key, recipient)
    if billing := _billing(account, category, locale):
        key = email_key(billing.address) or ""
        has_refused = bool(row and row[1].email_key == key) or _has_unsubscribed(scope.db, account, key, category)
        if not has_refused:
            found.setdefault(key, billing)
    return tuple(found.values())


def gets(holder: Contact | Membership | Account, category: str) -> bool:
    """Whether a contact, a member or an account subscribes to the category."""
    if isinstance(holder, Account):
        return category == BILLED and bool(holder.billing_email)
    if isinstance(holder, Contact):
        return category in holder.categories
    return holder.is_owner and category not in holder.categories_off


UnsubscribedSince = Mapping[str, Mapping[str, datetime]]
"""From what addresses unsubscribed, and when: ``{"ana@example.com": {"invoices": …}}``."""


def unsubscribed(db: Session, account_id: int, *, address: str | None = None) -> UnsubscribedSince:
    """Return what the addresses of an account have unsubscribed from, or only the address with this key."""
    rows = select(Unsubscription.email_key, Unsubscription.category, Unsubscription.created_at).where(
        Unsubscription.account_id == account_id
    )
    if address is not None:
        rows = rows.where(Unsubscription.email_key == address)
    found: dict[str, dict[str, datetime]] = {}
    for key, category, since in db.execute(rows.order_by(Unsubscription.id)):
        found.setdefault(key, {})[category] = since
    return found


def stop(scope: Scope, account_id: int, address: str, category: str) -> None:
    """The address gets no more mails of the category from the account, as a contact or as its owner."""
    row_locks.lock_account(scope.db, account_id)
    if category not in unsubscribed(scope.db, account_id, address=address).get(address, {}):
        row = {"account_id": account_id, "email_key": address, "category": category, "created_at": scope.now}
        scope.db.execute(insert(Unsubscription), [row])
    for one in _holders(scope.db, account_id, address):
        if isinstance(one, Contact):
            one.categories = [name for name in one.categories if name != category]
        else:
            one.categories_off = sorted({*one.categories_off, category})


def resume(scope: Scope, account_id: int, address: str, category: str) -> bool:
    """The address gets mails of the category again. Returns whether it had unsubscribed."""
    row_locks.lock_account(scope.db, account_id)
    if not forget_unsubscribed(scope.db, account_id, address, [category]):
        return False
    for one in _holders(scope.db, account_id, address):
        if isinstance(one, Contact):
            one.categories = [name for name in scope.config.contacts.offered if name in {*one.categories, category}]
        else:
            one.categories_off = [name for name in one.categories_off if name != category]
    return True


def forget_unsubscribed(db: Session, account_id: int, address: str, categories: Sequence[str]) -> bool:
    """The address is no longer unsubscribed from these categories. Returns whether it was from any of them."""
    rows = delete(Unsubscription).where(
        Unsubscription.account_id == account_id,
        Unsubscription.email_key == address,
        Unsubscription.category.in_(categories),
    )
    deleted = db.execute(rows.returning(Unsubscription.id).execution_options(synchronize_session=False))
    return bool(deleted.all())


def holder(db: Session, concerns: str, *, is_changed: bool = False) -> Contact | Membership | Account | None:
    """Return who is meant by ``contact:12``, ``member:7`` or ``account:3``; ``None`` if they are gone.

    Args:
        is_changed: Whether the caller is about to change them: then the row is locked until the transaction ends.
    """
    kind, _, id_ = concerns.partition(":")
    lock = is_changed or None
    if kind == "contact":
        return db.get(Contact, int(id_), with_for_update=lock)
    if kind == "account":
        return db.get(Account, int(id_), with_for_update=lock)
    return db.get(Membership, int(id_), with_for_update=lock)


def address_key(holder: Contact | Membership | Account) -> str:
    """Return the key of the address they get mail at."""
    if isinstance(holder, Account):
        return email_key(holder.billing_email or "") or ""
    return holder.email_key if isinstance(holder, Contact) else holder.user.email_key


def _holders(db: Session, account_id: int, address: str) -> Sequence[Contact | Membership]:
    """Return the contact and the owner of an account who have the address, as they are now."""
    contact = select(Contact).where(Contact.account_id == account_id, Contact.email_key == address)
    owner = owners.place_in(account_id).where(User.email_key == address)
    fresh: dict[str, Any] = {"populate_existing": True}
    return [*db.scalars(contact.execution_options(**fresh)), *db.scalars(owner.execution_options(**fresh))]


def _has_stopped(account_id: int, address: InstrumentedAttribute[str], category: str) -> ColumnElement[bool]:
    return exists().where(
        Unsubscription.account_id == account_id,
        Unsubscription.email_key == address,
        Unsubscription.category == category,
    )


def _owner(membership: Membership, user: User, locale: str) -> Recipient:
    name = f"{user.first_name} {user.last_name}".strip()
    return Recipient(name, user.email, locale, f"member:{membership.id}", user.time_zone, user.id)


def _billing(account: Account, category: str, locale: str) -> Recipient | None:
    if category != BILLED or not account.billing_email or email_key(account.billing_email) is None:
        return None
    return Recipient(account.name, account.billing_email, locale, f"account:{account.id}")


def _has_unsubscribed(db: Session, account: Account, key: str, category: str) -> bool:
    mine = select(Unsubscription.id).where(
        Unsubscription.account_id == account.id, Unsubscription.email_key == key, Unsubscription.category == category
    )
    return db.scalar(mine) is not None


def _contacts(scope: Scope, account: Account, category: str, locale: str) -> Mapping[str, Recipient]:
    """Return the contacts that subscribe to it, by the keys of their addresses."""
    rows = scope.db.execute(
        select(
            Contact.id, Contact.first_name, Contact.last_name, Contact.email, Contact.email_key, Contact.locale,
            Contact.categories,
        )
        .where(Contact.account_id == account.id, ~_has_stopped(account.id, Contact.email_key, category))
        .order_by(Contact.sort_key, Contact.id)
    )  # fmt: skip
    return {
        row.email_key: Recipient(
            f"{row.first_name} {row.last_name}".strip(),
            row.email,
            scope.config.site.nearest_locale(row.locale, locale),
            f"contact:{row.id}",
        )
        for row in rows
        if category in row.categories
    }
