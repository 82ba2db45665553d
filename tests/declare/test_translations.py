"""The shipped catalogs hold every sentence, whole and in step with the screens."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

from flask_acct.declare import extracting, labels
from flask_acct.declare.labels import CATALOGS, SLOT, slots

from ..languages import COMPLETE, LANGUAGES, VARIANTS, language, never

MEND = "Run: make words, and translate what is empty; in es_AR and other variants add only what differs."

Key = tuple[str, str]


@cache
def declared() -> frozenset[Key]:
    """Every sentence of every ``screens.py`` by id and English."""
    files = Path(labels.__file__).parents[1].rglob("screens.py")
    return frozenset(message for file in files for message in sentences_of(file))


def sentences_of(file: Path) -> list[Key]:
    with file.open("rb") as source:
        return [message for _, _, message, _ in extracting.extract(source, (), (), {})]


@cache
def catalog(file: Path) -> Catalog:
    with file.open("rb") as lines:
        return read_po(lines)


def messages(file: Path) -> dict[Key, Message]:
    return {(message.context or "", str(message.id)): message for message in catalog(file) if message.id}


def po(locale: str) -> dict[Key, Message]:
    """What a language says. Argentina may leave open what Spain says well."""
    file = CATALOGS / locale / "LC_MESSAGES" / "flask_acct.po"
    return {key: message for key, message in messages(file).items() if message.string}


def test_babels_mapping_finds_the_screens() -> None:
    file = Path(labels.__file__).parents[1] / "features" / "login" / "screens.py"
    found = list(extract_from_file("flask_acct.declare.extracting:extract", str(file)))
    assert any(context == "login.form.submit" for _, _, _, context in found)


def test_the_template_holds_every_sentence_of_the_screens() -> None:
    assert set(messages(CATALOGS / "flask_acct.pot")) == declared(), MEND


@pytest.mark.parametrize("file", ["flask_acct.pot", *(f"{one}/LC_MESSAGES/flask_acct.po" for one in COMPLETE)])
def test_a_catalog_is_in_the_order_that_make_words_writes(file: str) -> None:
    """So that a new sentence changes a few lines of it, and not thousands."""
    method = [("**/screens.py", "flask_acct.declare.extracting:extract")]
    found = extract_from_dir(Path(labels.__file__).parents[1], method)
    order = list(dict.fromkeys((context or "", str(message)) for _, _, message, _, context in found))
    assert list(messages(CATALOGS / file)) == order, MEND


@pytest.mark.parametrize("locale", COMPLETE)
def test_a_complete_language_has_every_sentence(locale: str) -> None:
    assert sorted(declared() - set(po(locale))) == [], MEND


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_language_has_no_sentence_that_nothing_says(locale: str) -> None:
    assert sorted(set(po(locale)) - declared()) == [], MEND


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_translation_is_uncertain(locale: str) -> None:
    assert [key for key, message in po(locale).items() if message.fuzzy] == []


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_translation_has_the_slots_of_the_english(locale: str) -> None:
    differing = [key for key, message in po(locale).items() if slots(str(message.string)) != slots(str(message.id))]
    assert differing == []


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_translation_begins_and_ends_as_the_english_does(locale: str) -> None:
    differing = [key for key, message in po(locale).items() if ends(str(message.string)) != ends(str(message.id))]
    # "Hello," is "Hola:" where letters are written in Spanish.
    assert [key for key in differing if not key[0].startswith("shell.mail.greeting")] == []


def ends(sentence: str) -> tuple[bool, bool, bool]:
    """Space at either end, and a colon that introduces what follows."""
    return sentence != sentence.strip(), "  " in sentence, sentence.endswith(":")


@pytest.mark.parametrize("locale", LANGUAGES)
def test_an_element_that_says_several_things_says_as_many_in_a_translation(locale: str) -> None:
    """Each for a configuration of its own; a translation by id alone would say one thing for all."""
    said: dict[str, list[str]] = defaultdict(list)
    for (id_, _), message in {**po(language(locale)), **po(locale)}.items():
        said[id_].append(str(message.string))
    assert {id_: texts for id_, texts in said.items() if len(set(texts)) < len(texts)} == {}


@pytest.mark.parametrize("locale", VARIANTS)
def test_a_variant_says_only_what_differs_from_its_language(locale: str) -> None:
    shared = {key: message.string for key, message in po(language(locale)).items()}
    assert [key for key, message in po(locale).items() if shared.get(key) == message.string] == []


@pytest.mark.parametrize("locale", LANGUAGES)
def test_one_thing_has_one_word(locale: str) -> None:
    heard = {**po(language(locale)), **po(locale)}
    sentences = {key: SLOT.sub("", str(message.string)) for key, message in heard.items()}
    assert [item for item in sentences.items() if never(locale).search(item[1])] == []


STIFF = re.compile(
    r"\bonce more\b|\bgood until\b|\bmended\b|do not fit together|\blog in\b|\bby now\b|\bany more\b|\bstart page\b|"
    r"\btoo many tries\b|\buntick|\bmay do\b|\banew\b|\bask us\.",
    re.IGNORECASE,
)


def test_english_is_said_as_people_say_it() -> None:
    assert [(id_, said) for id_, said in declared() if STIFF.search(said)] == []
