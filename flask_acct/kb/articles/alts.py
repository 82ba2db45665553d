"""What a picture says to who cannot see it: whole sentences in the page's language.

Sample: ``The page “Edit Bruno Díaz” is open. A frame marks: Invoices, Save changes.``

The words of most elements stand in the catalogs. Those of some have slots, ``Edit {name}``; what stood there when the
picture was taken is in the manifest (``Taken.shown``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ...declare.elements import Message, Paragraph, Result, Tip
from ...declare.labels import SLOT
from ...declare.texts import Text
from ...platform import Platform

SENTENCES = (Message, Result, Paragraph, Tip)

ELLIPSIS = "…"

_RAW = re.compile(r"\{[^{}]*\}")
_OWN = re.compile(r"!\[([^\]\n]*)\]\(([^)\n]*)\)")


def is_sentence(text: Text) -> bool:
    """Whether an element says a whole sentence, set in quotation marks; all others are names, set in bold."""
    return isinstance(text, SENTENCES) or (type(text) is Text and text.message.endswith((".", "!", "?")))


class ElementWords(NamedTuple):
    """An element and its sentence, slots and all: ``ElementWords("contacts.edit.title", "Edit {name}")``."""

    element: str
    sentence: str

    def on(self, shown: Mapping[str, str]) -> str:
        """As the page had them, where that is known."""
        if not SLOT.search(self.sentence):
            return self.sentence
        return shown.get(self.element) or SLOT.sub(ELLIPSIS, self.sentence)


ANY = ElementWords("", "{page}")
"""Whichever page is open when the picture is taken: only its heading says which."""


@dataclass(frozen=True, slots=True)
class Alt:
    """The sentences about one picture, before the slots of its words are filled."""

    page: ElementWords | None
    """The heading; ``None`` where only what stands around every page is marked."""
    names: tuple[ElementWords, ...]
    """What is marked and has a name: fields, buttons, headings."""
    sentences: tuple[ElementWords, ...]
    """What is marked and says a sentence."""
    forms: Mapping[str, str]
    """How the language says it: the sentences of ``help.picture``, by the last part of their ids."""

    @property
    def open(self) -> tuple[str, ...]:
        """The elements whose words only the page knows."""
        words = (*([self.page] if self.page else []), *self.names, *self.sentences)
        return tuple(dict.fromkeys(one.element for one in words if SLOT.search(one.sentence)))

    def text(self, shown: Mapping[str, str]) -> str:
        """The sentences.

        Args:
            shown: What the elements said whose sentences have slots: ``{"contacts.edit.title": "Edit Bruno Díaz"}``.
        """
        parts = [self._with("page", self.page.on(shown))] if self.page else []
        if self.names:
            parts.append(self._with("marks", ", ".join(one.on(shown).rstrip(" .:") for one in self.names)))
        parts += [self._with("says", one.on(shown)) for one in self.sentences]
        return " ".join(parts)

    def _with(self, form: str, words: str) -> str:
        return SLOT.sub(lambda _: " ".join(words.split()), self.forms[form])


def alt(screen: str, marks: tuple[str, ...], platform: Platform, locale: str) -> Alt:
    """The sentences about a picture of a screen, or of what stands around every page, with these elements marked."""
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
    """What is wrong with the words of a picture; empty for nothing."""
    if not text.strip(" .…"):
        return "says nothing to who cannot see it"
    if raw := _RAW.search(text):
        return f"says {raw[0]} to who cannot see it, which nobody filled in"
    return ""


def own(body: str) -> Iterator[tuple[str, str]]:
    """The words and the address of each picture that an author put into an article."""
    for found in _OWN.finditer(body):
        yield found[1], found[2]
