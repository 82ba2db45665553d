"""Begins a new article of a company's own, in every language of its site."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ... import config as configuration
from ...config import Config
from ...declare.elements import Screen
from ...declare.fields import Choice, Field, FileField, PasswordField, Tick, Ticks
from ...platform import Platform
from . import fixtures
from .content import ID, LONGEST, SOURCE_LOCALE, Content, KbError, Source, content_of, did_you_mean, digest, place, read
from .folding import slug


@dataclass(frozen=True, slots=True)
class StarterWords:
    """What a new article says in one language until its author writes something better."""

    intro: str
    before: str
    before_text: str
    steps: str
    open: str
    fill: str
    choose: str
    tick: str
    press: str
    failed: str
    failed_text: str


WORDS: Mapping[str, StarterWords] = {
    "en": StarterWords(
        intro="Say in two sentences what this is good for and who needs it.",
        before="Before you begin",
        before_text="Say what one must know or have at hand.",
        steps="Step by step",
        open="Open {}.",
        fill="Fill in {}.",
        choose="Choose {}.",
        tick="Tick {}.",
        press="Press {}. Say how one sees that it worked.",
        failed="If it does not work",
        failed_text="Say what one does then.",
    ),
    "es": StarterWords(
        intro="Diga en dos frases para qué sirve esto y quién lo necesita.",
        before="Antes de empezar",
        before_text="Diga qué hay que saber o tener a mano.",
        steps="Paso a paso",
        open="Abra {}.",
        fill="Complete {}.",
        choose="Elija {}.",
        tick="Marque {}.",
        press="Pulse {}. Diga cómo se ve que ha funcionado.",
        failed="Si no funciona",
        failed_text="Diga qué se hace entonces.",
    ),
    "es_AR": StarterWords(
        intro="Decí en dos frases para qué sirve esto y quién lo necesita.",
        before="Antes de empezar",
        before_text="Decí qué hay que saber o tener a mano.",
        steps="Paso a paso",
        open="Abrí {}.",
        fill="Completá {}.",
        choose="Elegí {}.",
        tick="Marcá {}.",
        press="Hacé clic en {}. Decí cómo se ve que funcionó.",
        failed="Si no funciona",
        failed_text="Decí qué se hace entonces.",
    ),
    "it": StarterWords(
        intro="Di' in due frasi a cosa serve e a chi serve.",
        before="Prima di iniziare",
        before_text="Di' cosa bisogna sapere o avere a portata di mano.",
        steps="Passo per passo",
        open="Apri {}.",
        fill="Compila {}.",
        choose="Scegli {}.",
        tick="Spunta {}.",
        press="Premi {}. Di' come si vede che ha funzionato.",
        failed="Se non funziona",
        failed_text="Di' cosa si fa in quel caso.",
    ),
}

UNWRITTEN = frozenset(
    sentence
    for words in WORDS.values()
    for sentence in (words.intro, words.before_text, words.failed_text, words.press.partition("{}. ")[2])
)
"""What the author of a new article must replace."""


def unwritten(source: Source) -> Iterator[KbError]:
    """Yield the sentences of a new article that must still be replaced."""
    for number, line in enumerate(source.body.split("\n"), start=1):
        for sentence in UNWRITTEN:
            if line.strip().endswith(sentence):
                yield KbError(f'"{sentence}" is still to be written', file=source.file, line=number)


HEAD = """\
---
{screens}
{acts}
minutes: 5
# What else may stand here: category, tags, tools, answers, related, synonyms, aliases, given.
---
"""

TEXT = """\
# {title}

{intro}

## {before}

{before_text}

## {steps}

{items}

## {failed} {{#not-working}}

{failed_text}
"""


def begin(
    name: str,
    source: str,
    platform: Platform,
    *,
    screen: str = "",
    title: str | None = None,
    taken: Collection[str] = (),
) -> list[Path]:
    """The article has a file in each language of the site, and its translations name the text they translate.

    Returns the files. Raises ``KbError`` for a name that no new article can have, if there is no folder for the host's
    articles, or for a screen that nobody can open by its address.

    Args:
        source: What messages call the acct.toml.
        screen: Whose fields and button the steps name; empty means the sign-in page's.
        title: Default: the name as words.
        taken: Names that pages of the site have already.
    """
    content = _content(platform.config, source)
    _raise_unless_free(name, content, taken)
    shown = _screen(screen, platform)
    locales = platform.config.help.locales or platform.config.site.locales
    first = next(locale for locale in (SOURCE_LOCALE, platform.config.site.default_locale) if locale in locales)
    ordered = (first, *(locale for locale in locales if locale != first))
    folder = content.own or content.folder
    files = {locale: folder / locale / f"{name}.md" for locale in ordered}
    there = [str(file) for file in files.values() if file.exists() or file.is_symlink()]
    if there:
        raise KbError(f"{', '.join(there)} is there already, and stays as it is. Choose another name")
    title = name.replace("-", " ").capitalize() if title is None else _title(title)
    head = _head(shown, is_asked_for=bool(screen))
    for locale, file in files.items():
        if locale != first:
            head = f"---\ntranslates: {digest(read(files[first], is_first=True))}\n---\n"
        _write(file, head + _text(title, shown, locale, platform.config))
    return list(files.values())


def _content(config: Config, source: str) -> Content:
    """Return the company's folder of articles, made if it does not exist."""
    if source in configuration.presets():
        raise KbError("is for articles of your own, which need an acct.toml. Begin one: flask acct init")
    if not config.help.articles:
        raise KbError('[help] names no folder for articles of your own. Write there: articles = "help"')
    try:
        ((config.folder or Path()) / config.help.articles).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KbError(f'[help] articles = "{config.help.articles}" cannot be made: {error.strerror}') from None
    return content_of(config)


