"""The app serves the built help site: in the reader's language, cached, under a policy of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_acct.config import preset
from flask_acct.db import schema
from flask_acct.extension import Acct
from flask_acct.testing import AcctClient

from .. import personas
from ..scopes import SECRET_KEY


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    """The response, read to its end, its file closed."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.get(path, headers=names) as response:
        response.get_data()
        return response


POLICY = "default-src 'none'; script-src 'self' 'sha256-abc='"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built site, as small as can be."""
    site = tmp_path / "site"
    for tag in ("es", "es-AR", "en", "it"):
        page = site / tag / "recover-password" / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"<p>{tag}</p>")
        (site / tag / "index.html").write_text(f"<p>{tag}</p>")
        (site / tag / "404.html").write_text(f"<p>no {tag}</p>")
    (site / "es" / "assets").mkdir()
    (site / "es" / "assets" / "main.57a0d79d.min.css").write_text("a{}")
    (site / "csp.txt").write_text(POLICY + "\n")
    (tmp_path / "secret.txt").write_text("not for you")
    return site


def client_of(folder: Path, database_url: str) -> FlaskClient:
    app = Flask("host")
    app.config.update(
        SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=database_url, ACCT_HELP_SITE=str(folder), ACCT_WORKER=False
    )
    Acct(app, config=preset("client-area"))
    return app.test_client()


@pytest.fixture
def client(folder: Path, database_url: str) -> FlaskClient:
    return client_of(folder, database_url)


@pytest.mark.parametrize(
    ("cookie", "header", "tag"),
    [
        ("", "it-IT,it;q=0.9", "it"),
        ("", "es-AR", "es-AR"),
        ("", "fr", "es"),
        ("es_AR", "it", "es-AR"),
    ],
)
def test_help_begins_in_the_readers_language(client: FlaskClient, cookie: str, header: str, tag: str) -> None:
    if cookie:
        client.set_cookie("acct_language", cookie)
    response = client.get("/help/", headers={"Accept-Language": header})
    assert response.status_code == 302
    assert response.location == f"/help/{tag}/"
    assert set(response.vary) >= {"Cookie", "Accept-Language"}


def test_a_page_is_asked_for_again_but_not_sent_again(client: FlaskClient) -> None:
    first = get(client, "/help/es/recover-password/")
    assert first.status_code == 200
    assert first.text == "<p>es</p>"
    assert first.cache_control.no_cache
    again = get(client, "/help/es/recover-password/", If_None_Match=first.headers["ETag"])
    assert again.status_code == 304


def test_a_file_named_by_its_content_is_kept_for_good(client: FlaskClient) -> None:
    response = get(client, "/help/es/assets/main.57a0d79d.min.css")
    assert response.cache_control.immutable
    assert response.cache_control.max_age == 365 * 24 * 3600


def test_pages_go_out_under_the_policy_of_the_build(client: FlaskClient) -> None:
    response = get(client, "/help/es/recover-password/")
    assert response.headers["Content-Security-Policy"] == POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_folder_without_a_slash_leads_to_the_page(client: FlaskClient) -> None:
    assert client.get("/help/es/recover-password").location == "/help/es/recover-password/"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/help/?h=clave", "/help/es/?h=clave"),
        ("/help/es?h=clave", "/help/es/?h=clave"),
        ("/help/es?h=contrase%C3%B1a&x=a%20b", "/help/es/?h=contrase%C3%B1a&x=a%20b"),
        ("/help/es?to=//evil.example", "/help/es/?to=//evil.example"),
        ("/help/es", "/help/es/"),
    ],
)
def test_what_an_address_asks_for_goes_along(client: FlaskClient, path: str, target: str) -> None:
    assert get(client, path).headers["Location"] == target


@pytest.mark.parametrize(("path", "text"), [("/help/it/nothing/", "<p>no it</p>"), ("/help/nothing", "<p>no es</p>")])
def test_a_page_that_does_not_exist_is_said_in_the_readers_language(client: FlaskClient, path: str, text: str) -> None:
    response = get(client, path)
    assert response.status_code == 404
    assert response.text == text


@pytest.mark.parametrize(
    "path", ["/help/../secret.txt", "/help/%2e%2e/secret.txt", "/help/es/../../secret.txt", "/help/csp.txt",
             "/help/es/a%00b", "/help//etc/passwd"]
)  # fmt: skip
def test_nothing_outside_the_site_is_served(client: FlaskClient, path: str) -> None:
    response = client.get(path, follow_redirects=True)
    assert response.status_code == 404
    assert "not for you" not in response.text


def test_a_site_that_was_not_built_yet_says_so(tmp_path: Path, database_url: str) -> None:
    response = client_of(tmp_path / "nothing", database_url).get("/help/en/", headers={"Accept-Language": "en"})
    assert response.status_code == 503
    assert "The help pages are not ready yet" in response.text


def test_a_page_that_is_not_open_to_somebody_leads_to_the_paragraph_about_it(folder: Path, database_url: str) -> None:
    """Whose permission is missing, and whoever is not the owner."""
    client = client_of(folder, database_url)
    acct = client.application.extensions["acct"]
    schema.upgrade(acct.database.engine)
    with acct.database.transaction() as db:
        people = personas.settle(db=db, config=acct.platform.config, now=acct.clock())
    visitor = AcctClient(client.application, user=people.bob, account=people.account)
    for path in ("/account/users", "/account/profile"):
        refused = visitor.get(path, headers={"Accept-Language": "it"})
        (link,) = re.findall(r'class="acct-answer"><a href="([^"]+)"', refused.text)
        assert refused.status_code == 403, path
        assert link.endswith("/manage-permissions/#not-open"), path
