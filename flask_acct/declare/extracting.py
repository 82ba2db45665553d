"""The extraction method by which Babel collects the sentences of ``screens.py`` for translators."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from ..errors import AcctError
from . import elements, fields, texts

VOCABULARY = frozenset(
    one.__name__
    for module in (texts, fields, elements)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, texts.Text) and one.is_translated
)
"""The classes of elements whose words are translated."""


def extract(
    file: IO[bytes], keywords: Iterable[str], comment_tags: Iterable[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Yield a message for every ``Field("id", "English", ...)`` of a ``screens.py``, in the order of the file.

    Called by Babel. Raises ``UnreadableText`` for an element whose id or words are neither plain strings nor constants
    of the module.
    """
    tree = ast.parse(file.read())
    constants = _constants(tree)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _makes_an_element(node))
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        id_, english = (_written_out(argument, constants) for argument in (*call.args, None, None)[:2])
        if id_ is None or english is None:
            name = getattr(file, "name", "screens.py")
            raise UnreadableText(
                f"{name}, line {call.lineno}: the id and the words of an element must be plain strings, or constants "
                "of the module. Write them out, with named slots for what changes."
            )
        yield call.lineno, "pgettext", (id_, english), []


class UnreadableText(AcctError):
    """Words in ``screens.py`` cannot be extracted, so they would stay untranslated."""


def _constants(tree: ast.Module) -> Mapping[str, str]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _makes_an_element(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in VOCABULARY


def _written_out(argument: ast.expr | None, constants: Mapping[str, str]) -> str | None:
    if isinstance(argument, ast.Name):
        return constants.get(argument.id)
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return None
