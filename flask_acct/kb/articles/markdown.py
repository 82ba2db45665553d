"""The Markdown of articles: what is shown letter by letter, and the ids of headings."""

from __future__ import annotations

import re

from .content import KbError, Source
from .folding import slug

ANCHOR = re.compile(r"^(#{2,6} )(.*?) *\{#([a-z0-9]+(?:-[a-z0-9]+)*)\}$", re.MULTILINE)


def escape(text: str) -> str:
    """The text as Markdown shows it, letter by letter."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    return re.sub(r"([\\`*_\[\]{}])", r"\\\1", text)


def unescaped(markdown: str) -> str:
    """A heading's words: escapes and marks taken away."""
    text = re.sub(r"\\(.)", r"\1", markdown.replace("**", ""))
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&#124;", "|").replace("&amp;", "&")


def plain(text: str) -> str:
    """Markdown for any generator: an id as an empty link, unless a generator makes the same from the heading."""

    def heading(found: re.Match[str]) -> str:
        level, words, id_ = found.groups()
        return f"{level}{words}" if slug(words) == id_ else f'{level}<a id="{id_}"></a>{words}'

    return ANCHOR.sub(heading, text)


def anchors(text: str, source: Source) -> tuple[str, ...]:
    """The ids of the headings. Raises ``KbError`` for one that stands twice, or elsewhere than at a heading."""
    found = tuple(heading[3] for heading in ANCHOR.finditer(text))
    twice = next((id_ for id_ in found if found.count(id_) > 1), None)
    stray = re.search(r"(?<!\\)\{#", ANCHOR.sub("", text))
    if twice or stray:
        what = f"has two headings with the id {twice!r}" if twice else "has {# where no heading ends"
        what += ". An id stands once, at the end of a heading: ## If it does not work {#not-working}"
        mark = f"{{#{twice}}}" if twice else "{#"
        line = 1 + source.body[: source.body.rfind(mark)].count("\n") if mark in source.body else 0
        raise KbError(f"{what}. A comment is written {{## so ##}}", file=source.file, line=line)
    return found
