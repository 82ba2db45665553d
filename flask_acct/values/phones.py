"""Phone numbers: typed as people write them, stored as E.164."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from .identifiers import visible

ANYWHERE = "ES"
"""The country whose example is shown if none is known, or it has no example."""


def number(typed: str, country: str = "") -> str | None:
    """Return ``+34910000000`` for ``910 00 00 00`` of ``ES``; ``None`` if it is no number, or has an extension.

    Args:
        country: The number's country unless it begins with ``+``; ISO 3166-1 alpha-2, or empty.
    """
    try:
        # Address books copy a number between invisible marks of direction.
        found = phonenumbers.parse(visible(typed), country or None)
    except NumberParseException:
        return None
    if found.extension or not phonenumbers.is_valid_number(found):
        return None
    return phonenumbers.format_number(found, PhoneNumberFormat.E164)


def written(number: str) -> str:
    """Return a number as people read it: ``+34 910 00 00 00``. Text that is no number stays as it is."""
    try:
        found = phonenumbers.parse(number)
    except NumberParseException:
        return number
    return phonenumbers.format_number(found, PhoneNumberFormat.INTERNATIONAL)


def example(country: str = "") -> str:
    """Return an example of the country's numbers, as ``written`` writes it."""
    of_country = phonenumbers.example_number(country) if country else None
    found = of_country or phonenumbers.example_number_for_type(ANYWHERE, PhoneNumberType.FIXED_LINE)
    return phonenumbers.format_number(found, PhoneNumberFormat.INTERNATIONAL) if found else ""
