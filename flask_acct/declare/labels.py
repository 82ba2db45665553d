"""The sentence for an element in a language: host overrides first, then the shipped catalogs, then English.

Catalogs are gettext ``.po`` files, read without compiling them, with the element's id as context. One element may have
several English sentences (depending on the configuration, the field of the sign-in form is a user name or a customer
number), so a translation is found by id *and* English sentence; an override by id alone.

For ``es_AR`` the words are looked up as: override ``es_AR``, catalog ``es_AR``, override ``es``, catalog ``es``,
override ``en``, English. A host's own catalog, ``[site] translations``, goes before the shipped one of its language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from babel import Locale
from babel.messages import Catalog
from babel.messages.pofile import PoFileError, read_po

from ..errors import AcctError
from ..values.language_names import OWN_NAMES, RIGHT_TO_LEFT
from ..values.languages import fallbacks
from . import plurals

CATALOGS = Path(__file__).parents[1] / "translations"

SLOT = re.compile(r"\{([a-z][a-z0-9_.]*)(?::([^{}\n]*))?\}")
"""A slot: its name, and after a colon the forms of the word that it counts (see ``plurals``)."""

ELLIPSIS = "…"

ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"

Overrides = Mapping[str, Mapping[str, str]]
"""Wording by locale and element id: ``{"es": {"login.form.submit": "Entrar"}}``."""

Vocabulary = Mapping[str, Mapping[str, str]]
"""A host's words in place of shipped ones, by locale: ``{"es": {"contraseña": "clave"}}``."""

NOT_PROSE = r"\{\{.*?\}\}|\{%.*?%\}|\{[a-z][a-z0-9_.]*(?=:)|\{[^}\n]*\}|\]\([^)\n]*\)|`[^`\n]*`|<[^>\n]*>|https?://\S+"
"""Text in which no word is replaced: slots of sentences and articles, ids of headings, addresses,
code. The forms of a word that a slot counts are prose."""


class Labels:
    """The words of one app, in every language.

    Args:
        overrides: The host's wording, already merged for its platform.
        folder: Where ``<locale>/LC_MESSAGES/flask_acct.po`` are.
        vocabulary: The host's words in place of ours, wherever ours stand in a shipped sentence.
        own: A folder of the same shape with the host's own catalogs.
    """

    def __init__(
        self,
        overrides: Overrides,
        folder: Path = CATALOGS,
        vocabulary: Vocabulary | None = None,
        own: Path | None = None,
    ) -> None:
        self._overrides = overrides
        self._folder = folder
        self._own = own
        self.vocabulary = vocabulary or {}

    def say(self, id: str, english: str, locale: str) -> str:  # noqa: A002
        """Return the sentence of an element, its slots unfilled."""
        for language in fallbacks(locale):
            override = self._overrides.get(language, {}).get(id)
            if override is not None:
                return override
            if (own := self._catalogs[language].own.get((id, english))) is not None:
                return own
            shipped = self._catalogs[language].shipped.get((id, english))
            if shipped:
                return self.in_own_words(shipped, locale, language)
        return self.in_own_words(english, locale, "en")

    def is_translated(self, id: str, english: str, locale: str) -> bool:  # noqa: A002
        """Whether the element has words in the language, shipped or the host's own, rather than only English ones."""
        locales = [one for one in fallbacks(locale) if one != "en" or locale.partition("_")[0] == "en"]
        if "en" in locales:
            return True
        found = (self._catalogs[one] for one in locales)
        is_worded = any(id in self._overrides.get(one, {}) for one in locales)
        return is_worded or any((id, english) in one.own or (id, english) in one.shipped for one in found)

    @cached_property
    def _catalogs(self) -> Mapping[str, _Catalogs]:
        return _Read(self._folder, self._own)

    def in_own_words(self, text: str, locale: str, written_in: str = "") -> str:
        """Return a shipped text, a sentence or an article, with the host's vocabulary in place of ours.

        Args:
            locale: The reader's language.
            written_in: The language of the text, if it is another.
        """
        if not self.vocabulary:
            return text
        words = own_words(self.vocabulary, locale, written_in or locale)
        return replaced(text, words) if words else text


class _Catalogs(NamedTuple):
    """The translations into one language, by id and English sentence."""

    own: Mapping[tuple[str, str], str]
    shipped: Mapping[tuple[str, str], str]


class _Read(dict[str, _Catalogs]):
    """The catalogs by language, read when they are first needed."""

    def __init__(self, folder: Path, own: Path | None) -> None:
        self._folder, self._own_folder = folder, own

    def __missing__(self, locale: str) -> _Catalogs:
        own = translated(read_catalog(file_of(self._own_folder, locale), locale)) if self._own_folder else {}
        self[locale] = _Catalogs(own, catalog(self._folder, locale))
        return self[locale]


def own_words(vocabulary: Vocabulary, locale: str, written_in: str) -> Mapping[str, str]:
    """Return the host's words by ours, for a text written in one locale and read in another.

    A reader of ``es_AR`` gets a text in ``es`` with the words of both, those of ``es_AR`` first.
    """
    language = written_in.partition("_")[0]
    heard = (one for one in reversed((*fallbacks(locale), *fallbacks(written_in))) if one.partition("_")[0] == language)
    return {ours: theirs for one in heard for ours, theirs in vocabulary.get(one, {}).items()}


