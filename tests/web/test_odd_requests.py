"""Whatever a request looks like, the answer is no fault of ours: every route, every preset, odd in every part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert

from flask_acct.db.models import Contact

from ..presets import EACH
from .site import Build, Site
from .visitor import Visitor

NAMES = (
    "name", "at", "query", "page", "find", "next", "token", "locale", "account", "screen", "self", "to", "v", "answer",
    "article", "version", "method", "values", "endpoint", "_anchor", "_external", "_method", "_scheme", "", "a b", "é",
    "page[]", "__class__",
)  # fmt: skip
"""What something in the program is called, too."""

VALUES = (
    "", "-1", "99999999999999999999", "x" * 3000, "é" * 400, "\0\n", "%zz", "\ud800", "\U0010ffff", "//evil.example",
    "/\\evil.example", "{0.__class__}%(x)s", "²", "1e5",
)  # fmt: skip

IN_PATHS = (
    "x" * 300, "é" * 200, "%00", "%2f", "..%2fx", "..", "%2e%2e", "%ed%a0%80", "%ff", "%", "%zz", "%E2%80%8B",
    "a%0db", "-1",
    "0", "2147483648", "9" * 40, "x" * 3000, "a/" * 200 + "b", "con", "~", "*", "%5c..%5c", ";", "%3f", "%23",
    "nul.html/",
)  # fmt: skip

HEADERS: tuple[dict[str, str], ...] = (
    {"Accept-Language": "es-AR;q=nan, *;q=inf, ;;;,,,==, xx-" + "y" * 5000},
    {"Accept-Language": "-,_,en-,_GB;q=-1", "Accept": "*/*;q=nan, text/;q=2, /"},
    {"Range": "bytes=-0", "If-Range": "x"},
    {"Range": "bytes=5-1,,9999999999999999999999-", "If-None-Match": '"' * 99, "If-Modified-Since": "yesterday"},
    {"Range": "lines=1-", "If-None-Match": "*", "If-Modified-Since": "Thu, 99 Foo 99999 99:99:99 GMT"},
    {"Content-Type": "multipart/form-data", "Content-Length": "x"},
    {"Content-Type": "application/json; charset=" + "é".encode().decode("latin-1") * 40},
    {"Cookie": "; ".join(f"c{number}={'x' * 90}" for number in range(80))},
    {"Cookie": 'acct="\\377\\000"; acct_language=../../x; session=.eJw; =; ;;; acct=' + "é".encode().decode("latin-1")},
    {"Host": "evil.example:99999"},
    {"Host": "[::1", "X-Forwarded-Host": "[", "X-Forwarded-For": "%%%", "Forwarded": "for=["},
    {"Host": "a b", "Origin": "http://[::1", "Referer": "http://[", "Sec-Fetch-Site": "?"},
    {"User-Agent": "\xff" * 600, "X-Requested-With": "XMLHttpRequest"},
    {"Authorization": "Basic =====", "X-Acct-Background": "x", "X-HTTP-Method-Override": "DELETE"},
    {"Date": "x", "Expect": "100-continue", "Transfer-Encoding": "chunked"},
)  # fmt: skip

BODIES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xfe", "application/x-www-form-urlencoded"),
    (b"csrf_token=%ff&a=%00&=&&;%", "application/x-www-form-urlencoded; charset=utf-16"),
    (b"name=a&name=b&at=1&locale[]=x&answer=yes&token=" + b"x" * 500, "application/x-www-form-urlencoded"),
    (b"{}", "application/json"),
    (b'{"a": ' * 2000, "application/json"),
    (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xff"\r\n\r\na\r\n--x--',
     "multipart/form-data; boundary=x"),
    (b"--", "multipart/form-data; boundary="),
    (b"x", "multipart/form-data; boundary=" + "x" * 300),
    (b"", ""),
    (b"a=1", "é".encode().decode("latin-1")),
)  # fmt: skip


@pytest.fixture
def odd_site(any_site_folder: Path, preset_name: str, make: Build) -> Site:
    """A preset with a help site, its mailbox page, and more contacts than one page of the list holds."""
    site = make(preset_name, ACCT_HELP_SITE=str(any_site_folder), ACCT_DEMO=True)
    rows = [
        {"account_id": site.people.account.id, "email": f"c{n}@x.example", "email_key": f"c{n}@x.example",
         "sort_key": f"c{n:03}", "created_at": site.clock(), "changed_at": site.clock(), "categories": []}
        for n in range(80)
    ]  # fmt: skip
    with site.acct.database.transaction() as db:
        db.execute(insert(Contact), rows)
    return site


@pytest.fixture(params=EACH)
def preset_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def any_site_folder(tmp_path: Path) -> Path:
    for locale in ("en", "es", "es-AR", "it"):
        folder = tmp_path / "help" / locale / "sign-in"
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("<p>help</p>")
        (folder.parent / "404.html").write_text("<p>nothing here</p>")
    (tmp_path / "help" / "csp.txt").write_text("default-src 'none'\n")
    return tmp_path / "help"


def rules(site: Site, method: str) -> Iterator[str]:
    """The paths of all routes of ours that take a method, as they are written."""
    ours = {"acct", "acct_help", "acct_votes", "acct_mailbox"}
    for rule in sorted(site.app.url_map.iter_rules(), key=lambda one: one.rule):
        if method in (rule.methods or ()) and rule.endpoint.partition(".")[0] in ours:
            yield rule.rule


def paths(rule: str, values: tuple[str, ...]) -> Iterator[str]:
    """The rule with each of the values in the place of its parameters; once where it has none."""
    if "<" not in rule:
        yield rule
        return
    yield from (value.join(re.split(r"<[^>]+>", rule)) for value in values)


def visitors(site: Site) -> tuple[Visitor, ...]:
    return (site.visitor(), site.visitor(site.people.alice))


def told(visitor: Visitor, method: str, path: str, **how: Any) -> str | None:
    """What is wrong with the answer; nothing for one that is as it should be."""
    answer = visitor.client.open(path, method=method, base_url=visitor.root, **how)
    body, status, to = answer.get_data(as_text=False), answer.status_code, answer.headers.get("Location", "")
    answer.close()
    if status >= 500 and status != 503:
        return f"{status} for {method} {path[:200]} {how}"
    away = to.startswith(("//", "/\\")) or (re.match(r"\w+:", to) and not to.startswith(visitor.root))
    if away:
        return f"sent away to {to[:200]} by {method} {path[:200]} {how}"
    return (
        f"nothing said: {status} for {path[:200]}"
        if not body and status in {200, 400, 404, 405} and method != "HEAD"
        else None
    )


def query_of(value: str) -> str:
    """Every name with one odd value."""
    escaped = quote(value.encode("utf-8", "surrogatepass"))
    return "&".join(f"{quote(name)}={escaped}" for name in NAMES)


def test_odd_words_in_the_query_break_nothing(odd_site: Site) -> None:
    found = [
        told(visitor, "GET", f"{path}?{query}")
        for visitor in visitors(odd_site)
        for rule in rules(odd_site, "GET")
        for path in paths(rule, ("1",))
        for query in [*map(query_of, VALUES), "%", "&&=&;%zz=%", "=" * 500]
    ]
    assert [one for one in found if one] == []


def test_a_list_may_be_asked_for_anything(odd_site: Site) -> None:
    alice = odd_site.visitor(odd_site.people.alice)
    lists = set(rules(odd_site, "GET")) & {f"/account/{name}" for name in ("contacts", "users", "emails", "switch")}
    asked = [f"{path}?{quote(name)}=x" for path in sorted(lists) for name in NAMES if name != "find"]
    found = [told(alice, "GET", path) for path in asked]
    assert [one for one in found if one] == []


def test_odd_words_in_the_path_break_nothing(odd_site: Site) -> None:
    found = [
        told(visitor, method, path)
        for visitor in visitors(odd_site)[1:]
        for method in ("GET", "POST")
        for rule in rules(odd_site, method)
        if "<" in rule
        for path in paths(rule, IN_PATHS)
    ]
    assert [one for one in found if one] == []


def test_odd_headers_break_nothing(odd_site: Site) -> None:
    found = [
        told(visitor, "GET", path, headers=headers)
        for visitor in visitors(odd_site)[1:]
        for rule in rules(odd_site, "GET")
        for path in paths(rule, ("1", "es/sign-in/"))
        for headers in HEADERS
    ]
    assert [one for one in found if one] == []


def test_odd_bodies_break_nothing(odd_site: Site) -> None:
    found = [
        told(visitor, "POST", path, data=body, content_type=kind, headers={"Origin": visitor.root})
        for visitor in visitors(odd_site)
        for rule in rules(odd_site, "POST")
        for path in paths(rule, ("1",))
        for body, kind in BODIES
    ]
    assert [one for one in found if one] == []


@pytest.mark.parametrize("name", ["name", "at", "_anchor", "_external", "_method", "_scheme", "screen", "query"])
def test_what_a_list_was_asked_for_besides_stays_in_the_links_of_its_pages(site: Site, name: str) -> None:
    with site.acct.database.transaction() as db:
        for n in range(30):
            db.add(Contact(account_id=site.people.account.id, email=f"c{n}@x.example", email_key=f"c{n}@x.example",
                           created_at=site.clock(), changed_at=site.clock(), categories=[]))  # fmt: skip
    page = site.visitor(site.people.alice).open(f"/account/contacts?{name}=x")
    assert page.element("shell.rows.after").attributes["href"] == f"/account/contacts?{name}=x&page=2"


@pytest.mark.parametrize(
    "path", ["..%2fx", "%2e%2e/x", "..%2f..%2fetc/passwd", "es/..%2f..%2f..%2fx", "x" * 300, "%00", "é" * 200]
)
def test_a_help_page_of_no_possible_name_is_a_404(make: Build, any_site_folder: Path, path: str) -> None:
    answer = make(ACCT_HELP_SITE=str(any_site_folder)).visitor().client.get(f"/help/{path}")
    assert answer.status_code == 404
    assert answer.headers.get("Location") is None


def test_a_help_folder_with_odd_letters_leads_to_itself(make: Build, any_site_folder: Path) -> None:
    (any_site_folder / "es" / "a?b#é").mkdir()
    answer = make(ACCT_HELP_SITE=str(any_site_folder)).visitor().client.get("/help/es/a%3Fb%23%C3%A9")
    assert answer.status_code == 308
    assert answer.headers["Location"] == "/help/es/a%3Fb%23%C3%A9/"
