"""What the help site's pages send: votes, searches that found nothing, and what a reader missed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.features.help.flows import votes
from flask_acct.kb.articles.content import digest, shipped

from .site import Build, Site
from .visitor import Read, Visitor

VERSION = digest(shipped().source("recover-password", "es_AR"))
VOTE = {"article": "recover-password", "locale": "es-AR", "version": VERSION, "answer": "yes"}
OURS = {"Origin": "http://localhost"}
JSON = {"Accept": "application/json"}
THANKS = f"/account/help/thanks?article=recover-password&locale=es-AR&answer={{answer}}&version={VERSION}"
WRITTEN = ("acct_help_vote", "acct_help_vote_count", "acct_help_search", "acct_help_feedback")


def text(article: str, locale: str) -> dict[str, str]:
    """What a page of the help site says of itself."""
    tag, version = locale.replace("_", "-"), digest(shipped().source(article, locale))
    return {"article": article, "locale": tag, "version": version}


def changed(preset: str, **tables: dict[str, Any]) -> Config:
    """A preset with some keys changed: ``changed("client-area", help={"votes": False})``."""
    config = configuration.preset(preset)
    parts = {name: getattr(config, name).model_copy(update=keys) for name, keys in tables.items()}
    return config.model_copy(update=parts)


def send(site: Site, path: str = "/help/vote", who: Visitor | None = None, **how: Any) -> TestResponse:
    """A form of the help site, sent by a visitor; ``headers`` replace those of our own page."""
    data = {**VOTE, **how.pop("data", {})}
    headers = how.pop("headers", OURS)
    return (who or site.visitor()).client.post(path, data=data, headers=headers, base_url=site.root, **how)


def stored(site: Site) -> dict[str, list[Any]]:
    return {table: rows for table, rows in site.rows().items() if table in WRITTEN and rows}


def counts(site: Site, locale: str = "es-AR") -> Any:
    """What readers' scripts are told."""
    return site.visitor().client.get(f"/help/counts.json?locale={locale}").get_json()


def counted(site: Site) -> dict[tuple[str, str], list[int]]:
    """What the operator knows, by article and version: those who found it helpful, and all."""
    with site.acct.database.session() as db:
        return {(one.about.article, one.about.version): [one.counted.helpful, one.counted.of] for one in votes(db)}


def ten(site: Site, **data: str) -> None:
    """Ten readers find a text helpful: as many as must have answered before anybody is told."""
    for number in range(10):
        send(site, data=data, headers={**OURS, "User-Agent": f"reader {number}"})


def test_a_vote_leads_to_a_page_that_thanks(site: Site) -> None:
    answer = send(site)
    assert answer.status_code == 303
    page = site.visitor().open(answer.headers["Location"])
    assert page.status == 200
    assert page.screen == "help.thanks"
    assert page.says("help.thanks.heard")


def test_the_page_after_a_vote_is_told_what_was_voted_on(site: Site) -> None:
    to = urlsplit(send(site, data={"answer": "no"}).headers["Location"])
    told = {name: values[0] for name, values in parse_qs(to.query).items()}
    assert to.path == "/account/help/thanks"
    assert told == {**VOTE, "answer": "no"}


def test_a_script_is_told_the_count(site: Site) -> None:
    ten(site)
    answer = send(site, data={"answer": "no"}, headers={**OURS, **JSON})
    assert answer.status_code == 200
    assert answer.get_json() == {"helpful": 10, "of": 11}


def test_a_visitor_counts_once_and_may_change_their_answer(site: Site) -> None:
    send(site, data={"answer": "no"})
    send(site)
    assert counted(site) == {("recover-password", VERSION): [1, 1]}


def test_all_of_a_home_network_with_one_browser_is_one_visitor(make: Build) -> None:
    site = make(ACCT_PUBLIC_URL="https://clients.example.com")
    homes, ours = (
        ["2001:db8:1:2::1", "2001:db8:1:2:aaaa::9", "2001:db8:1:3::1"],
        {"Origin": "https://clients.example.com"},
    )
    answers = []
    for address in homes:
        send(site, headers=ours, environ_overrides={"REMOTE_ADDR": address})
        answers += [of for _, of in counted(site).values()]
    assert answers == [1, 1, 2]


