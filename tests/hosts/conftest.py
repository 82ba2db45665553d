"""What every app is given: a key, a database of its own, and an owner who signs in."""

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
    """Services and their commands are started in another folder than the app's."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    """For an app whose database is flask_acct's own."""
    return {"TESTING": True, "SECRET_KEY": KEY, "ACCT_DATABASE_URL": f"sqlite:///{tmp_path / 'acct.db'}"}


@pytest.fixture
def ready() -> Iterator[Open]:
    """Gives the app back with its tables and, in them, Alice, who owns the account Example Ltd."""
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
    """What a command of the app says."""
    done = app.test_cli_runner().invoke(args=list(args))
    assert done.exit_code == 0, done.output
    return str(done.output)
