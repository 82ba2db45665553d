"""A browser that signed a user in before has a way of its own past the failures of strangers."""

from __future__ import annotations

import pytest
from werkzeug.http import parse_cookie

from ..personas import NEW_PASSWORD
from .site import Build, Site
from .test_parity import WRONG, assert_alike, trace
from .test_passwords import link, opened, set_to
from .visitor import Visitor

FORM = "/account/login"


def besiege(site: Site, name: str = "alice@example.com", tries: int = 12) -> None:
    """Somebody guesses from where the owner is, until everybody has to wait."""
    for _ in range(tries):
        site.sign_in(name, WRONG)


def gets_in(site: Site, visitor: Visitor, password: str | None = None) -> bool:
    how = {"password": password} if password else {}
    site.sign_in("alice@example.com", visitor=visitor, **how)
    return visitor.page.heading == "Home"


def sign_out(site: Site, visitor: Visitor) -> Visitor:
    visitor.open("/account/logout")
    visitor.press(site.say("login.logout.submit"))
    return visitor


def cookies(visitor: Visitor) -> list[str]:
    return sorted(cookie.key for cookie in visitor.client._cookies.values())


def test_a_browser_that_signed_in_before_does_not_wait_for_strangers(site: Site) -> None:
    known = sign_out(site, site.alice())
    besiege(site)
    assert not gets_in(site, site.visitor())
    assert gets_in(site, known)


def test_the_cookie_is_bound_to_the_host_and_hidden_from_scripts(secure_site: Site) -> None:
    visitor = secure_site.visitor()
    visitor.open(FORM)
    labels = {
        secure_site.say("login.form.identifier"): "alice@example.com",
        secure_site.say("login.form.password"): "correct horse battery staple",
    }
    answer = visitor.send(secure_site.say("login.form.submit"), labels)
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("__Host-acct_browser=")]
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= attributes
    assert not any(part.startswith("Domain") for part in attributes)


def test_it_names_nobody(site: Site) -> None:
    visitor = site.alice()
    (value,) = [one.value for one in visitor.client._cookies.values() if one.key == "acct_browser"]
    assert not any(str(word) in value for word in ("alice", "9000", "example"))


def test_it_outlives_the_session_and_opens_nothing(site: Site) -> None:
    known = sign_out(site, site.alice())
    assert "acct_browser" in cookies(known)
    assert "acct" not in cookies(known)
    assert known.open("/services").screen == "login.form"


def test_a_failed_sign_in_makes_no_browser_known(site: Site) -> None:
    visitor = site.sign_in("alice@example.com", WRONG)
    assert "acct_browser" not in cookies(visitor)


def test_the_browser_in_which_a_link_set_the_password_is_known(site: Site) -> None:
    visitor = opened(site, link(site, site.people.alice))
    set_to(visitor, site)
    besiege(site)
    assert not gets_in(site, site.visitor(), NEW_PASSWORD)
    assert gets_in(site, visitor, NEW_PASSWORD)


def test_two_cookies_of_the_name_are_no_known_browsers(site: Site) -> None:
    """Whoever controls a sibling host may plant one beside ours."""
    known, other = sign_out(site, site.alice()), site.sign_in("charlie@example.net")
    mine, theirs = (
        next(one.value for one in visitor.client._cookies.values() if one.key == "acct_browser")
        for visitor in (known, other)
    )
    besiege(site)
    both = {"Cookie": f"acct_browser={mine}; acct_browser={theirs}"}
    client = site.app.test_client(use_cookies=False)
    page = client.get(FORM, headers=both)
    visit = parse_cookie(page.headers["Set-Cookie"].partition(";")[0])["acct_visit"]
    token = page.get_data(as_text=True).partition('name="csrf_token" value="')[2].partition('"')[0]
    typed = {"identifier": "alice@example.com", "password": "correct horse battery staple", "csrf_token": token}
    sent = {"Cookie": f"{both['Cookie']}; acct_visit={visit}", "Referer": "http://localhost/account/login"}
    assert client.post(FORM, data=typed, headers=sent).status_code == 429


def test_users_of_one_browser_do_not_make_each_other_wait(site: Site) -> None:
    both = sign_out(site, site.alice())
    site.sign_in("charlie@example.net", visitor=both)
    sign_out(site, both)
    for _ in range(12):
        site.sign_in("charlie@example.net", WRONG, both)
    assert gets_in(site, both)


def test_a_known_browser_asks_for_mail_though_others_in_its_network_asked_too_often(make: Build) -> None:
    site = make("client-area")
    known, typed = sign_out(site, site.alice()), {site.say("recovery.password.email"): "alice@example.com"}
    for number in range(31):
        stranger = site.visitor()
        stranger.open("/account/recover/password")
        stranger.press(site.say("recovery.password.submit"), {**typed, next(iter(typed)): f"n{number}@example.com"})
    asked = []
    for visitor in (site.visitor(), known):
        visitor.open("/account/recover/password")
        asked.append(visitor.press(site.say("recovery.password.submit"), typed).status)
    assert asked == [429, 200]
    assert [to for to, _ in site.letters()] == ["alice@example.com"]


@pytest.mark.parametrize("tries", [0, 12])
def test_a_known_browser_learns_of_no_others(site: Site, tries: int) -> None:
    """Not even who holds Alice's cookie can tell another user's name from nobody's."""
    besiege(site, "charlie@example.net", tries)
    besiege(site, "nobody@example.com", tries)
    traces = {}
    for name in ("charlie@example.net", "nobody@example.com"):
        visitor = sign_out(site, site.alice())
        site.run("DELETE FROM acct_tally WHERE key LIKE 'sign_in_from%'")
        traces[name] = trace(site, FORM, {"identifier": name, "password": WRONG}, visitor)
    assert_alike(traces)
