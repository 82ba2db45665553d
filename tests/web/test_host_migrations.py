"""A host's Flask-Migrate, as it is: ``flask db migrate`` and ``upgrade`` beside ours, whoever was set up first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import flask_sqlalchemy
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from flask_acct import Acct, User
from flask_acct.cli import acct
from flask_acct.config import Config
from flask_acct.db import schema

from ..scopes import SECRET_KEY

# The env.py that Flask-Migrate writes tries the name of before Flask-SQLAlchemy 3 first.
pytestmark = pytest.mark.filterwarnings("ignore:'get_engine' is deprecated:DeprecationWarning")


class Host:
    """An app with Flask-SQLAlchemy, a table that points at our users, and migrations in a folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self.app = Flask("host", root_path=str(folder), instance_path=str(folder))
        self.app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, SQLALCHEMY_DATABASE_URI=url)
        self.db = flask_sqlalchemy.SQLAlchemy()
        self.folder = folder / "migrations"

        class Note(self.db.Model):  # type: ignore[name-defined, misc]
            __tablename__ = "note"
            id = sa.Column(sa.Integer, primary_key=True)
            user_id = sa.Column(sa.ForeignKey(User.id))

        self.db.init_app(self.app)

    def add_acct(self) -> None:
        Acct(self.app, config=Config(), db=self.db)

    def add_migrate(self, **options: Any) -> None:
        flask_migrate.Migrate(self.app, self.db, directory=str(self.folder), **options)

    def run(self, *work: Callable[[], object]) -> None:
        with self.app.app_context():
            for one in work:
                one()

    def begin(self) -> None:
        """Our tables are there, and the folder for the host's migrations."""
        self.run(lambda: schema.upgrade(self.db.engine), flask_migrate.init)

    def tables(self) -> set[str]:
        with self.app.app_context():
            return set(sa.inspect(self.db.engine).get_table_names())

    def written(self) -> str:
        return "".join(file.read_text() for file in sorted((self.folder / "versions").glob("*.py")))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Flask-Migrate's env.py sets up logging anew, which would switch off what other tests listen to."""
    loggers = dict(logging.root.manager.loggerDict)
    was = {name: one.disabled for name, one in loggers.items() if isinstance(one, logging.Logger)}
    level, handlers = logging.root.level, list(logging.root.handlers)
    yield
    for name, disabled in was.items():
        logging.getLogger(name).disabled = disabled
    logging.root.setLevel(level)
    logging.root.handlers[:] = handlers


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(tmp_path, f"sqlite:///{tmp_path / 'host.db'}")
    yield made
    with made.app.app_context():
        made.db.engine.dispose()


@pytest.fixture(params=["first", "last"])
def migrating(request: pytest.FixtureRequest, host: Host) -> Host:
    steps = [host.add_migrate, host.add_acct]
    for step in steps if request.param == "first" else reversed(steps):
        step()
    host.begin()
    return host


def test_a_migration_drops_nothing_of_ours(migrating: Host) -> None:
    migrating.run(flask_migrate.migrate, flask_migrate.upgrade)
    assert "acct_user" not in migrating.written().replace("'acct_user.id'", "")
    assert {"acct_user", "acct_session", schema.VERSION_TABLE, "note"} <= migrating.tables()


def test_going_back_takes_nothing_of_ours_along(migrating: Host) -> None:
    ours = {name for name in migrating.tables() if name.startswith("acct_")}
    migrating.run(flask_migrate.migrate, flask_migrate.upgrade, lambda: flask_migrate.downgrade(revision="base"))
    assert migrating.tables() == {*ours, "alembic_version"}


def test_a_second_migration_finds_nothing_new(migrating: Host) -> None:
    migrating.run(flask_migrate.migrate, flask_migrate.upgrade, flask_migrate.migrate)
    assert len(list((migrating.folder / "versions").glob("*.py"))) == 1


def test_without_it_the_host_would_drop_them(host: Host) -> None:
    """What the tests above would not notice if Alembic had changed its ways."""
    host.add_migrate()
    host.begin()
    host.run(flask_migrate.migrate)
    assert "drop_table('acct_user')" in host.written()


@pytest.mark.parametrize("option", ["include_object", "include_name"])
def test_a_filter_of_the_hosts_own_is_heeded_as_well(host: Host, option: str) -> None:
    asked: list[str | None] = []

    def theirs(*args: Any) -> bool:
        name = args[1] if option == "include_object" else args[0]
        asked.append(name)
        return not str(name).startswith("legacy")

    host.add_acct()
    host.add_migrate(**{option: theirs})
    host.begin()
    with host.app.app_context(), host.db.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE legacy (id INTEGER PRIMARY KEY)"))
    host.run(flask_migrate.migrate)
    assert "note" in asked or "legacy" in asked
    assert "drop_table" not in host.written().partition("def downgrade")[0]


def test_a_host_whose_env_names_a_filter_itself_is_not_in_the_way(migrating: Host) -> None:
    env = migrating.folder / "env.py"
    env.write_text(env.read_text().replace("**conf_args", "include_object=lambda *_: True, **conf_args"))
    fresh = Host(migrating.folder.parent, migrating.app.config["SQLALCHEMY_DATABASE_URI"])
    fresh.add_acct()
    fresh.add_migrate()
    fresh.run(flask_migrate.migrate)
    with fresh.app.app_context():
        fresh.db.engine.dispose()
    assert "drop_table('acct_user')" not in fresh.written()


def test_a_table_of_the_hosts_that_begins_as_ours_do_is_the_hosts(host: Host) -> None:
    sa.Table("acct_of_the_host", host.db.metadata, sa.Column("id", sa.Integer, primary_key=True))
    host.add_acct()
    host.add_migrate()
    host.begin()
    host.run(flask_migrate.migrate, flask_migrate.upgrade, flask_migrate.migrate)
    assert "acct_of_the_host" in host.tables()
    assert len(list((host.folder / "versions").glob("*.py"))) == 1


def checked(host: Host) -> str:
    info = ScriptInfo(create_app=lambda: host.app)
    return CliRunner().invoke(acct, ["check", "client-area"], obj=info).output


def test_check_says_that_our_tables_are_left_alone(migrating: Host) -> None:
    assert "leaves the acct_* tables" in checked(migrating)


def test_check_says_nothing_of_it_where_there_is_none(host: Host) -> None:
    host.add_acct()
    assert "Flask-Migrate" not in checked(host)


def test_check_names_a_migration_from_before_that_drops_them(host: Host) -> None:
    host.add_migrate()
    host.begin()
    host.run(flask_migrate.migrate)
    host.add_acct()
    said = checked(host)
    assert "drops acct_" in said
    assert "flask db migrate" in said
