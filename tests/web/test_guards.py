"""What holds for every route: headers, methods, form tokens, GET that changes nothing."""

from __future__ import annotations

import pytest
from werkzeug.routing import Rule

from flask_acct import config as configuration

from ..personas import PASSWORD
from .site import Build, Site
from .visitor import Read, Visitor

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def own_rules(site: Site) -> list[Rule]:
    """The routes of flask_acct, but those with a part to fill in."""
    return [rule for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith("acct.") and not rule.arguments]


def test_every_page_of_ours_carries_the_headers(any_site: Site) -> None:
    lacking = {}
    for who in (any_site.visitor(), any_site.alice()):
        for rule in own_rules(any_site):
            answer = who.client.get(rule.rule, base_url=any_site.root)
            missing = {name for name, value in HEADERS.items() if answer.headers.get(name) != value}
            if rule.endpoint in {"acct.brand", "acct.icon"}:
                missing -= {"Cache-Control"}
            csp = answer.headers.get("Content-Security-Policy", "")
            if missing or "default-src 'none'" not in csp or "unsafe" in csp or "frame-ancestors 'none'" not in csp:
                lacking[rule.rule] = missing
    assert lacking == {}


def test_pages_vary_by_cookie(site: Site) -> None:
    assert {"Cookie", "Accept-Language"} <= set(site.visitor().open("/account/login").response.vary)


def test_the_stylesheets_may_be_kept(site: Site) -> None:
    page = site.visitor().open("/account/login")
    sheets = [node.attributes["href"] for node in page.nodes if node.attributes.get("rel") == "stylesheet"]
    kept = {site.visitor().open(sheet).response.headers["Cache-Control"] for sheet in sheets}
    assert (len(sheets) >= 2, [value for value in kept if "no-store" in value or "max-age" not in value]) == (True, [])


def test_no_cookie_comes_with_what_may_be_kept(site: Site) -> None:
    assert "Set-Cookie" not in site.alice().open("/account/brand.css").response.headers


def test_hsts_is_sent_under_https_only(make: Build) -> None:
    header = "Strict-Transport-Security"
    secure = make(ACCT_PUBLIC_URL="https://clients.example.com").visitor().open("/account/login").response
    assert "max-age=31536000" in secure.headers[header]


def test_hsts_is_not_sent_on_loopback(site: Site) -> None:
    assert "Strict-Transport-Security" not in site.visitor().open("/account/login").response.headers


@pytest.mark.parametrize("path", ["/account/nothing", "/nothing", "/account/static/nothing.css", "/abort/404"])
def test_an_error_page_is_guarded_like_any_other(site: Site, path: str) -> None:
    answer = site.visitor().open(path).response
    assert (answer.status_code, {name: answer.headers.get(name) for name in HEADERS}) == (404, HEADERS)


def test_a_method_that_is_not_declared_is_a_branded_405(any_site: Site) -> None:
    visitor, wrong = any_site.visitor(), []
    visitor.open("/account/login")
    for rule in own_rules(any_site):
        for method in {"POST", "PUT", "PATCH", "DELETE", "PROPFIND"} - allowed(any_site, rule.rule):
            answer = Read(visitor.client.open(rule.rule, method=method, data={"csrf_token": visitor.csrf()}))
            if (answer.status, answer.screen) != (405, "error.not_allowed"):
                wrong.append((method, rule.rule, answer.status))
    assert wrong == []


def allowed(site: Site, path: str) -> set[str]:
    return {method for rule in site.app.url_map.iter_rules() if rule.rule == path for method in rule.methods or ()}


def test_looking_changes_nothing(any_site: Site) -> None:
    """GET, HEAD and OPTIONS of every route, as visitor and as Alice."""
    alice = any_site.alice()
    before = any_site.rows()
    for who in (any_site.visitor(), alice):
        for rule in own_rules(any_site):
            for method in ("GET", "HEAD", "OPTIONS"):
                who.client.open(rule.rule, method=method, query_string={"token": "x" * 43, "next": "/services"})
    assert any_site.rows() == before


def test_every_form_without_its_token_is_refused_and_changes_nothing(any_site: Site) -> None:
    alice, answers = any_site.alice(), {}
    before = any_site.rows()
    everything = {"identifier": "alice", "password": PASSWORD, "username": "alice", "email": "alice@example.com",
                  "kind": "email", "value": "alice@example.com", "locale": "it", "current": PASSWORD,
                  "new": "a kettle for the seven swans", "repeat": "a kettle for the seven swans",
                  "name": "Alice", "about": "me"}  # fmt: skip
    for rule in own_rules(any_site):
        if "POST" in (rule.methods or ()):
            for who in (any_site.visitor(), alice):
                for token in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}):
                    answer = who.client.post(rule.rule, data={**everything, **token})
                    answers[rule.rule, answer.status_code] = answer.headers.get("Location")
    assert any_site.rows() == before
    declared = any_site.acct.edition.declared.screens.values()
    private = {f"/account/{screen.path}" for screen in declared if screen.needs or screen.access == "user"}
    assert {(path, to) for (path, status), to in answers.items() if status == 303} <= {
        *((path, "/account/login") for path in private),
        *((f"/account/{one.path}", "/account/invitation/ended") for one in declared if "invitation" in one.opened_by),
        ("/account/login", "/"),
        ("/account/password/set", "/account/login"),
        ("/account/password/set", "/account/password/change"),
        ("/account/password/change", "/account/login"),
        # No other address waits to be confirmed.
        *((f"/account/me/email/{what}", "/account/me") for what in ("again", "cancel")),
    }


