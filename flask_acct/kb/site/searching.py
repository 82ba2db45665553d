"""The search of the site: our engine in the theme's search, with the stems, stop words and synonyms of one language.

The theme sends queries to a worker and shows its results; ours is one script for each language, which needs no server
and makes its index from the very file that the theme's own worker would read.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..articles.article import Article
from ..articles.folding import folded
from ..articles.synonyms import Groups

PARTS = Path(__file__).parent / "search"

SCRIPT = "assets/acct/search.js"
INDEX = "search/search_index.json"

THEIRS = re.compile(r"assets/javascripts/workers/search\.[0-9a-f]+\.min\.js")
"""The theme's own worker, as its pages name it."""

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "eo": "esperanto",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian",
    "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Languages whose word forms are known, by the name of their Snowball stemmer."""


def script(locale: str, groups: Groups) -> str:
    """Return the whole search of a language."""
    language = locale.partition("_")[0]
    name = STEMMERS.get(language)
    stemmers = ["base", name] if name else []
    stem = f"new {name.capitalize()}Stemmer()" if name else "null"
    known = json.dumps({"code": language, "stop": stop_words(language), "groups": groups}, ensure_ascii=False)
    return "\n".join(
        (
            "// Stemmers: Copyright (c) 2001-2025 the Snowball project, snowballstem.org. BSD-3-Clause.",
            "var BaseStemmer;",
            *((PARTS / "stemmers" / f"{one}-stemmer.js").read_text("utf-8") for one in stemmers),
            f"self.acctLanguage = Object.assign({known}, {{ stemmer: {stem} }});",
            (PARTS / "engine.js").read_text("utf-8"),
        )
    )


def stop_words(language: str) -> list[str]:
    """Return words that say too little to be searched for, unless there is no other."""
    file = PARTS / "stop" / f"{'no' if language in ('nb', 'nn') else language}.txt"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [line for line in lines if line and not line.startswith("#")]


def finish(folder: Path, locale: str, synonyms: Mapping[str, Iterable[str]], groups: Groups) -> None:
    """The folder of a language has our search instead of the theme's.

    Args:
        synonyms: An article's own, by its id.
    """
    add_synonyms(folder / INDEX, synonyms)
    (folder / SCRIPT).write_text(script(locale, groups), "utf-8")
    for theirs in ("lunr", "workers"):
        shutil.rmtree(folder / "assets" / "javascripts" / theirs)


def words_of(article: Article) -> tuple[str, ...]:
    """Return words that find an article besides those on its page: its synonyms, and the words of its file's name."""
    in_title = folded(article.title)
    name = " ".join(word for word in article.id.split("-") if word not in in_title)
    return (*article.synonyms, *([name] if name else []))


def add_synonyms(index: Path, synonyms: Mapping[str, Iterable[str]]) -> None:
    """Pages are found by words that are not in them; apart from that, the index is as MkDocs wrote it."""
    found = json.loads(index.read_text("utf-8"))
    for doc in found["docs"]:
        if words := list(synonyms.get(doc["location"].rstrip("/").removesuffix(".html"), ())):
            doc["synonyms"] = words
    index.write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")), "utf-8")