def replaced(text: str, words: Mapping[str, str]) -> str:
    """Return the text with whole words replaced, in the same case as before; not within ``NOT_PROSE``."""
    known = {ours.casefold(): theirs for ours, theirs in words.items()}
    anyone = "|".join(re.escape(one) for one in sorted(known, key=len, reverse=True))

    def other(found: re.Match[str]) -> str:
        if found["word"] is None:
            return found[0]
        word = known[found[0].casefold()]
        if len(found[0]) > 1 and found[0].isupper():
            return word.upper()
        return word[:1].upper() + word[1:] if found[0][:1].isupper() else word

    return re.sub(rf"{NOT_PROSE}|(?<!\w)(?P<word>{anyone})(?!\w)", other, text, flags=re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=64)
def catalog(folder: Path, locale: str) -> Mapping[tuple[str, str], str]:
    """Return the translations into a language by id and English sentence; empty for a language without a catalog."""
    return translated(read_catalog(file_of(folder, locale), locale))


def file_of(folder: Path, locale: str) -> Path:
    """Return the path of a language's catalog in a folder of catalogs."""
    return folder / locale / "LC_MESSAGES" / "flask_acct.po"


def read_catalog(file: Path, locale: str) -> Catalog:
    """Return the catalog in a file; an empty one if there is no file.

    Raises ``UnreadableCatalog``, which names the file and the line.
    """
    if not file.is_file():
        return Catalog(locale)
    try:
        with file.open("rb") as lines:
            return read_po(lines, locale=locale, abort_invalid=True)
    except PoFileError as error:
        raise UnreadableCatalog(file, str(error.args[0]) if error.args else str(error), error.lineno + 1) from None
    except (UnicodeDecodeError, LookupError) as error:
        raise UnreadableCatalog(file, f"its charset is not what its head says ({error})", 1) from None
    except (OSError, ValueError) as error:
        raise UnreadableCatalog(file, str(error), 1) from None


def translated(messages: Catalog) -> Mapping[tuple[str, str], str]:
    """Return the translations in a catalog by id and English sentence, without those marked as fuzzy."""
    return {
        (message.context, str(message.id)): str(message.string)
        for message in messages
        if message.context and message.string and not message.fuzzy
    }


def called(id: str, overrides: Overrides, folder: Path = CATALOGS) -> frozenset[str]:  # noqa: A002
    """Return the words of an element in all languages, English and the host's own words included."""
    own = {sentences[id] for sentences in overrides.values() if id in sentences}
    return frozenset(_all_called(folder).get(id, frozenset()) | own)


@lru_cache(maxsize=4)
def _all_called(folder: Path) -> Mapping[str, frozenset[str]]:
    """Return the words of each element in all shipped catalogs, by id."""
    found: dict[str, set[str]] = {}
    for file in sorted(folder.glob("*/LC_MESSAGES/flask_acct.po")):
        for (id_, english), translated in catalog(folder, file.parts[-3]).items():
            found.setdefault(id_, set()).update((english, translated))
    return {id_: frozenset(sentences) for id_, sentences in found.items()}


def slots(sentence: str) -> frozenset[str]:
    """Return the names of a sentence's slots: ``{"minutes"}`` for ``"Wait {minutes} minutes."``."""
    return frozenset(slot[1] for slot in SLOT.finditer(sentence))


def forms(sentence: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the slots that count a word: ``("days", ("day", "days"))`` for ``"Within {days:day|days}."``."""
    for slot in SLOT.finditer(sentence):
        if slot[2] is not None:
            yield slot[1], plurals.forms_of(slot[2])


def fill(sentence: str, values: Mapping[str, object], locale: str) -> str:
    """Return the sentence with its slots filled. Raises ``KeyError`` with the name of a slot that has no value."""
    if "{" not in sentence:
        return sentence
    return SLOT.sub(lambda slot: _filled(slot, values[slot[1]], locale), sentence)


def fill_known(sentence: str, values: Mapping[str, object], locale: str) -> str:
    """Return the sentence with those slots filled that have a value, and all others as they are."""
    return SLOT.sub(lambda slot: _filled(slot, values[slot[1]], locale) if slot[1] in values else slot[0], sentence)


def elided(sentence: str) -> str:
    """Return the sentence with an ellipsis in its slots: ``At most … characters.``"""
    return SLOT.sub(lambda slot: _filled(slot, ELLIPSIS, "en"), sentence)


def _filled(slot: re.Match[str], value: object, locale: str) -> str:
    return str(value) if slot[2] is None else plurals.counted(str(value), plurals.forms_of(slot[2]), locale)


def language_tag(locale: str) -> str:
    """Return the locale as HTML, HTTP and URLs write it: ``es-AR``."""
    return locale.replace("_", "-")


@lru_cache(maxsize=64)
def language_name(locale: str) -> str:
    """Return the language's own name for itself, capitalised: ``Español (Argentina)``."""
    if locale in OWN_NAMES:
        return OWN_NAMES[locale]
    name = Locale.parse(locale).get_display_name() or locale
    return name[0].upper() + name[1:]


@lru_cache(maxsize=64)
def direction(locale: str) -> str:
    """Return the direction of the language's script, ``ltr`` or ``rtl``."""
    if locale in OWN_NAMES:
        return "rtl" if locale in RIGHT_TO_LEFT else "ltr"
    return Locale.parse(locale).text_direction


def isolated(text: str, locale: str) -> str:
    """Return a text that fills a slot so that it does not mix with the sentence around it.

    From right to left, ``+34 910`` in a sentence would else read ``910 34+``. The marks are Unicode's first strong
    isolate and its end; from left to right, where hardly anything needs them, there are none.
    """
    return f"{ISOLATE}{text}{END_OF_ISOLATE}" if text and direction(locale) == "rtl" else text


class UnreadableCatalog(AcctError):
    """A catalog cannot be read as a PO file."""

    def __init__(self, file: Path, what: str, line: int) -> None:
        super().__init__(f"{file}, line {line}: {what}. Mend it, or write it anew with a PO editor.")
