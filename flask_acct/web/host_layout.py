"""Checks that a host's base template has room for our screens: without a block ``main`` each of them is empty."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from jinja2 import TemplateNotFound, TemplateSyntaxError, nodes

LAYOUT = "flask_acct/layout.html"
BLOCK = "main"


def problems(app: Flask) -> Iterator[str]:
    """Yield what must be fixed in the templates that our screens extend, one line each."""
    try:
        chain = _chain(app)
    except TemplateNotFound as missing:
        if missing.name == LAYOUT:
            # Nothing is mounted.
            return
        yield f"{LAYOUT} extends {missing.name}, which no template folder of the app has. Mend its first line."
        return
    except TemplateSyntaxError as wrong:
        yield f"{wrong.name}:{wrong.lineno}: {wrong.message}. Every page of flask_acct extends it."
        return
    if chain and BLOCK not in _reached([tree for _, tree in chain]):
        name = chain[-1][0]
        yield (
            f"{name} has no block {BLOCK}, so every page of flask_acct is empty. Where the page's own content "
            f"belongs, write {{% block {BLOCK} %}}{{% endblock %}} into it"
            + (f", or into a block of {name} that {LAYOUT} fills." if len(chain) > 1 else ".")
        )


def _chain(app: Flask) -> list[tuple[str, nodes.Template]]:
    """Return the layout and what it extends, each with its name; empty if a name is only known at a request."""
    chain: list[tuple[str, nodes.Template]] = []
    name: object = LAYOUT
    while name is not None:
        if not isinstance(name, str) or name in (one for one, _ in chain):
            return []
        assert app.jinja_env.loader is not None  # noqa: S101
        source, file, _ = app.jinja_env.loader.get_source(app.jinja_env, name)
        tree = app.jinja_env.parse(source, name, file)
        chain.append((name, tree))
        extends = tree.find(nodes.Extends)
        name = None if extends is None else getattr(extends.template, "value", extends)
    return chain


def _reached(trees: list[nodes.Template]) -> set[str]:
    """Return the blocks that a page shows: those of the last template, each in the version of the first that has it."""
    *_, root = trees
    reached: set[str] = set()
    waiting = _blocks(root)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting |= _inside(name, trees)
    return reached


def _inside(name: str, trees: list[nodes.Template]) -> set[str]:
    """Return the blocks in the block of this name, and in the one it overrides if it includes that by ``super()``."""
    found: set[str] = set()
    for tree in trees:
        for block in tree.find_all(nodes.Block):
            if block.name == name:
                found |= _blocks(block)
                if not any(_is_super(call) for call in block.find_all(nodes.Call)):
                    return found
    return found


def _blocks(node: nodes.Node) -> set[str]:
    """Return the names of the outermost blocks below a node."""
    found: set[str] = set()
    for child in node.iter_child_nodes():
        found |= {child.name} if isinstance(child, nodes.Block) else _blocks(child)
    return found


def _is_super(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name == "super"
