"""How long work says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""What is done, how much of it so far, and how much it is in all; 0 if that is unknown:
``("Bytes copied", 4096, 81920)``."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Say nothing."""
