"""The word after a number, in the form that the number asks for: ``1 day``, ``7 days``.

A slot of a sentence has the forms of its word after a colon, ``{config.users.invitation_days:day|days}``. They stand in
the order of Unicode's plural categories, as far as whole numbers need them in the language: two in English, one and
other; six in Arabic. A form follows its number and a space. Where the number stands elsewhere, or nowhere, ``#`` is
its place in all forms of that slot: ``{days:the last day|the last # days}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from ..values.languages import OF_BABEL

ORDER = ("zero", "one", "two", "few", "many", "other")
NUMBER = "#"

MOST_DIGITS = 18
"""Digits that choose a form, the last ones: no language looks at more, and Python reads no more than 4300."""


def forms_of(written: str) -> tuple[str, ...]:
    """Return the forms as a slot has them: ``("day", "days")`` for ``day|days``."""
    return tuple(form.strip() for form in written.split("|"))


def categories(locale: str) -> tuple[str, ...]:
    """Return the plural categories of whole numbers in a language: ``("one", "other")``.

    One of round millions alone, as French and Spanish have it, is left out: they take the last form.
    """
    return tuple(samples(locale))


@lru_cache(maxsize=64)
def samples(locale: str) -> Mapping[str, int]:
    """Return the least number of each category, in their order: ``{"one": 1, "other": 0}``."""
    least = {_rule(locale)(number): number for number in reversed(range(201))}
    return {one: least[one] for one in ORDER if one in least}


def by_category(forms: Sequence[str], locale: str) -> Mapping[str, str]:
    """Return the forms with the place of their number: ``{"one": "# day", "other": "# days"}``."""
    placed = forms if any(NUMBER in form for form in forms) else [f"{NUMBER} {form}" for form in forms]
    return {"other": placed[-1], **dict(zip(categories(_language_of(forms, locale)), placed, strict=False))}


def counted(number: str, forms: Sequence[str], locale: str) -> str:
    """Return a number with its word.

    Args:
        number: As it is shown: ``7``, ``1.000``. What has no digits, ``…``, takes the last form.
    """
    found = by_category(forms, locale)
    digits = "".join(one for one in number if one.isdecimal())
    if len(digits) > MOST_DIGITS:
        digits = f"1{digits[-MOST_DIGITS:]}"
    category = _rule(_language_of(forms, locale))(int(digits)) if digits else ORDER[-1]
    return found.get(category, found["other"]).replace(NUMBER, number)


def fault(forms: Sequence[str], locale: str) -> str:
    """Return what is wrong with the forms in a language: ``has 1 form, Arabic needs 6``; empty for nothing."""
    wanted = categories(locale)
    if len(forms) != len(wanted):
        has = f"{len(forms)} form{'' if len(forms) == 1 else 's'}"
        return f"has {has}, {_english_name(locale)} needs {len(wanted)}"
    return "" if all(forms) else "has an empty form"


def _language_of(forms: Sequence[str], locale: str) -> str:
    """Return the language whose rule chooses: that of the reader, or English where its sentence is not translated."""
    return locale if len(forms) == len(categories(locale)) else "en"


@lru_cache(maxsize=64)
def _rule(locale: str) -> Callable[[int], str]:
    try:
        return Locale.parse(OF_BABEL.get(locale, locale)).plural_form
    except (ValueError, UnknownLocaleError):
        return Locale("en").plural_form


def _english_name(locale: str) -> str:
    try:
        return Locale.parse(locale).get_display_name("en") or locale
    except (ValueError, UnknownLocaleError):
        return locale
