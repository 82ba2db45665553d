"""The table of languages' own names is what Babel says today, and has every language of ours."""

from __future__ import annotations

import pytest
from babel import Locale

from flask_acct.declare.labels import CATALOGS, language_name
from flask_acct.values.language_names import OWN_NAMES, RIGHT_TO_LEFT


@pytest.mark.parametrize("locale", OWN_NAMES)
def test_a_language_is_called_as_babel_calls_it(locale: str) -> None:
    name = Locale.parse(locale).get_display_name() or ""
    assert OWN_NAMES[locale] == name[0].upper() + name[1:]


@pytest.mark.parametrize("locale", OWN_NAMES)
def test_a_language_runs_as_babel_says(locale: str) -> None:
    assert (Locale.parse(locale).text_direction == "rtl") is (locale in RIGHT_TO_LEFT)


def test_every_language_of_ours_is_in_the_table() -> None:
    ours = {folder.name for folder in CATALOGS.iterdir() if folder.is_dir()}
    assert ours | {"en"} <= OWN_NAMES.keys()


def test_a_language_outside_the_table_has_its_name_from_babel() -> None:
    assert language_name("es_CO") == "Español (Colombia)"
