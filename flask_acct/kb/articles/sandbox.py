"""An article as a program: Jinja in a sandbox, in which an undefined word is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, cast

from jinja2 import TemplateError, nodes
from pydantic import BaseModel

from ...platform import Platform
from . import slot_faults
from .article import FUNCTIONS, NAMES, VERBS
from .bounds import ArticleEnvironment, limited, printed
from .content import Content, KbError, Source, did_you_mean

Pieces = tuple[tuple[int, str], ...]
"""The text between the slots of an article, in pieces, each with the line it begins on."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A verb with its arguments, all of them constants: ``{{ click("login.form.submit") }}``."""

    verb: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parsed:
    """An article as parsed by Jinja."""

    tree: nodes.Template
    prose: Pieces
    simple: tuple[str | Slot, ...] | None
    """Its texts and slots if there is nothing else, so that it need not become a program; else ``None``."""


def applies(id_: str, platform: Platform, *, content: Content) -> bool:
    """Whether the configuration has what the article is about. Raises ``KbError`` for an invalid condition."""
    source = content.first(id_)
    condition = source.facts.when
    if not condition:
        return True
    try:
        return holds(condition, platform)
    except KbError as error:
        raise KbError(f"when: {error.what}", file=source.file, line=source.facts.lines["when"]) from None


def holds(condition: str, platform: Platform) -> bool:
    """Whether a condition is true under the configuration; an empty one is. Raises ``KbError`` for an invalid one."""
    if not condition:
        return True
    settings = {name: setting(getattr(platform.config, name), name) for name in type(platform.config).model_fields}
    try:
        return bool(_compiled(condition)(**settings))
    except TemplateError as error:
        raise KbError(slot_faults.sentence(str(error.message))) from None


@lru_cache(maxsize=256)
def _compiled(condition: str) -> Callable[..., object]:
    """Return a condition as a function of the configuration's tables."""
    return cast(Callable[..., object], ArticleEnvironment().compile_expression(condition, undefined_to_none=False))


def prose(source: Source) -> Pieces:
    """Return the text of an article outside of its slots."""
    return parsed(str(source.file), with_code_aside(source.body)).prose


SLOT_BEGINS = re.compile(r"\{\{-?\s*(\w*)|\{%[-+]?\s*(\w*)|\{##")
RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}", re.DOTALL)
SLOT_ENDS = {"{{": "}}", "{%": "%}", "{#": "##}"}

_UNKNOWN = object()

_ASIDE = str.maketrans("{}", "\ue00a\ue00b")


@lru_cache(maxsize=512)
def with_code_aside(body: str) -> str:
    """Return a text in which braces in code are not Jinja's, except slots of ours: code is shown as it is written."""
    raw = [found.span() for found in RAW.finditer(body)]
    begins = [found for found in SLOT_BEGINS.finditer(body) if not any(a <= found.start() < b for a, b in raw)]
    strange = [found for found in begins if found[1] not in NAMES]
    is_possible = re.search("`|~~~|<pre|<code", body) or any(_is_indented(body, found.start()) for found in strange)
    if not strange or not is_possible:
        return body
    from .parsed import in_code

    codes = in_code(body, [found.start() for found in strange])
    for found in reversed(strange):
        if found.start() in codes:
            ending = SLOT_ENDS[found[0][:2]]
            end = body.find(ending, found.end())
            line = body.find("\n", found.end()) % (len(body) + 1)
            end = end + len(ending) if 0 <= end <= line or (end >= 0 and ending == "##}") else found.start() + 2
            body = body[: found.start()] + body[found.start() : end].translate(_ASIDE) + body[end:]
    return body


def _is_indented(body: str, place: int) -> bool:
    return bool(re.match(r"[ >]*(?: {4}|\t)", body[body.rfind("\n", 0, place) + 1 : place]))


def is_code(source: Source, line: int, words: str) -> bool:
    """Whether words on a line of an article, or anywhere in it for line 0, are in code."""
    from .parsed import in_code

    begin = sum(len(one) + 1 for one in source.body.split("\n")[: max(line - 1, 0)])
    place = source.body.find(words, begin)
    is_possible = re.search("`|~~~|<pre|<code", source.body) or _is_indented(source.body, place)
    return place >= 0 and bool(is_possible) and bool(in_code(source.body, [place]))


def with_braces(text: str) -> str:
    """Return the text with its braces restored."""
    return text.replace("\ue00a", "{").replace("\ue00b", "}")


@lru_cache(maxsize=1)
def _reader() -> ArticleEnvironment:
    """Return the environment that parses and compiles articles; each runs in an environment of its own."""
    return ArticleEnvironment()


@lru_cache(maxsize=512)
def parsed(name: str, body: str) -> Parsed:
    """Return a text as parsed; cached, because every language and platform needs the same few texts."""
    tree = _reader().parse(body)
    pieces = tuple((data.lineno, with_braces(data.data)) for data in tree.find_all(nodes.TemplateData))
    limited(tree)
    _add_line_numbers(tree)
    for data in tree.find_all(nodes.TemplateData):
        lines = data.data.split("\n")
        data.data = "\n".join(f"\ue006{number}\ue007{line}" for number, line in enumerate(lines, start=data.lineno))
    return Parsed(tree, pieces, _simple(tree))


@lru_cache(maxsize=512)
def compiled(name: str, body: str) -> CodeType:
    """Return a text as a program."""
    return _reader().compile(parsed(name, body).tree, name, name)


def filled(simple: tuple[str | Slot, ...], verbs: Mapping[str, Any]) -> str:
    """Return the texts with what the verbs print, as the program would print it."""
    return "".join(
        part if isinstance(part, str) else str(printed(verbs[part.verb](*part.arguments, **part.named)))
        for part in simple
    )


def _simple(tree: nodes.Template) -> tuple[str | Slot, ...] | None:
    parts: list[str | Slot] = []
    for output in tree.body:
        for node in output.nodes if isinstance(output, nodes.Output) else (None,):
            part = node.data if isinstance(node, nodes.TemplateData) else _slot(node)
            if part is None:
                return None
            parts.append(part)
    return tuple(parts)


def _slot(node: nodes.Expr | None) -> Slot | None:
    if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name) or node.node.name not in FUNCTIONS:
        return None
    named = {one.key: _constant(one.value) for one in node.kwargs}
    given = tuple(_constant(one) for one in node.args)
    is_whole = len(named) == len(node.kwargs) and node.dyn_args is None and node.dyn_kwargs is None
    if not is_whole or any(value is _UNKNOWN for value in (*given, *named.values())):
        return None
    return Slot(node.node.name, given, named)


def _constant(node: nodes.Expr) -> Any:
    return node.value if isinstance(node, nodes.Const) else _UNKNOWN


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
        # The path of the file on the operator's machine is not one of its keys.
        keys = [key for key, field in type(self._table).model_fields.items() if not field.exclude]
        if key not in keys:
            raise KbError(f"{self._path}.{key} is not a key of acct.toml. {did_you_mean(key, keys)}")
        return setting(getattr(self._table, key), f"{self._path}.{key}")


def _add_line_numbers(tree: nodes.Template) -> None:
    """Each verb gets its line number."""
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in VERBS:
            call.kwargs.append(nodes.Keyword("line", nodes.Const(call.lineno)))
