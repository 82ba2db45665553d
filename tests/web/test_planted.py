"""What others put into a browser is of no use: a neighbouring host's cookies, another page's forms, links left open."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_acct import config as configuration
from flask_acct.db.models import User
from flask_acct.extension import Acct
from flask_acct.testing import PASSWORD, AcctClient
from flask_acct.web.visits import visit

from ..personas import NEW_PASSWORD
from ..scopes import SECRET_KEY
from .site import Build, Site, build
from .test_passwords import link, opened, set_to
from .visitor import Read, Visitor

OTHER_KEY = "another-example-key-for-tests-only-fedcba9876543210"
LOGIN = "/account/login"


def plant(victim: Visitor, mallory: Visitor, site: Site) -> None:
    """What a neighbouring host can set: every cookie of Mallory's whose name does not begin with __Host-."""
    for cookie in mallory.client._cookies.values():  # type: ignore[union-attr]
        if not cookie.key.startswith("__Host-"):
            victim.client.set_cookie(cookie.key, cookie.value, domain="localhost")


def planted(site: Site, victim: Visitor) -> Visitor:
    """Mallory, whose own browser has been everywhere a visitor gets to, and whose cookies are in the victim's."""
    mallory = site.visitor(site.people.charlie)
    for path in ("/account/me", "/services", "/account/nowhere", "/account/password/set?token=" + "x" * 43):
        mallory.open(path)
    plant(victim, mallory, site)
    return mallory


def names_of_cookies(visitor: Visitor) -> set[str]:
    return {cookie.key for cookie in visitor.client._cookies.values()}  # type: ignore[union-attr]


def login(site: Site, **more: str) -> dict[str, str]:
    return {"identifier": "alice@example.com", "password": PASSWORD, **more}


# Cookies.


def test_under_https_no_cookie_of_ours_can_be_set_by_another_host(secure_site: Site) -> None:
    visitor = secure_site.sign_in("alice@example.com")
    visitor.open(f"/account/password/set?token={link(secure_site, secure_site.people.alice)}")

    assert names_of_cookies(visitor) == {"__Host-acct", "__Host-acct_visit", "__Host-acct_browser"}


def test_every_cookie_of_ours_says_where_it_may_go(secure_site: Site) -> None:
    answer = secure_site.visitor().open(LOGIN).response
    (cookie,) = answer.headers.getlist("Set-Cookie")
    name, _, attributes = cookie.partition("=")

    assert name == "__Host-acct_visit"
    assert set(attributes.split("; ")[1:]) == {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}


def test_nothing_of_ours_is_in_flasks_session(secure_site: Site) -> None:
    visitor = secure_site.visitor()
    visitor.open("/services")
    visitor.open(f"/account/password/set?token={link(secure_site, secure_site.people.alice)}")
    with visitor.client.session_transaction(base_url=secure_site.root) as held:
        assert dict(held) == {}


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "__Host-session"),
        ({"SESSION_COOKIE_PATH": "/"}, "__Host-session"),
        ({"SESSION_COOKIE_NAME": "shop"}, "shop"),
        ({"SESSION_COOKIE_DOMAIN": "example.com"}, "session"),
        ({"SESSION_COOKIE_PATH": "/shop"}, "session"),
        ({"APPLICATION_ROOT": "/shop"}, "session"),
    ],
)
def test_flasks_session_is_bound_to_the_host_where_the_host_left_it_alone(
    make: Build, settings: dict[str, str], name: str
) -> None:
    site = make(ACCT_PUBLIC_URL="https://clients.example.com", **settings)
    assert site.app.config["SESSION_COOKIE_NAME"] == name


def test_on_http_the_names_are_plain(site: Site) -> None:
    visitor = site.sign_in("alice@example.com")
    assert names_of_cookies(visitor) == {"acct", "acct_visit", "acct_browser"}
    assert site.app.config["SESSION_COOKIE_NAME"] == "session"


