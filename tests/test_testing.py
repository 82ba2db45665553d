"""What flask_acct gives to the tests of hosts."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_sqlalchemy
import pytest
from flask import Flask
from sqlalchemy import inspect, select

from flask_acct import Acct, AcctError, User, current_account, requires
from flask_acct.config import Config
from flask_acct.db.database import BadDatabaseUrl
from flask_acct.testing import PASSWORD, AcctClient, a_sub_user, an_owner, freeze_clock, make_tables, sent_mails

from .scopes import SECRET_KEY
from .web.visitor import Visitor


def host(**settings: Any) -> Flask:
    """A host's app, as its tests make it."""
    app = Flask(__name__)
    app.config.update(TESTING=True, SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL="sqlite://", **settings)
    app.test_client_class = AcctClient
    Acct(app, config=Config())
    app.add_url_rule("/", "home", requires()(lambda: current_account.name))
    app.add_url_rule("/invoices", "invoices", requires("invoices")(lambda: "Invoices"))
    return app


@pytest.fixture
def app() -> Flask:
    app = host()
    assert make_tables(app)
    return app


def sign_in(app: Flask, email: str, password: str = PASSWORD) -> Any:
    visitor = Visitor(app.test_client(), "http://localhost")
    visitor.open("/account/login")
    visitor.press("Sign in", {"Email": email, "Password": password})
    return visitor


def running() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_an_owner_is_signed_in_from_the_first_request_on(app: Flask) -> None:
    assert app.test_client(user=an_owner(app, account="Ana's Bakery")).get("/").text == "Ana's Bakery"


def test_a_sub_user_may_what_was_granted_and_no_more(app: Flask) -> None:
    alice = an_owner(app)
    may, may_not = a_sub_user(app, of=alice, may=["invoices"]), a_sub_user(app, of=alice)
    assert [app.test_client(user=one).get("/invoices").status_code for one in (may, may_not)] == [200, 403]


def test_a_sub_user_can_be_of_an_account(app: Flask) -> None:
    alice = an_owner(app, account="Ana's Bakery")
    bob = a_sub_user(app, of=alice.memberships[0].account)
    assert app.test_client(user=bob).get("/").text == "Ana's Bakery"


def test_everybody_can_sign_in_by_the_form(app: Flask) -> None:
    alice = an_owner(app)
    bob = a_sub_user(app, of=alice)
    assert [sign_in(app, one.email).path for one in (alice, bob)] == ["/", "/"]


def test_who_is_made_without_a_name_is_somebody_else_each_time(app: Flask) -> None:
    made = [an_owner(app), an_owner(app)]
    assert len({one.email for one in made} | {one.username for one in made}) == 4


def test_a_permission_that_there_is_not_is_named(app: Flask) -> None:
    with pytest.raises(AcctError, match="invoice"):
        a_sub_user(app, of=an_owner(app), may=["invoice"])


def test_what_is_somebody_elses_is_refused_in_words(app: Flask) -> None:
    an_owner(app, email="ana@example.com", number="9000")
    with pytest.raises(AcctError, match=r"the address ana@example\.com already"):
        an_owner(app, email="ana@example.com")
    with pytest.raises(AcctError, match="customer number 9000"):
        an_owner(app, number="9000")


def test_who_owns_nothing_has_no_sub_users(app: Flask) -> None:
    with pytest.raises(AcctError, match="owns no account"):
        a_sub_user(app, of=a_sub_user(app, of=an_owner(app)))


def test_an_app_without_flask_acct_is_told_so() -> None:
    with pytest.raises(AcctError, match="init_app"):
        make_tables(Flask(__name__))


def test_the_mails_that_were_asked_for_can_be_read(app: Flask) -> None:
    alice = an_owner(app, email="ana@example.com")
    visitor = Visitor(app.test_client(), "http://localhost")
    visitor.open("/account/recover/password")
    visitor.press("Email me a link", {"Email": alice.email})
    [mail] = sent_mails(app)
    assert "ana@example.com" in mail["To"]
    assert "/account/" in mail.get_body(("plain",)).get_content()
    assert sent_mails(app) == []


def test_time_passes_where_a_test_says_so(app: Flask) -> None:
    clock = freeze_clock(app)
    began = clock.now
    client = app.test_client(user=an_owner(app, account="Ana's Bakery"))
    assert app.extensions["acct"].clock() == began
    assert client.get("/").text == "Ana's Bakery"
    clock.move(days=31)
    assert app.extensions["acct"].clock() == began + timedelta(days=31)
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"email": "ana"}, "'ana' is not an email address"),
        ({"username": "42"}, "'42' is not a user name"),
        ({"number": "ana"}, "'ana' is not a customer number"),
    ],
)
def test_what_nobody_can_have_is_refused_in_words(app: Flask, given: dict[str, str], says: str) -> None:
    with pytest.raises(AcctError, match=re.escape(says)):
        an_owner(app, **given)


def test_a_customer_number_may_be_given_as_people_write_it(app: Flask) -> None:
    assert an_owner(app, number="No. 09000").memberships[0].account.number == "9000"


def test_no_thread_sends_mails_in_a_test(app: Flask) -> None:
    app.test_client().get("/account/login")
    assert "flask-acct-post" not in running()


def test_a_host_may_want_the_thread_all_the_same() -> None:
    app = host(ACCT_WORKER=True)
    make_tables(app)
    app.test_client().get("/account/login")
    is_there = "flask-acct-post" in running()
    app.extensions["acct"].worker.stop()
    assert is_there


