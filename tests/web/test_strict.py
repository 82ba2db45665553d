"""A host whose templates must not name what is not there, Jinja's ``StrictUndefined``: every page and mail of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from flask_acct import config as configuration
from flask_acct.mail.examples import example
from flask_acct.mail.rendering import render
from flask_acct.testing import AcctClient

from .site import Build, Site


def strict(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined


@pytest.fixture(params=configuration.presets())
def strict_site(request: pytest.FixtureRequest, make: Build) -> Site:
    site = make(request.param, prepare=strict)
    site.app.testing = True
    # A worker has been heard from, without which the site is not ready.
    site.letters()
    return site


def addresses(site: Site) -> Iterator[str]:
    for rule in site.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and "static" not in rule.endpoint and rule.endpoint not in {"boom", "trouble"}:
            yield rule.rule.partition("<")[0] + ("1" if "<" in rule.rule else "")


def test_every_page_is_drawn(strict_site: Site) -> None:
    people = [None, strict_site.people.alice, strict_site.people.bob, strict_site.people.charlie]
    for user in people:
        client = strict_site.app.test_client(user=user)
        for path in addresses(strict_site):
            with client.get(path) as answer:
                assert answer.status_code < 500, (path, user and user.username)


def test_every_form_says_what_is_wrong_with_it(strict_site: Site) -> None:
    for user in (None, strict_site.people.alice):
        client = strict_site.app.test_client(user=user)
        for path in addresses(strict_site):
            with client.post(path, data={"name": ""}) as answer:
                assert answer.status_code < 500, (path, user and user.username)


def test_a_page_for_a_new_password_is_drawn(strict_site: Site) -> None:
    client = strict_site.app.test_client()
    assert isinstance(client, AcctClient)
    client.must_set_password(strict_site.people.alice)
    for path in ("/account/password/set", "/services", "/"):
        assert client.get(path).status_code < 500


@pytest.mark.parametrize("code", [400, 403, 404, 405, 410, 413, 429, 503])
def test_every_error_page_is_drawn(make: Build, code: int) -> None:
    site = make(prepare=strict)
    for user in (None, site.people.alice):
        page = site.visitor(user).open(f"/abort/{code}")
        assert page.status == code
        assert page.screen.partition(".")[0] == "error"


def test_the_page_of_a_fault_is_drawn(make: Build) -> None:
    site = make(prepare=strict)
    assert site.alice().open("/boom").screen == "error.server"


@pytest.mark.parametrize("path", ["/", "/services", "/invoices"])
def test_a_page_of_the_hosts_in_our_layout_is_drawn(strict_site: Site, path: str) -> None:
    for user in (None, strict_site.people.alice, strict_site.people.bob):
        assert strict_site.app.test_client(user=user).get(path).status_code < 500


def test_somebody_signs_in_and_gets_mails(strict_site: Site) -> None:
    visitor = strict_site.alice()
    assert visitor.page.status == 200
    visitor.open("/account/recover/password")
    assert strict_site.letters() is not None


def test_every_mail_is_drawn(strict_site: Site, now: datetime) -> None:
    platform = strict_site.acct.platform
    for mail in platform.declared.mails.values():
        for locale in strict_site.config.site.locales:
            letter = example(mail, platform, now, locale=locale)
            message = render(letter, platform, templates=strict_site.app.jinja_env).message()
            assert message["Subject"]


def test_a_thank_you_for_a_vote_is_drawn(make: Build) -> None:
    site = make(prepare=strict)
    site.app.testing = True
    for user in (None, site.people.alice):
        assert site.visitor(user).open("/account/help/thanks").status < 500
