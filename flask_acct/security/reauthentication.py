"""Somebody who is signed in gives their password once more, before something that only they may decide.

Tries are counted together, whichever form they are made in: a session left open is no place to guess a password.
Source: ASVS 7.5.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..db import row_locks
from ..db.database import begin_writing
from ..db.models import User
from ..scope import Scope
from . import limits, passwords, rate_limits
from .limits import TooMany


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """The current password is another."""


def prove(scope: Scope, user: User, password: str) -> WrongPassword | TooMany | None:
    """Return ``None`` for the user's own password. The caller clears ``tries`` once what it was given for is done.

    The try is counted and committed before it is checked, so that many at once are no more than many in a row: ask
    before anything is written. Raises ``passwords.Busy``.
    """
    hash_, meter = user.password_hash, rate_limits.current_password(user, scope.config)
    with passwords.slot():
        taken = limits.take(scope, meter)
        scope.db.commit()
        if isinstance(taken, TooMany):
            return taken
        if not passwords.verify(password, hash_):
            return WrongPassword()
    begin_writing(scope.db)
    row_locks.lock_user(scope.db, user.id)
    limits.give_back(scope.db, {meter.key: 1})
    return None


def tries(user: User) -> str:
    """Under which the failures of a user are counted."""
    return rate_limits.current_password_key(user)
