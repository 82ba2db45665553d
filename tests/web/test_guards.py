"""What holds for every route: headers, methods, form tokens, GET that changes nothing."""

from __future__ import annotations

import re

import pytest
from werkzeug.routing import Rule

from flask_acct.testing import PASSWORD

from ..presets import EACH
from .site import Build, Site
from .test_permissions import objects
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


def filled(path: str, ids: dict[str, int]) -> str:
    """The path of a route, its parts filled in; where a word is asked for, a category."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids.get(found[1], "invoices")), path)


def own_paths(site: Site, ids: dict[str, int]) -> dict[str, Rule]:
    """Every route of flask_acct, by a path at which there is something."""
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith("acct.")]
    return {filled(rule.rule, ids): rule for rule in rules if "<path:" not in rule.rule}


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
    assert len(sheets) >= 2
    assert [value for value in kept if "no-store" in value or "max-age" not in value] == []


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
    assert answer.status_code == 404
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


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
    declared = any_site.acct.platform.declared.screens.values()
    private = {f"/account/{screen.path}" for screen in declared if screen.needs or screen.access == "user"}
    assert {(path, to) for (path, status), to in answers.items() if status == 303} <= {
        *((path, "/account/login") for path in private),
        *((f"/account/{one.path}", "/account/invitation/ended") for one in declared if "invitation" in one.opened_by),
        ("/account/login", "/"),
        ("/account/signup", "/"),
        ("/account/signup/finish", "/account/signup"),
        ("/account/signup/finish", "/"),
        ("/account/password/set", "/account/login"),
        ("/account/password/set", "/account/password/change"),
        ("/account/password/change", "/account/login"),
        # No other address waits to be confirmed.
        *((f"/account/me/email/{what}", "/account/me") for what in ("again", "cancel")),
    }


@pytest.fixture
def paths(site: Site) -> dict[str, Rule]:
    """Every route of ours in Alice's account, also those about one thing that is in it."""
    return own_paths(site, {**objects(site, site.people.account.id, site.people.alice), "number": 9000})


def test_a_page_about_one_thing_carries_the_headers_too(site: Site, paths: dict[str, Rule]) -> None:
    alice, found = site.visitor(site.people.alice), {}
    for path, rule in paths.items():
        if rule.arguments:
            answer = alice.client.get(path)
            found[path] = {name: answer.headers.get(name) for name in HEADERS}
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert len(found) >= 12
    assert [path for path, headers in found.items() if headers != HEADERS] == []


def test_looking_at_one_thing_changes_nothing(site: Site, paths: dict[str, Rule]) -> None:
    everybody = [site.visitor(who) for who in (None, site.people.alice, site.people.bob)]
    before = site.rows()
    for who in everybody:
        for path in paths:
            for method in ("GET", "HEAD", "OPTIONS"):
                who.client.open(path, method=method)
    assert site.rows() == before


def test_a_form_about_one_thing_is_refused_without_its_token(site: Site, paths: dict[str, Rule]) -> None:
    alice = site.visitor(site.people.alice)
    before, refused = site.rows(), []
    forms = {path: rule for path, rule in paths.items() if rule.arguments and "POST" in (rule.methods or ())}
    for path in forms:
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "forged.forged"}):
            sent = {
                "acct_account": "9000",
                "password": PASSWORD,
                "decision": "keep",
                "asked": "yes",
                "email": "a@b.example",
            }
            refused.append((path, alice.client.post(path, data={**sent, **token}).status_code))
    assert site.rows() == before
    assert len(forms) >= 10
    # The address to unsubscribe proves by itself what it may do; an offer and an invitation are another's here.
    # Where no file of contacts is kept, the answer leads to where one is chosen.
    open_ = {"/account/unsubscribe/invoices", "/account/contacts/import/invoices"}
    assert {path for path, status in refused if status not in (400, 404)} <= open_


def test_no_page_of_another_origin_may_read_ours(site: Site, paths: dict[str, Rule]) -> None:
    """``/account/session`` tells a script the token of every form. Source: CVE-2021-21241."""
    alice, told = site.visitor(site.people.alice), set()
    for path in (*paths, "/services", "/account/nowhere"):
        for method in ("GET", "POST", "OPTIONS"):
            headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
                       "Access-Control-Request-Headers": "content-type"}  # fmt: skip
            answer = alice.client.open(path, method=method, headers=headers)
            told |= {(path, name) for name, _ in answer.headers if name.startswith("Access-Control-")}
    assert told == set()


