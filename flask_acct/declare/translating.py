"""A host's own translations: its folder of gettext catalogs, what is wrong with them, and how complete they are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from ..config import Config
from ..config.problems import Problem
from ..errors import AcctError
from . import plurals
from .elements import Declared
from .labels import CATALOGS, Labels, UnreadableCatalog, file_of, forms, read_catalog, slots

TEMPLATE = CATALOGS / "flask_acct.pot"
"""Every sentence of every configuration, without a translation."""

NAME = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?")


class CannotTranslate(AcctError):
    """A catalog cannot be created or updated."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the words of pages and mails is translated into a language."""

    locale: str
    translated: int
    """Elements with words in the language, shipped or the host's own."""
    total: int
    """Elements of this configuration that can be translated; names of languages and the host's own words cannot."""
    unsure: int = 0
    """Translations that are marked as fuzzy in the host's catalog, and so not used."""
    outdated: int = 0
    """Translations in the host's catalog of English sentences that no element has any more."""

    def __str__(self) -> str:
        more = [f"{self.unsure} marked fuzzy and not used"] * (self.unsure > 0)
        more += [f"{self.outdated} of sentences that are worded otherwise now"] * (self.outdated > 0)
        words = (
            f"{self.locale}: {self.translated} of {self.total} words"
            if self.translated < self.total
            else f"{self.locale}: all"
        )
        return f"{words} ({', '.join(more)})" if more else words


def coverage(config: Config, labels: Labels, declared: Declared) -> tuple[Coverage, ...]:
    """Return how much is translated into each language of the site, in the site's order."""
    return tuple(_covered(locale, config, labels, declared) for locale in config.site.locales)


def _covered(locale: str, config: Config, labels: Labels, declared: Declared) -> Coverage:
    known = _sentences()
    texts = [text for text in declared.texts.values() if (text.id, text.message) in known]
    translated = sum(labels.is_translated(text.id, text.message, locale) for text in texts)
    folder = config.own_translations
    own = list(read_catalog(file_of(folder, locale), locale)) if folder else []
    outdated = sum(bool(one.context and one.string) and (one.context, str(one.id)) not in known for one in own)
    return Coverage(locale, translated, len(texts), sum(one.fuzzy and bool(one.id) for one in own), outdated)


def problems(config: Config, declared: Declared) -> Iterator[Problem]:
    """Yield what is wrong with the host's catalogs: a missing folder, a file that cannot be read or is not used, an
    element that no configuration has, a slot that the English sentence does not have."""
    folder = config.own_translations
    if folder is None:
        return
    where = f'[site] translations = "{config.site.translations}"'
    if not folder.is_dir():
        yield Problem(where, f"names no folder: there is no {folder}", "Make it, or remove the key.")
        return
    known = {id_ for id_, _ in _sentences()} | declared.texts.keys()
    for file in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        locale = file.parts[-3]
        if file.name != "flask_acct.po" or locale not in config.site.locales:
            yield Problem(str(file), "is read for no language of the site", _instead(file, config))
            continue
        try:
            yield from _catalog_problems(file, read_catalog(file, locale), known, locale)
        except UnreadableCatalog as error:
            yield Problem("", str(error).rstrip("."))


def _instead(file: Path, config: Config) -> str:
    if file.name != "flask_acct.po":
        return "Call it flask_acct.po, or put it into another folder."
    return f'Add "{file.parts[-3]}" to [site] locales ({", ".join(config.site.locales)}), or remove it.'


def _catalog_problems(file: Path, messages: Catalog, known: set[str], locale: str) -> Iterator[Problem]:
    for message in messages:
        if not message.id or not message.string or message.fuzzy:
            continue
        where = f'{file}, line {message.lineno}, "{message.context or message.id}"'
        english = str(message.id) if message.context in known else None
        said = str(message.string)
        yield from sentence_problems(where, message.context or "", said, english, known, locale, of="any")


