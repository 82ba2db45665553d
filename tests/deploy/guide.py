"""The commands of the guide for operators, in the order in which an operator meets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

FOLDER = Path(__file__).parents[2] / "kb" / "operators"

STORY = ("install", "tls-and-proxy", "mail", "first-customers")
"""The pages from an empty machine to the first customers; each stands on those before it."""

AFTERWARDS = ("brand", "own-articles", "incidents", "gdpr", "backup-and-upgrade", "monitoring", "staff-area")
"""Pages whose commands are for a client area that runs."""

WITHIN_A_PROCESS = ("staff-area",)
"""Those that tests/staff follows as well, without starting Python for each of some forty commands."""

BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class GuideBlock:
    """A fenced block of a page."""

    page: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}.md:{self.line}"

    @property
    def commands(self) -> list[str]:
        """Its commands, one a line, without the lines of a file that one of them writes."""
        text = re.sub(r"(<<'(\w+)').*?^\2$", r"\1", self.text, flags=re.MULTILINE | re.DOTALL)
        return [line for line in text.replace("\\\n", "").splitlines() if line and not line.startswith("#")]


def blocks(page: str) -> Iterator[GuideBlock]:
    """Yield the fenced blocks of a page."""
    text = (FOLDER / f"{page}.md").read_text("utf-8")
    for found in BLOCK.finditer(text):
        yield GuideBlock(page, text.count("\n", 0, found.start()) + 1, found["kind"], dedent(found["text"]))


def commands(page: str) -> list[GuideBlock]:
    """Return the blocks of a page that are run."""
    return [block for block in blocks(page) if block.kind == "sh"]
