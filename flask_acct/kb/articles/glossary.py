"""The words of the trade: what each term means, in every language.

``glossary/<locale>.md`` has a line for each, ``- customer number : The number of an account.``, written as inside a
sentence. Another language says which of the English terms it is: ``- número de cliente {#customer-number} : …``.

A term of what not every configuration has says so in each language, as articles do: ``- contact {if contacts.enabled} :
…``; of several lines for one term the last that is so counts. Its name and meaning may name an element,
``{help.tools.client_area}``, whose words stand there then.
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
"""A line that is no more of a meaning, but a term written in another way."""

HOW = "Write a term and its meaning as '- Term : meaning'"


@dataclass(frozen=True, slots=True)
class Term:
    """Sample: ``Term("customer-number", "Número de cliente", "El número de una cuenta.", "es")``."""

    id: str
    """The same in every language; its place on the page of all terms."""
    name: str
    meaning: str
    locale: str
    """The language it is written in."""
    when: str = ""
    """A condition on the configuration, without which there is no such thing."""

    @property
    def title(self) -> str:
        """The name as it stands alone."""
        return self.name[:1].upper() + self.name[1:]


def terms(content: Content, locale: str, platform: Platform | None = None) -> tuple[Term, ...]:
    """Every term in alphabetical order, in the language or the next one that has it. Raises ``KbError``.

    The host's terms come to the shipped ones; one of the same name or id takes the place of the shipped one.

    Args:
        platform: Whose terms: only those of things it has, in its words. Without it, all there are, as written.
    """
    # The platform is kept with them: the number of one that is gone would be given to another.
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
    """A fault of a condition, with a condition as it is written here."""
    name, is_undefined, _ = what.partition("' is undefined")
    return (
        f"{name}' is undefined. A condition names keys of acct.toml: {{if contacts.enabled}}" if is_undefined else what
    )


def _element(id_: str, locale: str, platform: Platform) -> str:
    """The words of an element that a term names. Raises ``KbError`` for one that there is not."""
    try:
        return platform.sentences(locale)[id_]
    except KeyError:
        raise KbError(f"{id_!r} is not an element of this configuration.") from None


def _worded(term: Term, locale: str, platform: Platform) -> Term:
    """A shipped term in the words of a configuration."""

    def words(text: str) -> str:
        text = platform.labels.in_own_words(text, locale, term.locale)
        return SLOT.sub(lambda slot: _element(slot[1], locale, platform), text)

    return replace(term, name=words(term.name), meaning=words(term.meaning))


def term(name: str, platform: Platform, *, content: Content, locale: str, written_in: str) -> Term | None:
    """The term of a name: as English has it, or as the language of the article does. Raises ``KbError``.

    ``None`` for one of a thing that the configuration does not have.

    Args:
        written_in: The language of the text, where it is not that of its reader: ``es`` for ``es_AR``.
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
    """The terms of one file, each with its line; the id is empty where none is said. Raises ``KbError``."""
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
    """Each entry without its mark, with the lines it goes on in, and the number of its first."""
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
