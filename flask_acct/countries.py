"""The countries of the world by their codes, ISO 3166-1 alpha-2, and their names in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale

OTHERS = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
"""What CLDR lists with two letters beside countries: islands of others, unions and placeholders."""


def names(locale: str) -> Mapping[str, str]:
    """Every country by its code: ``{"ES": "Spain", …}``."""
    return {code: territory for code, territory in _territories(locale).items() if code in CODES}


def name(code: str, locale: str) -> str:
    """``Spain`` for ``ES``; the code itself where it names no country."""
    return _territories(locale).get(code, code)


def _territories(locale: str) -> Mapping[str, str]:
    return Locale.parse(locale).territories


CODES = frozenset(code for code in _territories("en") if len(code) == 2 and code.isalpha()) - OTHERS
