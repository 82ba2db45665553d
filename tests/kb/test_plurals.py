"""A number of an article and the word after it agree, whatever the company's settings."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.features import platforms
from flask_acct.kb.articles.article import Platforms
from flask_acct.kb.articles.content import Content, KbError, digest, shipped
from flask_acct.kb.articles.knowledge_base import KnowledgeBase
from flask_acct.kb.articles.manifest import Manifest
from flask_acct.kb.articles.rendering import render

from ..declare.test_plurals import SEVERAL, shortest
from ..languages import IN_ARTICLES
from ..presets import EACH
from .conftest import ENGLISH, Write

SPOKEN = ("en", *IN_ARTICLES)

A_NUMBER = re.compile(
    r"\{\{-?\s*config\.(?!\S*min_length)(?:\S*_(?:days|hours|minutes|seconds|max)|contacts\.max|limits\.\S+"
    r"|session\.most_per_user)\b[^}]*\}\}\s+\w"
)
"""A number of the configuration with a word after it; the least length of passwords is never under eight."""


@cache
def centre(preset: str) -> KnowledgeBase:
    """The help centre of the preset in every language, with all that can be counted there once."""
    config = shortest(configuration.preset(preset))
    spoken = config.model_copy(update={"site": config.site.model_copy(update={"locales": SPOKEN})})
    return KnowledgeBase(platforms(spoken), shipped(), Manifest(Path("nowhere")))


def text(folder: Path, write: Write, slot: str, locale: str = "en", **tables: object) -> str:
    write(ENGLISH.replace("That is all.", slot if locale == "en" else "That is all."))
    if locale != "en":
        body = ENGLISH.split("---\n")[2].replace("That is all.", slot)
        write(f"---\ntranslates: {digest(Content(folder).first('try-it'))}\n---\n{body}", locale)
    editions: Platforms = platforms(Config.model_validate(tables))
    return render("try-it", content=Content(folder), platforms=editions, locale=locale).markdown({})


@pytest.mark.parametrize(
    ("days", "slot", "shown"),
    [
        (1, '{{ plural(config.users.invitation_days, "day", "days") }}.', "1 day."),
        (7, '{{ plural(config.users.invitation_days, "day", "days") }}.', "7 days."),
        (1, '{{ plural(config.users.invitation_days, "one day", "# days") }}.', "\none day."),
        (14, '{{ plural(config.users.invitation_days // 7, "a week", "# *weeks*") }}.', "2 \\*weeks\\*."),
    ],
)
def test_a_number_is_printed_with_its_word(folder: Path, write: Write, days: int, slot: str, shown: str) -> None:
    assert shown in text(folder, write, slot, users={"invitation_days": days})


def test_an_article_in_arabic_has_six_forms(folder: Path, write: Write) -> None:
    slot = '{{ plural(config.users.invitation_days, "# يوم", "يوم", "يومان", "# أيام", "# يومًا", "# يوم") }}'
    tables = {"site": {"locales": ["en", "ar"]}, "users": {"invitation_days": 2}}
    assert "\nيومان" in text(folder, write, slot, "ar", **tables)


@pytest.mark.parametrize(
    ("slot", "told"),
    [
        ('{{ plural(7, "days") }}', "plural() has 1 form, English needs 2. Write the words in this order: one, other"),
        ('{{ plural(7, "day", "") }}', "plural() has an empty form"),
        ('{{ plural("7", "day", "days") }}', "plural() counts a whole number, and '7' is none"),
        ('{{ plural(config.site.name, "day", "days") }}', "plural() counts a whole number"),
        ("{{ plural() }}", "plural() counts a whole number"),
    ],
)
def test_what_cannot_be_counted_is_named_with_its_line(folder: Path, write: Write, slot: str, told: str) -> None:
    with pytest.raises(KbError, match=re.escape(told)) as refused:
        text(folder, write, slot)
    assert str(refused.value).startswith("kb/en/try-it.md:13: ")


@pytest.mark.parametrize("locale", SPOKEN)
def test_no_word_follows_a_number_in_one_form_only(locale: str) -> None:
    files = (shipped().folder / locale).glob("*.md")
    found = [f"{file.stem}: {one[0]}" for file in sorted(files) for one in A_NUMBER.finditer(file.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize("preset", EACH)
@pytest.mark.parametrize("locale", SPOKEN)
def test_one_of_anything_is_not_several(locale: str, preset: str) -> None:
    words = SEVERAL[locale.partition("_")[0]]
    several = re.compile(rf"(?<![\d.,\w])1 (?:{words})(?!\w).*")
    articles = {id_: centre(preset).article(id_, locale).markdown({}) for id_ in centre(preset).ids_in(locale)}
    assert [f"{id_}: {one[0]}" for id_, said in articles.items() for one in several.finditer(said)] == []
