"""Finds where the steps of an article are on its page, and what each of its pictures shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ...platform import Platform
from .alts import alt
from .article import Platforms, Shot, Step, screen_of
from .markdown import BOX, STEP, heading_words
from .parsed import ITEM, PREFIX, MarkdownHeading, ParsedPage, Spot, parse, replaced

NO_STEPS = frozenset({"ui", "title", "article"})
"""Verbs that only name something; every other is done, or shown, by a numbered step."""

OWN_ID = re.compile(r"[ ]+\{:?[ ]*#([^\s{}]+)[ ]*\}[ ]*$")
GOOD_ID = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")

Faults = list[tuple[int, str]]
"""Lines of the text, from 0, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An article's text with its pictures and boxes in place."""

    steps: tuple[Step, ...]
    """With their items, in the order written."""
    text: str
    """Begins with the heading."""
    page: ParsedPage
    title: MarkdownHeading | None
    faults: Faults


FindAddresses = Callable[[ParsedPage], Mapping[tuple[int, int], str]]
"""Returns the addresses that differ on the page, each by its line and its index there."""


def placed(steps: list[Step], text: str, find_addresses: FindAddresses = lambda page: {}) -> Placed:
    """Return the text as the parser reads it: its steps in their items, pictures and boxes at the ends of these."""
    page = parse(text)
    lines = text.split("\n")
    for (line, number), address in find_addresses(page).items():
        lines[line] = replaced(lines[line], {number: address})
    done, waiting = _steps(steps, lines, page)
    title = next((one for one in page.headings if one.level == 1 and one.is_top), None)
    faults = _no_items(lines, page)
    faults += [*_no_steps(done, lines, page, {line for line, _ in faults}), *_ids(page, title)]
    shown = [_cleaned(line, number, page) for number, line in enumerate(lines)]
    _mark_ids(shown, page)
    whole = [_heading(shown, title)] if title else []
    if title and any(line and line.strip() for line in shown[: title.line]):
        whole.append("")
    elif title:
        shown[: title.line] = [None] * title.line
    ends: dict[int, list[str]] = {}
    for spot, mark in waiting:
        ends.setdefault(_end(spot, page, lines), []).append(f"{_indent(spot, page, lines)}{mark}")
    for number, text_ in enumerate(shown):
        if text_ is not None and (text_.strip() or _keeps_line(number, whole, shown, page)):
            whole.append(text_)
        for mark in ends.get(number, ()):
            blank = mark[: len(mark) - len(mark.lstrip(" >"))].rstrip()
            whole += [*([blank] if whole and whole[-1].strip(" >") else []), mark, blank]
    steps_, reported = tuple(step for step, _ in done), {line for line, _ in faults}
    faults += [(line, what) for what, line in page.loose if line not in reported]
    return Placed(steps_, "\n".join(whole).rstrip("\n ") + "\n", page, title, sorted(faults))


def shots(steps: tuple[Step, ...], platforms: Platforms, locale: str) -> Iterator[Shot]:
    """Yield the pictures of an article, each with what is done on its page up to then and marked in it."""
    number = 0
    for index, step in enumerate(steps):
        if step.verb != "shot":
            continue
        number += 1
        platform = platforms.get(step.platform) or next(iter(platforms.values()))
        shown = _shown_with(index, steps)
        screen = next((found for other in shown if (found := _screen(other, platform))), "")
        texts = platform.declared.texts
        marks = dict.fromkeys(
            other.element for other in shown if other.element in texts and _is_on(screen, other, platform)
        )
        yield Shot(number, step.platform, screen, tuple(marks), alt(screen, tuple(marks), platform, locale))


