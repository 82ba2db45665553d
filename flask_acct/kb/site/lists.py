"""The pages that lead to articles: all by category, each category's and topic's, A to Z, and the glossary.

Plain Markdown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from markdown import markdown
from markupsafe import Markup

from ...declare.formats import pair
from ..articles import glossary as words_
from ..articles.article import Article
from ..articles.content import KbError, did_you_mean
from ..articles.folding import folded
from ..articles.glossary import Term
from ..articles.markdown import escape, heading_id

if TYPE_CHECKING:
    from ..articles.knowledge_base import KnowledgeBase

INDEX, A_TO_Z, GLOSSARY = "index.md", "a-z.md", "glossary.md"
TOPICS = "topics"
CATEGORIES = "categories"

TOPICS_ID = "acct-topics"
"""The id of the heading of all topics on the front page."""

RELATED = 4
"""How many related articles are named below an article."""

MOST_ASKED = 5
"""How many articles are offered to readers who have not searched yet, or have found nothing."""

SUMMARY = 140
"""Most characters of the line that says what an article is about."""

NO_PROSE = re.compile(r"[#>|!?<`~\ue000-\uf8ff-]|[*+] |\d+[.)] |    |\*\*[^*\n]+\*\*: ")
"""How a paragraph begins that is a heading, list, picture, code, box or table, or explains a word."""


def pages(centre: KnowledgeBase, locale: str) -> Mapping[str, str]:
    """Return every such page of a language, by its file."""
    articles = by_title([centre.article(id_, locale) for id_ in centre.ids_in(locale)])
    made = {INDEX: _index(centre, articles, locale)}
    for file, parts in listed(centre, locale).items():
        folder = "../" if "/" in file else ""
        texts = [text for heading, group in parts for text in _part(heading, group, folder)]
        made[file] = _page(_titles(centre, articles, locale)[file], texts)
    if terms := glossary(centre, locale):
        made[GLOSSARY] = _glossary(centre, terms, locale)
    return made


def listed(centre: KnowledgeBase, locale: str) -> Mapping[str, list[tuple[str, list[Article]]]]:
    """Return the articles of each list by its file, below their headings: ``{"a-z.md": [("A", [...])]}``."""
    articles = by_title([centre.article(id_, locale) for id_ in centre.ids_in(locale)])
    letters = groupby(articles, key=lambda article: _letter(article.title))
    found = {A_TO_Z: [(letter, list(group)) for letter, group in letters]}
    found |= {category_file(name): [("", group)] for name, group in grouped(centre, locale) if name}
    for tag in tags(articles):
        found[f"{TOPICS}/{tag}.md"] = [("", by_demand(centre, (one for one in articles if tag in one.facts.tags)))]
    return found


def by_category(centre: KnowledgeBase, locale: str) -> list[tuple[str, list[Article]]]:
    """Return the articles under the words of their category, in the order of ``grouped``."""
    return [(centre.category(name, locale) if name else "", group) for name, group in grouped(centre, locale)]


def grouped(centre: KnowledgeBase, locale: str) -> list[tuple[str, list[Article]]]:
    """Return the articles by category, in the order in which the categories are declared.

    Articles without a category come first, under an empty name; in each category, those most asked for.
    """
    articles = by_demand(centre, (centre.article(id_, locale) for id_ in centre.ids_in(locale)))
    names = ("", *centre.names("categories"))
    groups = ((name, [one for one in articles if one.facts.category == name]) for name in names)
    return [(name, group) for name, group in groups if group]


def category_file(name: str) -> str:
    """Return the page of a category: ``categories/signing-in.md``."""
    return f"{CATEGORIES}/{name.replace('_', '-')}.md"


def category_id(words: str) -> str:
    """Return the id of a category's heading on the front page, from its words."""
    return heading_id(words)


def by_title(articles: Iterable[Article]) -> list[Article]:
    return sorted(articles, key=lambda article: _sorted_as(article.title))


def by_demand(centre: KnowledgeBase, articles: Iterable[Article]) -> list[Article]:
    """Return the articles, first those that ``[help] most_asked`` names, in its order."""
    named = centre.platform.config.help.most_asked
    return sorted(by_title(articles), key=lambda one: named.index(one.id) if one.id in named else len(named))


def most_asked(centre: KnowledgeBase, locale: str) -> list[Article]:
    """Return what a reader is offered who has not searched yet, or has found nothing: ``MOST_ASKED`` articles."""
    return by_demand(centre, (centre.article(id_, locale) for id_ in centre.ids_in(locale)))[:MOST_ASKED]


def problems(centre: KnowledgeBase) -> Iterator[KbError]:
    """Yield names in ``[help] most_asked`` that no article has; the article may be unused in this configuration."""
    help_, known = centre.platform.config.help, centre.content.names
    for name in help_.most_asked:
        if name not in known and "most_asked" in help_.model_fields_set:
            yield KbError(f'[help] most_asked: "{name}" is no article. {did_you_mean(name, known)}')


def summary(article: Article) -> str:
    """Return what an article is about: the first sentences of its first paragraph; empty if it has none."""
    paragraphs = (part.strip("\n") for part in article.body.split("\n\n"))
    first = next((part for part in paragraphs if part.strip() and not NO_PROSE.match(part)), "")
    return _shortened(_without_marks(first))


