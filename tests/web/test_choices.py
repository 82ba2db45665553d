from __future__ import annotations

import pytest

from flask_acct.config import Config
from flask_acct.web.choices import choices, country_name, values, with_stored
from flask_acct.web.rows import Row


@pytest.mark.parametrize(("locale", "name"), [("en", "Spain"), ("es", "España"), ("it", "Spagna"), ("es_AR", "España")])
def test_countries_are_in_the_readers_language(locale: str, name: str) -> None:
    assert dict(choices("countries", Config(), locale=locale))["ES"] == name


def test_unions_and_islands_of_other_countries_are_no_countries() -> None:
    assert values("countries", Config()).isdisjoint({"EU", "UN", "EZ", "IC", "ZZ"})


def test_no_two_time_zones_look_alike_in_a_list() -> None:
    shown = [text for _, text in choices("time_zones", Config(), locale="it")]
    assert len(shown) == len(set(shown)) > 300


@pytest.mark.parametrize(
    ("locale", "name"), [("en", "UTC (Coordinated Universal Time)"), ("es", "UTC (tiempo universal coordinado)")]
)
def test_utc_can_be_chosen_and_stands_first(locale: str, name: str) -> None:
    assert choices("time_zones", Config(), locale=locale)[0] == ("UTC", name)


@pytest.mark.parametrize(
    ("kept", "name"),
    [("Asia/Calcutta", "Kolkata (India)"), ("Etc/UTC", "UTC (Coordinated Universal Time)"), ("Mars/Base", "Mars/Base"),
     ("US/Eastern", "New York (United States)"), ("Europe/Kiev", "Kyiv (Ukraine)"), ("EST5EDT", None)],
)  # fmt: skip
def test_a_time_zone_that_goes_by_another_name_now_is_still_one_of_the_list(kept: str, name: str | None) -> None:
    listed = with_stored(choices("time_zones", Config(), locale="en"), kept, "time_zones", locale="en")
    shown = dict(listed)
    assert name in {None, shown[kept]}
    assert len(set(shown.values())) == len(listed)


def test_a_country_and_a_language_offered_no_more_stay_in_the_list() -> None:
    assert with_stored((("ES", "Spain"),), "AN", "countries", locale="en")[0] == ("AN", "AN")
    assert with_stored((("es", "Español"),), "fr", "languages", locale="en")[0] == ("fr", "Français")


def test_every_time_zone_names_its_country() -> None:
    assert dict(choices("time_zones", Config(), locale="en"))["Europe/Madrid"] == "Madrid (Spain)"


def test_the_languages_offered_are_those_of_the_site_in_their_own_words() -> None:
    assert choices("languages", Config(), locale="it") == (
        ("en", "English"),
        ("es", "Español"),
        ("it", "Italiano"),
    )


def test_a_code_that_is_no_country_is_shown_as_it_is() -> None:
    assert country_name("QX", "en") == "QX"


def test_a_row_offers_every_action_unless_it_names_some() -> None:
    assert Row("a", ()).offers("edit")
    assert not Row("b", (), actions=frozenset({"edit"})).offers("remove")


def test_an_accent_does_not_move_a_country_to_the_end_of_the_list() -> None:
    names = [name for _, name in choices("countries", Config(), locale="en")]
    assert names.index("Åland Islands") < names.index("Zimbabwe") == len(names) - 1
