"""The pages that lead to articles: all by category, each topic's, A to Z, and the glossary. Plain Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from ..labels import fallbacks
from .articles import Article, escape
from .centre import Centre
from .content import KbError
from .folding import folded

INDEX, A_TO_Z, GLOSSARY = "index.md", "a-z.md", "glossary.md"
TOPICS = "topics"

TERM = re.compile(r"- (.+?) : (.+)")


def pages(centre: Centre, locale: str) -> Mapping[str, str]:
    """Every such page of a language, by its file."""
    articles = by_title([centre.article(id_, locale) for id_ in centre.ids])
    topics = {f"{TOPICS}/{tag}.md": _topic(centre, tag, articles, locale) for tag in tags(articles)}
    made = {INDEX: _index(centre, articles, locale), A_TO_Z: _a_to_z(centre, articles, locale), **topics}
    if terms := glossary(centre, locale):
        made[GLOSSARY] = _glossary(centre, terms, locale)
    return made


def by_category(centre: Centre, locale: str) -> list[tuple[str, list[Article]]]:
    """The articles under the words of their category, in the order the categories are declared in.

    Articles without a category come first, under an empty name.
    """
    articles = by_title([centre.article(id_, locale) for id_ in centre.ids])
    names = ("", *centre.names("categories"))
    groups = ((name, [one for one in articles if one.facts.category == name]) for name in names)
    return [(centre.category(name, locale) if name else "", group) for name, group in groups if group]


def by_title(articles: Iterable[Article]) -> list[Article]:
    return sorted(articles, key=lambda article: _sorted_as(article.title))


def tags(articles: Iterable[Article]) -> list[str]:
    return sorted({tag for article in articles for tag in article.facts.tags})


def glossary(centre: Centre, locale: str) -> list[tuple[str, str]]:
    """The terms and what they mean, in the language or the next one that has a glossary. Raises ``KbError``."""
    folder = centre.content.folder / "glossary"
    file = next((file for name in fallbacks(locale) if (file := folder / f"{name}.md").is_file()), None)
    if file is None:
        return []
    terms: list[tuple[str, str]] = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if line.startswith("- "):
            found = TERM.fullmatch(line)
            if found is None:
                raise KbError("Write a term and its meaning as '- Term : meaning'", file=file, line=number)
            terms.append((found[1].strip(), found[2].strip()))
    return sorted(terms, key=lambda term: _sorted_as(term[0]))


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


def _glossary(centre: Centre, terms: list[tuple[str, str]], locale: str) -> str:
    parts = [part for term, meaning in terms for part in (f"## {escape(term)}", escape(meaning))]
    return _page(centre.say("help.site.glossary", locale), parts)


def _letter(title: str) -> str:
    """Under which letter a title stands: ``"¿Quién?"`` under Q."""
    return (_sorted_as(title) or "#")[0].upper()


def _sorted_as(title: str) -> str:
    """Without accents, and without what stands before its first letter: ``"¿Quién?"`` as ``"quien?"``."""
    return re.sub(r"^\W+", "", folded(title))


def _list(articles: Iterable[Article], folder: str = "") -> str:
    return "\n".join(f"- [{escape(article.title)}]({folder}{article.id}.md)" for article in articles)


def _page(title: str, parts: list[str]) -> str:
    text = "\n\n".join(parts)
    return f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n\n# {escape(title)}\n\n{text}\n"
