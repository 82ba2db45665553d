"""The options of a choice that no catalog holds: countries, languages and time zones, in the reader's words."""

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

Listed = tuple[str, str]
"""What is sent, and what is read: ``("ES", "Spain")``."""

REGIONS = {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
"""What a zone that is a place begins with, ``Europe/Madrid``; the others are offsets and old names."""


UTC = "UTC"
"""No place, and what servers and many who look after them live by."""


def choices(source: Source, config: Config, *, locale: str) -> tuple[Listed, ...]:
    """What a list offers, in the order its readers look for it: by their alphabet, accents aside."""
    if source == "languages":
        return tuple((name, language_name(name)) for name in config.site.locales)
    if source == "countries":
        return _countries(locale)
    return _time_zones(locale) if source == "time_zones" else ()


def with_kept(offered: tuple[Listed, ...], kept: str, source: Source, *, locale: str) -> tuple[Listed, ...]:
    """The list for somebody whose choice is kept, though it is offered no more or goes by another name by now.

    Otherwise nothing would be chosen, and saving another field of the form would take it away without a word.
    """
    if not kept or any(value == kept for value, _ in offered):
        return offered
    if source == "time_zones":
        renamed = tuple((kept if _zone_now(value) == _zone_now(kept) else value, words) for value, words in offered)
        if renamed != offered:
            return renamed
    return ((kept, _called(kept, source, locale)), *offered)


def _zone_now(name: str) -> str:
    """What a time zone is called today: ``Asia/Kolkata`` for ``Asia/Calcutta``."""
    return str(get_global("zone_aliases").get(name, name))


def _called(kept: str, source: Source, locale: str) -> str:
    if source == "countries":
        return country_name(kept, locale)
    return language_name(kept) if source == "languages" else kept


def values(source: Source, config: Config) -> frozenset[str]:
    """What may be sent of a list, whatever language it was read in."""
    return frozenset(value for value, _ in choices(source, config, locale="en"))


def country_name(code: str, locale: str) -> str:
    """``Spain`` for ``ES``; the code itself where it names no country."""
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
    """``UTC (Coordinated Universal Time)``."""
    now = datetime.now(ZoneInfo(UTC))
    return f"{UTC} ({get_timezone_name(now, width='long', locale=locale)})"


def _place(zone: str, locale: str) -> str:
    """``Madrid (Spain)``."""
    city = get_timezone_location(zone, locale=locale, return_city=True)
    country = get_global("zone_territories").get(zone)
    return f"{city} ({country_name(country, locale)})" if country else f"{city} ({zone})"


def _sorted(found: object) -> tuple[Listed, ...]:
    return tuple(sorted(found, key=lambda choice: _plain(choice[1])))  # type: ignore[call-overload]


def _plain(words: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", words) if not unicodedata.combining(sign)).casefold()
