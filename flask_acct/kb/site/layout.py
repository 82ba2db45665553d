"""What surrounds the text of a help page: the way back, topics, related pages, contact, and the reader's vote.

The theme's templates know it as ``help`` (the same on every page of a language), ``around`` (an article's),
``front`` (the front page's) and ``listing`` (a list's).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import idna
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from ...declare.labels import language_name, language_tag
from ...features.help.flows import PUBLIC_FROM
from ..articles.article import Article
from ..articles.content import digest
from ..articles.knowledge_base import KnowledgeBase
from ..articles.manifest import Verified
from . import lists, titles
from .menu import Menu

SHOWN = 6
"""How many pages of a category the front page lists before it only links to the rest."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The purpose of a copy of the site."""

    static: bool = False
    """No app is available to its readers, so that they are not asked anything."""
    offline: bool = False
    """It is read from a folder, without any server."""
    locales: tuple[str, ...] = ()
    """The languages it holds; empty means all."""

    def languages_of(self, centre: KnowledgeBase) -> tuple[str, ...]:
        return self.locales or centre.locales


@dataclass(frozen=True, slots=True)
class Way:
    """A link to another page of the site: its words, and the file it is made from."""

    words: str
    file: str
    language: str = ""
    """The attributes of words in another language than the page's: `` lang="en" dir="ltr"``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in a list. ``version`` is that of its text, by which votes are counted."""

    id: str
    version: str
    words: str
    file: str
    summary: str = ""
    """What it is about, in one line."""
    language: str = ""
    """As in ``Way``, of the title."""
    language_of_summary: str = ""


@dataclass(frozen=True, slots=True)
class CategoryGroup:
    """A category on the front page, with the first of its articles. Its declared ``name`` selects its icon."""

    name: str
    words: str
    file: str
    count: int
    entries: tuple[Entry, ...]

    @property
    def anchor(self) -> str:
        """The id of its heading, which ``index.md#settings`` links to."""
        return lists.category_id(self.words) if self.words else ""


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds one article."""

    id: str
    version: str
    back: Way
    card: tuple[tuple[str, str], ...]
    topics: tuple[Way, ...]
    related: tuple[Way, ...]
    notice: str
    is_verified: bool
    support: str
    title: str
    language: str = ""
    """The attributes of a text borrowed from another language; empty for one in the page's own."""
    language_of_title: str = ""
    written_in: str = ""
    """The name of the text's language, in the page's language."""


@dataclass(frozen=True, slots=True)
class ArticleListing:
    """A category, a topic or the alphabet: articles, below headings if there are any."""

    parts: tuple[tuple[str, tuple[Entry, ...]], ...]


@dataclass(frozen=True, slots=True)
class Front:
    """The front page: every category, and all the articles that votes may rank, those most asked for first."""

    groups: tuple[CategoryGroup, ...]
    entries: tuple[Entry, ...]
    topics: tuple[Way, ...]
    more: tuple[Way, ...]
    support: str
    most: int = lists.MOST_ASKED
    """How many of the articles are visible at first."""


