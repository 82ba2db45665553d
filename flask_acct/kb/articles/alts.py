"""The alternative text of a picture: whole sentences in the page's language.

Sample: ``The page “Edit Bruno Díaz” is open. A frame marks: Invoices, Save changes.``

The words of most elements are in the catalogs. Those of some have slots, ``Edit {name}``; what filled them when the
picture was taken is in the manifest (``Taken.shown``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ...declare.elements import Message, Paragraph, Result, Tip
from ...declare.labels import SLOT, elided
from ...declare.texts import Text
from ...platform import Platform

SENTENCES = (Message, Result, Paragraph, Tip)

_RAW = re.compile(r"\{[^{}]*\}")
_OWN = re.compile(r"!\[([^\]\n]*)\]\(([^)\n]*)\)")


def is_sentence(text: Text) -> bool:
    """Whether an element is a whole sentence, set in quotation marks; all others are names, set in bold."""
    return isinstance(text, SENTENCES) or (type(text) is Text and text.message.endswith((".", "!", "?")))


class ElementWords(NamedTuple):
    """An element and its sentence, with its slots: ``ElementWords("contacts.edit.title", "Edit {name}")``."""

    element: str
    sentence: str

    def on(self, shown: Mapping[str, str]) -> str:
        """Return the words the page showed, if known."""
        if not SLOT.search(self.sentence):
            return self.sentence
        return shown.get(self.element) or elided(self.sentence)


ANY = ElementWords("", "{page}")
"""Whichever page is open when the picture is taken: only its heading says which."""


@dataclass(frozen=True, slots=True)
class Alt:
    """The sentences about one picture, before the slots of its words are filled."""

    page: ElementWords | None
    """The heading; ``None`` if only elements around every page are marked."""
    names: tuple[ElementWords, ...]
    """Marked elements that have a name: fields, buttons, headings."""
    sentences: tuple[ElementWords, ...]
    """Marked elements that are sentences."""
    forms: Mapping[str, str]
    """The sentences of ``help.picture`` in the language, by the last part of their ids."""

    @property
    def open(self) -> tuple[str, ...]:
        """The elements whose words only the page knows."""
        words = (*([self.page] if self.page else []), *self.names, *self.sentences)
        return tuple(dict.fromkeys(one.element for one in words if SLOT.search(one.sentence)))

    def text(self, shown: Mapping[str, str]) -> str:
        """Return the sentences.

        Args:
            shown: What elements with slots showed: ``{"contacts.edit.title": "Edit Bruno Díaz"}``.
        """
        parts = [self._with("page", self.page.on(shown))] if self.page else []
        if self.names:
            parts.append(self._with("marks", ", ".join(one.on(shown).rstrip(" .:") for one in self.names)))
        parts += [self._with("says", one.on(shown)) for one in self.sentences]
        return " ".join(parts)

    def _with(self, form: str, words: str) -> str:
        return SLOT.sub(lambda _: " ".join(words.split()), self.forms[form])


def alt(screen: str, marks: tuple[str, ...], platform: Platform, locale: str) -> Alt:
    """Return the sentences about a picture of a screen, or of what surrounds every page, with these elements marked."""
    sentences, texts = platform.sentences(locale), platform.declared.texts
    title = platform.declared.screens[screen].title.id if screen in platform.declared.screens else ""
    marked = [ElementWords(element, sentences[element]) for element in marks if element != title]
    page = ElementWords(title, sentences[title]) if title else None if marked else ANY
    return Alt(
        page=page,
        names=tuple(one for one in marked if not is_sentence(texts[one.element])),
        sentences=tuple(one for one in marked if is_sentence(texts[one.element])),
        forms={form: sentences[f"help.picture.{form}"] for form in ("page", "marks", "says")},
    )


def wrong(text: str) -> str:
    """Return what is wrong with an alternative text; empty for nothing."""
    if not text.strip(" .…"):
        return "says nothing to who cannot see it"
    if raw := _RAW.search(text):
        return f"says {raw[0]} to who cannot see it, which nobody filled in"
    return ""


def own(body: str) -> Iterator[tuple[str, str]]:
    """Yield the alternative text and the address of each picture that an author put into an article."""
    for found in _OWN.finditer(body):
        yield found[1], found[2]
