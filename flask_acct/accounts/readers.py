"""Who would go on reading an account's mails after leaving it: contacts that the user added or whose address is theirs.

Nobody who is out of an account may read on through contacts they have added, so every way out asks here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from ..db.batches import batches
from ..db.models import Account, Contact, Membership, User
from ..platform import Platform
from ..scope import Scope
from ..values.identifiers import email_key


@dataclass(frozen=True, slots=True)
class Behind:
    """What somebody leaves behind in an account that gets its mails."""

    own: Sequence[Contact] = ()
    """Contacts with an address that they sign in with or get mail at."""
    added: Sequence[Contact] = ()
    """Contacts with other addresses that they added."""
    billing_email: str = ""
    """The account's billing address, if it is theirs."""

    def __bool__(self) -> bool:
        return bool(self.own or self.added or self.billing_email)

    @property
    def contacts(self) -> Sequence[Contact]:
        """Return all of them, sorted by name."""
        return sorted((*self.own, *self.added), key=lambda one: (one.sort_key, one.id))

    @property
    def count(self) -> int:
        return len(self.own) + len(self.added) + bool(self.billing_email)


MOST_LISTED = 30
"""Contacts that a mail names in each list; of more it says how many."""

NOTHING = Behind()


def left_behind(scope: Scope, user: User, account: Account) -> Behind:
    """Return what the user leaves behind in the account: without contacts, at most the billing address."""
    own = "" if _is_shared(scope.db, user, account) else user.email_key
    is_billed = email_key(account.billing_email or "") == own
    billing_email = account.billing_email or "" if is_billed else ""
    if not scope.config.contacts.enabled:
        return Behind(billing_email=billing_email)
    theirs = or_(Contact.added_by_id == user.id, Contact.email_key == own)
    found = scope.db.scalars(
        select(Contact).where(Contact.account_id == account.id, theirs).order_by(Contact.sort_key, Contact.id)
    ).all()
    return Behind(
        [one for one in found if one.email_key == own], [one for one in found if one.email_key != own], billing_email
    )


def _is_shared(db: Session, user: User, account: Account) -> bool:
    """Whether somebody else who stays in the account has the same address."""
    others = (
        select(Membership.id)
        .join(User)
        .where(Membership.account_id == account.id, User.email_key == user.email_key, User.id != user.id)
    )
    return db.scalar(others.limit(1)) is not None


def end(db: Session, behind: Behind, account: Account) -> None:
    """None of them gets mails of the account any more: the contacts are deleted, and the billing address is emptied."""
    ids = [one.id for one in behind.contacts]
    for some in batches(ids):
        db.execute(
            delete(Contact)
            .where(Contact.account_id == account.id, Contact.id.in_(some))
            .execution_options(synchronize_session=False)
        )
    for one in behind.contacts:
        db.expunge(one)
    if behind.billing_email:
        account.billing_email = None


def lines(ended: Behind, remaining: Behind, reader: User | None, platform: Platform) -> dict[str, Any]:
    """Return the slots of a mail to the reader: who gets no more mails, and who still gets them."""
    language = platform.config.site.nearest_locale(reader.locale if reader else None)
    every = (*ended.contacts, *remaining.contacts)
    addresses = [one.email for one in every] + [one.billing_email for one in (ended, remaining) if one.billing_email]
    return {
        "ended": _behind_lines(ended, language, platform),
        "kept": _behind_lines(remaining, language, platform),
        # Under this name they are shown unchanged in the mail: the owner must see who it is.
        "contacts_email": list(dict.fromkeys(addresses))[: 2 * MOST_LISTED],
    }


def _behind_lines(behind: Behind, language: str, platform: Platform) -> list[str]:
    first = [platform.say("users.mail.billing", language, address=one) for one in [behind.billing_email] if one]
    return contact_lines(behind.contacts, language, platform, first=first, more="users.mail.more")


def contact_lines(
    contacts: Sequence[Contact], language: str, platform: Platform, *, more: str, first: Sequence[str] = ()
) -> list[str]:
    """Return a line for each contact, up to ``MOST_LISTED``, and one that says how many more there are.

    Args:
        more: The id of the sentence that says how many more there are.
        first: Lines that come before them.
    """
    lines = [*first, *(one.email if one.name == one.email else f"{one.name}: {one.email}" for one in contacts)]
    besides = len(lines) - MOST_LISTED
    return [*lines[:MOST_LISTED], *([platform.say(more, language, count=besides)] if besides > 0 else [])]
