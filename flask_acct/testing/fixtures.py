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
from . import people
from .client import AcctClient

Make = Callable[..., User]


@pytest.fixture
def acct_tables(app: Flask) -> Iterator[None]:
    """The app's database has the tables of flask_acct, without a row, and ``app.test_client(user=...)`` works.

    Tables that existed before are left as they are; those made here are dropped after the test. Make tables of your own
    that refer to ours after these.
    """
    was_empty = people.make_tables(app)
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
    """Return a function that returns the mails since its last call: see ``flask_acct.testing.sent_mails``."""
    return partial(people.sent_mails, app)
