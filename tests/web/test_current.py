"""Who is here, and what the browser holds: what is left when somebody comes or goes."""

from __future__ import annotations

from .site import Site
from .test_used_links import address_in
from .visitor import Read


def test_a_session_that_has_ended_leaves_no_cookie(site: Site) -> None:
    alice, name = site.alice(), site.acct.cookie_name
    site.clock.move(minutes=31, seconds=1)
    assert alice.client.get_cookie(name) is not None
    alice.open("/")
    assert alice.client.get_cookie(name) is None


def test_whoever_is_signed_in_is_not_told_that_the_browser_takes_no_cookies(site: Site) -> None:
    alice = site.alice()
    alice.client.delete_cookie(site.acct.visit_cookie_name)
    answer = Read(alice.client.post("/account/logout", data={"csrf_token": "made up"}))
    assert answer.status == 400
    assert answer.says("shell.form.stale")


def test_whoever_stays_signed_in_is_told_the_whole_time_at_once(site: Site) -> None:
    alice = site.alice()
    at_first = alice.open("/account/session").response.get_json()
    site.clock.move(minutes=25)
    stayed = alice.client.post("/account/session", data={"csrf_token": at_first["csrf_token"]}).get_json()
    assert stayed["seconds"] == at_first["seconds"]


def test_whoever_signs_in_does_not_find_the_way_back_of_somebody_else(site: Site) -> None:
    """Bob followed his link in a browser where Alice then signs in."""
    visitor = site.visitor()
    visitor.open("/account/recover/password")
    visitor.post("/account/recover/password", {"email": "bob@example.com"})
    ((_, letter),) = site.letters()
    assert visitor.open(address_in(letter)).screen == "password.set"
    path = visitor.path
    site.sign_in("alice@example.com", visitor=visitor)
    assert visitor.open(path).screen != "password.set"


def test_a_session_that_is_known_leaves_no_cookie_behind_whoever_marked_it(site: Site) -> None:
    """Its mark was made with a key that is gone, or at another place."""
    alice, name = site.alice(), site.acct.cookie_name
    cookie = alice.client.get_cookie(name)
    assert cookie is not None
    alice.client.set_cookie(name, cookie.value.partition(".")[0] + ".of-another-key")
    alice.open("/account/login")
    alice.client.post("/account/logout", data={"csrf_token": alice.csrf()})
    assert alice.client.get_cookie(name) is None
