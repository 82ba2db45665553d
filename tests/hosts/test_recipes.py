"""The small apps: somebody signs in through the real form, and what is the host's own works as it did."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect

from flask_acct import Account, User, account_deleted, account_deleting, user_signed_in
from flask_acct.testing import KEY, PASSWORD

from .apps import async_views, lite, migrated, plain, strict, subdomains, two_apps
from .conftest import Open, run
from .visitor import Visitor

ALICE = "alice@example.com"


def alice(app: Any, base: str = "http://localhost", path: str = "/account/login") -> Visitor:
    """Alice, signed in through the form."""
    visitor = Visitor(app, base)
    assert visitor.sign_in(ALICE, PASSWORD, path).status_code == 303
    return visitor


@pytest.fixture
def shared(tmp_path: Path) -> dict[str, Any]:
    """For an app that shares its own database."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    return {
        "TESTING": True,
        "SECRET_KEY": KEY,
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINES": {"default": url},
    }


# A new app.


@pytest.fixture
def plain_app(settings: dict[str, Any], ready: Open) -> Flask:
    return ready(plain.create_app(settings))


def test_plain_a_guarded_page_opens_after_signing_in(plain_app: Flask) -> None:
    assert Visitor(plain_app).open("/").headers["Location"] == "/account/login?next=/"
    assert alice(plain_app).open("/").text == "Welcome, Example Ltd"


def test_plain_a_wrong_password_opens_nothing(plain_app: Flask) -> None:
    visitor = Visitor(plain_app)
    assert visitor.sign_in(ALICE, "not the right one").status_code == 422
    assert visitor.open("/").status_code == 303


# Flask-SQLAlchemy and Flask-Migrate.


@pytest.fixture
def _quiet() -> Iterator[None]:
    """Flask-Migrate's env.py sets up logging anew, which would switch off what other tests listen to."""
    loggers = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    was = {one: one.disabled for one in loggers}
    level, handlers = logging.root.level, list(logging.root.handlers)
    yield
    for one, disabled in was.items():
        one.disabled = disabled
    logging.root.setLevel(level)
    logging.root.handlers[:] = handlers


@pytest.fixture
def migrated_app(shared: dict[str, Any], tmp_path: Path, ready: Open, _quiet: None) -> Flask:
    """The app with a first migration of the host's, made by Flask-Migrate and applied."""
    app, folder = migrated.create_app(shared), str(tmp_path / "migrations")
    run(app, "acct", "upgrade")
    run(app, "db", "init", "-d", folder)
    run(app, "db", "migrate", "-d", folder, "-m", "orders")
    run(app, "db", "upgrade", "-d", folder)
    return ready(app)


MIGRATE = pytest.mark.filterwarnings("ignore:'get_engine' is deprecated:DeprecationWarning")


@MIGRATE
def test_migrated_both_have_their_tables(migrated_app: Flask) -> None:
    with migrated_app.app_context():
        tables = set(inspect(migrated.db.engine).get_table_names())
    assert {"shop_order", "acct_user", "acct_account", "acct_session"} <= tables


@MIGRATE
def test_migrated_a_migration_of_the_hosts_names_nothing_of_ours_but_its_keys(
    migrated_app: Flask, tmp_path: Path
) -> None:
    [written] = (tmp_path / "migrations" / "versions").glob("*.py")
    assert "acct_user.id" in written.read_text()
    assert "drop_table('acct" not in written.read_text()


@MIGRATE
def test_migrated_there_is_nothing_more_to_migrate(migrated_app: Flask, tmp_path: Path) -> None:
    run(migrated_app, "db", "migrate", "-d", str(tmp_path / "migrations"))
    assert len(list((tmp_path / "migrations" / "versions").glob("*.py"))) == 1


@MIGRATE
def test_migrated_an_order_belongs_to_who_is_signed_in(migrated_app: Flask) -> None:
    visitor = alice(migrated_app)
    assert visitor.post("/orders/cake").status_code == 201
    assert visitor.open("/orders").text == "Example Ltd: cake for Alice"


def ordered(app: Flask) -> str:
    """Alice has ordered bread, and her account is closed. Returns its number."""
    assert alice(app).post("/orders/bread").status_code == 201
    with app.app_context():
        number = migrated.db.session.scalars(migrated.db.select(Account.number)).one()
    run(app, "acct", "account", "close", number, "--reason", "asked for it")
    return str(number)


@MIGRATE
def test_migrated_an_account_with_rows_of_the_hosts_is_kept_and_their_table_named(migrated_app: Flask) -> None:
    number = ordered(migrated_app)
    done = migrated_app.test_cli_runner().invoke(args=["acct", "account", "delete", number, "--reason", "asked"])
    assert done.exit_code == 1
    assert "still refer to this account or its users: shop_order." in done.output
    assert "closed" in run(migrated_app, "acct", "account", "show", number)


@MIGRATE
def test_migrated_a_receiver_deletes_them_in_the_same_transaction(migrated_app: Flask) -> None:
    def forget(app: Flask, account: Account, **_: Any) -> None:
        for one in migrated.db.session.scalars(migrated.db.select(migrated.Order).filter_by(account_id=account.id)):
            assert one.user.name
            migrated.db.session.delete(one)

    def note(app: Flask, account: Account, **_: Any) -> None:
        heard.append(account.number)

    heard: list[str] = []
    number = ordered(migrated_app)
    with account_deleting.connected_to(forget), account_deleted.connected_to(note):
        run(migrated_app, "acct", "account", "delete", number, "--reason", "asked for it")
    assert heard == [number]
    with migrated_app.app_context():
        assert migrated.db.session.scalars(migrated.db.select(migrated.Order)).all() == []
        assert migrated.db.session.scalars(migrated.db.select(User)).all() == []


