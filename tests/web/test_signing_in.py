"""Signing in and out as a visitor does it, in each preset."""

from __future__ import annotations

import json

import pytest
from flask import session

from flask_acct.testing import PASSWORD
from flask_acct.web.addresses import local_path

from .site import Build, Site
from .visitor import Read

FORM = "/account/login"


def filled(site: Site, identifier: str, password: str) -> dict[str, str]:
    return {site.say("login.form.identifier"): identifier, site.say("login.form.password"): password}


def session_cookies(response: object) -> list[str]:
    return [line for line in response.headers.getlist("Set-Cookie") if line.split("=")[0].endswith("acct")]  # type: ignore[attr-defined]


def test_alice_signs_in_and_is_greeted_by_name(any_site: Site) -> None:
    page = any_site.alice().page
    assert page.heading == "Home"
    assert "Alice" in page.html


def test_a_wrong_password_is_told_in_one_sentence(any_site: Site) -> None:
    alice = any_site.sign_in(any_site.identifier(any_site.people.alice), "not my password at all")
    assert alice.page.status == 422
    assert alice.page.element("login.form.wrong").text == any_site.say("login.form.wrong")


def test_the_password_is_not_in_the_page_after_a_failure_and_the_identifier_is(any_site: Site) -> None:
    name = any_site.identifier(any_site.people.alice)
    page = any_site.sign_in(name, "not my password at all").page
    assert "not my password at all" not in page.html
    assert page.field(any_site.say("login.form.identifier")).attributes["value"] == name


def test_bob_the_sub_user_signs_in_where_there_is_a_name_for_him(make: Build) -> None:
    site = make("sending-platform")
    assert site.sign_in("bob").open("/services").heading == "Services of Ortega Bakery"


def test_a_customer_number_names_the_owner_and_not_a_sub_user(make: Build) -> None:
    site = make("customer-panel")
    assert site.sign_in("09000").open("/me").response.get_json() == {"user": "alice"}


def test_the_number_signed_in_with_is_the_account_in_view(make: Build) -> None:
    site = make("customer-panel")
    site.run("UPDATE acct_membership SET user_id = :alice WHERE account_id = :theirs",
             alice=site.people.alice.id, theirs=site.people.other_account.id)  # fmt: skip
    shown = [site.sign_in(number).open("/services").heading for number in ("9000", "9001")]
    assert shown == ["Services of Ortega Bakery", "Services of Charlie's Bikes"]


def test_who_is_signed_in_does_not_meet_the_form_again(site: Site) -> None:
    assert site.alice().open(FORM).heading == "Home"


@pytest.mark.parametrize("wanted", ["/services", "/services?page=2&x=%C3%B1", "/services?next=//evil.example"])
def test_after_signing_in_they_are_where_they_wanted_to_be(site: Site, wanted: str) -> None:
    visitor = site.visitor()
    visitor.open(wanted)
    visitor.press(site.say("login.form.submit"), filled(site, "alice@example.com", PASSWORD))
    assert visitor.page.heading == "Services of Ortega Bakery"
    assert visitor.path == wanted


EVIL = [
    "https://evil.example", "http:evil.example", "https:/evil.example", "//evil.example", "///evil.example",
    "////evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example", "\t//evil.example", " //evil.example", "//evil.example/%2e%2e", "javascript:alert(1)",
    "data:text/html,x", "//localhost@evil.example", "https://localhost.evil.example", "/\u2028/evil.example\r\nX: y",
    "evil.example", "?x", "#x", "//[::1", "//[evil", "/\x00/evil.example", "\x01//evil.example", "/\x7f/evil.example",
    "//evil.example\\@localhost", "http://localhost\\.evil.example", "https:evil.example", "x:/evil", "/" * 300,
    "/" + "a" * 9000, "\ud800//evil.example", "//\u3002evil.example", "/ /evil.example", "//%65vil.example",
]  # fmt: skip


@pytest.mark.parametrize("wanted", EVIL)
def test_nobody_is_sent_away_from_the_host(site: Site, wanted: str) -> None:
    visitor = site.visitor()
    wanted = wanted.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    visitor.page = Read(visitor.client.get(FORM, query_string={"next": wanted}))
    sent = visitor.client.post(
        FORM,
        query_string={"next": wanted},
        data={"csrf_token": visitor.csrf(), "identifier": "alice@example.com", "password": PASSWORD},
    )
    assert sent.status_code == 303
    assert sent.headers["Location"] == "/"


@pytest.mark.parametrize("address", ["/services", "/a//b", "/account/login", "/?a=https://evil.example", "/é"])
def test_an_address_of_this_host_is_kept(address: str) -> None:
    assert local_path(address) == address