def _steps(
    steps: list[Step], lines: list[str], page: ParsedPage
) -> tuple[list[tuple[Step, int]], list[tuple[Spot, str]]]:
    """Return the steps in the order written, each with its line; and what comes after their items."""
    done: list[tuple[Step, int]] = []
    waiting: list[tuple[Spot, str]] = []
    pictures = 0
    for number, line in enumerate(lines):
        for found in re.finditer("\ue000(\\d+)\ue001|\ue004(\\d+)\ue005", line):
            if found[2]:
                waiting.append((page.boxes.get(int(found[2]), Spot(number)), found[0]))
                continue
            spot = page.steps.get(int(found[1]))
            step = replace(steps[int(found[1])], item=spot.item if spot else 0)
            done.append((step, number))
            if step.verb == "shot":
                pictures += 1
                waiting.append((spot or Spot(number), f"\ue002{pictures}\ue003"))
    return done, waiting


def _end(spot: Spot, page: ParsedPage, lines: list[str]) -> int:
    """Return the last line of the numbered item that a place is in, else of its block."""
    begin = spot.line
    end = len(lines)
    for line in sorted(line for line in page.places if line > begin):
        other = page.places[line]
        if other.item != spot.item if spot.item else other.block != spot.block:
            end = line
            break
    end -= 1
    while end > begin and not lines[end].strip(" >\t"):
        end -= 1
    return end


def _indent(spot: Spot, page: ParsedPage, lines: list[str]) -> str:
    """Return the indentation of a paragraph in the numbered item."""
    if not spot.item:
        return ""
    first = min(line for line, other in page.places.items() if other.item == spot.item)
    prefix = PREFIX.match(lines[first].expandtabs(4))[0]  # type: ignore[index]
    quote = prefix[: prefix.rfind(">") + 1]
    quote += " " if quote else ""
    return f"{quote}{' ' * (max(len(prefix) - len(quote), 0) // 4 * 4 + 4)}"


def _cleaned(line: str, number: int, page: ParsedPage) -> str | None:
    """Return a line without the marks of steps, its item with its number. ``None`` if nothing else was on it."""
    bare = re.sub("(?:(?<=[ ])|^)[\ue000\ue004]\\d+[\ue001\ue005] ", "", line)
    bare = re.sub("[ ]+[\ue000\ue004]\\d+[\ue001\ue005](?=[ ]*$)", "", bare)
    bare = BOX.sub("", STEP.sub("", bare))
    if line.strip() and not bare.strip():
        return None
    if number in page.starts:
        bare = re.sub(r"^([ \t>]*)\d+\.", rf"\g<1>{page.starts[number]}.", bare)
    return bare


def _keeps_line(number: int, whole: list[str], shown: list[str | None], page: ParsedPage) -> bool:
    """Whether an empty line stays: conditions leave several, which become one, but not in code."""
    if whole and whole[-1].strip():
        return True
    later = next((at for at in range(number, len(shown)) if (shown[at] or "").strip()), None)
    return later is not None and later in page.places and page.places[later].in_code


def _mark_ids(shown: list[str | None], page: ParsedPage) -> None:
    for heading in page.headings:
        line = shown[heading.line] or ""
        if heading.is_own and heading.level > 1 and (found := OWN_ID.search(line)):
            shown[heading.line] = f"{line[: found.start()].rstrip().rstrip('#').rstrip()}\ue008{found[1]}\ue009"


def _heading(shown: list[str | None], title: MarkdownHeading | None) -> str:
    """Return the first heading, removed from the text: a page begins with it."""
    if title is None:
        return ""
    line = (shown[title.line] or "").strip()
    shown[title.line] = None
    if re.match(r"=+\s*$", (shown[title.line + 1 : title.line + 2] or [""])[0] or ""):
        shown[title.line + 1] = None
        return f"# {line}"
    return f"# {heading_words(line)}"


