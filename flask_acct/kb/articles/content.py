"""Article files: where they are, and what their heads say.

An article is ``<locale>/<id>.md``. Its first file, the English one if there is one, says when the article applies and
which screens it helps with; a file in another language only translates it and says which text it is a translation
of. A host's own folder comes before the shipped one: an article in both is the host's.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...config import Config
from ...config.problems import line_in
from ...errors import AcctError
from ...values import text_files
from ...values.languages import fallbacks

if TYPE_CHECKING:
    from ...platform import Platform
    from .article import Article
    from .glossary import Term

SOURCE_LOCALE = "en"

IN_WHEEL = Path(__file__).parents[1] / "content"
IN_REPOSITORY = Path(__file__).parents[3] / "kb"

GLOSSARY = "glossary"
"""The folder beside those of the languages that holds ``<locale>.md`` with the terms."""

SYNONYMS = "synonyms"
"""The folder with ``<locale>.txt``, words that mean the same to the search."""

ELSE = frozenset({GLOSSARY, SYNONYMS, "developers", "operators"})
"""Folders beside those of the languages whose files are not articles. The last two are for hosts."""

LISTS = frozenset({"screens", "answers", "tools", "tags", "aliases", "related", "synonyms"})
FIRST_KEYS = LISTS | {"when", "category", "difficulty", "minutes", "as", "given", "hidden"}
TRANSLATION_KEYS = frozenset({"translates", "synonyms", "hidden"})

ELSEWHERE = {
    "title": "the title is the heading of the text, a line # Order bread. Delete it here",
    "date": "each page says by itself when its steps were checked. Delete it here",
    "draft": "write hidden: true for an article that nobody shall see yet",
    "published": "write hidden: true for an article that nobody shall see yet",
    "description": "the first paragraph is what search engines show. Delete it here",
    "lang": "the language is the folder that the file is in. Delete it here",
    "language": "the language is the folder that the file is in. Delete it here",
    "slug": "the address is the name of the file. Rename that, and name the old one in aliases: [order-bread]",
    "permalink": "the address is the name of the file. Rename that, and name the old one in aliases: [order-bread]",
    "keywords": "write synonyms: [words, people search for]",
    "author": "pages name no author. Delete it here",
}
"""Keys that other generators have, and their names here."""

TEXTS = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx", ".txt", ".rst"})
"""Endings, in lower case, of files that somebody wrote to be read."""

LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})*")
"""The pattern of a language's folder."""

KEY = re.compile(r"([a-z_]+):\s*(.*?)\s*(?:\s#.*)?$")
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

LONGEST = 80
"""Of the name of an article, which is the name of a file and the address of a page."""


class KbError(AcctError):
    """Something in the help centre that must be fixed; its text begins with the file and line."""

    def __init__(self, what: str, *, file: Path | None = None, line: int = 0) -> None:
        self.what, self.file, self.line = what, file, line
        self.more: tuple[KbError, ...] = ()
        """What else must be fixed in the same head."""
        super().__init__(f"{place(file, line)}: {what}" if file else what)


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """The head of an article's first file; a translation's has only the last three keys.

    Sample: ``ArticleHead(screens=("login.form",), when='recovery.password.enabled', difficulty="easy", minutes=5)``.
    """

    screens: tuple[str, ...] = ()
    """These screens link to the article."""
    answers: tuple[str, ...] = ()
    """These messages link to the article, or to a heading of it: ``login.form.wrong#wrong``."""
    when: str = ""
    """A condition on the configuration, ``recovery.password.deliver == "link"``; if it is false there is no article."""
    difficulty: str = "easy"
    minutes: int = 5
    category: str = ""
    """The heading under which the list of all articles has it: ``help.categories`` has its words."""
    tools: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    as_: str = ""
    """Who acts, signed in: ``owner``. Empty for a visitor."""
    given: str = ""
    """The state before the first step: ``expired_password``."""
    aliases: tuple[str, ...] = ()
    """Names the article had before; their addresses redirect here."""
    related: tuple[str, ...] = ()
    """The articles named below this one, instead of those with the same tags."""
    translates: str = ""
    """``digest`` of the text that this one translates."""
    synonyms: tuple[str, ...] = ()
    """Words people search for that the text does not use; each language has its own."""
    hidden: bool = False
    """There is no such article: in any language if the first file says so, else in this one."""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """The line of each key."""


@dataclass(frozen=True, slots=True)
class Source:
    """One article in one language, as written."""

    id: str
    locale: str
    file: Path
    facts: ArticleHead
    body: str
    """The text, with an empty line for each line of the head, so that line numbers are those of the file."""

    @property
    def layer(self) -> Path:
        """The folder with the folders of all languages."""
        return self.file.parents[1]


