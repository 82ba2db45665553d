"""Spares text without Markdown the search for lists, tables, links, bold words and the like.

Most text of an article is such prose, and Python-Markdown tries each kind of block and each of its patterns on all of
it. Parsers have this extension besides the others, see ``markdown.EXTENSIONS``.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cached_property
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import ParagraphProcessor
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString, Registry

SIGN = re.compile(r"[\\`\[<&*_]|  \n")
"""Every match of the ``PATTERNS`` contains one of these."""

PARAGRAPH = re.compile("(?:[^\\W\\d_]|[\ue000-\ue01f])[^\\n|]*(?:\n(?:[^\\W\\d_]|[\ue000-\ue01f])[^\\n|]*)*")
"""A block whose lines each begin with a letter, or with a mark of ours: no other of the ``BLOCKS`` begins so."""

BLOCKS = frozenset(
    {
        "admonition", "details", "empty", "indent", "code", "table", "hashheader", "setextheader", "hr", "olist",
        "ulist", "quote", "footnote", "reference", "paragraph", "acct-prose",
    }
)  # fmt: skip
"""The kinds of block of Python-Markdown and of our extensions. A host's own may look like anything."""

PATTERNS = frozenset(
    {
        "backtick", "escape", "reference", "link", "image_link", "image_reference", "short_reference",
        "short_image_ref", "autolink", "automail", "linebreak", "html", "entity", "not_strong", "em_strong",
        "em_strong2", "footnote",
    }
)  # fmt: skip
"""The inline patterns of Python-Markdown and of our extensions. A host's own may search for anything."""

DELIMITERS = frozenset("*_")


class Prose(Extension):  # type: ignore[misc]
    """Runs before all kinds of block, and around the inline patterns, whose priority is 20."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        md.parser.blockprocessors.register(_Paragraph(md.parser), "acct-prose", 200)
        aside = _Aside(md)
        md.treeprocessors.register(aside, "acct-prose-aside", 20.1)
        md.treeprocessors.register(_Back(aside), "acct-prose-back", 19.9)


class _Paragraph(ParagraphProcessor):  # type: ignore[misc]
    """A block of prose is a paragraph, and no other processor is tried."""

    def test(self, parent: Element, block: str) -> bool:
        return self._is_only_known and PARAGRAPH.fullmatch(block) is not None

    @cached_property
    def _is_only_known(self) -> bool:
        """Whether all processors are known. Called when a text is parsed; all extensions are registered by then."""
        return _are(BLOCKS, self.parser.blockprocessors)


class _Aside(Treeprocessor):  # type: ignore[misc]
    """Prose becomes text that inline patterns skip."""

    found: list[Element]

    def run(self, root: Element) -> None:
        self.found = []
        if not _is_known(self.md):
            return
        for element in root.iter():
            text = element.text
            if text and not isinstance(text, AtomicString) and not SIGN.search(text):
                element.text = AtomicString(text)
                self.found.append(element)


class _Back(Treeprocessor):  # type: ignore[misc]
    """It becomes ordinary text again."""

    def __init__(self, aside: _Aside) -> None:
        super().__init__(aside.md)
        self._aside = aside

    def run(self, root: Element) -> None:
        for element in self._aside.found:
            element.text = str(element.text)
        self._aside.found = []


def _is_known(md: Markdown) -> bool:
    """Whether nothing else searches for anything in text."""
    delimiters = getattr(getattr(md, "delimiters", None), "tokens", ())
    return _are(PATTERNS, md.inlinePatterns) and DELIMITERS.issuperset(delimiters)


def _are(known: Set[str], registered: Registry[object]) -> bool:
    return sum(name in registered for name in known) == len(registered)
