"""New users and accounts, whatever makes them: an invitation, a sign-up, an import or a host's own code.

This is the only place that makes the keys of a new user (``username_key``, ``email_key``, ``sign_in_email``), and that
finds a user name or customer number for those who were given none.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..config import Config
from ..db.models import Account, Domain, Membership, User
from ..scope import Scope
from ..values import identifiers
from ..values.identifiers import readable
from . import usernames

USERNAME_LENGTH = 64

LOWEST_NUMBER, NUMBERS = 1_000_000, 9_000_000
"""Generated customer numbers have seven digits, and do not reveal how many customers there are."""

TRIES = 5
"""How often a generated user name is tried again after somebody else took it meanwhile."""

Clash = Literal["email", "username"]
"""What of a new user somebody else has already."""


def user_name_from(email: str) -> str:
    """Return a user name to suggest to the holder of an address: ``zoe.paz`` for ``Zoe.Paz+web@example.com``."""
    local = email.partition("@")[0].partition("+")[0].lower()
    base = "".join(character if character.isalnum() or character in "._-" else "-" for character in local)
    base = base.strip("._-")[: USERNAME_LENGTH - 8].strip("._-")
    return base if identifiers.username_key(base) else f"user-{base}".strip("-")


def is_user_name(name: str) -> bool:
    """Whether a new user may have this name: letters and digits of one script, ``.``, ``-`` and ``_``."""
    return identifiers.username_key(name) is not None and identifiers.is_of_one_script(name)


def new_user(
    email: str,
    config: Config,
    now: datetime,
    *,
    username: str = "",
    first_name: str = "",
    last_name: str = "",
    locale: str | None = None,
    is_verified: bool = True,
) -> User:
    """Return a user with all their keys, not saved yet: see ``add``.

    Args:
        email: An address that ``identifiers.email_key`` accepts.
        username: One that ``is_user_name`` accepts. Empty makes one from the address.
        is_verified: Whether somebody has proven that they read what is mailed to the address.
    """
    address, key = identifiers.email_address(email) or email, identifiers.email_key(email) or ""
    name = identifiers.username(username) or user_name_from(address)
    return User(
        username=name,
        username_key=identifiers.username_key(name),
        first_name=first_name,
        last_name=last_name,
        locale=locale,
        created_at=now,
        **address_of(address, key, config, now, is_verified=is_verified),
    )


def address_of(address: str, key: str, config: Config, now: datetime, *, is_verified: bool = True) -> dict[str, Any]:
    """Return the columns of a user that depend on the address: the address, its keys, and whether it is proven.

    Args:
        address: From ``identifiers.email_address``; ``key`` from ``email_key``.
    """
    return {
        "email": address,
        "email_key": key,
        "sign_in_email": key if "email" in config.login.identifiers else None,
        "email_verified_at": now if is_verified else None,
    }


def has_user(scope: Scope, email_key: str) -> bool:
    """Whether somebody who can sign in has the address, so that nobody else may become a user with it.

    Where people sign in with their address, it belongs to one user, proven or not.
    """
    theirs = select(User.id).where(User.email_key == email_key)
    if "email" not in scope.config.login.identifiers:
        theirs = theirs.where(User.email_verified_at.is_not(None))
    return scope.db.scalar(theirs.limit(1)) is not None


def add(scope: Scope, user: User, *, is_named: bool, shares_address: bool = False) -> Clash | None:
    """The user is saved and has an id, unless somebody else has their name or address already; then nothing is saved.

    Args:
        user: From ``new_user``.
        is_named: Whether somebody chose the user name. A name that nobody chose is changed until it is free.
        shares_address: Whether others may have the same address, where nobody signs in with it.
    """
    shares_address = shares_address and "email" not in scope.config.login.identifiers
    if not shares_address and has_user(scope, user.email_key):
        return "email"
    if is_named and usernames.is_reserved(scope, user.username_key):
        return "username"
    for _ in range(1 if is_named else TRIES):
        if not is_named:
            _find_user_name(scope, user)
        if _is_saved(scope.db, user):
            return None
        # Somebody else took the name or the address after it was checked.
        if not shares_address and has_user(scope, user.email_key):
            return "email"
    return "username"


def _is_saved(db: Session, user: User) -> bool:
    try:
        with db.begin_nested():
            db.add(user)
            db.flush()
    except IntegrityError:
        return False
    return True


def free_number(db: Session, *, but: Collection[str] = ()) -> str:
    """Return a customer number that no account has.

    Args:
        but: Numbers that were given out already and are not saved yet.
    """
    while True:
        number = str(LOWEST_NUMBER + secrets.randbelow(NUMBERS))
        if number not in but and db.scalar(select(Account.id).where(Account.number == number)) is None:
            return number


def free_user_name(scope: Scope, wanted: str, *, but: Collection[str] = ()) -> str:
    """Return the user name, or one that begins with it, that nobody has or had lately.

    Args:
        but: Keys of user names that were given out already and are not saved yet.
    """
    name, key = wanted, identifiers.username_key(wanted) or ""
    while key in but or _has_somebody(scope.db, key) or usernames.is_reserved(scope, key):
        name = f"{wanted}-{secrets.randbelow(10_000_000)}"
        key = identifiers.username_key(name) or ""
    return name


def open_account(
    scope: Scope,
    name: str,
    *,
    owner: User,
    number: str | None = None,
    plan: str = "purchased",
    plan_expires_on: date | None = None,
    domains: Iterable[str] = (),
) -> Account | None:
    """The account exists with its owner. Returns ``None``, and saves nothing, if its number or a domain is taken.

    Args:
        owner: Saved, with an id.
        number: A key of ``identifiers.number_key``; without one, a free number is chosen.
        domains: Keys of ``identifiers.domain_key``.
    """
    account = Account(
        number=number or free_number(scope.db),
        name=name,
        plan=plan,
        plan_expires_on=plan_expires_on,
        state="active",
        created_at=scope.now,
    )
    account.domains = [Domain(key=key, name=readable(key)) for key in dict.fromkeys(domains)]
    try:
        with scope.db.begin_nested():
            scope.db.add(account)
            scope.db.flush()
            scope.db.add(Membership(user_id=owner.id, account_id=account.id, is_owner=True, created_at=scope.now))
            scope.db.flush()
    except IntegrityError:
        return None
    return account


def _find_user_name(scope: Scope, user: User) -> None:
    user.username = free_user_name(scope, user.username)
    user.username_key = identifiers.username_key(user.username) or ""


def _has_somebody(db: Session, key: str) -> bool:
    return db.scalar(select(User.id).where(User.username_key == key)) is not None
