"""An article as a program: Jinja in a sandbox, where a word that nobody defined is an error."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel

from ...edition import Edition
from .article import VERBS
from .content import Content, KbError, Source, did_you_mean
from .markdown import escape

Pieces = tuple[tuple[int, str], ...]
"""Text between the slots of an article, piece by piece, each with the line it begins on."""


class Ready(str):
    """Markdown that needs no escaping any more."""

    __slots__ = ()


def applies(id_: str, *, content: Content, edition: Edition) -> bool:
    """Whether the configuration has what the article is about. Raises ``KbError`` for a condition that has no sense."""
    source = content.first(id_)
    condition = source.facts.when
    if not condition:
        return True
    try:
        return holds(condition, edition)
    except KbError as error:
        raise KbError(f"when: {error.what}", file=source.file, line=source.facts.lines["when"]) from None


def holds(condition: str, edition: Edition) -> bool:
    """Whether a condition is so under the configuration; an empty one is. Raises ``KbError`` for one without sense."""
    if not condition:
        return True
    settings = {name: setting(getattr(edition.config, name), name) for name in type(edition.config).model_fields}
    try:
        return bool(_asked(condition)(**settings))
    except TemplateError as error:
        raise KbError(str(error.message)) from None


@lru_cache(maxsize=256)
def _asked(condition: str) -> Callable[..., object]:
    """A condition as a function of the configuration's tables."""
    return cast(Callable[..., object], sandbox().compile_expression(condition, undefined_to_none=False))


def prose(source: Source) -> Pieces:
    """What an article says outside of its slots."""
    return compiled(str(source.file), source.body)[1]


def sandbox() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finished,
        # Jinja's own {# would begin at the id of a heading.
        comment_start_string="{##",
        comment_end_string="##}",
    )
    environment.globals.clear()
    return environment


@lru_cache(maxsize=512)
def compiled(name: str, body: str) -> tuple[CodeType, Pieces]:
    """A text as a program, and its prose. Kept, for every language and platform asks for the same few texts."""
    environment = sandbox()
    tree = environment.parse(body)
    pieces = tuple((data.lineno, data.data) for data in tree.find_all(nodes.TemplateData))
    _tell_lines(tree)
    return environment.compile(tree, name, name), pieces


def setting(value: Any, path: str) -> Any:
    if isinstance(value, BaseModel):
        return _Table(value, path)
    if isinstance(value, dict):
        return {key: setting(inner, f"{path}.{key}") for key, inner in value.items()}
    return value


class _Table:
    """One table of acct.toml. A key that does not exist is a ``KbError``, not an empty word."""

    def __init__(self, table: BaseModel, path: str) -> None:
        self._table = table
        self._path = path

    def __getattr__(self, key: str) -> object:
        return self.of(key)

    def of(self, key: str) -> object:
        keys = type(self._table).model_fields
        if key not in keys:
            raise KbError(f"{self._path}.{key} is not a key of acct.toml. {did_you_mean(key, keys)}")
        return setting(getattr(self._table, key), f"{self._path}.{key}")


def _finished(value: object) -> object:
    """Whatever a slot prints that is no verb's: shown letter by letter."""
    return escape(value) if isinstance(value, str) and not isinstance(value, Ready) else value


def _tell_lines(tree: nodes.Template) -> None:
    """Each verb is told on which line it stands."""
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in VERBS:
            call.kwargs.append(nodes.Keyword("line", nodes.Const(call.lineno)))
