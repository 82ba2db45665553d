"""Below another path, under another name, beside other apps of one host: nothing of ours is where it is by chance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string, url_for
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from flask_acct import Acct, AcctError, current_account, public, requires
from flask_acct import config as configuration
from flask_acct.db import schema
from flask_acct.testing import PASSWORD, AcctClient

from ..personas import settle
from ..scopes import SECRET_KEY
from .site import Build, Site
from .test_help_votes import VOTE
from .visitor import Read

ELSEWHERE = {"url_prefix": "/clientes/area", "name": "clients"}


@pytest.fixture
def moved(make: Build) -> Site:
    """The default preset below a path and under a name of the host's."""
    return make(options=ELSEWHERE)


def test_every_page_is_below_the_prefix(moved: Site) -> None:
    rules = {rule.rule for rule in moved.app.url_map.iter_rules() if rule.endpoint.startswith("clients.")}
    assert {rule for rule in rules if not rule.startswith("/clientes/area/")} == set()
    assert moved.visitor().open("/account/login").status == 404


def test_no_endpoint_has_the_usual_name(moved: Site) -> None:
    assert [endpoint for endpoint in moved.app.view_functions if endpoint.startswith("acct")] == []


@pytest.mark.parametrize("platform", configuration.presets())
def test_no_page_leads_to_the_usual_path(make: Build, platform: str) -> None:
    site = make(platform, options=ELSEWHERE)
    paths = sorted(rule.rule for rule in site.app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments)
    found = []
    for client in (site.visitor(), site.visitor(site.people.alice)):
        for path in paths:
            answer = client.client.get(path)
            found += [path for text in (answer.text, answer.headers.get("Location", "")) if "/account/" in text]
    assert found == []


def test_somebody_signs_in_looks_around_and_signs_out(moved: Site) -> None:
    visitor = moved.visitor()
    page = visitor.open("/invoices")
    assert page.screen == "login.form"
    assert visitor.path.partition("?")[0] == "/clientes/area/login"
    labels = {moved.say("login.form.identifier"): moved.identifier(moved.people.alice)}
    visitor.press(moved.say("login.form.submit"), {**labels, moved.say("login.form.password"): PASSWORD})
    assert visitor.page.status == 200
    assert visitor.path == "/invoices"
    assert visitor.open("/clientes/area").status == 200
    assert visitor.open("/clientes/area/me").status == 200


def test_styles_icon_and_scripts_are_there(moved: Site) -> None:
    page = moved.visitor().open("/clientes/area/login")
    files = [
        node.attributes[name] for node in page.nodes for name in ("href", "src") if _is_file(node.attributes, name)
    ]
    assert len(files) >= 4
    for file in files:
        with moved.visitor().client.get(file) as answer:
            assert answer.status_code == 200
            assert "immutable" in answer.headers["Cache-Control"]


def _is_file(attributes: Any, name: str) -> bool:
    return re.search(r"\.(css|js|svg)\?v=", attributes.get(name) or "") is not None


