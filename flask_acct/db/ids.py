"""Ids of rows as people and addresses name them."""

from __future__ import annotations

LARGEST_ID = 2**31 - 1
"""The largest id of any row; a database rejects a query for a larger one."""


def typed_id(typed: str) -> int | None:
    """Return the id that somebody typed, ``#7`` or ``7``; ``None`` for what cannot be one."""
    digits = typed.removeprefix("#")
    # Python refuses to read thousands of digits.
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(LARGEST_ID))):
        return None
    number = int(digits)
    return number if number <= LARGEST_ID else None
