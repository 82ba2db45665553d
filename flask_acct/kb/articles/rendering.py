"""Articles from their files: which there are, what each helps with, and one rendered in a language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...edition import Edition
from . import images
from .article import Article, Editions, Step
from .content import SOURCE_LOCALE, Content, KbError, Source
from .markdown import anchors, unescaped
from .parity import same_anchors, same_steps
from .placing import placed, shots
from .sandbox import applies
from .writing import Writing


def help_links(edition: Edition, content: Content, locale: str = SOURCE_LOCALE) -> Mapping[str, str]:
    """Where the pages of a language lead for help, by the screen's name or the message's id.

    Sample: ``{"login.form": "sign-in", "login.form.wrong": "sign-in#not-working"}``. Of several articles that claim
    the same, the host's go before ours, then one for a configuration like this (``when``) before one for all.
    """
    links: dict[str, str] = {}
    sources = [content.first(id_) for id_ in content.ids if content.has(id_, locale)]
    for source in sorted(sources, key=lambda one: (not content.is_own(one), not one.facts.when)):
        if applies(source.id, content=content, edition=edition):
            for screen in source.facts.screens:
                if screen in edition.declared.screens:
                    links.setdefault(screen, source.id)
            for message, anchor in answers(source):
                if message in edition.declared.texts:
                    links.setdefault(message, f"{source.id}#{anchor}" if anchor else source.id)
    return links


def answers(source: Source) -> Iterator[tuple[str, str]]:
    """The messages an article helps with, and the heading each leads to: ``("login.form.wrong", "not-working")``."""
    for claim in source.facts.answers:
        message, _, anchor = claim.partition("#")
        yield message, anchor


def journey(id_: str, *, content: Content, editions: Editions, platform: str | None) -> tuple[Step, ...]:
    """The steps to run on one platform, in the order of the article's first text."""
    steps = first(id_, content=content, editions=editions).steps
    return tuple(step for step in steps if step.platform in (None, platform))


def render(id_: str, *, content: Content, editions: Editions, locale: str) -> Article:
    """The article in a language. Raises ``KbError`` for anything to mend in it.

    The steps of another language must be those of the first text, item by item, and its headings have the same ids.
    """
    article = read(id_, locale, content=content, editions=editions)
    if article.source != content.first(id_):
        english = first(id_, content=content, editions=editions, reader=locale)
        same_steps(english, article)
        same_anchors(english, article)
    return article


def first(id_: str, *, content: Content, editions: Editions, reader: str = "") -> Article:
    """The text that is translated, in its own language.

    Args:
        reader: Another language, to speak of the articles that one has: the host may hide some in it.
    """
    return read(id_, content.first(id_).locale, content=content, editions=editions, reader=reader)


def read(id_: str, locale: str, *, content: Content, editions: Editions, reader: str = "") -> Article:
    """One file, rendered by itself."""
    source, facts = content.source(id_, locale), content.first(id_).facts
    writing = Writing(source, locale, editions, content, reader)
    steps, text = placed(writing.steps, writing.text())
    text, pictures = images.placed(text, source)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    if title is None:
        what = 'has no heading. Begin the text with # {{ title("…") }} or words of your own'
        raise KbError(what, file=source.file)
    return Article(
        source.id,
        locale,
        source,
        facts,
        unescaped(title[1]),
        text.strip() + "\n",
        steps,
        tuple(shots(steps, editions, locale)),
        tuple(writing.boxes),
        anchors(text, source),
        pictures,
    )
