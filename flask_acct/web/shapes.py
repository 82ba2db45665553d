"""The shape that a page supplies to a declared ``Figure``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape in black on white: its width and height, and its outline as the path of an SVG.

    Sample: ``Shape(2, 1, "M0 0h1v1h-1z")``, a black square with a white one to its right.
    """

    width: int
    height: int
    path: str


def of_squares(rows: Sequence[Sequence[bool]], *, margin: int = 4) -> Shape:
    """Return the shape of rows of squares, each black or white: a QR code, as its encoders give it.

    Args:
        margin: How many white squares are around it. Source: ISO/IEC 18004, 9.1: a quiet zone of four.
    """
    path = "".join(
        f"M{x + margin} {y + margin}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_black in enumerate(row)
        if is_black
    )
    width = len(rows[0]) if rows else 0
    return Shape(width + 2 * margin, len(rows) + 2 * margin, path)
