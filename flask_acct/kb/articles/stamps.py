"""Marks a translation, once somebody has read it, as one of today's text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ... import config as configuration
from ...features import platforms
from .. import outputs
from .article import Platforms
from .content import IN_WHEEL, KbError, Source, digest, place
from .rendering import render
from .sandbox import applies

if TYPE_CHECKING:
    from .knowledge_base import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Stamp:
    """A translation, and the digest of the text that it now translates."""

    source: Source
    digest: str

    def __str__(self) -> str:
        return (
            f"{place(self.source.file)}: translates {self.digest}, before {self.source.facts.translates or 'nothing'}"
        )


def stamps(centre: KnowledgeBase, ids: Sequence[str], locales: Sequence[str]) -> list[Stamp]:
    """Return what to write. Raises ``KbError`` with everything that must be fixed first.

    Args:
        locales: Only these languages; without any, all.
    """
    wanted = list(_due(centre, ids, locales))
    problems = [problem for stamp in wanted for problem in _problems(stamp.source, centre)]
    if problems:
        raise KbError("\n".join(dict.fromkeys(str(problem) for problem in problems)))
    return wanted


def write(stamp: Stamp) -> None:
    """The file's head says ``translates:`` with the digest; nothing else in it changes."""
    file, line = stamp.source.file, stamp.source.facts.lines.get("translates")
    lines = file.read_bytes().decode().splitlines(keepends=True)
    begin = next(number for number, text in enumerate(lines) if text.strip("\ufeff \t\r\n"))
    end = lines[begin][len(lines[begin].rstrip("\r\n")) :]
    lines[line - 1 if line else begin + 1 : line or begin + 1] = [f"translates: {stamp.digest}{end}"]
    try:
        outputs.replace(file, "".join(lines).encode())
    except OSError as error:
        raise KbError(f"cannot be written: {error.strerror}", file=file) from None


def _due(centre: KnowledgeBase, ids: Sequence[str], locales: Sequence[str]) -> Iterator[Stamp]:
    for id_ in ids:
        now = digest(centre.content.first(id_))
        for source in centre.content.translations(id_):
            is_meant = not locales or source.locale in locales
            if is_meant and not source.facts.hidden and source.facts.translates != now:
                yield Stamp(source, now)


def _problems(source: Source, centre: KnowledgeBase) -> Iterator[KbError]:
    """Yield why a translation cannot be stamped."""
    content = centre.content
    if source.file.is_relative_to(IN_WHEEL):
        own = "the folder of [help] articles"
        yield KbError(f"belongs to the installed package. Write your own translation in {own}", file=source.file)
        return
    if content.is_own(content.first(source.id)) and not content.is_own(source):
        yield KbError("translates our text, which yours has replaced. Write a translation of yours", file=source.file)
        return
    for alike in _wherever(source, centre):
        try:
            render(source.id, content=content, platforms=alike, locale=source.locale)
        except KbError as error:
            yield error


def _wherever(source: Source, centre: KnowledgeBase) -> Iterator[Platforms]:
    """Yield every configuration that the article must be right for: this one, and for ours each preset."""
    known = [centre.platforms]
    if not centre.content.is_own(source):
        known += [platforms(configuration.preset(name)) for name in configuration.presets()]
    for alike in known:
        if applies(source.id, next(iter(alike.values())), content=centre.content):
            yield alike
