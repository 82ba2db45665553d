"""Somebody who is signed in types their password again before a change that only they may make.

Tries are counted together, whichever form they are made in: an open session must be no place to guess a password.
Source: ASVS 7.5.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..db import row_locks, writes
from ..db.database import begin_writing
from ..db.models import User
from ..scope import Scope
from . import limits, passwords, rate_limits
from .limits import TooMany


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """The current password is a different one."""


def prove(scope: Scope, user: User, password: str) -> WrongPassword | TooMany | None:
    """Return ``None`` if it is the user's password. The caller clears ``tries`` after the change it was needed for.

    The try is counted and committed before it is checked, so that many in parallel are no more than many in a row: call
    it before anything is written. Raises ``passwords.Busy``.
    """
    hash_, meter = user.password_hash, rate_limits.current_password(user, scope.config)
    with passwords.slot():
        taken = limits.take_at_once(scope, (meter,))
        if isinstance(taken, TooMany):
            return taken
        if not passwords.verify(password, hash_):
            return WrongPassword()
    begin_writing(scope.db)
    row_locks.lock_user(scope.db, user.id)
    writes.run(scope.db, limits.forgive(scope, taken, {meter.key: 1}))
    return None


def tries(user: User) -> str:
    """Return the key under which a user's failures are counted."""
    return rate_limits.current_password_key(user)
