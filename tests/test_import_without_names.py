"""Imports that name no user names or customer numbers, and imports from another database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from flask_acct import Acct, cli, importing
from flask_acct.config import Config, Login, Users
from flask_acct.db.database import Database
from flask_acct.db.models import Account, FormerUsername, Membership, User
from flask_acct.importing import Imported, ImportRefused, QueryFailed, import_file, import_read, read_query
from flask_acct.security import passwords
from flask_acct.testing import PASSWORD

from .personas import Personas
from .scopes import NOON, SECRET_KEY, a_scope

HEAD = "account_name,email,first_name"
BY_NUMBER = Config(login=Login(identifiers=("customer_number",)), users=Users(enabled=False))

Bring = Callable[..., Imported]


@pytest.fixture
def bring(tmp_path: Path, database: Database, config: Config) -> Bring:
    """Imports lines below a head of few columns."""

    def bring(*lines: str, head: str = HEAD, config: Config = config, **asked: Any) -> Imported:
        file = tmp_path / "customers.csv"
        file.write_text("\n".join([head, *lines, ""]), "utf-8")
        return import_file(file, database, partial(a_scope, config=config, now=NOON), **asked)

    return bring


def users(db: Session) -> dict[str, User]:
    return {user.email: user for user in db.scalars(select(User))}


def problems(refused: pytest.ExceptionInfo[ImportRefused]) -> list[tuple[int, str]]:
    return [(problem.line, problem.column) for problem in refused.value.problems]


def test_a_user_name_and_a_number_are_made_for_each_customer(bring: Bring, db: Session) -> None:
    did = bring("Zoe's,zoe@example.com,Zoe", "Yan's,yan@example.com,Yan")
    numbers = {account.name: account.number for account in db.scalars(select(Account))}
    assert did.users_added == 2
    assert did.accounts_added == 2
    assert sorted(numbers) == ["Yan's", "Zoe's"]
    assert {len(number) for number in numbers.values()} == {7}
    assert users(db)["zoe@example.com"].username == "zoe"


def test_the_same_file_again_changes_nothing(bring: Bring, db: Session) -> None:
    rows = ("Zoe's,zoe@example.com,Zoe", "Yan's,yan@example.com,Yan")
    bring(*rows)
    assert bring(*rows).is_same
    assert bring("Zoe & Co,zoe@example.com,Zoe").accounts_changed == 1
    assert db.scalar(select(func.count()).select_from(Account)) == 2


def test_names_that_somebody_has_or_had_are_not_given_again(bring: Bring, db: Session, personas: Personas) -> None:
    db.add(FormerUsername(key="zoe", user_id=personas.bob.id, free_at=NOON.replace(year=2027)))
    db.commit()
    bring("A,alice@a.example,", "B,alice@b.example,", "C,zoe@c.example,")
    made = {email: user.username for email, user in users(db).items() if user.id != personas.alice.id}
    assert made["alice@a.example"] != made["alice@b.example"]
    assert all(made[one].startswith("alice-") for one in ("alice@a.example", "alice@b.example"))
    assert made["zoe@c.example"].startswith("zoe-")


def test_a_name_that_another_row_has_is_not_given(bring: Bring, db: Session) -> None:
    bring("A,zoe@a.example,,", "B,b@b.example,,zoe", head=f"{HEAD},username")
    assert {email: user.username == "zoe" for email, user in users(db).items()} == {
        "zoe@a.example": False, "b@b.example": True,
    }  # fmt: skip


def test_a_row_means_the_account_its_user_owns(bring: Bring, db: Session, personas: Personas) -> None:
    bring(",alice@example.com,Alicia")
    db.expire_all()
    assert users(db)["alice@example.com"].first_name == "Alicia"
    assert db.scalar(select(func.count()).select_from(Account)) == 2


def test_a_user_with_several_accounts_must_be_told_which(bring: Bring, db: Session, personas: Personas) -> None:
    db.add(Account(number="9002", name="Third", created_at=NOON))
    db.flush()
    third = db.scalars(select(Account).where(Account.number == "9002")).one()
    db.add(Membership(user_id=personas.alice.id, account_id=third.id, is_owner=True, created_at=NOON))
    db.commit()
    with pytest.raises(ImportRefused) as refused:
        bring(",alice@example.com,Alicia", "X,new@example.com,")
    assert problems(refused) == [(2, "customer_number")]


def test_a_new_account_needs_a_name(bring: Bring) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(",zoe@example.com,Zoe", "Y,yan@example.com,")
    assert problems(refused) == [(2, "account_name")]


def test_two_rows_of_one_new_user_are_told(bring: Bring) -> None:
    with pytest.raises(ImportRefused):
        bring("Z,zoe@example.com,Zoe", "Other,ZOE@example.com,Zoe")


def test_two_users_of_one_new_customer_are_two_customers(bring: Bring, db: Session) -> None:
    """Nobody gets into an account because its name is the same."""
    bring("Smith,a@example.com,", "Smith,b@example.com,")
    assert db.scalar(select(func.count()).select_from(Account)) == 2


def test_with_a_number_and_no_user_name_the_address_says_who_it_is(bring: Bring, db: Session) -> None:
    head = "customer_number,account_name,email"
    bring("9100,A,a@example.com", "9101,B,a@example.com", head=head, config=BY_NUMBER)
    assert [user.username for user in users(db).values()] == ["a"]
    assert bring("9100,A,a@example.com", "9101,B,a@example.com", head=head, config=BY_NUMBER).is_same


def test_an_address_of_several_users_must_be_told_apart(bring: Bring, db: Session) -> None:
    full = "customer_number,account_name,email,username"
    bring("9100,A,a@example.com,ann", "9101,B,a@example.com,ben", head=full, config=BY_NUMBER)
    head = "customer_number,account_name,email"
    assert bring("9100,A,a@example.com", head=head, config=BY_NUMBER).is_same
    with pytest.raises(ImportRefused) as refused:
        bring("9102,C,a@example.com", head=head, config=BY_NUMBER)
    assert problems(refused) == [(2, "username")]


def test_a_thousand_names_cost_a_few_statements(bring: Bring, database: Database) -> None:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(database.engine, "before_cursor_execute", hear)
    bring(*(f"N{number},n{number}@example.com," for number in range(1000)))
    assert len(heard) < 100


def test_add_account_needs_what_people_sign_in_by(database: Database, config: Config) -> None:
    found = importing.single({"email": "zoe@example.com", "account_name": "Z"}, config, source="add-account")
    assert import_read(found, database, partial(a_scope, config=config, now=NOON)).accounts_added == 1
    refused = importing.single({"email": "zoe@example.com", "account_name": "Z"}, BY_NUMBER, source="x")
    assert [problem.column for problem in refused.problems] == ["customer_number"]


# From another database.


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The database of another program."""
    file = tmp_path / "old shop.db"
    with sqlite3.connect(file) as old:
        old.execute("CREATE TABLE clients (id INTEGER, company TEXT, mail TEXT, pw BLOB, ends DATE, note TEXT)")
        rows = [
            (17, "Ortega: 100 % pan", "ann@example.com", generate_password_hash(PASSWORD, "scrypt:1024:8:1").encode(),
             "2026-12-31", None),
            (18, "Two\nlines", "ben@example.com", None, None, "x"),
        ]  # fmt: skip
        old.executemany("INSERT INTO clients VALUES (?, ?, ?, ?, ?, ?)", rows)
    old.close()
    return f"sqlite:///{file}"


