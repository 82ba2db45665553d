"""The JSON Schema of acct.toml, for editors. Each key is described by the docstring below it in the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from .acct_toml import Config


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of acct.toml, as shipped in ``acct.schema.json``."""
    schema = Config.model_json_schema()
    explained = _explanations()
    for name, table in [("Config", schema), *schema["$defs"].items()]:
        for key, description in explained.get(name, {}).items():
            table["properties"][key]["description"] = description
    for key in ("platform", "folder"):
        del schema["properties"][key]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "acct.toml"}


def _explanations() -> Mapping[str, Mapping[str, str]]:
    """Return the docstring of each key, by table and key.

    Pydantic could collect them as well, but would parse the source at every import.
    """
    return {table.name: dict(_described(table)) for table in _tables()}


def _tables() -> Iterator[ast.ClassDef]:
    """Yield the classes of all tables, parsed from the source."""
    here = resources.files(__package__)
    by_subject = (file for file in (here / "tables").iterdir() if file.name.endswith(".py"))
    for file in (here / "acct_toml.py", *by_subject):
        yield from (node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.ClassDef))


def _described(table: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for key, below in zip(table.body, table.body[1:], strict=False):
        if (
            isinstance(key, ast.AnnAssign)
            and isinstance(key.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            yield key.target.id, " ".join(str(below.value.value).split())
