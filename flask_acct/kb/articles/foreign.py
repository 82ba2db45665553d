"""Finds Markdown of other programs that a page would show as text, and invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from .parsed import MarkdownHeading, ParsedPage, in_code

LONGEST_TITLE = 150
"""In characters: a title is shown in lists, menus and the name of a window."""

BOX_WITH_TEXT = "Write !!! note, and below it the text, each line indented by 4 blanks"

KNOWN_ELSEWHERE = (
    (re.compile(r"^[ >]*:{3,}"), ":::", BOX_WITH_TEXT),
    (re.compile(r"^[ ]*>[ >]*\[!\w+\]"), "> [!…]", BOX_WITH_TEXT),
    (re.compile(r"^[ >]*(?:[-*+]|\d+[.)])[ ]+\[[ xX]?\](?=[ ]|$)"), "a task list, - [ ]", "Write - and the words"),
    (re.compile(r"^[ >]*===[!+]*[ ]*\""), '=== "…"', 'Write a heading for each part: ## For "…"'),
    (re.compile(r"(?<![=\\])==(?=[^=\s])[^=\n]*(?<=[^=\s])==(?!=)"), "==…==", "Write <mark>words</mark>"),
    (re.compile(r"(?<![~\\])~~(?=[^~\s])[^~\n]*(?<=[^~\s])~~(?!~)"), "~~…~~", "Write <del>words</del>"),
    (re.compile(r"\$\$[^$\n]+\$\$"), "$$…$$", "Write the formula in words"),
    (re.compile(r"^[ >]*\[TOC\][ ]*$"), "[TOC]", "Delete it: each page has its contents beside it"),
    (
        re.compile("[\u202a-\u202e]"),
        "a character that turns the direction of what follows",
        "Delete it, or write <bdi>",
    ),
)
"""How other programs write it, its name, and what to write here."""

BOX = re.compile(r"([ >]*)(?:!!!|\?\?\?\+?)(?=[ ]*[a-zA-Z\"])")

ADDRESS = re.compile(r"\]\([^)\n]*\)|<[^>\n]*>|https?://\S+")

TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def faults(page: ParsedPage) -> list[tuple[int, str]]:
    """Return what a page would show as it is written, or as an empty box, by line."""
    found = [*_elsewhere(page.lines), *_empty_boxes(page.lines)]
    if not found:
        return []
    begins = [0]
    for line in page.lines:
        begins.append(begins[-1] + len(line) + 1)
    places = {(line, column): begins[line] + column for line, column, _ in found}
    codes = in_code("\n".join(page.lines), list(places.values()))
    return [(line, what) for line, column, what in found if places[line, column] not in codes]


def _elsewhere(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    for number, written in enumerate(lines):
        line = ADDRESS.sub(lambda address: " " * len(address[0]), written)
        for pattern, name, fix in KNOWN_ELSEWHERE:
            if found := pattern.search(line):
                at = found.end() - len(found[0].lstrip(" >")) if found[0].strip(" >") else found.start()
                yield number, at, f"has {name}, which is not known here. {fix}"


def _empty_boxes(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yield boxes whose text is not indented, so that it is outside of them."""
    for number, line in enumerate(lines):
        found = BOX.match(line)
        if found is None:
            continue
        after = next((one for one in lines[number + 1 :] if one.strip(" >")), "")
        indent = len(after) - len(after.lstrip(" >"))
        if indent < len(found[1]) + 4:
            yield number, found.end(1), "has a box without text. Indent each line of its text by 4 blanks"


def title_faults(title: MarkdownHeading) -> Iterator[str]:
    """Yield why the first heading cannot be a title: lists and menus show its words without marks."""
    if not any(unicodedata.category(one)[0] in "LNPS" for one in title.words):
        yield "has a title that nobody can see. Write words: # Order bread"
    if TURNING.search(title.words):
        yield "has a title with a character that turns the direction of what follows. Delete it"
    if len(title.words) > LONGEST_TITLE:
        yield f"has a title of {len(title.words)} characters. Write at most {LONGEST_TITLE}, and the rest as text"