class Content:
    """The articles in a folder, and before them those of the host.

    Args:
        folder: Holds ``<locale>/<id>.md``.
        own: Another such folder, whose files are added to the first one's or replace them.
        default_locale: The language in which a host's article is written first, if it is not English.
    """

    def __init__(self, folder: Path, own: Path | None = None, default_locale: str = SOURCE_LOCALE) -> None:
        self.folder = folder
        self.own = own
        self.layers = (folder,) if own is None else (folder, own)
        self.first_locales = tuple(dict.fromkeys((SOURCE_LOCALE, default_locale)))
        self.terms: dict[tuple[str, int], tuple[Platform | None, tuple[Term, ...]]] = {}
        """The glossary in each language and of each platform, once it was read."""
        self.firsts: dict[tuple[str, int], tuple[Any, Article]] = {}
        """The first text of each article under a configuration, once it was rendered."""
        self.skipped: set[str] = set()
        """Articles that ``kb check`` reports no more about: they have no head or no usable name."""
        self._sources: dict[Path, Source] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """Return every article that is not hidden."""
        return tuple(id_ for id_ in self.names if not self.first(id_).facts.hidden)

    @property
    def names(self) -> tuple[str, ...]:
        """Return every article, including hidden ones."""
        folders = (layer / locale for layer in self.layers for locale in self.first_locales)
        return tuple(sorted({file.stem for folder in folders for file in folder.glob("*.md")} - self.skipped))

    def knows(self, id_: str) -> bool:
        """Whether there is such an article, hidden or not."""
        return any(self._file(id_, locale) for locale in self.first_locales)

    def has(self, id_: str, locale: str) -> bool:
        """Whether there is such an article, and it is not hidden in the language."""
        return self.knows(id_) and not (self.first(id_).facts.hidden or self.source(id_, locale).facts.hidden)

    def first(self, id_: str) -> Source:
        """Return the article as it was first written: in English, else in the default language.

        The journey runs its steps. Raises ``KbError`` for an id without such a file.
        """
        for locale in self.first_locales:
            if file := self._file(id_, locale):
                return self._read(file, is_first=True)
        for layer, locale in ((layer, locale) for layer in self.layers for locale in self.first_locales):
            if (folder := layer / locale / f"{id_}.md").is_dir():
                raise KbError("is a folder, where a file would be an article. Rename or delete it", file=folder)
        raise KbError(f"there is no article {id_!r}")

    def source(self, id_: str, locale: str) -> Source:
        """Return the article in a language, or in the next one that has it: ``es`` for ``es_AR``, else the first."""
        first = self.first(id_)
        for language in fallbacks(locale):
            if language == first.locale:
                return first
            if file := self._file(id_, language):
                return self._read(file, is_first=False)
        return first

    def translations(self, id_: str) -> tuple[Source, ...]:
        """Return every other language for which the article has a file of its own."""
        first = self.first(id_).locale
        files = (self._file(id_, locale) for locale in self.locales if locale != first)
        return tuple(self._read(file, is_first=False) for file in files if file)

    @property
    def locales(self) -> tuple[str, ...]:
        """Return every language that has a folder."""
        folders = (folder for layer in self.layers for folder in layer.glob("*") if folder.name not in ELSE)
        return tuple(sorted({folder.name for folder in folders if next(folder.glob("*.md"), None)}))

    def is_own(self, source: Source) -> bool:
        """Whether the host wrote it."""
        return source.layer == self.own

    def _file(self, id_: str, locale: str) -> Path | None:
        files = (layer / locale / f"{id_}.md" for layer in reversed(self.layers))
        return next((file for file in files if file.is_file()), None)

    def _read(self, file: Path, *, is_first: bool) -> Source:
        if file not in self._sources:
            self._sources[file] = read(file, is_first=is_first)
        return self._sources[file]


def shipped() -> Content:
    """Return the articles of this package: in the wheel, or in the repository of an editable install."""
    for folder in (IN_WHEEL, IN_REPOSITORY):
        if (folder / SOURCE_LOCALE).is_dir():
            return Content(folder)
    raise KbError(f"no articles are installed: neither {IN_WHEEL} nor {IN_REPOSITORY} holds any. Reinstall flask_acct.")


def content_of(config: Config) -> Content:
    """Return the shipped articles, and before them those in the folder of ``[help] articles``. Raises ``KbError``."""
    base = shipped()
    named = config.help.articles
    if not named:
        return base
    own = ((config.folder or Path()) / named).resolve()
    if not own.is_dir():
        file = (config.folder or Path()) / "acct.toml"
        line = line_in(text_files.read(file), "[help] articles") if file.is_file() else 0
        where = f"acct.toml, line {line}: " if line else ""
        raise KbError(f'{where}[help] articles = "{named}": there is no folder {own}. Make it, or remove the key.')
    if (config.folder or Path()).resolve().is_relative_to(own):
        raise KbError(f'[help] articles = "{named}" is no folder for articles alone. Write there: articles = "help"')
    return Content(base.folder, own, config.site.default_locale)


