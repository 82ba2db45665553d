"""Where the steps of an article stand, and what each of its pictures shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ...edition import Edition
from .alts import alt
from .article import Editions, Shot, Step, screen_of

STEP = re.compile("\ue000(\\d+)\ue001")
BOX = re.compile("\ue004(\\d+)\ue005")
_ITEM = re.compile(r"^\d+[.)]\s")


def placed(steps: list[Step], text: str) -> tuple[tuple[Step, ...], str]:
    """The steps with their items, in the order written, and the text with pictures and boxes at the ends of items."""
    done: list[Step] = []
    lines: list[str] = []
    waiting: list[str] = []
    item = items = number = pictures = 0
    for line in text.splitlines():
        starts = _ITEM.match(line)
        if starts or line.startswith("#") or _leaves(line, lines):
            _put_pictures(waiting, lines, item)
            items += bool(starts)
            item = items if starts else 0
            number = number + 1 if starts else number if not line.startswith("#") else 0
        for index in STEP.findall(line):
            done.append(replace(steps[int(index)], item=item))
            if done[-1].verb == "shot":
                pictures += 1
                waiting.append(f"\ue002{pictures}\ue003")
        waiting += [found[0] for found in BOX.finditer(line)]
        bare = BOX.sub("", STEP.sub("", line))
        if line.strip() and not bare.strip():
            # Only a picture stood there. An empty line in its place would end the item.
            continue
        lines.append(re.sub(r"(?<=\S)  +", " ", _ITEM.sub(f"{number}. ", bare, count=bool(starts))).rstrip())
    _put_pictures(waiting, lines, item)
    return tuple(done), re.sub(r"\n{3,}", "\n\n", "\n".join(lines) + "\n")


def shots(steps: tuple[Step, ...], editions: Editions, locale: str) -> Iterator[Shot]:
    """The pictures of an article, each with what is done on its page up to then and marked in it."""
    number = 0
    for index, step in enumerate(steps):
        if step.verb != "shot":
            continue
        number += 1
        edition = editions.get(step.platform) or next(iter(editions.values()))
        shown = _shown_with(index, steps)
        screen = next((found for other in shown if (found := _screen(other, edition))), "")
        texts = edition.declared.texts
        marks = dict.fromkeys(
            other.element for other in shown if other.element in texts and _is_on(screen, other, edition)
        )
        yield Shot(number, step.platform, screen, tuple(marks), alt(screen, tuple(marks), edition, locale))


def _leaves(line: str, before: list[str]) -> bool:
    """Whether the line is no part of what came before it: an unindented line after an empty one."""
    after_blank = bool(before) and not before[-1]
    return bool(line.strip()) and not line[0].isspace() and after_blank


def _put_pictures(waiting: list[str], lines: list[str], item: int) -> None:
    """The waiting pictures stand after the last line that is not empty, as a part of the item."""
    while lines and not lines[-1] and waiting:
        lines.pop()
    for mark in waiting:
        lines += ["", f"{'    ' if item else ''}{mark}"]
    if waiting:
        lines.append("")
    waiting.clear()


def _shown_with(index: int, steps: tuple[Step, ...]) -> list[Step]:
    """The steps of a picture's item that are done on the page as it is then: from what led there to what leads away."""
    first = last = index
    while first > 0 and steps[first - 1].item == steps[index].item and steps[first - 1].verb not in ("click", "mail"):
        first -= 1
    while last + 1 < len(steps) and steps[last + 1].item == steps[index].item and steps[last].verb != "click":
        last += 1
    return list(steps[first : last + 1])


def _is_on(screen: str, step: Step, edition: Edition) -> bool:
    """Whether the step is about an element of the screen, or, for no screen, of what stands around every page."""
    if screen not in edition.declared.screens or step.verb == "mail":
        return (_screen(step, edition) or "") == screen
    return any(text.id == step.element for text in edition.declared.screens[screen].texts())


def _screen(step: Step, edition: Edition) -> str | None:
    if step.verb in ("visit", "title"):
        return step.element
    return screen_of(step.element, edition) if step.element and step.verb != "mail" else None
