"""The glossary: what each term means, in every language.

``glossary/<locale>.md`` has a line for each, ``- customer number : The number of an account.``, written as inside a
sentence. Other languages name the English term: ``- número de cliente {#customer-number} : …``.

A term for something that not every configuration has says so in each language, as articles do: ``- contact {if
contacts.enabled} : …``; of several lines for one term, the last one whose condition is true counts. Its name and
meaning may name an element, ``{help.tools.client_area}``, which is replaced by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ...declare.labels import SLOT
from ...platform import Platform
from ...values.languages import fallbacks
from .content import GLOSSARY, Content, KbError, did_you_mean, text_of
from .folding import folded, slug
from .sandbox import holds

PAGE = "glossary.md"

LINE = re.compile(r"- (.+?)(?: \{#([a-z0-9]+(?:-[a-z0-9]+)*)\})?(?: \{if (.+?)\})? : (.+)")


MARKED = re.compile(r"\s*[-*+•–—]\s+")
"""How the line of a term may begin."""

NEXT = re.compile(r"\d+[.)]\s|(?! ).*\S : \S")
"""A line that does not continue a meaning, but is a term written in another way."""

HOW = "Write a term and its meaning as '- Term : meaning'"


@dataclass(frozen=True, slots=True)
class Term:
    """Sample: ``Term("customer-number", "Número de cliente", "El número de una cuenta.", "es")``."""

    id: str
    """The same in every language; its id on the page of all terms."""
    name: str
    meaning: str
    locale: str
    """The language it is written in."""
    when: str = ""
    """A condition on the configuration; if it is false, the term does not exist."""

    @property
    def title(self) -> str:
        """The name as it stands alone, with a capital letter."""
        return self.name[:1].upper() + self.name[1:]


def terms(content: Content, locale: str, platform: Platform | None = None) -> tuple[Term, ...]:
    """Return every term in alphabetical order, in the language or the next one that has it. Raises ``KbError``.

    The host's terms are added to the shipped ones; one of the same name or id replaces the shipped one.

    Args:
        platform: Only terms that exist on this platform, in its words. Default: all, as written.
    """
    # The platform is stored with them: its id could be reused by another object once it is gone.
    key = locale, id(platform)
    if key not in content.terms:
        content.terms[key] = platform, _terms(content, locale, platform)
    return content.terms[key][1]


def _terms(content: Content, locale: str, platform: Platform | None) -> tuple[Term, ...]:
    found: dict[str, Term] = {}
    for language in reversed(dict.fromkeys((*fallbacks(locale), *content.first_locales))):
        for layer in content.layers:
            known = {folded(term.name): term.id for term in found.values()}
            file = layer / GLOSSARY / f"{language}.md"
            for number, term in _read(file, language):
                id_ = term.id or known.get(folded(term.name)) or slug(term.name)
                try:
                    if platform and not holds(term.when, platform):
                        continue
                    worded = _worded(term, locale, platform) if platform and layer == content.folder else term
                except KbError as error:
                    raise KbError(_of_condition(error.what), file=file, line=number) from None
                found[id_] = replace(worded, id=id_)
    return tuple(sorted(found.values(), key=lambda term: folded(term.name)))


def _of_condition(what: str) -> str:
    """Return a fault of a condition, with an example of one as it is written here."""
    name, is_undefined, _ = what.partition("' is undefined")
    return (
        f"{name}' is undefined. A condition names keys of acct.toml: {{if contacts.enabled}}" if is_undefined else what
    )


def _element(id_: str, locale: str, platform: Platform) -> str:
    """Return the words of an element that a term names. Raises ``KbError`` if it does not exist."""
    try:
        return platform.sentences(locale)[id_]
    except KeyError:
        raise KbError(f"{id_!r} is not an element of this configuration.") from None


def _worded(term: Term, locale: str, platform: Platform) -> Term:
    """Return a shipped term in the words of a configuration."""

    def words(text: str) -> str:
        text = platform.labels.in_own_words(text, locale, term.locale)
        return SLOT.sub(lambda slot: _element(slot[1], locale, platform), text)

    return replace(term, name=words(term.name), meaning=words(term.meaning))


def term(name: str, platform: Platform, *, content: Content, locale: str, written_in: str) -> Term | None:
    """Return the term with a name in English, or in the language of the article. Raises ``KbError``.

    ``None`` for a term of something that the configuration does not have.

    Args:
        written_in: The language of the text, if it is not that of its reader: ``es`` for ``es_AR``.
    """
    here = {one.id: one for one in terms(content, locale, platform)}
    if found := here.get(slug(name)):
        return found
    everything = (*terms(content, locale), *terms(content, written_in))
    for one in (*here.values(), *everything):
        if slug(name) == one.id or folded(one.name) == folded(name):
            return here.get(one.id)
    raise KbError(f"{name!r} is not in the glossary. {did_you_mean(name, (one.name for one in here.values()))}")


def _read(file: Path, locale: str) -> Iterator[tuple[int, Term]]:
    """Yield the terms of one file, each with its line; the id is empty if there is none. Raises ``KbError``."""
    if not file.is_file():
        return
    known: dict[tuple[str, str], int] = {}
    for number, line in _entries(file):
        found = LINE.fullmatch(f"- {line}")
        if found is None:
            raise KbError(f"cannot read {shortened(line)!r}. {HOW}", file=file, line=number)
        if slot := re.search(r"\{\{|\{%", line):
            what = f"has a slot, {slot[0]}, which the glossary does not read. Write the words"
            raise KbError(what, file=file, line=number)
        term = Term(found[2] or "", found[1].strip(), found[4].strip(), locale, found[3] or "")
        for key in {(folded(term.name), term.when), (term.id or slug(term.name), term.when)}:
            if known.setdefault(key, number) != number:
                what = f'has "{term.name}" twice: in line {known[key]} and here. Keep one of them'
                raise KbError(what, file=file, line=number)
        yield number, term


def _entries(file: Path) -> Iterator[tuple[int, str]]:
    """Yield each entry without its mark, with its continuation lines, and the number of its first line."""
    lines = text_of(file).splitlines()
    begin = next((number for number, line in enumerate(lines) if line.strip()), 0)
    end = 0
    if lines and lines[begin].rstrip() == "---":
        end = next((n for n in range(begin + 1, len(lines)) if lines[n].rstrip() in {"---", "..."}), begin) + 1
    waiting, begun = "", 0
    for number, line in enumerate(lines[end:], start=end + 1):
        marked = MARKED.match(line)
        if waiting and (marked or not line.strip() or line.startswith("#")):
            yield begun, waiting
            waiting = ""
        if marked:
            waiting, begun = line[marked.end() :].strip(), number
        elif waiting and NEXT.match(line):
            raise KbError(
                f"cannot read {shortened(line)!r} as the line before it going on. {HOW}", file=file, line=number
            )
        elif waiting:
            waiting += f" {line.strip()}"
        elif line.strip() and not line.startswith("#"):
            raise KbError(f"cannot read {shortened(line)!r}. {HOW}", file=file, line=number)
    if waiting:
        yield begun, waiting


def shortened(line: str) -> str:
    return line if len(line) <= 60 else f"{line[:57]}…"
