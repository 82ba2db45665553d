"""Which words are said: the host's, the catalog's, or English."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from flask_acct.declare import labels
from flask_acct.declare.extracting import UnreadableText, extract
from flask_acct.declare.labels import Labels, fill, slots

SUBMIT = ("login.form.submit", "Sign in")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Catalogs of Spanish and of Argentina; the latter says only what differs."""
    spanish = 'msgctxt "a.title"\nmsgid "Hello"\nmsgstr "Hola"\n\nmsgctxt "a.send"\nmsgid "Send"\nmsgstr "Envíe"\n'
    argentine = (
        'msgctxt "a.send"\nmsgid "Send"\nmsgstr "Enviá"\n\n#, fuzzy\nmsgctxt "a.title"\nmsgid "Hello"\nmsgstr "?"\n'
    )
    for locale, text in {"es": spanish, "es_AR": argentine}.items():
        file = tmp_path / locale / "LC_MESSAGES" / "flask_acct.po"
        file.parent.mkdir(parents=True)
        file.write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n{text}', "utf-8")
    return tmp_path


def test_a_country_says_its_own_words_first(folder: Path) -> None:
    assert Labels({}, folder).say("a.send", "Send", "es_AR") == "Enviá"


def test_a_country_without_words_of_its_own_speaks_its_language(folder: Path) -> None:
    assert Labels({}, folder).say("a.title", "Hello", "es_AR") == "Hola"


def test_a_language_without_a_catalog_speaks_english(folder: Path) -> None:
    assert Labels({}, folder).say("a.title", "Hello", "fr") == "Hello"


def test_an_override_goes_before_the_catalog_of_its_language(folder: Path) -> None:
    assert Labels({"es": {"a.title": "Buenas"}}, folder).say("a.title", "Hello", "es") == "Buenas"


def test_a_countrys_catalog_goes_before_an_override_of_its_language(folder: Path) -> None:
    assert Labels({"es": {"a.send": "Mande"}}, folder).say("a.send", "Send", "es_AR") == "Enviá"


def test_an_english_override_is_said_where_nothing_is_translated(folder: Path) -> None:
    assert Labels({"en": {"b.x": "Mine"}}, folder).say("b.x", "Theirs", "es") == "Mine"


def test_another_english_sentence_of_the_same_element_has_its_own_translation() -> None:
    words = Labels({})
    assert words.say("login.form.identifier", "User name", "es") == "Usuario"
    assert words.say("login.form.identifier", "Customer number", "es") == "Número de cliente"


@pytest.mark.parametrize(
    ("locale", "asked"),
    [("en", ("en",)), ("es_AR", ("es_AR", "es", "en")), ("zh_Hant_TW", ("zh_Hant_TW", "zh_Hant", "zh", "en"))],
)
def test_languages_are_asked_from_the_narrowest(locale: str, asked: tuple[str, ...]) -> None:
    assert labels.fallbacks(locale) == asked


def test_slots_are_found_and_filled() -> None:
    sentence = "Wait {minutes} minutes, {config.site.name} is {not one}."
    assert slots(sentence) == {"minutes", "config.site.name"}
    assert fill("Wait {minutes} minutes.", {"minutes": 3}, "en") == "Wait 3 minutes."


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert fill("{name}", {"name": "{config.secret}"}, "en") == "{config.secret}"


def test_a_slot_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="minutes"):
        fill("Wait {minutes} minutes.", {}, "en")


def test_a_language_names_itself() -> None:
    assert [labels.language_name(name) for name in ("es_AR", "it")] == ["Español (Argentina)", "Italiano"]


def test_a_tag_has_a_hyphen_and_arabic_runs_to_the_left() -> None:
    assert labels.language_tag("es_AR") == "es-AR"
    assert labels.direction("es") == "ltr"
    assert labels.direction("ar") == "rtl"


def test_what_fills_a_slot_is_apart_from_an_arabic_sentence_and_from_no_other() -> None:
    assert labels.isolated("+34 910", "ar") == "\u2068+34 910\u2069"
    assert labels.isolated("+34 910", "es") == "+34 910"
    assert labels.isolated("", "ar") == ""


def extracted(source: str) -> list[tuple[str, str]]:
    return [message for _, _, message, _ in extract(io.BytesIO(source.encode()), (), (), {})]


def test_extraction_reads_elements_from_the_top_with_their_ids() -> None:
    source = (
        'HELP = "Eight " "signs."\nField("a.b", "Name", help=Text("a.c", HELP))\nother("x", "y")\nLink("a.d", "Go")\n'
    )
    assert extracted(source) == [("a.b", "Name"), ("a.c", "Eight signs."), ("a.d", "Go")]


@pytest.mark.parametrize("words", ['f"Wait {x}"', '"a" if x else "b"', "UNKNOWN", "12"])
def test_words_that_no_translator_would_see_are_refused(words: str) -> None:
    with pytest.raises(UnreadableText, match="line 1"):
        extracted(f'Text("a.b", {words})')


def test_an_element_without_words_is_refused() -> None:
    with pytest.raises(UnreadableText, match="Write them out"):
        extracted('Text("a.b")')
