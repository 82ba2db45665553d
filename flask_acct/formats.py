"""Dates, times, lengths of time and numbers as people of a language write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta, get_timezone_gmt, get_timezone_name
from babel.numbers import format_decimal


def shown(value: object, *, locale: str, time_zone: str) -> str:
    """A slot's value in words: a time with its zone, a day, a length of time, a number, or the text itself."""
    if isinstance(value, datetime):
        return _moment(value.astimezone(ZoneInfo(time_zone)), locale)
    if isinstance(value, date):
        return format_date(value, "long", locale=locale)
    if isinstance(value, timedelta):
        # Rounded up: who waits as told must not be refused again.
        return format_timedelta(timedelta(seconds=ceil(value.total_seconds())), threshold=1.5, locale=locale)
    if isinstance(value, int) and not isinstance(value, bool):
        return format_decimal(value, locale=locale)
    return str(value)


def _moment(value: datetime, locale: str) -> str:
    zone = get_timezone_name(value, width="short", locale=locale)
    if zone.startswith(("+", "-")):
        zone = get_timezone_gmt(value, locale=locale)
    return f"{format_date(value, 'long', locale=locale)}, {format_time(value, 'short', locale=locale)} ({zone})"
