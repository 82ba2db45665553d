"""Users, accounts and members in a database, without an app: what the test of a flow begins with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from argon2 import PasswordHasher

from ..accounts import registration
from ..db.models import Account, Membership, User
from ..errors import AcctError
from ..scope import Scope
from ..security import passwords
from ..values import identifiers

PASSWORD = "correct horse battery staple"  # noqa: S105
"""The password of everybody made here."""


class CannotMake(AcctError):
    """Somebody cannot be made as a test wants them."""


def add_user(
    scope: Scope,
    email: str,
    *,
    username: str | None = None,
    first_name: str = "",
    last_name: str = "",
    locale: str | None = None,
    has_password: bool = True,
) -> User:
    """A user in no account yet is saved, with a verified address and ``PASSWORD``.

    Args:
        username: Default: made from the address.
        has_password: Whether they have one; without, they have not chosen it yet.

    Raises:
        CannotMake: An argument is no address or user name, or belongs to somebody else already.
    """
    _valid(identifiers.email_key(email), email, "an email address")
    if username is not None:
        _valid(identifiers.username_key(username), username, "a user name")
    user = registration.new_user(
        email,
        scope.config,
        scope.now,
        username=username or "",
        first_name=first_name,
        last_name=last_name,
        locale=locale,
    )
    if has_password:
        user.password_hash, user.password_changed_at = password_hash(), scope.now
    clash = registration.add(scope, user, is_named=bool(username), shares_address=True)
    if clash is not None:
        taken = {"email": f"the address {email}", "username": f"the user name {username}"}[clash]
        raise CannotMake(f"Somebody has {taken} already. Leave it out, and a free one is found.")
    return user


def add_account(
    scope: Scope, name: str, *, owner: User, number: str | None = None, domains: Collection[str] = ()
) -> Account:
    """A purchased, active account is saved with its owner.

    Args:
        number: Its customer number. Default: a free one.

    Raises:
        CannotMake: An argument is no number or domain, or belongs to another account already.
    """
    key = number and _valid(identifiers.number_key(number), number, "a customer number")
    keys = [_valid(identifiers.domain_key(domain), domain, "a domain") for domain in domains]
    account = registration.open_account(scope, name, owner=owner, number=key, domains=keys)
    if account is None:
        taken = [f"the domain {domain}" for domain in domains]
        taken = [f"the customer number {number}", *taken] if number else taken
        raise CannotMake(f"Another account has {' or '.join(taken)}. Leave it out, and a free number is found.")
    return account


def add_member(scope: Scope, user: User, account: Account | int, may: Sequence[str] = ()) -> Membership:
    """The user is a sub-user of the account.

    Args:
        account: It or its id.
        may: What was granted: ``["invoices"]``.
    """
    account_id = account if isinstance(account, int) else account.id
    member = Membership(user_id=user.id, account_id=account_id, permissions=list(may), created_at=scope.now)
    scope.db.add(member)
    scope.db.flush()
    return member


def password_hash() -> str:
    """Return the hash of ``PASSWORD``, as strong as passwords are hashed now."""
    return _hashed_by(passwords.hasher)


@cache
def _hashed_by(hasher: PasswordHasher) -> str:
    """Return a hash that is made once for each strength."""
    return hasher.hash(PASSWORD)


def _valid(key: str | None, given: str, what: str) -> str:
    """Return the key; raise ``CannotMake`` if what was given has none."""
    if key is None:
        raise CannotMake(f"{given!r} is not {what}.")
    return key
