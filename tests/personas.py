"""Alice owns the account, Bob is her sub-user, Charlie is a stranger with an account of his own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from flask_acct.config import Config
from flask_acct.db.models import Account, User
from flask_acct.testing.records import add_account, add_member, add_user

from .scopes import a_scope

NEW_PASSWORD = "a kettle for the seven swans"
"""The password that people change ``PASSWORD`` to."""


@dataclass(frozen=True)
class Personas:
    """All personas, saved in the database."""

    alice: User
    bob: User
    charlie: User
    account: Account
    """Alice's, with Bob in it."""
    other_account: Account
    """Charlie's."""


def settle(*, db: Session, config: Config, now: datetime) -> Personas:
    """Alice, Bob and Charlie are in the database and can sign in with ``PASSWORD``."""
    scope = a_scope(db, config=config, now=now)
    alice = add_user(scope, "alice@example.com", username="alice", first_name="Alice", last_name="Ortega")
    bob = add_user(scope, "bob@example.com", username="bob", first_name="Bob", last_name="Ruiz")
    charlie = add_user(scope, "charlie@example.net", username="charlie", first_name="Charlie")
    ours = add_account(scope, "Ortega Bakery", owner=alice, number="9000", domains=["ortega.example"])
    theirs = add_account(scope, "Charlie's Bikes", owner=charlie, number="9001", domains=["bikes.example"])
    add_member(scope, bob, ours)
    db.commit()
    return Personas(alice, bob, charlie, ours, theirs)
