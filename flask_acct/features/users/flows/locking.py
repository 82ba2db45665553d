"""What every change of who is in an account stands on: its turn, who owns the account, and who is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from ....accounts import permissions
from ....accounts.readers import Behind
from ....db.database import begin_writing
from ....db.models import Account, Invitation, Membership, Transfer, User
from ....mail import outbox
from ....platform import Platform
from ....scope import Scope
from ....security import tokens

MOST_LISTED = 30
"""Contacts that a mail names; of more it says how many."""


@dataclass(frozen=True, slots=True)
class NotInAccount:
    """There is no such thing in the account, or no longer."""


def lock(db: Session, account: Account) -> None:
    """Nobody else changes who is in the account until this transaction ends."""
    begin_writing(db)
    # Of SQLite's lock, there is one for all. On PostgreSQL, other tables may go on pointing at the account meanwhile.
    db.execute(select(Account.id).where(Account.id == account.id).with_for_update(key_share=True))


def is_owner(db: Session, user: User, account: Account) -> bool:
    """Whether the user owns the account, asked of the database."""
    owns = select(Membership.id).where(
        Membership.account_id == account.id, Membership.user_id == user.id, Membership.is_owner
    )
    return db.scalar(owns) is not None


def place_of(db: Session, user: User, account: Account) -> Membership | None:
    """The user's place in the account, as it is now."""
    mine = select(Membership).where(Membership.account_id == account.id, Membership.user_id == user.id)
    return db.scalar(mine.execution_options(populate_existing=True))


def end_invitations(
    scope: Scope, account: Account, *which: ColumnElement[bool], to: Literal["revoked", "superseded"]
) -> int:
    """Open invitations into the account are open no more, their links dead. Returns how many there were."""
    ended = scope.db.execute(
        update(Invitation)
        .where(Invitation.account_id == account.id, Invitation.state == "pending", *which)
        .values(state=to, settled_at=scope.now)
        .returning(Invitation.token_id)
        .execution_options(synchronize_session=False)
    )
    links = ended.scalars().all()
    for link in links:
        tokens.void_one(scope, link)
    return len(links)


def end_transfers(scope: Scope, account: Account, *which: ColumnElement[bool]) -> int:
    """An open offer of the account is taken back. Returns how many there were."""
    ended = scope.db.execute(
        update(Transfer)
        .where(Transfer.account_id == account.id, Transfer.state == "pending", *which)
        .values(state="revoked", settled_at=scope.now)
        .returning(Transfer.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def notify(
    scope: Scope, mail: str, to: User | None, account: Account, *, grants: Iterable[str] | None = None, **slots: Any
) -> None:
    """One mail about the account waits for one of its users, in their language; nothing for nobody.

    Args:
        grants: Permissions it lists, by the name of the mail's listing.
    """
    if to is None:
        return
    if grants is not None:
        slots["grants"] = permission_lines(grants, to.locale, scope.platform)
    whole = {"account": account.name, "when_at": scope.now.isoformat(), **slots}
    outbox.queue_for_user(scope, mail, to=to, account=account, slots=whole)


def reader_lines(ended: Behind, kept: Behind, reader: User | None, platform: Platform) -> dict[str, Any]:
    """What a mail to the reader says of those who get mails no more, and of those who go on getting them."""
    language = platform.config.site.nearest_locale(reader.locale if reader else None)
    every = (*ended.contacts, *kept.contacts)
    addresses = [one.email for one in every] + [one.billing_email for one in (ended, kept) if one.billing_email]
    return {
        "ended": _lines(ended, language, platform),
        "kept": _lines(kept, language, platform),
        # Named so, they stand in the mail as they are: the owner must see who it is.
        "contacts_email": list(dict.fromkeys(addresses))[: 2 * MOST_LISTED],
    }


def _lines(behind: Behind, language: str, platform: Platform) -> list[str]:
    lines = [one.email if one.name == one.email else f"{one.name}: {one.email}" for one in behind.contacts]
    if behind.billing_email:
        lines.insert(0, platform.say("users.mail.billing", language, address=behind.billing_email))
    more = len(lines) - MOST_LISTED
    return [*lines[:MOST_LISTED], *([platform.say("users.mail.more", language, count=more)] if more > 0 else [])]


def permission_lines(grants: Iterable[str], locale: str | None, platform: Platform) -> list[str]:
    """What permissions let somebody do, a line each; a line that says so where there are none."""
    config = platform.config
    language = config.site.nearest_locale(locale)
    names = [f"users.permission.{name}" for name in permissions.known(grants, config)]
    return [platform.say(name, language) for name in names or ["users.list.nothing"]]
