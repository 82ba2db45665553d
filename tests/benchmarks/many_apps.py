"""What memory and connections remain of 200 apps that are built, used and dropped in one process, as by a test suite.

``python -m tests.benchmarks.many_apps [postgresql://…]``: SQLite with an engine of ours and with Flask-SQLAlchemy; the
same on an empty PostgreSQL database if one is named. Only on SQLite does each app have a database of its own.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import warnings
import weakref
from pathlib import Path
from typing import Any

import flask_sqlalchemy
from flask import Flask
from sqlalchemy import text

from flask_acct import Acct
from flask_acct.db import schema
from flask_acct.db.database import open_engine

from . import figures

APPS, EVERY = 200, 50
KEY = "an-example-key-for-tests-only-0123456789abcdef"


def main(*others: str) -> None:
    figures.head(f"{APPS} apps in one process")
    with tempfile.TemporaryDirectory() as name:
        for url in (f"sqlite:///{name}/{{number}}.db", *others):
            for is_shared in (False, True):
                _measure(url, is_shared=is_shared)


def _measure(url: str, *, is_shared: bool) -> None:
    kind = f"{url.partition(':')[0]}, {'Flask-SQLAlchemy' if is_shared else 'an engine of ours'}"
    print(f"  {kind}")
    apps: list[weakref.ref[Flask]] = []
    for number in range(APPS + 1):
        if number % EVERY == 0:
            gc.collect()
            living = sum(app() is not None for app in apps)
            print(f"    {number:4} apps: {_megabytes():6.1f} MB, {living} living, {_connections(url)} connections")
        if number < APPS:
            apps.append(weakref.ref(_used(url.format(number=number), is_shared=is_shared)))


def _used(url: str, *, is_shared: bool) -> Flask:
    """Return an app that has served its sign-in page."""
    app = Flask("one")
    app.config.update(SECRET_KEY=KEY, ACCT_WORKER=False)
    how: dict[str, Any] = {}
    if is_shared:
        app.config["SQLALCHEMY_DATABASE_URI"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
        how["db"] = flask_sqlalchemy.SQLAlchemy(app)
    else:
        app.config["ACCT_DATABASE_URL"] = url
    Acct(app, config="client-area", **how)
    schema.upgrade(app.extensions["acct"].database.engine)
    with app.test_client() as client:
        client.set_cookie("acct", "nobody")
        assert client.get("/account/login").status_code == 200
    return app


def _megabytes() -> float:
    """Return the resident memory of the process in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _connections(url: str) -> int:
    """Return the number of open connections: open files for SQLite, other sessions on the server for PostgreSQL."""
    if url.startswith("sqlite"):
        opened = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return sum(".db" in str(link.readlink()) for link in opened if link.exists())
    engine = open_engine(url)
    with engine.connect() as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        found = int(connection.scalar(text(asked)) or 0)
    engine.dispose()
    return found - 1


if __name__ == "__main__":
    warnings.simplefilter("ignore", ResourceWarning)
    main(*sys.argv[1:])
