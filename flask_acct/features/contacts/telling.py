"""The owner of an account learns who gets its messages, unless it was the owner who decided it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ...accounts import account_status, readers
from ...accounts.readers import MOST_LISTED
from ...db.models import Account, Contact, User
from ...mail import account_mails
from ...platform import Platform
from ...scope import Scope


@dataclass(frozen=True, slots=True)
class Was:
    """A contact as it was before somebody changed it."""

    email: str
    email_key: str
    categories: frozenset[str]

    @classmethod
    def of(cls, contact: Contact) -> Was:
        return cls(contact.email, contact.email_key, frozenset(contact.categories))

    def gained(self, contact: Contact) -> bool:
        """Whether the contact gets messages that it did not get before."""
        return not self.categories.issuperset(contact.categories)


def of_added(scope: Scope, contact: Contact, account: Account, *, by: User | None) -> None:
    """A mail about a new contact."""
    if owner := _reader(scope.db, account, by):
        slots = _about(contact, owner, scope.platform)
        _tell(scope, "contacts.added", owner, account, by=by, **slots)


def of_changed(scope: Scope, contact: Contact, was: Was, account: Account, *, by: User | None) -> None:
    """A mail about a contact that has another address, or gets messages it did not get before."""
    is_moved = was.email_key != contact.email_key
    if not is_moved and not was.gained(contact):
        return
    if owner := _reader(scope.db, account, by):
        slots = {**_about(contact, owner, scope.platform), "was_email": [was.email] if is_moved else []}
        _tell(scope, "contacts.changed", owner, account, by=by, **slots)


def of_changed_several(scope: Scope, widened: Sequence[Contact], account: Account, *, by: User | None) -> None:
    """One mail about contacts that were changed together and get messages they did not get before."""
    if not widened:
        return
    if owner := _reader(scope.db, account, by):
        locale = scope.config.site.nearest_locale(owner.locale)
        lines = readers.contact_lines(widened, locale, scope.platform, more="contacts.mail.more")
        addresses = [one.email for one in widened[:MOST_LISTED]]
        slots = {"widened": lines, "contacts_email": addresses}
        _tell(scope, "contacts.changed_several", owner, account, by=by, **slots)


def of_import(
    scope: Scope,
    added: Sequence[Contact],
    widened: Sequence[Contact],
    account: Account,
    *,
    by: User | None,
) -> None:
    """One mail about all contacts a file added, and those that get messages they did not get before."""
    if not (added or widened):
        return
    if owner := _reader(scope.db, account, by):
        locale = scope.config.site.nearest_locale(owner.locale)
        lists = {
            name: readers.contact_lines(some, locale, scope.platform, more="contacts.mail.more")
            for name, some in (("added", added), ("widened", widened))
        }
        addresses = [one.email for one in (*added[:MOST_LISTED], *widened[:MOST_LISTED])]
        slots = {**lists, "contacts_email": addresses}
        _tell(scope, "contacts.imported", owner, account, by=by, **slots)


def _reader(db: Session, account: Account, by: User | None) -> User | None:
    """The owner, when somebody else did it."""
    owner = account_status.owner_of(db, account) if by else None
    return owner if owner and by and owner.id != by.id else None


def _tell(scope: Scope, mail: str, owner: User, account: Account, *, by: User | None, **slots: Any) -> None:
    who = {"name": by.full_name, "address": by.email} if by else {}
    account_mails.notify(scope, mail, owner, account, **who, **slots)


def _about(contact: Contact, owner: User, platform: Platform) -> dict[str, Any]:
    """What a mail says of one contact, by slot."""
    locale = platform.config.site.nearest_locale(owner.locale)
    named = [f"contacts.categories.{name}" for name in platform.config.contacts.offered if name in contact.categories]
    kinds = [platform.say(name, locale) for name in named or ["contacts.mail.nothing"]]
    return {"contact": contact.name, "contact_email": contact.email, "kinds": kinds}
