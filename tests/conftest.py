"""Fixtures for every test: a fresh database made by the migrations, a key, a clock that stands still."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import signal
import threading
from collections.abc import Generator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.db import schema
from flask_acct.db.database import Database, open_engine
from flask_acct.kb.journeys.runs import chromium
from flask_acct.security import passwords
from flask_acct.values.keys import Keys

from . import postgres_server, sharing
from .compiled import once_a_process
from .connections import left_open
from .hashes import QUICK, as_in_use
from .needs import no_browser, unsaid
from .personas import Personas, settle
from .presets import EACH
from .scopes import KEYS, NOON

# A busy machine may take long over an example.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
# And over a page.
expect.set_options(timeout=15_000)

once_a_process()
passwords.hasher = QUICK


RUNNING: list[Browser] = []
"""The browsers that this process has started."""


def pytest_configure(config: pytest.Config) -> None:
    """The run has a folder that its processes share, and processes it starts end with Ctrl-C, even under nohup."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        sharing.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The shared folder is deleted, and the PostgreSQL server in it stopped."""
    if not hasattr(config, "workerinput"):
        if sharing.folder("postgres").exists():
            postgres_server.stop(sharing.folder("postgres"))
        sharing.end()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Return the number of processes for the tests: one more than processors if some tests wait for a browser."""
    if "not browser" in config.option.markexpr:
        return None
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a browser run first: they take longest, and at the end none should keep one process busy alone."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test that needs a browser or PostgreSQL but does not carry the mark."""
    marks = [mark.name for mark in item.iter_markers()]
    if missing := unsaid(getattr(item, "fixturenames", ()), marks):
        pytest.fail(f"it lacks the mark {', '.join(missing)}", pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """After the last test of a file, fail if its tests left a database connection open."""
    try:
        return (yield)
    finally:
        if nextitem is None or nextitem.path != item.path:
            # Fixtures of the last test still hold their connections.
            getattr(item, "funcargs", {}).clear()
            if left := left_open(is_end=nextitem is None):
                pytest.fail(f"connections to a database were left open by {', '.join(left)}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test without the mark ``browser`` cannot use one, nor the event loop that Playwright leaves running.

    So it is as in production; its fixtures are, too.
    """
    if item.get_closest_marker("browser"):
        return (yield)
    left = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        with no_browser(item.nodeid, RUNNING):
            return (yield)
    finally:
        asyncio._set_running_loop(left)


def pytest_collection_finish() -> None:
    """The garbage collector ignores what was imported so far, which stays until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def now() -> datetime:
    """A Wednesday noon."""
    return NOON


@pytest.fixture
def keys() -> Keys:
    return KEYS


@pytest.fixture
def config() -> Config:
    """The default configuration: people sign in by email, and recover their password by email and link."""
    return Config()


@pytest.fixture(params=EACH)
def preset(request: pytest.FixtureRequest) -> Config:
    """The configuration of each shipped preset in turn, on its first platform."""
    return configuration.preset(request.param).on(None)


@pytest.fixture(scope="session")
def migrated() -> Path:
    """An SQLite file with all migrations applied and no rows. Copy it; never write to it."""

    def make(folder: Path) -> None:
        engine = open_engine(f"sqlite:///{folder / 'migrated.db'}")
        schema.upgrade(engine)
        engine.dispose()

    return sharing.once("migrated", make) / "migrated.db"


@pytest.fixture
def database_url(migrated: Path) -> Iterator[str]:
    """The URL of a fresh SQLite database for this test alone."""
    with sharing.passing() as folder:
        shutil.copy(migrated, folder / "acct.db")
        yield f"sqlite:///{folder / 'acct.db'}"


@pytest.fixture
def costly_hashes() -> Iterator[None]:
    """Passwords are hashed at the same cost as in production."""
    with as_in_use():
        yield


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    yield from _opened(database_url)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def personas(db: Session, config: Config, now: datetime) -> Personas:
    """Alice the owner, Bob her sub-user, Charlie the stranger."""
    return settle(db=db, config=config, now=now)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh, migrated database: SQLite first, then PostgreSQL."""
    fixture = "database_url" if request.param == "sqlite" else "postgres_url"
    yield from _opened(request.getfixturevalue(fixture))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process, and for the journeys and books that they make."""
    with chromium() as browser:
        RUNNING.append(browser)
        yield browser
        RUNNING.remove(browser)


@pytest.fixture(scope="session")
def postgres() -> str:
    """The URL of a private PostgreSQL server on loopback; its database ``acct_template`` has the migrated tables.

    It runs until the end of all tests, for all processes.
    """
    if shutil.which("initdb") is None and not os.environ.get("CI"):
        pytest.skip("needs the PostgreSQL programs initdb and pg_ctl on PATH")
    return (sharing.once("postgres", _start_postgres) / "address").read_text()


@pytest.fixture
def postgres_url(postgres: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database for this test alone."""
    assert request.node.get_closest_marker("postgres"), "give it pytest.mark.postgres"
    name = f"acct_{os.urandom(6).hex()}"
    postgres_server.execute(postgres, f"CREATE DATABASE {name} TEMPLATE acct_template")
    yield f"{postgres}/{name}"
    postgres_server.execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def _opened(url: str) -> Iterator[Database]:
    engine = open_engine(url)
    yield Database(engine)
    engine.dispose()


def _start_postgres(folder: Path) -> None:
    server = postgres_server.start(folder, "-c", "fsync=off")
    postgres_server.execute(server, "CREATE DATABASE acct_template")
    engine = open_engine(f"{server}/acct_template")
    schema.upgrade(engine)
    engine.dispose()
    (folder / "address").write_text(server)
