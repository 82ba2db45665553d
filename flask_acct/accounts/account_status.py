"""The state an account is in, and so which page its users see instead of the one they asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..config import Config
from ..db import owners, row_locks
from ..db.models import Account, Membership, User
from ..security.sessions import CurrentSession
from ..values.identifiers import number_key

State = Literal["active", "suspended", "closed"]
"""How an account may stand."""

AccountStatus = Literal["open", "suspended", "closed", "none", "expired"]
"""``open``, or the name of the ``accounts`` screen that the user sees instead of any other page."""


def state_of(present: CurrentSession, config: Config, now: datetime) -> AccountStatus:
    """Return the state of the account in view: ``open`` lets the user see the page they asked for."""
    account = present.account
    if present.membership is None or account is None:
        return "none"
    if account.state == "suspended":
        return "suspended"
    if account.state == "closed":
        return "closed"
    return "expired" if is_expired(account, config, now) else "open"


def stays_open(state: AccountStatus, needs: str, config: Config) -> bool:
    """Whether a page that needs a permission opens in an account of this state. In an open one, every page does."""
    exceptions: Mapping[AccountStatus, Sequence[str]] = {
        "expired": config.accounts.open_when_expired,
        "suspended": config.accounts.open_when_suspended,
    }
    return state == "open" or needs in exceptions.get(state, ())


def is_expired(account: Account, config: Config, now: datetime) -> bool:
    """Whether the last day of the plan is over in the time zone of the site."""
    return account.plan_expires_on is not None and account.plan_expires_on < config.site.day_of(now)


def owner_of(db: Session, account: Account) -> User | None:
    """Return the account's owner, or ``None`` if it has none."""
    return db.scalar(owners.owner_of(account.id))


def account_of(db: Session, user_id: int, number: str | None) -> Account | None:
    """Return the account with a customer number, or ``None`` if there is none or the user is not in it."""
    mine = select(Account).join(Membership).where(Membership.user_id == user_id, Account.number == number)
    return db.scalar(mine) if number and number == number_key(number) else None


def has_several(db: Session, user_id: int) -> bool:
    """Whether the user is in more than one account."""
    return len(db.scalars(select(Membership.id).where(Membership.user_id == user_id).limit(2)).all()) > 1


@dataclass(frozen=True, slots=True)
class StateSet:
    """The account stands as it was asked to; ``was`` is how it stood."""

    account: Account
    was: str


def set_state(db: Session, account: Account, state: State) -> StateSet:
    """The account is open, suspended or closed, from the next request of each of its users on."""
    row_locks.lock_account(db, account.id)
    db.refresh(account)
    was, account.state = account.state, state
    return StateSet(account, was)
