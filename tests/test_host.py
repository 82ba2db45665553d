"""flask_acct inside a host's app: its database, its LoginManager, its error pages, its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import flask_sqlalchemy
import flask_sqlalchemy_lite
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_login import LoginManager, current_user, login_required, login_user, logout_user
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask_acct import Acct, User, current_account, requires, user_signed_in
from flask_acct.config import Config, ConfigError, parse
from flask_acct.db import schema
from flask_acct.db.database import Database
from flask_acct.extension import Misplaced
from flask_acct.testing import PASSWORD

from .personas import settle
from .scopes import SECRET_KEY


def host(**settings: Any) -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, **settings)
    return app


def sign_in(client: Any, email: str) -> Any:
    page = client.get("/account/login").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return client.post("/account/login", data={"identifier": email, "password": PASSWORD, "csrf_token": token[1]})


class FlaskSQLAlchemyHost:
    def __init__(self, app: Flask, url: str) -> None:
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        self.db = flask_sqlalchemy.SQLAlchemy()
        self.db.init_app(app)


class LiteHost:
    def __init__(self, app: Flask, url: str) -> None:
        app.config["SQLALCHEMY_ENGINES"] = {"default": url}
        self.db = flask_sqlalchemy_lite.SQLAlchemy(app)


@pytest.fixture(params=[FlaskSQLAlchemyHost, LiteHost])
def shared(request: pytest.FixtureRequest, tmp_path: Path, now: datetime) -> Iterator[tuple[Flask, Any]]:
    """An app whose own database flask_acct shares, with Alice in it."""
    app = host()
    db = request.param(app, f"sqlite:///{tmp_path / 'host.db'}").db
    Acct(app, config=Config(), db=db, clock=lambda: now)
    with app.app_context():
        schema.upgrade(db.engine)
        with Database(db.engine).transaction() as session:
            settle(db=session, config=Config(), now=now)
        engine = db.engine
    yield app, db
    engine.dispose()


def test_a_user_signs_in_through_the_hosts_own_session(shared: tuple[Flask, Any]) -> None:
    app, db = shared

    @app.get("/whoami")
    @login_required
    def whoami() -> str:
        assert current_user in db.session
        return f"{current_user.username} of {current_account.name}"

    client = app.test_client()
    sign_in(client, "alice@example.com")

    assert client.get("/whoami").text.startswith("alice of ")


def test_a_host_points_a_foreign_key_at_a_user(shared: tuple[Flask, Any], now: datetime) -> None:
    app, db = shared

    class HostTable(DeclarativeBase):
        pass

    class Note(HostTable):
        __tablename__ = "note"
        id: Mapped[int] = mapped_column(primary_key=True)
        user_id: Mapped[int] = mapped_column(sa.ForeignKey(User.id))

    with app.app_context():
        HostTable.metadata.create_all(db.engine, tables=[HostTable.metadata.tables["note"]])
        db.session.add(Note(user_id=db.session.scalar(sa.select(User.id).where(User.username == "alice"))))
        db.session.commit()

        assert db.session.scalar(sa.select(sa.func.count()).select_from(Note)) == 1


def test_what_a_host_left_unsaved_is_not_saved_by_reading_who_is_here(shared: tuple[Flask, Any]) -> None:
    app, db = shared

    @app.get("/careless")
    def careless() -> str:
        user = db.session.scalar(sa.select(User).where(User.username == "bob"))
        user.first_name = "Changed"
        return current_user.username

    client = app.test_client()
    sign_in(client, "alice@example.com")
    client.get("/careless")

    with app.app_context():
        assert db.session.scalar(sa.select(User.first_name).where(User.username == "bob")) != "Changed"


def add_entrance(app: Flask, db: Any, *, commit: bool, changes: bool) -> None:
    """A page that signs Alice in by ``login_user``, and one that signs her out."""

    def change() -> None:
        if changes:
            bob = db.session.scalar(sa.select(User).where(User.username == "bob"))
            bob.first_name = "Robert"

    @app.post("/enter")
    def enter() -> str:
        change()
        login_user(db.session.scalar(sa.select(User).where(User.username == "alice")))
        if commit:
            db.session.commit()
        return f"{current_user.username} of {current_account.number}"

    @app.post("/leave")
    def leave() -> str:
        change()
        db.session.flush()
        logout_user()
        return "out"

    @app.get("/whoami")
    @requires()
    def whoami() -> str:
        return str(current_user.username)


@pytest.mark.parametrize(("commit", "changes"), [(False, False), (True, False), (True, True)])
def test_login_user_is_kept_in_the_hosts_own_session(shared: tuple[Flask, Any], *, commit: bool, changes: bool) -> None:
    app, db = shared
    add_entrance(app, db, commit=commit, changes=changes)
    client = app.test_client()
    assert client.post("/enter").text == "alice of 9000"
    assert client.get("/whoami").text == "alice"


def test_it_saves_nothing_that_the_host_has_not_saved(
    shared: tuple[Flask, Any], caplog: pytest.LogCaptureFixture
) -> None:
    app, db = shared
    add_entrance(app, db, commit=False, changes=True)
    app.test_client().post("/enter")
    with app.app_context():
        assert db.session.scalar(sa.select(User.first_name).where(User.username == "bob")) != "Robert"
    assert "db.session.commit()" in caplog.text


def test_logout_user_ends_the_session_whatever_becomes_of_the_hosts_changes(shared: tuple[Flask, Any]) -> None:
    app, db = shared
    add_entrance(app, db, commit=True, changes=True)
    client = app.test_client()
    client.post("/enter")
    cookie = client.get_cookie("acct")
    assert cookie
    client.post("/leave")
    client.set_cookie("acct", cookie.value)
    assert client.get("/whoami").status_code == 303


@pytest.fixture
def app(database_url: str, now: datetime) -> Iterator[Flask]:
    app = host(ACCT_DATABASE_URL=database_url)
    Acct(app, config=Config(), clock=lambda: now)
    database = app.extensions["acct"].database
    with database.transaction() as db:
        settle(db=db, config=Config(), now=now)
    yield app
    # A listener to a signal of the app's holds it for good.
    database.engine.dispose()


def test_a_hosts_own_login_manager_is_used(database_url: str) -> None:
    app = host(ACCT_DATABASE_URL=database_url)
    manager = LoginManager(app)
    Acct(app, config=Config(), login_manager=manager)

    assert app.login_manager is manager  # type: ignore[attr-defined]


def test_an_app_has_one_acct(app: Flask) -> None:
    with pytest.raises(Misplaced):
        Acct(app, config=Config())


def test_two_apps_of_one_process_do_not_share_a_thing(tmp_path: Path) -> None:
    acct = Acct()
    apps = [host(ACCT_DATABASE_URL=f"sqlite:///{tmp_path / name}.db") for name in ("one", "two")]
    for number, one in enumerate(apps):
        acct.init_app(one, config=parse(f'site.name = "Company {number}"'))
        schema.upgrade(one.extensions["acct"].database.engine)

    assert "Company 0" in apps[0].test_client().get("/account/login").text
    assert "Company 1" in apps[1].test_client().get("/account/login").text


def test_wording_for_an_element_that_does_not_exist_is_refused_at_start(database_url: str) -> None:
    with pytest.raises(ConfigError, match=r"login\.form\.submit"):
        Acct(host(ACCT_DATABASE_URL=database_url), config=parse('[labels.es]\n"login.form.submitt" = "Entrar"'))


def test_a_host_hears_that_somebody_signed_in(app: Flask) -> None:
    heard = []

    @user_signed_in.connect_via(app)
    def hear(sender: Flask, user: User, **extra: object) -> None:
        heard.append((sender, user.username))

    sign_in(app.test_client(), "alice@example.com")

    assert heard == [(app, "alice")]


def test_a_hosts_page_behind_a_permission_is_closed_to_a_sub_user_without_it(app: Flask) -> None:
    @app.get("/invoices")
    @requires("invoices")
    def invoices() -> str:
        return "invoices"

    alice, bob = app.test_client(), app.test_client()
    sign_in(alice, "alice@example.com")
    sign_in(bob, "bob@example.com")

    assert alice.get("/invoices").status_code == 200
    assert bob.get("/invoices").status_code == 403


def test_a_hosts_own_404_page_stays(database_url: str) -> None:
    app = host(ACCT_DATABASE_URL=database_url)
    app.register_error_handler(404, lambda error: ("the host's own", 404))
    Acct(app, config=Config())

    assert app.test_client().get("/nowhere").text == "the host's own"


def test_a_hosts_forms_are_left_alone(app: Flask) -> None:
    @app.post("/basket")
    def basket() -> str:
        return "added"

    assert app.test_client().post("/basket").text == "added"


def test_a_remember_me_cookie_of_an_earlier_app_hides_nobody(app: Flask) -> None:
    @app.get("/whoami")
    @login_required
    def whoami() -> str:
        return str(current_user.username)

    client = app.test_client()
    sign_in(client, "alice@example.com")
    client.set_cookie("remember_token", "1|0123456789abcdef")

    assert client.get("/whoami").text == "alice"
