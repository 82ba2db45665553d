"""Customers' questions in their own words find the page that answers them.

``<locale>.tsv`` has a question a line, the pages that answer it, and whether it was held back: those of the held half
were not looked at while words and weights were chosen.
"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from flask_acct.kb.site import searching
from tests.search.conftest import LOCALES
from tests.search.engine import ask, pages

FOLDER = Path(__file__).parent
FIRST, FIRST_THREE, MOST_BYTES = 0.80, 0.95, 300_000


def questions(locale: str) -> list[dict[str, str]]:
    with (FOLDER / f"{locale}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def index_of(site: Path, locale: str) -> bytes:
    return (site / locale / searching.INDEX).read_bytes()


def places(site: Path, locale: str, asked: list[dict[str, str]]) -> list[int]:
    """At which place each question has a page that answers it, from 0; 99 where none has."""
    script = (site / locale / searching.SCRIPT).read_text("utf-8")
    answers = ask(script, json.loads(index_of(site, locale)), [one["question"] for one in asked])
    found = zip(answers, asked, strict=True)
    return [
        next((at for at, page in enumerate(pages(answer)) if page in one["pages"].split()), 99) for answer, one in found
    ]


def shares(found: list[int]) -> tuple[float, float]:
    return sum(at == 0 for at in found) / len(found), sum(at < 3 for at in found) / len(found)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_right_page_is_first_for_most_questions_and_among_three_for_nearly_all(site: Path, locale: str) -> None:
    asked = questions(locale)
    first, three = shares(places(site, locale, asked))
    assert len(asked) >= 300
    assert first >= FIRST
    assert three >= FIRST_THREE


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_that_a_question_names_is_there(site: Path, locale: str) -> None:
    there = {doc["location"].strip("/") for doc in json.loads(index_of(site, locale))["docs"]}
    named = {page for one in questions(locale) for page in one["pages"].split()}
    assert named - there == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_no_question_is_asked_twice_and_half_of_them_were_held_back(locale: str) -> None:
    asked = questions(locale)
    assert len({one["question"] for one in asked}) == len(asked)
    assert abs(sum(one["held"] == "held" for one in asked) * 2 - len(asked)) <= 2


@pytest.mark.parametrize("locale", LOCALES)
def test_the_index_of_a_language_is_small(site: Path, locale: str) -> None:
    script = (site / locale / searching.SCRIPT).read_bytes()
    assert len(gzip.compress(index_of(site, locale))) + len(gzip.compress(script)) <= MOST_BYTES
