"""The help centre as a book: one PDF for each language, with cover, contents, bookmarks, and every article by category.

Chromium prints it from one page. It cannot say in the contents on which pages the articles are; so it prints twice, and
the second time the contents name the pages of the first print.
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from playwright.sync_api import Browser, Page, Route
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

from ...brand.colours import readable
from ...declare.labels import direction, language_tag
from .. import outputs
from ..articles.article import Article
from ..articles.content import KbError
from ..articles.glossary import Term
from ..articles.knowledge_base import KnowledgeBase
from ..articles.parsed import markdown
from ..articles.sanitising import clean
from ..journeys.runs import chromium
from . import building, lists, titles, tree
from .layout import root_url

GLOSSARY = "glossary"
LEADING = (lists.INDEX, lists.A_TO_Z)
"""Pages of the site that the book leaves out, because its contents are the same."""

MANY_COLUMNS = 6

ORIGIN = "http://book.invalid"
"""The book's origin while it is printed: no such host exists, and requests are answered from its folder alone."""

POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"

PRINTS = 3
"""How often the contents may move the articles before that counts as a fault."""

Pages = Mapping[str, int]
"""The page on which each article begins, by its id."""


@dataclass(frozen=True, slots=True)
class Chapter:
    id: str
    title: str
    html: str
    language: str = ""
    """The attributes of a title in another language than the book's: `` lang="en" dir="ltr"``."""


@dataclass(frozen=True, slots=True)
class BookPart:
    """A category; without words, its one chapter has a heading like a category's."""

    words: str
    chapters: tuple[Chapter, ...]


def write(
    centre: KnowledgeBase, out: Path, *, allow_unverified: bool, today: date, locales: tuple[str, ...] = ()
) -> list[Path]:
    """The folder holds ``<language>.pdf``. Returns the files. Raises ``KbError`` as ``building.build`` does.

    Args:
        locales: Only these languages; empty means all.
    """
    inputs = outputs.Inputs.of(centre)
    outputs.raise_unless_folder_is_ours(out, outputs.BOOK, inputs)
    building.check(centre, allow_unverified=allow_unverified)
    # Chromium counts the objects of a file one short; nothing is lost by it.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    wanted = locales or centre.locales
    with (
        outputs.folder(out, outputs.BOOK, inputs) as made,
        chromium() as browser,
        tempfile.TemporaryDirectory() as name,
    ):
        page = offline_page(browser)
        for locale in wanted:
            folder = Path(name) / language_tag(locale)
            folder.mkdir()
            serve_from_folder(page, folder)
            _copy_pictures(centre, locale, folder)
            (made / _name(locale)).write_bytes(_book(centre, locale, today, page, folder))
        for locale in centre.locales:
            if locale not in wanted and (out / _name(locale)).is_file():
                shutil.copy2(out / _name(locale), made)
    return [out / _name(locale) for locale in wanted]


def offline_page(browser: Browser) -> Page:
    """Return a page that runs no script and reaches no network."""
    return browser.new_context(offline=True, java_script_enabled=False, service_workers="block").new_page()


def serve_from_folder(page: Page, folder: Path) -> None:
    """Every request of the page is answered from the folder alone, as ``ORIGIN``."""
    page.unroute_all()
    page.route("**/*", partial(_answer, folder.resolve()))


def _answer(folder: Path, route: Route) -> None:
    """Answer with a file of the book's folder, and with nothing else."""
    requested = urlsplit(route.request.url)
    file = (folder / unquote(requested.path).lstrip("/")).resolve()
    if f"{requested.scheme}://{requested.netloc}" != ORIGIN or not file.is_relative_to(folder) or not file.is_file():
        route.abort()
    elif file.suffix == ".html":
        headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
        route.fulfill(body=file.read_bytes(), headers=headers)
    else:
        route.fulfill(path=file)


def _name(locale: str) -> str:
    return f"{language_tag(locale)}.pdf"


def _book(centre: KnowledgeBase, locale: str, today: date, page: Page, folder: Path) -> bytes:
    """Return the PDF whose contents name the pages of the articles."""
    parts = tuple(_parts(centre, locale))
    pages: Pages = {}
    for _ in range(PRINTS):
        (folder / "book.html").write_text(_html(centre, locale, today, parts, pages), "utf-8")
        page.goto(f"{ORIGIN}/book.html", wait_until="load")
        printed = page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
        found = _pages(printed, parts)
        if found == pages:
            named = [chapter.title for part in parts for chapter in part.chapters]
            return _finished(printed, named, author=centre.platform.config.site.name)
        pages = found
    raise KbError(f"the contents of {language_tag(locale)}.pdf do not come to rest; please report this")


def _pages(printed: bytes, parts: tuple[BookPart, ...]) -> Pages:
    """Return where the links of the contents lead."""
    reader = PdfReader(BytesIO(printed))
    named = {name.removeprefix("/"): place for name, place in reader.named_destinations.items()}
    found: dict[str, int] = {}
    for chapter in (chapter for part in parts for chapter in part.chapters):
        number = reader.get_destination_page_number(named[chapter.id]) if chapter.id in named else None
        if number is None:
            raise KbError(f"Chromium printed no place for the article {chapter.id!r}; a newer one does")
        found[chapter.id] = number + 1
    return found


