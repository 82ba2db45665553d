"""Languages by their codes: in which order they are tried, and which one a written code or name means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

from .spreadsheets import name_key

OF_BABEL = {"pt": "pt_PT"}
"""Languages that Babel takes for those of another country: its plain ``pt`` is Brazil's."""

_CODE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*")


@lru_cache(maxsize=256)
def fallbacks(locale: str) -> tuple[str, ...]:
    """Return the languages to try in turn: ``("es_AR", "es", "en")``."""
    parts = locale.split("_")
    narrowing = ("_".join(parts[:length]) for length in range(len(parts), 0, -1))
    return tuple(dict.fromkeys((*narrowing, "en")))


def nearest(words: Mapping[str, str], *locales: str) -> str:
    """Return what is said in the nearest language to the locales, tried in turn; else in any; empty if in none.

    Sample: ``nearest({"en": "Hello", "es": "Hola"}, "es_AR")`` is ``"Hola"``.
    """
    wanted = (language for locale in locales for language in fallbacks(locale))
    return next((words[one] for one in (*wanted, *words) if one in words), "")


def locale_of(typed: str, offered: tuple[str, ...]) -> str | None:
    """Return ``es`` for ``ES``, ``Spanish``, ``español`` and, without another Spanish, ``es-AR``; else ``None``."""
    names = _names(offered)
    for written in (typed, typed.partition("(")[0]):
        if found := names.get(name_key(written)):
            return found
    code = _CODE.fullmatch(typed.strip())
    language = code[1].lower() if code else ""
    near = [locale for locale in offered if locale.partition("_")[0] == language]
    return language if language in near else next(iter(near), None)


@lru_cache(maxsize=16)
def _names(offered: tuple[str, ...]) -> Mapping[str, str]:
    """Return the offered languages by their codes and by their names in each of them and in English."""
    readers = [Locale.parse(locale) for locale in dict.fromkeys((*offered, "en"))]
    names = {name_key(locale): locale for locale in offered}
    for locale in offered:
        for reader in readers:
            name = Locale.parse(locale).get_display_name(reader)
            names.setdefault(name_key(name or locale), locale)
    return names
