"""Alice owns the account, Bob is her sub-user, Charlie is a stranger with an account of his own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.db.models import Account, Domain, Membership, User
from flask_acct.security import passwords
from flask_acct.values.identifiers import domain_key, email_key, number_key, username_key

PASSWORD = "correct horse battery staple"


@cache
def _hash_by(hasher: PasswordHasher) -> str:
    """Made once for each strength."""
    return hasher.hash(PASSWORD)


def password_hash() -> str:
    """The hash of ``PASSWORD``, as strong as passwords are hashed now."""
    return _hash_by(passwords.hasher)


@dataclass(frozen=True)
class Personas:
    """Everybody, saved and with ids."""

    alice: User
    bob: User
    charlie: User
    account: Account
    """Alice's, with Bob in it."""
    other_account: Account
    """Charlie's."""


def settle(*, db: Session, config: Config, now: datetime) -> Personas:
    """Alice, Bob and Charlie live in the database and can sign in with ``PASSWORD``."""
    alice = user("alice", "alice@example.com", db=db, config=config, now=now, first_name="Alice", last_name="Ortega")
    bob = user("bob", "bob@example.com", db=db, config=config, now=now, first_name="Bob", last_name="Ruiz")
    charlie = user("charlie", "charlie@example.net", db=db, config=config, now=now, first_name="Charlie")
    ours = account("9000", "Ortega Bakery", owner=alice, db=db, now=now, domains=("ortega.example",))
    theirs = account("9001", "Charlie's Bikes", owner=charlie, db=db, now=now, domains=("bikes.example",))
    join(bob, ours, db=db, now=now)
    db.commit()
    return Personas(alice, bob, charlie, ours, theirs)


def user(
    username: str,
    email: str,
    *,
    db: Session,
    config: Config,
    now: datetime,
    first_name: str = "",
    last_name: str = "",
    locale: str | None = None,
    has_password: bool = True,
) -> User:
    """A user with a verified address and, unless told otherwise, ``PASSWORD``. Flushed, not committed."""
    address = _sure(email_key(email))
    person = User(
        username=username,
        username_key=_sure(username_key(username)),
        email=email,
        email_key=address,
        sign_in_email=address if "email" in config.login.identifiers else None,
        email_verified_at=now,
        first_name=first_name,
        last_name=last_name,
        locale=locale,
        password_hash=password_hash() if has_password else None,
        password_changed_at=now if has_password else None,
        created_at=now,
    )
    db.add(person)
    db.flush()
    return person


def account(
    number: str, name: str, *, owner: User, db: Session, now: datetime, domains: tuple[str, ...] = ()
) -> Account:
    """A purchased, active account with its owner. Flushed, not committed."""
    made = Account(number=_sure(number_key(number)), name=name, created_at=now)
    made.domains = [Domain(name=domain, key=_sure(domain_key(domain))) for domain in domains]
    db.add(made)
    db.flush()
    db.add(Membership(user_id=owner.id, account_id=made.id, is_owner=True, created_at=now))
    db.flush()
    return made


def join(person: User, made: Account, *permissions: str, db: Session, now: datetime) -> Membership:
    """The person is a sub-user of the account."""
    membership = Membership(user_id=person.id, account_id=made.id, permissions=list(permissions), created_at=now)
    db.add(membership)
    db.flush()
    return membership


def _sure(key: str | None) -> str:
    if key is None:
        raise ValueError("a persona needs identifiers that are valid")
    return key
