"""Whatever is typed about a contact, or sent as a file of contacts: a page that says what is wrong, never a 5xx."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from flask_acct import config as configuration
from flask_acct.features.contacts import csv_files

from ..scopes import NOON
from ..web.site import Site, build
from ..web.visitor import Read, Visitor
from .test_bad_input import NASTY

pytestmark = pytest.mark.long

NEW = "/account/contacts/new"
FIELDS = (*csv_files.COLUMNS, "csrf_token", "acct_account", "extra")


@pytest.fixture(scope="module")
def alice(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    file: Path = tmp_path_factory.mktemp("contacts") / "acct.db"
    shutil.copy(migrated, file)
    config = configuration.preset("client-area")
    limits = config.limits.model_copy(update={"imports_per_hour": 10_000})
    config = config.model_copy(update={"limits": limits})
    site: Site = build(config, f"sqlite:///{file}", NOON)
    visitor = site.visitor(site.people.alice)
    visitor.open(NEW)
    yield visitor
    site.acct.database.engine.dispose()


def surely(answer: Any) -> Read:
    """The answer is no fault of ours."""
    page = Read(answer)
    assert answer.status_code < 500, f"{answer.status_code}: {page.html[:2000]}"
    return page


@given(name=st.sampled_from(FIELDS), typed=NASTY, times=st.integers(1, 3))
@example(name="email", typed="a@example.com", times=2)
@example(name="country", typed="../../ES", times=1)
@example(name="country", typed="zz", times=1)
@example(name="phone", typed="+" + "9" * 39, times=1)
@example(name="phone", typed="\uff0b\uff13\uff14\uff19\uff11\uff10000000", times=1)
def test_any_text_in_any_field_of_a_contact(alice: Visitor, name: str, typed: str, times: int) -> None:
    usual = {"email": "ana@example.com", "country": "ES", "phone": "12", "acct_account": "9000"}
    value = [typed.encode("utf-8", "surrogatepass")] * times
    surely(alice.post(NEW, {**usual, name: value}))


@given(query=NASTY, name=st.sampled_from(["find", "page", "x"]))
def test_any_search_of_the_list(alice: Visitor, query: str, name: str) -> None:
    value = query.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    assert surely(alice.client.get("/account/contacts", query_string={name: value})).status == 200


@given(content=st.one_of(st.binary(max_size=300), NASTY.map(lambda text: text.encode("utf-8", "surrogatepass"))))
@example(content=b'email\r\n"""\r\n')
@example(content=b"email,\n\n\n,,,\n")
@example(content="email\n\ufeff\n".encode())
@example(content=b"\xef\xbb\xbf" * 3 + b"email\nana@example.com")
@example(content=b"email\n" + b"x," * 10_000)
@example(content=b'email\n"' + b"x" * 200_000)
def test_any_bytes_as_a_file_of_contacts(alice: Visitor, content: bytes) -> None:
    upload(alice, content)


CELL = st.one_of(NASTY, st.sampled_from(["ana@example.com", "ES", "es", "invoices", "28013", "+34910000000", ""]))


@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=4))
def test_any_cells_in_a_file_of_contacts(alice: Visitor, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["email", "phone", "country"], *rows])
    upload(alice, text.getvalue().encode("utf-8", "surrogatepass"))


@given(text=st.text(max_size=60))
def test_a_cell_made_harmless_begins_no_formula_and_can_be_read_again(text: str) -> None:
    cell = csv_files.harmless(text)
    assert csv_files.plain(cell) == text
    assert cell[:1] not in set("=+-@\t\r")


@given(signed=NASTY)
def test_any_address_to_unsubscribe_gets_one_answer(alice: Visitor, signed: str) -> None:
    value = signed.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("/", "").replace("?", "")
    if value.strip(".") and "\0" not in value:
        page = surely(alice.client.post(f"/account/unsubscribe/{value}"))
        assert page.status in {200, 404, 308}


def upload(alice: Visitor, content: bytes) -> None:
    form = {"csrf_token": alice.csrf(), "acct_account": "9000", "file": FileStorage(io.BytesIO(content), "a.csv")}
    boundary, body = encode_multipart(form)
    kind = f"multipart/form-data; boundary={boundary}"
    page = surely(alice.client.post("/account/contacts/import", data=body, content_type=kind))
    assert page.status in {303, 422}
