"""Users whose hashes need a library that is not installed any more: nobody's answer tells, the log and ``check`` do."""

from __future__ import annotations

import sys

import pytest

from flask_acct.db.models import PasswordWork
from flask_acct.testing import PASSWORD
from flask_acct.web import app_checks

from .site import Build, Site

BCRYPT = "$2y$04$dzcOYHKMqRzqZ2Z0pRp4Z.JmG4oOo1QfIYgX8ZyD5bB5nLd3vVbIa"
SHA512 = "$6$rounds=1000$saltsalt$" + "a" * 86

OF = {"bcrypt": ("bcrypt", BCRYPT, "bcrypt"), "sha512crypt": ("passlib", SHA512, "libpass")}


@pytest.fixture(params=OF)
def family(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A family of hashes whose library is, for Python, not installed."""
    library = OF[request.param][0]
    for module in [one for one in sys.modules if one.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, library, None)
    return str(request.param)


@pytest.fixture
def site(make: Build, family: str) -> Site:
    """Bob's password was hashed by another system, while the library was there."""
    site = make()
    site.run("UPDATE acct_user SET password_hash = :hash WHERE id = :id", hash=OF[family][1], id=site.people.bob.id)
    with site.acct.database.transaction() as db:
        db.add(PasswordWork(family=family, units=5000))
    return site


def entered(site: Site, email: str, password: str = PASSWORD) -> tuple[int, str, bool]:
    """How signing in is answered: the status, the page, and whether somebody is signed in then."""
    visitor = site.sign_in(email, password)
    read = visitor.page
    return read.response.status_code, read.screen, visitor.open("/me").response.get_json()["user"] is not None


def test_a_wrong_try_is_refused_as_ever_whoever_it_names(site: Site) -> None:
    told = {entered(site, who, "some other words") for who in (site.people.bob.email, "nobody@example.org")}
    assert told == {(422, "login.form", False)}


def test_who_has_another_hash_signs_in(site: Site) -> None:
    assert entered(site, site.people.alice.email)[2]


def test_the_log_and_check_say_what_to_install(site: Site, family: str, caplog: pytest.LogCaptureFixture) -> None:
    entered(site, "nobody@example.org", "some other words")
    package = OF[family][2]
    assert f"{package} is not installed. Run: pip install" in caplog.text
    told = dict(app_checks.summary(site.app))["Passwords"]
    assert told.startswith(f"WARNING: hashes are stored that need {package}, which is not installed. Run: pip install")


def test_check_is_silent_where_nothing_is_missing(make: Build) -> None:
    assert "Passwords" not in dict(app_checks.summary(make().app))
