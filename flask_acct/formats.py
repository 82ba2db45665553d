"""Dates, times and lengths of time as people of a language write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta


def shown(value: object, *, locale: str, time_zone: str) -> str:
    """A slot's value in words: a time with its zone, a day, a length of time, or the text itself."""
    if isinstance(value, datetime):
        return format_datetime(value, "d MMMM y, HH:mm z", tzinfo=ZoneInfo(time_zone), locale=locale)
    if isinstance(value, date):
        return format_date(value, "long", locale=locale)
    if isinstance(value, timedelta):
        # A minute more rather than a minute less: who waits as told must not be refused again.
        return format_timedelta(value + timedelta(seconds=1), threshold=1.5, locale=locale)
    return str(value)
