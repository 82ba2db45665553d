"""The help centre as plain Markdown: a folder for each language, a file for each article, for any site generator."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ...declare.formats import pair
from ...declare.labels import language_tag
from .. import outputs
from ..articles.article import Article
from ..articles.knowledge_base import KnowledgeBase
from ..articles.manifest import Verified
from ..articles.markdown import escape, plain
from . import lists, redirects

PICTURES = "pictures"


def write(centre: KnowledgeBase, out: Path) -> list[Path]:
    """The folder holds ``<language>/<article>.md``, the lists of articles, their pictures, and ``redirects.json``.

    Returns the files written. Those of an earlier run that would not be written now are deleted.
    """
    with outputs.folder(out, outputs.ARTICLES, outputs.Inputs.of(centre)) as made:
        written = [file.relative_to(made) for file in _fill(centre, made)]
    return [out / name for name in written]


def _fill(centre: KnowledgeBase, out: Path) -> list[Path]:
    written: list[Path] = []
    for locale in centre.locales:
        folder = out / language_tag(locale)
        folder.mkdir(parents=True, exist_ok=True)
        articles = [centre.article(id_, locale) for id_ in centre.ids_in(locale)]
        written += [_put(folder / name, plain(text)) for name, text in lists.pages(centre, locale).items()]
        written += [_put(folder / f"{article.id}.md", page(centre, article)) for article in articles]
        for article in articles:
            written += _copy_pictures(centre, article, folder / PICTURES)
            written += _copy_images(article, folder)
    moved = json.dumps(redirects.listed(centre), indent=1, ensure_ascii=False, sort_keys=True)
    return [*written, _put(out / redirects.LIST, f"{moved}\n")]


def page(centre: KnowledgeBase, article: Article) -> str:
    """Return one article: its head, heading, card, text and when it was verified."""
    heading, _, text = body(centre, article).partition("\n")
    card = "\n".join(
        f"- {pair(escape(name), escape(value), locale=article.locale)}" for name, value in centre.card(article)
    )
    notice = escape(centre.notice(article))
    topics = lists.topic_links(centre, article)
    return f"{head(article)}{heading}\n\n{card}\n{text}\n{topics}\n\n*{notice}*\n"


def body(centre: KnowledgeBase, article: Article, *, with_dark: bool = False, for_book: bool = False) -> str:
    """Return the article's Markdown with the existing pictures, beginning with its heading."""
    found = centre.verdict(article)
    taken = found.pictures if isinstance(found, Verified) else {}
    return article.markdown(taken, f"{PICTURES}/", for_site=with_dark, for_book=for_book).lstrip("\n")


def head(article: Article) -> str:
    """Return YAML that any generator reads."""
    facts = {"title": article.title, "description": description(article)}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
    return "---\n" + "\n".join(lines) + "\n---\n\n"


def description(article: Article) -> str:
    """Return the first paragraph after the heading, for search engines."""
    return article.summary


def pictures(centre: KnowledgeBase, article: Article, *, with_dark: bool = False) -> list[str]:
    """Return the names of the pictures an article shows."""
    found = centre.verdict(article)
    taken = found.pictures.values() if isinstance(found, Verified) else ()
    return sorted({picture.file for picture in taken} | {one.dark for one in taken if with_dark and one.dark})


def _copy_pictures(centre: KnowledgeBase, article: Article, folder: Path) -> list[Path]:
    names = pictures(centre, article)
    if names:
        folder.mkdir(exist_ok=True)
    return [Path(shutil.copyfile(centre.manifest.folder / name, folder / name)) for name in names]


def _copy_images(article: Article, folder: Path) -> list[Path]:
    """Copy the author's images beside the article. Returns the files."""
    for image in article.images:
        (folder / image.name).parent.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(image.file, folder / image.name)) for image in article.images]


def _put(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return file