# Flask-SQLAlchemy-Lite.


@pytest.fixture
def lite_app(shared: dict[str, Any], ready: Open) -> Flask:
    app = ready(lite.create_app(shared))
    with app.app_context():
        lite.Model.metadata.create_all(lite.db.engine, tables=[lite.Note.metadata.tables["note"]])
    return app


def test_lite_current_user_is_of_the_hosts_session(lite_app: Flask) -> None:
    visitor = alice(lite_app)
    assert visitor.post("/notes/flour").status_code == 201
    assert visitor.open("/notes").text == "flour by Alice"


# Two client areas in one process.


@pytest.fixture
def both(settings: dict[str, Any], tmp_path: Path, ready: Open) -> Any:
    """Customers and dealers, each with a key and users of their own; the same address is somebody in both."""
    other = {**settings, "SECRET_KEY": KEY[::-1], "ACCT_DATABASE_URL": f"sqlite:///{tmp_path / 'dealers.db'}"}
    site = two_apps.create_site(settings, other)
    ready(site.app)
    ready(site.mounts["/dealers"])
    return site


def test_two_apps_signing_in_to_one_leaves_the_other_alone(both: Any) -> None:
    visitor = alice(both)
    assert visitor.sign_in(ALICE, PASSWORD, "/dealers/account/login").status_code == 303
    pages = [visitor.open(path).text for path in ("/", "/dealers/")]
    assert pages == ["Customers: Example Ltd", "Dealers: Example Ltd"]


def test_two_apps_whoever_is_in_one_is_a_stranger_in_the_other(both: Any) -> None:
    visitor = alice(both)
    assert visitor.open("/dealers/").headers["Location"] == "/dealers/account/login?next=/dealers/"


def test_two_apps_signing_out_of_one_leaves_the_other_alone(both: Any) -> None:
    visitor = alice(both)
    visitor.sign_in(ALICE, PASSWORD, "/dealers/account/login")
    visitor.send(visitor.open("/dealers/account/me").text, "/dealers/account/logout")
    assert [visitor.open(path).status_code for path in ("/", "/dealers/")] == [200, 303]


# Subdomains.

MY, WWW = "http://my.bakery.localhost:5000", "http://www.bakery.localhost:5000"


@pytest.fixture
def subdomain_app(settings: dict[str, Any], ready: Open) -> Flask:
    return ready(subdomains.create_app(settings))


def test_subdomains_people_sign_in_on_theirs(subdomain_app: Flask) -> None:
    assert alice(subdomain_app, MY).open("/").text == "Welcome, Example Ltd"


def test_subdomains_the_others_are_the_hosts(subdomain_app: Flask) -> None:
    visitor = Visitor(subdomain_app, WWW)
    assert visitor.open("/").text == "Bread since 1907"
    assert visitor.open("/account/login").status_code == 404


# async def.


# A receiver is everybody's from its import on; here it hears only its own app.
user_signed_in.disconnect(async_views.write_down)


@pytest.fixture
def async_app(settings: dict[str, Any], ready: Open) -> Iterator[Flask]:
    with user_signed_in.connected_to(async_views.write_down):
        yield ready(async_views.create_app(settings))


def test_async_a_guarded_view_is_waited_for(async_app: Flask) -> None:
    assert Visitor(async_app).open("/").status_code == 303
    assert alice(async_app).open("/").text == "Welcome, Example Ltd"


def test_async_the_provider_and_the_receiver_are_waited_for(async_app: Flask) -> None:
    async_views.heard.clear()
    page = alice(async_app).open("/account/subscription")
    assert "Bread every day" in page.text
    assert async_views.heard == [ALICE]


# StrictUndefined, and a base template of the house's own.


@pytest.fixture
def strict_app(settings: dict[str, Any], ready: Open) -> Flask:
    return ready(strict.create_app(settings))


def test_strict_pages_of_ours_stand_in_the_houses_frame(strict_app: Flask) -> None:
    page = Visitor(strict_app).open("/account/login")
    assert page.text.count('<nav><a href="/">Corner Bakery</a></nav>') == 1
    assert page.text.count("acct.css") == 1


def test_strict_pages_of_the_hosts_warn_before_the_session_ends(strict_app: Flask) -> None:
    page = alice(strict_app).open("/")
    assert "<h1>Welcome, Example Ltd</h1>" in page.text
    assert page.text.count('id="acct-leave"') == 1


PATHS = ["me", "profile", "contacts", "users", "password/change", "recover/password", "switch", "emails"]


@pytest.mark.parametrize("path", PATHS)
def test_strict_every_page_can_be_drawn(strict_app: Flask, path: str) -> None:
    assert alice(strict_app).open(f"/account/{path}").status_code < 400


# Each of them.

APPS = ["plain_app", "lite_app", "subdomain_app", "async_app", "strict_app"]


@pytest.mark.parametrize("name", APPS)
def test_check_finds_nothing_to_mend(request: pytest.FixtureRequest, name: str) -> None:
    assert "acct.toml is fine." in run(request.getfixturevalue(name), "acct", "check")


@MIGRATE
def test_check_finds_nothing_to_mend_beside_flask_migrate(migrated_app: Flask) -> None:
    assert "acct.toml is fine." in run(migrated_app, "acct", "check")


def test_check_finds_nothing_to_mend_in_either_of_two_apps(both: Any) -> None:
    for app in (both.app, both.mounts["/dealers"]):
        assert "acct.toml is fine." in run(app, "acct", "check")