@lru_cache(maxsize=4096)
def _without_marks(paragraph: str) -> str:
    return Markup(markdown(paragraph)).striptags()  # noqa: S704 - nothing but its text is kept


def _shortened(text: str) -> str:
    """Return as many whole sentences as fit; a longer first one is cut after a word."""
    start = ""
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if len(start) + len(sentence) >= SUMMARY:
            break
        start = f"{start} {sentence}".lstrip()
    if start or len(text) <= SUMMARY:
        return start or text
    cut = text[: SUMMARY - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut else cut}…"


def tags(articles: Iterable[Article]) -> list[str]:
    return sorted({tag for article in articles for tag in article.facts.tags})


def glossary(centre: KnowledgeBase, locale: str) -> tuple[Term, ...]:
    """Return the terms and their meanings, from A to Z. Raises ``KbError``."""
    return words_.terms(centre.content, locale, centre.platform)


def related(centre: KnowledgeBase, article: Article) -> tuple[Article, ...]:
    """Return the articles to read next: those the article's head names, else those with the same tags and category.

    At most ``RELATED``, those that share most first, and only existing ones in its language under this configuration.
    """
    there = [id_ for id_ in centre.ids_in(article.locale) if id_ != article.id]
    if article.facts.related:
        chosen = [id_ for id_ in article.facts.related if id_ in there]
        return tuple(centre.article(id_, article.locale) for id_ in chosen[:RELATED])
    others = by_title([centre.article(id_, article.locale) for id_ in there])
    tags_ = frozenset(article.facts.tags)
    near = [(_shared(article, tags_, other), other) for other in others]
    ranked = sorted((pair for pair in near if any(pair[0])), key=lambda pair: pair[0], reverse=True)
    return tuple(other for _, other in ranked[:RELATED])


def _shared(one: Article, tags_: frozenset[str], other: Article) -> tuple[int, bool]:
    """Return how many tags two articles share, the first one's being given, and whether they have the same category."""
    return len(tags_.intersection(other.facts.tags)), bool(
        one.facts.category
    ) and one.facts.category == other.facts.category


def topic_links(centre: KnowledgeBase, article: Article) -> str:
    """Return the topics of an article, each linked to its page: ``Topics: [Password](topics/password.md)``."""
    names = zip(article.facts.tags, centre.tags(article), strict=True)
    links = ", ".join(f"[{escape(words)}]({TOPICS}/{tag}.md)" for tag, words in names)
    topics = escape(centre.say("help.site.topics", article.locale))
    return pair(topics, links, locale=article.locale) if links else ""


def _index(centre: KnowledgeBase, articles: list[Article], locale: str) -> str:
    lines = [centre.say("help.site.intro", locale)]
    for category, group in by_category(centre, locale):
        # Without the number of its articles, so that its address does not change.
        lines += [f"## {escape(category)} ({len(group)}) {{#{category_id(category)}}}"] if category else []
        lines.append(_list(group))
    links = [f"- [{escape(centre.say('help.site.a_to_z', locale))}]({A_TO_Z})"]
    if glossary(centre, locale):
        links.append(f"- [{escape(centre.say('help.site.glossary', locale))}]({GLOSSARY})")
    topics = [f"- [{escape(centre.tag(tag, locale))}]({TOPICS}/{tag}.md)" for tag in tags(articles)]
    if topics:
        lines += [f"## {escape(centre.say('help.site.topics', locale))} {{#{TOPICS_ID}}}", "\n".join(topics)]
    return _page(centre.say("help.site.title", locale), [*lines, "\n".join(links)])


def _titles(centre: KnowledgeBase, articles: list[Article], locale: str) -> Mapping[str, str]:
    """Return the heading of each list, by its file."""
    topics = {f"{TOPICS}/{tag}.md": centre.tag(tag, locale) for tag in tags(articles)}
    return {
        A_TO_Z: centre.say("help.site.a_to_z", locale),
        **{category_file(name): centre.category(name, locale) for name, _ in grouped(centre, locale) if name},
        **{file: centre.say("help.site.about", locale, topic=words) for file, words in topics.items()},
    }


def _part(heading: str, articles: list[Article], folder: str) -> list[str]:
    return [*([f"## {escape(heading)}"] if heading else []), _list(articles, folder)]


def _glossary(centre: KnowledgeBase, terms: Iterable[Term], locale: str) -> str:
    parts = [part for one in terms for part in (f"## {escape(one.title)} {{#{one.id}}}", escape(one.meaning))]
    return _page(centre.say("help.site.glossary", locale), parts)


def _letter(title: str) -> str:
    """Return the letter that a title is listed under: ``"¿Quién?"`` under Q."""
    return (_sorted_as(title) or "#")[0].upper()


@lru_cache(maxsize=4096)
def _sorted_as(title: str) -> str:
    """Return the title without accents, and without what precedes its first letter: ``"¿Quién?"`` as ``"quien?"``."""
    return re.sub(r"^\W+", "", folded(title))


def _list(articles: Iterable[Article], folder: str = "") -> str:
    return "\n".join(f"- [{escape(article.title)}]({folder}{article.id}.md)" for article in articles)


def _page(title: str, parts: list[str]) -> str:
    text = "\n\n".join(parts)
    return f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n\n# {escape(title)}\n\n{text}\n"
