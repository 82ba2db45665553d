"""Pages at former names of articles, which lead to where they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader

from ...declare.labels import direction, language_tag
from ..articles.content import ID, Content, KbError, Source, place
from . import lists, titles

if TYPE_CHECKING:
    from ..articles.knowledge_base import KnowledgeBase

LIST = "redirects.json"

TAKEN = frozenset(
    {Path(name).stem for name in (lists.INDEX, lists.A_TO_Z, lists.GLOSSARY)}
    | {lists.TOPICS, lists.CATEGORIES, "assets", "own", "pictures", "search", "sitemap", "404"}
)
"""Names that pages and folders of every language already have."""


def redirects(centre: KnowledgeBase, locale: str) -> Mapping[str, str]:
    """Return the article each old name leads to, of those the language has: ``{"old-name": "recover-password"}``."""
    return {alias: id_ for id_ in centre.ids_in(locale) for alias in centre.content.first(id_).facts.aliases}


def problems(content: Content) -> Iterator[KbError]:
    """Yield names that an article cannot have, and old names that lead to two places."""
    owners: dict[str, Source] = {}
    for source in map(content.first, content.ids):
        if source.id in TAKEN:
            yield KbError(f"every language has a page or folder {source.id!r}. Rename the article", file=source.file)
        for alias in source.facts.aliases:
            reason = _reason(alias, content, owners)
            if reason:
                yield KbError(f"aliases: {alias!r} {reason}", file=source.file, line=source.facts.lines["aliases"])
            owners.setdefault(alias, source)


def write(centre: KnowledgeBase, out: Path, root: str, *, locales: Iterable[str], offline: bool) -> list[Path]:
    """Each old name has a page in each of the languages, ``<language>/<old name>/``, that redirects its reader."""
    theme = Environment(loader=FileSystemLoader(Path(__file__).parent / "theme"), autoescape=True)
    template = theme.get_template("redirect.html")
    written: list[Path] = []
    for locale in locales:
        tag = language_tag(locale)
        for alias, id_ in redirects(centre, locale).items():
            file = out / tag / (f"{alias}.html" if offline else f"{alias}/index.html")
            file.parent.mkdir(exist_ok=True)
            article = centre.article(id_, locale)
            page = template.render(
                tag=tag,
                dir=direction(locale),
                base="" if offline else "../",
                target=f"{id_}.html" if offline else f"../{id_}/",
                canonical=f"{root}{tag}/{id_}/",
                moved=centre.say("help.site.moved", locale),
                title=article.title,
                language=titles.language_of_title(centre, article),
            )
            file.write_text(page, "utf-8")
            written.append(file)
    return written


def listed(centre: KnowledgeBase) -> Mapping[str, str]:
    """Return the page each old page leads to, for other generators: ``{"en/old-name": "en/recover-password"}``."""
    return {
        f"{language_tag(locale)}/{alias}": f"{language_tag(locale)}/{id_}"
        for locale in centre.locales
        for alias, id_ in redirects(centre, locale).items()
    }


def _reason(alias: str, content: Content, owners: Mapping[str, Source]) -> str:
    """Return what is wrong with an old name; empty for a good one."""
    if not ID.fullmatch(alias):
        return "is not a name an article can have had: small letters, digits and hyphens"
    if alias in content.ids:
        return f"is an article of today, {place(content.first(alias).file)}. Rename or hide that one first"
    if alias in TAKEN:
        return "is a page or folder that every language has"
    if alias in owners:
        return f"is also an alias in {place(owners[alias].file)}. An old name leads to one article"
    return ""
