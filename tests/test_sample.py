"""The sample client area: no way out of it leads nowhere, whichever preset it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

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


def press(client: FlaskClient, path: str, **typed: str) -> str:
    """The form of a page, sent as it was drawn. Returns where it leads."""
    page = client.get(path).text
    form = next(one for one in re.findall(r"(?s)<form method=\"post\" novalidate>.*?</form>", page))
    drawn = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', form))
    drawn["csrf_token"] = re.findall(r'id="csrf_token"[^>]*value="([^"]+)"', form)[0]
    answer = client.post(path, data={**drawn, **typed})
    assert answer.status_code == 303, answer.text
    return answer.location


@pytest.mark.parametrize("sample", ["sending-platform"], indirect=True)
def test_credits_are_bought_once_their_summary_is_confirmed(demo: Flask) -> None:
    client = first_customer(demo)
    before = wallet(demo)
    summary = press(client, "/orders/new", pack="0")
    assert wallet(demo) == before
    order = press(client, summary)
    assert wallet(demo) == before + 500
    assert "500" in client.get(order).text


def wallet(demo: Flask) -> int:
    """The text messages that the first customer can send."""
    with demo.extensions["acct"].database.session() as db:
        found = db.scalar(select(shop.Wallet.messages).join(Account).where(Account.number == "9000"))
    assert found is not None
    return found


@pytest.mark.parametrize("sample", ["sending-platform"], indirect=True)
def test_what_was_bought_and_used_adds_up_to_what_is_left(demo: Flask) -> None:
    with demo.extensions["acct"].database.session() as db:
        for left in db.scalars(select(shop.Wallet)):
            used = db.scalars(select(shop.Use).where(shop.Use.account_id == left.account_id)).all()
            assert left.emails == 10_000 - sum(use.number for use in used if use.credit == "emails")


def test_every_row_of_a_list_has_a_page(demo: Flask) -> None:
    """Of each page of the menu, whichever the company has."""
    client = first_customer(demo)
    for page in set(demo.extensions["trade"].pages) - {"affiliate", "support"}:
        path = "/orders" if page == "credits" else f"/{page}"
        own = r"/campaigns" if page == "reports" else path
        rows = set(re.findall(rf'href="({own}/\d+)"', client.get(path).text))
        assert rows, page
        assert {row: client.get(row).status_code for row in rows} == dict.fromkeys(rows, 200)


def test_every_link_of_the_client_area_leads_somewhere(demo: Flask) -> None:
    """From the menu and each page behind it, two steps deep; signing out is a form."""
    client, seen, found = first_customer(demo), {"/"}, ["/"]
    for _ in range(3):
        links = {link for page in found for link in links_of(client, page)} - seen
        seen |= links
        assert {link for link in links if status(client, link) >= 400} == set()
        found = sorted(links)


def links_of(client: FlaskClient, page: str) -> set[str]:
    """Links of a page to other pages of the site, without files and the help site."""
    with client.get(page) as answer:
        text = answer.text if answer.mimetype == "text/html" else ""
    links = {link.replace("&amp;", "&").partition("#")[0] for link in re.findall(r'<a [^>]*href="(/[^"]*)"', text)}
    return {link for link in links if not link.startswith(("/help", "/static", "/account/language"))} - {""}


def test_the_front_door_shows_what_is_inside_and_the_way_to_the_plans(sample: Flask) -> None:
    html = sample.test_client().get("/").text
    assert html.count("<h3>") == len(sample.extensions["trade"].pages)
    assert 'href="/plans"' in html


def test_a_plan_is_renewed_by_a_summary_and_an_invoice(demo: Flask) -> None:
    before = shop.today() + timedelta(days=200)
    with demo.extensions["acct"].database.transaction() as db:
        db.execute(update(Account).where(Account.number == "9000").values(plan_expires_on=before))
    client = first_customer(demo)
    assert 'href="/plan/renew"' in client.get("/plans").text
    order = press(client, "/plan/renew")
    assert valid_until(demo, "9000") == before + timedelta(days=30)
    assert 'href="/pretend-payment?invoice=' in client.get(order).text


def test_an_account_whose_plan_has_ended_finds_the_way_to_renew_it(demo: Flask) -> None:
    with demo.extensions["acct"].database.transaction() as db:
        db.execute(update(Account).where(Account.number == "9000").values(plan_expires_on=date(2025, 9, 30)))
    client = first_customer(demo)
    assert 'href="/plan/renew"' in client.get("/plans").text
    assert client.get("/plan/renew").status_code == 200
    press(client, "/plan/renew")
    assert valid_until(demo, "9000") == shop.today() + timedelta(days=30)
    assert client.get("/invoices").status_code == 200


def valid_until(demo: Flask, number: str) -> date:
    with demo.extensions["acct"].database.session() as db:
        found = db.scalar(select(Account.plan_expires_on).where(Account.number == number))
    assert found is not None
    return found


@pytest.mark.parametrize("sample", ["email-marketing"], indirect=True)
@pytest.mark.parametrize("locale", ["es-AR", "en", "it"])
def test_email_marketing_has_its_own_menu_and_box_of_support(demo: Flask, locale: str) -> None:
    """As in the case it is made after: INICIO, CAMPAÑAS, MI CUENTA, REPORTES, "Soporte Técnico", "powered by"."""
    html = demo.test_client().get("/", headers={"Accept-Language": locale}).text
    header = html.partition("<main")[0]
    assert [link for link in ("/", "/campaigns", "/account/me", "/reports") if f'href="{link}"' not in header] == []
    assert 'data-acct="shell.support.title"' in html
    assert "flask_acct" in html.partition("<footer")[2]


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


def test_dates_of_the_account_and_of_its_services_do_not_contradict_each_other(demo: Flask) -> None:
    client = first_customer(demo)
    with demo.extensions["acct"].database.session() as db:
        account = db.scalars(select(Account).where(Account.number == "9000")).one()
        services = db.scalars(select(shop.Service).where(shop.Service.account_id == account.id)).all()
    assert not services or account.plan_expires_on is None
    assert "Próxima renovación" in client.get("/").text or not services
