"""What leads to articles: the most asked first, a line each, and a way on where there is nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.article import Article
from flask_acct.kb.articles.content import Content
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.site import building, layout, lists
from flask_acct.kb.site.layout import Copy

from .. import sharing
from .conftest import Write
from .test_site import _build

LANGUAGES = ("en", "es", "es-AR", "it")

Make = Callable[..., KnowledgeBase]


@pytest.fixture(scope="session")
def built() -> Path:
    return sharing.once("built", _build) / "site"


@pytest.fixture
def make(folder: Path, write: Write) -> Make:
    """A help centre of three articles under a configuration: ``make(most_asked=["pear"])``."""

    def do(brand: dict[str, str] | None = None, site: dict[str, str] | None = None, **help_: object) -> KnowledgeBase:
        for name in ("apple", "melon", "pear"):
            write(f"---\ncategory: settings\ntags: [account]\n---\n# {name.title()}\n\nAbout it.\n", name=name)
        tables = {"help": help_, "brand": brand or {}, "site": {"locales": ["en"], **(site or {})}}
        return KnowledgeBase(editions_of(Config.model_validate(tables)), Content(folder), Manifest(folder / "records"))

    return do


def ids(articles: list[Article]) -> list[str]:
    return [article.id for article in articles]


def test_every_list_begins_with_what_is_asked_most_but_for_the_alphabet(make: Make) -> None:
    made = make(most_asked=["pear", "melon"])
    listed = lists.listed(made, "en")
    assert ids(listed["categories/settings.md"][0][1]) == ["pear", "melon", "apple"]
    assert ids(listed["topics/account.md"][0][1]) == ["pear", "melon", "apple"]
    assert [heading for heading, _ in listed["a-z.md"]] == ["A", "M", "P"]
    assert [entry.id for entry in layout.front(made, "en").entries] == ["pear", "melon", "apple"]


def test_a_name_that_no_article_has_is_a_problem_that_names_the_nearest(make: Make) -> None:
    (problem,) = lists.problems(make(most_asked=["pear", "mellon"]))
    assert str(problem) == '[help] most_asked: "mellon" is no article. Did you mean "melon"?'
    assert list(lists.problems(make())) == []


@pytest.mark.parametrize("preset", ["client-area", "email-marketing", "sending-platform", "customer-panel"])
def test_every_preset_offers_five_articles_that_it_has(preset: str) -> None:
    made = centre(preset)
    for locale in made.locales:
        found = ids(lists.most_asked(made, locale))
        assert len(found) == lists.MOST_ASKED
        assert found[:2] == ["recover-password", "sign-in"]


LONG = (
    "This sentence alone is much longer than any line of a list may be, so that it cannot be kept whole and has to be "
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("One. Two.", "One. Two."),
        ("**Bold** and [a link](pear.md) & `code`.", "Bold and a link & code."),
        ("Bread &amp; butter.", "Bread & butter."),
        ("**A word**: what it means.\n\nThe text.", "The text."),
        ("## First a heading\n\nThen text.", "Then text."),
        ("- a list\n\nThen text.", "Then text."),
        ("1. a step\n\nThen text.", "Then text."),
        ("> a quote\n\nThen text.", "Then text."),
        ("Short one. " + "x" * 150, "Short one."),
        ("-  \n\n- only\n- a list", ""),
        ("Two\nlines of one\nparagraph.", "Two lines of one paragraph."),
        ("パンを注文します。" * 3, "パンを注文します。" * 3),
        ("x" * 200, "x" * 139 + "…"),
        (LONG + "cut.", f"{LONG.strip()} cut."),
        (LONG + "cut after one of its words, and nowhere else.", "has to be cut after one of its…"),
    ],
)  # fmt: skip
def test_a_list_says_in_a_line_what_an_article_is_about(make: Make, write: Write, text: str, told: str) -> None:
    made = make()
    write(f"---\nminutes: 5\n---\n# Plum\n\n{text}\n", name="plum")
    line = lists.summary(made.article("plum", "en"))
    assert len(line) <= lists.SUMMARY
    assert line.endswith(told) if told.endswith("…") else line == told


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_entry_of_every_list_has_a_line(built: Path, tag: str) -> None:
    pages = [built / tag / "index.html", built / tag / "a-z/index.html", *(built / tag).glob("categories/*/index.html"),
             *(built / tag).glob("topics/*/index.html")]  # fmt: skip
    assert len(pages) > 10
    for file in pages:
        entries = re.findall(r"<li[^>]*>(<a href=.*?)</li>", file.read_text("utf-8").partition("acct-entries")[2])
        lines = [entry for entry in entries if "</a><p>" in entry]
        assert lines
        assert [re.sub("<.*?>", "", entry) for entry in entries if entry.endswith("<p></p>")] == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_what_is_not_there_leads_to_the_search_the_most_asked_and_a_person(built: Path, tag: str) -> None:
    page = (built / tag / "404.html").read_text("utf-8")
    main = page.partition("<main")[2].partition("</main")[0]
    assert "data-acct-find" in main
    assert len(re.findall(r"<li><a href=", main.partition("acct-entries")[2].partition("</ul")[0])) == lists.MOST_ASKED
    assert 'class="md-button md-button--primary"' in main.partition("acct-contact")[2]
    assert 'data-md-component="search-query"' in page


@pytest.mark.parametrize("page", ["", "sign-in/", "a-z/"])
def test_the_header_is_the_apps(built: Path, page: str) -> None:
    text = (built / "es" / page / "index.html").read_text("utf-8")
    header = text.partition("<header")[2].partition("</header")[0]
    assert header.count('data-md-component="search-query"') == text.count('data-md-component="search-query"') == 1
    assert '<span class="acct-name">Brisalta Hosting</span><span class="acct-tagline">' in header
    assert re.search(r'<a class="acct-tool acct-sign-in" href="[^"]*/account/login">.*?Área de clientes', header)
    assert text.count("<h1") == 1


def test_the_companys_own_stylesheet_is_worn_too_and_named_in_the_policy(make: Make, tmp_path: Path) -> None:
    made = make(
        brand={"stylesheet": "/static/own.css"},
        url="https://help.example.net",
        site={"public_url": "https://a.example"},
    )
    building.build(made, tmp_path / "site", allow_unverified=True)
    page = (tmp_path / "site" / "en" / "pear" / "index.html").read_text("utf-8")
    assert page.index("brand.css") < page.index('<link rel="stylesheet" href="https://a.example/static/own.css">')
    assert "style-src 'self' https://a.example" in (tmp_path / "site" / "csp.txt").read_text("utf-8")


def test_a_copy_to_carry_away_asks_for_no_stylesheet_elsewhere(make: Make, tmp_path: Path) -> None:
    building.build(
        make(brand={"stylesheet": "/static/own.css"}), tmp_path / "site", allow_unverified=True, copy=Copy(offline=True)
    )
    assert "own.css" not in (tmp_path / "site" / "en" / "pear.html").read_text("utf-8")


def test_colours_are_the_variables_of_the_app(built: Path) -> None:
    style = (built / "en" / "assets" / "acct" / "brand.css").read_text("utf-8")
    from flask_acct.brand.styles import styles

    assert style == styles(centre("client-area").platform.config)


def test_whatever_a_page_loads_is_there(built: Path) -> None:
    for page in ("index.html", "sign-in/index.html", "404.html"):
        text = (built / "en" / page).read_text("utf-8")
        loaded = re.findall(r'<(?:script|link rel="stylesheet")[^>]* (?:src|href)="([^"]+)"', text)
        assert len(loaded) > 5
        for address in loaded:
            file = (
                built / address.removeprefix("/help/")
                if address.startswith("/")
                else built / "en" / page / ".." / address
            )
            assert file.resolve().is_file(), address