@dataclass(frozen=True)
class SiteLayout:
    """What is the same on every page of a language."""

    centre: KnowledgeBase
    locale: str
    copy: Copy
    files: Files = field(repr=False)

    @property
    def root(self) -> str:
        return root_url(self.centre)

    @property
    def tag(self) -> str:
        return language_tag(self.locale)

    @property
    def default_tag(self) -> str:
        return default_tag(self.centre, self.copy)

    @cached_property
    def languages(self) -> list[dict[str, str]]:
        return languages(self.centre, self.copy)

    @property
    def name(self) -> str:
        return self.centre.platform.config.site.name

    @property
    def home(self) -> str:
        """The product's start page."""
        return self._whole(self.centre.platform.config.site.home)

    @property
    def terms(self) -> str:
        return self._whole(self.centre.platform.config.site.terms_url or "")

    def _whole(self, address: str) -> str:
        return f"{self.centre.platform.config.site.public_url}{address}" if address.startswith("/") else address

    @property
    def account(self) -> str:
        """The account of a signed-in reader; others are asked to sign in."""
        platform = self.centre.platform
        return f"{platform.address}/{platform.declared.screens['login.form'].path}"

    @property
    def account_words(self) -> str:
        return self.centre.say("help.tools.client_area", self.locale)

    @property
    def footer(self) -> str:
        return self.centre.say("shell.footer.line", self.locale)

    @property
    def tagline(self) -> str:
        return self.centre.say("shell.header.tagline", self.locale)

    @property
    def support(self) -> str:
        return support(self.centre, self.locale)

    @cached_property
    def most_asked(self) -> tuple[Entry, ...]:
        """What a reader is offered who found nothing."""
        return tuple(_entry(self.centre, article) for article in lists.most_asked(self.centre, self.locale))

    @property
    def email(self) -> str:
        return self.centre.platform.config.site.support_email

    @property
    def votes(self) -> bool:
        return asks_readers(self.centre, self.copy)

    def say(self, name: str, **values: object) -> str:
        """Return a sentence of the site, ready for HTML: ``say("print")``; or one from around the app's pages."""
        return escape(
            self.centre.say(name if name.startswith("shell.") else f"help.site.{name}", self.locale, **values)
        )

    @property
    def public_from(self) -> int:
        """How many readers must have voted on a page before the result is shown."""
        return PUBLIC_FROM

    def text(self, name: str, **values: object) -> str:
        """As ``say``, for text in the page and not in an attribute: a sentence that the page's language lacks is marked
        with the language it is in."""
        id_ = name if name.startswith("shell.") else f"help.site.{name}"
        platform = self.centre.platform
        is_ours = platform.labels.is_translated(id_, platform.declared.texts[id_].message, self.locale)
        language = "" if is_ours else titles.attributes("en", self.locale)
        return titles.TitleMarkup(self.centre.say(id_, self.locale, **values), language)

    def at(self, file: str) -> str:
        """Return the address of a page by its file, relative to the start of this language."""
        return self.files.src_uris[file].url

    def app(self, base_url: str) -> str:
        """Return the app's address, for the logo and votes, seen from a page whose language starts at ``base_url``."""
        config = self.centre.platform.config
        if config.help.url is None:
            return f"{base_url.rstrip('/')}/../.."
        return config.site.public_url if other_origin(self.centre) else urlsplit(config.site.public_url).path

    def logo(self, base_url: str) -> str | None:
        """Return the address of the brand's own logo; ``None`` if there is none, or no server for it."""
        return self._of_app(self.centre.platform.config.brand.logo, base_url)

    def logo_dark(self, base_url: str) -> str | None:
        """Return the address of the logo for dark pages, as ``logo``."""
        return self._of_app(self.centre.platform.config.brand.logo_dark, base_url)

    def stylesheet(self, base_url: str) -> str | None:
        """Return the address of the company's own stylesheet, as ``logo``."""
        return self._of_app(self.centre.platform.config.brand.stylesheet, base_url)

    def _of_app(self, path: str | None, base_url: str) -> str | None:
        return f"{self.app(base_url)}{path}" if path and not self.copy.offline else None

    def others(self, page: Page) -> list[dict[str, str]]:
        """Return the languages that have the page, this one among them."""
        name = page.file.src_uri
        return [one for one in self.languages if name in self._pages[one["tag"]]]

    def default_for(self, page: Page) -> str:
        """Return the language for a reader who speaks none of those that have the page."""
        tags = [one["tag"] for one in self.others(page)]
        return self.default_tag if self.default_tag in tags else tags[0]

    def elsewhere(self, tag: str, page: Page | None, base_url: str) -> str:
        """Return the same page in another language; that language's start page if it has no such page."""
        if page is None:
            return f"{self.root}{tag}/"
        there = page.url if page.file.src_uri in self._pages[tag] else self.at(lists.INDEX).removeprefix("./")
        return f"{base_url.rstrip('/')}/../{tag}/{there}"

    @cached_property
    def menu(self) -> Menu:
        return Menu()

    def listing(self, page: Page) -> ArticleListing | None:
        """Return the articles of a list; ``None`` for a page that is no list."""
        found = self._listed.get(page.file.src_uri)
        if found is None:
            return None
        return ArticleListing(
            tuple((heading, tuple(_entry(self.centre, one) for one in group)) for heading, group in found)
        )

    @cached_property
    def _listed(self) -> Mapping[str, list[tuple[str, list[Article]]]]:
        return lists.listed(self.centre, self.locale)

    @cached_property
    def _pages(self) -> dict[str, frozenset[str]]:
        """The files of each language, by its tag."""
        locales = self.copy.languages_of(self.centre)
        return {language_tag(locale): frozenset(page_files(self.centre, locale)) for locale in locales}


def page_files(centre: KnowledgeBase, locale: str) -> Iterator[str]:
    """Yield every page of a language by its file. No article is rendered for it: their heads suffice."""
    ids = centre.ids_in(locale)
    heads = [centre.content.first(id_).facts for id_ in ids]
    known, named = centre.names("categories"), {head.category for head in heads}
    yield from (f"{id_}.md" for id_ in ids)
    yield from (lists.INDEX, lists.A_TO_Z, lists.GLOSSARY)
    yield from (f"{lists.TOPICS}/{tag}.md" for tag in sorted({tag for head in heads for tag in head.tags}))
    yield from (lists.category_file(name) for name in known if name in named)


def around(centre: KnowledgeBase, article: Article) -> Around:
    locale, category = article.locale, article.facts.category
    tags = zip(article.facts.tags, centre.tags(article), strict=True)
    home = Way(centre.say("help.site.title", locale), lists.INDEX)
    return Around(
        id=article.id,
        version=digest(article.source),
        back=Way(centre.category_of(article), lists.category_file(category)) if category else home,
        card=centre.card(article),
        topics=tuple(Way(words, f"{lists.TOPICS}/{tag}.md") for tag, words in tags),
        related=tuple(
            Way(other.title, f"{other.id}.md", titles.language_of_title(centre, other))
            for other in lists.related(centre, article)
        ),
        notice=centre.notice(article),
        is_verified=isinstance(centre.verdict(article), Verified),
        support=support(centre, locale, article),
        title=article.title,
        language=titles.language_of(article),
        language_of_title=titles.language_of_title(centre, article),
        written_in=titles.written_in(article),
    )