def test_a_vote_needs_no_cookie_and_brings_none(site: Site) -> None:
    client = site.app.test_client(use_cookies=False)
    answer = client.post("/help/vote", data=VOTE, headers=OURS)
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers


def test_a_vote_says_nothing_of_the_visitor_in_the_database(site: Site) -> None:
    send(site, headers={**OURS, "User-Agent": "Lynx/2.9"})
    rows = repr(stored(site))
    assert "recover-password" in rows
    assert "127.0.0.1" not in rows
    assert "Lynx" not in rows


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost"},
        {"Origin": "https://clients.example.com"},
        {"Referer": "https://clients.example.com/help/es-AR/recover-password/"},
        {"Origin": "https://clients.example.com:443"},
        {"Origin": "https://other.example"},
        {"Origin": "https://help.example.net"},
        {"Referer": "https://help.example.net/es-AR/recover-password/"},
        {"Origin": "https://help.example.net", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_the_app_its_platforms_and_its_help_site_may_send(make: Build, headers: dict[str, str]) -> None:
    config = Config.model_validate(
        {
            "site": {"locales": ["es", "es_AR"], "public_url": "https://clients.example.com"},
            "help": {"url": "https://help.example.net/centre"},
            "platforms": {"one": {"name": "One"}, "two": {"name": "Two", "url": "https://other.example/clients"}},
        }
    )
    site = make(config)
    answer = site.visitor().client.post("/help/vote", data=VOTE, headers=headers, base_url="http://localhost")
    assert answer.status_code == 303


def test_an_address_with_accents_is_the_one_browsers_send(make: Build) -> None:
    site = make(changed("client-area", help={"url": "https://panadería.example/ayuda"}))
    assert send(site, headers={"Origin": "https://xn--panadera-i2a.example"}).status_code == 303


@pytest.mark.parametrize("path", ["/help/vote", "/help/searched"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Referer": "http://localhost/help/es/"},
        {"Origin": "https://evil.example", "Referer": "http://localhost/help/es/"},
        {"Referer": "https://evil.example/?http://localhost"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost@evil.example"},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://"},
        {"Origin": "//localhost"},
        {"Origin": "http://[::1"},
        {"Origin": "http://localhost:99999999"},
        {"Origin": "http://xn--\u00e9"},
        {"Referer": "/help/es/"},
    ],
)
def test_what_comes_from_elsewhere_is_refused_and_changes_nothing(
    site: Site, path: str, headers: dict[str, str]
) -> None:
    before = site.rows()
    page = Read(send(site, path, headers=headers, data={"q": "factura"}))
    assert page.status == 403
    assert page.screen == "help.thanks"
    assert page.says("help.thanks.elsewhere")
    assert not any(node.tag == "textarea" for node in page.nodes)
    told = send(site, path, headers={**headers, **JSON}, data={"q": "factura"})
    assert told.status_code == 403
    assert told.get_json() == {"error": "elsewhere"}
    assert site.rows() == before


def test_a_page_opened_from_a_file_is_refused(make: Build) -> None:
    site = make(changed("client-area", help={"url": "/help"}))
    assert send(site, headers={"Origin": "null"}).status_code == 403


BAD: list[dict[str, Any]] = [
    {"article": "nothing"},
    {"article": ""},
    {"article": "../../etc/passwd"},
    {"article": "recover-password\0"},
    {"article": ["recover-password", "recover-password"]},
    {"locale": "fr"},
    {"locale": "es_AR"},
    {"locale": ""},
    {"version": ""},
    {"version": VERSION.upper() + "0"},
    {"version": f"{VERSION}0"},
    {"version": "3f2a9c17"},
    {"version": "zzzzzzzz"},
    {"answer": ""},
    {"answer": "maybe"},
    {"answer": ["yes", "no"]},
    {"answer": "sent"},
]


@pytest.mark.parametrize("data", BAD)
def test_a_vote_on_what_does_not_exist_is_refused_and_changes_nothing(site: Site, data: dict[str, Any]) -> None:
    before = site.rows()
    page = Read(send(site, data=data))
    assert page.status == 404
    assert page.says("help.thanks.unknown")
    assert site.rows() == before
    told = send(site, data=data, headers={**OURS, **JSON})
    assert told.status_code == 404
    assert told.get_json() == {"error": "unknown"}


def test_an_article_this_configuration_does_not_have_cannot_be_voted_on(make: Build) -> None:
    off = {"enabled": False}
    tables = {"site": {"locales": ["es_AR"]}, "recovery": {"request": off, "username": off}}
    site = make(Config.model_validate(tables))
    assert send(site, data={"article": "ask-for-help"}).status_code == 404
    assert send(site).status_code == 303


def test_too_many_votes_from_one_network_wait(make: Build) -> None:
    site = make(changed("client-area", limits={"requests_per_address": 5}))
    for _ in range(5):
        send(site)
    page = Read(send(site))
    told = send(site, headers={**OURS, **JSON})
    assert page.status == 429
    assert page.says("help.thanks.too_many")
    assert told.status_code == 429
    assert page.response.headers["Retry-After"] == "3600"
    assert told.headers["Retry-After"] == "3600"


def test_a_body_larger_than_a_form_is_a_413(site: Site) -> None:
    answer = send(site, data={"q": "x" * 70_000}, headers={**OURS, **JSON})
    assert answer.status_code == 413
    assert stored(site) == {}


@pytest.mark.parametrize("body", [b"\xff\xfe", b"article=%ff&locale=%00", b"", b"{}"])
@pytest.mark.parametrize("path", ["/help/vote", "/help/searched"])
def test_any_bytes_are_answered_clearly(site: Site, path: str, body: bytes) -> None:
    for kind in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x", ""):
        answer = site.visitor().client.post(path, data=body, content_type=kind, headers=OURS)
        assert 400 <= answer.status_code < 500
        assert stored(site) == {}


@pytest.mark.parametrize("tables", [{"votes": False}, {"enabled": False}, {"votes": False, "url": "/help"}])
def test_without_votes_there_is_nothing_to_send_to(make: Build, tables: dict[str, Any]) -> None:
    site = make(changed("client-area", help=tables))
    answers = [send(site), send(site, "/help/searched", data={"q": "x"})]
    answers += [site.visitor().client.get(path) for path in ("/help/counts.json?locale=es", "/account/help/thanks")]
    assert [answer.status_code for answer in answers] == [404] * 4


def test_votes_arrive_beside_the_pages_of_a_site_the_app_serves(make: Build, tmp_path: Path) -> None:
    (tmp_path / "es").mkdir()
    (tmp_path / "es" / "index.html").write_text("<p>hola</p>")
    (tmp_path / "csp.txt").write_text("default-src 'none'\n")
    site = make(ACCT_HELP_SITE=str(tmp_path))
    with site.visitor().client.get("/help/es/") as page:
        assert page.status_code == 200
        assert page.text == "<p>hola</p>"
    assert send(site).status_code == 303
    assert counted(site) == {("recover-password", VERSION): [1, 1]}
    assert site.visitor().client.get("/help/vote").status_code in {404, 405}


def test_under_a_mount_point_the_thanks_are_there_too(site: Site) -> None:
    answer = send(site, environ_overrides={"SCRIPT_NAME": "/clients"})
    assert answer.headers["Location"].startswith("/clients/account/help/thanks?")


@pytest.mark.parametrize(
    ("before", "then", "statements"),
    [(None, "yes", ["INSERT"] * 3), ("no", "yes", ["INSERT", "INSERT", "UPDATE", "INSERT"]),
     ("yes", "yes", ["INSERT", "INSERT", "UPDATE", "SELECT"])],
)  # fmt: skip
def test_a_vote_costs_a_few_statements_however_many_there_are(
    site: Site, before: str | None, then: str, statements: list[str]
) -> None:
    if before:
        send(site, data={"answer": before})
    with site.statements() as heard:
        send(site, data={"answer": then})
    assert [one.split()[0] for one in heard if not one.startswith("BEGIN")] == statements


@pytest.mark.parametrize("table", ["acct_help_vote", "acct_tally"])
def test_tables_that_are_missing_are_said_to_be_a_service_away(site: Site, table: str) -> None:
    site.run(f"DROP TABLE {table}")
    answer = send(site, headers={**OURS, **JSON})
    assert answer.status_code == 503
    assert answer.get_json() == {"error": "unavailable"}


def test_the_votes_of_a_language_are_told_by_article_and_version(make: Build) -> None:
    site = make(changed("client-area", limits={"requests_per_address": 100}))
    ten(site)
    send(site, data={"answer": "no"})
    ten(site, **text("sign-in", "es_AR"))
    ten(site, **text("recover-password", "it"))
    assert counts(site) == {
        "recover-password": {VERSION: [10, 11]},
        "sign-in": {text("sign-in", "es_AR")["version"]: [10, 10]},
    }
    assert counts(site, "en") == {}


def test_a_script_is_not_told_what_fewer_than_ten_said(site: Site) -> None:
    for number in range(9):
        told = send(site, data={"answer": "no"}, headers={**OURS, **JSON, "User-Agent": f"Lynx {number}"})
        assert told.get_json() == {}
        assert counts(site) == {}
    assert counted(site) == {("recover-password", VERSION): [0, 9]}
    assert send(site, headers={**OURS, **JSON}).get_json() == {"helpful": 1, "of": 10}
    assert counts(site) == {"recover-password": {VERSION: [1, 10]}}


def test_versions_that_never_were_are_neither_counted_nor_told(site: Site) -> None:
    row = "'sign-in', 'es_AR', '0badc0de'"
    site.run(f"INSERT INTO acct_help_vote_count (article, locale, version, helpful, unhelpful) VALUES ({row}, 9, 9)")
    before = site.rows()
    refused = [send(site, data={"version": f"{n:08x}"}, headers={**OURS, **JSON}) for n in range(40)]
    assert {one.status_code for one in refused} == {404}
    assert site.rows() == before
    assert counts(site) == {}


def test_a_page_of_a_site_built_before_the_text_changed_still_counts(make: Build, tmp_path: Path) -> None:
    page = tmp_path / "es-AR" / "recover-password" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<input type="hidden" name="version" value="0badc0de">')
    (tmp_path / "csp.txt").write_text("default-src 'none'\n")
    site = make(ACCT_HELP_SITE=str(tmp_path))
    answers = [send(site, data={"version": version}) for version in ("0badc0de", "0badc0df")]
    assert [answer.status_code for answer in answers] == [303, 404]
    assert counted(site) == {("recover-password", "0badc0de"): [1, 1]}


def test_a_site_built_anew_while_the_app_runs_is_read_anew(make: Build, tmp_path: Path) -> None:
    page = tmp_path / "es-AR" / "recover-password" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text('<input type="hidden" name="version" value="0badc0de">')
    policy = tmp_path / "csp.txt"
    policy.write_text("default-src 'none'\n")
    site = make(ACCT_HELP_SITE=str(tmp_path))
    assert send(site, data={"version": "0badc0df"}).status_code == 404
    page.write_text('<input type="hidden" name="version" value="0badc0df">')
    os.utime(policy, ns=(1, 1))
    assert send(site, data={"version": "0badc0df"}).status_code == 303


def test_a_few_votes_are_not_told(site: Site) -> None:
    for number in range(9):
        send(site, data={"answer": "no"}, headers={**OURS, "User-Agent": f"Lynx {number}"})
    page = site.visitor().open(THANKS.format(answer="yes"))
    assert page.says("help.thanks.heard")
    assert not page.says("help.thanks.counted")
    send(site, headers={**OURS, "User-Agent": "Lynx 9"})
    page = site.visitor().open(THANKS.format(answer="yes"))
    assert not page.says("help.thanks.heard")
    assert page.says("help.thanks.counted")
    assert "10" in page.text


def test_the_counts_may_be_kept_for_five_minutes_by_anybody(site: Site) -> None:
    ten(site)
    first = site.visitor().client.get("/help/counts.json?locale=es-AR")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in first.headers
    again = site.visitor().client.get(
        "/help/counts.json?locale=es-AR", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304
    assert again.get_data() == b""
    send(site, data={"answer": "no"})
    later = site.visitor().client.get(
        "/help/counts.json?locale=es-AR", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert later.status_code == 200


@pytest.mark.parametrize("query", ["", "?locale=", "?locale=fr", "?locale=es_AR", "?locale=%00"])
def test_the_counts_of_no_language_are_not_found(site: Site, query: str) -> None:
    answer = site.visitor().client.get(f"/help/counts.json{query}")
    assert answer.status_code == 404
    assert answer.get_json() == {"error": "unknown"}
    assert answer.headers["Cache-Control"] == "no-store"


def allowed(site: Site, sender: str) -> str | None:
    answer = site.visitor().client.get("/help/counts.json?locale=es", headers={"Origin": sender})
    return answer.headers.get("Access-Control-Allow-Origin")


def test_only_a_help_site_elsewhere_may_read_the_answers(make: Build) -> None:
    site = make(changed("client-area", help={"url": "https://help.example.net/centre"}))
    senders = ("https://help.example.net", "https://evil.example", "http://localhost", "null")
    assert [allowed(site, sender) for sender in senders] == ["https://help.example.net", None, None, None]
    elsewhere = {"Origin": "https://help.example.net", **JSON}
    voted, refused = send(site, headers=elsewhere), send(site, headers=elsewhere, data={"article": "nothing"})
    told = {answer.headers["Access-Control-Allow-Origin"] for answer in (voted, refused)}
    assert told == {"https://help.example.net"}
    assert "Origin" in voted.vary


@pytest.mark.parametrize("url", [None, "/help", "http://localhost/help"])
def test_a_help_site_of_the_same_place_needs_no_leave(make: Build, url: str | None) -> None:
    site = make(changed("client-area", help={"url": url}))
    assert allowed(site, "http://localhost") is None
    assert allowed(site, "https://evil.example") is None


def test_a_search_that_found_nothing_is_counted(site: Site) -> None:
    answers = [send(site, "/help/searched", data={"q": typed}) for typed in ("Cambiar clave", " cambiar  CLAVE ")]
    assert [(answer.status_code, answer.get_data()) for answer in answers] == [(204, b"")] * 2
    (row,) = stored(site)["acct_help_search"]
    assert "'es_AR', 'cambiar clave', 2" in row


def test_a_search_that_may_say_who_it_was_is_not_kept(site: Site) -> None:
    answer = send(site, "/help/searched", data={"q": "alice@example.com"})
    assert answer.status_code == 204
    assert stored(site) == {}


@pytest.mark.parametrize(
    ("data", "status", "error"),
    [({"q": ""}, 400, "unfit"), ({"q": "x" * 101}, 400, "unfit"), ({"q": "a\nb"}, 400, "unfit"),
     ({"q": ["a", "b"]}, 400, "unfit"), ({"q": "a", "locale": "fr"}, 404, "unknown")],
)  # fmt: skip
def test_what_is_no_search_is_refused(site: Site, data: dict[str, Any], status: int, error: str) -> None:
    answer = send(site, "/help/searched", data=data, headers={**OURS, **JSON})
    assert answer.status_code == status
    assert answer.get_json() == {"error": error}
    assert stored(site) == {}


def test_too_many_searches_from_one_network_wait(make: Build) -> None:
    site = make(changed("client-area", limits={"requests_per_address": 5}))
    answers = [send(site, "/help/searched", data={"q": "x"}, headers={**OURS, **JSON}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [204] * 5 + [429]


def arrived(site: Site, answer: str = "no", **headers: str) -> Visitor:
    """A reader who has just answered, on the page that thanks."""
    visitor = site.visitor(**headers)
    send(site, who=visitor, data={"answer": answer})
    visitor.open(THANKS.format(answer=answer))
    return visitor


def test_who_found_a_page_helpful_is_thanked_with_the_count_and_led_back(site: Site) -> None:
    for number in range(13):
        send(site, data={"answer": "yes" if number > 1 else "no"}, headers={**OURS, "User-Agent": f"Lynx {number}"})
    page = arrived(site, "yes").page
    assert site.acct.platform.say("help.thanks.counted", "es_AR", helpful=12, of=14) in page.text
    assert page.link(site.say("help.thanks.back", "es_AR")) == "/help/es-AR/recover-password/#acct-yes"
    assert not any(node.tag == "textarea" for node in page.nodes)


def test_who_did_not_is_asked_what_was_missing(site: Site) -> None:
    page = arrived(site).page
    field = page.field(site.say("help.thanks.missing", "es_AR"))
    assert field.tag == "textarea"
    assert "required" not in field.attributes
    assert page.element("help.thanks.missing_help").attributes["id"] in field.attributes["aria-describedby"].split()
    assert page.link(site.say("help.thanks.back", "es_AR")) == "/help/es-AR/recover-password/#acct-no"


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_the_page_that_thanks_says_what_was_answered_and_lets_it_be_changed(site: Site, answer: str) -> None:
    visitor = arrived(site, answer)
    words = {one: site.say(f"help.site.{one}", "es_AR") for one in ("yes", "no")}
    assert site.acct.platform.say("help.site.answered", "es_AR", answer=words[answer]) in visitor.page.text
    pressed = [node.attributes["value"] for node in visitor.page.nodes if node.attributes.get("aria-pressed") == "true"]
    assert pressed == [answer]
    other = "no" if answer == "yes" else "yes"
    sent = {name: value for name, value in VOTE.items() if name != "answer"}
    form = {node.attributes["name"]: node.attributes["value"] for node in visitor.page.nodes
            if node.tag == "input" and node.attributes.get("name") in sent}  # fmt: skip
    send(site, who=visitor, data={**form, "answer": other})
    assert form == sent
    assert counted(site) == {("recover-password", VERSION): [int(other == "yes"), 1]}


@pytest.mark.parametrize("answer", ["sent", "nothing", "maybe", ""])
def test_an_address_that_names_no_answer_says_none(site: Site, answer: str) -> None:
    page = site.visitor().open(THANKS.format(answer=answer))
    assert page.status == 200
    assert not page.says("help.site.answered")


def test_the_question_is_the_same_words_on_the_page_and_after_it_also_in_the_hosts(make: Build) -> None:
    own = {"es_AR": {"help.site.helpful": "¿Te dimos una mano?"}}
    site = make(configuration.preset("client-area").model_copy(update={"labels": own}))
    page = arrived(site).page
    assert [node.text for node in page.nodes if node.tag == "h1"] == ["¿Te dimos una mano?"]


def test_the_link_to_support_says_which_page_did_not_help(site: Site) -> None:
    assert site.config.site.support_url == "/contact"
    link = arrived(site).page.link(site.say("help.thanks.support", "es_AR"))
    assert link == "/contact?article=recover-password&language=es-AR"


def test_where_support_is_an_address_the_mails_subject_says_it(make: Build) -> None:
    site = make(changed("client-area", site={"support_url": None}))
    link = arrived(site).page.link(site.say("help.thanks.support", "es_AR"))
    assert link.startswith(f"mailto:{site.config.site.support_email}?subject=")
    assert "recover-password%20%28es-AR%29" in link


def test_support_that_has_a_query_already_gets_another_part(make: Build) -> None:
    site = make(changed("client-area", site={"support_url": "https://desk.example/new?from=help"}))
    link = arrived(site).page.link(site.say("help.thanks.support", "es_AR"))
    assert link == "https://desk.example/new?from=help&article=recover-password&language=es-AR"


def test_what_was_missing_is_kept_with_the_page_it_was_missing_in(site: Site) -> None:
    visitor = arrived(site)
    typed = {site.say("help.thanks.missing", "es_AR"): "How to do it\r\nby phone"}
    page = visitor.press(site.say("help.thanks.submit", "es_AR"), typed)
    (row,) = stored(site)["acct_help_feedback"]
    assert f"'recover-password', 'es_AR', '{VERSION}', 'How to do it\\nby phone'" in row
    assert page.status == 200
    assert page.says("help.thanks.received")
    assert not page.says("help.thanks.missing")
    assert page.link(site.say("help.thanks.back", "es_AR")) == "/help/es-AR/recover-password/#acct-no"


def test_feedback_of_a_signed_in_user_does_not_say_whose_it_is(site: Site) -> None:
    alice = site.visitor(site.people.alice)
    alice.open(THANKS.format(answer="no"))
    alice.post(THANKS.format(answer="no"), {"missing": "A picture."})
    rows = repr(stored(site))
    assert "A picture." in rows
    assert "alice" not in rows


def test_nothing_written_is_thanked_for_all_the_same(site: Site) -> None:
    page = arrived(site).press(site.say("help.thanks.submit", "es_AR"))
    assert page.status == 200
    assert not page.says("help.thanks.received")
    assert page.says("help.thanks.heard")
    assert "acct_help_feedback" not in stored(site)


def test_feedback_without_its_token_is_refused(site: Site) -> None:
    arrived(site)
    answer = site.visitor().client.post(THANKS.format(answer="no"), data={"missing": "x"})
    assert answer.status_code == 400
    assert "acct_help_feedback" not in stored(site)


def test_feedback_that_is_too_long_is_shown_again_with_the_way_back(site: Site) -> None:
    visitor = arrived(site)
    page = Read(visitor.post(visitor.path, {"missing": "x" * 1001}))
    assert page.status == 422
    assert page.says("shell.form.too_long")
    assert page.link(site.say("help.thanks.back", "es_AR")) == "/help/es-AR/recover-password/#acct-no"


def test_too_much_feedback_from_one_network_waits(make: Build) -> None:
    site = make(changed("client-area", limits={"requests_per_address": 5}))
    visitor = arrived(site)
    answers = [visitor.post(visitor.path, {"missing": f"Thing {n}"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    page = Read(answers[-1])
    assert "Thing 5" in page.field(site.say("help.thanks.missing", "es_AR")).text


@pytest.mark.parametrize("data", BAD[:-4])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_thanks_for_what_does_not_exist_is_not_found(site: Site, data: dict[str, Any], method: str) -> None:
    query = {**VOTE, "answer": "no", **data}
    if isinstance(query["article"], list):
        query["article"] = "nothing"
    visitor = site.visitor()
    visitor.open("/account/login")
    sent = {"csrf_token": visitor.csrf(), "missing": "x"} if method == "POST" else None
    before = site.rows()
    page = Read(visitor.client.open("/account/help/thanks", method=method, query_string=query, data=sent))
    assert page.status == 404
    assert page.says("help.thanks.unknown")
    assert site.rows() == before


def test_the_page_that_thanks_speaks_the_language_that_was_read(site: Site) -> None:
    assert arrived(site, "yes", **{"Accept-Language": "it"}).page.language == "es-AR"


def test_a_language_the_visitor_chose_goes_before_it(site: Site) -> None:
    visitor = arrived(site)
    visitor.client.post("/account/language", data={"csrf_token": visitor.csrf(), "locale": "it", "next": visitor.path})
    assert visitor.open(visitor.path).language == "it"


def test_opening_the_page_that_thanks_counts_nothing(site: Site) -> None:
    page = site.visitor().open(THANKS.format(answer="yes"))
    assert page.status == 200
    assert not page.says("help.thanks.counted")
    assert stored(site) == {}
