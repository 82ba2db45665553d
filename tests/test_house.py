"""What holds of the whole package, and of its tests: names that can be searched for, asserts that say what failed."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import flask_acct

PACKAGE = Path(flask_acct.__file__).parent
TESTS = Path(__file__).parent
ASKED_FOR = {"Meta"}
"""Names that a library wants."""


def test_no_class_name_stands_in_two_modules() -> None:
    modules: dict[str, set[str]] = defaultdict(set)
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                modules[node.name].add(file.relative_to(PACKAGE).as_posix())
    assert {name: found for name, found in modules.items() if len(found) > 1 and name not in ASKED_FOR} == {}


def test_an_assert_compares_one_value_so_that_it_says_which_is_wrong() -> None:
    found = [
        f"{file.relative_to(TESTS).as_posix()}:{line}"
        for file in sorted(TESTS.rglob("*.py"))
        for line in _comparing_tuples(file.read_text("utf-8"))
    ]
    assert found == []


def _comparing_tuples(code: str) -> Iterator[int]:
    """The lines of ``assert (a, b) == (1, 2)``, with lists as well."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assert):
            compares = [part for part in ast.walk(node.test) if isinstance(part, ast.Compare)]
            if any(_compares_several(one) for one in compares):
                yield node.lineno


def _compares_several(compare: ast.Compare) -> bool:
    """Whether values that are written out side by side are compared at once. ``(a, b) in pairs`` asks for one thing."""
    left, right = compare.left, compare.comparators[0]
    both_are_lists = isinstance(left, ast.List) and isinstance(right, ast.List)
    is_several = (isinstance(left, ast.Tuple) or both_are_lists) and len(left.elts) > 1
    return is_several and isinstance(compare.ops[0], ast.Eq | ast.NotEq)
