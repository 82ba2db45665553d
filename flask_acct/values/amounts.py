"""Numbers as an operator reads them."""

from __future__ import annotations


def size(number: float) -> str:
    """Return a number of bytes: ``12.3 MB``."""
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit != "MB" else f"{number:.1f} MB"
        number /= 1000
    return f"{number:,.1f} GB"


def counted(number: int, what: str) -> str:
    """Return a number of things, whose plural ends in -s: ``1 session``, ``1,200 sessions``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
