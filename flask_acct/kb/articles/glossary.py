"""The words of the trade: what each term means, in every language.

``glossary/<locale>.md`` has a line for each, ``- Customer number : The number of an account.`` Another language says
which of the English terms it is: ``- Número de cliente {#customer-number} : …``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ...labels import fallbacks
from .content import GLOSSARY, Content, KbError, did_you_mean
from .folding import folded

PAGE = "glossary.md"

LINE = re.compile(r"- (.+?)(?: \{#([a-z0-9]+(?:-[a-z0-9]+)*)\})? : (.+)")


@dataclass(frozen=True, slots=True)
class Term:
    """Sample: ``Term("customer-number", "Número de cliente", "El número de una cuenta.", "es")``."""

    id: str
    """The same in every language; its place on the page of all terms."""
    name: str
    meaning: str
    locale: str
    """The language it is written in."""


def terms(content: Content, locale: str) -> tuple[Term, ...]:
    """Every term in alphabetical order, in the language or the next one that has it. Raises ``KbError``.

    The host's terms come to the shipped ones; one of the same name or id takes the place of the shipped one.
    """
    if locale not in content.terms:
        content.terms[locale] = _terms(content, locale)
    return content.terms[locale]


def _terms(content: Content, locale: str) -> tuple[Term, ...]:
    found: dict[str, Term] = {}
    for language in reversed(dict.fromkeys((*fallbacks(locale), *content.first_locales))):
        for layer in content.layers:
            known = {folded(term.name): term.id for term in found.values()}
            for term in _read(layer / GLOSSARY / f"{language}.md", language):
                id_ = term.id or known.get(folded(term.name)) or slug(term.name)
                found[id_] = replace(term, id=id_)
    return tuple(sorted(found.values(), key=lambda term: folded(term.name)))


def term(name: str, *, content: Content, locale: str, written_in: str) -> Term:
    """The term of a name: as English has it, or as the language of the article does. Raises ``KbError``.

    Args:
        written_in: The language of the text, where it is not that of its reader: ``es`` for ``es_AR``.
    """
    here = {one.id: one for one in terms(content, locale)}
    if found := here.get(slug(name)):
        return found
    for one in (*here.values(), *terms(content, written_in)):
        if folded(one.name) == folded(name) and one.id in here:
            return here[one.id]
    raise KbError(f"{name!r} is not in the glossary. {did_you_mean(name, (one.name for one in here.values()))}")


def slug(words: str) -> str:
    """The words as an address writes them: ``numero-de-cliente``."""
    return "-".join(re.findall(r"[a-z0-9]+", folded(words)))


def _read(file: Path, locale: str) -> Iterator[Term]:
    """The terms of one file; the id is empty where the line says none."""
    if not file.is_file():
        return
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if line.startswith("- "):
            found = LINE.fullmatch(line)
            if found is None:
                raise KbError("Write a term and its meaning as '- Term : meaning'", file=file, line=number)
            yield Term(found[2] or "", found[1].strip(), found[3].strip(), locale)