def test_the_signed_in_page_is_shown_to_a_script_as_401_once_the_session_has_ended(site: Site) -> None:
    alice = site.alice()
    site.clock.move(minutes=32)
    answer = alice.open("/services", Accept="application/json").response
    assert answer.status_code == 401
    assert answer.get_json() == {"error": "session_ended", "sign_in": FORM}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Requested-With": "XMLHttpRequest"},
        {"Sec-Fetch-Dest": "empty"},
        {"Accept": "application/json, */*;q=0.1"},
        {"Accept": "application/json, text/plain, */*"},  # as axios and Angular write it
        {"Accept": "*/*, APPLICATION/JSON"},
    ],
)
def test_a_visitors_script_is_told_401_and_never_redirected(site: Site, headers: dict[str, str]) -> None:
    answer = site.visitor().open("/services", **headers).response
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "sign_in_first"


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "text/html, application/json",
        "application/json, text/*",
        "application/json;q=0, */*",
        "application/json;q=0.5, */*",
        "text/plain, */*",
    ],
)
def test_whoever_may_be_a_person_is_led_to_the_form(site: Site, accept: str) -> None:
    assert site.visitor().client.get("/services", headers={"Accept": accept}).status_code == 303


def test_a_browser_is_told_that_its_session_has_ended(site: Site) -> None:
    alice = site.alice()
    site.clock.move(minutes=32)
    assert alice.open("/services").says("login.form.ended")


def test_signing_in_again_after_the_session_ended_works_at_once(site: Site) -> None:
    """The tab was left open on the sign-in form, so the old cookie is sent along."""
    alice = site.alice()
    cookie = alice.client.get_cookie("acct")
    visitor = site.visitor()
    visitor.open(FORM)
    site.clock.move(minutes=32)
    visitor.client.set_cookie("acct", cookie.value if cookie else "")
    visitor.press(site.say("login.form.submit"), filled(site, "alice@example.com", PASSWORD))
    assert visitor.open("/services").heading == "Services of Ortega Bakery"


def test_signing_out_is_a_form_and_says_so(any_site: Site) -> None:
    alice = any_site.alice()
    alice.open("/account/logout")
    page = alice.press(any_site.say("login.logout.submit"))
    assert page.screen == "login.form"
    assert page.says("login.form.signed_out")


def test_opening_the_sign_out_page_signs_nobody_out(site: Site) -> None:
    alice = site.alice()
    alice.open("/account/logout")
    assert alice.open("/services").heading == "Services of Ortega Bakery"


def test_a_cookie_copied_before_signing_out_is_worth_nothing_afterwards(site: Site) -> None:
    alice = site.alice()
    copied = alice.client.get_cookie("acct")
    alice.open("/account/logout")
    alice.press(site.say("login.logout.submit"))
    thief = site.visitor()
    thief.client.set_cookie("acct", copied.value if copied else "")
    assert thief.open("/services").screen == "login.form"


def test_a_session_chosen_by_somebody_else_is_never_used(site: Site) -> None:
    visitor = site.visitor()
    visitor.client.set_cookie("acct", "chosen-by-mallory-0123456789abcdef0123456789")
    site.sign_in("alice@example.com", visitor=visitor)
    cookie = visitor.client.get_cookie("acct")
    assert cookie is not None
    assert cookie.value != "chosen-by-mallory-0123456789abcdef0123456789"


def test_each_sign_in_has_a_session_of_its_own(site: Site) -> None:
    cookies = {site.alice().client.get_cookie("acct").value for _ in range(3)}  # type: ignore[union-attr]
    assert len(cookies) == 3


def test_the_form_token_from_before_signing_in_is_refused_afterwards(site: Site) -> None:
    visitor = site.visitor()
    visitor.open(FORM)
    old = visitor.csrf()
    visitor.press(site.say("login.form.submit"), filled(site, "alice@example.com", PASSWORD))
    answer = visitor.client.post("/account/logout", data={"csrf_token": old})
    assert answer.status_code == 400
    assert visitor.open("/services").heading == "Services of Ortega Bakery"


def test_what_the_visitors_flask_session_held_is_gone_after_signing_in(site: Site) -> None:
    visitor = site.visitor()
    with visitor.client.session_transaction() as before:
        before["basket"] = "mallory's"
    site.sign_in("alice@example.com", visitor=visitor)
    with visitor.client.session_transaction() as after:
        assert "basket" not in after


def test_what_the_host_keeps_on_purpose_survives(make: Build) -> None:
    site = make(ACCT_KEEP_IN_SESSION=["basket"])
    visitor = site.visitor()
    with visitor.client.session_transaction() as before:
        before["basket"] = "three domains"
    site.sign_in("alice@example.com", visitor=visitor)
    with visitor.client.session_transaction() as after:
        assert after["basket"] == "three domains"


def test_under_https_the_cookie_is_bound_to_the_host(secure_site: Site) -> None:
    visitor = secure_site.visitor()
    visitor.open(FORM)
    answer = visitor.send(secure_site.say("login.form.submit"), filled(secure_site, "alice@example.com", PASSWORD))
    (cookie,) = session_cookies(answer)
    name, _, attributes = cookie.partition("=")
    assert name == "__Host-acct"
    assert sorted(attributes.split("; ")[1:]) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]


