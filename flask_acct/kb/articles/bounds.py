"""Limits what an article may compute: its author is not the operator, and must not stop the help centre for everybody.

Every value, every loop and everything that the slots of an article print has a limit, checked before anything is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Any, NoReturn, cast

from jinja2 import StrictUndefined, nodes, pass_context, pass_environment
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeTransformer

from .content import KbError
from .markdown import escape

LONGEST_VALUE = 10_000
"""Of a text or list that a slot computes, in characters or members."""

LONGEST_PRINT = 100_000
"""Of everything that slots and loops print in one article, in characters."""

TURN = 20
"""What each turn of a loop costs, in characters, besides what it prints."""

LARGEST_BITS = 64
"""Of a whole number."""

LESS = "An article's slots print words of pages, not computed texts: write it shorter"

FILTERS = (
    "abs", "capitalize", "count", "d", "default", "first", "float", "int", "items", "join", "last", "length", "list",
    "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round", "select", "selectattr", "sort",
    "sum", "title", "trim", "truncate", "unique", "upper", "wordcount",
)  # fmt: skip
"""The filters that an article may use; none makes much from little, except those with a limit of their own below."""

OF_TEXTS = (
    "capitalize", "casefold", "count", "endswith", "find", "isdecimal", "isdigit", "islower", "isupper", "lower",
    "lstrip", "partition", "rfind", "rpartition", "rsplit", "rstrip", "split", "startswith", "strip", "swapcase",
    "title", "upper",
)  # fmt: skip

METHODS: MappingProxyType[type, frozenset[str]] = MappingProxyType(
    {
        str: frozenset(OF_TEXTS),
        dict: frozenset(("get", "items", "keys", "values")),
        list: frozenset(("count", "index")),
        tuple: frozenset(("count", "index")),
        int: frozenset(),
        float: frozenset(),
    }
)
"""The methods that may be called on a value; none makes a long text from a short one."""

BLOCKS = (
    nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block, nodes.Macro, nodes.CallBlock,
    nodes.FilterBlock, nodes.AssignBlock, nodes.With, nodes.ScopedEvalContextModifier,
)  # fmt: skip
"""Statements that templates have and articles do not."""

_KEPT, _JOINED, _TURNS = "acct kept", "acct joined", "acct turns"
"""Filters of ours; nobody can write a name with a space."""


_TAG = r"\{(?:%(?>(?:(?!%\})[^\n])*)%|##(?>(?:(?!##\})[^\n])*)##)\}"
"""A statement or a comment on one line. Nothing here is tried twice: an article may have a hundred thousand tags."""

_ENDS_IN_TAG = re.compile(
    # A raw text is passed by as it is, without its end to the end of the article; and so is a line of tags alone.
    r"\{%-?\s*+raw\b(?:.*?\{%-?\s*+endraw\b|.*)"
    rf"|^(?>[ \t]|{_TAG})*+$"
    # Between an item and the end of its loop an empty line stands for none.
    r"|(?<=[^+-])(?:%|##)\}(?=\n(?![ \t]*\n\s*+\{%|\s*+\Z))",
    re.DOTALL | re.MULTILINE,
)
"""The tag that ends a line of text, if the article goes on in the next line."""


class ArticleEnvironment(SandboxedEnvironment):
    """The sandbox of one article, which counts how much it has printed."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=_finished,
            # Jinja's own {# would begin at the id of a heading.
            comment_start_string="{##",
            comment_end_string="##}",
        )
        self.printed = 0
        self.globals.clear()
        known = {name: self.filters[name] for name in FILTERS}
        self.filters = known | {
            "join": _join,
            "replace": _replace,
            "round": _round,
            _KEPT: _bounded,
            _JOINED: _concat,
            _TURNS: _turns,
        }

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """Return the article with the line breaks kept that stand between words; those after tags alone go."""
        kept = _ENDS_IN_TAG.sub(lambda found: f"+{found[0]}" if found[0] in ("%}", "##}") else found[0], source)
        return super().preprocess(kept, name, filename)

    def charge(self, characters: int) -> None:
        """Raise ``KbError`` once the article has printed more than it may."""
        self.printed += characters
        if self.printed > LONGEST_PRINT:
            raise KbError(f"a slot or loop makes more than {LONGEST_PRINT:,} characters. {LESS}")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        _raise_if_giant(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> None:
        """No text is a format: ``is_safe_attribute`` refuses it."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        for kind, names in METHODS.items():
            if isinstance(obj, kind):
                return attr in names
        return super().is_safe_attribute(obj, attr, value)


class Ready(str):
    """Markdown that needs no escaping."""

    __slots__ = ()


@pass_context
def _finished(context: Context, value: object) -> object:
    shown = printed(value)
    context.environment.charge(len(shown))  # type: ignore[attr-defined]
    return shown


def printed(value: object) -> str:
    """Return whatever a slot prints, except a verb's output, with Markdown escaped."""
    if isinstance(value, Undefined):
        return str(value)
    if not isinstance(value, str | int | float) and value is not None:
        raise KbError(_not_printed(value))
    return value if isinstance(value, Ready) else escape(str(value))


def _not_printed(value: object) -> str:
    if callable(value) and (name := getattr(value, "__name__", "")):
        return f'{name} stands without brackets. Write {name}(), with what it is about between them: {name}("…")'
    return "a slot prints one word or number, and this is a whole table or list. Name one key of it"


def limited(tree: nodes.Template) -> None:
    """Loops count their turns, and stored or joined values are measured. Raises ``KbError`` for other statements."""
    for block in tree.find_all(BLOCKS):
        name = type(block).__name__.lower().removesuffix("block")
        what = f"{{% {name} %}} is for templates; an article is one file and has if, for and set. Delete it"
        raise SlotRefused(what, block.lineno)
    _Limiting().visit(tree)


class SlotRefused(KbError):
    """Something that no article may contain, with the line of its text."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what, line=line)


class _Limiting(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if node.recursive:
            raise SlotRefused("a loop cannot be recursive. Delete the word", node.lineno)
        texts = [len(data.data) for data in node.find_all(nodes.TemplateData)]
        self.generic_visit(node)
        node.iter = _filtered(node.iter, _TURNS, nodes.Const(TURN + sum(texts), lineno=node.lineno))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), _JOINED)

    def visit_Assign(self, node: nodes.Assign) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.node = _filtered(node.node, _KEPT)
        return node


def _filtered(node: nodes.Node, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(cast(nodes.Expr, node), name, list(args), [], None, None, lineno=node.lineno)


@pass_environment
def _turns(environment: ArticleEnvironment, members: Iterable[object], each: int) -> Iterator[object]:
    for member in members:
        environment.charge(each)
        yield member


def _bounded(value: object) -> object:
    """Return a value to be stored: a text, a number or a flat list. Raises ``KbError`` for any other."""
    if isinstance(value, list | tuple):
        _raise_if_long(len(value))
        if any(isinstance(one, list | tuple | dict) and _is_nested(one) for one in value):
            raise KbError("a list holds lists that hold others. Write a flat one")
    return value


def _is_nested(value: Iterable[object]) -> bool:
    members = value.values() if isinstance(value, dict) else value
    return any(isinstance(one, list | tuple | dict) for one in members)


def _concat(parts: Iterable[object]) -> str:
    return _joined("", parts)


def _join(parts: Iterable[object], d: str = "", attribute: str | None = None) -> str:
    if attribute is not None:
        parts = [getattr(part, attribute) for part in parts] if not attribute.startswith("_") else _no(attribute)
    return _joined(d, parts)


def _no(attribute: str) -> NoReturn:
    raise SecurityError(f"access to attribute {attribute!r} of 'object' object is unsafe.")


def _joined(between: str, parts: Iterable[object]) -> str:
    words: list[str] = []
    length = 0
    for part in parts:
        if not isinstance(part, str | int | float | Undefined) and part is not None:
            raise KbError(_not_printed(part))
        words.append(str(part))
        length += len(words[-1]) + len(between)
        _raise_if_long(length)
    return between.join(words)


def _replace(text: object, old: str, new: str, count: int = -1) -> str:
    words, old, new = str(text) if isinstance(text, str | int | float) else "", str(old), str(new)
    _raise_if_long(len(words) + words.count(old) * len(new))
    return words.replace(old, new, count)


def _round(value: float, precision: int = 0, method: str = "common") -> float:
    if abs(precision) > 15:
        raise KbError("a number is rounded to at most 15 digits")
    from jinja2.filters import do_round

    return float(do_round(value, precision, method))  # type: ignore[arg-type]


def _raise_if_long(length: int) -> None:
    if length > LONGEST_VALUE:
        raise KbError(f"a slot makes a text or list of more than {LONGEST_VALUE:,} characters. {LESS}")


def _raise_if_giant(operator: str, left: Any, right: Any) -> None:
    """Raise ``KbError`` if the operator would make a value that is too large."""
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        if operator != "%" and bits > LARGEST_BITS:
            raise KbError(f"a slot computes a number of more than {LARGEST_BITS} bits. {LESS}")
        return
    if operator == "%" and isinstance(left, str):
        raise KbError("a text is no format in an article. Write its words with the slots between them")
    if operator == "+":
        lengths = [len(one) for one in (left, right) if isinstance(one, str | list | tuple)]
        _raise_if_long(sum(lengths) if len(lengths) > 1 else 0)
    if operator == "*":
        for one, times in ((left, right), (right, left)):
            if isinstance(one, str | list | tuple) and isinstance(times, int):
                _raise_if_long(len(one) * times)
