"""Article files: where they are, and what stands at their head.

An article is ``<locale>/<id>.md``. The English file says when the article applies and which screens it helps with;
another language only translates it and says of which English text it is the translation.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import AcctError
from ..labels import fallbacks

SOURCE_LOCALE = "en"

IN_WHEEL = Path(__file__).parent / "content"
IN_REPOSITORY = Path(__file__).parents[2] / "kb"

LISTS = frozenset({"screens", "tools", "tags"})
ENGLISH_KEYS = LISTS | {"when", "category", "difficulty", "minutes", "as", "given"}
TRANSLATION_KEYS = frozenset({"translates"})

KEY = re.compile(r"([a-z_]+):\s*(.*?)\s*(?:\s#.*)?$")
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class KbError(AcctError):
    """Something in the help centre to mend; its text begins with the file and line."""

    def __init__(self, what: str, *, file: Path | None = None, line: int = 0) -> None:
        self.what, self.file, self.line = what, file, line
        super().__init__(f"{place(file, line)}: {what}" if file else what)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the head of an English article says.

    Sample: ``Facts(screens=("login.form",), when='recovery.password.enabled', difficulty="easy", minutes=5)``.
    """

    screens: tuple[str, ...] = ()
    """These screens link to the article."""
    when: str = ""
    """A condition on the configuration, ``recovery.password.deliver == "link"``; otherwise there is no article."""
    difficulty: str = "easy"
    minutes: int = 5
    category: str = ""
    """Under which heading the list of all articles has it: ``help.categories`` has its words."""
    tools: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    as_: str = ""
    """Who acts, signed in: ``owner``. Empty for a visitor."""
    given: str = ""
    """What is so before the first step: ``expired_password``."""
    translates: str = ""
    """``digest`` of the English text this one was translated from."""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Where each key stands."""


@dataclass(frozen=True, slots=True)
class Source:
    """One article in one language, as written."""

    id: str
    locale: str
    file: Path
    facts: Facts
    body: str
    """The text, with an empty line for each line of the head, so that line numbers are the file's."""


class Content:
    """The articles in a folder.

    Args:
        folder: Holds ``<locale>/<id>.md``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sources: dict[tuple[str, str], Source] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """Every article, by its English file."""
        return tuple(sorted(file.stem for file in (self.folder / SOURCE_LOCALE).glob("*.md")))

    def english(self, id_: str) -> Source:
        """The article as it was first written. Raises ``KbError`` for an id without a file."""
        return self._read(id_, SOURCE_LOCALE)

    def source(self, id_: str, locale: str) -> Source:
        """The article in a language, or in the next one that has it: ``es`` for ``es_AR``, English at last."""
        for language in fallbacks(locale):
            if (self.folder / language / f"{id_}.md").is_file():
                return self._read(id_, language)
        raise KbError(f"there is no article {id_!r}; known are: {', '.join(self.ids) or 'none'}")

    def translations(self, id_: str) -> tuple[Source, ...]:
        """Every other language the article has a file of its own for."""
        files = sorted(self.folder.glob(f"*/{id_}.md"))
        return tuple(self._read(id_, file.parent.name) for file in files if file.parent.name != SOURCE_LOCALE)

    def _read(self, id_: str, locale: str) -> Source:
        if (id_, locale) not in self._sources:
            self._sources[id_, locale] = read(self.folder / locale / f"{id_}.md")
        return self._sources[id_, locale]


def shipped() -> Content:
    """The articles of this package: in the wheel, or in the repository of an editable install."""
    for folder in (IN_WHEEL, IN_REPOSITORY):
        if (folder / SOURCE_LOCALE).is_dir():
            return Content(folder)
    raise KbError(f"no articles are installed: neither {IN_WHEEL} nor {IN_REPOSITORY} holds any. Reinstall flask_acct.")


def read(file: Path) -> Source:
    """One file. Raises ``KbError`` for a head that is missing or has unknown keys."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        raise KbError("there is no such article. Write it, or mend its name", file=file) from None
    except UnicodeDecodeError:
        raise KbError("is not UTF-8. Save it as UTF-8", file=file) from None
    if not ID.fullmatch(file.stem):
        raise KbError("an article is named with small letters, digits and hyphens: reset-password.md", file=file)
    lines = text.splitlines()
    if lines[:1] != ["---"] or "---" not in lines[1:]:
        raise KbError("has no head. Begin it with a line ---, the keys, and another line ---", file=file, line=1)
    end = lines.index("---", 1)
    locale = file.parent.name
    facts = _facts(lines[1:end], file, TRANSLATION_KEYS if locale != SOURCE_LOCALE else ENGLISH_KEYS)
    return Source(file.stem, locale, file, facts, "\n" * (end + 1) + "\n".join(lines[end + 1 :]).rstrip() + "\n")


def digest(source: Source) -> str:
    """Eight digits that change with the text of an article, not with its head or with white space at line ends."""
    text = "\n".join(line.rstrip() for line in source.body.strip().splitlines())
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def place(file: Path | None, line: int = 0) -> str:
    """How errors name a place: ``kb/es/recover-password.md:12``."""
    if file is None:
        return "kb"
    name = "/".join(("kb", *file.parts[-2:]))
    return f"{name}:{line}" if line else name


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, 1, 0.5)
    return f'Did you mean "{close[0]}"?' if close else f"Known are: {', '.join(known[:30])}."


def _facts(lines: list[str], file: Path, allowed: Iterable[str]) -> Facts:
    values: dict[str, Any] = {}
    where: dict[str, int] = {}
    for number, line in enumerate(lines, start=2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = KEY.fullmatch(line)
        if found is None:
            raise KbError(f"cannot read {line!r}. Write it as key: value", file=file, line=number)
        key, value = found[1], found[2]
        if key not in allowed:
            raise KbError(_unknown_key(key, allowed), file=file, line=number)
        where[key] = number
        values["as_" if key == "as" else key] = _value(key, value, file, number)
    return Facts(**values, lines=where)


def _unknown_key(key: str, allowed: Iterable[str]) -> str:
    if key in ENGLISH_KEYS:
        return f"{key!r} is said once, in the English article. Delete it here"
    return f"{key!r} is not a key of an article. {did_you_mean(key, allowed)}"


def _value(key: str, value: str, file: Path, line: int) -> str | int | tuple[str, ...]:
    if key in LISTS:
        if not (value.startswith("[") and value.endswith("]")):
            raise KbError(f"{key} is a list. Write {key}: [one, two]", file=file, line=line)
        return tuple(part.strip() for part in value[1:-1].split(",") if part.strip())
    if key == "minutes":
        if not value.isdecimal() or not 0 < int(value) < 1000:
            raise KbError("minutes is a whole number, such as 5", file=file, line=line)
        return int(value)
    return value