def test_a_form_token_of_another_visitor_is_refused(site: Site) -> None:
    mallory, alice = site.visitor(), site.visitor()
    mallory.open("/account/login")
    alice.open("/account/login")
    data = {"csrf_token": mallory.csrf(), "identifier": "alice@example.com", "password": PASSWORD}
    answer = Read(alice.client.post("/account/login", data=data))
    assert (answer.status, answer.says("shell.form.stale")) == (400, True)


def test_a_switch_for_tests_does_not_take_the_form_token_away(make: Build) -> None:
    site = make(WTF_CSRF_ENABLED=False)
    answer = site.visitor().client.post(
        "/account/login", data={"identifier": "alice@example.com", "password": PASSWORD}
    )
    assert answer.status_code == 400


def test_nor_does_the_other_switch_for_tests(make: Build) -> None:
    answer = make(TESTING=True).visitor().client.post("/account/logout")
    assert answer.status_code == 400


def test_both_switches_together_let_a_hosts_tests_send_forms_they_have_not_opened(make: Build) -> None:
    site = make(TESTING=True, WTF_CSRF_ENABLED=False)
    client = site.visitor().client
    signed_in = client.post(
        "/account/login", data={"identifier": site.identifier(site.people.alice), "password": PASSWORD}
    )
    added = client.post("/account/contacts/new", data={"email": "b@example.com", "categories": "invoices"})
    kept = client.post("/account/session")
    assert [signed_in.status_code, added.status_code, kept.status_code] == [303, 303, 200]


def test_without_tokens_a_form_sent_again_is_another_one(make: Build) -> None:
    site = make(TESTING=True, WTF_CSRF_ENABLED=False)
    asked = {"username": "alice", "email": "alice@example.com"}
    for _ in range(2):
        site.visitor().client.post("/account/recover/password", data=asked)
    assert len(site.rows()["acct_request"]) == 2


def test_a_page_of_another_site_is_refused_even_then(make: Build) -> None:
    client = make(TESTING=True, WTF_CSRF_ENABLED=False).visitor().client
    assert client.post("/account/logout", headers={"Origin": "https://evil.example"}).status_code == 400


def test_no_page_names_another_host(any_site: Site) -> None:
    visitor = any_site.visitor()
    foreign = []
    for rule in own_rules(any_site):
        page = visitor.open(rule.rule)
        for node in page.nodes:
            for name in ("src", "href", "action", "formaction", "style", "onclick"):
                value = node.attributes.get(name, "")
                if value.startswith(("http:", "https:", "//")) or name in {"style", "onclick"} & set(node.attributes):
                    foreign.append((rule.rule, node.tag, value))
    assert foreign == []


def test_no_page_has_a_script_or_style_of_its_own(any_site: Site) -> None:
    visitor = any_site.visitor()
    pages = [visitor.open(rule.rule) for rule in own_rules(any_site)]
    inline = [n.tag for p in pages for n in p.nodes if n.tag == "style" or (n.tag == "script" and n.text)]
    assert inline == []


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host"])
@pytest.mark.parametrize("preset", configuration.presets())
def test_a_host_header_never_gets_into_page_or_mail(make: Build, preset: str, name: str) -> None:
    # Where it is open to visitors: before that, only this machine is answered, and by no such name.
    any_site = make(preset, ACCT_PUBLIC_URL="https://clients.example.com")
    visitor = any_site.visitor(**{name: "host=evil.example" if name == "Forwarded" else "evil.example"})
    fill_in_recovery(any_site, visitor)
    letters = [letter.as_string() for _, letter in any_site.letters()]
    assert (len(letters), "evil.example" in visitor.page.html + "".join(letters)) == (1, False)


def fill_in_recovery(site: Site, visitor: Visitor) -> None:
    """Alice's details, whatever this preset asks."""
    known = {"username": "alice", "email": "alice@example.com", "kind": "email", "value": "alice@example.com"}
    page = visitor.open("/account/recover/password")
    names = {node.attributes.get("name", "") for node in page.nodes}
    data = {name: value for name, value in known.items() if name in names}
    answer = visitor.post("/account/recover/password", data)
    visitor.open(answer.headers["Location"])
