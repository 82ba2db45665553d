"""The help centre of one configuration: its articles, their languages, and what surrounds them."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from babel.dates import format_date

from ... import config as configuration
from ...declare.elements import PREFIX
from ...features import platforms
from ...platform import Platform
from .article import Article, Platforms
from .content import Content, KbError, content_of, did_you_mean
from .manifest import Manifest, Unverified, Verified, verdict
from .rendering import render
from .sandbox import applies

DEFAULT_PRESET = "client-area"
OWN_KINDS = ("categories", "tags")
"""What a host may add to: ``help.categories.shop``."""
OWN_RECORDS = "acct-verified"
"""The folder of a host's own manifest and pictures, beside its acct.toml."""


@dataclass(frozen=True)
class KnowledgeBase:
    """Everything that the site, the plain tree and the journeys are made from."""

    platforms: Platforms
    content: Content
    manifest: Manifest
    _articles: dict[tuple[str, str], Article] = field(default_factory=dict, repr=False, compare=False)
    _verdicts: dict[tuple[str, str], Verified | Unverified] = field(default_factory=dict, repr=False, compare=False)
    _ids: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def platform(self) -> Platform:
        """The first platform, or the only one."""
        return next(iter(self.platforms.values()))

    @property
    def locales(self) -> tuple[str, ...]:
        config = self.platform.config
        return config.help.locales or config.site.locales

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The articles that apply under this configuration."""
        return tuple(id_ for id_ in self.content.ids if applies(id_, self.platform, content=self.content))

    def ids_in(self, locale: str) -> tuple[str, ...]:
        """Return those of a language: all except the ones the host hides in it."""
        if locale not in self._ids:
            self._ids[locale] = tuple(id_ for id_ in self.ids if self.content.has(id_, locale))
        return self._ids[locale]

    def locales_of(self, id_: str) -> tuple[str, ...]:
        """Return the languages that have an article."""
        return tuple(locale for locale in self.locales if self.content.has(id_, locale))

    def article(self, id_: str, locale: str) -> Article:
        """Return the article. Raises ``KbError`` for anything that must be fixed in it."""
        if (id_, locale) not in self._articles:
            self._articles[id_, locale] = render(id_, content=self.content, platforms=self.platforms, locale=locale)
        return self._articles[id_, locale]

    def known(self, ids: Collection[str]) -> tuple[dict[tuple[str, str], Article], dict[str, Article]]:
        """Return the articles rendered so far: in each language, and separately their first texts."""
        articles = {where: article for where, article in self._articles.items() if where[0] in ids}
        firsts = {id_: first for (id_, _), (_, first) in self.content.firsts.items() if id_ in ids}
        return articles, firsts

    def know(self, articles: Mapping[tuple[str, str], Article], firsts: Mapping[str, Article]) -> None:
        """The articles need not be rendered here any more: a fork of this process did."""
        self._articles.update(articles)
        for id_, first in firsts.items():
            self.content.firsts.setdefault((id_, id(self.platforms)), (self.platforms, first))

    def verdict(self, article: Article) -> Verified | Unverified:
        known = (article.id, article.locale)
        if known not in self._verdicts:
            self._verdicts[known] = verdict(
                *known, manifest=self.manifest, content=self.content, platforms=self.platforms
            )
        return self._verdicts[known]

    def say(self, element: str, locale: str, **values: object) -> str:
        return self.platform.say(element, locale, **values)

    def card(self, article: Article) -> tuple[tuple[str, str], ...]:
        """Return what a reader wants to know first: ``(("Difficulty", "Easy"), ("Time needed", "5 min."))``."""
        facts, locale = article.facts, article.locale
        pairs = (
            (self.say("help.site.difficulty", locale), self._word("difficulty", facts.difficulty, article)),
            (self.say("help.site.time", locale), self.say("help.site.minutes", locale, minutes=facts.minutes)),
            (self.say("help.site.applies_to", locale), self._applies_to(locale)),
            (
                self.say("help.site.tools", locale),
                ", ".join(self._word("tools", tool, article) for tool in facts.tools),
            ),
        )
        return tuple((name, words) for name, words in pairs if words)

    def tags(self, article: Article) -> tuple[str, ...]:
        return tuple(self._word("tags", tag, article) for tag in article.facts.tags)

    def tag(self, name: str, locale: str) -> str:
        return self.say(f"help.tags.{name}", locale)

    def category_of(self, article: Article) -> str:
        """Return the words of its category; empty for an article without one. Raises ``KbError`` if it has no words."""
        name = article.facts.category
        return self._word("categories", name, article, key="category") if name else ""

    def category(self, name: str, locale: str) -> str:
        return self.say(f"help.categories.{name}", locale)

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the names that have words, in the order declared: ``names("categories")``."""
        begin = f"help.{kind}."
        return tuple(id_.removeprefix(begin) for id_ in self.platform.declared.texts if id_.startswith(begin))

    def notice(self, article: Article) -> str:
        """Return when the article was verified, or that it was not."""
        found = self.verdict(article)
        if isinstance(found, Unverified):
            return self.say("help.site.unverified", article.locale)
        day = format_date(found.date, "long", locale=article.locale)
        return self.say("help.site.verified", article.locale, date=day)

    def unverified(self) -> list[Unverified]:
        articles = [self.article(id_, locale) for id_ in self.ids for locale in self.locales_of(id_)]
        return [found for article in articles if isinstance(found := self.verdict(article), Unverified)]

    def _applies_to(self, locale: str) -> str:
        names = [platform.config.site.name for name, platform in self.platforms.items() if name is not None]
        return ", ".join(names) or self.say("help.site.all_customers", locale)

    def _word(self, kind: str, name: str, article: Article, key: str = "") -> str:
        if f"help.{kind}.{name}" not in self.platform.declared.texts:
            first = self.content.first(article.id)
            key = key or kind
            own = f" Give one of your own its words in acct.toml: [help.{kind}]." if kind in OWN_KINDS else ""
            what = f"{key}: {name!r} has no words. {did_you_mean(name, self.names(kind))}{own}"
            raise KbError(what, file=first.file, line=first.facts.lines.get(key, 1))
        return self.say(f"help.{kind}.{name}", article.locale)


def centre(source: str | None = None, records: Path | None = None) -> KnowledgeBase:
    """Return the help centre of an ``acct.toml`` or preset, with its manifest.

    Args:
        source: Default: ``ACCT_CONFIG``, else ``acct.toml`` here, else the preset ``client-area``.
        records: The folder of the manifest. Default: ``acct-verified`` here, else the preset's own, which is shipped.
    """
    source = source_of(source)
    url, platform = os.environ.get("ACCT_PUBLIC_URL"), os.environ.get("ACCT_PLATFORM")
    config = configuration.served_at(configuration.find(source), url, platform)
    if not config.help.enabled:
        raise KbError(f"{source}: [help] enabled is false, so there is no help centre. Set it to true to build one.")
    content = content_of(config)
    prefix = os.environ.get("ACCT_URL_PREFIX") or PREFIX
    return KnowledgeBase(
        platforms(config, prefix=prefix.rstrip("/")), content, Manifest.read(records or records_of(source, content))
    )


def source_of(source: str | None = None) -> str:
    """Return the acct.toml or preset that ``centre`` reads."""
    return source or os.environ.get("ACCT_CONFIG") or ("acct.toml" if Path("acct.toml").is_file() else DEFAULT_PRESET)


def records_of(source: str, content: Content) -> Path:
    """Return the folder of a configuration's manifest: a preset's is beside the articles, a host's is here."""
    return content.folder / "verified" / source if source in configuration.presets() else Path(OWN_RECORDS)
