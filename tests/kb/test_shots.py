"""What a picture of an article marks and says, and how it is shown in light and in dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from flask_acct.config import Config
from flask_acct.features import platforms as editions_of
from flask_acct.kb.articles.article import Article, Picture
from flask_acct.kb.articles.content import Content
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Checked, Manifest, TakenPicture, fingerprint, key
from flask_acct.kb.site import building, tree

from .conftest import ENGLISH, Write

LIGHT, DARK = f"{'ab' * 10}.webp", f"{'cd' * 10}.webp"

ArticleWith = Callable[[str], Article]


@pytest.fixture
def pictured(folder: Path, write: Write) -> KnowledgeBase:
    """One English article, its journey run, with a picture in light and in dark."""
    write(ENGLISH)
    config = Config.model_validate({"site": {"locales": ["en"], "public_url": "https://clients.example.com"}})
    content, platforms = Content(folder), editions_of(config)
    records = folder.parent / "records"
    records.mkdir()
    for file, colour in ((LIGHT, "white"), (DARK, "black")):
        Image.new("RGB", (400, 200), colour).save(records / file)
    mark = fingerprint("try-it", "en", None, content=content, platforms=platforms)
    taken = (TakenPicture(1, LIGHT, 400, 200, "77", DARK),)
    return KnowledgeBase(
        platforms, content, Manifest(records, {key("try-it", "en", None): Checked(mark, date(2026, 3, 4), taken)})
    )


def test_an_article_shows_the_picture_of_the_readers_scheme(article_with: ArticleWith) -> None:
    article = article_with('Open {{ visit("login.form") }}. {{ shot() }}')
    text = article.markdown({1: Picture("a.webp", 4, 2, "b.webp")}, "pictures/", for_site=True)
    alt = "The page “Sign in” is open."
    assert f"    ![{alt}](pictures/a.webp#only-light)\n    ![{alt}](pictures/b.webp#only-dark)\n" in text


def test_a_page_that_looks_the_same_in_dark_is_shown_once(article_with: ArticleWith) -> None:
    article = article_with('Open {{ visit("login.form") }}. {{ shot() }}')
    text = article.markdown({1: Picture("a.webp", 4, 2)}, "pictures/", for_site=True)
    assert "    ![The page “Sign in” is open.](pictures/a.webp)\n" in text


def test_a_picture_on_a_line_of_its_own_does_not_end_its_item(article_with: ArticleWith) -> None:
    article = article_with('Open {{ visit("login.form") }}.\n   {{ shot() }}\n   Then go on.\n1. Look around.')
    text = article.markdown({1: Picture("a.webp", 4, 2)}, "pictures/", for_site=True)
    assert ".\n   Then go on.\n\n    ![The page “Sign in” is open.](pictures/a.webp)\n\n2. Look around." in text


def test_a_picture_of_what_is_on_every_page_marks_and_says_just_that(article_with: ArticleWith) -> None:
    (shot,) = article_with(
        'The list {{ ui("shell.language.change") }}: {{ shot() }} {{ click("shell.language.it") }}'
    ).shots
    assert shot.screen == ""
    assert shot.marks == ("shell.language.change", "shell.language.it")
    assert shot.alt == "A frame marks: Change language, Italiano."


def test_the_site_has_both_pictures_with_their_size(pictured: KnowledgeBase, tmp_path: Path) -> None:
    building.build(pictured, tmp_path / "site", allow_unverified=False)
    page = (tmp_path / "site" / "en" / "try-it" / "index.html").read_text("utf-8")
    for file, scheme in ((LIGHT, "light"), (DARK, "dark")):
        words = "The page “Forgot your password?” is open. A frame marks: Email address, Email me a link."
        assert f'<img alt="{words}" src="../pictures/{file}#only-{scheme}" width="200" height="100"' in page
        assert (tmp_path / "site" / "en" / "pictures" / file).is_file()


def test_other_generators_get_one_picture_without_a_fragment(pictured: KnowledgeBase, tmp_path: Path) -> None:
    tree.write(pictured, tmp_path / "out")
    text = (tmp_path / "out" / "en" / "try-it.md").read_text("utf-8")
    assert f"](pictures/{LIGHT})" in text
    assert "#only" not in text
    assert [file.name for file in (tmp_path / "out" / "en" / "pictures").iterdir()] == [LIGHT]
