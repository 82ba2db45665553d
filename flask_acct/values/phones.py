"""Phone numbers: typed as people write them, stored as E.164."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from .identifiers import visible

ANYWHERE = "ES"
"""Whose example is shown where the country is unknown, or has none."""


def number(typed: str, country: str = "") -> str | None:
    """``+34910000000`` for ``910 00 00 00`` of ``ES``; ``None`` for what is no number, or has an extension.

    Args:
        country: Whose number it is unless it begins with ``+``; ISO 3166-1 alpha-2, or empty.
    """
    try:
        # Address books copy a number between marks of direction, which nobody sees.
        found = phonenumbers.parse(visible(typed), country or None)
    except NumberParseException:
        return None
    if found.extension or not phonenumbers.is_valid_number(found):
        return None
    return phonenumbers.format_number(found, PhoneNumberFormat.E164)


def written(number: str) -> str:
    """As people read it: ``+34 910 00 00 00``. What is no number stays as it is."""
    try:
        found = phonenumbers.parse(number)
    except NumberParseException:
        return number
    return phonenumbers.format_number(found, PhoneNumberFormat.INTERNATIONAL)


def example(country: str = "") -> str:
    """A number of the country, as ``written`` writes it."""
    of_country = phonenumbers.example_number(country) if country else None
    found = of_country or phonenumbers.example_number_for_type(ANYWHERE, PhoneNumberType.FIXED_LINE)
    return phonenumbers.format_number(found, PhoneNumberFormat.INTERNATIONAL) if found else ""
