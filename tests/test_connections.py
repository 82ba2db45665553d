"""The guard against connections left open can fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from flask_acct.db.database import open_engine

from .connections import left_open


def use(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def test_an_engine_in_use_leaves_nothing_open(database_url: str) -> None:
    engine = open_engine(database_url)
    use(engine)
    assert left_open() == []
    engine.dispose()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_that_was_dropped_unclosed_is_told_once_with_the_test(
    database_url: str, request: pytest.FixtureRequest
) -> None:
    drop: Callable[[], None] = lambda: use(open_engine(database_url))  # noqa: E731
    drop()
    assert left_open() == [request.node.nodeid]
    assert left_open() == []
