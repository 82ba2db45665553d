"""The Markdown of articles: one list of extensions for site, book, ZIP and plain Markdown, and escaping."""

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
"""The extensions of everything that renders an article: MkDocs, the book, and ``kb check``."""

STEP = re.compile("\ue000(\\d+)\ue001")
BOX = re.compile("\ue004(\\d+)\ue005")
LINE = re.compile("\ue006(\\d+)\ue007")
VIDEO = "\ue00c0\ue00d"
"""Marks the link before it, which the site shows as a video."""

PRIVATE = re.compile("[\ue000-\ue01f]")

ANCHOR = re.compile(r"^(#{2,6} )(.*?) *\{#([\w-]+)\}$", re.MULTILINE)

MARKS = re.compile(
    "[\ue000\ue002\ue004\ue006\ue008\ue00c\ue010][^\ue000-\ue01f]*[\ue001\ue003\ue005\ue007\ue009\ue00d\ue011]"
)
"""Marks of places in a text while it is being processed: each a number between two characters for private use."""

HEADING_ID = re.compile("\ue008([^\ue009]*)\ue009")


def heading_id(words: str, separator: str = "-") -> str:
    """Return the id of a heading without one of its own: as MkDocs makes it; for words in other scripts, their letters.

    A heading of punctuation alone has a digest of it, because a number would change with the headings before it.
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
    # Code is shown without colours: these would need a stylesheet in the book, and spans in plain text.
    "pymdownx.highlight": {"use_pygments": False},
}


def heading_words(line: str) -> str:
    """Return the line of a heading without the marks at its beginning and, if it is closed, at its end."""
    return re.sub(r"(?<![#\\])#+$", "", re.sub(r"^#+\s*", "", line.strip())).strip()


def escape(text: str) -> str:
    """Return the text escaped, so that Markdown shows it letter by letter."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    return re.sub(r"([\\`*_\[\]{}])", r"\\\1", text)


def plain(text: str) -> str:
    """Return a list's Markdown for any generator: an id as an empty link, unless generators make the same one."""
    return ANCHOR.sub(lambda found: _plain_heading(*found.groups()), text)


def with_ids(text: str, *, for_site: bool) -> str:
    """Return an article's headings with their ids, as our site reads them or as any generator does."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if found := HEADING_ID.search(line):
            level, words = re.match(r"\s*(#+ ?)?(.*)", line[: found.start()].rstrip()).groups(default="")  # type: ignore[union-attr]
            site = f"{level}{words} {{#{found[1]}}}"
            lines[number] = site if for_site else _plain_heading(level, words, found[1])
    return "\n".join(lines)


def _plain_heading(level: str, words: str, id_: str) -> str:
    return f"{level}{words}" if slug(words) == id_ else f'{level}<a id="{id_}"></a>{words}'
