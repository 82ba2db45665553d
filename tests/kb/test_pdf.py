"""The help centre as a book, printed by a real Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import Destination

from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.site import lists

from .. import sharing

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def book() -> PdfReader:
    """The Spanish one of the default preset."""
    return PdfReader(sharing.once("book", _print) / "es.pdf")


def _print(folder: Path) -> None:
    flask = shutil.which("flask", path=str(Path(sys.executable).parent))
    assert flask
    command = [flask, "acct", "kb", "pdf", str(folder), "--config", "client-area", "--locale", "es"]
    done = subprocess.run(
        [*command, "--allow-unverified"], env=os.environ, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert [file.name for file in folder.glob("[!.]*")] == ["es.pdf"]


def text_of(book: PdfReader, number: int) -> str:
    return " ".join(book.pages[number - 1].extract_text().split())


def test_the_cover_says_whose_help_it_is_and_of_when(book: PdfReader) -> None:
    cover = text_of(book, 1)
    assert "Páginas de ayuda de Brisalta Hosting" in cover
    assert "A fecha de" in cover


def test_the_contents_say_the_page_each_article_begins_on(book: PdfReader) -> None:
    made = centre("client-area")
    places = [book.get_destination_page_number(place) or 0 for place in book.named_destinations.values()]
    contents = " ".join(text_of(book, number) for number in range(2, min(places) + 1))
    for _, articles in lists.grouped(made, "es"):
        for article in articles:
            place = book.named_destinations[f"/{article.id}"]
            number = (book.get_destination_page_number(place) or 0) + 1
            assert f"{article.title} {number}" in contents
            assert article.title in text_of(book, number)


def test_the_bookmarks_are_the_categories_and_their_articles(book: PdfReader) -> None:
    made = centre("client-area")
    titles = [str(one.title) for one in _flat(book.outline)]
    wanted: list[str] = []
    for category, articles in lists.by_category(made, "es"):
        wanted += [category, *(article.title for article in articles)]
    assert [title for title in titles if title in wanted] == wanted


def test_the_book_says_its_title_and_language_to_whoever_cannot_see_it(book: PdfReader) -> None:
    root = book.trailer["/Root"]
    assert book.metadata is not None
    assert book.metadata.title == "Páginas de ayuda de Brisalta Hosting"
    assert book.metadata.author == "Brisalta Hosting"
    assert root["/Lang"] == "es"
    assert root["/MarkInfo"]["/Marked"]


def test_every_page_but_the_cover_has_its_number(book: PdfReader) -> None:
    assert not text_of(book, 1).endswith(" 1")
    for number in range(2, len(book.pages) + 1):
        assert text_of(book, number).endswith(str(number)) or text_of(book, number).startswith(str(number))


def _flat(outline: object) -> list[Destination]:
    """Every bookmark, of any depth."""
    if isinstance(outline, list):
        return [one for inner in outline for one in _flat(inner)]
    return [outline] if isinstance(outline, Destination) else []
