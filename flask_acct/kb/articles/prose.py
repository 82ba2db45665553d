"""Text without any sign of Markdown is not looked through for links, bold words and the like.

Most text of an article is such prose, and Python-Markdown tries each of its patterns on all of it. Parsers have this
extension beside those that mean something, see ``markdown.EXTENSIONS``.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

SIGN = re.compile(r"[\\`\[<&*_]|  \n")
"""What every match of the ``PATTERNS`` has in it."""

PATTERNS = frozenset(
    {
        "backtick", "escape", "reference", "link", "image_link", "image_reference", "short_reference",
        "short_image_ref", "autolink", "automail", "linebreak", "html", "entity", "not_strong", "em_strong",
        "em_strong2", "footnote",
    }
)  # fmt: skip
"""The inline patterns of Python-Markdown and of our extensions. A host's own may look for anything."""

DELIMITERS = frozenset("*_")


class Prose(Extension):  # type: ignore[misc]
    """Stands around the inline patterns, whose priority is 20."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        aside = _Aside(md)
        md.treeprocessors.register(aside, "acct-prose-aside", 20.1)
        md.treeprocessors.register(_Back(aside), "acct-prose-back", 19.9)


class _Aside(Treeprocessor):  # type: ignore[misc]
    """Prose becomes text that inline patterns pass by."""

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
    """It is text as any other again."""

    def __init__(self, aside: _Aside) -> None:
        super().__init__(aside.md)
        self._aside = aside

    def run(self, root: Element) -> None:
        for element in self._aside.found:
            element.text = str(element.text)
        self._aside.found = []


def _is_known(md: Markdown) -> bool:
    """Whether nobody else looks for something in text."""
    patterns = sum(name in md.inlinePatterns for name in PATTERNS)
    delimiters = getattr(getattr(md, "delimiters", None), "tokens", ())
    return patterns == len(md.inlinePatterns) and DELIMITERS.issuperset(delimiters)
