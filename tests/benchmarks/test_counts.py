"""A number that has grown is told; one that is a little larger by chance, or cannot be compared, is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from . import counts
from .counts import Counts, growth
from .kinds import KINDS

COMMITTED = Counts(
    {"python": "3.11", "Flask": "3.1.3"},
    {"sign-in": {"postgresql": 4, "sqlite": 6, "calls": 10_000, "kib": 300}},
    {"acct.css": 5000},
)


def _with(**numbers: float) -> Counts:
    return replace(COMMITTED, requests={"sign-in": COMMITTED.requests["sign-in"] | numbers})


def test_nothing_has_grown_where_the_numbers_are_the_same() -> None:
    assert list(growth(COMMITTED, COMMITTED)) == []


def test_one_statement_more_is_told() -> None:
    assert list(growth(_with(postgresql=5), COMMITTED)) == ["sign-in: PostgreSQL statements: 5 instead of 4"]


def test_one_statement_fewer_is_not_told() -> None:
    assert list(growth(_with(postgresql=3), COMMITTED)) == []


def test_a_few_calls_more_are_chance() -> None:
    assert list(growth(_with(calls=10_100), COMMITTED)) == []


def test_many_calls_more_are_told() -> None:
    assert list(growth(_with(calls=10_300), COMMITTED)) == ["sign-in: calls: 10300 instead of 10000"]


def test_other_libraries_may_call_somewhat_more() -> None:
    newer = replace(_with(calls=10_900), versions={"python": "3.11", "Flask": "3.2.0"})
    assert list(growth(newer, COMMITTED)) == []


def test_under_another_python_calls_are_not_compared() -> None:
    newer = replace(_with(calls=90_000), versions={"python": "3.14", "Flask": "3.1.3"})
    assert list(growth(newer, COMMITTED)) == []


def test_under_another_python_statements_are_compared() -> None:
    newer = replace(_with(sqlite=7), versions={"python": "3.14", "Flask": "3.1.3"})
    assert list(growth(newer, COMMITTED)) == ["sign-in: SQLite statements: 7 instead of 6"]


def test_a_larger_file_is_told() -> None:
    assert list(growth(replace(COMMITTED, files={"acct.css": 5100}), COMMITTED)) == [
        "acct.css: gzipped: 5100 instead of 5000"
    ]


def test_a_kind_without_committed_numbers_is_told() -> None:
    new = replace(COMMITTED, requests={"sign-out": {"postgresql": 2}})
    assert list(growth(new, COMMITTED)) == ["sign-out: PostgreSQL statements: 2, not in counts.toml"]


def test_what_is_written_can_be_read() -> None:
    assert counts.read(counts.as_toml(COMMITTED)) == COMMITTED


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_committed_numbers(kind: str) -> None:
    assert kind in counts.read(counts.COMMITTED.read_text("utf-8")).requests


@pytest.mark.parametrize("who", ["failed sign-in", "recovery asked for"])
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_a_stranger_costs_as_many_statements_as_a_customer(who: str, database: str) -> None:
    assert _of_stranger(who)[database] == _committed(who)[database]


@pytest.mark.parametrize("who", ["failed sign-in", "recovery asked for"])
def test_a_stranger_costs_as_many_calls_as_a_customer(who: str) -> None:
    assert _of_stranger(who)["calls"] == pytest.approx(_committed(who)["calls"], rel=0.01)


def _of_stranger(who: str) -> counts.Row:
    return _committed(f"{who} of a stranger" if who == "failed sign-in" else f"{who} by a stranger")


def _committed(kind: str) -> counts.Row:
    return counts.read(counts.COMMITTED.read_text("utf-8")).requests[kind]
