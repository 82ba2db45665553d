"""What hosts, companies and designers may rely on, as a list: ``python -m tests.public_api`` writes it anew.

``test_public_api.py`` compares it with ``public_api.txt``, so that nothing goes or changes unnoticed. What a change
asks for is in ``kb/developers/deprecations.md``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import click

import flask_acct
from flask_acct import Acct, logs, signals, testing
from flask_acct.cli import acct as commands
from flask_acct.config import json_schema
from flask_acct.db.models import BaseTable
from flask_acct.web.layout import Layout

LIST = Path(__file__).with_name("public_api.txt")
STYLES = Path(flask_acct.__file__).parent / "static" / "acct.css"
TEMPLATES = Path(flask_acct.__file__).parent / "templates" / "flask_acct"


def listed() -> list[str]:
    """Return a line for everything that is public, sorted within each group."""
    groups = {
        "flask_acct": _module(flask_acct, flask_acct.__all__),
        "flask_acct.testing": _module(testing, [name for name in vars(testing) if _is_own(testing, name)]),
        "flask_acct.logs": _module(logs, ["JsonFormatter", "configure"]),
        "acct": _members("acct", Acct),
        "in templates": _members("acct", Layout),
        "signals": (f"{name}" for name, one in vars(signals).items() if one.__class__.__name__ == "NamedSignal"),
        "commands": _commands("flask acct", commands),
        "acct.toml": _keys("", json_schema()),
        "blocks of layout.html": re.findall(r"{% block (\w+)", (TEMPLATES / "layout.html").read_text("utf-8")),
        "parts of pages": (f"flask_acct/elements/{part}.html" for part in PARTS),
        "custom properties": set(re.findall(r"(--acct-[\w-]+)\s*:", STYLES.read_text("utf-8"))),
    }
    return [line for group, lines in groups.items() for line in (f"# {group}", *sorted(set(lines)))]


PARTS = ("top", "session", "news", "links", "nav", "footer")
"""Those that a host's own layout includes, as ``kb/developers/theming.md`` says."""


def _is_own(module: Any, name: str) -> bool:
    one = getattr(module, name)
    return not name.startswith("_") and getattr(one, "__module__", module.__name__).startswith(module.__name__)


def _module(module: Any, names: list[str]) -> Iterator[str]:
    for name in names:
        one = getattr(module, name)
        if inspect.isclass(one):
            yield f"class {name}"
            if is_dataclass(one) or one is Acct:
                yield f"{name}{_signature(one)}"
            if issubclass(one, BaseTable):
                yield from (f"{name}.{column}" for column in one.__mapper__.columns.keys())  # noqa: SIM118
        elif inspect.isfunction(one):
            yield f"{name}{_signature(one)}"
        else:
            yield name


def _members(name: str, kind: type) -> Iterator[str]:
    for member in dir(kind):
        one = inspect.getattr_static(kind, member)
        if member.startswith("_") or member not in {each for base in kind.__mro__[:-1] for each in vars(base)}:
            continue
        called = getattr(one, "__func__", one)
        yield f"{name}.{member}{_signature(called) if inspect.isfunction(called) else ''}"


def _signature(one: Any) -> str:
    written = re.sub(r"^\(self(, )?", "(", str(inspect.signature(one)))
    return re.sub(r"<function (\w+) at 0x\w+>", r"\1", written)


def _commands(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command)
    if isinstance(command, click.Group):
        for part in command.list_commands(context):
            if below := command.get_command(context, part):
                yield from _commands(f"{name} {part}", below)
        return
    yield " ".join([name, *(_parameter(one, context) for one in command.params)])


def _parameter(one: click.Parameter, context: click.Context) -> str:
    return max(one.opts, key=len) if isinstance(one, click.Option) else one.make_metavar(context)


def _keys(above: str, schema: dict[str, Any], whole: dict[str, Any] | None = None) -> Iterator[str]:
    """Yield the tables and keys: ``[login] identifiers``, ``[users.permissions.*] label``."""
    whole = schema if whole is None else whole
    for key, value in _properties(schema, whole).items():
        below = _properties(value, whole)
        if below:
            yield from _keys(f"{above}.{key}" if above else key, value, whole)
        else:
            yield f"[{above}] {key}" if above else key


def _properties(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of a table: those named, and ``*`` for keys of the company's own choice."""
    if "$ref" in schema:
        return _properties(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    for one in schema.get("anyOf", ()):
        if found := _properties(one, whole):
            return found
    own = schema.get("additionalProperties")
    return {**schema.get("properties", {}), **({"*": own} if isinstance(own, dict) and _properties(own, whole) else {})}


if __name__ == "__main__":
    LIST.write_text("\n".join(listed()) + "\n", "utf-8")
