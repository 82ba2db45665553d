"""Every statement of a request is compiled once for all requests, and planned once: both cost more than running."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import event, insert
from sqlalchemy.engine.interfaces import CacheStats

from flask_acct.db.models import LimitCount
from flask_acct.testing import PASSWORD

from .site import Site

COUNTING = ("sign in", "fail", "recover")
"""What counts tries, by an INSERT that SQLAlchemy 2.0 keeps nothing of."""

Ways = dict[str, Callable[[Site, int], object]]


def sign_in(site: Site, number: int) -> None:
    visitor = site.visitor()
    visitor.open("/account/login")
    typed = {site.say("login.form.identifier"): "alice@example.com", site.say("login.form.password"): PASSWORD}
    visitor.press(site.say("login.form.submit"), typed)


def fail(site: Site, number: int) -> None:
    visitor = site.visitor()
    visitor.open("/account/login")
    typed = {site.say("login.form.identifier"): f"nobody{number}@example.com", site.say("login.form.password"): "wrong"}
    visitor.press(site.say("login.form.submit"), typed)


def recover(site: Site, number: int) -> None:
    visitor = site.visitor()
    visitor.open("/account/recover/password")
    typed = {
        "email": f"n{number}@example.com",
        "username": f"n{number}",
        "kind": "email",
        "value": f"n{number}@example.com",
    }
    assert visitor.post("/account/recover/password", typed).status_code == 303


def opened(path: str) -> Callable[[Site, int], object]:
    return lambda site, number: site.visitor(site.people.alice).open(path)


WAYS: Ways = {
    "sign in": sign_in,
    "fail": fail,
    "recover": recover,
    **{path: opened(path) for path in ("/account/me", "/account/users", "/account/contacts", "/account/emails")},
}


@contextmanager
def compiled(site: Site) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        if context is not None and context.compiled is not None and context.cache_hit is not CacheStats.CACHE_HIT:
            found.append(f"{context.cache_hit.name}: {statement}")

    event.listen(site.acct.database.engine, "before_cursor_execute", note)
    yield found
    event.remove(site.acct.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("way", WAYS)
def test_a_statement_is_compiled_once_for_all_requests(way: str, any_site: Site) -> None:
    if way in COUNTING and sqlalchemy.__version__.startswith("2.0."):
        pytest.skip("SQLAlchemy 2.0 compiles what counts tries anew")
    for number in range(2):
        WAYS[way](any_site, number)
    with compiled(any_site) as anew:
        WAYS[way](any_site, 2)
    assert anew == []


def test_what_is_compiled_anew_is_noticed(site: Site) -> None:
    rows = [{"key": f"bread:{number}", "count": 1, "since": datetime.now(UTC)} for number in range(2)]
    with compiled(site) as anew, site.acct.database.session() as db:
        db.connection().execute(insert(LimitCount).values(rows))
    assert [one.partition(":")[0] for one in anew] == ["NO_CACHE_KEY"]


@contextmanager
def planned(site: Site) -> Iterator[set[str]]:
    """SQLite asks whether a statement may read a column while it plans it, and never while it runs."""
    found: set[str] = set()
    engine = site.acct.database.engine

    def ask(_action: int, table: str, column: str, *_: Any) -> int:
        found.add(f"{table}.{column}")
        return sqlite3.SQLITE_OK

    def watch(connection: Any, _record: Any) -> None:
        connection.set_authorizer(ask)

    engine.dispose()
    event.listen(engine, "connect", watch)
    yield found
    event.remove(engine, "connect", watch)


@pytest.mark.parametrize("way", WAYS)
def test_sqlite_plans_a_statement_once_for_all_requests(way: str, any_site: Site) -> None:
    with planned(any_site) as anew:
        for number in range(2):
            WAYS[way](any_site, number)
        first = set(anew)
        anew.clear()
        WAYS[way](any_site, 2)
    assert {"acct_tally.key", "acct_session.digest"} & first
    # Python's driver does not keep COMMIT and ROLLBACK, which have nothing to plan.
    assert {column for column in anew if column.startswith("acct_")} == set()
