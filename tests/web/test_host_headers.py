"""A host that sets headers on every page of its app, Flask-Talisman say: ours stay, and the host's its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask, Response
from flask.cli import ScriptInfo
from flask_talisman import Talisman
from werkzeug.exceptions import Forbidden

from flask_acct import public
from flask_acct.cli import acct
from flask_acct.config import csp, parse

from .site import Build, Site

CSP = "Content-Security-Policy"


def talisman(app: Flask, **options: Any) -> None:
    Talisman(app, force_https=False, **options)


def by_hand(app: Flask) -> None:
    @app.after_request
    def weaken(response: Response) -> Response:
        response.headers[CSP] = "default-src *"
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Cache-Control"] = "public, max-age=60"
        return response


def twice(app: Flask) -> None:
    app.after_request(lambda response: response.headers.add(CSP, "img-src 'none'") or response)


@pytest.fixture(params=[(way, order) for way in (talisman, by_hand, twice) for order in ("before", "after")])
def site(request: pytest.FixtureRequest, make: Build) -> Site:
    way, order = request.param
    if order == "before":
        return make(prepare=way)
    made = make()
    way(made.app)
    return made


PAGES = ["/account/login", "/account/me", "/account/nothing", "/account/static/acct.css", "/account/brand.css"]
WANTED = {"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}


@pytest.mark.parametrize("path", PAGES)
def test_our_pages_have_our_headers(site: Site, path: str) -> None:
    for user in (None, site.people.alice):
        with site.visitor(user).client.get(path) as answer:
            headers = answer.headers
        assert headers.getlist(CSP) == [csp.policy({})]
        assert {name: headers.get(name) for name in WANTED} == WANTED
        assert path.endswith(".css") or "max-age=60" not in headers.get("Cache-Control", "")


def test_our_error_page_on_a_page_of_the_hosts_has_them_as_well(site: Site) -> None:
    assert "default-src 'none'" in site.visitor().client.get("/nowhere").headers[CSP]


def test_the_hosts_pages_have_the_hosts(site: Site) -> None:
    assert "default-src 'none'" not in site.visitor().client.get("/me").headers.get(CSP, "")


def test_a_page_of_the_hosts_in_place_of_one_of_ours_has_the_hosts(make: Build) -> None:
    def own(error: Forbidden) -> tuple[str, int]:
        return f"not {error.get_response().status_code} but ours", 418

    site = make(prepare=lambda app: (by_hand(app), app.register_error_handler(403, own)))
    answer = site.visitor(site.people.bob).client.get("/invoices")
    assert answer.status_code == 418
    assert answer.headers[CSP] == "default-src *"


def test_what_ours_say_nothing_about_is_as_the_host_wants_it(make: Build) -> None:
    site = make(prepare=lambda app: talisman(app, permissions_policy={"camera": "()"}))
    assert site.visitor().client.get("/account/login").headers["Permissions-Policy"] == "camera=()"


def test_a_longer_time_under_https_stays(make: Build) -> None:
    def prepare(app: Flask) -> None:
        talisman(app, strict_transport_security_max_age=63072000)

    site = make(prepare=prepare, ACCT_PUBLIC_URL="https://localhost")
    answer = site.visitor().client.get("/account/login", base_url="https://localhost")
    assert "63072000" in answer.headers["Strict-Transport-Security"]


def test_the_help_sites_own_policy_stays(make: Build, tmp_path: Path) -> None:
    (tmp_path / "csp.txt").write_text("default-src 'none'; script-src 'sha256-abc='\n")
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "index.html").write_text("<h1>Help</h1>")
    site = make(prepare=talisman, ACCT_HELP_SITE=str(tmp_path))
    with site.visitor().client.get("/help/en/") as answer:
        assert "sha256-abc=" in answer.headers[CSP]


# What acct.toml adds.


SETTINGS = """
[brand]
stylesheet = "/static/brand.css"

[security.csp]
img-src = ["https://cdn.example.com", "data:"]
"""


def test_what_acct_toml_adds_is_in_the_policy(make: Build) -> None:
    answer = make(parse(SETTINGS), prepare=talisman).visitor().client.get("/account/login")
    assert "img-src 'self' https://cdn.example.com data:;" in answer.headers[CSP]


@pytest.mark.parametrize("mount", ["", "/panel"])
def test_the_companys_stylesheet_comes_after_ours(make: Build, mount: str) -> None:
    client = make(parse(SETTINGS)).visitor().client
    for path in ("/account/login", "/"):
        html = client.get(path, environ_overrides={"SCRIPT_NAME": mount}).text
        assert html.index("brand.css?v=") < html.index(f'href="{mount}/static/brand.css"')


def test_without_one_there_is_none(make: Build) -> None:
    assert "/static/brand.css" not in make().visitor().open("/account/login").html


def test_check_says_the_policy(make: Build) -> None:
    site = make(parse(SETTINGS), prepare=talisman)
    for endpoint in ("home", "me", "boom", "trouble"):
        public(site.app.view_functions[endpoint])
    info: Callable[[], Flask] = lambda: site.app  # noqa: E731
    said = CliRunner().invoke(acct, ["check", "client-area"], obj=ScriptInfo(create_app=info)).output
    assert "img-src 'self' https://cdn.example.com data:" in said
