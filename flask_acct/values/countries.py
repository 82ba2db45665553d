"""The countries of the world by their codes, ISO 3166-1 alpha-2, and their names in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from babel import Locale

from .spreadsheets import name_key

OTHERS = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
"""What CLDR lists with two letters besides countries: dependent islands, unions and placeholders."""


def names(locale: str) -> Mapping[str, str]:
    """Return every country by its code: ``{"ES": "Spain", …}``."""
    return {code: territory for code, territory in _territories(locale).items() if code in codes()}


def name(code: str, locale: str) -> str:
    """Return ``Spain`` for ``ES``; the code itself if no country has it."""
    return _territories(locale).get(code, code)


def code_of(typed: str, locales: tuple[str, ...]) -> str | None:
    """Return ``ES`` for ``es`` and for ``Spain`` in any of the languages, or in English; else ``None``."""
    code = typed.strip().upper()
    return code if code in codes() else _codes(locales).get(name_key(typed))


@lru_cache(maxsize=16)
def _codes(locales: tuple[str, ...]) -> Mapping[str, str]:
    """Return the codes by the names of their countries."""
    return {name_key(name): code for locale in (*locales, "en") for code, name in names(locale).items()}


def _territories(locale: str) -> Mapping[str, str]:
    return Locale.parse(locale).territories


@cache
def codes() -> frozenset[str]:
    """Return the code of every country."""
    return frozenset(code for code in _territories("en") if len(code) == 2 and code.isalpha()) - OTHERS
