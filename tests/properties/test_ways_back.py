"""Any address: where somebody wanted to go survives signing in, an idle end, another language, another account."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_from_bytes, unquote_to_bytes, urlsplit

import pytest
from flask import render_template_string, request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import BaseConverter

from flask_acct import config as configuration
from flask_acct import public, requires
from flask_acct.db.models import User
from flask_acct.testing.records import PASSWORD, add_account
from flask_acct.web.addresses import onward, requested_address

from ..scopes import NOON
from ..web.site import Site, build
from ..web.test_ways_back import here
from ..web.visitor import Read, Visitor
from .conftest import NO_LIMITS

pytestmark = pytest.mark.long

PATH = st.one_of(
    st.binary(max_size=60).map(lambda raw: quote_from_bytes(raw, safe="/;:@&=+$,!*'()~")),
    st.text(alphabet="ab/%20%23?#&=.;+ñ\\~", max_size=60).map(lambda text: quote(text, safe="/;=+~")),
    st.integers(1, 4000).map(lambda length: "a" * length),
)
QUERY = st.one_of(
    st.none(),
    st.text(alphabet="ab=&?%25/+;,:@!ñ\\~[]", max_size=60).map(lambda text: quote(text, safe="=&?%/+;,:@!~[]")),
    st.binary(max_size=60).map(quote_from_bytes),
    st.integers(1, 3000).map(lambda length: "q=" + "%C3%B1"[: length % 7] * (length // 7)),
)


class _Anything(BaseConverter):
    """Every text, line ends and slashes included."""

    regex = r"(?s:.*)"
    part_isolating = False


def _shown(name: str) -> dict[str, Any]:
    return {"name": name, "query": request.query_string.decode("latin-1")}


def _page(name: str) -> str:
    page = '{% extends "flask_acct/layout.html" %}{% block main %}<h1>{{ what }}</h1>{% endblock %}'
    return render_template_string(page, what=ascii((name, request.args.to_dict(flat=False))))


@pytest.fixture(scope="module")
def site(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose host shows what it was asked for; Bob is in two accounts."""
    file: Path = tmp_path_factory.mktemp("ways") / "acct.db"
    shutil.copy(migrated, file)
    config = configuration.preset("client-area").model_copy(update={"limits": NO_LIMITS})
    site = build(config, f"sqlite:///{file}", NOON)
    site.app.url_map.converters["anything"] = _Anything
    site.app.add_url_rule("/docs<anything:name>", "docs", requires()(_shown), merge_slashes=False)
    site.app.add_url_rule("/open<anything:name>", "open", public(_page), merge_slashes=False)
    with site.acct.database.transaction() as db:
        bob = db.get_one(User, site.people.bob.id)
        add_account(site.acct.scope(db), "Zapatería", owner=bob, number="9100")
    yield site
    site.acct.database.engine.dispose()


def address(path: str, query: str | None, below: str = "/docs") -> str:
    return f"{below}/{path}" + ("" if query is None else f"?{query}")


def shown(visitor: Visitor, to: str) -> Any:
    """What the host was asked for: its path, and its query as a form would be read."""
    told = visitor.client.get(to).get_json()
    return told["name"], parse_qsl(told["query"], keep_blank_values=True, encoding="latin-1")


def sent(visitor: Visitor, to: str, data: dict[str, str]) -> str:
    """Where somebody lands who sends the form of the page at this address."""
    visitor.open(to)
    return str(visitor.post(to, data).headers["Location"])


ALICE = {"identifier": "alice@example.com", "password": PASSWORD}


@given(path=PATH, query=QUERY)
def test_any_address_survives_signing_in(site: Site, path: str, query: str | None) -> None:
    wanted, visitor = address(path, query), site.visitor()
    came = sent(visitor, visitor.client.get(wanted).headers["Location"], ALICE)

    assert urlsplit(came).netloc == ""
    assert shown(visitor, came) == shown(visitor, wanted)


@given(path=PATH, query=QUERY)
def test_any_address_survives_an_idle_end(site: Site, path: str, query: str | None) -> None:
    wanted, visitor = address(path, query), site.visitor(site.people.alice)
    before = shown(visitor, wanted)
    site.clock.move(minutes=45)
    came = sent(visitor, visitor.client.get(wanted).headers["Location"], ALICE)

    assert shown(visitor, came) == before


@given(path=PATH, query=QUERY)
def test_any_address_survives_another_language(site: Site, path: str, query: str | None) -> None:
    visitor = site.visitor()
    visitor.page = Read(visitor.client.get(address(path, query, "/open")))
    heading = visitor.page.heading
    answer = visitor.post("/account/language", {"locale": "it", "next": here(visitor)})

    assert Read(visitor.client.get(answer.headers["Location"])).heading == heading


@given(path=PATH, query=QUERY)
def test_any_address_survives_a_change_of_account(site: Site, path: str, query: str | None) -> None:
    wanted = address(path, "account=9100" if query is None else f"account=9100&{query}")
    visitor = site.visitor()
    visitor.client.sign_in(site.people.bob, site.people.account)  # type: ignore[attr-defined]
    came = sent(visitor, visitor.client.get(wanted).headers["Location"], {})

    assert shown(visitor, came) == shown(visitor, wanted)


@given(path=PATH, query=QUERY)
def test_any_address_asked_for_is_one_to_go_back_to_on_this_host(site: Site, path: str, query: str | None) -> None:
    raw = {"PATH_INFO": unquote_to_bytes(f"/{path}").decode("latin-1"), "QUERY_STRING": query or ""}
    with site.app.test_request_context("/", environ_overrides=raw):
        found = requested_address()

    assert onward(found) is not None
    assert urlsplit(found).netloc == ""
    assert not found.startswith(("//", "/\\"))
