"""Whose page an error is: below our own pages ours, elsewhere the host's; ``Acct(errors=...)`` says how far ours go."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, abort, jsonify
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import Forbidden, HTTPException

from flask_acct import Acct, requires
from flask_acct.web.guards import OtherAccount

from ..scopes import SECRET_KEY
from .site import Build, Site
from .visitor import Read

CODES = [400, 403, 404, 405, 410, 413, 429, 500, 503]


class NoDatabase:
    """A host's database that cannot even be asked for: of another tenant, say, or of a request that names none."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def session(self) -> Any:
        raise RuntimeError("nobody says which tenant this is about")


def test_a_page_that_is_not_there_needs_no_session_of_the_host(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, TESTING=True)
    engine = create_engine(f"sqlite:///{tmp_path / 'acct.db'}")
    Acct(app, config="client-area", db=NoDatabase(engine))
    assert app.test_client().get("/account/nothing").status_code == 404
    engine.dispose()


def below(site: Site, path: str = "/account/nothing", **how: Any) -> Read:
    return Read(site.visitor().client.open(path, **how))


def add_pages(app: Flask) -> None:
    """An API that answers in its own way, and pages that fail as the database lets them."""
    api = Blueprint("api", __name__, url_prefix="/api")
    api.add_url_rule("/abort/<int:code>", "abort", lambda code: abort(code))
    api.add_url_rule("/closed", "closed", requires("reports")(lambda: "open"))
    api.register_error_handler(HTTPException, lambda error: (jsonify(api=True, code=error.code), error.code))
    app.register_blueprint(api)
    for name, kind in (("unique", IntegrityError), ("missing", OperationalError)):
        app.add_url_rule(f"/{name}", name, failing(kind))


def failing(kind: Any) -> Callable[[], str]:
    def view() -> str:
        raise kind("SELECT 1", {}, type(kind.__name__, (Exception,), {})("no such table: cake"))

    return view


@pytest.fixture
def pages(make: Build) -> Site:
    """The default: our own pages alone."""
    return make(prepare=add_pages, options={"errors": None})


@pytest.fixture
def everywhere(make: Build) -> Site:
    return make(prepare=add_pages, options={"errors": "all"})


@pytest.fixture
def nowhere(make: Build) -> Site:
    return make(prepare=add_pages, options={"errors": "none"})


@pytest.mark.parametrize("code", CODES)
def test_a_page_of_the_host_fails_as_flask_has_it(pages: Site, code: int) -> None:
    bare = Flask("bare")
    bare.add_url_rule("/abort/<int:code>", "trouble", lambda code: abort(code))
    theirs, ours = (app.test_client().get(f"/abort/{code}") for app in (bare, pages.app))
    assert ours.status_code == theirs.status_code
    assert ours.data == theirs.data


@pytest.mark.parametrize("path", ["/nothing", "/boom", "/accounts", "/accountx/login", "/help-me"])
def test_no_page_of_ours_answers_what_is_not_below_ours(pages: Site, path: str) -> None:
    assert "data-acct-screen" not in pages.visitor().client.get(path).text


def test_an_address_below_our_pages_that_is_none_shows_ours(pages: Site) -> None:
    assert below(pages).status == 404
    assert below(pages).screen == "error.not_found"


def test_a_method_that_a_page_of_ours_has_not_says_which_it_has(pages: Site) -> None:
    page = below(pages, "/account/login", method="PUT")
    assert page.status == 405
    assert page.screen == "error.not_allowed"
    assert {"GET", "POST"} <= set(page.response.headers["Allow"].split(", "))


def test_a_file_of_ours_that_is_none_shows_our_page(pages: Site) -> None:
    assert below(pages, "/account/static/none.css").screen == "error.not_found"


def handle(app: Flask, what: Any) -> None:
    app.register_error_handler(what, lambda error: ("the host's own", getattr(error, "code", 500)))


