"""What every test may ask for: a fresh database made by the migrations, a key, a clock that stands still."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from flask_acct import config as configuration
from flask_acct import schema
from flask_acct.config import Config
from flask_acct.database import Database, open_engine
from flask_acct.tokens import Keys

from .personas import Personas, settle


class Compiled(BytecodeCache):
    """Templates as each process of tests compiled them once, for all the apps it makes."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


Flask.jinja_options = {"bytecode_cache": Compiled()}


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the garbage collector need not look through it after every test."""
    gc.collect()
    gc.freeze()


SECRET_KEY = "an-example-key-for-tests-only-0123456789abcdef"


@pytest.fixture
def now() -> datetime:
    """A Wednesday noon."""
    return datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def keys() -> Keys:
    return Keys.of(SECRET_KEY)


@pytest.fixture
def config() -> Config:
    """The defaults: sign in by email, recover by email and link."""
    return Config()


@pytest.fixture(params=configuration.presets())
def preset(request: pytest.FixtureRequest) -> Config:
    """Each shipped preset in turn, as its first platform sees it."""
    return configuration.preset(request.param).on(None)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every migration applied and no rows; copy it, never write to it."""
    file = tmp_path_factory.mktemp("schema") / "migrated.db"
    engine = open_engine(f"sqlite:///{file}")
    schema.upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture
def database_url(migrated: Path, tmp_path: Path) -> str:
    """A fresh SQLite database of this test alone."""
    shutil.copy(migrated, tmp_path / "acct.db")
    return f"sqlite:///{tmp_path / 'acct.db'}"


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
    """One Chromium for all: Playwright runs only once in a process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a private PostgreSQL server on loopback, ``…/acct_template`` holding the migrated tables."""
    if shutil.which("initdb") is None and not os.environ.get("CI"):
        pytest.skip("needs the PostgreSQL programs initdb and pg_ctl on PATH")
    # Not pytest's folder: every other run shuts that to all but its own user.
    folder = Path(tempfile.mkdtemp(prefix="acct-postgres-"))
    owner = _as_owner(folder)
    port = _free_port()
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k '' -c fsync=off"
    subprocess.run(["initdb", "-D", folder, "-U", "acct", "-A", "trust", "-E", "UTF8"], **owner)
    subprocess.run(["pg_ctl", "-D", folder, "-o", options, "-l", folder / "log", "-w", "start"], **owner)
    try:
        server = f"postgresql+psycopg://acct@127.0.0.1:{port}"
        _run_sql(server, "CREATE DATABASE acct_template")
        engine = open_engine(f"{server}/acct_template")
        schema.upgrade(engine)
        engine.dispose()
        yield server
    finally:
        subprocess.run(["pg_ctl", "-D", folder, "-m", "immediate", "-w", "stop"], **owner)
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A fresh PostgreSQL database of this test alone."""
    name = f"acct_{os.urandom(6).hex()}"
    _run_sql(postgres, f"CREATE DATABASE {name} TEMPLATE acct_template")
    yield f"{postgres}/{name}"
    _run_sql(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def _opened(url: str) -> Iterator[Database]:
    engine = open_engine(url)
    yield Database(engine)
    engine.dispose()


def _run_sql(server: str, statement: str) -> None:
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _as_owner(folder: Path) -> dict[str, Any]:
    """How to run PostgreSQL's programs on the folder. They refuse root, so root gives it to ``nobody``."""
    how: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "timeout": 60}
    if os.geteuid() != 0:
        return how
    shutil.chown(folder, "nobody")
    return {**how, "user": "nobody", "cwd": folder}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