def _finished(printed: bytes, titles: Sequence[str], *, author: str) -> bytes:
    """Return the book with its author, and with clean bookmarks.

    Chromium repeats the words of a heading in its bookmark if the heading is the first thing on a page, and
    leaves out the space at which a heading continues on the next line.
    """
    whole = {"".join(title.split()): title for title in titles}
    writer = PdfWriter(clone_from=BytesIO(printed))
    writer.add_metadata({"/Author": author, "/Creator": "flask_acct"})
    for mark in _bookmarks(writer.root_object["/Outlines"]):
        title = str(mark["/Title"])
        half = title[: len(title) // 2]
        once = half if title == half * 2 else title
        clean = whole.get("".join(once.split()), once)
        if clean != title:
            mark[NameObject("/Title")] = TextStringObject(clean)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _bookmarks(above: Any) -> Iterator[Any]:
    """Yield every bookmark below one, at any depth."""
    mark = above.get("/First")
    while mark is not None:
        bookmark = mark.get_object()
        yield bookmark
        yield from _bookmarks(bookmark)
        mark = bookmark.get("/Next")


def _html(centre: KnowledgeBase, locale: str, today: date, parts: tuple[BookPart, ...], pages: Pages) -> str:
    config = centre.platform.config
    template = Environment(loader=FileSystemLoader(building.THEME), autoescape=True).get_template("book.html")
    return template.render(
        tag=language_tag(locale),
        dir=direction(locale),
        accent=readable(config.brand.accent, "#ffffff"),
        tagline=centre.say("shell.header.tagline", locale),
        title=centre.say("help.site.book_title", locale),
        contents=centre.say("help.site.book_contents", locale),
        date=centre.say("help.site.book_date", locale, date=format_date(today, "long", locale=locale)),
        address=f"{root_url(centre)}{language_tag(locale)}/",
        write_to_us=centre.say("help.site.write_to_us", locale),
        email=config.site.support_email,
        signature=centre.say("help.site.signature", locale),
        parts=parts,
        pages=pages,
    )


def _parts(centre: KnowledgeBase, locale: str) -> Iterator[BookPart]:
    """Yield the categories with their articles, then the glossary."""
    known, sizes = set(centre.ids_in(locale)), building.sizes(centre)
    for category, group in lists.grouped(centre, locale):
        words = centre.category(category, locale) if category else centre.say("help.site.all_pages", locale)
        yield BookPart(words, tuple(_chapter(centre, article, known, sizes) for article in group))
    if terms := lists.glossary(centre, locale):
        title = centre.say("help.site.glossary", locale)
        yield BookPart("", (Chapter(GLOSSARY, title, _terms(title, terms, locale)),))


def _chapter(centre: KnowledgeBase, article: Article, known: set[str], sizes: Mapping[str, tuple[int, int]]) -> Chapter:
    parser = markdown(_Bound(article, known, f"{root_url(centre)}{language_tag(article.locale)}/"))
    made = clean(building.with_sizes(parser.convert(tree.body(centre, article, for_book=True)), sizes, wait=False))
    heading, end, text = made.replace("<details", "<details open").partition("</h2>")
    card = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(html)}</dd></div>" for name, html in centre.card(article))
    notice = f'<p class="notice">{escape(centre.notice(article))}</p>'
    lent, language = titles.language_of(article), titles.language_of_title(centre, article)
    heading, text = heading.replace("<h2", f"<h2{language}", 1), f"<div{lent}>{text}</div>" if lent else text
    html = f"{heading}{end}<dl class='card'>{card}</dl>{text}{notice}"
    return Chapter(article.id, article.title, html, language)


class _Bound(Extension):  # type: ignore[misc]
    """Makes an article's page a chapter: one level lower, with ids and links that fit the book."""

    def __init__(self, article: Article, known: set[str], address: str) -> None:
        super().__init__()
        self.article, self.known, self.address = article, known, address

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        bind = _Bind(md)
        bind.bound = self
        md.treeprocessors.register(bind, "acct-book", 1)

    def place(self, address: str) -> str:
        """Return where a link of the article leads in the book. Raises ``KbError`` for a page that is not in it."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return address
        if parts.path.startswith("/"):
            return urljoin(self.address, address)
        page, is_page, _ = parts.path.rpartition(".md")
        name = page or ("" if parts.path else self.article.id)
        if is_page and (f"{name}.md" in LEADING or "/" in name):
            return urljoin(self.address, "" if name == "index" else f"{name}/")
        if not name:
            return urljoin(self.address, address)
        if name not in self.known and name != GLOSSARY:
            raise KbError(f"links to {name}.md, which is not in the book", file=self.article.source.file)
        return f"#{name}.{parts.fragment}" if parts.fragment else f"#{name}"


class _Bind(Treeprocessor):  # type: ignore[misc]
    bound: _Bound

    def run(self, root: Element) -> None:
        for element in root.iter():
            if re.fullmatch("h[1-5]", element.tag):
                element.tag = f"h{int(element.tag[1]) + 1}"
            if id_ := element.get("id"):
                element.set("id", f"{self.bound.article.id}.{id_}")
            if element.tag == "a" and element.get("href"):
                element.set("href", self.bound.place(element.get("href", "")))
            if element.tag == "table" and len(list(element.iter("th"))) > MANY_COLUMNS:
                element.set("class", "wide")


def _terms(title: str, terms: tuple[Term, ...], locale: str) -> str:
    languages = {term.id: titles.attributes(term.locale, locale) for term in terms}
    rows = "".join(
        f'<dt id="{GLOSSARY}.{term.id}"{languages[term.id]}>{escape(term.title)}</dt>'
        f"<dd{languages[term.id]}>{escape(term.meaning)}</dd>"
        for term in terms
    )
    return f'<h1 class="category">{escape(title)}</h1><dl class="terms">{rows}</dl>'


def _copy_pictures(centre: KnowledgeBase, locale: str, folder: Path) -> None:
    (folder / tree.PICTURES).mkdir()
    for article in (centre.article(id_, locale) for id_ in centre.ids_in(locale)):
        for name in tree.pictures(centre, article):
            shutil.copyfile(centre.manifest.folder / name, folder / tree.PICTURES / name)
        for image in article.images:
            (folder / image.name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(image.file, folder / image.name)
