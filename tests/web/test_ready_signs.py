"""Addresses that browsers and people try without having been told: the account itself, a slash too many, the icon."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from flask_acct import config as configuration
from flask_acct import public
from flask_acct.config import ConfigError
from flask_acct.testing import PASSWORD
from flask_acct.web.brand import way_to_site

from .site import Build, Site

MOUNTS = ("", "/shop")
CHANGE = "/.well-known/change-password"


def get(site: Site, path: str, mount: str = "", who: Any = None, method: str = "GET") -> Any:
    """The answer to a browser that asks for a path below where the app is mounted."""
    # Where the client is signed in, too.
    site.app.config["APPLICATION_ROOT"] = mount or "/"
    client = site.app.test_client(user=who)
    return client.open(path, method=method, base_url=site.root, environ_overrides={"SCRIPT_NAME": mount})


def leads_to(response: Any) -> str:
    return str(urlsplit(response.headers["Location"]).path)


# --- The account --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("path", ["/account", "/account/"])
def test_the_account_leads_home_or_to_the_sign_in_form(site: Site, path: str, mount: str) -> None:
    found = [leads_to(get(site, path, mount, who)) for who in (None, site.people.alice)]
    assert found == [f"{mount}/account/login", f"{mount}/"]


def test_who_may_only_set_a_password_comes_to_do_it(site: Site) -> None:
    client = site.app.test_client()
    client.must_set_password(site.people.alice)  # type: ignore[attr-defined]
    assert leads_to(client.get("/account")) == "/account/password/set"


def test_where_the_account_is_home_it_leads_to_ones_details(make: Build) -> None:
    whole = configuration.preset("client-area")
    site = make(whole.model_copy(update={"site": whole.site.model_copy(update={"home": "/account"})}))
    assert leads_to(get(site, "/account", who=site.people.alice)) == "/account/me"


def test_nobody_keeps_where_the_account_leads(site: Site) -> None:
    assert get(site, "/account").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("own", ["/account", "/account/"])
def test_a_hosts_own_account_page_is_the_one_that_opens(site: Site, own: str) -> None:
    site.app.add_url_rule(own, "own", public(lambda: "the host's"))
    assert get(site, own).text == "the host's"
    other = own.rstrip("/") if own.endswith("/") else f"{own}/"
    assert "login" not in get(site, other).headers.get("Location", "")


# --- A slash too many ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/account/login/", "/account/login"),
        ("/account/login//", "/account/login"),
        ("/account/recover/password/?lang=es&x=a%20b", "/account/recover/password?lang=es&x=a%20b"),
        ("/account/users/invitations/3/resend/", "/account/users/invitations/3/resend"),
    ],
)
def test_a_slash_too_many_leads_to_the_page(site: Site, path: str, meant: str, mount: str) -> None:
    answer = get(site, path, mount)
    parts = urlsplit(answer.headers["Location"])
    assert answer.status_code == 308
    assert parts._replace(scheme="", netloc="").geturl() == f"{mount}{meant}"


NOWHERE = ["/account/nothing/", "/account/static/", "/nothing/", "/account/nothing", "/invoices/"]


@pytest.mark.parametrize("path", NOWHERE)
def test_what_is_no_page_with_or_without_a_slash_is_missing(site: Site, path: str) -> None:
    assert get(site, path).status_code == 404


def test_a_form_sent_to_an_address_with_a_slash_arrives(site: Site) -> None:
    visitor = site.visitor()
    visitor.open("/account/login")
    typed = {"identifier": "alice@example.com", "password": "wrong"}
    assert visitor.post("/account/login/", typed).status_code == 308


def test_a_slash_leads_nowhere_else(site: Site) -> None:
    assert "evil" not in get(site, "//evil.example/account/login/").headers.get("Location", "")


# --- The address for changing passwords -----------------------------------------------------------------------------


@pytest.mark.parametrize("mount", MOUNTS)
def test_password_managers_find_the_form(any_site: Site, mount: str) -> None:
    """W3C, A Well-Known URL for Changing Passwords."""
    answer = get(any_site, CHANGE, mount, any_site.people.alice)
    assert answer.status_code == 303
    assert leads_to(answer) == f"{mount}/account/password/change"


def test_who_is_not_signed_in_signs_in_and_comes_to_the_form(site: Site) -> None:
    visitor = site.visitor()
    assert visitor.open(CHANGE).screen == "login.form"
    typed = {site.say("login.form.identifier"): "alice@example.com", site.say("login.form.password"): PASSWORD}
    assert visitor.press(site.say("login.form.submit"), typed).screen == "password.change"


def test_what_is_well_known_to_nobody_is_missing(site: Site) -> None:
    """What browsers ask first, to see whether a site answers everything."""
    path = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
    assert get(site, path).status_code == 404


@pytest.mark.parametrize("path", [CHANGE, "/favicon.ico"])
def test_a_hosts_own_route_is_asked_first_whenever_it_was_made(site: Site, path: str) -> None:
    site.app.add_url_rule(path, "own", public(lambda: "the host's"))
    assert get(site, path).text == "the host's"


@pytest.mark.parametrize("path", [CHANGE, "/favicon.ico", "/account/nothing"])
def test_a_host_that_answers_every_path_is_left_alone(site: Site, path: str) -> None:
    site.app.add_url_rule("/<path:path>", "every", public(lambda path: "the host's"))
    assert get(site, path).text == "the host's"


@pytest.mark.parametrize("path", [CHANGE, "/favicon.ico", "/account"])
def test_only_who_asks_for_it_is_answered(site: Site, path: str) -> None:
    assert [get(site, path, method=method).status_code < 400 for method in ("HEAD", "POST")] == [True, False]


# --- The icon -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mount", MOUNTS)
def test_every_page_names_an_icon_that_is_there(any_site: Site, mount: str) -> None:
    page = get(any_site, "/account/login", mount)
    (href,) = [part.partition('"')[0] for part in page.text.split('<link rel="icon" href="')[1:]]
    assert href.startswith(f"{mount}/")
    icon = get(any_site, href.removeprefix(mount), mount)
    assert icon.status_code == 200
    assert icon.mimetype == "image/svg+xml"
    assert "immutable" in icon.headers["Cache-Control"]
    assert any_site.config.brand.accent in icon.text
    assert f">{any_site.config.site.name[0]}<" in icon.text


def test_a_hosts_page_names_it_too(site: Site) -> None:
    assert '<link rel="icon"' in get(site, "/").text


def test_the_icon_that_browsers_ask_for_by_themselves_is_there(site: Site) -> None:
    answer = get(site, "/favicon.ico")
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("name", ["<Büro>", "ñandú", "42 & Co", "株式会社", "…", "🦊 Fox"])
def test_any_name_has_an_icon(make: Build, name: str) -> None:
    whole = configuration.preset("client-area")
    site = make(whole.model_copy(update={"site": whole.site.model_copy(update={"name": name})}))
    ElementTree.fromstring(get(site, "/favicon.ico").text)


@pytest.mark.parametrize("mount", MOUNTS)
def test_a_brands_own_icon_is_the_one_that_is_named(make: Build, mount: str) -> None:
    site = make(configuration.parse('[brand]\nfavicon = "/static/mark.ico"'))
    assert f'<link rel="icon" href="{mount}/static/mark.ico">' in get(site, "/account/login", mount).text
    assert leads_to(get(site, "/favicon.ico", mount)) == f"{mount}/static/mark.ico"


@pytest.mark.parametrize("mount", MOUNTS)
def test_a_brands_logo_has_one_for_dark_pages_beside_it(make: Build, mount: str) -> None:
    site = make(configuration.parse('[brand]\nlogo = "/static/logo.svg"\nlogo_dark = "/static/dark.svg"'))
    page = get(site, "/account/login", mount).text
    assert (
        f'<picture><source srcset="{mount}/static/dark.svg" media="(prefers-color-scheme: dark)">'
        f'<img src="{mount}/static/logo.svg" alt="{site.config.site.name}"></picture>' in page
    )
    assert "acct-name" not in page


def test_a_logo_without_one_for_dark_pages_stands_on_a_plate_there(make: Build) -> None:
    site = make(configuration.parse('[brand]\nlogo = "/static/logo.svg"'))
    assert '<picture class="acct-plate"><img src="/static/logo.svg"' in get(site, "/account/login").text


def test_a_brands_font_is_found_from_its_stylesheet(make: Build) -> None:
    site = make(configuration.parse('[brand]\nfont_file = "/static/brand.woff2"'))
    assert 'url("../static/brand.woff2")' in get(site, "/account/brand.css").text


@pytest.mark.parametrize(
    ("prefix", "way"), [("/account", ".."), ("/clients/area", "../.."), ("", "."), ("/account/", "..")]
)
def test_a_stylesheet_knows_the_way_to_the_start_of_the_site(prefix: str, way: str) -> None:
    assert way_to_site(prefix) == way


@pytest.mark.parametrize("value", ["https://cdn.example/x.png", "mark.png", "/static/mark.txt", "//x/mark.png"])
def test_an_icon_from_elsewhere_is_refused(value: str) -> None:
    with pytest.raises(ConfigError, match="favicon"):
        configuration.parse(f'[brand]\nfavicon = "{value}"')