SELECT = """
SELECT id + 9000 AS customer_number, company AS account_name, mail AS email, pw AS password_hash, ends AS plan_expires
FROM clients WHERE company LIKE '%' AND company <> 'a:b %s %(x)s'  -- a percent sign and a colon are themselves
ORDER BY id;
"""


def ask(url: str, sql: str, config: Config) -> importing.PeopleRead:
    return read_query(url, sql, config, source="customers.sql")


def test_the_rows_of_a_query_are_imported_as_a_files(
    shop: str, database: Database, config: Config, db: Session
) -> None:
    did = import_read(ask(shop, SELECT, config), database, partial(a_scope, config=config, now=NOON))
    ann = users(db)["ann@example.com"]
    assert did.users_added == 2
    assert did.accounts_added == 2
    assert passwords.verify(PASSWORD, ann.password_hash)
    assert [account.number for account in db.scalars(select(Account).order_by(Account.id))] == ["9017", "9018"]
    assert str(ann.memberships[0].account.plan_expires_on) == "2026-12-31"


def test_a_problem_of_a_query_names_its_row(shop: str, database: Database, config: Config) -> None:
    found = ask(shop, SELECT.replace("mail AS", "company AS"), config)
    with pytest.raises(ImportRefused, match=r"customers\.sql: line 2, column email") as refused:
        import_read(found, database, partial(a_scope, config=config, now=NOON))
    assert problems(refused) == [(1, "email"), (2, "email")]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT mail FROM clients", "email"),
        ("SELECT mail AS email, company AS compani FROM clients", "compani"),
        ("SELECT mail AS email, company AS email FROM clients", "hold the same"),
    ],
)
def test_columns_of_a_query_are_told_as_a_files(shop: str, config: Config, sql: str, says: str) -> None:
    with pytest.raises(ImportRefused, match=says):
        ask(shop, sql, config)


