"""Renders articles from their files, and knows which exist and what each helps with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...platform import Platform
from .article import Article, Platforms, Step
from .content import SOURCE_LOCALE, Content, KbError, Source
from .parity import same_anchors, same_steps
from .sandbox import applies
from .writing import Writing

if TYPE_CHECKING:
    from .content import ArticleHead
    from .images import Files
    from .parsed import MarkdownHeading, ParsedPage
    from .placing import Placed


def help_links(platform: Platform, content: Content, locale: str = SOURCE_LOCALE) -> Mapping[str, str]:
    """Return where the pages of a language link to for help, by the screen's name or the message's id.

    Sample: ``{"login.form": "sign-in", "login.form.wrong": "sign-in#not-working"}``. If several articles claim
    the same, the host's come before ours, then one with a condition (``when``) before one without.
    """
    links: dict[str, str] = {}
    sources = [content.first(id_) for id_ in content.ids if content.has(id_, locale)]
    for source in sorted(sources, key=lambda one: (not content.is_own(one), not one.facts.when)):
        if applies(source.id, platform, content=content):
            for screen in source.facts.screens:
                if screen in platform.declared.screens:
                    links.setdefault(screen, source.id)
            for message, anchor in answers(source):
                if message in platform.declared.texts:
                    links.setdefault(message, f"{source.id}#{anchor}" if anchor else source.id)
    return links


def answers(source: Source) -> Iterator[tuple[str, str]]:
    """Yield the messages an article helps with, and the heading for each: ``("login.form.wrong", "not-working")``."""
    for claim in source.facts.answers:
        message, _, anchor = claim.partition("#")
        yield message, anchor


def journey(id_: str, *, content: Content, platforms: Platforms, platform: str | None) -> tuple[Step, ...]:
    """Return the steps to run on one platform, in the order of the article's first text."""
    steps = first(id_, content=content, platforms=platforms).steps
    return tuple(step for step in steps if step.platform in (None, platform))


def render(id_: str, *, content: Content, platforms: Platforms, locale: str) -> Article:
    """Return the article in a language. Raises ``KbError`` for anything that must be fixed in it.

    The steps of another language must be those of the first text, item by item, and its headings have the same ids.
    """
    if locale == content.first(id_).locale:
        return first(id_, content=content, platforms=platforms)
    article = read(id_, locale, content=content, platforms=platforms)
    if article.source != content.first(id_):
        english = first(id_, content=content, platforms=platforms, reader=locale)
        same_steps(english, article)
        same_anchors(english, article)
    return article


def first(id_: str, *, content: Content, platforms: Platforms, reader: str = "") -> Article:
    """Return the text that is translated, in its own language.

    Args:
        reader: Another language, whose articles it may mention: the host may hide some in it.
    """
    locale = content.first(id_).locale
    if content.own and reader:
        return read(id_, locale, content=content, platforms=platforms, reader=reader)
    # The platforms are stored with it: their ids could be reused by other objects once they are gone.
    key = id_, id(platforms)
    if key not in content.firsts:
        content.firsts[key] = platforms, read(id_, locale, content=content, platforms=platforms)
    return content.firsts[key][1]


def read(id_: str, locale: str, *, content: Content, platforms: Platforms, reader: str = "") -> Article:
    """Return one file, rendered by itself."""
    article, faults = inspected(id_, locale, content=content, platforms=platforms, reader=reader)
    if faults:
        raise faults[0]
    return article


def inspected(
    id_: str, locale: str, *, content: Content, platforms: Platforms, reader: str = ""
) -> tuple[Article, list[KbError]]:
    """Return one file, rendered by itself, and everything to fix in it that its page would show."""
    try:
        from . import foreign, images, placing, sanitising
    except ImportError as error:
        raise KbError(f"Articles are read with Markdown ({error}). Run: pip install 'flask_acct[kb]'") from None

    source, facts = content.source(id_, locale), content.first(id_).facts
    writing = Writing(source, locale, platforms, content, reader)
    text = writing.text()
    files = images.Files()

    def find_addresses(page: ParsedPage) -> Mapping[tuple[int, int], str]:
        nonlocal files
        files = images.files(page, source)
        return files.addresses

    put = placing.placed(writing.steps, text, find_addresses)
    page = put.page
    sentences = sorted({*put.faults, *files.faults, *sanitising.faults(page), *foreign.faults(page)})
    faults = [KbError(what, file=source.file, line=writing.lines[line]) for line, what in sentences]
    faults += _title_faults(put.title, writing, source.file)
    return _article(source, facts, writing, put, files), faults


def _article(source: Source, facts: ArticleHead, writing: Writing, put: Placed, files: Files) -> Article:
    from . import placing

    page = put.page
    return Article(
        source.id,
        writing.locale,
        source,
        facts,
        put.title.words if put.title else source.id,
        put.text,
        put.steps,
        tuple(placing.shots(put.steps, writing.platforms, writing.locale)),
        tuple(writing.boxes),
        tuple(one.id for one in page.headings if one.is_own and one.level > 1),
        tuple(files.found.values()),
        tuple((link.address, writing.lines[link.spot.line]) for link in page.links if not link.is_picture),
        frozenset(page.ids),
        page.summary,
    )


def _title_faults(title: MarkdownHeading | None, writing: Writing, file: Path) -> list[KbError]:
    """Return what is to be mended in an article's heading."""
    from . import foreign

    if title is None or not title.words:
        return [KbError('has no heading. Begin the text with # {{ title("…") }} or words of your own', file=file)]
    line = writing.lines[title.line]
    return [KbError(what, file=file, line=line) for what in foreign.title_faults(title)]