@pytest.mark.parametrize("path", ["/account/me", "/account/password/change", "/account/contacts/new"])
def test_a_planted_session_and_its_token_send_no_form_of_somebody_signed_in(secure_site: Site, path: str) -> None:
    victim = secure_site.sign_in("alice@example.com")
    mallory = planted(secure_site, victim)
    mallory.open("/account/me")
    before = secure_site.rows("acct_session")
    data = {"csrf_token": mallory.csrf(), "acct_account": "9000", "first_name": "Mallory", "email": "m@evil.example"}
    answer = victim.client.post(path, data=data, base_url=secure_site.root)

    assert answer.status_code == 400
    assert secure_site.rows("acct_session") == before


def test_a_token_of_mallorys_own_session_is_worth_nothing_in_alices(site: Site) -> None:
    mallory, alice = site.visitor(site.people.charlie), site.alice()
    mallory.open("/account/me")
    answer = alice.client.post("/account/me", data={"csrf_token": mallory.csrf(), "first_name": "Mallory"})

    assert answer.status_code == 400


def test_a_visitors_token_signs_nobody_in_elsewhere(secure_site: Site) -> None:
    """Nobody is signed in as Mallory by a form of Mallory's."""
    victim, mallory = secure_site.visitor(), secure_site.visitor()
    mallory.open(LOGIN)
    plant(victim, mallory, secure_site)
    data = {"csrf_token": mallory.csrf(), "identifier": "charlie@example.net", "password": PASSWORD}
    answer = victim.client.post(LOGIN, data=data, base_url=secure_site.root)

    assert answer.status_code == 400
    assert "__Host-acct" not in names_of_cookies(victim)


def test_no_words_of_anothers_are_said_on_our_page(secure_site: Site) -> None:
    victim = secure_site.visitor()
    with victim.client.session_transaction(base_url=secure_site.root) as held:
        held["acct_said"] = {"at": "login.form", "id": "login.form.signed_out", "slots": {}}
    page = victim.open(LOGIN)

    assert not page.says("login.form.signed_out")


def test_no_link_of_anothers_opens_a_page_here(secure_site: Site) -> None:
    victim, mallory = secure_site.visitor(), secure_site.visitor()
    opened(secure_site, link(secure_site, secure_site.people.charlie), mallory)
    plant(victim, mallory, secure_site)

    assert victim.open("/account/password/set").screen == "login.form"


@pytest.mark.parametrize("change", ["reversed", "cut", "empty", "another_app"])
def test_what_is_no_cookie_of_ours_is_no_cookie(site: Site, change: str, make: Build) -> None:
    visitor = opened(site, link(site, site.people.alice))
    cookie = visitor.client.get_cookie("acct_visit")
    assert cookie is not None
    changed = {"reversed": cookie.value[::-1], "cut": cookie.value[:-3], "empty": "", "another_app": "e30.x.y"}
    visitor.client.set_cookie("acct_visit", changed[change])

    assert visitor.open("/account/password/set").screen == "login.form"


def test_signing_in_and_out_renews_what_the_browser_holds(site: Site) -> None:
    visitor, seen = site.visitor(), []
    visitor.open(LOGIN)
    for _ in range(2):
        seen.append(visitor.client.get_cookie("acct_visit").value)  # type: ignore[union-attr]
        site.sign_in("alice@example.com", visitor=visitor)
        seen.append(visitor.client.get_cookie("acct_visit").value)  # type: ignore[union-attr]
        visitor.open("/account/logout")
        visitor.press(site.say("login.logout.submit"))
    assert len(set(seen)) == 4


def test_a_message_too_long_for_a_cookie_takes_no_form_with_it(site: Site) -> None:
    @site.app.get("/talk")
    def talk() -> str:
        visit().say("login.form", "login.form.ended", {"what": secrets.token_hex(4000)})
        return "said"

    visitor = site.visitor()
    visitor.open(LOGIN)
    visitor.client.get("/talk")
    assert visitor.post(LOGIN, login(site)).status_code == 303


