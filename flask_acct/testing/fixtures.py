"""A plugin for pytest: ``pytest_plugins = ["flask_acct.testing.fixtures"]``.

It expects a fixture ``app`` of yours that returns the Flask app, as pytest-flask does.

PYTEST_DONT_REWRITE: without this word pytest would warn if a module of yours imports this package before pytest does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import partial

import pytest
from flask import Flask

from ..db import schema
from ..db.models import User
from . import clock, databases, mails, people
from .client import AcctClient
from .clock import FrozenClock

Make = Callable[..., User]


@pytest.fixture
def acct_tables(app: Flask) -> Iterator[None]:
    """The app's database has the tables of flask_acct, without a row, and ``app.test_client(user=...)`` works.

    Tables that existed before are left as they are; those made here are dropped after the test. Make tables of your own
    that refer to ours after these.
    """
    was_empty = databases.make_tables(app)
    app.test_client_class = AcctClient
    yield
    if was_empty:
        schema.drop_tables(app.extensions["acct"].database.engine)


@pytest.fixture
def an_owner(app: Flask, acct_tables: None) -> Make:
    """Return a function that makes an owner of an account: see ``flask_acct.testing.an_owner``."""
    return partial(people.an_owner, app)


@pytest.fixture
def a_sub_user(app: Flask, acct_tables: None) -> Make:
    """Return a function that makes a sub-user of an account: see ``flask_acct.testing.a_sub_user``."""
    return partial(people.a_sub_user, app)


@pytest.fixture
def acct_mails(app: Flask, acct_tables: None) -> Callable[[], list[EmailMessage]]:
    """Gives the mails that wait, at each call those since the last: see ``flask_acct.testing.sent_mails``."""
    return partial(mails.sent_mails, app)


@pytest.fixture
def acct_clock(app: Flask) -> FrozenClock:
    """Stands still until it is moved, ``acct_clock.move(days=31)``: see ``flask_acct.testing.freeze_clock``."""
    return clock.freeze_clock(app)
