"""Somebody who signed in a while ago gives their password once more, where a screen asks for it.

A session left open at a desk can then look, but lets nobody else in. Source: ASVS 7.5.1.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import cast

from sqlalchemy.orm import Session

from .. import reauthentication, sessions, tallies
from ..config import Config
from ..database import Database, has_changed
from ..models import User
from ..reauthentication import WrongPassword
from ..screen import Screen
from ..sessions import Present
from ..tallies import TooMany
from . import presence
from .state import afterwards, session, state


def met(name: str) -> Screen:
    """A screen as its visitor meets it: it asks for no password that was given a moment ago."""
    acct = state()
    declared = acct.edition.declared.screens[name]
    if declared.proof is None:
        return declared
    here = presence.signed_in()
    if here is None or not sessions.is_proven(here.session, config=acct.edition.config, now=acct.clock()):
        return declared
    return cast(Screen, acct.drawn.setdefault(("proven", name), declared.without_proof()))


def given(
    password: str, here: Present, *, db: Session, config: Config, now: datetime
) -> WrongPassword | TooMany | None:
    """Nothing for the user's own password, which then counts as just given in this session."""
    refused = reauthentication.prove(here.user, password, db=db, config=config, now=now)
    if refused is None:
        tallies.clear(reauthentication.tries(here.user), db=db)
        sessions.prove(here.session.id, db=db, now=now)
    return refused


def given_to_host(password: str, here: Present, *, config: Config, now: datetime) -> WrongPassword | TooMany | None:
    """Nothing for the user's own password, given in a page of the host's.

    A wrong one is counted whatever becomes of the host's transaction: at once where it has changed nothing yet, else
    after the request. A connection of its own would wait for the one the request holds.
    """
    db = session()
    if not has_changed(db):
        refused = _counted(password, here.user, db=db, config=config, now=now)
        db.commit()
        return refused
    with db.begin_nested() as place:
        refused = _counted(password, here.user, db=db, config=config, now=now)
        place.rollback()
    afterwards(partial(_count, password, here.user.id, config=config, now=now))
    return refused


def _counted(
    password: str, user: User, *, db: Session, config: Config, now: datetime
) -> WrongPassword | TooMany | None:
    refused = reauthentication.prove(user, password, db=db, config=config, now=now)
    if refused is None:
        tallies.clear(reauthentication.tries(user), db=db)
    return refused


def _count(password: str, user_id: int, database: Database, *, config: Config, now: datetime) -> None:
    with database.transaction() as db:
        user = db.get(User, user_id)
        if user is not None:
            _counted(password, user, db=db, config=config, now=now)
