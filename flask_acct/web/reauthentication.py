"""A user who signed in a while ago types their password again, where a screen requires it.

So an open session at a desk can be used to look, but not to let anybody else in. Source: ASVS 7.5.1.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import cast

from ..config import Config
from ..db.database import Database, has_changed
from ..db.models import User
from ..declare.elements import Screen
from ..scope import Scope
from ..security import limits, passwords, rate_limits, reauthentication, sessions
from ..security.limits import RateLimit, TooMany
from ..security.reauthentication import WrongPassword
from ..security.sessions import CurrentSession
from ..staff import members
from ..staff.members import PresentMember, StaffRefused
from . import current, staff_sessions
from .state import afterwards, state


def met(name: str) -> Screen:
    """Return the screen as its visitor sees it: without the password field if it was typed a moment ago."""
    acct = state()
    declared = acct.platform.declared.screens[name]
    if declared.reauthentication is None:
        return declared
    if not _is_proven(declared, acct.platform.config, acct.clock()):
        return declared
    return cast(Screen, acct.platform.cache.setdefault(("proven", name), declared.without_reauthentication()))


def _is_proven(declared: Screen, config: Config, now: datetime) -> bool:
    """Whether the password was typed a moment ago: by a user, or in the staff area by one of the staff."""
    if declared.is_for_staff:
        member = staff_sessions.present()
        return member is not None and members.is_proven(member.session, config, now)
    here = current.signed_in()
    return here is not None and sessions.is_proven(here.session, config, now)


def given_by_staff(scope: Scope, password: str, here: PresentMember) -> WrongPassword | TooMany | None:
    """The same as ``given`` for one of the staff."""
    refused = members.prove(scope, here, password)
    return WrongPassword() if isinstance(refused, StaffRefused) else refused


def given(scope: Scope, password: str, here: CurrentSession) -> WrongPassword | TooMany | None:
    """Return ``None`` if it is the user's password, which then counts as just typed in this session."""
    refused = reauthentication.prove(scope, here.user, password)
    if refused is None:
        limits.clear(scope, reauthentication.tries(here.user))
        sessions.prove(scope, here.session.id)
    return refused


def given_to_host(scope: Scope, password: str, here: CurrentSession) -> WrongPassword | TooMany | None:
    """Return ``None`` if it is the user's password, typed in a page of the host's. Raises ``passwords.Busy``.

    A wrong one is counted whatever happens to the host's transaction: before it is checked if that has changed
    nothing yet, else after the request. A connection of its own would wait for the one that the request holds.
    """
    db, user = scope.db, here.user
    with passwords.bounded(scope.config.limits.hashes_at_once, state().verifiers):
        if has_changed(db):
            return _beside_changes(scope, password, user)
        refused = reauthentication.prove(scope, user, password)
        if refused is None:
            limits.clear(scope, reauthentication.tries(user))
        db.commit()
        return refused


def _beside_changes(scope: Scope, password: str, user: User) -> WrongPassword | TooMany | None:
    """The same if the host's transaction holds changes, which are not ours to commit."""
    meter = rate_limits.current_password(user, scope.config)
    with passwords.slot():
        taken = limits.foreseen(scope, (meter,))
        if isinstance(taken, TooMany):
            return taken
        fits = passwords.verify(password, user.password_hash)
    afterwards(partial(_forgive if fits else _count, meter, scope=scope))
    return None if fits else WrongPassword()


def _forgive(meter: RateLimit, database: Database, *, scope: Scope) -> None:
    with database.transaction() as db:
        limits.clear(replace(scope, db=db), meter.key)


def _count(meter: RateLimit, database: Database, *, scope: Scope) -> None:
    with database.session() as db:
        limits.take_at_once(replace(scope, db=db), (meter,))