def test_mails_made_outside_a_request_lead_there(moved: Site) -> None:
    visitor = moved.visitor()
    visitor.open("/clientes/area/recover/password")
    visitor.post("/clientes/area/recover/password", {"username": "alice", "email": "alice@example.com"})
    ((_, letter),) = moved.letters()
    address = re.search(r"https?://\S+", letter.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert address is not None
    assert address[0].startswith("http://127.0.0.1:5000/clientes/area/password/set?token=")
    assert visitor.open(address[0].removeprefix("http://127.0.0.1:5000")).screen == "password.set"


def test_a_mail_program_finds_the_address_that_stops_mails(moved: Site) -> None:
    with moved.app.app_context():
        Acct().send(moved.people.account, "invoices", subject={"en": "x"}, text={"en": "y"})
    _, letter = moved.letters()[0]
    header = str(letter["List-Unsubscribe"])
    path = header.removeprefix("<http://127.0.0.1:5000").removesuffix(">")
    assert path.startswith("/clientes/area/unsubscribe/")
    assert moved.visitor().client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_the_well_known_address_leads_there(moved: Site) -> None:
    answer = moved.visitor().client.get("/.well-known/change-password")
    assert answer.headers["Location"] == "/clientes/area/password/change"


def test_an_offer_by_mail_leads_there(moved: Site) -> None:
    alice = moved.visitor(moved.people.alice)
    alice.open("/clientes/area/users/transfer")
    typed = {"users.transfer.to": str(moved.people.bob.id), "users.transfer.password": PASSWORD}
    alice.press(moved.say("users.transfer.submit"), {moved.say(id_): value for id_, value in typed.items()})
    (letter,) = [letter for to, letter in moved.letters() if to == "bob@example.com"]
    body = letter.get_body(("plain",))
    assert body is not None
    assert "http://127.0.0.1:5000/clientes/area/users/receive/" in body.get_content()
    assert "/account/" not in body.get_content()


def test_a_help_page_thanks_below_the_prefix(moved: Site) -> None:
    asked = {**VOTE, "evil": "1"}
    answer = moved.visitor().client.get("/help/thanks", query_string=asked)
    assert answer.status_code == 303
    assert answer.headers["Location"].partition("?")[0] == "/clientes/area/help/thanks"
    assert "evil" not in answer.headers["Location"]


def test_the_help_sites_files_name_no_path_of_the_app() -> None:
    theme = Path(configuration.__file__).parents[1] / "kb" / "site" / "theme"
    files = [file for file in theme.rglob("*") if file.suffix in {".js", ".html"}]
    assert [file.name for file in files if "/account" in file.read_text("utf-8")] == []


def test_the_prefix_may_come_from_the_settings(make: Build) -> None:
    site = make(ACCT_URL_PREFIX="/clients")
    assert site.visitor().open("/clients/login").screen == "login.form"


def test_articles_lead_there_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    from flask_acct.kb.articles.knowledge_base import centre

    monkeypatch.setenv("ACCT_URL_PREFIX", "/clients/")
    article = centre("client-area").article("recover-password", "en")
    assert "http://127.0.0.1:5000/clients/" in article.markdown({})
    assert "/account/" not in article.markdown({})


# Several apps on one host.


def app_at(folder: Path, now: datetime, name: str, *, key: str = SECRET_KEY, **options: Any) -> Flask:
    """An app with a database of its own, and Alice in it; its account is called after it."""
    app = Flask(name)
    url = f"sqlite:///{folder / f'{name}.db'}"
    app.config.update(SECRET_KEY=key, ACCT_WORKER=False, ACCT_DATABASE_URL=url)
    app.config.update(options.pop("settings", {}))
    app.test_client_class = AcctClient
    config = configuration.preset("client-area")
    Acct(app, config=config, clock=lambda: now, **options)
    app.add_url_rule("/whose", "whose", requires()(lambda: f"{name}: {current_account.number}"))
    engine = app.extensions["acct"].database.engine
    schema.upgrade(engine)
    with app.extensions["acct"].database.transaction() as db:
        settle(db=db, config=config, now=now)
    return app


class Browser(Client):
    """One browser, and all that answers at its addresses."""

    def sign_in(self, root: str = "", base: str = "http://localhost", prefix: str = "/account") -> int:
        page = Read(self.get(f"{root}{prefix}/login", base_url=base))  # type: ignore[arg-type]
        token = next(node.attributes["value"] for node in page.nodes if node.attributes.get("name") == "csrf_token")
        sent = {"csrf_token": token, "identifier": "alice@example.com", "password": PASSWORD}
        headers = {"Referer": f"{base}/"}
        return self.post(f"{root}{prefix}/login", data=sent, base_url=base, headers=headers).status_code

    def whose(self, root: str = "", base: str = "http://localhost") -> str:
        answer = self.get(f"{root}/whose", base_url=base)
        return answer.text if answer.status_code == 200 else f"{answer.status_code}"


SECURE = {"settings": {"ACCT_PUBLIC_URL": "https://localhost"}}


@pytest.mark.parametrize(("base", "options"), [("http://localhost", {}), ("https://localhost", SECURE)])
def test_apps_below_paths_of_one_process_sign_nobody_out(
    tmp_path: Path, now: datetime, base: str, options: Any
) -> None:
    root, one, two = (app_at(tmp_path, now, name, **options) for name in ("root", "one", "two"))
    browser = Browser(DispatcherMiddleware(root, {"/one": one, "/two": two}))
    assert [browser.sign_in(path, base) for path in ("", "/one", "/two")] == [303, 303, 303]
    assert [browser.whose(path, base).partition(":")[0] for path in ("", "/one", "/two")] == ["root", "one", "two"]


def test_apps_on_ports_of_one_host_sign_nobody_out(tmp_path: Path, now: datetime) -> None:
    apps = {name: app_at(tmp_path, now, name) for name in ("5000", "5001")}

    def by_port(environ: Any, start: Any) -> Any:
        return apps[environ["HTTP_HOST"].rpartition(":")[2]](environ, start)

    browser = Browser(by_port)
    ports = [f"http://localhost:{port}" for port in apps]
    assert [browser.sign_in(base=base) for base in ports] == [303, 303]
    assert [browser.whose(base=base).partition(":")[0] for base in ports] == ["5000", "5001"]


def test_apps_side_by_side_below_prefixes_sign_nobody_out(tmp_path: Path, now: datetime) -> None:
    clients, staff = app_at(tmp_path, now, "clients"), app_at(tmp_path, now, "staff", url_prefix="/staff")

    def by_prefix(environ: Any, start: Any) -> Any:
        return (staff if environ["PATH_INFO"].startswith("/staff") else clients)(environ, start)

    browser = Browser(by_prefix)
    assert browser.sign_in() == 303
    assert browser.sign_in(prefix="/staff") == 303
    assert browser.get("/account/me").status_code == 200
    assert browser.get("/staff/me").status_code == 200


def test_apps_with_one_name_of_cookies_leave_alone_what_is_not_theirs(tmp_path: Path, now: datetime) -> None:
    """Names that a host chose, the same for both: whoever only looks at the second stays signed in to the first."""
    same = {"cookie_name": "clients"}
    one = app_at(tmp_path, now, "one", **same)
    two = app_at(tmp_path, now, "two", key="another-key-for-tests-only-0123456789abcdef", **same)
    browser = Browser(DispatcherMiddleware(one, {"/two": two}))
    browser.sign_in()
    for path in ("/two/account/login", "/two/whose", "/two/", "/two/account/recover/password"):
        browser.get(path)
    assert browser.whose().startswith("one")


def test_apps_with_one_key_and_one_name_of_cookies_leave_alone_what_is_not_theirs(
    tmp_path: Path, now: datetime
) -> None:
    one, two = (app_at(tmp_path, now, name, cookie_name="clients") for name in ("one", "two"))
    browser = Browser(DispatcherMiddleware(one, {"/two": two}))
    browser.sign_in()
    for path in ("/two/account/login", "/two/whose", "/two/", "/two/account/recover/password"):
        browser.get(path)
    assert browser.whose().startswith("one")


def test_nor_do_those_below_two_prefixes(tmp_path: Path, now: datetime) -> None:
    clients = app_at(tmp_path, now, "clients", cookie_name="acct")
    staff = app_at(tmp_path, now, "staff", cookie_name="acct", url_prefix="/staff")

    def by_prefix(environ: Any, start: Any) -> Any:
        return (staff if environ["PATH_INFO"].startswith("/staff") else clients)(environ, start)

    browser = Browser(by_prefix)
    browser.sign_in()
    for path in ("/staff/login", "/staff/me", "/staff/nothing"):
        browser.get(path)
    assert browser.whose().startswith("clients")


def foreign(site: Site, **headers: str) -> Any:
    client = site.visitor().client
    client.set_cookie("acct", "somebody-elses.0123456789ab")
    return client.get("/services", headers=headers)


def test_a_cookie_that_is_not_ours_says_nothing_of_a_session_that_ended(site: Site) -> None:
    client = site.visitor().client
    client.set_cookie("acct", "somebody-elses.0123456789ab")
    page = Read(client.get("/services", follow_redirects=True))
    assert not page.says("login.form.ended")
    assert page.says("login.form.please")
    assert foreign(site, Accept="application/json").get_json()["error"] == "sign_in_first"


@pytest.mark.parametrize("value", ["x", "x" * 43, "x" * 200, "a.b.c", ".", "é", "0" * 43 + ".0123456789ab"])
@pytest.mark.parametrize("name", ["acct", "acct_browser"])
def test_a_cookie_that_is_not_ours_stays_where_it_is(site: Site, name: str, value: str) -> None:
    client = site.visitor().client
    client.set_cookie(name, value)
    for path in ("/", "/me", "/services", "/account/me", "/account/nothing"):
        set_again = [line for line in client.get(path).headers.getlist("Set-Cookie") if line.startswith(f"{name}=")]
        assert path == path
        assert set_again == []


def test_what_another_app_holds_in_the_browser_stays_while_nothing_is_to_be_held(site: Site) -> None:
    client = site.visitor().client
    client.set_cookie("acct_visit", "x")
    assert client.get("/me").headers.getlist("Set-Cookie") == []


def test_a_session_of_ours_that_ended_is_told_and_its_cookie_gone(site: Site) -> None:
    alice = site.alice()
    site.run("DELETE FROM acct_session")
    page = alice.open("/services")
    assert page.says("login.form.ended")
    assert alice.client.get_cookie("acct") is None


def test_who_signs_out_takes_no_cookie_of_another_app_along(site: Site) -> None:
    visitor = site.visitor()
    visitor.open("/account/login")
    visitor.client.set_cookie("acct", "somebody-elses")
    visitor.post("/account/logout", {})
    assert visitor.client.get_cookie("acct") is not None


def test_a_chosen_name_is_the_name_of_all_cookies(make: Build) -> None:
    site = make(options={"cookie_name": "clients"})
    visitor = site.alice()
    visitor.open("/account/login")
    names = {cookie.partition("=")[0] for cookie in _all_cookies(visitor.client)}
    assert {name for name in names if not name.startswith("clients")} <= {"session", "acct_answered"}
    assert {"clients", "clients_visit", "clients_browser"} <= names


def test_under_https_a_chosen_name_stays_bound_to_the_host(make: Build) -> None:
    site = make(options={"cookie_name": "clients"}, ACCT_PUBLIC_URL="https://clients.example.com")
    assert "__Host-clients" in {cookie.partition("=")[0] for cookie in _all_cookies(site.alice().client)}


def _all_cookies(client: Any) -> Iterator[str]:
    for cookie in client._cookies.values():
        yield f"{cookie.decoded_key}={cookie.value}"


@pytest.mark.parametrize(
    "mounts",
    [("/a/b", "/a_b", "/a-b", "/a.b", "/a!b", "/ab"), ("/é", "/è"), ("/" + "x" * 50, "/" + "x" * 51), ("/5001", "")],
)
def test_each_mount_has_a_name_of_its_own(site: Site, mounts: tuple[str, ...]) -> None:
    names = set()
    for mount in mounts:
        with site.app.test_request_context("/", environ_overrides={"SCRIPT_NAME": mount.encode().decode("latin-1")}):
            names.add(site.acct.cookie_name)
    assert len(names) == len(mounts)
    assert all(re.fullmatch(r"[!-:<-~]+", name) for name in names)


def test_a_test_client_is_signed_in_where_the_app_says_it_is_mounted(make: Build) -> None:
    site = make(APPLICATION_ROOT="/panel")
    assert site.app.test_client(user=site.people.alice).get("/me").get_json() == {"user": "alice"}


# Subdomains.


@pytest.fixture
def shop(tmp_path: Path, now: datetime) -> Flask:
    """An app of two subdomains, the client area on one."""
    app = Flask("shop", subdomain_matching=True)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, SERVER_NAME="shop.localhost")
    app.config.update(ACCT_DATABASE_URL=f"sqlite:///{tmp_path / 'shop.db'}")
    config = configuration.preset("client-area")
    Acct(app, config=config, clock=lambda: now, subdomain="clients")
    for subdomain in ("clients", "www"):
        page = '{% extends "flask_acct/layout.html" %}{% block main %}{{ acct.user.username }}{% endblock %}'
        view = requires()(lambda page=page: render_template_string(page))
        app.add_url_rule("/orders", f"{subdomain}_orders", view, subdomain=subdomain)
        prices = public(lambda page=page: render_template_string(page))
        app.add_url_rule("/prices", f"{subdomain}_prices", prices, subdomain=subdomain)
    schema.upgrade(app.extensions["acct"].database.engine)
    with app.extensions["acct"].database.transaction() as db:
        settle(db=db, config=config, now=now)
    return app