def _no_items(lines: list[str], page: ParsedPage) -> Faults:
    """Return lines that are written as an item of a list and are none on the page."""
    found: Faults = []
    for number, spot in page.unlisted.items():
        if number in page.starts or number in page.bullets or spot.in_code or spot.in_html:
            continue
        line = lines[number].expandtabs(4)
        sign = ITEM.match(line, PREFIX.match(line).end())[0].strip()  # type: ignore[union-attr, index]
        what = f'begins with "{sign}" and is no item of a list on the page'
        fix = "Indent it by 4 blanks for each list around it, and not at all outside of one"
        if number and lines[number - 1].strip(" >\t"):
            fix = "Put an empty line before it"
            fix += "; inside of a step, begin it with 4 blanks" if spot.item and not sign[0].isdigit() else ""
        if sign.endswith(")"):
            fix = f'Write "{sign[:-1]}." with a dot'
        found.append((number, f"{what}. {fix}. If it is meant as it stands, write {_escaped(sign)}"))
    return found


def _escaped(sign: str) -> str:
    return f"\\{sign}" if len(sign) == 1 else f"{sign[:-1]}\\{sign[-1]}"


def _no_steps(done: list[tuple[Step, int]], lines: list[str], page: ParsedPage, reported: set[int]) -> Faults:
    """Return steps that are in no numbered item of the page."""
    found: Faults = []
    spots = dict(
        zip(map(id, (step for step, _ in done)), (page.steps.get(number) for number in _numbers(lines)), strict=True)
    )
    for step, line in done:
        spot = spots[id(step)]
        is_in = spot is not None and (spot.in_code or spot.in_html)
        if line in reported or (step.verb in NO_STEPS) or (step.item and not is_in):
            continue
        what = f"{step} stands in no numbered step"
        fix = 'Begin its line with "1. ", and put an empty line before the first'
        if spot is None or is_in:
            what = f"{step} stands in {'code' if spot and spot.in_code else 'HTML' if spot else 'an address'}"
            fix = "Write the step as text"
        if lines[line][:4].isspace() and spot and spot.in_code:
            fix = "Lines that begin with 4 blanks are code, except inside of a list. Take the blanks away"
        found.append((line, f"{what}, so that it is no step on the page. {fix}"))
    return found


def _numbers(lines: list[str]) -> Iterator[int]:
    """Yield the numbers of the steps in the order written."""
    return (int(number) for line in lines for number in STEP.findall(line))


def _ids(page: ParsedPage, title: MarkdownHeading | None) -> Faults:
    """Return ids that occur twice, or that no address can have; and a second heading of the first level."""
    found: Faults = []
    known: set[str] = set()
    for heading in page.headings:
        if heading.level == 1 and heading is not title:
            what = "is a second heading with one #. A page has one; parts of it begin with ##"
            found.append((heading.line, what))
        if not heading.is_own:
            continue
        if heading.id in known:
            what = f"has two headings with the id {heading.id!r}. An id stands once, at the end of a heading"
            found.append((heading.line, what))
        if not GOOD_ID.fullmatch(heading.id):
            what = (
                f"has a heading with the id {heading.id!r}. An id is made of letters, digits, hyphens and underscores"
            )
            found.append((heading.line, f"{what}, and begins and ends with a letter or digit: {{#not-working}}"))
        known.add(heading.id)
    return found


def _shown_with(index: int, steps: tuple[Step, ...]) -> list[Step]:
    """Return the steps in a picture's item on the page it shows: from the one that led there to the one away."""
    first = last = index
    while first > 0 and steps[first - 1].item == steps[index].item and steps[first - 1].verb not in ("click", "mail"):
        first -= 1
    while last + 1 < len(steps) and steps[last + 1].item == steps[index].item and steps[last].verb != "click":
        last += 1
    return list(steps[first : last + 1])


def _is_on(screen: str, step: Step, platform: Platform) -> bool:
    """Whether the step is about an element of the screen, or, for no screen, of what surrounds every page."""
    if screen not in platform.declared.screens or step.verb == "mail":
        return (_screen(step, platform) or "") == screen
    return any(text.id == step.element for text in platform.declared.screens[screen].texts())


def _screen(step: Step, platform: Platform) -> str | None:
    if step.verb in ("visit", "title"):
        return step.element
    return screen_of(step.element, platform) if step.element and step.verb != "mail" else None