def read(file: Path, *, is_first: bool | None = None) -> Source:
    """Return one file. Raises ``KbError`` for a head that is missing or has unknown keys.

    Args:
        is_first: Whether it is the article's first text, with a complete head. Default: if it is English.
    """
    text = text_of(file)
    if not ID.fullmatch(file.stem):
        raise KbError("an article is named with small letters, digits and hyphens: reset-password.md", file=file)
    if len(file.stem) > LONGEST:
        raise KbError(f"has a name of {len(file.stem)} characters. Rename it with at most {LONGEST}", file=file)
    lines = text.splitlines()
    begin, end = _head(lines, file)
    locale = file.parent.name
    is_first = locale == SOURCE_LOCALE if is_first is None else is_first
    facts = _facts(lines[begin + 1 : end], file, begin + 2, FIRST_KEYS if is_first else TRANSLATION_KEYS)
    return Source(file.stem, locale, file, facts, "\n" * (end + 1) + "\n".join(lines[end + 1 :]).rstrip() + "\n")


def text_of(file: Path) -> str:
    """Return the text of an article or glossary. Raises ``KbError`` if the file is missing or is not UTF-8."""
    try:
        return text_files.read(file)
    except FileNotFoundError:
        raise KbError("there is no such article. Write it, or mend its name", file=file) from None
    except text_files.NotUtf8 as error:
        raise KbError(f"{error.what}. Save it as UTF-8", file=file, line=error.line) from None
    except OSError as error:
        raise KbError(f"cannot be read: {error.strerror}", file=file) from None


def _head(lines: list[str], file: Path) -> tuple[int, int]:
    """Return the lines before and after the keys, counted from 0. Raises ``KbError`` if there is no head."""
    begin = next((number for number, line in enumerate(lines) if line.strip()), 0)
    first = lines[begin].rstrip() if lines else ""
    if first == "+++":
        raise KbError(
            "has a head between lines +++. Write lines --- instead, and the keys as key: value",
            file=file,
            line=begin + 1,
        )
    if first != "---":
        raise KbError("has no head. Begin it with a line ---, the keys, and another line ---", file=file, line=1)
    for number in range(begin + 1, len(lines)):
        if lines[number].rstrip() in {"---", "..."}:
            return begin, number
    raise KbError("has a head without an end. Write another line --- below its keys", file=file, line=begin + 1)


def digest(source: Source) -> str:
    """Return eight digits that change with the text of an article, not with its head or trailing white space."""
    text = "\n".join(line.rstrip() for line in source.body.strip().splitlines())
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def place(file: Path | None, line: int = 0) -> str:
    """Return a place as errors name it: ``kb/es/recover-password.md:12``, ``help/es/shop.md:3``."""
    if file is None:
        return "kb"
    layer = "kb" if file.is_relative_to(IN_WHEEL) else file.parent.parent.name
    name = "/".join((layer, *file.parts[-2:]))
    return f"{name}:{line}" if line else name


SHOWN = 30
"""How many known names an error lists."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name."""
    known = sorted(known)
    by_letters = {one.casefold(): one for one in reversed(known)}
    close = difflib.get_close_matches(name.casefold(), by_letters, 1, 0.6)
    if close:
        return f'Did you mean "{by_letters[close[0]]}"?'
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return f"Known are: {', '.join(known[:SHOWN]) or 'none'}{more}."


def strays(content: Content) -> Iterator[KbError]:
    """Yield files in the host's folder that are not used as articles."""
    if content.own is None:
        return
    for file in sorted(content.own.rglob("*")):
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(content.own).parts):
            yield from _stray(file, content)