GENERIC = [HTTPException, Exception]


@pytest.fixture(params=["before", "after"])
def handled(request: pytest.FixtureRequest, make: Build) -> Callable[..., Site]:
    """A site whose host has a handler, registered before or after ours."""

    def maker(what: Any, errors: str) -> Site:
        if request.param == "before":
            return make(prepare=lambda app: (add_pages(app), handle(app, what)), options={"errors": errors})
        site = make(prepare=add_pages, options={"errors": errors})
        handle(site.app, what)
        return site

    return maker


@pytest.mark.parametrize("errors", ["pages", "all"])
@pytest.mark.parametrize("what", [HTTPException, Exception, 404])
def test_a_handler_of_the_host_answers_on_its_pages(handled: Any, what: Any, errors: str) -> None:
    answer = handled(what, errors).visitor().client.get("/nothing")
    assert answer.status_code == 404
    assert answer.text == "the host's own"


@pytest.mark.parametrize("errors", ["pages", "all"])
@pytest.mark.parametrize("what", [HTTPException, Exception, 404, 405])
def test_below_our_pages_it_does_not(handled: Any, what: Any, errors: str) -> None:
    site = handled(what, errors)
    assert below(site).screen == "error.not_found"
    assert below(site, "/account/login", method="PUT").screen == "error.not_allowed"
    assert below(site, "/account/static/none.css").screen == "error.not_found"


@pytest.mark.parametrize("what", [HTTPException, Exception, 500])
def test_a_fault_of_the_host_is_the_hosts_to_answer(handled: Any, what: Any) -> None:
    assert handled(what, "all").visitor().client.get("/boom").text == "the host's own"


@pytest.mark.parametrize("what", [SQLAlchemyError, Exception, IntegrityError])
def test_what_the_database_refused_the_host_is_the_hosts_to_answer(handled: Any, what: Any) -> None:
    assert handled(what, "all").visitor().client.get("/unique").text == "the host's own"


@pytest.mark.parametrize("what", [403, HTTPException, Exception, Forbidden])
def test_who_lacks_a_permission_meets_the_hosts_own_page(handled: Any, what: Any) -> None:
    site = handled(what, "pages")
    answer = site.visitor(site.people.bob).client.get("/invoices")
    assert answer.status_code == 403
    assert answer.text == "the host's own"


def test_an_api_of_the_host_answers_in_its_own_way(everywhere: Site) -> None:
    answer = everywhere.visitor().client.get("/api/abort/404")
    assert answer.get_json() == {"api": True, "code": 404}


def test_an_api_of_the_host_says_itself_who_lacks_a_permission(pages: Site) -> None:
    client = pages.visitor(pages.people.bob).client
    assert client.get("/api/closed").get_json() == {"api": True, "code": 403}


def test_who_lacks_a_permission_on_a_page_of_the_hosts_is_told_which(pages: Site) -> None:
    page = pages.visitor(pages.people.bob).open("/invoices")
    assert page.status == 403
    assert page.screen == "error.forbidden"


def test_a_handler_that_gives_back_what_it_got_gives_our_page(pages: Site) -> None:
    pages.app.register_error_handler(HTTPException, lambda error: error)
    page = pages.visitor(pages.people.bob).open("/invoices")
    assert page.status == 403
    assert page.screen == "error.forbidden"


