"""What a browser makes of our cookies: links in webmail, and a neighbouring host that plants its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from flask import Flask, Response
from playwright.sync_api import Browser, Page, expect

from flask_acct import config as configuration
from flask_acct.kb.journeys.runs import executable
from flask_acct.security.tokens import Purpose
from flask_acct.testing import PASSWORD

from ..serving import served
from ..web.site import Site, build
from ..web.test_passwords import link

pytestmark = pytest.mark.browser

OURS, THEIRS, WEBMAIL = "clients.example.test", "shop.example.test", "webmail.example.net"
Doors = Callable[..., tuple[Site, str, Page]]


@contextmanager
def named(app: Any, folder: Path) -> Iterator[int]:
    """The app answers by TLS on loopback, under each of the three names. Yields its port."""
    certificate = trustme.CA().issue_cert(OURS, THEIRS, WEBMAIL)
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    with served(app, folder / "server.pem") as port:
        yield port


@pytest.fixture
def neighbour() -> Flask:
    """What somebody else serves: a page with any link or form, and any cookie."""
    app = Flask("neighbour")
    app.extensions["pages"] = {}

    @app.get("/<name>")
    def page(name: str) -> Response:
        body, cookies = app.extensions["pages"][name]
        response = Response(body, mimetype="text/html")
        for cookie in cookies:
            response.headers.add("Set-Cookie", cookie)
        return response

    return app


@pytest.fixture
def open_doors(browser: Browser, migrated: Path, tmp_path: Path, neighbour: Flask) -> Iterator[Doors]:
    """Serves our site and the neighbour's, and opens a browser that finds them by their names."""
    closing: list[Callable[[], Any]] = []

    def opened(preset: str = "client-area", **settings: Any) -> tuple[Site, str, Page]:
        shutil.copy(migrated, tmp_path / "acct.db")
        handlers: dict[str, Any] = {}
        tls = named(lambda environ, start: handlers[request_host(environ)](environ, start), tmp_path)
        port = tls.__enter__()
        address = f"https://{OURS}:{port}"
        settings["ACCT_PUBLIC_URL"] = address
        site = build(configuration.preset(preset), f"sqlite:///{tmp_path / 'acct.db'}", datetime.now(UTC), **settings)
        handlers.update({OURS: site.app, THEIRS: neighbour, WEBMAIL: neighbour})
        rules = ",".join(f"MAP {name} 127.0.0.1" for name in (OURS, THEIRS, WEBMAIL))
        own = browser.browser_type.launch(
            executable_path=executable(), args=["--no-sandbox", f"--host-resolver-rules={rules}"]
        )
        page = own.new_context(ignore_https_errors=True).new_page()
        closing.extend((own.close, lambda: tls.__exit__(None, None, None), site.acct.database.engine.dispose))
        return site, address, page

    yield opened
    for close in closing:
        close()


def request_host(environ: dict[str, Any]) -> str:
    return str(environ["HTTP_HOST"]).partition(":")[0]


LINKS: dict[str, tuple[str, Purpose, str]] = {
    "a new password": ("client-area", "password_link", "password/set"),
    "a first password": ("client-area", "activation", "password/set"),
    "a recovery to confirm": ("customer-panel", "confirm_recovery", "recover/confirm"),
}


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("same_site", ["Strict", "Lax"])
def test_a_link_followed_from_webmail_opens_its_page_whatever_the_hosts_session_is(
    open_doors: Doors, neighbour: Flask, kind: str, same_site: str
) -> None:
    preset, purpose, path = LINKS[kind]
    site, address, page = open_doors(preset, SESSION_COOKIE_SAMESITE=same_site)
    mailed = f"{address}/account/{path}?token={link(site, site.people.alice, purpose)}"
    neighbour.extensions["pages"]["mail"] = (f'<a href="{mailed}">open</a>', ())
    page.goto(address.replace(OURS, WEBMAIL) + "/mail")
    page.get_by_role("link", name="open").click()

    expect(page).to_have_url(f"{address}/account/{path}")
    expect(page.locator("main form")).to_have_count(1)


def test_an_invitation_followed_from_webmail_opens_its_page(open_doors: Doors, neighbour: Flask) -> None:
    site, address, page = open_doors(SESSION_COOKIE_SAMESITE="Strict")
    alice = site.visitor(site.people.alice)
    page.goto(f"{address}/account/login")
    alice.open("/account/users/invite")
    data = {"acct_account": "9000", "email": "new@example.org", "password": PASSWORD}
    alice.post("/account/users/invite", data)
    mails = [letter.get_body(("plain",)).get_content() for to, letter in site.letters() if to == "new@example.org"]
    mailed = next(word for word in mails[0].split() if word.startswith("https://"))
    neighbour.extensions["pages"]["mail"] = (f'<a href="{mailed}">open</a>', ())
    page.goto(address.replace(OURS, WEBMAIL) + "/mail")
    page.get_by_role("link", name="open").click()

    expect(page.locator("main")).to_have_attribute("data-acct-screen", "users.invitation")


def test_the_secret_of_a_link_stays_in_no_address(open_doors: Doors) -> None:
    site, address, page = open_doors(SESSION_COOKIE_SAMESITE="Strict")
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.headers.get("referer", "")))
    secret = link(site, site.people.alice)
    page.goto(f"{address}/account/password/set?token={secret}")

    assert secret not in page.url
    assert [one for one in asked if secret in one] == []


def test_a_neighbouring_host_plants_no_link_and_no_form(open_doors: Doors, neighbour: Flask) -> None:
    site, address, page = open_doors()
    mallory = site.visitor()
    mallory.open(f"/account/password/set?token={link(site, site.people.charlie)}")
    cookie = mallory.client.get_cookie("__Host-acct_visit")
    assert cookie is not None
    planted = [
        f"{name}={cookie.value}; Domain=example.test; Path={path}; Secure"
        for name in ("__Host-acct_visit", "acct_visit", "__Host-session", "session")
        for path in ("/", "/account")
    ]
    form = (
        f'<form method="post" action="{address}/account/login">'
        f'<input name="csrf_token" value="{mallory.csrf()}"><input name="identifier" value="charlie@example.net">'
        f'<input name="password" value="{PASSWORD}"><button>win</button></form>'
    )
    neighbour.extensions["pages"]["plant"] = (form, planted)
    page.goto(address.replace(OURS, THEIRS) + "/plant")
    page.goto(f"{address}/account/password/set")
    lands = page.locator("main").get_attribute("data-acct-screen")
    page.goto(address.replace(OURS, THEIRS) + "/plant")
    with page.expect_response("**/account/login") as answered:
        page.get_by_role("button", name="win").click()
    names = {held["name"] for held in page.context.cookies(address)}

    assert lands == "login.form"
    assert answered.value.status == 400
    assert "__Host-acct" not in names


def test_alice_signs_in_and_sends_forms_beside_a_neighbour_that_planted_everything(
    open_doors: Doors, neighbour: Flask
) -> None:
    _site, address, page = open_doors()
    names = ("acct_visit", "acct", "session")
    planted = [f"{name}=x; Domain=example.test; Path=/account; Secure" for name in names]
    neighbour.extensions["pages"]["plant"] = ("planted", planted)
    page.goto(address.replace(OURS, THEIRS) + "/plant")
    page.goto(f"{address}/account/login?next=/account/me")
    page.fill("#identifier", "alice@example.com")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{address}/account/me")
    page.fill("#first_name", "Alicia")
    page.press("#first_name", "Enter")

    expect(page.locator("[data-acct='profile.me.saved']")).to_have_count(1)
