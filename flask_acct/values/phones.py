"""Phone numbers: typed as people write them, stored as E.164.

The library is loaded with the first number: its tables would make up a twelfth of the time to start.
"""

from __future__ import annotations

from .identifiers import visible

ANYWHERE = "ES"
"""The country whose example is shown if none is known, or it has no example."""


def number(typed: str, country: str = "") -> str | None:
    """Return ``+34910000000`` for ``910 00 00 00`` of ``ES``; ``None`` if it is no number, or has an extension.

    Args:
        country: The number's country unless it begins with ``+``; ISO 3166-1 alpha-2, or empty.
    """
    import phonenumbers

    try:
        # Address books copy a number between invisible marks of direction.
        found = phonenumbers.parse(visible(typed), country or None)
    except phonenumbers.NumberParseException:
        return None
    if found.extension or not phonenumbers.is_valid_number(found):
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def written(number: str) -> str:
    """Return a number as people read it: ``+34 910 00 00 00``. Text that is no number stays as it is."""
    import phonenumbers

    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def example(country: str = "") -> str:
    """Return an example of the country's numbers, as ``written`` writes it."""
    import phonenumbers

    of_country = phonenumbers.example_number(country) if country else None
    found = of_country or phonenumbers.example_number_for_type(ANYWHERE, phonenumbers.PhoneNumberType.FIXED_LINE)
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.INTERNATIONAL) if found else ""