def test_under_https_the_visitors_flask_session_is_secure_too(secure_site: Site) -> None:
    @secure_site.app.get("/basket")
    def basket() -> str:
        session["basket"] = "three domains"
        return "added"

    answer = secure_site.visitor().client.get("/basket", base_url=secure_site.root)
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert cookie.startswith("__Host-session=")


def test_a_cookie_without_the_prefix_is_no_session_under_https(secure_site: Site) -> None:
    secret = secure_site.alice().client.get_cookie("__Host-acct")
    assert secret is not None
    thief = secure_site.visitor()
    for name in ("acct", "__host-acct", "__Host-acct ", ""):
        answer = thief.client.get("/services", headers={"Cookie": f"{name}=__Host-acct={secret.value}"})
        assert answer.status_code == 303


@pytest.mark.parametrize("referer", ["", "https://clients.example.com/account/login", "https://evil.example/"])
def test_under_https_the_form_works_with_or_without_a_referer(secure_site: Site, referer: str) -> None:
    visitor = secure_site.visitor()
    visitor.open(FORM)
    typed = filled(secure_site, "alice@example.com", PASSWORD)
    assert visitor.send(secure_site.say("login.form.submit"), typed, Referer=referer).status_code == 303


def test_a_form_sent_by_another_site_is_refused_whatever_token_it_has(site: Site) -> None:
    visitor = site.visitor()
    visitor.open(FORM)
    typed = filled(site, "alice@example.com", PASSWORD)
    answer = visitor.send(site.say("login.form.submit"), typed, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert visitor.client.get_cookie("acct") is None


def test_a_stale_form_keeps_what_was_typed(site: Site) -> None:
    visitor = site.visitor()
    visitor.open("/account/recover/request")
    typed = {site.say("recovery.request.name"): "Ana", site.say("recovery.request.email"): "ana@example.com",
             site.say("recovery.request.about"): "I was a customer in 2019"}  # fmt: skip
    action, data = visitor.form(site.say("recovery.request.submit"), typed)
    answer = Read(visitor.client.post(action, data={**data, "csrf_token": "stale" + data["csrf_token"]}))
    assert answer.status == 400
    assert answer.says("shell.form.stale")
    assert "I was a customer in 2019" in answer.html


def test_the_eleventh_try_has_to_wait_and_is_told_how_long(any_site: Site) -> None:
    name = any_site.identifier(any_site.people.alice)
    for _ in range(10):
        any_site.sign_in(name, "not my password at all")
    page = any_site.sign_in(name).page
    assert page.status == 429
    assert page.says("login.form.too_many")


def test_forwarded_addresses_do_not_make_a_new_visitor(site: Site) -> None:
    names = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP", "CF-Connecting-IP", "True-Client-IP")
    visitor = site.visitor()
    visitor.open(FORM)
    for number in range(12):
        spoofed = dict.fromkeys(names, f"10.0.0.{number}")
        typed = filled(site, f"nobody{number}@example.com", "x" * 15)
        visitor.send(site.say("login.form.submit"), typed, **spoofed)
    with site.acct.database.session() as db:
        counts = db.connection().exec_driver_sql("SELECT count FROM acct_tally WHERE key LIKE 'sign_in_from%'").all()
    assert counts == [(12,)]


def test_the_hosts_own_login_manager_knows_who_is_here(site: Site) -> None:
    assert [v.open("/me").response.get_json() for v in (site.alice(), site.visitor())] == [
        {"user": "alice"},
        {"user": None},
    ]


def test_flask_logins_own_session_key_signs_nobody_in(site: Site) -> None:
    visitor = site.visitor()
    with visitor.client.session_transaction() as held:
        held.update({"_user_id": str(site.people.alice.id), "_fresh": True})
    visitor.client.set_cookie("remember_token", "1|x")
    assert visitor.open("/me").response.get_json() == {"user": None}


def test_the_client_for_hosts_is_who_it_was_told_to_be(site: Site) -> None:
    pages = [site.visitor(user).open("/services").heading for user in (site.people.alice, site.people.charlie)]
    assert pages == ["Services of Ortega Bakery", "Services of Charlie's Bikes"]


def test_the_client_for_hosts_can_have_a_password_to_set(site: Site) -> None:
    visitor = site.visitor()
    visitor.client.must_set_password(site.people.alice)  # type: ignore[attr-defined]
    assert visitor.open("/services").screen == "password.set"


def test_a_permission_bob_lacks_is_a_403_and_alice_gets_in(make: Build) -> None:
    site = make("sending-platform")
    assert [site.sign_in(name).open("/invoices").status for name in ("bob", "alice")] == [403, 200]


def test_a_script_without_permission_is_told_in_json(make: Build) -> None:
    site = make("sending-platform")
    answer = site.sign_in("bob").open("/invoices", Accept="application/json").response
    assert answer.status_code == 403
    assert json.loads(answer.data) == {"error": "forbidden", "needs": "invoices"}