def test_a_script_is_told_in_json_what_it_lacks(pages: Site) -> None:
    client = pages.visitor(pages.people.bob).client
    answer = client.get("/invoices", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.get_json() == {"error": "forbidden", "needs": "invoices"}


def test_a_form_of_another_account_on_a_page_of_the_hosts_is_a_409(pages: Site) -> None:
    answer = Read(pages.visitor(pages.people.alice).client.post("/invoices", data={"acct_account": "9001"}))
    assert answer.status == 409
    assert answer.screen == "error.other_account"


@pytest.mark.parametrize("path", ["/abort/404", "/nothing"])
def test_all_means_what_the_host_left_unhandled_too(everywhere: Site, path: str) -> None:
    assert everywhere.visitor().open(path).screen == "error.not_found"


def test_all_means_faults_too(everywhere: Site) -> None:
    found = {path: everywhere.visitor().open(path).screen for path in ("/boom", "/unique", "/missing")}
    assert found == {"/boom": "error.server", "/unique": "error.server", "/missing": "error.unavailable"}


@pytest.mark.parametrize("path", ["/account/nothing", "/nothing", "/account/static/none.css", "/abort/404"])
def test_none_means_nothing_of_ours(nowhere: Site, path: str) -> None:
    assert "data-acct-screen" not in nowhere.visitor().client.get(path).text


def test_none_means_it_for_who_lacks_a_permission_too(nowhere: Site) -> None:
    answer = nowhere.visitor(nowhere.people.bob).client.get("/invoices")
    assert answer.status_code == 403
    assert "data-acct-screen" not in answer.text


FAULTS = [("/unique", IntegrityError), ("/missing", OperationalError), ("/boom", RuntimeError)]
SWITCHES = [{"TESTING": True}, {"DEBUG": True}, {"PROPAGATE_EXCEPTIONS": True}]


@pytest.mark.parametrize("settings", SWITCHES)
@pytest.mark.parametrize("errors", ["pages", "all", "none"])
@pytest.mark.parametrize(
    ("path", "kind"), [("/unique", IntegrityError), ("/missing", OperationalError), ("/boom", RuntimeError)]
)
def test_a_test_sees_the_exception_itself(make: Build, settings: Any, errors: str, path: str, kind: Any) -> None:
    site = make(prepare=add_pages, options={"errors": errors}, **settings)
    with pytest.raises(kind):
        site.visitor().client.get(path)


@pytest.mark.parametrize("settings", SWITCHES)
def test_a_test_sees_what_fails_on_a_page_of_ours(make: Build, settings: Any) -> None:
    site = make(**settings)
    site.run("DROP TABLE acct_session")
    client = site.visitor().client
    client.set_cookie("acct", "x" * 43)
    with pytest.raises(OperationalError) as caught:
        client.get("/account/me")
    assert "flask acct upgrade" in "".join(caught.value.__notes__)


@pytest.mark.parametrize("path", ["/boom", "/unique", "/missing", "/abort/500"])
def test_nothing_is_logged_twice(everywhere: Site, path: str, caplog: pytest.LogCaptureFixture) -> None:
    everywhere.visitor().open(path)
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


def test_what_is_logged_holds_the_reference_shown(everywhere: Site, caplog: pytest.LogCaptureFixture) -> None:
    page = everywhere.visitor().open("/boom")
    reference = page.element("error.server.text").text.rsplit(" ", 1)[1].rstrip(".")
    (record,) = caplog.records
    assert record.exc_info is not None
    assert reference in caplog.text


def test_a_page_of_ours_fails_in_one_line_and_not_in_the_hosts_handler(
    make: Build, caplog: pytest.LogCaptureFixture
) -> None:
    site = make(prepare=lambda app: handle(app, Exception), options={"errors": "pages"})
    site.run("DROP TABLE acct_session")
    client = site.visitor().client
    client.set_cookie("acct", "x" * 43)
    assert Read(client.get("/account/me")).screen == "error.unavailable"
    assert len(caplog.records) == 1


def test_who_traps_errors_traps_them(make: Build) -> None:
    site = make(TRAP_HTTP_EXCEPTIONS=True, PROPAGATE_EXCEPTIONS=True)
    with pytest.raises(HTTPException):
        site.visitor().client.get("/abort/404")


def test_a_refusal_is_an_error_of_its_kind() -> None:
    assert issubclass(OtherAccount, HTTPException)
    assert OtherAccount().code == 409