@pytest.mark.parametrize(
    ("url", "sql", "says"),
    [
        (None, "SELECT a FROM nowhere", "no such table"), (None, "DELETE FROM clients", "Write one SELECT"),
        (None, "SELECT 1; DELETE FROM clients", "one statement"), ("no url", "SELECT 1", "not the address"),
        ("sqlite:////nowhere/old.db", "SELECT 1", "There is no file"), ("sqlite://", "SELECT 1", "There is no file"),
        ("nothing://x/y", "SELECT 1", "knows no database"),
        ("mysql://ann:secret@127.0.0.1:1/shop", "SELECT 1", "pip install pymysql"),
        ("postgresql://ann:secret@127.0.0.1:1/shop", "SELECT 1", "refused"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_run_says_why_and_no_password(
    shop: str, config: Config, url: str | None, sql: str, says: str
) -> None:
    with pytest.raises(QueryFailed, match=says) as failed:
        ask(url or shop, sql, config)
    assert "secret" not in str(failed.value)


def test_the_other_database_is_only_read(shop: str, config: Config) -> None:
    ask(shop, SELECT, config)
    with pytest.raises(QueryFailed):
        ask(shop, "DELETE FROM clients", config)
    with sqlite3.connect(str(make_url(shop).database)) as old:
        assert old.execute("SELECT count(*) FROM clients").fetchone() == (2,)
    old.close()


@pytest.fixture
def app(database_url: str) -> Flask:
    app = Flask("host")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=database_url, ACCT_WORKER=False)
    Acct(app, config="client-area")
    return app


def test_the_command_imports_a_query(app: Flask, shop: str, tmp_path: Path) -> None:
    (tmp_path / "customers.sql").write_text(SELECT, "utf-8")
    done = app.test_cli_runner().invoke(
        cli.acct, ["import", "--from", shop, "--query", str(tmp_path / "customers.sql")]
    )
    assert done.exit_code == 0, done.output
    assert "Users: 2 added" in done.output, done.output


@pytest.mark.parametrize(
    "arguments", [[], ["--from", "sqlite:///x"], ["--query", "x.sql"], ["a.csv", "--query", "x.sql"]]
)
def test_the_command_says_what_it_reads_from(app: Flask, arguments: list[str]) -> None:
    refused = app.test_cli_runner().invoke(cli.acct, ["import", *arguments])
    assert refused.exit_code == 1, refused.output
    assert "--from URL --query FILE.sql" in refused.output, refused.output


def test_the_address_of_the_other_database_may_be_in_the_environment(app: Flask, shop: str, tmp_path: Path) -> None:
    (tmp_path / "customers.sql").write_text(SELECT, "utf-8")
    runner: CliRunner = app.test_cli_runner()
    done = runner.invoke(
        cli.acct, ["import", "--query", str(tmp_path / "customers.sql")], env={"ACCT_IMPORT_FROM": shop}
    )
    assert done.exit_code == 0, done.output
