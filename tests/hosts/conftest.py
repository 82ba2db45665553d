"""Fixtures for every app: a key, a database of its own, and an owner who can sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_acct.testing import KEY, an_owner, make_tables

Open = Callable[..., Flask]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is not the app's, as when it is started as a service."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    """The settings of an app whose database is flask_acct's own."""
    return {"TESTING": True, "SECRET_KEY": KEY, "ACCT_DATABASE_URL": f"sqlite:///{tmp_path / 'acct.db'}"}


@pytest.fixture
def ready() -> Iterator[Open]:
    """A function that creates an app's tables and Alice, who owns the account Example Ltd, and returns the app."""
    made: list[Any] = []

    def with_alice(app: Flask) -> Flask:
        make_tables(app)
        an_owner(app, email="alice@example.com")
        made.append(app.extensions["acct"].database.engine)
        return app

    yield with_alice
    for engine in made:
        engine.dispose()


def run(app: Flask, *args: str) -> str:
    """Run a command of the app. Returns its output."""
    done = app.test_cli_runner().invoke(args=list(args))
    assert done.exit_code == 0, done.output
    return str(done.output)
