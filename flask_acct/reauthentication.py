"""Somebody who is signed in gives their password once more, before something that only they may decide.

Tries are counted together, whichever form they are made in: a session left open is no place to guess a password.
Source: ASVS 7.5.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from . import passwords, tallies
from .config import Config
from .database import begin_writing
from .models import User
from .tallies import TooMany


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """The current password is another."""


def prove(user: User, password: str, *, db: Session, config: Config, now: datetime) -> WrongPassword | TooMany | None:
    """Nothing for the user's own password. The caller clears ``tries`` once what it was given for is done."""
    waiting = tallies.blocked(tries(user), db=db, now=now)
    if waiting:
        return waiting
    if passwords.verify(password, user.password_hash):
        begin_writing(db)
        # Tries sent side by side all passed the first look; under the lock the limit holds for them as well.
        return tallies.blocked(tries(user), db=db, now=now)
    tallies.fail(tries(user), limit=config.limits.sign_in_failures, per=timedelta(days=1), db=db, now=now)
    return WrongPassword()


def tries(user: User) -> str:
    """Under which the failures of a user are counted."""
    return tallies.key("current_password", str(user.id))
