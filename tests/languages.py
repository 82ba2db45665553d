"""The languages that have a catalog, and how each of them speaks: ``flask_acct/translations``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from flask_acct.declare.labels import CATALOGS
from flask_acct.kb.articles.content import shipped

LANGUAGES = tuple(sorted(file.parents[1].name for file in CATALOGS.glob("*/LC_MESSAGES/flask_acct.po")))
"""``("es", "es_AR", "it")`` and more."""


def language(locale: str) -> str:
    return locale.partition("_")[0]


COMPLETE = tuple(locale for locale in LANGUAGES if locale == language(locale))
VARIANTS = tuple(locale for locale in LANGUAGES if locale not in COMPLETE)
"""They say only what differs from their language."""


@cache
def terms_file(folder: str = "") -> Mapping[str, Any]:
    """What ``terms.toml`` says of a language; of English, the source, without one."""
    file = CATALOGS / folder / "terms.toml"
    return tomllib.loads(file.read_text("utf-8"))


def words(locale: str) -> Mapping[str, tuple[str, ...]]:
    """The words of each term, by its English name; a variant has those of its language where it names none."""
    folders = (language(locale), locale) if locale in VARIANTS else (locale,)
    return {term: tuple(forms) for folder in folders for term, forms in terms_file(folder)["words"].items()}


@cache
def never(locale: str) -> re.Pattern[str]:
    """What the language does not say: another word for what has one, and another way to address the reader."""
    return pattern(*terms_file(locale)["never"])


@cache
def pattern(*forms: str) -> re.Pattern[str]:
    """Any of the forms as whole words; a star is any ending."""
    either = "|".join(re.escape(form).replace(r"\*", r"\w*") for form in forms)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


IN_ARTICLES = tuple(locale for locale in LANGUAGES if (shipped().folder / locale).is_dir())
"""Those of them that articles are written in, besides English."""