# A page of ours, whoever drew it.


@pytest.mark.parametrize("who", ["visitor", "alice"])
def test_an_open_form_outlives_a_change_of_the_key(database_url: str, now: datetime, who: str) -> None:
    config = configuration.preset("client-area")
    old = build(config, database_url, now)
    visitor = old.alice() if who == "alice" else old.visitor()
    path = "/account/me" if who == "alice" else "/account/recover/password"
    visitor.open(path)
    app = Flask(__name__)
    app.config.update(SECRET_KEY=OTHER_KEY, SECRET_KEY_FALLBACKS=[SECRET_KEY], ACCT_DATABASE_URL=database_url,
                      ACCT_WORKER=False)  # fmt: skip
    app.test_client_class = AcctClient
    Acct(app, config=config, clock=lambda: now)
    renewed = app.test_client()
    for cookie in visitor.client._cookies.values():  # type: ignore[union-attr]
        renewed.set_cookie(cookie.key, cookie.value)
    data = {"csrf_token": visitor.csrf(), "email": "alice@example.com", "first_name": "Alicia", "locale": "es"}
    answer = renewed.post(path, data=data)
    for built in (old.app, app):
        built.extensions["acct"].database.engine.dispose()

    assert answer.status_code == 303


def test_an_open_form_does_not_outlive_a_key_that_is_not_kept(database_url: str, now: datetime) -> None:
    config = configuration.preset("client-area")
    old = build(config, database_url, now)
    visitor = old.alice()
    visitor.open("/account/me")
    old.acct.keys = type(old.acct.keys).of(OTHER_KEY)
    answer = visitor.post("/account/me", {"first_name": "Alicia"})
    old.acct.database.engine.dispose()

    assert answer.status_code == 400


def test_a_form_left_open_overnight_is_taken_as_long_as_its_session_is(site: Site) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    site.clock.move(hours=20)
    assert visitor.post(LOGIN, login(site)).status_code == 303


def test_a_form_opened_before_somebody_signed_in_in_another_tab_keeps_its_input(site: Site) -> None:
    visitor = site.visitor()
    visitor.open("/account/recover/request")
    typed = {site.say("recovery.request.name"): "Ana", site.say("recovery.request.email"): "ana@example.com",
             site.say("recovery.request.about"): "I was a customer in 2019"}  # fmt: skip
    action, data = visitor.form(site.say("recovery.request.submit"), typed)
    site.sign_in("alice@example.com", visitor=Visitor(visitor.client, site.root))
    page = Read(visitor.client.post(action, data=data))

    assert page.status == 400
    assert page.says("shell.form.stale")
    assert "I was a customer in 2019" in page.html


def test_no_two_pages_carry_the_same_token(site: Site) -> None:
    alice, tokens = site.alice(), set()
    for _ in range(3):
        alice.open("/account/me")
        tokens.add(alice.csrf())
    assert len(tokens) == 3


def test_an_error_page_shown_while_the_database_is_away_still_has_a_language_form(site: Site) -> None:
    """Who is signed in could not be asked then; the form is theirs all the same."""
    alice = site.alice()
    page = alice.open("/boom")
    answer = alice.post("/account/language", {"locale": "it", "next": "/"})

    assert page.status == 500
    assert answer.status_code == 303


# Where a form comes from.

