"""A site behind PgBouncer in transaction mode: fewer connections of the server's than the app has threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from flask_acct import config as configuration
from flask_acct.db import schema
from flask_acct.db.database import BadDatabaseUrl, open_engine

from .. import pgbouncer, sharing
from .site import Site, build

THREADS, VISITS = 4, 4

PREPARED_AFTER = 5
"""How often psycopg runs a statement before it prepares it."""


@pytest.fixture
def site(postgres_url: str, now: datetime) -> Iterator[Site]:
    with sharing.passing() as folder, pgbouncer.before(postgres_url, folder, size=2) as url:
        site = build(configuration.preset("client-area"), url, now)
        yield site
        site.acct.database.engine.dispose()


@pytest.mark.postgres
def test_visitors_at_once_sign_in_and_get_back_in(site: Site) -> None:
    people = [site.people.alice, site.people.bob, site.people.charlie]

    def visit(number: int) -> list[str]:
        user = people[number % len(people)]
        headings = []
        for _ in range(VISITS):
            visitor = site.sign_in(user.email)
            headings += [visitor.open("/services").heading.split(" of ")[0] for _ in range(2)]
            visitor.open("/account/recover/password")
            visitor.press(site.say("recovery.password.submit"), {site.say("recovery.password.email"): user.email})
        return headings

    with ThreadPoolExecutor(THREADS) as pool:
        seen = [heading for found in pool.map(visit, range(THREADS)) for heading in found]
    assert seen == ["Services"] * THREADS * VISITS * 2
    assert THREADS * VISITS > PREPARED_AFTER
    assert site.letters(), "the worker shares the server's connections"


@pytest.mark.postgres
def test_the_tables_are_upgraded_through_it(site: Site) -> None:
    schema.downgrade(site.acct.database.engine, "0006")
    assert schema.upgrade(site.acct.database.engine) == schema.HEAD


@pytest.mark.parametrize("url", ["postgresql://a@b/c?pgbouncer=yes", "sqlite:////tmp/acct.db?pgbouncer=true"])
def test_what_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="pgbouncer"):
        open_engine(url)
