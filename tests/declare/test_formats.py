from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flask_acct.declare import formats
from flask_acct.declare.formats import comma, shown

from ..scopes import NOON

JULY = datetime(2026, 7, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "zone", "name"),
    [
        (NOON, "Europe/Madrid", "CET"), (JULY, "Europe/Madrid", "CEST"), (NOON, "Europe/London", "GMT"),
        (JULY, "Europe/London", "BST"), (NOON, "Europe/Lisbon", "WET"), (NOON, "Asia/Kolkata", "IST"),
        (NOON, "Asia/Calcutta", "IST"), (NOON, "America/New_York", "EST"), (NOON, "Australia/Sydney", "AEDT"),
        (NOON, "UTC", "UTC"), (NOON, "America/Argentina/Buenos_Aires", "GMT-03:00"),
        (NOON, "Africa/Casablanca", "GMT+00:00"), (NOON, "Etc/GMT+5", "GMT-05:00"),
    ],
)  # fmt: skip
def test_an_english_time_ends_in_a_name_people_know_or_the_distance_from_gmt(
    when: datetime, zone: str, name: str
) -> None:
    assert shown(when, locale="en", time_zone=zone).endswith(f"({name})")


@pytest.mark.parametrize(
    ("locale", "name"), [("es", "CET"), ("it", "CET"), ("es_AR", "hora estándar de Europa central")]
)
def test_other_languages_keep_the_names_they_have(locale: str, name: str) -> None:
    assert shown(NOON, locale=locale, time_zone="Europe/Madrid").endswith(f"({name})")


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "Europe", "a\0b", "x" * 5000])
def test_a_time_in_a_zone_that_is_gone_is_shown_in_utc(zone: str) -> None:
    assert shown(NOON, locale="en", time_zone=zone).endswith("(UTC)")


@pytest.mark.parametrize(("locale", "mark"), [("es_AR", ", "), ("he", ", "), ("ar", "، "), ("fa", "، ")])
def test_words_of_a_list_stand_apart_by_the_comma_of_their_letters(locale: str, mark: str) -> None:
    assert comma(locale) == mark


def test_a_time_in_arabic_has_the_arabic_comma() -> None:
    assert "2026، 1:00" in shown(NOON, locale="ar", time_zone="Europe/Madrid")


@pytest.mark.parametrize(("locale", "said"), [("en", "Topics: A"), ("fr_CA", "Topics\xa0: A")])
def test_a_colon_stands_as_the_language_has_it(locale: str, said: str) -> None:
    assert formats.pair("Topics", "A", locale=locale) == said


def test_portuguese_is_written_as_in_portugal_unless_it_is_brazils() -> None:
    moment = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
    assert formats.shown(moment, locale="pt", time_zone="Europe/Lisbon").endswith("(WET)")
    assert formats.shown(moment, locale="pt", time_zone="America/New_York").endswith("(GMT-05:00)")
    assert formats.shown(12345, locale="pt_BR", time_zone="UTC") == "12.345"
    assert formats.shown(12345, locale="pt", time_zone="UTC") == "12\xa0345"


def test_a_cell_of_a_narrow_list_has_the_colon_of_its_language() -> None:
    """The style writes it, which knows no Python."""
    style = (Path(formats.__file__).parents[1] / "static" / "acct.css").read_text("utf-8")
    assert set(re.findall(r"\[data-label\]:lang\((\w+)\)::before", style)) == set(formats.COLONS)
