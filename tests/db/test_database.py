from __future__ import annotations

import gc
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from flask_acct.db.database import FULL, NORMAL, BadDatabaseUrl, Database, open_engine


def watch(engine: Engine) -> Counter[str]:
    """How many connections were opened, and how many of them closed."""
    counts: Counter[str] = Counter()
    event.listen(engine, "connect", lambda *_: counts.update(["opened"]))
    event.listen(engine, "close", lambda *_: counts.update(["closed"]))
    return counts


def test_a_database_that_nobody_holds_leaves_no_connection_open(database_url: str) -> None:
    database = Database.at(database_url)
    counts = watch(database.engine)
    with database.session() as one, database.session() as other:
        for db in (one, other):
            db.execute(text("SELECT 1"))
    before = dict(counts)
    del database
    gc.collect()
    assert before == {"opened": 2}
    assert counts == {"opened": 2, "closed": 2}


AT_THE_END = """
import sys
from sqlalchemy import event, text
from flask_acct.db.database import Database
database = Database.at(sys.argv[1])
event.listen(database.engine, "close", lambda *_: print("closed"))
with database.session() as db:
    db.execute(text("SELECT 1"))
print("the end")
"""


def test_a_process_that_ends_leaves_no_connection_open(database_url: str) -> None:
    run = subprocess.run([sys.executable, "-X", "dev", "-c", AT_THE_END, database_url], capture_output=True, text=True,
                         check=True, timeout=60)  # fmt: skip
    assert run.stdout.split("\n") == ["the end", "closed", ""]
    assert "ResourceWarning" not in run.stderr


def test_an_engine_of_the_hosts_is_the_hosts_to_close(database_url: str) -> None:
    engine = open_engine(database_url)
    counts = watch(engine)
    database = Database(engine)
    with database.session() as db:
        db.execute(text("SELECT 1"))
    del database
    gc.collect()
    assert counts == {"opened": 1}
    engine.dispose()


@pytest.mark.parametrize("url", ["junk", "mysql://ann:hunter2@host/shop", "acct.db", "oracle://host"])
def test_an_address_of_another_kind_of_database_is_refused_with_the_two_that_are_right(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match=r"sqlite:///.*postgresql://"):
        open_engine(url)


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite+pysqlite:///:memory:", "sqlite:///file::memory:?uri=true",
     "sqlite:///file:x?mode=memory&uri=true", "sqlite:///%3Amemory%3A", "sqlite://acct.db"],
)  # fmt: skip
def test_a_database_in_memory_is_refused_for_it_ends_with_the_program(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match=r"sqlite:////folder"):
        open_engine(url)


@pytest.mark.parametrize(
    "url",
    ["postgresql://ann@host/shop", "postgres://ann@host/shop", "postgresql+psycopg2://ann@host/shop",
     "postgresql+asyncpg://ann@host/shop", "postgresql+pg8000://ann@host/shop", "POSTGRESQL://ann@host/shop",
     "  'postgresql://ann@host/shop'\n"],
)  # fmt: skip
def test_postgresql_is_reached_by_our_driver_whichever_the_address_names(url: str) -> None:
    assert str(open_engine(url).url) == "postgresql+psycopg://ann@host/shop"


def test_tls_asked_for_in_the_words_of_another_driver_is_kept() -> None:
    asked = open_engine("postgresql+asyncpg://ann@host/shop?ssl=require").url
    assert dict(asked.query) == {"sslmode": "require"}


def test_a_file_is_opened_by_our_driver_whichever_the_address_names() -> None:
    assert open_engine("sqlite+aiosqlite:////tmp/acct-nowhere.db").url.drivername == "sqlite"


@pytest.mark.parametrize(
    "url", ["postgresql://a:b@h:port/d", "sqlite+pysqlcipher://:x@//tmp/x.db", "postgresql://[::1/d"]
)
def test_an_address_that_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(BadDatabaseUrl):
        open_engine(url)


@pytest.mark.parametrize(("said", "kept"), [("", FULL), ("?synchronous=full", FULL), ("?synchronous=NORMAL", NORMAL)])
def test_a_commit_waits_for_the_disk_unless_the_address_says_otherwise(tmp_path: Path, said: str, kept: str) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'acct.db'}{said}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == {FULL: 2, NORMAL: 1}[kept]
    engine.dispose()


@pytest.mark.parametrize("said", ["OFF", "EXTRA", "2", "FULL&synchronous=OFF", "FULL; DROP TABLE acct_user"])
def test_a_commit_that_promises_less_than_a_whole_file_is_refused(said: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="neither FULL nor NORMAL"):
        open_engine(f"sqlite:////folder/acct.db?synchronous={said}")


def test_the_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        open_engine("mysql://ann:hunter2@host/shop")
    assert "hunter2" not in str(refused.value)


def test_the_log_of_a_statement_that_fails_repeats_nothing_of_anybody(database: Database) -> None:
    with pytest.raises(DBAPIError) as failed, database.session() as db:
        db.execute(text("INSERT INTO acct_user (email) VALUES (:email)"), {"email": "ana@example.com"})
    assert "ana@example.com" not in str(failed.value)
