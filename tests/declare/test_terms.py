"""A term of the interface has one translation (``translations/<language>/terms.toml``), and a label has one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

import pytest

from flask_acct.declare.labels import SLOT, Labels

from ..languages import COMPLETE, LANGUAGES, VARIANTS, language, pattern, terms_file, words
from .test_translations import declared

FEWEST = 40
"""As many terms as a list must have to be of use."""

NAMED_APART = {
    "accounts.switch.open": "one enters an account, and opens a message",
    "staff.case_answer.text": "what is written, and not the button that leads there",
}
"""Labels that share their English with others and are translated otherwise, with the reason."""

Exceptions = Mapping[str, Mapping[str, str]]
"""Sample: ``{"file": {"staff.act.not_verified": "an address on file"}}``."""

Said = Mapping[tuple[str, str], str]


def terms() -> Mapping[str, tuple[str, ...]]:
    """The English terms with their inflections."""
    return {term: tuple(forms) for term, forms in terms_file()["words"].items()}


def test_the_list_of_terms_is_of_use() -> None:
    assert len(terms()) >= FEWEST


def test_a_term_stands_first_among_its_english_words() -> None:
    assert [term for term, forms in terms().items() if forms[0] != term] == []


@pytest.mark.parametrize("locale", COMPLETE)
def test_a_language_has_a_word_for_each_term_and_for_nothing_else(locale: str) -> None:
    assert words(locale).keys() == terms().keys()


@pytest.mark.parametrize("locale", VARIANTS)
def test_a_variant_names_only_terms_that_it_calls_otherwise(locale: str) -> None:
    own, shared = terms_file(locale)["words"], words(language(locale))
    assert [term for term, forms in own.items() if tuple(forms) == shared.get(term)] == []
    assert own.keys() <= terms().keys()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_term_has_one_translation(locale: str) -> None:
    assert list(otherwise(sentences(locale), locale, exceptions(locale))) == []


def test_an_exception_from_a_term_in_every_language_is_still_one() -> None:
    assert needless(terms_file().get("except", {}), *LANGUAGES) == []


@pytest.mark.parametrize("locale", LANGUAGES)
def test_an_exception_from_a_term_is_still_one(locale: str) -> None:
    assert needless(terms_file(locale).get("except", {}), locale) == []


def needless(excepted: Exceptions, *locales: str) -> list[str]:
    found = {one.partition(" is ")[0] for locale in locales for one in otherwise(sentences(locale), locale, {})}
    return [f"{id_}: {term}" for term, ids in excepted.items() for id_ in ids if f"{id_}: {term}" not in found]


def test_another_word_for_a_term_is_found() -> None:
    said = {("a.b.c", "Ask the owner of the account."): "Consulte al propietario de la cuenta."}
    assert list(otherwise(said, "es", {})) == ["a.b.c: owner is titular: Consulte al propietario de la cuenta."]


def test_a_term_within_a_longer_one_is_not_looked_for() -> None:
    said = {("a.b.c", "User name"): "Nome utente", ("a.b.d", "User names of users"): "Nomi utente degli iscritti"}
    assert [one.split(":")[0] for one in otherwise(said, "it", {})] == []
    said = {("a.b.c", "Users"): "Iscritti"}
    assert list(otherwise(said, "it", {})) == ["a.b.c: user is utente: Iscritti"]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_same_english_has_the_same_translation(locale: str) -> None:
    by_english: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    apart = {*NAMED_APART, *terms_file(locale).get("apart", {})}
    for (id_, english), sentence in sentences(locale).items():
        if id_ not in apart:
            by_english[english][sentence].append(id_)
    assert {english: dict(said) for english, said in by_english.items() if len(said) > 1} == {}


@cache
def sentences(locale: str) -> Said:
    """What the shipped catalogs say, by id and English."""
    labels = Labels({})
    return {(id_, english): labels.say(id_, english, locale) for id_, english in sorted(declared())}


def exceptions(locale: str) -> Exceptions:
    """Those of every language, and those of this one."""
    shared, own = terms_file().get("except", {}), terms_file(locale).get("except", {})
    return {term: {**shared.get(term, {}), **own.get(term, {})} for term in {*shared, *own}}


def otherwise(said: Said, locale: str, excepted: Exceptions) -> Iterable[str]:
    """The sentences whose translation does not have the words of their terms."""
    longest_first = sorted(terms().items(), key=lambda item: -max(map(len, item[1])))
    translations = words(locale)
    for (id_, english), sentence in said.items():
        rest, translated = SLOT.sub("{}", english), SLOT.sub("{}", sentence)
        for term, forms in longest_first:
            rest, found = pattern(*forms).subn("·", rest)
            is_excepted = id_ in excepted.get(term, {})
            if found and not is_excepted and not pattern(*translations[term]).search(translated):
                yield f"{id_}: {term} is {translations[term][0]}: {sentence}"
