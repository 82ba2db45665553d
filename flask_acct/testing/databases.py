"""The database of a test: it has our tables, and no user that no test made."""

from __future__ import annotations

import secrets
from typing import cast
from weakref import WeakSet

from flask import Flask
from sqlalchemy import Engine, select

from ..db import schema
from ..db.database import is_temporary
from ..db.models import User
from ..web.state import State
from .records import CannotMake

KEY = secrets.token_hex(32)
"""A ``SECRET_KEY`` for this run of the tests."""

_tried: WeakSet[Engine] = WeakSet()
"""Databases that had no user when a test first used them."""


def make_tables(app: Flask) -> bool:
    """The app's database has the tables of flask_acct, unless it has them already. Returns whether it had none.

    Raises:
        CannotMake: The database has users in it, so it may not be one for tests.
    """
    engine = state_of(app).database.engine
    was_empty = schema.create_tables(engine)
    _raise_if_in_use(engine)
    return was_empty


def state_for_tests(app: Flask) -> State:
    """Return the app's state, whose database is one for tests.

    Raises:
        CannotMake: The app has no flask_acct, or its database has users that no test made.
    """
    acct = state_of(app)
    _raise_if_in_use(acct.database.engine)
    return acct


def state_of(app: Flask) -> State:
    """Return the app's state. Raise ``CannotMake`` if it has no flask_acct."""
    found = app.extensions.get("acct")
    if found is None:
        raise CannotMake("This app has no flask_acct. Call acct.init_app(app) where the app is made.")
    return cast(State, found)


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
