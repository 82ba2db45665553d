"""One row of an import, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ..errors import AcctError

SHOWN = 50
"""Problems printed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong with one row. ``line`` is the file's, counted from 1; 0 stands for the whole file."""

    line: int
    column: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        where = [f"line {self.line}"] * bool(self.line) + [f"column {self.column}"] * bool(self.column)
        said = " ".join(part for part in (f"{self.what}.", self.fix) if part)
        return f"{', '.join(where)}: {said}" if where else said


class ImportRefused(AcctError):
    """Nothing was imported. ``problems`` holds every reason; the text names the first fifty."""

    def __init__(self, source: str, problems: Iterable[RowProblem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        lines = [f"{source}: {problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"{source}: … and {len(self.problems) - SHOWN} more problems.")
        super().__init__("\n".join([*lines, "Nothing was imported."]))


@dataclass(frozen=True, slots=True)
class Row:
    """One user in one account, with every cell understood. ``None`` and ``()`` stand for an empty cell."""

    line: int
    customer_number: str
    account_name: str | None
    username: str
    username_key: str
    email: str
    email_key: str
    first_name: str | None
    last_name: str | None
    locale: str | None
    domains: tuple[str, ...]
    """The keys: ``("xn--panadera-i2a.example",)``."""
    plan: str | None
    plan_expires: date | Literal["never"] | None
    password: str | None = field(repr=False)


def refuse(source: str, problems: Iterable[RowProblem]) -> None:
    """There are none. Raises ``ImportRefused``."""
    problems = list(problems)
    if problems:
        raise ImportRefused(source, problems)
