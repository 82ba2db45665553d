"""Rows that are known to be good, into the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import passwords, sessions, tokens
from ..config import Config
from ..identifiers import readable
from ..models import Account, Domain, Membership, User
from .agreement import Stored, rows_where
from .rows import Row

Invite = Callable[[User, Account, Session], object]
Progress = Callable[[int, int], object]
"""Called with how many passwords are hashed, and of how many."""


@dataclass(slots=True)
class Imported:
    """What an import did."""

    users_added: int = 0
    users_known: int = 0
    accounts_added: int = 0
    accounts_known: int = 0
    invited: int = 0


def hashes(rows: Sequence[Row], *, db: Session, progress: Progress | None) -> dict[str, str]:
    """A new hash by user name key for each user whose password is not the stored one already."""
    given = {row.username_key: row.password for row in rows if row.password}
    known = {user.username_key: user.password_hash for user in rows_where(User.username_key, given, db=db)}

    def hash_of(key: str) -> str | None:
        stored = known.get(key)
        same = stored is not None and passwords.verify(given[key], stored)
        return None if same else passwords.hashed(given[key])

    hashes = {}
    with ThreadPoolExecutor() as pool:
        for done, (key, hash_) in enumerate(zip(given, pool.map(hash_of, given), strict=True), start=1):
            if hash_:
                hashes[key] = hash_
            if progress:
                progress(done, len(given))
    return hashes


def save(
    rows: Sequence[Row],
    stored: Stored,
    hashes: Mapping[str, str],
    *,
    db: Session,
    config: Config,
    now: datetime,
    invite: Invite | None,
) -> Imported:
    did = Imported(
        users_known=len(stored.users),
        accounts_known=len(stored.accounts),
        users_added=len({row.username_key for row in rows}) - len(stored.users),
        accounts_added=len({row.customer_number for row in rows}) - len(stored.accounts),
    )
    for row in rows:
        _save_account(row, stored, db=db, now=now)
        _save_user(row, stored, db=db, config=config, now=now)
    _set_passwords(hashes, stored, db=db, now=now)
    # One flush for all: the ids that memberships and domains refer to.
    db.flush()
    _save_domains(rows, stored, db=db)
    _save_memberships(rows, stored, db=db, now=now)
    db.flush()
    if invite:
        # Each invitation voids earlier ones, for which the session looks through all it holds.
        db.expunge_all()
        did.invited = _invite(_able_to_sign_in(rows, stored, db=db, config=config), stored, invite, db=db)
    return did


def _save_account(row: Row, stored: Stored, *, db: Session, now: datetime) -> None:
    account = stored.accounts.get(row.customer_number)
    if account is None:
        account = Account(number=row.customer_number, created_at=now)
        stored.accounts[row.customer_number] = account
        db.add(account)
    if row.account_name:
        account.name = row.account_name
    if row.plan:
        account.plan = row.plan
    if row.plan_expires:
        account.plan_expires_on = None if row.plan_expires == "never" else row.plan_expires


def _save_user(row: Row, stored: Stored, *, db: Session, config: Config, now: datetime) -> None:
    user = stored.users.get(row.username_key)
    if user is None:
        user = User(username_key=row.username_key, created_at=now)
        stored.users[row.username_key] = user
        db.add(user)
    user.username = row.username
    user.email, user.email_key = row.email, row.email_key
    user.sign_in_email = row.email_key if "email" in config.login.identifiers else None
    user.email_verified_at = user.email_verified_at or now
    user.first_name = row.first_name or user.first_name or ""
    user.last_name = row.last_name or user.last_name or ""
    user.locale = row.locale or user.locale


def _set_passwords(hashes: Mapping[str, str], stored: Stored, *, db: Session, now: datetime) -> None:
    """Each has its new password; what the old one opened is shut."""
    for key, hash_ in hashes.items():
        user = stored.users[key]
        if user.id is not None:
            sessions.end_all(user, db=db)
            tokens.void(user, db=db, now=now)
            tokens.void(user, purposes=("email_change",), db=db, now=now)
        user.password_hash, user.password_changed_at, user.expiry_warned_days = hash_, now, None


def _save_domains(rows: Sequence[Row], stored: Stored, *, db: Session) -> None:
    listed: dict[int, set[str]] = {}
    for row in rows:
        if row.domains:
            listed.setdefault(stored.accounts[row.customer_number].id, set()).update(row.domains)
    for key, domain in stored.domains.items():
        if key not in listed.get(domain.account_id, {key}):
            db.delete(domain)
    db.add_all(
        Domain(account_id=account_id, key=key, name=readable(key))
        for account_id, keys in listed.items()
        for key in sorted(keys - stored.domains.keys())
    )


def _save_memberships(rows: Sequence[Row], stored: Stored, *, db: Session, now: datetime) -> None:
    for row in rows:
        user, account = stored.users[row.username_key], stored.accounts[row.customer_number]
        if (user.id, account.id) in stored.members:
            continue
        owns = account.id not in stored.owned
        db.add(Membership(user_id=user.id, account_id=account.id, is_owner=owns, permissions=[], created_at=now))
        stored.members.add((user.id, account.id))
        stored.owned.add(account.id)


def _able_to_sign_in(rows: Sequence[Row], stored: Stored, *, db: Session, config: Config) -> Sequence[Row]:
    """The rows of users whom a link to a password is of use to: where only customer numbers sign in, of owners."""
    if not config.login.is_for_owners_only:
        return rows
    places = select(Membership.account_id, Membership.user_id).where(Membership.is_owner)
    owners = {tuple(place) for place in db.execute(places)}

    def owns(row: Row) -> bool:
        return (stored.accounts[row.customer_number].id, stored.users[row.username_key].id) in owners

    return [row for row in rows if owns(row)]


def _invite(rows: Sequence[Row], stored: Stored, invite: Invite, *, db: Session) -> int:
    waiting = {row.username_key: row.customer_number for row in reversed(rows)}
    invited = 0
    for key, number in reversed(waiting.items()):
        if stored.users[key].password_hash is None:
            invite(stored.users[key], stored.accounts[number], db)
            invited += 1
    return invited
