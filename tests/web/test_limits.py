"""What one visitor, one network and everybody together may ask of a site."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import TestResponse

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.security import tokens

from ..personas import NEW_PASSWORD
from ..scopes import a_scope
from ..security.test_passwords import held
from .site import Build, Site
from .test_parity import WRONG
from .test_passwords import link, opened, set_to, works
from .visitor import Visitor

FORM = "/account/login"


def changed(preset: str = "client-area", **changes: dict[str, object]) -> Config:
    whole = configuration.preset(preset)
    tables = {table: getattr(whole, table).model_copy(update=keys) for table, keys in changes.items()}
    return whole.model_copy(update=tables)


@contextmanager
def busy(site: Site) -> Iterator[None]:
    """All slots of this process are taken while this goes on, and nobody has time to wait."""
    at_once = site.config.limits.hashes_at_once
    with held(at_once, at_once):
        yield


def test_a_busy_process_says_so_and_keeps_what_was_typed(site: Site) -> None:
    with busy(site):
        page = site.sign_in("alice@example.com").page
    assert page.status == 503
    assert page.says("shell.form.busy")
    assert page.response.headers["Retry-After"] == "5"
    assert page.field(site.say("login.form.identifier")).attributes["value"] == "alice@example.com"


def test_a_try_that_was_not_made_is_not_counted(site: Site) -> None:
    with busy(site):
        for _ in range(3):
            site.sign_in("alice@example.com", "a guess at the password")
    assert site.rows()["acct_tally"] == []


def test_busy_is_the_same_for_known_and_unknown(site: Site) -> None:
    with busy(site):
        pages = [site.sign_in(name).page for name in ("alice@example.com", "nobod@example.com")]
    assert [page.status for page in pages] == [503, 503]
    assert pages[0].text == pages[1].text


def test_a_busy_process_spends_no_link_and_loses_nothing(site: Site) -> None:
    visitor = opened(site, link(site, site.people.alice))
    with busy(site):
        set_to(visitor, site)
        assert visitor.page.status == 503
    set_to(visitor, site)
    assert works(site, NEW_PASSWORD)


@pytest.mark.parametrize("path", ["password/change", "me/email", "users/invite"])
def test_every_form_that_checks_a_password_may_be_told_to_wait(site: Site, path: str) -> None:
    alice = site.alice()
    site.clock.move(minutes=20)
    path = f"/account/{path}"
    alice.open(path)
    form = next(node for node in alice.page.nodes if node.tag == "form" and node.within("main"))
    # Nothing is chosen in a list, and no box is ticked.
    is_left = {"checkbox", "radio"}
    sent = {
        node.attributes["name"]: node.attributes.get("value") or "x" * 20 + "@example.com"
        for node in alice.page.nodes
        if node.within("form") is form
        and node.tag in {"input", "textarea"}
        and "name" in node.attributes
        and node.attributes.get("type") not in is_left
    }
    with busy(site):
        assert alice.post(path, sent).status_code == 503


def test_a_page_is_there_while_passwords_are_hashed(site: Site) -> None:
    with busy(site):
        assert site.visitor().open(FORM).status == 200


def test_a_user_has_so_many_sessions_and_the_oldest_ends(make: Build) -> None:
    site = make(changed(session={"most_per_user": 3}))
    first, *others = [site.alice() for _ in range(4)]
    assert [visitor.open("/services").screen == "login.form" for visitor in (first, *others)] == [True] + [False] * 3


def test_the_session_used_longest_ago_ends_not_the_one_in_use(make: Build) -> None:
    site = make(changed(session={"most_per_user": 2}))
    old, idle = site.alice(), site.alice()
    site.clock.move(minutes=5)
    old.open("/services")
    site.alice()
    assert [visitor.open("/services").screen == "login.form" for visitor in (old, idle)] == [False, True]


def test_sessions_of_others_stay(make: Build) -> None:
    site = make(changed(session={"most_per_user": 1}))
    charlie = site.sign_in("charlie@example.net")
    for _ in range(3):
        site.alice()
    assert charlie.open("/me").response.get_json() == {"user": "charlie"}


def temporary_session(site: Site) -> tuple[Visitor, str]:
    """Alice has signed in with a temporary password."""
    secret = link(site, site.people.alice, "temporary_password")
    return site.sign_in("alice", secret), secret


@pytest.mark.parametrize("shape", ["{}", " {} ", "{}.", "\u201c{}\u201d"])
def test_a_temporary_password_does_not_become_the_password(make: Build, shape: str) -> None:
    site = make("email-marketing")
    visitor, secret = temporary_session(site)
    set_to(visitor, site, shape.format(secret))
    assert visitor.page.screen == "password.set"
    assert visitor.page.says("password.rules.mailed")
    set_to(visitor, site)
    assert works(site, NEW_PASSWORD)


def test_it_does_not_when_its_link_is_forgotten_meanwhile(make: Build) -> None:
    site = make("email-marketing")
    visitor, secret = temporary_session(site)
    site.run("DELETE FROM acct_token")
    set_to(visitor, site, secret)
    assert visitor.page.says("password.rules.mailed")


def test_nor_does_it_later_or_an_older_one(make: Build) -> None:
    site = make("email-marketing")
    older = link(site, site.people.alice, "temporary_password")
    visitor, secret = temporary_session(site)
    set_to(visitor, site)
    site.sign_in("alice", NEW_PASSWORD, visitor)
    said = []
    for new in (secret, older):
        visitor.open("/account/password/change")
        typed = {"current": NEW_PASSWORD, "new": new, "repeat": new}
        labels = {site.say(f"password.change.{name}"): value for name, value in typed.items()}
        said.append(visitor.press(site.say("password.change.submit"), labels).says("password.rules.mailed"))
    assert said == [True, True]


def test_nor_does_the_secret_of_a_link(site: Site) -> None:
    secret = link(site, site.people.alice)
    visitor = opened(site, secret)
    set_to(visitor, site, secret)
    assert visitor.page.says("password.rules.mailed")


MADE_UP = "/account/password/set?token=" + "x" * 43


def test_made_up_links_are_refused_after_a_while(make: Build) -> None:
    site = make(changed(limits={"dead_links_per_address_per_hour": 5}))
    visitor = site.visitor()
    statuses = [visitor.client.get(f"{MADE_UP[:-1]}{number}").status_code for number in range(7)]
    last = visitor.open(MADE_UP)
    assert statuses == [303] * 5 + [429] * 2
    assert last.screen == "error.too_many"
    assert int(last.response.headers["Retry-After"]) == 3600


def test_they_do_not_stop_a_link_that_was_mailed(make: Build) -> None:
    site = make(changed(limits={"dead_links_per_address_per_hour": 5}))
    for _ in range(9):
        site.visitor().open(MADE_UP)
    visitor = opened(site, link(site, site.people.alice))
    set_to(visitor, site)
    assert works(site, NEW_PASSWORD)


def test_a_link_that_was_used_is_not_made_up(make: Build) -> None:
    site = make(changed(limits={"dead_links_per_address_per_hour": 5}))
    secret = link(site, site.people.alice)
    with site.acct.database.transaction() as db:
        tokens.void(a_scope(db, now=site.clock()), site.people.alice)
    assert [site.visitor().open(f"/account/password/set?token={secret}").status for _ in range(9)] == [410] * 9


def test_after_an_hour_made_up_links_say_again_what_they_are(make: Build) -> None:
    site = make(changed(limits={"dead_links_per_address_per_hour": 5}))
    for _ in range(9):
        site.visitor().open(MADE_UP)
    site.clock.move(hours=1)
    assert site.visitor().open(MADE_UP).status == 410


def test_opening_made_up_links_writes_nothing(site: Site) -> None:
    before = site.rows()
    for _ in range(3):
        site.visitor().open(MADE_UP)
    assert site.rows() == before


def come(site: Site, address: str | None, forwarded: str) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    site.app.test_client().get(
        FORM, base_url=site.root, headers=headers, environ_overrides={"REMOTE_ADDR": address or ""}
    )


@pytest.mark.parametrize(
    ("address", "forwarded"),
    [
        ("127.0.0.1", "203.0.113.9"), ("10.0.0.7", "203.0.113.9"), ("::1", "2001:db8::1"), ("fd00::5", "203.0.113.9"),
        ("::ffff:10.0.0.7", "203.0.113.9"), ("", "203.0.113.9"), ("10.0.0.7", "203.0.113.9, 10.0.0.7"),
    ],
)  # fmt: skip
def test_a_proxy_nobody_spoke_of_is_noticed_once(
    secure_site: Site, caplog: pytest.LogCaptureFixture, address: str, forwarded: str
) -> None:
    for _ in range(3):
        come(secure_site, address, forwarded)
    (said,) = [record for record in caplog.records if "ProxyFix" in record.getMessage()]
    assert said.levelno == logging.WARNING
    assert "x_for=1" in said.getMessage()


@pytest.mark.parametrize(
    ("address", "forwarded"),
    [("127.0.0.1", ""), ("203.0.113.9", "198.51.100.1"), ("10.0.0.7", "10.0.0.7"), ("192.0.2.300", "192.0.2.300")],
)
def test_no_proxy_is_noticed_where_there_is_none(
    secure_site: Site, caplog: pytest.LogCaptureFixture, address: str, forwarded: str
) -> None:
    come(secure_site, address, forwarded)
    assert "ProxyFix" not in caplog.text


def test_no_proxy_is_noticed_on_a_machine_of_ones_own(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    come(site, "127.0.0.1", "203.0.113.9")
    assert "ProxyFix" not in caplog.text


def test_no_proxy_is_noticed_where_the_app_knows_of_it(secure_site: Site, caplog: pytest.LogCaptureFixture) -> None:
    secure_site.app.wsgi_app = ProxyFix(secure_site.app.wsgi_app, x_for=1)  # type: ignore[method-assign]
    come(secure_site, "127.0.0.1", "203.0.113.9")
    come(secure_site, "127.0.0.1", "10.0.0.8")
    assert "ProxyFix" not in caplog.text


def test_one_proxy_too_few_is_noticed(secure_site: Site, caplog: pytest.LogCaptureFixture) -> None:
    secure_site.app.wsgi_app = ProxyFix(secure_site.app.wsgi_app, x_for=1)  # type: ignore[method-assign]
    come(secure_site, "127.0.0.1", "203.0.113.9, 10.0.0.8")
    assert "ProxyFix" in caplog.text


@pytest.mark.long
def test_48_hours_of_guesses_over_http_leave_the_owner_every_way(secure_site: Site) -> None:
    """The stranger sends as soon as Retry-After says that there is a chance, and asks for a mail each time."""
    known, verified, came_in, came_in_new = secure_site.alice(), 0, [], []
    ends = secure_site.clock.now + timedelta(hours=48)
    while secure_site.clock.now < ends:
        answer = sent_from("203.0.113.9", secure_site, FORM, identifier="alice@example.com", password=WRONG)
        verified += answer.status_code == 422
        sent_from("203.0.113.9", secure_site, "/account/recover/password", email="alice@example.com")
        secure_site.clock.move(seconds=min(max(int(answer.headers.get("Retry-After", 30)), 30), 3 * 3600))
        came_in_new.append(secure_site.sign_in("alice@example.com").page.heading == "Home")
        came_in.append(signs_in_again(secure_site, known))
    assert verified <= 200
    assert set(came_in) == {True}
    assert sum(came_in_new) / len(came_in_new) >= 0.95


def test_a_mail_the_owner_asks_for_amid_guesses_sets_a_password_that_signs_in_at_once(secure_site: Site) -> None:
    for _ in range(40):
        sent_from("203.0.113.9", secure_site, FORM, identifier="alice@example.com", password=WRONG)
        sent_from("203.0.113.9", secure_site, "/account/recover/password", email="alice@example.com")
    secure_site.letters()
    sent_from("198.51.100.20", secure_site, "/account/recover/password", email="alice@example.com")
    ((_, letter),) = secure_site.letters()
    plain = letter.get_body(("plain",))
    assert plain is not None
    address = next(line for line in plain.get_content().splitlines() if "token=" in line)
    visitor = secure_site.visitor()
    visitor.open(urlsplit(address).path + "?" + urlsplit(address).query)
    set_to(visitor, secure_site)
    answer = sent_from("203.0.113.9", secure_site, FORM, identifier="alice@example.com", password=NEW_PASSWORD)
    assert answer.status_code == 303
    assert works(secure_site, NEW_PASSWORD)


def sent_from(address: str, site: Site, path: str, **typed: str) -> TestResponse:
    """The answer to a form that a browser nobody knows sends from an address."""
    visitor = site.visitor()
    visitor.open(path)
    return visitor.client.post(
        path, data={"csrf_token": visitor.csrf(), **typed}, base_url=site.root,
        headers={"Referer": site.root + path}, environ_overrides={"REMOTE_ADDR": address},
    )  # fmt: skip


def signs_in_again(site: Site, known: Visitor) -> bool:
    known.open("/account/logout")
    known.press(site.say("login.logout.submit"))
    site.sign_in("alice@example.com", visitor=known)
    return known.page.heading == "Home"
