"""Checks that every language of an article says the same: the same steps and ids, from today's text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from .article import Article, Step
from .content import Content, KbError, Source, digest, place


def same_steps(english: Article, other: Article) -> None:
    """Raise ``KbError``, naming both places, unless both name the same steps in the same numbered items."""
    for item in sorted({step.item for step in (*english.steps, *other.steps)}):
        wanted = [step for step in english.steps if step.item == item]
        got = [step for step in other.steps if step.item == item]
        lacks = list((Counter(s.what for s in wanted) - Counter(s.what for s in got)).elements())
        adds = list((Counter(s.what for s in got) - Counter(s.what for s in wanted)).elements())
        if lacks or adds:
            raise _differs(item, (english, wanted, lacks), (other, got, adds))


def same_anchors(english: Article, other: Article) -> None:
    """Raise ``KbError`` unless pages lead to the same headings in both languages."""
    lacks, adds = ([f"{{#{id_}}}" for id_ in ids] for ids in _differences(english.anchors, other.anchors))
    if lacks or adds:
        parts = [f"lacks {', '.join(lacks)}"] if lacks else []
        parts += [f"adds {', '.join(adds)}"] if adds else []
        what = f"{' and '.join(parts)} at the end of a heading, unlike {place(english.source.file)}"
        raise KbError(f"{what}. Give the same headings the same ids", file=other.source.file)


def stale(id_: str, content: Content, locales: Collection[str] = ()) -> Iterator[KbError]:
    """Yield each translation of another text than today's first one.

    Args:
        locales: The languages of the help centre; without them, every existing translation.
    """
    english = content.first(id_)
    used = {content.source(id_, locale).locale for locale in locales}
    for source in content.translations(id_):
        if source.facts.hidden or (locales and source.locale not in used):
            continue
        if content.is_own(english) and not content.is_own(source):
            yield _replaced(english, source)
        elif source.facts.translates != digest(english):
            version = source.facts.translates or "nothing"
            yield KbError(
                f"translates {version}, but {place(english.file)} is {digest(english)} now. Read what changed there, "
                f"bring this text up to date, and run: flask acct kb stamp {id_} --locale {source.locale}",
                file=source.file,
                line=source.facts.lines.get("translates", 2),
            )


def _replaced(english: Source, source: Source) -> KbError:
    """Return the error for a shipped translation of a text that the host has replaced."""
    wanted = place(english.layer / source.locale / english.file.name)
    return KbError(
        f"takes the place of our text, and so {place(source.file)} no longer translates it. Write {wanted} with the "
        f"line translates: {digest(english)}, or with hidden: true if there shall be no such page in that language",
        file=english.file,
    )


def _differences(wanted: Collection[str], got: Collection[str]) -> tuple[list[str], list[str]]:
    return [one for one in wanted if one not in got], [one for one in got if one not in wanted]


def _differs(
    item: int, english: tuple[Article, list[Step], list[Any]], other: tuple[Article, list[Step], list[Any]]
) -> KbError:
    first, wanted, lacks = english
    second, got, adds = other

    def line(steps: list[Step], whats: list[Any], article: Article) -> int:
        exact = [step.line for step in steps if step.what in whats]
        before = [step.line for step in article.steps if step.item <= item]
        return (exact or [step.line for step in steps] or before[-1:] or [1])[0]

    where = f"item {item}" if item else "outside the numbered items"
    parts = [f"it lacks {', '.join(_named(wanted, lacks))}"] if lacks else []
    parts += [f"it adds {', '.join(_named(got, adds))}"] if adds else []
    there = place(first.source.file, line(wanted, lacks, first))
    what = f"{where} does not do what {there} does: {'; '.join(parts)}. Do the same steps in the same item"
    return KbError(what, file=second.source.file, line=line(got, adds, second))


def _named(steps: list[Step], whats: list[Any]) -> list[str]:
    return [str(next(step for step in steps if step.what == what)) for what in whats]