FOREIGN = [
    "null", "https://evil.example", "http://evil.example", "http://localhost:8080", "https://localhost",
    "http://shop.localhost", "http://localhost.evil.example", "http://localhost@evil.example", "file://",
    "localhost", "http://", "chrome-extension://abcdef", "http://[::1", "http://127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_form_from_an_origin_that_is_not_ours_is_refused_whatever_token_it_has(site: Site, origin: str) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    answer = visitor.post(LOGIN, login(site), Origin=origin)

    assert answer.status_code == 400
    assert visitor.client.get_cookie("acct") is None


@pytest.mark.parametrize("origin", ["http://localhost", "http://localhost:80", "HTTP://LOCALHOST"])
def test_a_form_from_our_own_origin_is_taken(site: Site, origin: str) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    assert visitor.post(LOGIN, login(site), Origin=origin).status_code == 303


@pytest.mark.parametrize("site_header", ["same-origin", "none"])
def test_a_page_that_tells_nobody_where_it_is_may_send_our_form(site: Site, site_header: str) -> None:
    """A host's page with the policy no-referrer sends the origin null, even to itself."""
    visitor = site.visitor()
    visitor.open(LOGIN)
    headers = {"Origin": "null", "Sec-Fetch-Site": site_header}
    assert visitor.post(LOGIN, login(site), **headers).status_code == 303


@pytest.mark.parametrize("site_header", ["cross-site", "same-site"])
def test_a_neighbour_may_not_even_where_it_sends_no_origin(site: Site, site_header: str) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    assert visitor.post(LOGIN, login(site), **{"Sec-Fetch-Site": site_header}).status_code == 400


@pytest.mark.parametrize(
    ("host", "origin"),
    [("localhost:5000", "http://localhost:5000"), ("127.0.0.1:5000", "http://127.0.0.1:5000"),
     ("[::1]:5000", "http://[::1]:5000")],
)  # fmt: skip
def test_the_demo_works_by_each_name_of_this_machine(make: Build, host: str, origin: str) -> None:
    site = make(ACCT_PUBLIC_URL="http://localhost:5000")
    client = site.app.test_client()
    root = f"http://{host}"
    page = Read(client.get(LOGIN, base_url=root))
    token = next(node.attributes["value"] for node in page.nodes if node.attributes.get("name") == "csrf_token")
    answer = client.post(LOGIN, data=login(site, csrf_token=token), base_url=root, headers={"Origin": origin})

    assert answer.status_code == 303


def test_behind_a_proxy_that_speaks_https_the_public_address_is_ours(secure_site: Site) -> None:
    visitor = secure_site.visitor()
    visitor.open(LOGIN)
    assert visitor.post(LOGIN, login(secure_site), Origin="https://clients.example.com").status_code == 303


def test_behind_a_proxy_that_is_believed_its_host_is_ours(make: Build) -> None:
    site = make(ACCT_PUBLIC_URL="https://clients.example.com")
    site.app.wsgi_app = ProxyFix(site.app.wsgi_app, x_proto=1, x_host=1)  # type: ignore[method-assign]
    forwarded = {"X-Forwarded-Host": "second.example.net", "X-Forwarded-Proto": "https"}
    visitor = site.visitor(**forwarded)
    visitor.root = "http://backend"
    visitor.open(LOGIN)
    cookie = visitor.page.response.headers["Set-Cookie"].partition(";")[0]
    statuses = [
        visitor.client.post(
            LOGIN,
            data=login(site, csrf_token=visitor.csrf()),
            headers={**forwarded, "Origin": origin, "Cookie": cookie},
            base_url=visitor.root,
        ).status_code
        for origin in ("https://evil.example", "https://second.example.net")
    ]
    assert statuses == [400, 303]


def test_every_platforms_address_is_ours(make: Build) -> None:
    site = make("email-marketing")
    urls = [platform.config.site.public_url for platform in site.acct.platforms.values()]
    statuses = []
    for url in urls:
        visitor = site.visitor()
        visitor.open(LOGIN)
        statuses.append(visitor.post(LOGIN, {"identifier": "alice", "password": PASSWORD}, Origin=url).status_code)
    assert set(statuses) == {303}
    assert len(urls) > 1


def test_staying_signed_in_is_no_wish_of_another_page(site: Site) -> None:
    alice = site.alice()
    token = alice.open("/account/session").response.get_json()["csrf_token"]
    answer = alice.client.post("/account/session", data={"csrf_token": token}, headers={"Origin": "null"})
    assert answer.status_code == 400


# Cookies that do not come back.

FORMS = {
    LOGIN: {"identifier": "alice@example.com", "password": PASSWORD},
    "/account/recover/password": {"email": "alice@example.com"},
    "/account/recover/request": {"name": "Ana", "email": "ana@example.com", "about": "I was a customer"},
    "/account/language": {"locale": "it"},
}


@pytest.mark.parametrize("path", FORMS)
def test_a_form_sent_without_cookies_says_so(site: Site, path: str) -> None:
    visitor = site.visitor()
    visitor.open(path)
    without = site.app.test_client(use_cookies=False)
    page = Read(without.post(path, data={"csrf_token": visitor.csrf(), **FORMS[path]}))

    assert page.status == 400
    assert page.says("shell.form.no_cookies")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("header", ["Origin", "Referer", ""])
def test_an_https_site_visited_by_http_says_so(secure_site: Site, path: str, header: str) -> None:
    visitor = secure_site.visitor()
    visitor.open(path)
    without = secure_site.app.test_client(use_cookies=False)
    headers = {header: "http://localhost/"} if header else {}
    data = {"csrf_token": visitor.csrf(), **FORMS[path]}
    page = Read(without.post(path, data=data, headers=headers, base_url="http://localhost"))

    assert page.status == 400
    assert page.says("shell.form.not_secure")
    assert "https://clients.example.com" in page.text


def test_a_browser_without_cookies_behind_a_proxy_without_proxyfix_reads_of_cookies(secure_site: Site) -> None:
    """The app sees http there; the browser says what it speaks itself."""
    visitor = secure_site.visitor()
    visitor.open(LOGIN)
    without = secure_site.app.test_client(use_cookies=False)
    data = {"csrf_token": visitor.csrf(), **FORMS[LOGIN]}
    headers = {"Origin": "https://clients.example.com"}
    page = Read(without.post(LOGIN, data=data, headers=headers, base_url="http://clients.example.com"))

    assert page.says("shell.form.no_cookies")


def test_who_lost_their_cookies_once_sends_the_form_again_and_is_through(site: Site) -> None:
    visitor = site.visitor()
    visitor.open(LOGIN)
    visitor.client.delete_cookie("acct_visit")
    visitor.page = Read(visitor.post(LOGIN, FORMS[LOGIN]))
    first = visitor.page.says("shell.form.no_cookies")

    assert first is True
    assert visitor.post(LOGIN, FORMS[LOGIN]).status_code == 303


# Links that lie in a browser.


def test_a_link_left_open_sets_no_password_once_idle_time_is_over(site: Site) -> None:
    visitor = opened(site, link(site, site.people.alice))
    site.clock.move(minutes=31)
    set_to(visitor, site)

    assert site.sign_in("alice@example.com").page.heading == "Home"
    assert visitor.page.says("recovery.password.left_lying")


def test_who_comes_back_to_a_link_left_open_is_told_to_open_it_again(site: Site) -> None:
    secret = link(site, site.people.alice)
    visitor = opened(site, secret)
    site.clock.move(minutes=31)
    said = visitor.open("/account/password/set").says("recovery.password.left_lying")

    assert said is True
    assert opened(site, secret, visitor).page.screen == "password.set"


def test_a_link_in_use_stays(site: Site) -> None:
    visitor = opened(site, link(site, site.people.alice))
    for _ in range(2):
        site.clock.move(minutes=25)
        set_to(visitor, site, "short", "short")
    set_to(visitor, site)

    assert visitor.page.says("login.form.password_set")


def test_a_link_to_confirm_a_recovery_is_not_kept_longer_either(make: Build) -> None:
    site = make("customer-panel")
    visitor = site.visitor()
    visitor.open(f"/account/recover/confirm?token={link(site, site.people.alice, 'confirm_recovery')}")
    site.clock.move(minutes=31)
    visitor.press(site.say("recovery.confirm.submit"))

    assert visitor.page.says("recovery.password.left_lying")
    assert site.letters() == []


@pytest.mark.parametrize("purpose", ["password_link", "activation"])
def test_the_page_says_whose_password_it_sets(any_site: Site, purpose: Any) -> None:
    page = opened(any_site, link(any_site, any_site.people.alice, purpose)).page
    by_name = "username" in any_site.config.login.identifiers

    assert ("alice" if by_name else "alice@example.com") in page.element("password.set.whose").text.split(" ")[-1]


def test_the_page_still_says_it_after_a_slip(site: Site) -> None:
    visitor = opened(site, link(site, site.people.alice))
    set_to(visitor, site, "short", "short")

    assert "alice@example.com" in visitor.page.element("password.set.whose").text


def restricted(site: Site, user: User) -> Visitor:
    visitor = site.visitor()
    visitor.client.must_set_password(user)  # type: ignore[attr-defined]
    return visitor


def test_who_must_set_their_own_reads_that_it_is_theirs(site: Site) -> None:
    page = restricted(site, site.people.charlie).open("/account/password/set")

    assert "charlie@example.net" in page.element("password.set.whose").text


def test_who_must_set_their_own_and_follows_anothers_link_reads_whose_it_is(site: Site) -> None:
    charlie = restricted(site, site.people.charlie)
    opened(site, link(site, site.people.alice), charlie)

    assert "alice@example.com" in charlie.page.element("password.set.whose").text


def test_a_form_that_said_one_name_sets_no_other_password(site: Site) -> None:
    """Charlie has his own form open, and another tab is led to a link of Alice's."""
    charlie = restricted(site, site.people.charlie)
    charlie.open("/account/password/set")
    elsewhere = Visitor(charlie.client, site.root)
    opened(site, link(site, site.people.alice), elsewhere)
    set_to(charlie, site)

    assert charlie.page.status == 400
    assert charlie.page.says("shell.form.other_link")
    assert "alice@example.com" in charlie.page.element("password.set.whose").text
    assert site.sign_in("alice@example.com").page.heading == "Home"


def test_of_two_links_in_two_tabs_each_form_is_about_its_own(site: Site) -> None:
    first = opened(site, link(site, site.people.alice))
    second = Visitor(first.client, site.root)
    opened(site, link(site, site.people.charlie), second)
    set_to(first, site)

    assert first.page.says("shell.form.other_link")
    assert site.sign_in("charlie@example.net").page.heading == "Home"


def test_a_form_of_somebody_elses_own_template_needs_no_mark(site: Site) -> None:
    visitor = opened(site, link(site, site.people.alice))
    answer = visitor.post("/account/password/set", {"new": NEW_PASSWORD, "repeat": NEW_PASSWORD})

    assert answer.status_code == 303


# Signing out twice.


def test_signed_out_in_one_tab_and_then_in_another_is_signed_out(site: Site) -> None:
    alice = site.alice()
    alice.open("/account/logout")
    elsewhere = Visitor(alice.client, site.root)
    elsewhere.open("/account/me")
    alice.press(site.say("login.logout.submit"))
    answer = elsewhere.post("/account/logout", {})

    assert answer.status_code == 303
    assert answer.headers["Location"] == LOGIN
    assert elsewhere.open(LOGIN).says("login.form.signed_out")


def test_signing_out_after_an_idle_end_is_signed_out(site: Site) -> None:
    alice = site.alice()
    alice.open("/account/me")
    site.clock.move(minutes=45)

    assert alice.post("/account/logout", {}).status_code == 303


def test_a_form_of_an_earlier_session_signs_nobody_out_who_is_in_again(site: Site) -> None:
    visitor = site.alice()
    visitor.open("/account/me")
    old = visitor.csrf()
    visitor.open("/account/logout")
    visitor.press(site.say("login.logout.submit"))
    site.sign_in("alice@example.com", visitor=visitor)
    answer = visitor.client.post("/account/logout", data={"csrf_token": old})

    assert answer.status_code == 400
    assert visitor.open("/services").status == 200
