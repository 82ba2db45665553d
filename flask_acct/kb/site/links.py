"""Checks that the links of an article lead to pages and headings that the site has, as MkDocs would find them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ...declare.labels import language_tag
from ..articles.article import Article
from ..articles.content import KbError, did_you_mean
from . import lists, redirects

if TYPE_CHECKING:
    from ..articles.knowledge_base import KnowledgeBase


LANGUAGE = re.compile(r"[a-z]{2,3}(?:[_-]\w{2,4})?")


def problems(article: Article, centre: KnowledgeBase) -> Iterator[KbError]:
    """Yield links that lead nowhere in the article's language under this configuration."""
    for address, line in article.links:
        if reason := _reason(address, article, centre):
            where = f" in {article.locale}" if article.locale != article.source.locale else ""
            yield KbError(f"links to {address}{where}, {reason}", file=article.source.file, line=line)


def _reason(address: str, article: Article, centre: KnowledgeBase) -> str:
    """Return why a link leads nowhere; empty if it leads somewhere, or out of the site."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    if parts.path.startswith("/"):
        return _of_ours(parts.path, article, centre)
    path, anchor = unquote(parts.path), unquote(parts.fragment)
    if not path:
        return _no_anchor(anchor, article.ids, "this page") if anchor or address != "#" else ""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix != ".md":
        return "" if suffix not in ("", ".html", ".htm", ".markdown") else _no_page(path, article, centre)
    page = normpath(path)
    name = page.removesuffix(".md")
    if name in centre.content.skipped and page not in _leading(centre, article.locale):
        # A fault of that article is reported there.
        return ""
    if page.startswith("../"):
        return _elsewhere(page, article, centre)
    if name in centre.ids_in(article.locale):
        return _no_anchor(anchor, centre.article(name, article.locale).ids if anchor else frozenset(), page)
    return _no_list(page, anchor, article, centre)


def _of_ours(path: str, article: Article, centre: KnowledgeBase) -> str:
    """Return why an absolute address of the help centre leads nowhere; other pages of the app are not checked."""
    found = re.fullmatch(r"/help/([\w-]+)/([^/]+?)(?:\.html|\.md)?/?", path)
    tags = {language_tag(locale): locale for locale in centre.locales}
    if found is None or (found[1] not in tags and not LANGUAGE.fullmatch(found[1])):
        return ""
    there = centre.ids_in(tags[found[1]]) if found[1] in tags else ()
    known = {*there, *(page.partition(".")[0] for page in _leading(centre, article.locale)), *redirects.TAKEN}
    if found[2] in known:
        return ""
    return f"which is not there. A page is linked by its file, sign-in.md. {did_you_mean(found[2], there)}"


def _no_list(page: str, anchor: str, article: Article, centre: KnowledgeBase) -> str:
    name = page.removesuffix(".md")
    is_ours = page in _leading(centre, article.locale)
    if centre.content.knows(name) and not is_ours:
        around = f'{{% if "{name}" in articles %}} and {{% endif %}}'
        return (
            f"which has no page in {article.locale} under this configuration. Put what is said of it between {around}"
        )
    if not is_ours:
        return f"which is not there. {did_you_mean(name, centre.ids_in(article.locale))}"
    if page == lists.GLOSSARY:
        terms = frozenset(term.id for term in lists.glossary(centre, article.locale))
        return _no_anchor(anchor, terms, page)
    if not anchor:
        return ""
    from ..articles.parsed import parse

    text = lists.pages(centre, article.locale)[page]
    return _no_anchor(anchor, frozenset(parse(text.partition("---\n\n")[2]).ids), page)


def _leading(centre: KnowledgeBase, locale: str) -> frozenset[str]:
    """Return the pages of links, as ``lists.pages`` makes them."""
    facts = [centre.content.first(id_).facts for id_ in centre.ids_in(locale)]
    topics = {f"{lists.TOPICS}/{tag}.md" for one in facts for tag in one.tags}
    categories = {lists.category_file(one.category) for one in facts if one.category}
    return frozenset(
        {lists.INDEX, lists.A_TO_Z, *([lists.GLOSSARY] if lists.glossary(centre, locale) else []), *topics, *categories}
    )


def _no_page(path: str, article: Article, centre: KnowledgeBase) -> str:
    """Return why there is no such page: pages are linked by their files, whatever addresses they have on the site."""
    name = PurePosixPath(normpath(path)).name.partition(".")[0]
    known = (*centre.ids_in(article.locale), "index", "a-z", "glossary")
    return f"which is the address of no file. A page is linked by its file: {name}.md" + (
        "" if name in known else f". {did_you_mean(name, known)}"
    )


def _elsewhere(page: str, article: Article, centre: KnowledgeBase) -> str:
    parts = PurePosixPath(page).parts
    if len(parts) == 3 and re.fullmatch(r"[a-z]{2,3}([_-]\w+)?", parts[1]):
        name = parts[2].removesuffix(".md")
        there = (
            "" if name in centre.ids_in(article.locale) else f". {did_you_mean(name, centre.ids_in(article.locale))}"
        )
        return f"a page of another language. Each language links to its own pages: {parts[2]}{there}"
    return "which is outside of the folder of its language"


def _no_anchor(anchor: str, ids: frozenset[str], page: str) -> str:
    if not anchor or anchor in ids:
        return ""
    return f"and there is no #{anchor} on {page}. {did_you_mean(anchor, ids)}"
