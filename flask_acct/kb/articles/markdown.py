"""The Markdown of articles: one list of extensions for site, book, ZIP and plain Markdown, and text shown as it is."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from .folding import slug

EXTENSIONS = (
    "flask_acct.kb.articles.prose:Prose",
    "admonition",
    "attr_list",
    "footnotes",
    "pymdownx.details",
    "pymdownx.highlight",
    "pymdownx.superfences",
    "sane_lists",
    "tables",
    "toc",
)
"""What Markdown is to all who draw an article: to MkDocs, to the book, and to ``kb check``."""

STEP = re.compile("\ue000(\\d+)\ue001")
BOX = re.compile("\ue004(\\d+)\ue005")
LINE = re.compile("\ue006(\\d+)\ue007")
VIDEO = "\ue00c0\ue00d"
"""Follows the link that the site shows as a video."""

PRIVATE = re.compile("[\ue000-\ue01f]")

ANCHOR = re.compile(r"^(#{2,6} )(.*?) *\{#([\w-]+)\}$", re.MULTILINE)

MARKS = re.compile(
    "[\ue000\ue002\ue004\ue006\ue008\ue00c\ue010][^\ue000-\ue01f]*[\ue001\ue003\ue005\ue007\ue009\ue00d\ue011]"
)
"""Places that are marked in a text while it is worked on: each a number between two characters for private use."""

HEADING_ID = re.compile("\ue008([^\ue009]*)\ue009")


def heading_id(words: str, separator: str = "-") -> str:
    """The id of a heading without one of its own: as MkDocs makes it, and for words in no Latin letters, those letters.

    A heading of signs alone has a digest of them, for a number would change with the headings before it.
    """
    words = MARKS.sub("", words)
    latin = _joined(unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode(), separator)
    if re.search("[a-z]", latin) or (latin and not re.search(r"[^\W\d_]", words)):
        return latin
    whole = _joined(unicodedata.normalize("NFC", words), separator)
    return whole or f"h-{hashlib.sha256(words.encode()).hexdigest()[:6]}" if words.strip() else ""


def _joined(words: str, separator: str) -> str:
    return re.sub(rf"[{separator}\s]+", separator, re.sub(r"[^\w\s-]", "", words).strip().lower())


EXTENSION_CONFIGS: Mapping[str, Mapping[str, Any]] = {
    # Inline styles are refused by the site's policy.
    "tables": {"use_align_attribute": True},
    "toc": {"slugify": heading_id},
    # Code is shown, not coloured: colours would need a stylesheet in the book, and spans in plain text.
    "pymdownx.highlight": {"use_pygments": False},
}


def heading_words(line: str) -> str:
    """The line of a heading without the marks at its begin and, where it is closed, at its end."""
    return re.sub(r"(?<![#\\])#+$", "", re.sub(r"^#+\s*", "", line.strip())).strip()


def escape(text: str) -> str:
    """The text as Markdown shows it, letter by letter."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    return re.sub(r"([\\`*_\[\]{}])", r"\\\1", text)


def plain(text: str) -> str:
    """A list's Markdown for any generator: an id as an empty link, unless a generator makes the same of the heading."""
    return ANCHOR.sub(lambda found: _plain_heading(*found.groups()), text)


def with_ids(text: str, *, for_site: bool) -> str:
    """An article's headings with their ids, as our site reads them or as any generator does."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if found := HEADING_ID.search(line):
            level, words = re.match(r"\s*(#+ ?)?(.*)", line[: found.start()].rstrip()).groups(default="")  # type: ignore[union-attr]
            site = f"{level}{words} {{#{found[1]}}}"
            lines[number] = site if for_site else _plain_heading(level, words, found[1])
    return "\n".join(lines)


def _plain_heading(level: str, words: str, id_: str) -> str:
    return f"{level}{words}" if slug(words) == id_ else f'{level}<a id="{id_}"></a>{words}'