def sentence_problems(
    where: str, id_: str, sentence: str, english: str | None, known: Collection[str], locale: str, *, of: str = "this"
) -> Iterator[Problem]:
    """Yield what is wrong with a sentence of the host's: its element does not exist, or does not have its slots, or its
    language has another number of forms for what a slot counts.

    Args:
        english: The shipped sentence; ``None`` if there is no such element.
        known: The ids of all elements.
        of: Which configuration they are of, as the problem says it: ``this`` or ``any``.
    """
    if english is None:
        close = difflib.get_close_matches(id_, known, 1, 0.6)
        fix = f'Did you mean "{close[0]}"?' if close else "'flask acct check --elements' lists them."
        yield Problem(where, f"is not an element of {of} configuration", fix)
    elif foreign := slots(sentence) - slots(english) - declared_paths():
        has = ", ".join(sorted(slots(english))) or "none"
        yield Problem(where, f"has a slot it cannot fill: {', '.join(sorted(foreign))}", f"Its slots are: {has}.")
    else:
        yield from _form_problems(where, sentence, locale)


def _form_problems(where: str, sentence: str, locale: str) -> Iterator[Problem]:
    """Yield the slots whose word has other forms than the language needs."""
    for name, written in forms(sentence):
        if what := plurals.fault(written, locale):
            form = "|".join(plurals.categories(locale))
            fix = f"Write {{{name}:{form}}}, a word for each."
            yield Problem(where, f"counts by the slot {name}, which {what}", fix)


@cache
def declared_paths() -> frozenset[str]:
    """Return the paths of the configuration that any sentence may have as slots: ``config.site.name``."""
    return frozenset(Config().values)


def begin(config: Config, locale: str) -> Path:
    """The folder has a new catalog for the language, with nothing translated. Returns the file.

    Raises ``CannotTranslate`` if there is one already, if ``[site] translations`` names no folder, or if the language
    is unknown.
    """
    file = _file(config, locale)
    if file.exists():
        raise CannotTranslate(f"{file} is there already. Bring it up to date: flask acct translate --update {locale}")
    _write(file, _template(locale))
    return file


def renew(config: Config, locale: str) -> Path:
    """The catalog has every sentence of this version, and keeps its translations. Returns the file.

    Raises ``CannotTranslate`` if there is none, and ``UnreadableCatalog`` if it is not a PO file.
    """
    file = _file(config, locale)
    if not file.exists():
        raise CannotTranslate(f"There is no {file}. Begin it: flask acct translate --init {locale}")
    messages = read_catalog(file, locale)
    messages.update(_template(locale), no_fuzzy_matching=True)
    _write(file, messages)
    return file


def _file(config: Config, locale: str) -> Path:
    folder = config.own_translations
    if folder is None:
        raise CannotTranslate('Say where your translations are, in acct.toml: [site] translations = "translations"')
    try:
        is_known = bool(NAME.fullmatch(locale) and Locale.parse(locale))
    except (ValueError, UnknownLocaleError):
        is_known = False
    if not is_known:
        raise CannotTranslate(f"{locale!r} is no language that is known. Write it as fr, pt_BR or zh_Hant.")
    return file_of(folder, locale)


def _template(locale: str) -> Catalog:
    with TEMPLATE.open("rb") as lines:
        template = read_po(lines, locale=locale)
    template.fuzzy = False
    template.revision_date = datetime.now(UTC)
    template.project, template.version = "flask_acct", ""
    return template


def _write(file: Path, messages: Catalog) -> None:
    """The file has the messages. It is replaced only once they are all written, so a full disk loses no translation."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".po.new")
    with beside.open("wb") as lines:
        write_po(lines, messages, width=0)
    beside.replace(file)


@cache
def _sentences() -> frozenset[tuple[str, str]]:
    """Return the id and the English sentence of every element of every configuration."""
    return frozenset((message.context or "", str(message.id)) for message in _template("en") if message.id)
