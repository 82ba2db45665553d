"""The files of the pages for developers: their blocks of code, and the parts that are copied from the code."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from itertools import pairwise
from pathlib import Path
from typing import Any

from flask_acct import Acct, signals

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "kb" / "developers"
PAGES = (REPOSITORY / "README.md", *sorted(FOLDER.glob("*.md")))

BLOCK = re.compile(
    r"(?:<!-- (?P<file>(?:diff )?tests/[^>]+?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
"""A block of code, preceded by the name of the file it is a copy of, if it is one."""

REFERENCE = "<!-- made from the docstrings by: python -m tests.developers -->\n"
"""The line before the part that is made from docstrings."""

ORDER = (
    "create_user", "create_account", "set_fields", "invite", "grant", "set_state", "change_email", "transaction",
    "authenticate", "sign_in", "sign_out", "end_sessions", "before_sign_in", "pending_user", "identifier",
    "is_own_password", "send", "recipients", "subscription", "nav", "news", "session", "engine", "frame", "init_app",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code in a page."""

    page: Path
    line: int
    kind: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks() -> Iterator[Block]:
    """Yield every block of every page."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Block(page, line, found["kind"], found["text"], found["file"])


def public_names() -> list[str]:
    """Return the names of the public attributes of ``Acct``."""
    return [name for name in dir(Acct) if not name.startswith("_")]


def made_anew(page: Path) -> str:
    """Return the text of a page with the present files and docstrings in it."""
    text = BLOCK.sub(_copied, page.read_text("utf-8"))
    if REFERENCE in text:
        text = text.partition(REFERENCE)[0] + REFERENCE + "".join(map(_described, ORDER)) + _signals()
    return text


def _copied(found: re.Match[str]) -> str:
    if found["file"] is None:
        return found[0]
    text = _contents(found["file"])
    return f"<!-- {found['file']} -->\n```{found['kind']}\n{text}```"


def _contents(named: str) -> str:
    """Return the content of a file, or the difference between two."""
    names = named.split()
    texts = [(REPOSITORY / name).read_text("utf-8") for name in names if name != "diff"]
    if names[0] != "diff":
        return texts[0]
    lines = unified_diff(*(text.splitlines() for text in texts), n=1, lineterm="")
    return "".join(f"{line}\n" for line in list(lines)[2:])


def _described(name: str) -> str:
    """Return a section about a public attribute of ``Acct``."""
    member = inspect.getattr_static(Acct, name)
    if isinstance(member, property):
        return f"\n## acct.{name}\n\n{_markdown(member.fget.__doc__ or '')}"
    signature = _signature(name)
    return f"\n## acct.{name}\n\n```text\n{signature}\n```\n\n{_markdown(member.__doc__ or '')}"


def _signals() -> str:
    """Return a section with each signal and the arguments of its receivers."""
    lines = []
    for one, after in pairwise(ast.parse(inspect.getsource(signals)).body):
        match one, after:
            case ast.Assign([ast.Name(name)]), ast.Expr(ast.Constant(str(said))):
                lines.append(f"- `{name}`: {_prose(said)}")
    return "\n## Signals\n\nAll of `flask_acct.signals`; the sender is the app.\n\n" + "\n".join(lines) + "\n"


class Plain:
    """An annotation whose ``repr`` is its text in the code."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _signature(name: str) -> str:
    """Return a signature, in short lines: ``acct.sign_in(user: User, *, account: Account | None = None) -> str``."""
    signature = inspect.signature(getattr(Acct, name))
    own = [one for one in signature.parameters.values() if one.name != "self"]
    own = [one.replace(annotation=Plain(one.annotation), default=_default(one.default)) for one in own]
    said = str(signature.replace(parameters=own, return_annotation=Plain(signature.return_annotation)))
    if len(said) + len(name) <= 95:
        return f"acct.{name}{said}"
    return (
        f"acct.{name}(\n" + "".join(f"    {one},\n" for one in _parameters(own)) + f") -> {signature.return_annotation}"
    )


def _default(value: Any) -> Any:
    """Return a default value; for a function its name, because its ``repr`` has an address that differs each time."""
    return Plain(value.__name__) if inspect.isfunction(value) else value


def _parameters(own: list[inspect.Parameter]) -> Iterator[str]:
    is_keyword = False
    for one in own:
        if one.kind is one.KEYWORD_ONLY and not is_keyword:
            is_keyword = True
            yield "*"
        yield str(one)


HEADS = {"Args:": "Arguments", "Raises:": "Errors", "Returns:": "Returns"}


def _markdown(docstring: str) -> str:
    """Return a docstring as Markdown: samples as blocks of code, arguments and errors as lists."""
    out: list[str] = []
    for part in re.split(r"\n\n(?=\S)", inspect.cleandoc(docstring)):
        head, _, rest = part.partition("\n")
        if head == "Sample::":
            out.append(f"```python\n{inspect.cleandoc(rest)}\n```")
        elif head in HEADS:
            out.append(f"**{HEADS[head]}**\n\n{_list(inspect.cleandoc(rest))}")
        else:
            out.append(_prose(part))
    return "\n\n".join(out) + "\n"


def _list(entries: str) -> str:
    each = re.split(r"\n(?=\S)", entries)
    found = (re.fullmatch(r"([\w.]+(?:, [\w.]+)*): (.*)", one, re.DOTALL) for one in each)
    lines = [f"- `{m[1]}`: {_prose(m[2])}" if m else f"- {_prose(one)}" for m, one in zip(found, each, strict=True)]
    return "\n".join(lines)


def _prose(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("``", "`"))
