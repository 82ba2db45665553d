"""The sample client area: no way out of it leads nowhere, whichever preset it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from flask_acct import Account, Membership, User
from flask_acct.cli import acct as commands
from flask_acct.config import preset, presets, served_at
from flask_acct.declare.labels import language_tag
from flask_acct.platform import Platform
from flask_acct.web import rules
from sample_app import sample as filling
from sample_app import shop, trades, words
from sample_app.__main__ import _port

from .scopes import SECRET_KEY

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


@pytest.fixture
def demo(sample: Flask, tmp_path: Path) -> Flask:
    """The sample as ``make demo`` begins: the first customers of its file, and something in their accounts."""
    few = tmp_path / "few.csv"
    few.write_text("\n".join(CUSTOMERS.read_text("utf-8").splitlines()[:4]), "utf-8")
    done = sample.test_cli_runner().invoke(commands, ["import", str(few)])
    assert done.exit_code == 0, done.output
    filling.speak(sample)
    filling.set_standings(sample)
    filling.add_members(sample)
    filling.fill(sample)
    filling.fill(sample)
    return sample


def first_customer(demo: Flask) -> FlaskClient:
    """Whoever the demo says to sign in as, with a browser in a language the site does not have."""
    acct = demo.extensions["acct"]
    client = demo.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "tlh"
    page = client.get("/account/login").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    typed = {"identifier": filling.SIGN_IN[acct.platform.config.login.identifiers[0]], "password": filling.PASSWORD}
    answer = client.post(
        "/account/login", data={"csrf_token": token[1], **typed}, headers={"Referer": "http://localhost/account/login"}
    )
    assert answer.status_code == 303, answer.text
    return client


def test_the_first_customer_reads_the_language_of_the_company(demo: Flask) -> None:
    client = first_customer(demo)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    tag = language_tag(demo.extensions["acct"].platform.config.site.default_locale)
    assert f'<html lang="{tag}"' in client.get("/account/me").text


def test_every_page_of_the_client_area_has_something_in_it(demo: Flask) -> None:
    client = first_customer(demo)
    pages = {page: client.get(f"/{'orders' if page == 'credits' else page}") for page in demo.extensions["trade"].pages}
    assert {page: answer.status_code for page, answer in pages.items() if answer.status_code != 200} == {}
    assert [page for page, answer in pages.items() if answer.text.count("acct-empty") and page != "credits"] == []


FOREIGN = {
    "hosting": r"[Cc]ampaña|[Ll]ista de envío",
    "campaigns": r"[Aa]lojamiento|[Hh]osting|[Dd]ominio|[Aa]filia",
    "sending": r"[Hh]osting|[Dd]omini\b|[Aa]ffilia",
}
"""What no customer of a trade reads about."""


def test_the_client_area_offers_what_the_company_sells(demo: Flask) -> None:
    client, foreign = first_customer(demo), FOREIGN[demo.extensions["trade"].name]
    pages = [client.get(path).text for path in ("/", "/account/subscription")]
    main = [html.partition("<main")[2].partition("</main>")[0] for html in pages]
    assert [re.findall(foreign, part) for part in main] == [[], []]


def test_a_page_of_another_trade_is_not_there(demo: Flask) -> None:
    client, trade = first_customer(demo), demo.extensions["trade"]
    others = {"services", "domains", "affiliate", "campaigns", "lists", "reports"} - set(trade.pages)
    assert {page: client.get(f"/{page}").status_code for page in others} == dict.fromkeys(others, 404)


def test_the_headline_is_in_the_language_of_the_page(sample: Flask) -> None:
    config, client = sample.extensions["acct"].platform.config, sample.test_client()
    for locale in ("en", "it", "es"):
        html = client.get("/", headers={"Accept-Language": locale}).text
        heading, tagline = (
            re.search(r"<h1>(.+?)</h1>", html),
            re.search(r'data-acct="shell.header.tagline">(.+?)<', html),
        )
        assert heading
        assert tagline
        assert heading[1] == tagline[1]
        assert (heading[1] == config.site.tagline) == config.site.default_locale.startswith(locale)


@pytest.mark.parametrize("sample", ["sending-platform"], indirect=True)
def test_credits_are_bought(demo: Flask) -> None:
    client = first_customer(demo)
    before = client.get("/orders").text
    form = client.get("/orders/new").text
    fields = dict(re.findall(r'name="(csrf_token|acct_account)"[^>]*value="([^"]*)"', form))
    token = re.findall(r'id="csrf_token"[^>]*value="([^"]+)"', form)
    answer = client.post("/orders/new", data={**fields, "csrf_token": token[0], "pack": "0"})
    assert answer.status_code == 303, answer.text
    assert client.get("/orders").text.count("<tr") > before.count("<tr")


@pytest.mark.parametrize(
    ("platform", "port", "other"), [(None, 5000, "http://127.0.0.1:5001"), ("avanzado", 5001, "http://127.0.0.1:5000")]
)
def test_each_platform_of_the_demo_is_at_its_own_address(platform: str | None, port: int, other: str) -> None:
    """So the two parts of a help article lead to two sign-in pages."""
    assert _port("email-marketing", platform) == port
    config = served_at(preset("email-marketing"), f"http://127.0.0.1:{port}", platform)
    assert {one.url for one in config.platforms.values()} == {f"http://127.0.0.1:{port}", other}


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


def test_a_permission_is_called_as_the_pages_that_it_opens(sample: Flask) -> None:
    """In every language: whoever reads the one finds the other."""
    platform = sample.extensions["acct"].platform
    wrong = [
        f"{locale}: {page} is none of the words of {permission}"
        for locale in platform.config.site.locales
        for needs, page in [*_our_pages(platform, locale), *_pages_of_the_sample(sample, locale)]
        if platform.config.users.enabled and needs in platform.config.users.offered
        for permission in [platform.say(f"users.permission.{needs}", locale)]
        if page.casefold() not in permission.casefold()
    ]
    assert wrong == []


ALSO_OPENED = ("shell.menu.subscription",)
"""Entries of pages about several things, which stand behind the permission for one of them."""


def _our_pages(platform: Platform, locale: str) -> Iterator[tuple[str, str]]:
    """The permission and the names of each page of ours in the menu: in the menu, and on the page itself."""
    for entry in platform.declared.menu:
        screen = platform.declared.screens.get(entry.to)
        if screen is not None and entry.id not in ALSO_OPENED:
            yield screen.needs, platform.say(entry, locale)
            yield screen.needs, platform.say(screen.title, locale)


def _pages_of_the_sample(sample: Flask, locale: str) -> Iterator[tuple[str, str]]:
    with sample.app_context():
        for name, needs in trades.here().pages.items():
            said = words.table()[name]
            yield needs, said.get(locale) or said[locale.partition("_")[0]]
