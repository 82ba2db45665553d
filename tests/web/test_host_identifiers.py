"""Identifiers of a host's own beside ours."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.exceptions import TooManyRequests

from flask_acct import User
from flask_acct import config as configuration
from flask_acct.config import Config, ConfigError
from flask_acct.security import rate_limits
from flask_acct.testing import PASSWORD
from flask_acct.web.host_identifiers import NoIdentifier, plain_key

from ..scopes import a_scope
from .site import Build, Site
from .test_parity import assert_alike, trace

LABEL = {"es": "Email o teléfono", "en": "Email address or phone", "it": "Email o telefono"}
PHONE = {"type": "phone", "editable_by": "host", "label": {"es": "Móvil", "en": "Mobile", "it": "Cellulare"}}


def configured(fields: dict[str, Any] | None = None, **login: Any) -> Config:
    tables: dict[str, Any] = tomllib.loads(configuration.preset_text("client-area"))
    tables["login"] = {"identifiers": ["email", "phone"], "label": LABEL, **login}
    return configuration.check({**tables, "fields": {"user": fields or {}}})


def phones(site: Site) -> list[str]:
    """Alice has a telephone, which the host keeps somewhere and finds by its digits; what it was asked for."""
    asked: list[str] = []

    @site.host.identifier(
        "phone", key=lambda typed: (plain_key(typed) or "") if typed.strip("+ -0123456789") == "" else None
    )
    def by_phone(key: str) -> User | None:
        asked.append(key)
        wanted = "alice" if key == "34600000000" else "nobody"
        return site.host.session.scalar(select(User).where(User.username_key == wanted))

    return asked


@pytest.fixture
def own(make: Build) -> Site:
    return make(configured())


@pytest.mark.parametrize("typed", ["+34 600 00 00 00", "34600000000", " +34-600-000-000 "])
def test_a_user_signs_in_with_the_hosts_identifier(own: Site, typed: str) -> None:
    asked = phones(own)
    assert own.sign_in(typed).open("/services").heading == "Services of Ortega Bakery"
    assert asked == ["34600000000"]


def test_ours_goes_on_working_and_the_field_is_called_as_the_host_says(own: Site) -> None:
    phones(own)
    visitor = own.visitor()
    visitor.open("/account/login")
    assert visitor.page.field("Email o teléfono").attributes["type"] == "text"
    assert own.sign_in("alice@example.com").open("/services").status == 200


def test_it_is_refused_like_any_wrong_name(own: Site) -> None:
    phones(own)
    page = own.sign_in("+34 600 00 00 00", "wrong").page
    assert page.status == 422
    assert page.says("login.form.wrong")


@pytest.mark.usefixtures("costly_hashes")
def test_nobody_learns_who_has_one(own: Site) -> None:
    phones(own)
    names = {"known": "+34 600 00 00 00", "unknown": "+34 611 11 11 11"}
    assert_alike({k: trace(own, "/account/login", {"identifier": v, "password": "wrong"}) for k, v in names.items()})


def test_waiting_is_the_same_however_it_is_typed_and_whoever_has_it(own: Site) -> None:
    phones(own)
    for number in ("600 00 00 00", "611 11 11 11"):
        for place in range(5):
            own.sign_in(f"+34 {number[:place]} {number[place:]}", "wrong")
        assert own.sign_in(f"+34{number}", PASSWORD).page.status == 429


def test_the_host_asks_for_it_from_python_too(own: Site) -> None:
    phones(own)
    with own.app.app_context():
        found = own.host.authenticate("+34 600 00 00 00", PASSWORD)
        assert found is not None
        assert found.id == own.people.alice.id
        for _ in range(5):
            assert own.host.authenticate("+34 600 00 00 00", "wrong") is None
        with pytest.raises(TooManyRequests):
            own.host.authenticate("34-600000000", PASSWORD)


def test_a_field_of_users_needs_no_function(make: Build) -> None:
    site = make(configured({"phone": PHONE}))
    with site.app.app_context():
        site.host.set_fields(site.people.alice, {"phone": "+34600000000"})
    assert site.sign_in("+34 600 00 00 00").open("/services").heading == "Services of Ortega Bakery"
    assert site.sign_in("+34 600 00 00 01").page.says("login.form.wrong")


def test_what_two_users_have_names_nobody(make: Build) -> None:
    site = make(configured({"phone": PHONE}))
    with site.app.app_context():
        for user in (site.people.alice, site.people.bob):
            site.host.set_fields(user, {"phone": "+34600000000"})
    assert site.sign_in("+34 600 00 00 00").page.says("login.form.wrong")


def test_a_field_that_users_fill_in_themselves_lets_nobody_in_by_it(make: Build) -> None:
    # A stranger who types Alice's number into their own details would keep her from signing in by it.
    site = make(configured({"phone": {**PHONE, "editable_by": "users"}}))
    site.app.testing = True
    with pytest.raises(NoIdentifier, match='editable_by = "host"'):
        site.visitor().open("/account/login")
    done = site.app.test_cli_runner().invoke(args=["acct", "check", "client-area"])
    assert done.exit_code == 1
    assert 'editable_by = "host"' in done.output


def test_one_that_nobody_finds_is_told_with_the_fix(own: Site) -> None:
    own.app.testing = True
    with pytest.raises(NoIdentifier, match=r'@acct\.identifier\("phone"\)'):
        own.visitor().open("/account/login")


@pytest.mark.parametrize(
    ("login", "says"),
    [
        ({"identifiers": ["emial"], "label": {}}, 'Did you mean "email"'),
        ({"identifiers": ["email", "phone"], "label": {}}, "say what the field is called"),
        ({"identifiers": ["phone"]}, "names none of ours"), ({"identifiers": ["email", "Phone"]}, "cannot be"),
        ({"identifiers": ["email"]}, "for identifiers of your own"),
        ({"label": {"en": "X"}}, "has no words in: es"),
        ({"identifiers": ["email", "phone", "phone"]}, "twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_the_fix(login: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        configured(**login)


def test_a_new_password_ends_the_wait_for_it(make: Build) -> None:
    site = make(configured({"phone": PHONE}))
    with site.app.app_context():
        site.host.set_fields(site.people.alice, {"phone": "+34600000000"})
    for _ in range(5):
        site.sign_in("+34 600 00 00 00", "wrong")
    assert site.sign_in("+34 600 00 00 00").page.status == 429
    with site.app.app_context():
        alice = site.host.session.get_one(User, site.people.alice.id)
        rate_limits.pardon(a_scope(site.host.session, config=site.config), alice)
        site.host.session.commit()
    assert site.sign_in("+34 600 00 00 00").open("/services").status == 200
