"""The tables as the migrations define them: created, upgraded, and left alone by a host's own migrations.

The version is kept in ``acct_alembic_version``, beside a host's ``alembic_version`` and never in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.orm import Session

from ..config.problems import did_you_mean
from ..errors import AcctError
from .database import begin_writing
from .models import metadata

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

HEAD = max(file.name[:4] for file in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py"))
"""The newest revision, by the names of the migrations: start-up compares it without loading Alembic."""

PREFIX = "acct_"
VERSION_TABLE = "acct_alembic_version"

OLDEST_CODE = "oldest_code"
"""A column of ``VERSION_TABLE``: the oldest revision whose code may serve these tables, see ``rolling``. NULL, or no
such column, if nothing says so."""

UPGRADE_LOCK = 0x61636374
"""The advisory lock for which two ``upgrade`` of one PostgreSQL database queue."""


class SchemaTooNew(AcctError):
    """The database was upgraded by a newer flask_acct than this one."""


class SchemaOutdated(AcctError):
    """The database was never upgraded, or only by an older flask_acct than this one."""


class NoSuchRevision(AcctError):
    """There is no such revision to go back to."""


def upgrade(engine: Engine) -> str:
    """The tables are those of this version of flask_acct. Returns the revision.

    One transaction on both databases: after a crash nothing has changed, and it can simply be run again. Two at
    the same time wait for each other. Raises ``SchemaTooNew``.
    """
    from alembic import command

    with _locked(engine) as alembic:
        raise_if_newer(revision_of(alembic.attributes["connection"]))
        command.upgrade(alembic, "head")
        _note_oldest_code(alembic.attributes["connection"])
    return HEAD


def create_tables(engine: Engine) -> bool:
    """The tables of this version exist, made without migrations, in a database without tables of ours.

    For tests, which make many databases. Returns whether there were none; otherwise nothing is changed.
    """
    with engine.begin() as connection:
        if revision_of(connection) is not None:
            return False
        metadata.create_all(connection)
        columns = f"version_num VARCHAR(32) NOT NULL PRIMARY KEY, {OLDEST_CODE} VARCHAR(32)"
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} ({columns})"))
        connection.execute(text(f"INSERT INTO {VERSION_TABLE} (version_num) VALUES (:head)"), {"head": HEAD})  # noqa: S608
    return True


def drop_tables(engine: Engine) -> None:
    """No table of ours is left, nor its content. For tests, after ``create_tables``."""
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))


def downgrade(engine: Engine, revision: str) -> str:
    """The tables are those of an older version of flask_acct, and the data that only newer ones keep is deleted.

    One transaction, as for ``upgrade``. Returns the revision. Raises ``SchemaTooNew``, ``NoSuchRevision``.

    Args:
        revision: ``"0004"``, or ``"base"``: no tables of ours are left.
    """
    from alembic import command

    with _locked(engine) as alembic:
        now = revision_of(alembic.attributes["connection"])
        raise_if_newer(now)
        earlier = [f"{number:04}" for number in range(1, int(now or "0"))]
        if revision not in ("base", *earlier):
            raise NoSuchRevision(
                f"The database is at revision {now}, from where nothing goes back to {revision!r}. "
                f"{did_you_mean(revision, ('base', *earlier))}"
            )
        command.downgrade(alembic, revision)
        _note_oldest_code(alembic.attributes["connection"])
    return revision


@contextmanager
def _locked(engine: Engine) -> Iterator[AlembicConfig]:
    """Alembic's configuration for our tables, in a transaction that only one process has at a time."""
    from alembic.config import Config as AlembicConfig

    with Session(engine) as db, db.begin():
        begin_writing(db)
        connection = db.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        alembic = AlembicConfig()
        alembic.set_main_option("script_location", "flask_acct.db:migrations")
        alembic.attributes["connection"] = connection
        yield alembic


def current(engine: Engine) -> str | None:
    """Return the database's revision; ``None`` before the first ``upgrade``."""
    with engine.connect() as connection:
        return revision_of(connection)


def is_current(engine: Engine) -> bool:
    """Whether ``flask acct upgrade`` has nothing to do. Two short statements."""
    return current(engine) == HEAD


def may_serve(engine: Engine) -> bool:
    """Whether this version of flask_acct works on the tables: they are its own, or those of a newer version that left
    to it all that it uses, as during a deploy. A few short statements."""
    with engine.connect() as connection:
        return may_serve_revision(connection, revision_of(connection))


def may_serve_revision(connection: Connection, revision: str | None) -> bool:
    """The same for a revision that is known already."""
    if revision is None or revision <= HEAD:
        return revision == HEAD
    return (_oldest_code(connection) or revision) <= HEAD


def raise_unless_current(engine: Engine) -> None:
    """Raise ``SchemaOutdated`` unless this version of flask_acct works on the tables."""
    if not may_serve(engine):
        raise SchemaOutdated("The tables are missing or of another version. Run: flask acct upgrade")


def include_name(name: str | None, type_: str, _parents: Any = None) -> bool:
    """For a host's ``env.py``, ``context.configure(include_name=include_name)``: autogenerate ignores our tables."""
    return not (type_ == "table" and name is not None and name.startswith(PREFIX))


def include_object(found: Any, name: str | None, type_: str, reflected: bool = False, compare_to: Any = None) -> bool:
    """The same for ``context.configure(include_object=include_object)``, as Flask-Migrate passes it on.

    A table that the host declares itself is the host's, whatever its name.
    """
    if type_ != "table" or name is None or not name.startswith(PREFIX):
        return True
    declared = compare_to if reflected else found
    return declared is not None and getattr(declared, "metadata", metadata) is not metadata


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the database; ``None`` before the first ``upgrade``."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608
    return found


def _has_oldest_code(connection: Connection) -> bool:
    return any(column["name"] == OLDEST_CODE for column in inspect(connection).get_columns(VERSION_TABLE))


def _oldest_code(connection: Connection) -> str | None:
    if not _has_oldest_code(connection):
        return None
    found: str | None = connection.scalar(text(f"SELECT {OLDEST_CODE} FROM {VERSION_TABLE}"))  # noqa: S608
    return found


def _note_oldest_code(connection: Connection) -> None:
    """The version table says which older code may serve the tables, for that code to read."""
    from . import rolling

    revision = revision_of(connection)
    if not _has_oldest_code(connection):
        connection.execute(text(f"ALTER TABLE {VERSION_TABLE} ADD COLUMN {OLDEST_CODE} VARCHAR(32)"))
    known = tuple(one for one in rolling.migrations() if one.revision <= (revision or ""))
    if known:
        oldest = rolling.oldest_code(known)
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET {OLDEST_CODE} = :oldest"), {"oldest": oldest})  # noqa: S608


def raise_if_newer(revision: str | None) -> None:
    """Raise ``SchemaTooNew`` for a revision that this version of flask_acct does not know."""
    if revision is not None and revision > HEAD:
        raise SchemaTooNew(
            f"The database is at revision {revision}, and this flask_acct knows {HEAD} as the newest. "
            "Install the version that upgraded it: pip install --upgrade flask_acct"
        )
