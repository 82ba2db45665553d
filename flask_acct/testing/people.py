"""People for tests of an app: an owner, and a sub-user of the account."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ..accounts import permissions
from ..accounts.permissions import UnknownPermission
from ..db.models import Account, Membership, User
from .databases import state_for_tests
from .records import CannotMake, add_account, add_member, add_user

_numbers = count(1)


def an_owner(
    app: Flask,
    *,
    email: str | None = None,
    username: str | None = None,
    first_name: str = "Alice",
    last_name: str = "Owner",
    locale: str | None = None,
    account: str = "Example Ltd",
    number: str | None = None,
) -> User:
    """Return a new user who owns an account of their own: ``alice.memberships[0].account``.

    Args:
        email: Default: another one each time, ``owner-1@example.com``.
        username: Default: made from the address.
        account: The account's name.
        number: Its customer number. Default: a free one.

    Raises:
        CannotMake: An argument belongs to somebody else already, or the database has users that no test made.
    """
    acct = state_for_tests(app)
    with acct.database.transaction() as db:
        scope = acct.scope(db)
        user = add_user(
            scope,
            email or _address("owner"),
            username=username,
            first_name=first_name,
            last_name=last_name,
            locale=locale,
        )
        add_account(scope, account, owner=user, number=number)
        return _with_accounts(user, db)


def a_sub_user(
    app: Flask,
    *,
    of: User | Account,
    may: Sequence[str] = (),
    email: str | None = None,
    username: str | None = None,
    first_name: str = "Bob",
    last_name: str = "User",
    locale: str | None = None,
) -> User:
    """Return a new user with access to the account of an owner.

    Args:
        of: The account, or its owner.
        may: What was granted: ``["invoices"]``.

    Raises:
        CannotMake: An argument belongs to somebody else already, or ``of`` owns no account.
        UnknownPermission: acct.toml has no such permission.
    """
    acct = state_for_tests(app)
    for name in may:
        if name not in acct.platform.config.users.offered:
            raise UnknownPermission(name, acct.platform.config)
    with acct.database.transaction() as db:
        scope = acct.scope(db)
        user = add_user(
            scope,
            email or _address("user"),
            username=username,
            first_name=first_name,
            last_name=last_name,
            locale=locale,
        )
        account_id = of.id if isinstance(of, Account) else _account_of(db, of)
        add_member(scope, user, account_id, permissions.known(may, acct.platform.config))
        return _with_accounts(user, db)


def _address(name: str) -> str:
    return f"{name}-{next(_numbers)}@example.com"


def _account_of(db: Session, owner: User) -> int:
    owned = select(Membership.account_id).where(Membership.user_id == owner.id, Membership.is_owner)
    account_id = db.scalar(owned.order_by(Membership.id).limit(1))
    if account_id is None:
        raise CannotMake(f"{owner.email} owns no account. Give of= an account, or its owner.")
    return account_id


def _with_accounts(user: User, db: Session) -> User:
    """Return the user with their accounts loaded, so that these can be read after the session is closed."""
    places = selectinload(User.memberships).selectinload(Membership.account)
    return db.scalars(
        select(User).where(User.id == user.id).options(places).execution_options(populate_existing=True)
    ).one()
