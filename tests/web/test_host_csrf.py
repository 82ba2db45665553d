"""A host's ``CSRFProtect`` guards the host's forms and changes nothing for ours, whenever and however it was set up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_wtf.csrf import CSRFProtect, generate_csrf

from flask_acct.accounts import unsubscribing
from flask_acct.testing import PASSWORD

from ..scopes import SECRET_KEY
from .site import Build, Site
from .test_help_votes import VOTE

SETTINGS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "without a limit": {"WTF_CSRF_TIME_LIMIT": None},
    "another field": {"WTF_CSRF_FIELD_NAME": "_token"},
    "a field of ours": {"WTF_CSRF_FIELD_NAME": "acct_account"},
    "no header": {"WTF_CSRF_HEADERS": []},
    "more methods": {"WTF_CSRF_METHODS": ["POST", "PUT", "OPTIONS"]},
    "lax": {"WTF_CSRF_SSL_STRICT": False},
    "by hand": {"WTF_CSRF_CHECK_DEFAULT": False},
    "another key": {"WTF_CSRF_SECRET_KEY": "another-key-of-forms-0123456789abcdef"},
}


def protect(app: Flask) -> None:
    """What the manual says, and for who checks by hand what it says there."""
    csrf = CSRFProtect(app)
    if not app.config["WTF_CSRF_CHECK_DEFAULT"]:

        @app.before_request
        def check() -> None:
            csrf.protect()

    app.add_url_rule("/basket", "basket", lambda: "added", methods=["POST"])


def early(make: Build, **settings: Any) -> Site:
    return make(prepare=protect, **settings)


def late(make: Build, **settings: Any) -> Site:
    site = make(**settings)
    protect(site.app)
    return site


Order = Callable[..., Site]


@pytest.fixture(params=[early, late])
def order(request: pytest.FixtureRequest) -> Order:
    found: Order = request.param
    return found


@pytest.fixture(params=SETTINGS)
def guarded(request: pytest.FixtureRequest, order: Order, make: Build) -> Site:
    """A site with a global CSRFProtect, before or after ours, with each of its settings."""
    return order(make, **SETTINGS[request.param])


def test_somebody_signs_in_and_out(guarded: Site) -> None:
    visitor = guarded.alice()
    assert visitor.page.status == 200
    assert visitor.open("/me").response.get_json() == {"user": "alice"}
    visitor.open("/account/me")
    visitor.post("/account/logout", {})
    assert visitor.open("/me").response.get_json() == {"user": None}


def test_a_language_is_chosen(guarded: Site) -> None:
    visitor = guarded.visitor()
    visitor.open("/account/login")
    visitor.post("/account/language", {"locale": "it"})
    assert visitor.open("/account/login").language == "it"


def test_a_reader_votes(guarded: Site) -> None:
    answer = guarded.visitor().client.post("/help/vote", data=VOTE, headers={"Origin": "http://localhost"})
    assert answer.status_code == 303


def test_a_search_that_found_nothing_is_told(guarded: Site) -> None:
    sent = {"locale": "es-AR", "q": "kettle"}
    answer = guarded.visitor().client.post("/help/searched", data=sent, headers={"Origin": "http://localhost"})
    assert answer.status_code == 204


def test_a_session_is_kept_alive(guarded: Site) -> None:
    visitor = guarded.alice()
    visitor.open("/account/me")
    assert visitor.post("/account/session", {}).status_code == 200


def test_an_address_with_a_slash_too_many_still_leads_on(guarded: Site) -> None:
    assert guarded.visitor().client.post("/account/login/").status_code == 308


def test_a_mail_program_unsubscribes_with_one_click(order: Order, make: Build) -> None:
    site = order(make)
    signed = unsubscribing.sign("contact:1", "general", "x@example.com", site.acct.keys)
    answer = site.visitor().client.post(f"/account/unsubscribe/{signed}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_hosts_own_forms_stay_protected(guarded: Site, scheme: str) -> None:
    answer = guarded.visitor().client.post("/basket", base_url=f"{scheme}://localhost")
    assert answer.status_code == 400


def test_a_hosts_form_with_its_token_is_taken(order: Order, make: Build) -> None:
    site = order(make)
    site.app.add_url_rule("/token", "token", generate_csrf)
    client = site.visitor().client
    token = client.get("/token").text
    assert client.post("/basket", data={"csrf_token": token}).text == "added"


def test_a_hosts_form_drawn_before_signing_in_says_so_under_any_field_name(make: Build) -> None:
    """What the app's own page asks for while somebody signs in is worth something afterwards."""

    def show_tokens(app: Flask) -> None:
        @app.before_request
        def early_token() -> None:
            generate_csrf()

        @app.after_request
        def tell(response: Any) -> Any:
            response.headers["X-Token"] = generate_csrf()
            return response

    site = make(prepare=lambda app: (show_tokens(app), protect(app)), WTF_CSRF_FIELD_NAME="_token")
    visitor = site.visitor()
    visitor.open("/account/login")
    sent = visitor.post("/account/login", {"identifier": site.identifier(site.people.alice), "password": PASSWORD})
    assert visitor.client.post("/basket", data={"_token": sent.headers["X-Token"]}).text == "added"


def test_one_protection_of_several_apps_grows_with_none_of_them(make: Build) -> None:
    csrf = CSRFProtect()
    site = make(prepare=csrf.init_app)
    depths = []
    for _ in range(3):
        site.visitor().open("/account/login")
        depths.append(len(list(wrapped(csrf.protect))))
    assert depths == [1, 1, 1]


def wrapped(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
        yield function


def test_an_app_without_ours_that_shares_the_protection_keeps_it(make: Build) -> None:
    csrf, other = CSRFProtect(), Flask("other")
    make(prepare=csrf.init_app).visitor().open("/account/login")
    other.secret_key = SECRET_KEY
    csrf.init_app(other)
    other.add_url_rule("/account/login", "login", lambda: "theirs", methods=["POST"])
    assert other.test_client().post("/account/login").status_code == 400


def test_the_help_site_is_read(order: Order, make: Build, tmp_path: Path) -> None:
    """Its views are no functions with a name, which the check asks for."""
    (tmp_path / "csp.txt").write_text("default-src 'none'\n")
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "index.html").write_text("help")
    site = order(make, ACCT_HELP_SITE=str(tmp_path))
    with site.visitor().client.get("/help/es/") as answer:
        assert answer.status_code == 200
