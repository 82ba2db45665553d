"""Many values, as many at a time as one statement takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

MOST_AT_ONCE = 500
"""Most values in one statement; SQLite takes no more than 32,766."""

Value = TypeVar("Value")


def batches(values: Iterable[Value], size: int = MOST_AT_ONCE) -> Iterator[list[Value]]:
    """Yield the values in their order, in lists of at most so many; none for no values."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
