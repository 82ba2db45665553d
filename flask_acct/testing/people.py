"""People and mails for tests: an owner, a sub-user, the tables for them, and the mails they get."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from email.message import EmailMessage
from functools import cache
from itertools import count
from typing import cast
from weakref import WeakSet

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, selectinload

from ..accounts import permissions, registration
from ..accounts.permissions import UnknownPermission
from ..db import schema
from ..db.database import is_temporary
from ..db.models import Account, Membership, User
from ..errors import AcctError
from ..mail.worker import Worker
from ..web.state import State

PASSWORD = "correct horse battery staple"  # noqa: S105
"""The password of everybody made here."""

KEY = secrets.token_hex(32)
"""A ``SECRET_KEY`` for this run of the tests."""

_numbers = count(1)

_tried: WeakSet[Engine] = WeakSet()
"""Databases that had no user when a test first used them."""


class CannotMake(AcctError):
    """Somebody cannot be made as a test wants them."""


def make_tables(app: Flask) -> bool:
    """The app's database has the tables of flask_acct, unless it has them already. Returns whether it had none.

    Raises:
        CannotMake: The database has users in it, so it may not be one for tests.
    """
    engine = _state(app).database.engine
    was_empty = schema.create_tables(engine)
    _raise_if_in_use(engine)
    return was_empty


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
    acct = _for_tests(app)
    with acct.database.transaction() as db:
        user = _new_user(db, email or _address("owner"), username, first_name, last_name, locale, acct=acct)
        opened = registration.open_account(acct.scope(db), account, owner=user, number=number)
        if opened is None:
            raise CannotMake(
                f"Another account has the customer number {number}. Leave it out, and a free one is found."
            )
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
    acct = _for_tests(app)
    for name in may:
        if name not in acct.platform.config.users.offered:
            raise UnknownPermission(name, acct.platform.config)
    with acct.database.transaction() as db:
        user = _new_user(db, email or _address("user"), username, first_name, last_name, locale, acct=acct)
        grants = permissions.known(may, acct.platform.config)
        account_id = of.id if isinstance(of, Account) else _account_of(db, of)
        db.add(Membership(user_id=user.id, account_id=account_id, permissions=grants, created_at=acct.clock()))
        db.flush()
        return _with_accounts(user, db)


def sent_mails(app: Flask) -> list[EmailMessage]:
    """Send the waiting mails to nobody, and return them: each as it would have been sent, in that order.

    Pending requests are answered first, as the worker does: the mail for a forgotten password is there after
    the request for it.

    Sample::

        app.test_client().post("/account/recover/password", data={...})
        [mail] = sent_mails(app)
        assert mail["To"] == "Alice Owner <alice@example.com>"
        link = mail.get_body(("plain",)).get_content()
    """
    worker = cast(Worker, _for_tests(app).worker)
    before, box = worker.transport, _Box()
    worker.transport = box
    try:
        worker.run_once()
    finally:
        worker.transport = before
    return box.mails


class _Box:
    """A transport that collects the mails of a test."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    def deliver(self, message: EmailMessage, recipient: str) -> None:
        self.mails.append(message)


def _state(app: Flask) -> State:
    found = app.extensions.get("acct")
    if found is None:
        raise CannotMake("This app has no flask_acct. Call acct.init_app(app) where the app is made.")
    return cast(State, found)


def _for_tests(app: Flask) -> State:
    """Return the app's state, whose database is one for tests."""
    acct = _state(app)
    _raise_if_in_use(acct.database.engine)
    return acct


def _raise_if_in_use(engine: Engine) -> None:
    """Raise ``CannotMake`` if the database had users before the tests: it is somebody's, and must not be written to."""
    if engine in _tried or is_temporary(engine):
        return
    with engine.connect() as connection:
        if connection.scalar(select(User.id).limit(1)) is not None:
            raise CannotMake(
                f"The database {engine.url.render_as_string()} has users in it, and tests write into theirs. Give the "
                'app another one where TESTING is set: ACCT_DATABASE_URL = "sqlite://"; with Acct(db=...) that of your '
                'extension, such as SQLALCHEMY_DATABASE_URI = "sqlite://".'
            )
    _tried.add(engine)


def _address(name: str) -> str:
    return f"{name}-{next(_numbers)}@example.com"


def _new_user(
    db: Session, email: str, username: str | None, first_name: str, last_name: str, locale: str | None, *, acct: State
) -> User:
    """Return a user in no account yet, who signs in with ``PASSWORD``."""
    config, now = acct.platform.config, acct.clock()
    user = registration.new_user(
        email, config, now, username=username or "", first_name=first_name, last_name=last_name, locale=locale
    )
    user.password_hash, user.password_changed_at = _password_hash(), now
    clash = registration.add(acct.scope(db), user, is_named=bool(username), shares_address=True)
    if clash is not None:
        taken = {"email": f"the address {email}", "username": f"the user name {username}"}[clash]
        raise CannotMake(f"Somebody has {taken} already. Leave it out, and a free one is found.")
    return user


@cache
def _password_hash() -> str:
    """Return a hash made once, and as cheap as Argon2id can be: nobody attacks a test."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


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
