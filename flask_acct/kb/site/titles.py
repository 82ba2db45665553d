"""Titles as the theme prints them: as text, marked with the language they are in.

The theme prints a title as HTML in one place (menu, links) and escapes it in another (labels, the head of a page). A
language may lack an article; then its readers get the text of another one, marked by ``lang`` and ``dir``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from babel import Locale
from mkdocs.structure.nav import Section
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink

from ...declare.labels import direction, language_name, language_tag
from ..articles.article import Article
from ..articles.glossary import Term
from ..articles.knowledge_base import KnowledgeBase
from . import lists


class TitleMarkup(str):
    """Text that is HTML where a template prints it, and plain text where a template escapes it.

    Sample: ``TitleMarkup("Bread & rolls")`` is ``Bread &amp; rolls`` in both.
    """

    plain: str

    def __new__(cls, text: str, language: str = "") -> TitleMarkup:
        made = super().__new__(cls, f"<span{language}>{escape(text)}</span>" if language else escape(text))
        made.plain = text
        return made

    def __html__(self) -> str:
        return escape(self.plain)


def attributes(written_in: str, page: str) -> str:
    """Return the attributes of an HTML element whose text is in another language than the page: `` lang="en"
    dir="ltr"``.

    Empty if it is in the same language, also in the variant of another country.
    """
    if is_same_language(written_in, page):
        return ""
    return f' lang="{language_tag(written_in)}" dir="{direction(written_in)}"'


def is_same_language(one: str, other: str) -> bool:
    return one.partition("_")[0] == other.partition("_")[0]


def language_of(article: Article) -> str:
    """Return the attributes of an article's text; empty for one in the language of its page."""
    return attributes(article.source.locale, article.locale)


def language_of_title(centre: KnowledgeBase, article: Article) -> str:
    """Return the attributes of its title, which may be a label that exists in the page's language."""
    language = language_of(article)
    if language and article.title == centre.article(article.id, article.source.locale).title:
        return language
    return ""


def written_in(article: Article) -> str:
    """Return the name of its text's language, in the page's language: ``inglés``."""
    language = Locale.parse(article.source.locale).language
    return str(Locale.parse(article.locale).languages.get(language, language_name(article.source.locale)))


def mark(pages: Iterable[Page], centre: KnowledgeBase, locale: str) -> None:
    """The titles of all pages, of their contents and their descriptions are text, each marked with its language."""
    ids = set(centre.ids_in(locale))
    for page in pages:
        name = page.file.src_uri.removesuffix(".md")
        if name in ids:
            _mark_article(page, centre, centre.article(name, locale))
            continue
        page.title = TitleMarkup(page.title or "")
        if page.file.src_uri == lists.GLOSSARY:
            written = {term.id: attributes(term.locale, locale) for term in lists.glossary(centre, locale)}
            _mark_headings(page.toc, written)


def _mark_article(page: Page, centre: KnowledgeBase, article: Article) -> None:
    page.title = TitleMarkup(article.title, language_of_title(centre, article))
    page.meta["description"] = TitleMarkup(lists.summary(article) or str(page.meta.get("description") or ""))
    language = language_of(article)
    _mark_headings(page.toc, {heading.id: language for heading in _headings(page.toc)})


def _mark_headings(found: Iterable[AnchorLink], languages: Mapping[str, str]) -> None:
    for heading in _headings(found):
        if language := languages.get(heading.id):
            heading.title = f"<span{language}>{heading.title}</span>"


def mark_sections(sections: Iterable[object]) -> None:
    """The headings of the menu are text as well."""
    for one in sections:
        if isinstance(one, Section):
            one.title = TitleMarkup(one.title)


def mark_terms(page_html: str, terms: Iterable[Term], locale: str) -> str:
    """Return the page of all terms, each marked with the language it is written in."""
    for term in terms:
        if language := attributes(term.locale, locale):
            begin, heading, rest = page_html.partition(f'<h2 id="{term.id}">')
            page_html = (
                f"{begin}{heading[:-1]}{language}>{rest.replace('<p>', f'<p{language}>', 1)}" if heading else begin
            )
    return page_html


def _headings(found: Iterable[AnchorLink]) -> Iterator[AnchorLink]:
    for heading in found:
        yield heading
        yield from _headings(heading.children)
