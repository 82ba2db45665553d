"""Error pages: in the brand, in the visitor's language, and silent about the inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from .site import Build, Site


@pytest.mark.parametrize("code", [400, 403, 404, 405, 410, 413, 429, 500, 503])
@pytest.mark.parametrize("language", ["en", "es", "it"])
def test_every_error_has_a_page_in_the_visitors_language(site: Site, code: int, language: str) -> None:
    page = site.visitor().open(f"/abort/{code}", **{"Accept-Language": language})
    words = site.say(f"{page.screen}.title", language)
    assert page.status == code
    assert page.language == language
    assert page.heading == words
    assert "Brisalta" in page.html


@pytest.mark.parametrize("code", [400, 403, 404, 405, 410, 413, 429, 500, 503])
def test_a_script_is_told_in_json(site: Site, code: int) -> None:
    answer = site.visitor().open(f"/abort/{code}", Accept="application/json").response
    assert answer.status_code == code
    assert answer.is_json
    assert "error" in answer.get_json()


def test_a_fault_of_the_host_shows_a_reference_and_nothing_of_the_inside(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    page = site.alice().open("/boom")
    reference = page.element("error.server.text").text.rsplit(" ", 1)[1].rstrip(".")
    assert page.status == 500
    assert "secret inside" not in page.html
    assert "Traceback" not in page.html
    assert reference in caplog.text


def test_a_fault_keeps_nothing_of_the_request(site: Site) -> None:
    before = site.rows()
    site.visitor().client.post("/boom", data={"password": "x"})
    assert site.rows() == before


@pytest.fixture
def away(site: Site) -> Site:
    """A site whose database file has become unreadable."""
    site.acct.database.engine.dispose()
    file = Path(str(site.acct.database.engine.url.database))
    file.unlink()
    file.mkdir()
    return site


@pytest.mark.parametrize("path", ["/services", "/nothing", "/account/password/change", "/account/login"])
def test_a_visitor_with_a_session_meets_the_503_page_while_the_database_is_away(away: Site, path: str) -> None:
    visitor = away.visitor()
    visitor.client.set_cookie("acct", "x" * 43)
    page = visitor.open(path, **{"Accept-Language": "it"})
    assert page.status == 503
    assert page.screen == "error.unavailable"
    assert page.language == "it"


def test_nobody_is_signed_out_by_a_database_that_is_away(away: Site) -> None:
    visitor = away.visitor()
    visitor.client.set_cookie("acct", "x" * 43)
    cookies = visitor.open("/services").response.headers.getlist("Set-Cookie")
    assert [line for line in cookies if line.startswith("acct=")] == []


@pytest.mark.parametrize("path", ["/account/login", "/account/recover/password"])
def test_a_form_sent_while_the_database_is_away_is_a_503(away: Site, path: str) -> None:
    visitor = away.visitor()
    visitor.open(path)
    data = {"identifier": "alice@example.com", "password": "x" * 20, "email": "alice@example.com"}
    assert visitor.post(path, data).status_code == 503


def test_a_host_keeps_its_own_error_page(make: Build) -> None:
    site = make()
    site.app.register_error_handler(404, lambda error: ("the host's own", 404))
    assert site.visitor().open("/nothing").response.get_data(as_text=True) == "the host's own"


def test_who_tried_too_often_is_told_by_header_too_when_to_come_back(site: Site) -> None:
    for _ in range(site.config.limits.sign_in_failures + 1):
        page = site.sign_in("alice@example.com", "not her password at all").page
    assert page.status == 429
    assert page.response.headers["Retry-After"] == "30"