def test_each_app_has_a_database_in_memory_of_its_own(app: Flask) -> None:
    other = host()
    make_tables(other)
    made = [an_owner(one, email="ana@example.com", number="9000") for one in (app, other)]
    assert [one.memberships[0].account.number for one in made] == ["9000", "9000"]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_outside_of_tests_a_database_in_memory_is_refused_and_told_what_to_do(url: str) -> None:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=url)
    with pytest.raises(BadDatabaseUrl, match="TESTING = True"):
        Acct(app, config=Config())


def test_tables_that_are_there_are_left_as_they_are(app: Flask) -> None:
    an_owner(app, email="ana@example.com")
    assert not make_tables(app)
    with pytest.raises(AcctError):
        an_owner(app, email="ana@example.com")


def test_the_tables_are_those_of_the_migrations(app: Flask) -> None:
    by_migrations = host()
    done = by_migrations.test_cli_runner().invoke(args=["acct", "upgrade"])
    assert done.exit_code == 0, done.output
    made = [inspect(one.extensions["acct"].database.engine) for one in (app, by_migrations)]
    names = [set(one.get_table_names()) for one in made]
    assert names[0] == names[1]
    columns = [{(name, column["name"]) for name in names[0] for column in one.get_columns(name)} for one in made]
    assert columns[0] == columns[1]


def test_the_commands_are_the_apps_own(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["acct", "upgrade"])
    assert done.exit_code == 0
    assert "The tables are up to date" in done.output


def test_a_command_of_the_hosts_by_that_name_stays() -> None:
    app = Flask(__name__)
    app.config.update(TESTING=True, SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL="sqlite://")
    app.cli.command("acct")(lambda: print("the host's"))
    Acct(app, config=Config())
    assert app.test_cli_runner().invoke(args=["acct"]).output == "the host's\n"


def test_forms_can_be_sent_without_a_token_where_a_test_says_so() -> None:
    app = host(WTF_CSRF_ENABLED=False)
    make_tables(app)
    alice = an_owner(app)
    done = app.test_client().post("/account/login", data={"identifier": alice.email, "password": PASSWORD})
    assert done.status_code == 303
    assert done.location == "/"


def test_a_database_in_memory_of_the_hosts_extension_will_do() -> None:
    app = Flask(__name__)
    app.config.update(TESTING=True, SECRET_KEY=SECRET_KEY, SQLALCHEMY_DATABASE_URI="sqlite://")
    app.test_client_class = AcctClient
    db = flask_sqlalchemy.SQLAlchemy(app)
    Acct(app, config=Config(), db=db)
    app.add_url_rule("/", "home", requires()(lambda: current_account.name))
    make_tables(app)
    alice = an_owner(app, account="Ana's Bakery")
    assert app.test_client(user=alice).get("/").text == "Ana's Bakery"
    assert sign_in(app, alice.email).path == "/"
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def in_use(tmp_path: Path) -> Flask:
    """An app whose tests were pointed at a database with people in it."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    other = Flask(__name__)
    other.config.update(TESTING=True, SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=url)
    Acct(other, config=Config())
    make_tables(other)
    an_owner(other, email="ana@example.com")
    again = Flask(__name__)
    again.config.update(TESTING=True, SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=url)
    Acct(again, config=Config())
    return again


WRITES = {
    "an owner": an_owner,
    "a sub-user": lambda app: a_sub_user(app, of=User(id=1, email="ana@example.com")),
    "mails": sent_mails,
    "tables": make_tables,
}


@pytest.mark.parametrize("what", WRITES)
def test_nothing_is_done_in_a_database_that_has_people_in_it(in_use: Flask, what: str) -> None:
    with pytest.raises(AcctError, match="has users in it"):
        WRITES[what](in_use)
    with in_use.extensions["acct"].database.session() as db:
        assert db.scalars(select(User.email)).all() == ["ana@example.com"]


def test_people_of_the_hosts_own_tests_are_no_hindrance_in_a_temporary_database() -> None:
    app = host()
    app.test_cli_runner().invoke(args=["acct", "upgrade"])
    with app.app_context():
        Acct().create_user("ana@example.com")
    assert an_owner(app).memberships


HOST_TESTS = """
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select
from flask_acct import Acct, current_account, requires
from flask_acct.testing import KEY

pytest_plugins = ["flask_acct.testing.fixtures"]
ENGINES = []


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config.update(TESTING=True, SECRET_KEY=KEY, ACCT_DATABASE_URL=URL)
    Acct(app, config="client-area")
    app.add_url_rule("/invoices", "invoices", requires("invoices")(lambda: "Invoices"))
    ENGINES.append(app.extensions["acct"].database.engine)
    return app


def test_may(app, an_owner, a_sub_user):
    bob = a_sub_user(of=an_owner(), may=["invoices"])
    assert app.test_client(user=bob).get("/invoices").status_code == 200


def test_may_not(app, an_owner, a_sub_user):
    assert app.test_client(user=a_sub_user(of=an_owner())).get("/invoices").status_code == 403


def test_time(app, an_owner, acct_clock):
    client = app.test_client(user=an_owner())
    assert client.get("/invoices").status_code == 200
    acct_clock.move(days=31)
    assert client.get("/invoices").status_code == 303


def test_mail(app, an_owner, acct_mails):
    assert acct_mails() == []


def test_the_tables_are_gone():
    assert len(ENGINES) == 4
    there = [engine for engine in ENGINES if Path(engine.url.database).exists()]
    assert len(there) == 4 or URL == "sqlite://"
    assert [inspect(engine).get_table_names() for engine in there] == [[]] * len(there)
"""


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///a-file-that-stays.db"])
def test_the_fixtures_work_in_a_hosts_own_suite(tmp_path: Path, url: str) -> None:
    (tmp_path / "test_shop.py").write_text(f"URL = {url!r}\n{HOST_TESTS}")
    run = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_shop.py"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert "5 passed" in done.stdout, done.stdout + done.stderr
