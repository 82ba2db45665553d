from __future__ import annotations

from datetime import UTC, datetime

import pytest

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


def test_words_of_a_list_stand_apart_by_the_comma_of_their_letters() -> None:
    assert (comma("es_AR"), comma("he"), comma("ar"), comma("fa")) == (", ", ", ", "، ", "، ")


def test_a_time_in_arabic_has_the_arabic_comma() -> None:
    assert "2026، 1:00" in shown(NOON, locale="ar", time_zone="Europe/Madrid")
