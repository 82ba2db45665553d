"""A term of the interface has one translation (``translations/terms.toml``), and a label has one."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pytest

from flask_acct.declare.labels import CATALOGS, SLOT, Labels

from .test_translations import declared

LANGUAGES = ("es", "es_AR", "it")

FEWEST = 40
"""As many terms as a list must have to be of use."""

NAMED_APART = {
    "accounts.switch.open": "one enters an account, and opens a message",
    "staff.case_answer.text": "what is written, and not the button that leads there",
}
"""Labels that share their English with others and are translated otherwise, with the reason."""

Terms = Mapping[str, Mapping[str, Any]]


@cache
def terms() -> Terms:
    return tomllib.loads((CATALOGS / "terms.toml").read_text("utf-8"))


def test_the_list_of_terms_is_of_use() -> None:
    assert len(terms()) >= FEWEST


def test_a_term_stands_first_among_its_english_words_and_has_a_word_in_each_language() -> None:
    assert [term for term, of in terms().items() if of["en"][0] != term or not (of["es"] and of["it"])] == []


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_term_has_one_translation(locale: str) -> None:
    assert list(otherwise(terms(), sentences(locale), locale)) == []


def test_an_exception_from_a_term_is_still_one() -> None:
    needless = [
        f"{term}: {id_}"
        for term, of in terms().items()
        for id_ in of.get("except", {})
        if not any(id_ in said for locale in LANGUAGES for said in otherwise(bare(terms()), sentences(locale), locale))
    ]
    assert needless == []


def test_another_word_for_a_term_is_found() -> None:
    said = {("a.b.c", "Ask the owner of the account."): "Consulte al propietario de la cuenta."}
    assert list(otherwise(terms(), said, "es")) == ["a.b.c: owner is titular: Consulte al propietario de la cuenta."]


def test_a_term_within_a_longer_one_is_not_looked_for() -> None:
    said = {("a.b.c", "User name"): "Nome utente", ("a.b.d", "User names of users"): "Nomi utente degli iscritti"}
    assert [one.split(":")[0] for one in otherwise(terms(), said, "it")] == []
    said = {("a.b.c", "Users"): "Iscritti"}
    assert list(otherwise(terms(), said, "it")) == ["a.b.c: user is utente: Iscritti"]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_same_english_has_the_same_translation(locale: str) -> None:
    by_english: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for (id_, english), sentence in sentences(locale).items():
        if id_ not in NAMED_APART:
            by_english[english][sentence].append(id_)
    assert {english: dict(said) for english, said in by_english.items() if len(said) > 1} == {}


@cache
def sentences(locale: str) -> Mapping[tuple[str, str], str]:
    """What the shipped catalogs say, by id and English."""
    labels = Labels({})
    return {(id_, english): labels.say(id_, english, locale) for id_, english in sorted(declared())}


def bare(all_terms: Terms) -> Terms:
    """The terms without their exceptions."""
    return {term: {key: value for key, value in of.items() if key != "except"} for term, of in all_terms.items()}


def otherwise(all_terms: Terms, said: Mapping[tuple[str, str], str], locale: str) -> Iterable[str]:
    """The sentences whose translation does not have the words of their terms."""
    longest_first = sorted(all_terms.items(), key=lambda item: -max(map(len, item[1]["en"])))
    for (id_, english), sentence in said.items():
        rest, translated = SLOT.sub("{}", english), SLOT.sub("{}", sentence)
        for term, of in longest_first:
            rest, found = pattern(*of["en"]).subn("·", rest)
            words = of.get(locale) or of[locale.partition("_")[0]]
            if found and id_ not in of.get("except", {}) and not pattern(*words).search(translated):
                yield f"{id_}: {term} is {words[0]}: {sentence}"


@cache
def pattern(*forms: str) -> re.Pattern[str]:
    """Any of the forms as whole words; a star is any ending."""
    either = "|".join(re.escape(form).replace(r"\*", r"\w*") for form in forms)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
