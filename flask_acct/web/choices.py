"""The options of a choice that are in no catalog: countries, languages and time zones, in the reader's words."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from babel.dates import get_timezone_location, get_timezone_name

from ..config import Config
from ..declare.fields import Source
from ..declare.labels import language_name
from ..values import countries
from ..values.unicode_forms import normalized

Listed = tuple[str, str]
"""What is sent, and what is shown: ``("ES", "Spain")``."""

REGIONS = {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
"""What the names of places begin with, ``Europe/Madrid``; other zones are offsets and old names."""


UTC = "UTC"
"""Not a place, but used by servers and many who look after them."""


def choices(source: Source, config: Config, *, locale: str) -> tuple[Listed, ...]:
    """Return the options of a list, in the reader's alphabetical order, ignoring accents."""
    if source == "languages":
        return tuple((name, language_name(name)) for name in config.site.locales)
    if source == "countries":
        return _countries(locale)
    return _time_zones(locale) if source == "time_zones" else ()


def with_stored(offered: tuple[Listed, ...], stored: str, source: Source, *, locale: str) -> tuple[Listed, ...]:
    """Return the list with the stored choice, even if it is no longer offered or has another name by now.

    Otherwise nothing would be selected, and saving another field of the form would silently remove it.
    """
    if not stored or any(value == stored for value, _ in offered):
        return offered
    if source == "time_zones":
        renamed = tuple((stored if _zone_now(value) == _zone_now(stored) else value, words) for value, words in offered)
        if renamed != offered:
            return renamed
    return ((stored, _called(stored, source, locale)), *offered)


def _zone_now(name: str) -> str:
    """Return a time zone's present name: ``Asia/Kolkata`` for ``Asia/Calcutta``."""
    return str(get_global("zone_aliases").get(name, name))


def _called(stored: str, source: Source, locale: str) -> str:
    if source == "countries":
        return country_name(stored, locale)
    return language_name(stored) if source == "languages" else stored


def values(source: Source, config: Config) -> frozenset[str]:
    """Return the values that a list accepts, in whatever language it was read."""
    return frozenset(value for value, _ in choices(source, config, locale="en"))


def country_name(code: str, locale: str) -> str:
    """Return ``Spain`` for ``ES``; the code itself if no country has it."""
    return countries.name(code, locale)


@cache
def _countries(locale: str) -> tuple[Listed, ...]:
    return _sorted(countries.names(locale).items())


@cache
def _time_zones(locale: str) -> tuple[Listed, ...]:
    aliases = get_global("zone_aliases")
    names = (name for name in available_timezones() if name.partition("/")[0] in REGIONS and name not in aliases)
    return ((UTC, _universal(locale)), *_sorted((name, _place(name, locale)) for name in names))


def _universal(locale: str) -> str:
    """Return ``UTC (Coordinated Universal Time)``."""
    now = datetime.now(ZoneInfo(UTC))
    return f"{UTC} ({get_timezone_name(now, width='long', locale=locale)})"


def _place(zone: str, locale: str) -> str:
    """Return ``Madrid (Spain)``."""
    city = get_timezone_location(zone, locale=locale, return_city=True)
    country = get_global("zone_territories").get(zone)
    return f"{city} ({country_name(country, locale)})" if country else f"{city} ({zone})"


def _sorted(found: object) -> tuple[Listed, ...]:
    return tuple(sorted(found, key=lambda choice: _plain(choice[1])))  # type: ignore[call-overload]


def _plain(words: str) -> str:
    return "".join(sign for sign in normalized("NFD", words) if not unicodedata.combining(sign)).casefold()
