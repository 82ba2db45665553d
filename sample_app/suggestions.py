"""Help articles that may answer a question: looked up in the search index that every built help site has."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask_acct.values.identifiers import folded

from .extensions import acct

SHORTEST = 3
MOST = 5
WEIGHTS = {"title": 5, "synonyms": 5, "tags": 3, "text": 1}
ENOUGH = 3
"""One word of the title, the synonyms or the tags; what is only somewhere in the text answers too little."""

Article = Mapping[str, Any]


def suggested(about: str) -> Sequence[tuple[str, str]]:
    """Titles and addresses of the articles that fit best, in the reader's language; none for less than a word."""
    words = [word for word in re.findall(r"\w+", folded(about[:200])) if len(word) >= SHORTEST]
    home, site = acct.frame.help_home, os.environ.get("ACCT_HELP_SITE")
    if not words or not home or not site or urlsplit(home).netloc:
        return []
    articles = _articles(Path(site) / home.strip("/").rpartition("/")[2] / "search" / "search_index.json")
    best = sorted(articles, key=lambda article: _fit(article, words), reverse=True)[:MOST]
    return [(one["said"], home + one["location"]) for one in best if _fit(one, words) >= ENOUGH]


def _fit(article: Article, words: Sequence[str]) -> float:
    """How well an article answers: a word counts most in the title, and as much as it covers of the question."""
    return sum(max((w for part, w in WEIGHTS.items() if f" {word}" in article[part]), default=0) for word in words)


@cache
def _articles(index: Path) -> Sequence[Article]:
    """Every article of a language, folded; nothing where no help site was built."""
    if not index.is_file():
        return []
    pages = json.loads(index.read_text("utf-8"))["docs"]
    # What has no topic is a list of articles, and what has a "#" a part of one.
    return [_article(page) for page in pages if page.get("tags") and "#" not in page["location"]]


def _article(page: Article) -> Article:
    parts = {part: page.get(part, "") for part in WEIGHTS}
    texts = {part: " ".join(text) if isinstance(text, list) else text for part, text in parts.items()}
    said = {"said": unescape(page["title"]), "location": page["location"]}
    return {**said, **{part: " " + " ".join(re.findall(r"\w+", folded(text))) for part, text in texts.items()}}
