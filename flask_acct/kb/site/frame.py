"""What stands around the text of a help page: the way back, topics, related pages, who to ask, and the reader's vote.

The theme's templates know it as ``help`` (what is the same on every page of a language), ``around`` (an article's)
and ``front`` (the front page's).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import idna
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from ...features.help.flows import TOLD_FROM
from ...labels import language_name, language_tag
from . import lists
from ..articles.article import Article
from ..articles.centre import Centre
from ..articles.content import digest
from ..articles.manifest import Verified

SHOWN = 6
"""How many pages of a category the front page lists before it only links to the rest."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy of the site is made for."""

    static: bool = False
    """No app answers its readers, so that they are not asked anything."""
    offline: bool = False
    """It is read from a folder, without any server."""
    locales: tuple[str, ...] = ()
    """The languages it holds; empty means all."""

    def languages_of(self, centre: Centre) -> tuple[str, ...]:
        return self.locales or centre.locales


@dataclass(frozen=True, slots=True)
class Way:
    """A link to another page of the site: its words, and the file it is made from."""

    words: str
    file: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as the front page lists it. ``version`` is that of its text, by which votes are counted."""

    id: str
    version: str
    words: str
    file: str


@dataclass(frozen=True, slots=True)
class Group:
    """A category on the front page, with the first of its articles."""

    words: str
    file: str
    count: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """One article's surroundings."""

    id: str
    version: str
    back: Way
    card: tuple[tuple[str, str], ...]
    topics: tuple[Way, ...]
    related: tuple[Way, ...]
    notice: str
    is_verified: bool
    support: str


@dataclass(frozen=True, slots=True)
class Front:
    """The front page: every category, and all the articles that votes may rank."""

    groups: tuple[Group, ...]
    entries: tuple[Entry, ...]
    topics: tuple[Way, ...]
    more: tuple[Way, ...]
    support: str


@dataclass(frozen=True)
class Frame:
    """What is the same on every page of a language."""

    centre: Centre
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

    @property
    def languages(self) -> list[dict[str, str]]:
        return languages(self.centre, self.copy)

    @property
    def home(self) -> str:
        """Where the product begins."""
        site = self.centre.edition.config.site
        return f"{site.public_url}{site.home}" if site.home.startswith("/") else site.home

    @property
    def footer(self) -> str:
        return self.centre.say("shell.footer.line", self.locale)

    @property
    def email(self) -> str:
        return self.centre.edition.config.site.support_email

    @property
    def votes(self) -> bool:
        return asks_readers(self.centre, self.copy)

    def say(self, name: str, **values: object) -> str:
        """A sentence of the site, ready for HTML: ``say("print")``."""
        return escape(self.centre.say(f"help.site.{name}", self.locale, **values))

    @property
    def told_from(self) -> int:
        """How many readers must have voted on a page before it tells how."""
        return TOLD_FROM

    def at(self, file: str) -> str:
        """The address of a page by its file, from where this language begins."""
        return self.files.src_uris[file].url

    def app(self, base_url: str) -> str:
        """Where the app begins, which has the logo and counts votes, from a page whose language is at ``base_url``."""
        config = self.centre.edition.config
        if config.help.url is None:
            return f"{base_url.rstrip('/')}/../.."
        return config.site.public_url if other_origin(self.centre) else urlsplit(config.site.public_url).path

    def logo(self, base_url: str) -> str | None:
        """The address of the brand's own; ``None`` where there is none, or no server to get it from."""
        logo = self.centre.edition.config.brand.logo
        return f"{self.app(base_url)}{logo}" if logo and not self.copy.offline else None

    def others(self, page: Page) -> list[dict[str, str]]:
        """The languages that have the page, this one among them."""
        name = page.file.src_uri
        return [one for one in self.languages if name in self._pages[one["tag"]]]

    def default_for(self, page: Page) -> str:
        """The language for a reader who speaks none of those that have the page."""
        tags = [one["tag"] for one in self.others(page)]
        return self.default_tag if self.default_tag in tags else tags[0]

    def elsewhere(self, tag: str, page: Page | None, base_url: str) -> str:
        """The same page in another language; where that language begins, if it has no such page."""
        if page is None:
            return f"{self.root}{tag}/"
        there = page.url if page.file.src_uri in self._pages[tag] else self.at(lists.INDEX).removeprefix("./")
        return f"{base_url.rstrip('/')}/../{tag}/{there}"

    @cached_property
    def _pages(self) -> dict[str, frozenset[str]]:
        """The files of each language, by its tag."""
        locales = self.copy.languages_of(self.centre)
        return {language_tag(locale): frozenset(page_files(self.centre, locale)) for locale in locales}


