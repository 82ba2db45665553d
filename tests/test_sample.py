"""The sample client area: no way out of it leads nowhere, whichever preset it runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from flask_acct import Account, Membership, User
from flask_acct.cli import acct as commands
from flask_acct.config import presets
from flask_acct.web import rules
from sample_app import sample as filling
from sample_app import shop

from .conftest import SECRET_KEY
from .personas import settle

CUSTOMERS = Path(filling.__file__).with_name("customers.csv")


@pytest.fixture(params=presets())
def sample(request: pytest.FixtureRequest, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setenv("ACCT_CONFIG", request.param)
    monkeypatch.setenv("ACCT_DATABASE_URL", database_url)
    monkeypatch.setenv("FLASK_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("FLASK_ACCT_WORKER", "false")
    from sample_app import create_app

    return create_app()


@pytest.mark.parametrize("page", ["/contact", "/plans"])
def test_the_title_of_a_page_begins_with_its_heading(sample: Flask, page: str) -> None:
    html = sample.test_client().get(page).text
    heading, title = re.search(r"<h1>(.+)</h1>", html), re.search(r"<title>(.+) ·", html)
    assert heading
    assert title
    assert title[1] == heading[1]


def test_every_route_says_who_may_open_it(sample: Flask) -> None:
    assert list(rules.problems(sample)) == []


def test_the_demo_has_somebody_with_several_accounts(sample: Flask) -> None:
    """The page on which one is chosen has something to show."""
    done = sample.test_cli_runner().invoke(commands, ["import", str(CUSTOMERS)])
    assert done.exit_code == 0, done.output
    filling.add_members(sample)
    filling.add_members(sample)
    places = select(Account.number, Membership.permissions).join(Membership.account).join(Membership.user)
    with sample.extensions["acct"].database.session() as db:
        rows = db.execute(places.where(User.username == "m00001").order_by(Account.number)).all()
    assert [tuple(row) for row in rows] == [("9000", ["products", "domains"]), ("9001", [])]


def test_the_demo_fills_what_a_list_shows(sample: Flask) -> None:
    with sample.extensions["acct"].database.transaction() as db:
        settle(db=db, config=sample.extensions["acct"].edition.config, now=shop.now())
    filling.fill(sample)
    filling.fill(sample)
    with sample.app_context():
        tables = shop.Table.metadata.sorted_tables
        rows = {table.name: shop.db().scalar(select(func.count()).select_from(table)) or 0 for table in tables}
    assert (min(rows.values()) > 0, rows["shop_service"], rows["shop_invoice"]) == (True, 2, 12)


@pytest.mark.postgres
def test_the_tables_are_made_on_postgresql(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCT_DATABASE_URL", postgres_url)
    monkeypatch.setenv("FLASK_SECRET_KEY", SECRET_KEY)
    from sample_app import create_app

    for _ in ("first", "again"):
        app = create_app()
        with app.app_context():
            assert shop.db().scalars(select(shop.Service)).all() == []
        app.extensions["acct"].database.engine.dispose()


STARTS = ["/", "/account/login", "/account/recover/password", "/contact", "/plans", "/nowhere"]


@pytest.mark.parametrize("start", STARTS)
def test_every_link_of_a_page_leads_somewhere(sample: Flask, start: str) -> None:
    client = sample.test_client()
    links = set(re.findall(r'href="(/[^"]*)"', client.get(start).text))

    assert {link for link in links if status(client, link) >= 400} == set()


def status(client: FlaskClient, link: str) -> int:
    with client.get(link) as answer:
        return answer.status_code
