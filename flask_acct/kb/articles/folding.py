"""Search that finds "sesión" for "sesion": the words of a site with their accents, by the words without."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

SYNONYMS = "synonyms"
"""A field of the search index beside title, text and tags: the theme searches every field there is, and shows three."""

BOOST = 100
"""A word in the title counts 1000, one in the text 1."""


def script(index: Path) -> str:
    """What ``before.js`` knows of the words in a search index as MkDocs wrote it."""
    docs = json.loads(index.read_text("utf-8"))["docs"]
    text = " ".join(" ".join((doc["title"], doc["text"], *doc.get("tags", ()), *doc.get(SYNONYMS, ()))) for doc in docs)
    words = json.dumps(forms(re.sub(r"<[^>]+>", " ", text)), ensure_ascii=False, sort_keys=True)
    return f"window.acctForms = {words};\n"


def add_synonyms(index: Path, synonyms: Mapping[str, Iterable[str]]) -> None:
    """A search finds articles by words that are not in them; the index is as MkDocs wrote it otherwise.

    Args:
        synonyms: By the article's id.
    """
    found = json.loads(index.read_text("utf-8"))
    found["config"].setdefault("fields", {})[SYNONYMS] = {"boost": BOOST}
    for doc in found["docs"]:
        name = doc["location"].rstrip("/").removesuffix(".html")
        if words := list(synonyms.get(name, ())):
            doc[SYNONYMS] = words
    index.write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")), "utf-8")


def forms(text: str) -> dict[str, list[str]]:
    """Sample: ``{"sesion": ["sesión"]}``."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for word in set(re.findall(r"\w{3,}", text.lower())):
        plain = folded(word)
        if plain != word:
            found[plain].add(word)
    return {plain: sorted(words) for plain, words in found.items()}


def folded(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign)).lower()


def slug(words: str) -> str:
    """The words as an address writes them: ``numero-de-cliente``."""
    return "-".join(re.findall(r"[a-z0-9]+", folded(words)))
