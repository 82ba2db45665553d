"""What holds of the whole package: names that can be searched for."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import flask_acct

PACKAGE = Path(flask_acct.__file__).parent
ASKED_FOR = {"Meta"}
"""Names that a library wants."""


def test_no_class_name_stands_in_two_modules() -> None:
    modules: dict[str, set[str]] = defaultdict(set)
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                modules[node.name].add(file.relative_to(PACKAGE).as_posix())
    assert {name: found for name, found in modules.items() if len(found) > 1 and name not in ASKED_FOR} == {}
