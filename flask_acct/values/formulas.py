"""Cells of a file for spreadsheets, none of which runs as a formula."""

from __future__ import annotations

import re

BEGINS = "(^|[;\t|] *)"
SIGN = "('*[=+\\-@\t\r\n＝＋－＠])"
FORMULA = re.compile(BEGINS + SIGN)
"""How a cell begins that a spreadsheet would run, or that was already made harmless; or what would be one, where the
spreadsheet takes another character for the end of a cell.

Source: OWASP, "CSV Injection".
"""
DEFUSED = re.compile(f"{BEGINS}'{SIGN}")


def harmless(cell: str) -> str:
    """The cell as text to every spreadsheet; ``plain`` gives it back."""
    return FORMULA.sub(r"\1'\2", cell)