def page_files(centre: Centre, locale: str) -> Iterator[str]:
    """Every page of a language by its file, without making it."""
    ids = centre.ids_in(locale)
    articles = [centre.article(id_, locale) for id_ in ids]
    yield from (f"{id_}.md" for id_ in ids)
    yield from (lists.INDEX, lists.A_TO_Z, lists.GLOSSARY)
    yield from (f"{lists.TOPICS}/{tag}.md" for tag in lists.tags(articles))
    yield from (lists.category_file(name) for name, _ in lists.grouped(centre, locale) if name)


def around(centre: Centre, article: Article) -> Around:
    locale, category = article.locale, article.facts.category
    tags = zip(article.facts.tags, centre.tags(article), strict=True)
    home = Way(centre.say("help.site.title", locale), lists.INDEX)
    return Around(
        id=article.id,
        version=digest(article.source),
        back=Way(centre.category_of(article), lists.category_file(category)) if category else home,
        card=centre.card(article),
        topics=tuple(Way(words, f"{lists.TOPICS}/{tag}.md") for tag, words in tags),
        related=tuple(Way(other.title, f"{other.id}.md") for other in lists.related(centre, article)),
        notice=centre.notice(article),
        is_verified=isinstance(centre.verdict(article), Verified),
        support=support(centre, locale, article),
    )


def front(centre: Centre, locale: str) -> Front:
    articles = [centre.article(id_, locale) for id_ in centre.ids_in(locale)]
    more = [Way(centre.say("help.site.a_to_z", locale), lists.A_TO_Z)]
    if lists.glossary(centre, locale):
        more.append(Way(centre.say("help.site.glossary", locale), lists.GLOSSARY))
    return Front(
        groups=tuple(_group(centre, category, group, locale) for category, group in lists.grouped(centre, locale)),
        entries=tuple(_entry(article) for article in articles),
        topics=tuple(Way(centre.tag(tag, locale), f"{lists.TOPICS}/{tag}.md") for tag in lists.tags(articles)),
        more=tuple(more),
        support=support(centre, locale),
    )


def support(centre: Centre, locale: str, article: Article | None = None) -> str:
    """Where a person helps: the configured page, told which article did not, or a mail that says so."""
    site = centre.edition.config.site
    if site.support_url is None:
        subject = centre.say("help.site.mail_subject", locale, title=article.title) if article else ""
        return f"mailto:{site.support_email}" + (f"?subject={quote(subject)}" if subject else "")
    url = urlsplit(f"{site.public_url}{site.support_url}" if site.support_url.startswith("/") else site.support_url)
    told = [("article", article.id)] if article else []
    query = urlencode([*parse_qsl(url.query, keep_blank_values=True), *told, ("language", language_tag(locale))])
    return url._replace(query=query).geturl()


def asks_readers(centre: Centre, copy: Copy) -> bool:
    """Whether readers are asked if a page helped them."""
    return centre.edition.config.help.votes and not (copy.static or copy.offline)


def favicon(centre: Centre, copy: Copy) -> str | None:
    """The address of the brand's own; ``None`` where there is none, or no server to get it from."""
    config = centre.edition.config
    if config.brand.favicon is None or copy.offline:
        return None
    app = config.site.public_url if other_origin(centre) else urlsplit(config.site.public_url).path
    return f"{app.rstrip('/')}{config.brand.favicon}"


def other_origin(centre: Centre) -> str:
    """The origin of the app, ``https://clients.example.com``, where the help site is on another; else empty."""
    app, site = _origin(centre.edition.config.site.public_url), _origin(root_url(centre))
    return "" if app == site else app


def root_url(centre: Centre) -> str:
    """Where the site begins, with a slash at its end."""
    config = centre.edition.config
    url = config.help.url or "/help"
    return (url if "://" in url else f"{config.site.public_url}{url}").rstrip("/") + "/"


def languages(centre: Centre, copy: Copy) -> list[dict[str, str]]:
    """Sample: ``[{"tag": "es-AR", "name": "Español (Argentina)"}]``."""
    locales = copy.languages_of(centre)
    return [{"tag": language_tag(locale), "name": language_name(locale)} for locale in locales]


def default_tag(centre: Centre, copy: Copy) -> str:
    """The language of a reader who asks for none that the site has."""
    default, locales = centre.edition.config.site.default_locale, copy.languages_of(centre)
    return language_tag(default if default in locales else locales[0])


def _origin(url: str) -> str:
    """Where an address is, in the letters that headers have."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    return f"{parts.scheme}://{host}:{parts.port}" if parts.port else f"{parts.scheme}://{host}"


def _group(centre: Centre, category: str, articles: list[Article], locale: str) -> Group:
    words = centre.category(category, locale) if category else centre.say("help.site.all_pages", locale)
    file = lists.category_file(category) if category else lists.A_TO_Z
    return Group(words, file, len(articles), tuple(_entry(article) for article in articles[:SHOWN]))


def _entry(article: Article) -> Entry:
    return Entry(article.id, digest(article.source), article.title, f"{article.id}.md")