CLIENTS, WWW = "http://clients.shop.localhost", "http://www.shop.localhost"


def test_the_client_area_is_on_its_subdomain_alone(shop: Flask) -> None:
    client = shop.test_client()
    found = {base: client.get("/account/login", base_url=base).status_code for base in (CLIENTS, WWW)}
    assert found == {CLIENTS: 200, WWW: 404}


def test_somebody_signs_in_on_the_subdomain_and_comes_back(shop: Flask) -> None:
    browser = Browser(shop)
    first = browser.get("/orders", base_url=CLIENTS)
    assert first.headers["Location"] == "/account/login?next=/orders"
    assert browser.sign_in(base=CLIENTS) == 303
    page = browser.get("/orders", base_url=CLIENTS)
    assert page.status_code == 200
    assert "alice" in page.text
    assert re.findall(r'(?:href|src|action)="http://[^"]*shop', page.text) == []


def test_a_page_of_another_subdomain_leads_to_where_one_signs_in(shop: Flask) -> None:
    answer = shop.test_client().get("/orders", base_url=WWW)
    assert answer.headers["Location"] == f"{CLIENTS}/account/login"


@pytest.mark.parametrize("order", [(CLIENTS, WWW), (WWW, CLIENTS)])
def test_every_page_leads_to_our_subdomain_whichever_was_rendered_first(shop: Flask, order: tuple[str, str]) -> None:
    """Parts that are rendered once for all must not lead from one subdomain to where only another has a page."""
    pages = {base: shop.test_client().get("/prices", base_url=base).text for base in order}
    assert 'action="/account/language"' in pages[CLIENTS]
    assert 'href="/account/login"' in pages[CLIENTS]
    assert [
        link for link in re.findall(r'(?:href|src|action)="([^"]*)', pages[WWW]) if link.startswith("/account")
    ] == []


def test_files_and_votes_are_on_the_subdomain_as_well(shop: Flask) -> None:
    client = shop.test_client()
    with client.get("/account/static/acct.css", base_url=CLIENTS) as answer:
        assert answer.status_code == 200
    assert client.get("/help/counts.json?locale=es", base_url=CLIENTS).status_code == 200


def test_a_subdomain_that_the_app_does_not_match_is_refused_with_the_fix(database_url: str) -> None:
    app = Flask("plain")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, ACCT_DATABASE_URL=database_url)
    with pytest.raises(AcctError, match="subdomain_matching=True"):
        Acct(app, config="client-area", subdomain="clients")


def test_a_host_names_our_pages_by_the_name_it_chose(moved: Site) -> None:
    with moved.app.test_request_context("/"):
        assert url_for("clients.login_form") == "/clientes/area/login"
