"""What ``flask acct check`` says about a host's app: what must be fixed, and what flask_acct found."""

from __future__ import annotations

import os
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ..config import csp
from ..db import schema
from ..db.models import PasswordWork
from ..declare.elements import PREFIX
from ..mail.worker import is_demo
from ..security import hashes, startup
from . import host_identifiers, host_layout, host_login, host_migrations, neighbours, rules
from .state import State


def problems(app: Flask) -> Iterator[str]:
    """Yield what must be fixed, one line each."""
    yield from rules.problems(app)
    yield from neighbours.shadows(app)
    yield from host_migrations.problems(app)
    yield from host_identifiers.problems(app)
    yield from host_layout.problems(app)


def summary(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield what was found, each with its name: ``("Routes", "each says who may open it")``."""
    state: State = app.extensions["acct"]
    yield "Routes", _routes(state)
    yield "Flask-Login", host_login.summary(app)
    yield from host_migrations.summary(app)
    yield "Database", _tables(state)
    yield from _passwords(state)
    yield "Mail", _mail(app)
    yield "Help site", _articles(state)
    yield "Policy", f"{csp.policy(state.platform.config.security.csp)}, on flask_acct's pages whatever else is set"
    yield "Cookies", startup.cookies(app.config, state.platform.config)


def _tables(state: State) -> str:
    """Return which database it is, without its password, and whether it has the tables."""
    engine = state.database.engine
    where = engine.url.render_as_string()
    try:
        is_current = schema.is_current(engine)
    except SQLAlchemyError as error:
        return f"WARNING: {where} cannot be used: {type(error).__name__}"
    if is_current:
        return f"{where}, its tables are up to date"
    return f"WARNING: {where}, whose tables are missing or of another version. Run: flask acct upgrade"


def _passwords(state: State) -> Iterator[tuple[str, str]]:
    """Yield what must be installed before some of the users can sign in; nothing if nothing is missing."""
    try:
        with state.database.session() as db:
            families = list(db.scalars(select(PasswordWork.family)))
    except SQLAlchemyError:
        # Reported for the database itself.
        return
    for package in sorted({found for family in families if (found := hashes.missing_package(family))}):
        yield "Passwords", f"WARNING: hashes are stored that need {package}, which is not installed. {hashes.INSTALL}"


def _mail(app: Flask) -> str:
    """Return where mails go."""
    if app.config.get("MAIL_SERVER"):
        return f"sent by {app.config['MAIL_SERVER']}"
    if is_demo(app):
        return "kept on the page /mailbox"
    return "WARNING: no mail server is set, so every mail waits. Set MAIL_SERVER (FLASK_MAIL_SERVER in the environment)"


def _articles(state: State) -> str:
    """Return which addresses the help site's articles will name: ``flask acct kb`` does not know an app's arguments."""
    prefix = state.mount.url_prefix
    if not state.platform.config.help.enabled:
        return "no help site"
    environment_prefix = (os.environ.get("ACCT_URL_PREFIX") or PREFIX).rstrip("/")
    if environment_prefix == prefix:
        return f"articles name addresses below {prefix}, where the pages are"
    return (
        f"WARNING: articles name addresses below {environment_prefix}, and the pages are below {prefix}. Set "
        f"ACCT_URL_PREFIX={prefix} in the environment of flask acct kb"
    )


def _routes(state: State) -> str:
    left_out = f", but for {', '.join(state.unchecked)}" if state.unchecked else ""
    return f"each says who may open it{left_out}"
