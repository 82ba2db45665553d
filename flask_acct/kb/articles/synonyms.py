"""Synonyms, by which the search finds a page that uses another word.

An article's own are in its head, ``synonyms: [passcode, locked out]``. Those of a whole language are in
``synonyms/<locale>.txt``, one group a line: ``password, passcode, pw``. A host's file adds groups to the shipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ...values.languages import fallbacks
from .content import SYNONYMS, Content, KbError, Source
from .folding import folded

LOCALE = re.compile(r"[a-z]{2,3}(?:_[A-Z][a-z]{3})?(?:_[A-Z]{2})?")

Groups = tuple[tuple[str, ...], ...]


def groups(content: Content, locale: str) -> Groups:
    """Return every group of a language: ``(("password", "passcode"),)``. Those of ``es`` are also those of ``es_AR``.

    Raises ``KbError`` for a file that cannot be read.
    """
    languages = [language for language in fallbacks(locale) if language.partition("_")[0] == locale.partition("_")[0]]
    files = [layer / SYNONYMS / f"{language}.txt" for language in languages for layer in content.layers]
    return tuple(dict.fromkeys(group for file in files if file.is_file() for _, group in _read(file)))


def problems(content: Content) -> Iterator[KbError]:
    """Yield what must be fixed in the files of all languages and in the heads of articles."""
    for layer in content.layers:
        for file in sorted((layer / SYNONYMS).glob("*")):
            yield from _problems(file)
    for id_ in content.names:
        for source in (content.first(id_), *content.translations(id_)):
            yield from _twice(source)


def _problems(file: Path) -> Iterator[KbError]:
    if file.suffix != ".txt":
        yield KbError(f"is not read. Words that say the same stand in {file.stem}.txt, a line a group", file=file)
        return
    if not LOCALE.fullmatch(file.stem):
        yield KbError("is not read. Languages are written as es_AR.txt, en.txt", file=file)
        return
    try:
        read = _read(file)
    except KbError as error:
        yield error
        return
    for line, group in read:
        if len(group) < 2:
            yield KbError("one word says the same as none. Write: password, passcode", file=file, line=line)
        elif twice := _doubled(group):
            yield KbError(f'"{twice}" stands twice in this line. Delete one of them', file=file, line=line)


def _twice(source: Source) -> Iterator[KbError]:
    if twice := _doubled(source.facts.synonyms):
        line = source.facts.lines.get("synonyms", 1)
        yield KbError(f'synonyms has "{twice}" twice. Delete one of them', file=source.file, line=line)


def _read(file: Path) -> list[tuple[int, tuple[str, ...]]]:
    """Return each group with its line. Empty lines and those that begin with # are skipped."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise KbError("is not UTF-8. Save it as UTF-8", file=file) from None
    numbered = [
        (number, line) for number, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")
    ]
    return [
        (number, tuple(" ".join(word.split()) for word in line.split(",") if word.strip())) for number, line in numbered
    ]


def _doubled(words: tuple[str, ...]) -> str:
    """Return the first word that occurs twice, however it is written; empty if none does."""
    plain = [folded(word) for word in words]
    return next((word for at, word in enumerate(words) if plain[at] in plain[:at]), "")
