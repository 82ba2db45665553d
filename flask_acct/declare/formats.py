"""Dates, times, durations and numbers as they are written in a language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from math import ceil
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError, get_global
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_timezone_gmt, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_decimal

from ..values.languages import OF_BABEL

MINUTE = timedelta(minutes=1)

ARABIC_LETTERS = frozenset({"ar", "ckb", "fa", "ps", "sd", "ug", "ur"})
"""Languages that are written in them, and have the comma that goes with them."""

COLONS = {"fr": "\N{NO-BREAK SPACE}:"}
"""By language, where a colon does not follow its word at once."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A time shown as how far it is from now: ``2 hours ago``, ``in 7 days``."""

    moment: datetime
    now: datetime


def shown(value: object, *, locale: str, time_zone: str) -> str:
    """Return the value of a slot in words: a time with its zone, a date, a duration, a number, or the text itself."""
    locale = OF_BABEL.get(locale, locale)
    if isinstance(value, Relative):
        return _relative(value.moment - value.now, locale)
    if isinstance(value, datetime):
        return _moment(value.astimezone(zone(time_zone)), locale)
    if isinstance(value, date):
        return format_date(value, "long", locale=locale)
    if isinstance(value, timedelta):
        # Rounded up: whoever waits as long as the page says must not be refused again.
        return format_timedelta(timedelta(seconds=ceil(value.total_seconds())), threshold=1.5, locale=locale)
    if isinstance(value, int) and not isinstance(value, bool):
        return format_decimal(value, locale=locale)
    return str(value)


def brief(value: date, *, locale: str, time_zone: str, now: datetime) -> str:
    """Return a day or a time as short as a list has room for: ``28 Nov 2026``, ``28 Nov, 09:59`` in this year."""
    locale = OF_BABEL.get(locale, locale)
    if not isinstance(value, datetime):
        return format_date(value, "medium", locale=locale)
    local = value.astimezone(zone(time_zone))
    if local.year != now.astimezone(zone(time_zone)).year:
        return format_date(local, "medium", locale=locale)
    day = format_skeleton("MMMd", local, locale=locale)
    return f"{day}{comma(locale)}{format_time(local, 'short', locale=locale)}"


def all_of(values: Sequence[str], *, locale: str) -> str:
    """Return several texts as a sentence names them: ``m00000 and ana@example.com``."""
    return format_list(values, locale=OF_BABEL.get(locale, locale))


def pair(name: str, value: str, *, locale: str) -> str:
    """Return a name and what it stands for: ``Topics: Password``, in French ``Sujets : Mot de passe``."""
    return f"{name}{COLONS.get(locale.partition('_')[0], ':')} {value}"


def comma(locale: str) -> str:
    """Return what stands between the words of a list: ``, `` or, where Arabic letters are written, ``، ``."""
    return ", " if locale.partition("_")[0] not in ARABIC_LETTERS else "، "


def zone(name: str | None) -> ZoneInfo:
    """Return the time zone of that name; UTC without a name, or if the time zone database does not have it any more."""
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, LookupError, OSError):
        return ZoneInfo("UTC")


def _relative(away: timedelta, locale: str) -> str:
    # What happened a few seconds ago was a minute ago, even by a clock that is a little slow.
    away = away if abs(away) >= MINUTE else -MINUTE
    return format_timedelta(away, granularity="minute", threshold=1.2, add_direction=True, locale=locale)


def _moment(value: datetime, locale: str) -> str:
    day, time = format_date(value, "long", locale=locale), format_time(value, "short", locale=locale)
    return f"{day}{comma(locale)}{time} ({_zone_name(value, locale)})"


def _zone_name(value: datetime, locale: str) -> str:
    """Return the short name of a time's zone: ``CET`` in the language or its regions, else the offset from GMT."""
    own = get_timezone_name(value, width="short", locale=locale)
    if own[:1] not in "+-":
        return own
    # The locale en has only the names of North America; CET is in en_150 (Europe), and IST in en_IN.
    names = {get_timezone_name(value, width="short", locale=near) for near in _regions(locale, str(value.tzinfo))}
    # Babel may have a name of another year; the time zone database has the one of this date.
    known = value.tzname()
    if known in names and known is not None:
        return known
    offset = get_timezone_gmt(value, locale=locale)
    # In Portuguese Babel writes it the other way round, "-05:00 GMT".
    return offset if offset[:1] not in "+-" else get_timezone_gmt(value, locale="en")


@cache
def _regions(locale: str, zone: str) -> tuple[str, ...]:
    """Return the language's locales for the country of the zone and for Europe, as far as they exist."""
    language = locale.partition("_")[0]
    known = get_global("zone_aliases").get(zone, zone)
    places = (get_global("zone_territories").get(known), "150")
    return tuple(near for place in places if place and _is_locale(near := f"{language}_{place}"))


def _is_locale(name: str) -> bool:
    try:
        return bool(Locale.parse(name))
    except (ValueError, UnknownLocaleError):
        return False
