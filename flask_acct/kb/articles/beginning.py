"""Begins a new article of a company's own, in every language of its site."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ... import config as configuration
from ...config import Config
from ...declare.elements import Screen
from ...declare.fields import Choice, Field, FileField, PasswordField, Tick, Ticks
from ...features.help.screens import STARTER_TEXTS
from ...platform import Platform
from . import fixtures
from .content import ID, LONGEST, SOURCE_LOCALE, Content, KbError, Source, content_of, did_you_mean, digest, place, read
from .folding import slug

BY_AUTHOR = ("intro", "before_text", "press_text", "failed_text")
"""What a new article says in place of its author."""


def unwritten(source: Source, platform: Platform) -> Iterator[KbError]:
    """Yield the sentences of a new article that must still be replaced."""
    spoken = dict.fromkeys((source.locale, SOURCE_LOCALE, *platform.config.site.locales))
    said = [words(locale, platform) for locale in spoken]
    sentences = {one[name] for one in said for name in BY_AUTHOR}
    for number, line in enumerate(source.body.split("\n"), start=1):
        for sentence in sentences:
            if line.strip().endswith(sentence):
                yield KbError(f'"{sentence}" is still to be written', file=source.file, line=number)


def words(locale: str, platform: Platform) -> Mapping[str, str]:
    """Return what a new article says in a language until its author writes something better, by the names of texts."""
    return {text.name: platform.labels.say(text.id, text.message, locale) for text in STARTER_TEXTS}


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

IN_TEXT = ("intro", "before", "before_text", "steps", "failed", "failed_text")
"""The starter's words that stand in ``TEXT``."""


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
        _write(file, head + _text(title, shown, locale, platform))
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


def _text(title: str, screen: Screen, locale: str, platform: Platform) -> str:
    said = words(locale, platform)
    steps = [("open", f'visit("{screen.name}")')]
    steps += [step for field in screen.fields if (step := _step(field, platform.config))]
    items = [_sentence(said[verb], slot) for verb, slot in steps]
    if screen.action:
        pressed = _sentence(said["press"], f'click("{screen.action.id}")')
        items.append(f"{pressed} {said['press_text']}")
    items[0] += " {{ shot() }}"
    numbered = "\n".join(f"1. {item}" for item in items)
    return TEXT.format(title=title, items=numbered, **{name: said[name] for name in IN_TEXT})


def _sentence(text: str, slot: str) -> str:
    return text.replace("{slot}", f"{{{{ {slot} }}}}")


def _step(field: Field, config: Config) -> tuple[str, str] | None:
    """Return the verb and the slot of a step; ``None`` where nothing must be done, or a journey cannot without more."""
    if (
        (isinstance(field, PasswordField) and field.reauthenticates)
        or not field.required
        or isinstance(field, FileField)
    ):
        return None
    if isinstance(field, Choice):
        return ("choose", f'choose("{field.options[0].id}")') if field.options else None
    if isinstance(field, Ticks):
        return ("tick", f'tick("{field.options[0].id}")') if field.options else None
    if isinstance(field, Tick):
        return "tick", f'tick("{field.id}")'
    variants = fixtures.values(config).get(field.id, {})
    if not variants and field.id not in config.help.fixtures:
        # The fixtures have no value for it, so it is only named.
        return "fill", f'ui("{field.id}")'
    variant = "" if not variants or "" in variants else f', "{next(iter(variants))}"'
    return "fill", f'fill("{field.id}"{variant})'


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
