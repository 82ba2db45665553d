"""The help centre as plain Markdown: a folder a language, a file an article, for any site generator."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ..labels import language_tag
from . import lists
from .articles import Article, escape
from .centre import Centre
from .manifest import Verified

PICTURES = "pictures"


def write(centre: Centre, out: Path) -> list[Path]:
    """The folder holds ``<language>/<article>.md``, the lists of articles and ``<language>/pictures``.

    Returns the files written. Files of an earlier run that would not be written now are left alone.
    """
    written: list[Path] = []
    for locale in centre.locales:
        folder = out / language_tag(locale)
        folder.mkdir(parents=True, exist_ok=True)
        articles = [centre.article(id_, locale) for id_ in centre.ids]
        written += [_put(folder / name, text) for name, text in lists.pages(centre, locale).items()]
        written += [_put(folder / f"{article.id}.md", page(centre, article)) for article in articles]
        for article in articles:
            written += _copy_pictures(centre, article, folder / PICTURES)
    return written


def page(centre: Centre, article: Article) -> str:
    """One article: its head, heading, card, text and when it was checked."""
    heading, _, text = body(centre, article).partition("\n")
    card = "\n".join(f"- {escape(name)}: {escape(value)}" for name, value in centre.card(article))
    notice = escape(centre.notice(article))
    topics = lists.topic_links(centre, article)
    return f"{head(article)}{heading}\n\n{card}\n{text}\n{topics}\n\n*{notice}*\n"


def body(centre: Centre, article: Article) -> str:
    """The article's Markdown with the pictures there are, beginning with its heading."""
    found = centre.verdict(article)
    return article.markdown(found.pictures if isinstance(found, Verified) else {}, f"{PICTURES}/").lstrip("\n")


def head(article: Article) -> str:
    """YAML that any generator reads."""
    facts = {"title": article.title, "description": description(article)}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
    return "---\n" + "\n".join(lines) + "\n---\n\n"


def description(article: Article) -> str:
    """The first paragraph after the heading, for search engines."""
    paragraph = article.body.split("\n\n")[1] if "\n\n" in article.body else ""
    return " ".join(paragraph.replace("**", "").split())


def pictures(centre: Centre, article: Article) -> list[Path]:
    """The picture files an article shows."""
    found = centre.verdict(article)
    names = {picture.file for picture in found.pictures.values()} if isinstance(found, Verified) else set()
    return [centre.manifest.folder / name for name in sorted(names)]


def _copy_pictures(centre: Centre, article: Article, folder: Path) -> list[Path]:
    files = pictures(centre, article)
    if files:
        folder.mkdir(exist_ok=True)
    return [Path(shutil.copyfile(file, folder / file.name)) for file in files]


def _put(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return file
