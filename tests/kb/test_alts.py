"""Pictures say what they show in whole sentences, to who cannot see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from flask_acct.config import presets
from flask_acct.kb.articles import alts
from flask_acct.kb.articles.article import Article, Picture
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre

ArticleWith = Callable[[str], Article]


@cache
def made(preset: str) -> KnowledgeBase:
    return centre(preset)


def every_picture() -> list[tuple[str, str, str, str]]:
    """Each picture of each preset, in each of its languages, with its words."""
    return [
        (preset, locale, id_, shot.alt)
        for preset in presets()
        for id_ in made(preset).ids
        for locale in made(preset).locales_of(id_)
        for shot in made(preset).article(id_, locale).shots
    ]


def test_every_picture_of_every_preset_says_whole_sentences_in_the_language_of_its_page() -> None:
    begins = {"en": ("The page “", "A frame"), "es": ("Se ve la página «", "Un marco"), "it": ("Si vede la ", "Una ")}
    for preset, locale, id_, words in every_picture():
        assert words.startswith(begins[locale.partition("_")[0]]), (preset, locale, id_, words)
        assert words.endswith((".", ".”", ".»", "!»", "?»", "!”", "?”")), (preset, locale, id_, words)


def test_no_picture_of_any_preset_says_a_slot() -> None:
    assert [found for found in every_picture() if alts.wrong(found[3])] == []


def test_every_picture_of_every_preset_has_the_words_only_the_page_knows() -> None:
    for preset in presets():
        for checked in made(preset).manifest.checked.values():
            assert all(taken.shown.get(element) for taken in checked.pictures for element in taken.shown)


def test_what_stood_in_a_slot_is_said_as_the_page_had_it(article_with: ArticleWith) -> None:
    article = article_with('Open {{ visit("login.form") }}. {{ shot() }}')
    (shot,) = article.shots
    words = alts.Alt(alts.ElementWords("contacts.edit.title", "Edit {name}"), (), (), shot.words.forms)
    assert words.open == ("contacts.edit.title",)
    assert words.text({"contacts.edit.title": "Edit Bruno Díaz"}) == "The page “Edit Bruno Díaz” is open."
    assert words.text({}) == "The page “Edit …” is open."


def test_a_slot_in_what_the_page_had_is_not_filled_again(article_with: ArticleWith) -> None:
    (shot,) = article_with('Open {{ visit("login.form") }}. {{ shot() }}').shots
    words = alts.Alt(alts.ElementWords("one.two", "{subject}"), (), (), shot.words.forms)
    assert words.text({"one.two": "100 % of {marks} \\1"}) == "The page “100 % of {marks} \\1” is open."


def test_a_marked_sentence_is_said_beside_the_marked_names(article_with: ArticleWith) -> None:
    (shot,) = article_with(
        'Open {{ visit("login.form") }}. {{ ui("login.form.submit") }} {{ see("login.form.wrong") }} {{ shot() }}'
    ).shots
    assert shot.alt.startswith("The page “Sign in” is open. A frame marks: Sign in. It says: “")


def test_the_words_of_a_picture_are_printed_with_it(article_with: ArticleWith) -> None:
    article = article_with('Open {{ visit("login.form") }}. {{ shot() }}')
    assert "![The page “Sign in” is open.](a.png)" in article.markdown({1: Picture("a.png", 4, 2)})


@pytest.mark.parametrize("words", ["", "  ", "…", "Edit {name}", "{{ title }}", "{Name}: Save", "… …."])
def test_words_that_say_nothing_are_found(words: str) -> None:
    assert alts.wrong(words)


@pytest.mark.parametrize("words", ["The page “Edit …” is open.", "A cart with two loaves."])
def test_words_that_say_something_are_let_be(words: str) -> None:
    assert not alts.wrong(words)
