"""A number and the word after it agree, in every sentence of every language, whatever the company's settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.declare import plurals
from flask_acct.declare.labels import SLOT, Labels, elided, fill, fill_known, forms, slots
from flask_acct.features import platforms

from ..languages import LANGUAGES
from ..presets import EACH
from .test_translations import declared, po

WITHIN = "Within {days:day|days}."

IN_ARABIC = "{days:# يوم|يوم واحد|يومين|# أيام|# يومًا|# يوم}"

SPOKEN = ("en", *LANGUAGES)

LONG_ENOUGH = re.compile(r"config\.(staff\.min_password|password\.min)_length")
"""Numbers that are never under eight; in Arabic they stand after their noun."""

SEVERAL = {
    "en": "days|hours|minutes|seconds|contacts|characters|cells|browsers",
    "es": "días|horas|minutos|segundos|contactos|caracteres|celdas|navegadores|veces",
    "it": "giorni|ore|minuti|secondi|contatti|caratteri|celle|volte",
    "fr": "jours|heures|minutes|secondes|contacts|caractères|navigateurs|demandes",
    "de": "Tagen?|Stunden|Minuten|Sekunden|Kontakten?|Zellen|Browsern",
    "ca": "dies|hores|minuts|segons|contactes|caràcters|cel·les|navegadors|vegades",
    "pt": "dias|horas|minutos|segundos|contactos|contatos|caracteres|células|navegadores|vezes",
    "ar": "يومًا|أيام|ساعات|دقائق",
}
"""Words for several things, in each language."""


def shortest(config: Config, number: int = 1) -> Config:
    """The configuration with every number as near to this one as it may be."""
    return _shortest(config, number)


def _shortest(table: Any, number: int) -> Any:
    changed: dict[str, Any] = {}
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        if isinstance(value, BaseModel):
            changed[name] = _shortest(value, number)
        elif isinstance(value, int) and not isinstance(value, bool):
            least = [one.ge for one in field.metadata if getattr(one, "ge", None) is not None]
            changed[name] = max(number, *least) if least else number
    return table.model_copy(update=changed)


def said(config: Config, locale: str) -> Iterator[tuple[str, str]]:
    """Every sentence of every platform by its id, with a one in its own slots that count."""
    for platform in platforms(config).values():
        for id_, sentence in platform.sentences(locale).items():
            counted = dict.fromkeys(dict(forms(sentence)), "1")
            yield id_, fill(sentence, dict.fromkeys(slots(sentence), "…") | counted, locale)


@pytest.mark.parametrize(
    ("number", "locale", "shown"),
    [
        ("1", "en", "1 day"), ("7", "en", "7 days"), ("0", "en", "0 days"), ("1,001", "en", "1,001 days"),
        ("0", "fr", "0 day"), ("2", "fr", "2 days"), ("1.000.000", "fr", "1.000.000 days"),
        ("0", "pt_BR", "0 day"), ("0", "pt", "0 days"),
        ("\u20681\u2069", "en", "\u20681\u2069 day"), ("…", "en", "… days"),
    ],
)  # fmt: skip
def test_a_number_chooses_the_form_by_the_rule_of_the_language(number: str, locale: str, shown: str) -> None:
    assert plurals.counted(number, ("day", "days"), locale) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0", "0 يوم"), ("1", "يوم واحد"), ("2", "يومين"), ("3", "3 أيام"), ("10", "10 أيام"), ("30", "30 يومًا"),
        ("100", "100 يوم"),
    ],
)  # fmt: skip
def test_arabic_has_six_forms_and_may_leave_the_number_out(number: str, shown: str) -> None:
    assert fill(IN_ARABIC, {"days": number}, "ar") == shown


def test_the_number_stands_where_the_forms_say() -> None:
    sentence = "Mails {days:of the last day|of the last # days}."
    assert fill(sentence, {"days": 1}, "en") == "Mails of the last day."
    assert fill(sentence, {"days": 30}, "en") == "Mails of the last 30 days."


@pytest.mark.parametrize("locale", ["ar", "pl", "ja", "tlh"])
def test_a_sentence_that_is_not_translated_counts_as_english_does(locale: str) -> None:
    assert fill(WITHIN, {"days": 1}, locale) == "Within 1 day."
    assert fill(WITHIN, {"days": 3}, locale) == "Within 3 days."


@pytest.mark.parametrize(
    ("locale", "needed"),
    [
        ("en", ("one", "other")), ("es", ("one", "other")), ("es_AR", ("one", "other")), ("ja", ("other",)),
        ("pl", ("one", "few", "many")), ("ar", ("zero", "one", "two", "few", "many", "other")),
    ],
)  # fmt: skip
def test_a_language_has_the_categories_of_whole_numbers(locale: str, needed: tuple[str, ...]) -> None:
    assert plurals.categories(locale) == needed


def test_a_script_gets_the_forms_by_category() -> None:
    assert plurals.by_category(("second", "seconds"), "en") == {"one": "# second", "other": "# seconds"}
    assert plurals.by_category(("a", "b", "c"), "pl") == {"one": "# a", "few": "# b", "many": "# c", "other": "# c"}


@pytest.mark.parametrize(
    ("written", "locale", "what"),
    [
        ("day|days", "en", ""),
        ("day", "en", "has 1 form, English needs 2"),
        ("day|days", "ar", "has 2 forms, Arabic needs 6"),
        ("day|", "es_AR", "has an empty form"),
        ("a|b|c", "tlh", "has 3 forms, tlh needs 2"),
    ],
)
def test_forms_that_a_language_has_not_are_told(written: str, locale: str, what: str) -> None:
    assert plurals.fault(plurals.forms_of(written), locale) == what


def test_a_slot_with_forms_is_a_slot_like_others() -> None:
    assert slots(WITHIN) == {"days"}
    assert list(forms(WITHIN)) == [("days", ("day", "days"))]
    assert fill_known("{who}: {days:day|days}", {"days": 2}, "en") == "{who}: 2 days"
    assert fill_known(WITHIN, {}, "en") == WITHIN
    assert elided("{who} has {days:day|days}.") == "… has … days."


def test_a_company_has_its_own_word_where_one_is_counted() -> None:
    words = Labels({}, vocabulary={"en": {"contacts": "recipients", "config": "never"}})
    assert words.in_own_words("Room for {config.max:contact|contacts}.", "en") == (
        "Room for {config.max:contact|recipients}."
    )


@pytest.mark.parametrize("locale", SPOKEN)
def test_every_word_that_is_counted_has_the_forms_of_its_language(locale: str) -> None:
    sentences = declared() if locale == "en" else {(id_, str(one.string)) for (id_, _), one in po(locale).items()}
    faults = {id_: plurals.fault(written, locale) for id_, said in sentences for _, written in forms(said)}
    assert {id_: what for id_, what in faults.items() if what} == {}


@pytest.mark.parametrize("locale", SPOKEN)
def test_no_word_follows_a_number_in_one_form_only(locale: str) -> None:
    """What the configuration has as a number, and what English counts, is counted or stands after its noun."""
    settings = {path for path, value in Config().values.items() if isinstance(value, int)}
    found = []
    for id_, english in declared():
        numbers = settings | {name for name, _ in forms(english)}
        sentence = (
            english if locale == "en" else str(po(locale)[id_, english].string) if (id_, english) in po(locale) else ""
        )
        for slot in SLOT.finditer(sentence):
            is_number = slot[1] in numbers and not LONG_ENOUGH.fullmatch(slot[1])
            if is_number and slot[2] is None and re.match(r"\s\w", sentence[slot.end() :]):
                found.append((id_, slot[0], sentence))
    assert found == []


@pytest.mark.parametrize("preset", EACH)
@pytest.mark.parametrize("locale", SPOKEN)
def test_one_of_anything_is_not_several(locale: str, preset: str) -> None:
    words = SEVERAL[locale.partition("_")[0]]
    several = re.compile(rf"(?<![\d.,\w])1 (?:{words})(?!\w)")
    config = shortest(configuration.preset(preset))
    assert [one for one in said(config, locale) if several.search(one[1])] == []


def test_two_are_a_form_of_their_own_in_arabic() -> None:
    config = shortest(configuration.preset("client-area"), 2)
    two = re.compile(r"(?<!\d)2 (?:يوم|أيام|ساع|دقي|دقائق)")
    assert [one for one in said(config, "ar") if two.search(one[1])] == []


def test_a_number_of_any_length_has_a_form() -> None:
    """Python reads none of more than 4300 digits."""
    assert plurals.counted("9" * 5000, ("day", "days"), "en").endswith("9 days")
    assert plurals.counted("1" + "0" * 5000, ("day", "days"), "en").endswith("0 days")
    assert plurals.counted("1" + "0" * 5000 + "1", ("day", "days"), "en").endswith("1 days")