def test_what_a_script_reads_of_the_session_is_no_script(site: Site) -> None:
    answer = site.visitor(site.people.alice).open("/account/session").response
    assert answer.mimetype == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.vary


def test_no_address_of_a_page_and_no_page_but_a_form_tells_the_token(site: Site, paths: dict[str, Rule]) -> None:
    """A token that stood in an address would go on in a Referer, and into logs."""
    alice = site.visitor(site.people.alice)
    alice.open("/account/me")
    proof = alice.csrf().split(".")[1]
    for path in paths:
        answer = alice.client.get(path)
        assert proof not in answer.headers.get("Location", "")
        assert not re.search(r"(href|src|action)=\"[^\"]*csrf_token", answer.get_data(as_text=True))


@pytest.mark.parametrize("minutes", [0, 45])
def test_no_form_leads_where_its_sender_says_in_time_or_after_the_session_ended(
    site: Site, paths: dict[str, Rule], minutes: int
) -> None:
    """Source: CVE-2026-40295, where an idle end led back to the Referer."""
    sent = []
    for path, rule in paths.items():
        if "POST" in (rule.methods or ()):
            alice = site.visitor(site.people.alice)
            alice.open("/account/me")
            site.clock.move(minutes=minutes)
            data = {"csrf_token": alice.csrf(), "acct_account": "9000", "locale": "it"}
            answer = alice.client.post(path, data=data, headers={"Referer": "https://evil.example/services"})
            sent.append(answer.headers.get("Location", "") + answer.get_data(as_text=True))
    assert len(sent) >= 20
    assert [text for text in sent if "evil" in text] == []


def test_after_signing_in_again_they_are_where_the_form_was_not_where_it_was_sent_from(site: Site) -> None:
    alice = site.alice()
    alice.open("/account/me")
    action, data = alice.form(site.say("profile.me.save"), {site.say("profile.me.first_name"): "Alicia"})
    site.clock.move(minutes=45)
    answer = alice.client.post(action, data=data, headers={"Referer": "https://evil.example/services"})
    alice.open(answer.headers["Location"])
    words = {site.say("login.form.identifier"): "alice@example.com", site.say("login.form.password"): PASSWORD}
    assert alice.press(site.say("login.form.submit"), words).screen == "profile.me"


def test_a_form_token_of_another_visitor_is_refused(site: Site) -> None:
    mallory, alice = site.visitor(), site.visitor()
    mallory.open("/account/login")
    alice.open("/account/login")
    data = {"csrf_token": mallory.csrf(), "identifier": "alice@example.com", "password": PASSWORD}
    answer = Read(alice.client.post("/account/login", data=data))
    assert answer.status == 400
    assert answer.says("shell.form.stale")


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
    assert signed_in.status_code == 303
    assert added.status_code == 303
    assert kept.status_code == 200


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
@pytest.mark.parametrize("preset", EACH)
def test_a_host_header_never_gets_into_page_or_mail(make: Build, preset: str, name: str) -> None:
    # Where it is open to visitors: before that, only this machine is answered, and by no such name.
    any_site = make(preset, ACCT_PUBLIC_URL="https://clients.example.com")
    visitor = any_site.visitor(**{name: "host=evil.example" if name == "Forwarded" else "evil.example"})
    fill_in_recovery(any_site, visitor)
    letters = [letter.as_string() for _, letter in any_site.letters()]
    assert len(letters) == 1
    assert "evil.example" not in visitor.page.html + "".join(letters)


def fill_in_recovery(site: Site, visitor: Visitor) -> None:
    """Alice's details, whatever this preset asks."""
    known = {"username": "alice", "email": "alice@example.com", "kind": "email", "value": "alice@example.com"}
    page = visitor.open("/account/recover/password")
    names = {node.attributes.get("name", "") for node in page.nodes}
    data = {name: value for name, value in known.items() if name in names}
    answer = visitor.post("/account/recover/password", data)
    visitor.open(answer.headers["Location"])
