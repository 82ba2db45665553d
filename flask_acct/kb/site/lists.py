"""The pages that lead to articles: all by category, each category's and topic's, A to Z, and the glossary.

Plain Markdown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from ..articles import glossary as words_
from ..articles.article import Article
from ..articles.markdown import escape
from ..articles.folding import folded
from ..articles.glossary import Term

if TYPE_CHECKING:
    from ..articles.centre import Centre

INDEX, A_TO_Z, GLOSSARY = "index.md", "a-z.md", "glossary.md"
TOPICS = "topics"
CATEGORIES = "categories"

RELATED = 4
"""How many articles are named below another."""


def pages(centre: Centre, locale: str) -> Mapping[str, str]:
    """Every such page of a language, by its file."""
    articles = by_title([centre.article(id_, locale) for id_ in centre.ids_in(locale)])
    topics = {f"{TOPICS}/{tag}.md": _topic(centre, tag, articles, locale) for tag in tags(articles)}
    categories = {
        category_file(name): _page(centre.category(name, locale), [_list(group, "../")])
        for name, group in grouped(centre, locale)
        if name
    }
    made = {INDEX: _index(centre, articles, locale), A_TO_Z: _a_to_z(centre, articles, locale), **categories, **topics}
    if terms := glossary(centre, locale):
        made[GLOSSARY] = _glossary(centre, terms, locale)
    return made


def by_category(centre: Centre, locale: str) -> list[tuple[str, list[Article]]]:
    """The articles under the words of their category, as ``grouped``."""
    return [(centre.category(name, locale) if name else "", group) for name, group in grouped(centre, locale)]


def grouped(centre: Centre, locale: str) -> list[tuple[str, list[Article]]]:
    """The articles by category, in the order the categories are declared in.

    Articles without a category come first, under an empty name.
    """
    articles = by_title([centre.article(id_, locale) for id_ in centre.ids_in(locale)])
    names = ("", *centre.names("categories"))
    groups = ((name, [one for one in articles if one.facts.category == name]) for name in names)
    return [(name, group) for name, group in groups if group]


def category_file(name: str) -> str:
    """The page of a category: ``categories/signing-in.md``."""
    return f"{CATEGORIES}/{name.replace('_', '-')}.md"


def by_title(articles: Iterable[Article]) -> list[Article]:
    return sorted(articles, key=lambda article: _sorted_as(article.title))


def tags(articles: Iterable[Article]) -> list[str]:
    return sorted({tag for article in articles for tag in article.facts.tags})


def glossary(centre: Centre, locale: str) -> tuple[Term, ...]:
    """The terms and what they mean, from A to Z. Raises ``KbError``."""
    return words_.terms(centre.content, locale, centre.edition)


def related(centre: Centre, article: Article) -> tuple[Article, ...]:
    """The articles worth reading after one: those its head names, else those with the same tags and category.

    At most ``RELATED``, those that share most first, and only what there is in its language under this configuration.
    """
    there = [id_ for id_ in centre.ids_in(article.locale) if id_ != article.id]
    if article.facts.related:
        chosen = [id_ for id_ in article.facts.related if id_ in there]
        return tuple(centre.article(id_, article.locale) for id_ in chosen[:RELATED])
    others = by_title([centre.article(id_, article.locale) for id_ in there])
    near = [(_shared(article, other), other) for other in others]
    ranked = sorted((pair for pair in near if any(pair[0])), key=lambda pair: pair[0], reverse=True)
    return tuple(other for _, other in ranked[:RELATED])


def _shared(one: Article, other: Article) -> tuple[int, bool]:
    """How many tags two articles share, and whether they have the same category."""
    tags_ = set(one.facts.tags) & set(other.facts.tags)
    return len(tags_), bool(one.facts.category) and one.facts.category == other.facts.category


def topic_links(centre: Centre, article: Article) -> str:
    """The topics of an article, each linked to its page: ``Topics: [Password](topics/password.md)``."""
    names = zip(article.facts.tags, centre.tags(article), strict=True)
    links = ", ".join(f"[{escape(words)}]({TOPICS}/{tag}.md)" for tag, words in names)
    return f"{escape(centre.say('help.site.topics', article.locale))}: {links}" if links else ""


def _index(centre: Centre, articles: list[Article], locale: str) -> str:
    lines = [centre.say("help.site.intro", locale)]
    for category, group in by_category(centre, locale):
        lines += [f"## {escape(category)} ({len(group)})"] if category else []
        lines.append(_list(group))
    links = [f"- [{escape(centre.say('help.site.a_to_z', locale))}]({A_TO_Z})"]
    if glossary(centre, locale):
        links.append(f"- [{escape(centre.say('help.site.glossary', locale))}]({GLOSSARY})")
    topics = [f"- [{escape(centre.tag(tag, locale))}]({TOPICS}/{tag}.md)" for tag in tags(articles)]
    if topics:
        lines += [f"## {escape(centre.say('help.site.topics', locale))}", "\n".join(topics)]
    return _page(centre.say("help.site.title", locale), [*lines, "\n".join(links)])


def _topic(centre: Centre, tag: str, articles: list[Article], locale: str) -> str:
    tagged = [article for article in articles if tag in article.facts.tags]
    return _page(centre.say("help.site.about", locale, topic=centre.tag(tag, locale)), [_list(tagged, "../")])


def _a_to_z(centre: Centre, articles: list[Article], locale: str) -> str:
    parts: list[str] = []
    for letter, group in groupby(articles, key=lambda article: _letter(article.title)):
        parts += [f"## {escape(letter)}", _list(group)]
    return _page(centre.say("help.site.a_to_z", locale), parts)


def _glossary(centre: Centre, terms: Iterable[Term], locale: str) -> str:
    parts = [part for one in terms for part in (f"## {escape(one.title)} {{#{one.id}}}", escape(one.meaning))]
    return _page(centre.say("help.site.glossary", locale), parts)


def _letter(title: str) -> str:
    """Under which letter a title stands: ``"¿Quién?"`` under Q."""
    return (_sorted_as(title) or "#")[0].upper()


@lru_cache(maxsize=4096)
def _sorted_as(title: str) -> str:
    """Without accents, and without what stands before its first letter: ``"¿Quién?"`` as ``"quien?"``."""
    return re.sub(r"^\W+", "", folded(title))


def _list(articles: Iterable[Article], folder: str = "") -> str:
    return "\n".join(f"- [{escape(article.title)}]({folder}{article.id}.md)" for article in articles)


def _page(title: str, parts: list[str]) -> str:
    text = "\n\n".join(parts)
    return f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n\n# {escape(title)}\n\n{text}\n"
