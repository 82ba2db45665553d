"""A text that another language has lent says which language it is in, wherever it stands; and titles are text."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.content import Content, digest
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.site import building, pdf, titles

from .. import sharing

CONFIG = Config.model_validate(
    {
        "site": {
            "name": "Brand <& Co>",
            "locales": ["en", "es", "es_AR", "fa"],
            "public_url": "https://clients.example.com",
        },
        "labels": {"fa": {"help.site.helpful": "آیا این صفحه کمک کرد؟"}},
        "brand": {"footer": 'All "rights" <reserved>'},
        "help": {"categories": {"shop": {"en": "Bread & <b>cakes</b>"}}, "most_asked": ["bread"]},
    }
)
TITLE = 'Bread & "rolls" <fresh>'
FILES = {
    "en/bread.md": """---
category: shop
tags: [account]
aliases: [old-bread]
related: [sign]
---
# Bread &amp; "rolls" &lt;fresh&gt;

All "about" bread & &lt;more&gt;. It is baked at night.

## How bread is made

Slowly.
""",
    "en/sign.md": """---
category: shop
tags: [account]
---
# {{ title("login.form") }}

Words in English about the door.
""",
    "en/pan.md": "---\ncategory: shop\n---\n# Loaf\n\nEnglish loaf.\n",
    "glossary/en.md": "- oven : Where bread is baked.\n- flour : What bread is made of.\n",
    "glossary/es.md": "- harina {#flour} : De lo que se hace el pan.\n",
}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Said(NamedTuple):
    text: str
    language: str
    direction: str
    where: tuple[str, ...]
    """The tags and classes around it."""


class Spoken(HTMLParser):
    """Every text of a page with the language and direction it is said to be in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._open: list[tuple[str, str, str, str]] = []
        self.said: list[Said] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag in VOID:
            return
        named = dict(attrs)
        language, direction = (self._open[-1][1], self._open[-1][2]) if self._open else ("", "ltr")
        self._open.append((tag, named.get("lang") or language, named.get("dir") or direction, named.get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and self._open and self._open[-1][0] not in {"script", "style", "title"}:
            _, language, direction, _ = self._open[-1]
            around = tuple(part for one in self._open for part in (one[0], *one[3].split()))
            self.said.append(Said(" ".join(data.split()), language, direction, around))


@pytest.fixture(scope="module")
def built() -> Path:
    return sharing.once("borrowed", _build) / "site"


def _build(folder: Path) -> None:
    own = folder / "kb"
    for name, text in FILES.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(text, "utf-8")
    mark = digest(Content(own).first("pan"))
    (own / "es" / "pan.md").parent.mkdir(exist_ok=True)
    (own / "es" / "pan.md").write_text(f"---\ntranslates: {mark}\n---\n# Hogaza\n\nHogaza en castellano.\n", "utf-8")
    centre = KnowledgeBase(editions_of(CONFIG), Content(own), Manifest(folder / "records"))
    building.build(centre, folder / "site", allow_unverified=True, jobs=1)


def read(built: Path, page: str) -> Spoken:
    return Spoken((built / page / "index.html").read_text("utf-8"))


def languages(page: Spoken, begin: str) -> set[tuple[str, str]]:
    """In which languages and directions the page says what begins like this."""
    found = {(one.language, one.direction) for one in page.said if one.text.startswith(begin)}
    assert found, begin
    return found


PLACES = ["", "bread", "sign", "pan", "categories/shop", "topics/account", "a-z"]
"""The front page, the article, one that is related, one that comes before or after, and every kind of list."""


@pytest.mark.parametrize("tag", ["fa", "es", "es-AR"])
@pytest.mark.parametrize("page", PLACES)
def test_a_borrowed_title_says_its_language_wherever_it_stands(built: Path, tag: str, page: str) -> None:
    assert languages(read(built, f"{tag}/{page}"), 'Bread & "rolls"') == {("en", "ltr")}


@pytest.mark.parametrize("page", PLACES)
def test_a_title_of_the_pages_own_language_says_none(built: Path, page: str) -> None:
    text = (built / "en" / page / "index.html").read_text("utf-8")
    assert languages(Spoken(text), 'Bread & "rolls"') == {("en", "ltr")}
    assert 'dir="ltr"' not in text.partition("<body")[2].partition(">")[2]


def test_a_borrowed_text_says_its_language_and_what_stands_around_it_the_pages(built: Path) -> None:
    page = read(built, "fa/bread")
    for text in ('All "about" bread', "How bread is made", "Slowly."):
        assert languages(page, text) == {("en", "ltr")}
    assert languages(page, "آیا این صفحه") == {("fa", "rtl")}


def test_words_of_ours_that_a_language_has_not_say_that_they_are_english(built: Path) -> None:
    page = read(built, "fa/bread")
    assert (
        languages(page, "Still need help?")
        == languages(page, "Print")
        == languages(page, "Language")
        == {("en", "ltr")}
    )
    assert languages(read(built, "fa"), "How can we help?") == {("en", "ltr")}


def test_words_of_ours_that_a_language_has_say_nothing(built: Path) -> None:
    for tag in ("en", "es", "es-AR"):
        page = (built / tag / "pan" / "index.html").read_text("utf-8")
        assert "<span lang=" not in page.partition("<article")[2].partition("</article")[0]


def test_the_summary_in_a_list_says_its_language(built: Path) -> None:
    for page in ("fa", "fa/categories/shop", "fa/topics/account", "fa/a-z"):
        assert languages(read(built, page), 'All "about" bread & <more>.') == {("en", "ltr")}


@pytest.mark.parametrize(
    ("page", "told"),
    [("es/bread", "inglés."), ("es-AR/bread", "inglés."), ("fa/pan", "انگلیسی."), ("en/bread", ""), ("es/pan", ""),
     ("es-AR/pan", "")],
)  # fmt: skip
def test_a_line_says_that_a_page_is_borrowed(built: Path, page: str, told: str) -> None:
    notices = [one for one in read(built, page).said if "acct-borrowed" in one.where]
    # Nobody has said it in Persian.
    in_language = {"fa": "en"}.get(page[:2], page.partition("/")[0])
    assert [(one.text.endswith(told), one.language) for one in notices] == ([(True, in_language)] if told else [])


def test_another_country_of_a_language_borrows_nothing(built: Path) -> None:
    text = (built / "es-AR" / "pan" / "index.html").read_text("utf-8")
    assert languages(Spoken(text), "Hogaza en castellano.") == {("es-AR", "ltr")}


def test_a_heading_that_is_a_label_is_in_the_language_of_the_label(built: Path) -> None:
    page = read(built, "es/sign")
    heading = [one for one in page.said if "h1" in one.where]
    assert [(one.text, one.language) for one in heading] == [("Iniciar sesión", "es")]
    assert languages(page, "Words in English") == {("en", "ltr")}


def test_each_term_says_its_language(built: Path) -> None:
    page = read(built, "es/glossary")
    assert languages(page, "Where bread is baked.") == languages(page, "Oven") == {("en", "ltr")}
    assert languages(page, "De lo que se hace el pan.") == {("es", "ltr")}


def test_an_old_address_of_a_borrowed_page_says_its_language(built: Path) -> None:
    assert ("en", "ltr") in languages(read(built, "fa/old-bread"), TITLE)


def test_what_was_not_found_offers_titles_in_their_language(built: Path) -> None:
    page = Spoken((built / "fa" / "404.html").read_text("utf-8"))
    assert languages(page, 'Bread & "rolls"') == {("en", "ltr")}


def test_a_search_that_found_nothing_offers_titles_in_their_language(built: Path) -> None:
    offered = [one for one in read(built, "fa/pan").said if "acct-nothing" in one.where and "a" in one.where]
    assert {one.language for one in offered if "Bread" in one.text} == {"en"}


def test_a_chapter_of_a_book_that_is_borrowed_says_its_language(built: Path) -> None:
    content = Content(built.parent / "kb")
    centre = KnowledgeBase(editions_of(CONFIG), content, Manifest(built.parent / "records"))
    page = Spoken(pdf._html(centre, "fa", date(2026, 3, 4), tuple(pdf._parts(centre, "fa")), {}))
    for text in ('Bread & "rolls"', "How bread is made", "Slowly.", "Where bread is baked.", "Oven"):
        assert languages(page, text) == {("en", "ltr")}
    own = Spoken(pdf._html(centre, "es", date(2026, 3, 4), tuple(pdf._parts(centre, "es")), {}))
    assert languages(own, "Hogaza") == languages(own, "De lo que") == {("es", "ltr")}


@pytest.mark.parametrize("tag", ["en", "fa"])
def test_titles_categories_and_names_are_text_on_every_page(built: Path, tag: str) -> None:
    for file in (built / tag).rglob("*.html"):
        page = file.read_text("utf-8")
        assert not Spoken(page).tags & {"fresh", "more", "reserved", "b"}, file
        assert not re.search(r"&amp;(amp|lt|gt|quot);|&lt;span", page.partition("<body")[2]), file
        assert len(re.findall(r"<title>[^<]*</title>", page)) == 1, file


def test_the_description_of_a_page_stays_in_its_attribute(built: Path) -> None:
    page = (built / "en" / "bread" / "index.html").read_text("utf-8")
    assert 'content="All &quot;about&quot; bread &amp; &lt;more&gt;. It is baked at night."' in page


def test_a_title_is_markup_where_it_is_printed_and_text_where_it_is_escaped() -> None:
    from markupsafe import escape

    title = titles.TitleMarkup("Bread & rolls", ' lang="en" dir="ltr"')
    assert f"{title}" == '<span lang="en" dir="ltr">Bread &amp; rolls</span>'
    assert str(escape(title)) == "Bread &amp; rolls"