def _stray(file: Path, content: Content) -> Iterator[KbError]:
    """Yield why a file that looks like a text is not used."""
    own = content.layers[-1]
    parts = file.relative_to(own).parts
    where = "/".join((own.name, *parts))
    folder, is_glossary = parts[0], parts[0] == GLOSSARY
    kind = file.suffix.lower()
    if kind not in TEXTS or not (is_glossary or len(parts) == 1 or LOCALE.fullmatch(folder)):
        return
    if len(parts) == 1 and file.stem in ELSE:
        yield KbError(f"{where}: stands beside the languages. Put it into its folder: {file.stem}/{SOURCE_LOCALE}.md")
    elif len(parts) == 1:
        yield KbError(f"{where}: stands beside the languages. Put it into one of them: {SOURCE_LOCALE}/{file.stem}.md")
    elif len(parts) > 2:
        yield KbError(f"{where}: is in a folder of its own and not read. Move it to {folder}/{file.stem}.md")
    elif file.suffix != ".md":
        yield KbError(f"is not read, for its name does not end in .md. Rename it to {file.stem}.md", file=file)
    elif is_glossary and not re.fullmatch(r"[a-z]{2,3}(?:_[A-Z]{2})?", file.stem):
        yield KbError("is not read, for it is not named by a language. Name it as the folders are: en.md", file=file)
    elif not is_glossary and (intended := _locale_of_folder(folder, content)):
        yield KbError(f"is not read, for the folder is named {folder!r}. Move it to {intended}/{file.name}", file=file)
    elif not is_glossary and not content.knows(file.stem):
        firsts = [f"{locale}/{file.name}" for locale in content.first_locales]
        yield KbError(f"translates an article that is not there. Write {' or '.join(firsts)} first", file=file)


def _locale_of_folder(folder: str, content: Content) -> str:
    """Return the language that a folder's name means, ``en`` for ``EN``; empty if the name is right."""
    written = folder.replace("-", "_").casefold()
    return next((one for one in content.first_locales if one.casefold() == written and one != folder), "")


def unreadable(content: Content) -> Iterator[KbError]:
    """Yield files of which not even the head can be read."""
    seen: set[str] = set()
    for name in content.names:
        for read_ in (content.first, content.translations):
            try:
                read_(name)
            except KbError as error:
                content.skipped.add(name)
                for one in (error, *error.more):
                    if str(one) not in seen:
                        seen.add(str(one))
                        yield one


def _facts(lines: list[str], file: Path, start: int, allowed: Iterable[str]) -> ArticleHead:
    values: dict[str, Any] = {}
    where: dict[str, int] = {}
    faults: list[KbError] = []
    for number, line in _entries(lines, start):
        try:
            key, value = _entry(line, file, number, where, allowed)
        except KbError as error:
            faults.append(error)
            continue
        where[key] = number
        values["as_" if key == "as" else key] = value
    if faults:
        faults[0].more = tuple(faults[1:])
        raise faults[0]
    return ArticleHead(**values, lines=where)


def _entry(
    line: str, file: Path, number: int, where: Mapping[str, int], allowed: Iterable[str]
) -> tuple[str, str | int | bool | tuple[str, ...]]:
    """Return one entry of a head, its key and value. Raises ``KbError``."""
    found = KEY.fullmatch(line)
    if found is None:
        raise KbError(f"cannot read {line!r}. Write it as key: value", file=file, line=number)
    key, value = found[1], found[2]
    if key not in allowed:
        raise KbError(_unknown_key(key, allowed), file=file, line=number)
    if key in where:
        what = f"says {key} twice: in line {where[key]} and here. Keep one of them"
        raise KbError(what, file=file, line=number)
    return key, _value(key, value, file, number)


def _entries(lines: list[str], start: int) -> Iterator[tuple[int, str]]:
    """Yield the entries of a head, each with its line; a list may continue below until its bracket closes."""
    waiting, begun = "", 0
    for number, line in enumerate(lines, start):
        if waiting:
            waiting += f" {line.strip()}"
        elif line.strip() and not line.lstrip().startswith("#"):
            waiting, begun = line, number
        if waiting and ("[" not in waiting or "]" in waiting):
            yield begun, waiting
            waiting = ""
    if waiting:
        yield begun, waiting


def _unknown_key(key: str, allowed: Iterable[str]) -> str:
    if key in ELSEWHERE:
        return f"{key!r} is not a key of an article: {ELSEWHERE[key]}"
    if key in FIRST_KEYS:
        return f"{key!r} is said once, in the text this one translates. Delete it here"
    if key in TRANSLATION_KEYS:
        return f"{key!r} is said in translations; this is the text they are made from. Delete it here"
    return f"{key!r} is not a key of an article. {did_you_mean(key, allowed)}"


def _value(key: str, value: str, file: Path, line: int) -> str | int | bool | tuple[str, ...]:
    if key in LISTS:
        if not (value.startswith("[") and value.endswith("]")):
            raise KbError(f"{key} is a list. Write {key}: [one, two]", file=file, line=line)
        return tuple(part.strip() for part in value[1:-1].split(",") if part.strip())
    if key == "minutes":
        if not (value.isdecimal() and len(value) <= 3 and int(value)):
            raise KbError("minutes is a whole number, such as 5", file=file, line=line)
        return int(value)
    if key == "hidden":
        if value not in ("true", "false"):
            raise KbError("hidden is true or false", file=file, line=line)
        return value == "true"
    return value
