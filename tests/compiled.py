"""Caches for what Flask, Werkzeug and SQLAlchemy would compile again for each app or engine.

Each test has an app and a database of its own, but the templates, URL rules and SQL statements are the same for all. So
each process of tests compiles them only once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

STATEMENTS = 5000
"""How many compiled statements are kept."""


class Templates(BytecodeCache):
    """A bytecode cache of templates for all the apps of the process."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._codes[bucket.key, bucket.checksum] = bucket.code


def once_a_process() -> None:
    """All apps and engines made from now on share what is compiled."""
    Flask.jinja_options = {"bytecode_cache": Templates()}
    _share_rules()
    _share_statements()


def _share_rules() -> None:
    """Rules share the functions that build URLs; Werkzeug passes the rule as the first argument of each function."""
    compile_ = Rule._compile_builder
    known: dict[object, Callable[..., tuple[str, str]]] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return compile_(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in known:
            known[key] = compile_(rule, append_unknown)
        return known[key]

    Rule._compile_builder = compiled  # type: ignore[method-assign]


def _share_statements() -> None:
    """Engines of one kind share one cache of compiled statements."""
    known: dict[object, LRUCache[Any, Any]] = defaultdict(lambda: LRUCache(STATEMENTS))

    def keep(engine: Engine, own: LRUCache[Any, Any] | None) -> None:
        vars(engine)["_compiled_cache"] = None if own is None else known[_kind(engine.dialect)]

    Engine._compiled_cache = property(lambda engine: vars(engine)["_compiled_cache"], keep)  # type: ignore[assignment]
    DefaultDialect.__eq__ = lambda one, other: one is other or _kind(one) == _kind(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]


def _kind(dialect: Any) -> object:
    """Return what the compiled form of a statement depends on, as a key."""
    if not isinstance(dialect, DefaultDialect):
        return id(dialect)
    json = getattr(dialect, "_json_serializer", None), getattr(dialect, "_json_deserializer", None)
    return type(dialect), dialect.paramstyle, dialect.server_version_info, json
