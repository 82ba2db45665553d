"""One row of an import, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from ..errors import AcctError

SHOWN = 50
"""Problems printed; the rest is counted."""
ALIKE = 3
"""Problems of one kind that are printed each; of more, only the lines are listed."""
SHOWN_LINES = 10


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong with one row. ``line`` is the file's, counted from 1; 0 stands for the whole file."""

    line: int
    column: str
    what: str
    fix: str = ""
    row: int = 0
    """The row in the sheet if it differs from the line, because cells have several lines; else 0."""

    def __str__(self) -> str:
        return self.in_words(self.column)

    def in_words(self, header: str) -> str:
        """Return the problem as a sentence, with the column named as in the file."""
        line = f"line {self.line} (row {self.row} of the sheet)" if self.row else f"line {self.line}"
        where = [line] * bool(self.line) + [f"column {header}"] * bool(header)
        sentence = " ".join(part for part in (f"{self.what}.", self.fix) if part)
        return f"{', '.join(where)}: {sentence}" if where else sentence


class ImportRefused(AcctError):
    """Nothing was imported. ``problems`` holds all reasons; the text names the first fifty kinds of them."""

    def __init__(self, source: str, problems: Iterable[RowProblem], headers: Mapping[str, str] | None = None) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        sentences = list(_sentences(self.problems, headers or {}))
        lines = [f"{source}: {sentence}" for sentence, _ in sentences[:SHOWN]]
        if rest := sum(number for _, number in sentences[SHOWN:]):
            lines.append(f"{source}: Further problems: {rest}.")
        super().__init__("\n".join([*lines, "Nothing was imported."]))


def _sentences(problems: Sequence[RowProblem], headers: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield each sentence with its number of problems: those with the same fix in many lines are one sentence."""
    alike: dict[tuple[str, str], list[RowProblem]] = {}
    for problem in problems:
        alike.setdefault((problem.column, problem.fix or problem.what), []).append(problem)
    for problem in problems:
        together = alike[problem.column, problem.fix or problem.what]
        first = problem.in_words(headers.get(problem.column, problem.column))
        if len(together) <= ALIKE:
            yield first, 1
        elif problem is together[0]:
            lines = ", ".join(str(one.line) for one in together[1 : SHOWN_LINES + 1])
            more = " and more" if len(together) > SHOWN_LINES + 1 else ""
            yield f"{first} The same kind in lines {lines}{more}; in all: {len(together)}.", len(together)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One user in one account, with every cell parsed. ``None`` stands for an empty cell, ``""`` clears a name."""

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
    domains: tuple[str, ...] | None
    """The keys: ``("xn--panadera-i2a.example",)``; an empty tuple removes all domains of the account."""
    plan: str | None
    plan_expires: date | Literal["never"] | None
    password: str | None = field(repr=False)
    password_hash: str | None = field(default=None, repr=False)
    """A hash that another system made."""
    user_fields: Mapping[str, Any] = field(default_factory=dict)
    """The host's own fields of the user, by name; ``None`` clears one."""
    account_fields: Mapping[str, Any] = field(default_factory=dict)
    """The same for the account."""


def raise_if_any(source: str, problems: Iterable[RowProblem], headers: Mapping[str, str] | None = None) -> None:
    """Raise ``ImportRefused`` if there are problems."""
    problems = list(problems)
    if problems:
        raise ImportRefused(source, problems, headers)
