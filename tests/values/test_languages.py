from __future__ import annotations

import pytest

from flask_acct.values.languages import nearest

WORDS = {"es": "Hola", "it": "Ciao", "en": "Hello"}


@pytest.mark.parametrize(
    ("words", "locales", "said"),
    [
        (WORDS, ("es_AR",), "Hola"),
        (WORDS, ("de",), "Hello"),
        ({"es": "Hola", "it": "Ciao"}, ("de", "it"), "Ciao"),
        ({"es": "Hola"}, ("de",), "Hola"),
        ({}, ("de", "en"), ""),
    ],
    ids=["without the country", "in English", "in the next language", "in any", "in none"],
)
def test_words_are_said_in_the_nearest_language(words: dict[str, str], locales: tuple[str, ...], said: str) -> None:
    assert nearest(words, *locales) == said
