"""The owner of an account learns which new addresses get its messages, unless it was the owner who entered them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import standing
from ...edition import Edition
from ...models import Account, Contact, User
from ...post import outbox

MOST_LISTED = 30
"""Contacts that a mail names; of more it says how many."""


def of_new(
    contacts: Sequence[Contact],
    account: Account,
    *,
    by: User | None,
    edition: Edition | None,
    db: Session,
    now: datetime,
) -> None:
    """One mail about contacts that were added, however many."""
    if len(contacts) == 1:
        _tell("contacts.added", contacts, account, by=by, edition=edition, db=db, now=now)
    elif contacts:
        _tell("contacts.imported", contacts, account, by=by, edition=edition, db=db, now=now)


def of_moved(
    contact: Contact,
    was: str,
    account: Account,
    *,
    by: User | None,
    edition: Edition | None,
    db: Session,
    now: datetime,
) -> None:
    """A mail about a contact whose address is another."""
    _tell("contacts.moved", [contact], account, by=by, edition=edition, db=db, now=now, was_email=was)


def _tell(
    mail: str,
    contacts: Sequence[Contact],
    account: Account,
    *,
    by: User | None,
    edition: Edition | None,
    db: Session,
    now: datetime,
    **slots: Any,
) -> None:
    owner = standing.owner_of(account, db=db) if by and edition else None
    if by is None or edition is None or owner is None or owner.id == by.id:
        return
    who = {"name": by.full_name, "address": by.email, "account": account.name, "when_at": now.isoformat()}
    about = _about(contacts, edition.config.site.spoken(owner.locale), edition)
    outbox.post(mail, to=owner, account=account, slots={**who, **about, **slots}, config=edition.config, db=db, now=now)


def _about(contacts: Sequence[Contact], locale: str, edition: Edition) -> dict[str, Any]:
    """What the mails say of contacts, by slot. Their addresses stand there as they are: the owner must see whose."""
    first = contacts[0]
    if len(contacts) == 1:
        named = [f"contacts.categories.{name}" for name in edition.config.contacts.offered if name in first.categories]
        kinds = [edition.say(name, locale) for name in named or ["contacts.mail.nothing"]]
        return {"contact": first.name, "contact_email": first.email, "kinds": kinds}
    named = [one.email if one.name == one.email else f"{one.name}: {one.email}" for one in contacts[:MOST_LISTED]]
    more = len(contacts) - MOST_LISTED
    lines = [*named, *([edition.say("contacts.mail.more", locale, count=more)] if more > 0 else [])]
    return {"count": len(contacts), "contacts": lines, "contacts_email": [one.email for one in contacts[:MOST_LISTED]]}