def front(centre: KnowledgeBase, locale: str) -> Front:
    articles = lists.by_demand(centre, (centre.article(id_, locale) for id_ in centre.ids_in(locale)))
    more = [Way(centre.say("help.site.a_to_z", locale), lists.A_TO_Z)]
    if lists.glossary(centre, locale):
        more.append(Way(centre.say("help.site.glossary", locale), lists.GLOSSARY))
    return Front(
        groups=tuple(_group(centre, category, group, locale) for category, group in lists.grouped(centre, locale)),
        entries=tuple(_entry(centre, article) for article in articles),
        topics=tuple(Way(centre.tag(tag, locale), f"{lists.TOPICS}/{tag}.md") for tag in lists.tags(articles)),
        more=tuple(more),
        support=support(centre, locale),
    )


def support(centre: KnowledgeBase, locale: str, article: Article | None = None) -> str:
    """Return where a person helps: the configured page, with the article's name, or a mail that names it."""
    site = centre.platform.config.site
    if site.support_url is None:
        subject = centre.say("help.site.mail_subject", locale, title=article.title) if article else ""
        return f"mailto:{site.support_email}" + (f"?subject={quote(subject)}" if subject else "")
    url = urlsplit(f"{site.public_url}{site.support_url}" if site.support_url.startswith("/") else site.support_url)
    about = [("article", article.id)] if article else []
    query = urlencode([*parse_qsl(url.query, keep_blank_values=True), *about, ("language", language_tag(locale))])
    return url._replace(query=query).geturl()


def asks_readers(centre: KnowledgeBase, copy: Copy) -> bool:
    """Whether readers are asked if a page helped them."""
    return centre.platform.config.help.votes and not (copy.static or copy.offline)


def favicon(centre: KnowledgeBase, copy: Copy) -> str | None:
    """Return the address of the brand's own icon; ``None`` if there is none, or no server for it."""
    config = centre.platform.config
    if config.brand.favicon is None or copy.offline:
        return None
    app = config.site.public_url if other_origin(centre) else urlsplit(config.site.public_url).path
    return f"{app.rstrip('/')}{config.brand.favicon}"


def files_of_app(centre: KnowledgeBase, copy: Copy) -> str | None:
    """Return what the brand's stylesheet puts before paths of the app; ``None`` where it cannot reach them."""
    config = centre.platform.config
    if copy.offline or other_origin(centre):
        # A font of another origin would have to be allowed there, too.
        return None
    # From <language>/assets/acct, below the folder of the help site.
    return urlsplit(config.site.public_url).path if config.help.url else "../../../.."


def other_origin(centre: KnowledgeBase) -> str:
    """Return the origin of the app, ``https://clients.example.com``, if the help site is on another; else empty."""
    app, site = _origin(centre.platform.config.site.public_url), _origin(root_url(centre))
    return "" if app == site else app


def root_url(centre: KnowledgeBase) -> str:
    """Return the site's address, with a slash at its end."""
    config = centre.platform.config
    url = config.help.url or "/help"
    return (url if "://" in url else f"{config.site.public_url}{url}").rstrip("/") + "/"


def languages(centre: KnowledgeBase, copy: Copy) -> list[dict[str, str]]:
    """Return the languages. Sample: ``[{"tag": "es-AR", "name": "Español (Argentina)"}]``."""
    locales = copy.languages_of(centre)
    return [{"tag": language_tag(locale), "name": language_name(locale)} for locale in locales]


def default_tag(centre: KnowledgeBase, copy: Copy) -> str:
    """Return the language for a reader who wants none that the site has."""
    default, locales = centre.platform.config.site.default_locale, copy.languages_of(centre)
    return language_tag(default if default in locales else locales[0])


def _origin(url: str) -> str:
    """Return the origin of an address, in ASCII as headers need it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    return f"{parts.scheme}://{host}:{parts.port}" if parts.port else f"{parts.scheme}://{host}"


def _group(centre: KnowledgeBase, category: str, articles: list[Article], locale: str) -> CategoryGroup:
    words = centre.category(category, locale) if category else centre.say("help.site.all_pages", locale)
    file = lists.category_file(category) if category else lists.A_TO_Z
    return CategoryGroup(
        category, words, file, len(articles), tuple(_entry(centre, article) for article in articles[:SHOWN])
    )


def _entry(centre: KnowledgeBase, article: Article) -> Entry:
    return Entry(
        article.id,
        digest(article.source),
        article.title,
        f"{article.id}.md",
        lists.summary(article),
        titles.language_of_title(centre, article),
        titles.language_of(article),
    )