def _raise_unless_free(name: str, content: Content, taken: Collection[str]) -> None:
    """Raise ``KbError`` unless a new article can have the name."""
    if not ID.fullmatch(name) or len(name) > LONGEST:
        better = slug(name.removesuffix(".md"))[:LONGEST].strip("-")
        also = f' "{better}" would do.' if ID.fullmatch(better) else ""
        raise KbError(
            f"{name!r} cannot name an article: small letters, digits and hyphens, at most {LONGEST} of them.{also}"
        )
    if name in taken:
        raise KbError(f"every language has a page or folder {name!r} already. Choose another name")
    if content.knows(name):
        first = content.first(name)
        advice = (
            "It stays as it is: write there" if content.is_own(first) else "Write a file of that name to replace it"
        )
        raise KbError(f"there is an article {name!r} already: {place(first.file)}. {advice}, or choose another name")
    old = next((one for one in content.ids if name in content.first(one).facts.aliases), None)
    if old is not None:
        raise KbError(f"{name!r} is an old name of the article {old!r}, whose readers it leads there. Choose another")


def _screen(name: str, platform: Platform) -> Screen:
    screens = {one.name: one for one in platform.declared.screens.values() if _can_be_opened(one)}
    if not name:
        return screens["login.form"]
    if name not in platform.declared.screens:
        raise KbError(f"{name!r} is not a screen of this configuration. {did_you_mean(name, screens)}")
    if name not in screens:
        raise KbError(f"{name!r} has no address of its own to begin at. Begin at another one and lead there")
    return screens[name]


def _can_be_opened(screen: Screen) -> bool:
    """Whether a journey can begin there: not if it is about one of several things, or opened by a mailed link."""
    return "<" not in screen.path and not screen.opened_by and screen.access in ("anyone", "visitor", "user")


def _head(screen: Screen, *, is_asked_for: bool) -> str:
    line = f"screens: [{screen.name}]"
    acts = "as: owner" if screen.access == "user" else "# as: owner            the steps are done by somebody signed in"
    return HEAD.format(screens=line if is_asked_for else f"# {line}   these screens link here", acts=acts)


def _text(title: str, screen: Screen, locale: str, config: Config) -> str:
    words = next(WORDS[one] for one in (locale, locale.partition("_")[0], SOURCE_LOCALE) if one in WORDS)
    items = [words.open.format(f'{{{{ visit("{screen.name}") }}}}')]
    items += [item for field in screen.fields if (item := _item(field, words, config))]
    if screen.action:
        items.append(words.press.format(f'{{{{ click("{screen.action.id}") }}}}'))
    items[0] += " {{ shot() }}"
    numbered = "\n".join(f"1. {item}" for item in items)
    named = {key: getattr(words, key) for key in ("intro", "before", "before_text", "steps", "failed", "failed_text")}
    return TEXT.format(title=title, items=numbered, **named)


def _item(field: Field, words: StarterWords, config: Config) -> str:
    """Return the step at a field; empty if the field may stay as it is, or a journey cannot fill it without more."""
    if (
        (isinstance(field, PasswordField) and field.reauthenticates)
        or not field.required
        or isinstance(field, FileField)
    ):
        return ""
    if isinstance(field, Choice):
        return words.choose.format(f'{{{{ choose("{field.options[0].id}") }}}}') if field.options else ""
    if isinstance(field, Ticks):
        return words.tick.format(f'{{{{ tick("{field.options[0].id}") }}}}') if field.options else ""
    if isinstance(field, Tick):
        return words.tick.format(f'{{{{ tick("{field.id}") }}}}')
    variants = fixtures.values(config).get(field.id, {})
    if not variants and field.id not in config.help.fixtures:
        # The fixtures have no value for it, so it is only named.
        return words.fill.format(f'{{{{ ui("{field.id}") }}}}')
    variant = "" if not variants or "" in variants else f', "{next(iter(variants))}"'
    return words.fill.format(f'{{{{ fill("{field.id}"{variant}) }}}}')


def _title(title: str) -> str:
    """Return a title as an article can have it. Raises ``KbError`` for one with a slot or HTML, or without words."""
    words = " ".join(title.split())
    if not words:
        raise KbError('--title has no words. Write --title "Order bread", or leave it out')
    if found := re.search(r"[{}<>]", words):
        raise KbError(f"--title has {found[0]}, which would be a slot or HTML. Write plain words")
    return words


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Not over a file that was created meanwhile.
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except OSError as error:
        raise KbError(f"{file} cannot be written: {error.strerror}") from None
