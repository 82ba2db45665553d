"""What must be fixed in a help centre, and what is worth knowing, as far as it can be found without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from babel.units import format_unit

from ...config import Config
from ...declare import plurals
from ...declare.elements import Message
from ...declare.fields import Field
from ...platform import Platform
from ..articles import absent, alts, beginning, fixtures, glossary, naming, synonyms
from ..articles.article import Article
from ..articles.content import (
    GLOSSARY,
    IN_REPOSITORY,
    Content,
    KbError,
    Source,
    did_you_mean,
    place,
    strays,
    unreadable,
)
from ..articles.parity import stale
from ..articles.rendering import answers, help_links, inspected
from ..articles.sandbox import is_code, prose
from . import forks, links, lists, redirects

if TYPE_CHECKING:
    from ..articles.knowledge_base import KnowledgeBase

UNITS = {"seconds": "duration-second", "minutes": "duration-minute", "hours": "duration-hour", "days": "duration-day"}
"""The last word of a key that holds a length of time, and CLDR's name for the unit."""

SELF_EXPLANATORY = {
    "shell.form.none_ticked": "the field is empty, and the sentence says to select something",
    "shell.form.required": "the field is empty, and the sentence says to fill it in",
    "shell.form.too_long": "it says how long the field may be",
    "shell.form.not_text": "it says to type it again",
    "shell.form.once": "it says to fill the form in once",
    "shell.form.not_an_email": "it shows what an address looks like",
    "shell.form.not_a_username": "it says what a user name is made of",
    "shell.form.not_a_number": "it shows what a number looks like",
    "shell.form.not_a_domain": "it shows what a name looks like",
    "shell.form.not_a_choice": "the choices stand there",
    "shell.form.wrong_type": "only a program sends such a value, and its description has the type",
    "shell.form.unknown_field": "only a program sends such a field, and its description has the names",
    "shell.form.not_a_phone": "it shows what a number looks like",
    "shell.form.not_a_phone_anywhere": "it shows what a number looks like",
    "shell.form.not_a_postcode": "it shows what a postcode looks like",
    "shell.form.not_a_postcode_anywhere": "it says what a postcode is made of",
    "shell.form.not_an_address": "it shows what an address looks like",
    "shell.form.not_a_day": "it shows how a day is written",
    "shell.form.incomplete_day": "it names what is missing",
    "shell.form.not_a_count": "it shows how a number is written",
    "shell.form.too_large": "it says to write less",
    "shell.form.other_link": "the page is there again and says what it is about; sending it is all there is to do",
    "shell.form.stale": "the page is there again with what was typed; sending it is all there is to do",
    "shell.form.foreign": "the page is there again; sending it from there is all there is to do",
    "login.form.stopped": "the company says in its own words why nobody is let in",
    "password.rules.too_long": "it says how long a password may be",
    "contacts.contact.full": "it says what to do before another contact fits",
    "contacts.contact.taken": "it names the contact that has the address",
    "contacts.check.twice": "it names the field that was chosen twice",
    "contacts.check.wrong": "what is wrong stands below it, cell by cell",
    "contacts.import.*": "each stands at its cell and says how to mend it",
    "help.thanks.elsewhere": "it says where to answer",
    "help.thanks.unknown": "it says where to answer",
    "help.thanks.too_many": "it says how long to wait, and nothing depends on the answer",
}
"""Error messages that need no article, and why. A star stands for any rest of an id."""


OF_STAFF = "staff."
"""How the ids begin of what the company's own people read: it is in no article for customers."""

OF_OPERATORS = "config.staff."
"""Keys that no article for customers is about."""


def problems(centre: KnowledgeBase, jobs: int = 1) -> list[KbError]:
    """Return everything to fix. The articles are rendered on the way.

    Args:
        jobs: How many processes share the articles.
    """
    content = centre.content
    found = [*unreadable(content), *strays(content), *redirects.problems(content)]
    # Links lead to our own page of the same name.
    content.skipped |= redirects.TAKEN & set(content.names)
    found += [
        *_glossary_problems(centre),
        *synonyms.problems(centre.content),
    ]
    found += [*_fixture_problems(centre.platform), *lists.problems(centre)]
    by_article: dict[str, list[KbError]] = {}
    for looked in forks.shared(centre.ids, partial(_inspect, centre), jobs):
        centre.know(looked.articles, looked.firsts)
        by_article |= looked.found
    found += [error for id_ in centre.ids for error in by_article[id_]]
    found = found or [error for locale in centre.locales for error in naming.unnamed(centre, locale)]
    # A text that several languages borrow has the same fault in each of them.
    return list({_first_sentence(error): error for error in reversed(found)}.values())[::-1]


def _first_sentence(error: KbError) -> tuple[object, int, str]:
    what = error.what.partition(". ")[0] if error.line else error.what
    # That a borrowed text has a dead link in several languages is reported once.
    what = re.sub(r" in [a-z]{2,3}(?:_[A-Z]{2})?(?=[ ,])", "", what) if what.startswith("links to") else what
    return error.file, error.line, what


@dataclass(frozen=True, slots=True)
class _Inspected:
    """What was found in some of the articles, and what was rendered for it."""

    found: dict[str, list[KbError]]
    articles: dict[tuple[str, str], Article]
    firsts: dict[str, Article]


def _inspect(centre: KnowledgeBase, ids: Sequence[str]) -> _Inspected:
    found = {id_: list(_problems_of(id_, centre)) for id_ in ids}
    return _Inspected(found, *centre.known(ids))


def _problems_of(id_: str, centre: KnowledgeBase) -> Iterator[KbError]:
    """Yield what is wrong with an article in any language."""
    first = centre.content.first(id_)
    yield from stale(id_, centre.content, centre.locales)
    yield from _claims(first, centre)
    yield from _relations(first, centre.content)
    yield from fixtures.head_problems(first.facts, first.file)
    for locale in centre.locales_of(id_):
        if not _is_replaced(id_, locale, centre.content):
            yield from article_problems(id_, locale, centre)


def notices(centre: KnowledgeBase) -> list[str]:
    """Return what is no fault, but worth knowing."""
    return [
        *_borrowed(centre),
        *_languages_without_readers(centre),
        *_borrowed_terms(centre),
        *_unused_topics(centre),
        *_absent(centre),
        *(f"no article helps with the message {id_}" for id_ in unanswered(centre.platform, centre.content)),
    ]


def unanswered(platform: Platform, content: Content) -> list[str]:
    """Return the error messages that lead to no article and are not ``SELF_EXPLANATORY``."""
    helped = help_links(platform, content)
    errors = {
        id_
        for id_, text in platform.declared.texts.items()
        if isinstance(text, Message) and text.tone == "error" and not id_.startswith(OF_STAFF)
    }
    return sorted(id_ for id_ in errors - set(helped) if not any(fnmatchcase(id_, known) for known in SELF_EXPLANATORY))


def typed_times(source: Source, config: Config) -> Iterator[KbError]:
    """Yield lengths of time that are typed into an article although the configuration has them."""
    known = _times(_lengths(config), source.locale)
    for line, text in prose(source):
        plain = text.lower()
        for phrase, (words, paths) in known.items():
            # Most texts hold none of them, and searching for a word is much faster than for a pattern.
            if phrase.partition(" ")[0].lower() not in plain:
                continue
            for found in words.finditer(text):
                at = line + text.count("\n", 0, found.start())
                if is_code(source, at, found[0]):
                    continue
                slot = _counting(paths[0], source)
                yield KbError(
                    f'types "{phrase}" by hand, which is {" and ".join(paths)}. Write {slot}; if '
                    "another time is meant that happens to be the same, write its number as a word",
                    file=source.file,
                    line=at,
                )


def _counting(path: str, source: Source) -> str:
    """Return the slot for a length of time: ``{{ plural(config.users.invitation_days, "day", "days") }}``."""
    locale, unit = source.locale, UNITS[path.rpartition("_")[2]]
    said = [
        " ".join(format_unit(number, unit, "long", locale=locale).replace(str(number), plurals.NUMBER).split())
        for number in plurals.samples(locale).values()
    ]
    first = f"{plurals.NUMBER} "
    words = [one.removeprefix(first) for one in said] if all(one.startswith(first) for one in said) else said
    quoted = ", ".join(f'"{one}"' for one in words)
    return f"{{{{ plural({path}, {quoted}) }}}}"


def _lengths(config: Config) -> tuple[tuple[str, int], ...]:
    """Return the keys that hold a length of time, and the number of units: ``("config.session.idle_minutes", 30)``."""
    return tuple(
        (path, value)
        for path, value in config.values.items()
        if path.rpartition("_")[2] in UNITS and isinstance(value, int) and value and not path.startswith(OF_OPERATORS)
    )


@lru_cache(maxsize=64)
def _times(lengths: tuple[tuple[str, int], ...], locale: str) -> Mapping[str, tuple[re.Pattern[str], list[str]]]:
    """Return each length in the words of the language, with the pattern that finds it and the keys that hold it."""
    known: dict[str, list[str]] = {}
    for path, value in lengths:
        unit = UNITS[path.rpartition("_")[2]]
        for length in ("long", "short"):
            phrase = " ".join(format_unit(value, unit, length, locale=locale).split())
            if path not in known.setdefault(phrase, []):
                known[phrase].append(path)
    return {phrase: (_anywhere(phrase), paths) for phrase, paths in known.items()}


def _anywhere(phrase: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, phrase.split()))
    return re.compile(rf"(?<![\w.,]){words}(?!\w)", re.IGNORECASE)


def article_problems(id_: str, locale: str, centre: KnowledgeBase) -> Iterator[KbError]:
    """Yield what is wrong with an article in one language."""
    try:
        article = centre.article(id_, locale)
        centre.card(article)
        centre.tags(article)
        centre.category_of(article)
    except KbError as error:
        yield error
        yield from (other for other in _further(id_, locale, centre) if str(other) != str(error))
        return
    yield from beginning.unwritten(article.source, centre.platform)
    yield from typed_times(article.source, centre.platform.config)
    if article.source.file.is_relative_to(IN_REPOSITORY):
        yield from absent.sentences(article, centre.platform, centre.content)
    yield from _missing_fixtures(article, centre.platform.config)
    yield from _missing_anchors(article, centre)
    yield from _words_of_pictures(article)
    try:
        yield from links.problems(article, centre)
    except KbError:
        # A fault of the page it leads to is reported there.
        return


def _further(id_: str, locale: str, centre: KnowledgeBase) -> Iterator[KbError]:
    """Yield what else must be fixed in an article besides the first fault."""
    try:
        article, faults = inspected(id_, locale, content=centre.content, platforms=centre.platforms)
        yield from faults
        yield from links.problems(article, centre)
    except KbError:
        return


def _missing_fixtures(article: Article, config: Config) -> Iterator[KbError]:
    for step in article.steps:
        if step.verb == "fill" and step.variant != fixtures.TEMPORARY:
            try:
                fixtures.value(step.element, step.variant, config)
            except KbError as error:
                yield KbError(error.what, file=article.source.file, line=step.line)


def _words_of_pictures(article: Article) -> Iterator[KbError]:
    """Yield pictures whose alternative text is missing, or is the name of a slot."""
    texts = [*(shot.alt for shot in article.shots), *(words for words, _ in alts.own(article.body))]
    for words in texts:
        if what := alts.wrong(words):
            yield KbError(f"A picture {what}. Say in a sentence what it shows", file=article.source.file)


def _missing_anchors(article: Article, centre: KnowledgeBase) -> Iterator[KbError]:
    """Yield links of pages to a heading that does not exist under this configuration."""
    first = centre.content.first(article.id)
    for message, anchor in answers(first):
        if anchor and message in centre.platform.declared.texts and anchor not in article.anchors:
            what = f"answers: {message} leads to #{anchor}, and {place(article.source.file)} has no such heading here"
            fix = f"End one with {{#{anchor}}}, outside of any condition"
            raise_at = first.facts.lines["answers"]
            yield KbError(f"{what}. {fix}", file=first.file, line=raise_at)


def _claims(first: Source, centre: KnowledgeBase) -> Iterator[KbError]:
    """Yield screens and messages that a host's article claims to help with and that do not exist."""
    if not centre.content.is_own(first):
        return
    declared = centre.platform.declared
    for key, names, known in (
        ("screens", first.facts.screens, tuple(declared.screens)),
        ("answers", tuple(message for message, _ in answers(first)), tuple(declared.texts)),
    ):
        for name in names:
            if name not in known:
                what = f"{key}: {name!r} is not in this configuration. {did_you_mean(name, known)}"
                yield KbError(what, file=first.file, line=first.facts.lines[key])


def _relations(first: Source, content: Content) -> Iterator[KbError]:
    for other in first.facts.related:
        if not content.knows(other):
            what = f"related: {other!r} is not an article. {did_you_mean(other, content.ids)}"
            yield KbError(what, file=first.file, line=first.facts.lines["related"])


def _is_replaced(id_: str, locale: str, content: Content) -> bool:
    """Whether the language still has our translation of a text that the host replaced, which ``stale`` reports."""
    return content.is_own(content.first(id_)) and not content.is_own(content.source(id_, locale))


def _glossary_problems(centre: KnowledgeBase) -> Iterator[KbError]:
    for locale in centre.locales:
        try:
            yield from absent.terms(centre.content, locale, centre.platform)
        except KbError as error:
            yield error


def _fixture_problems(platform: Platform) -> Iterator[KbError]:
    """Yield the host's values that no journey will type."""
    fields = {id_ for id_, text in platform.declared.texts.items() if isinstance(text, Field)}
    ours = fixtures.values(platform.config)
    for name in platform.config.help.fixtures:
        element = name.partition(" ")[0]
        if element not in fields:
            yield KbError(
                f'[help.fixtures] "{name}" is no field of this configuration. {did_you_mean(element, fields)}'
            )
        elif element in ours:
            yield KbError(f'[help.fixtures] "{name}" is a field of ours, whose value belongs to our cast. Remove it.')


def _borrowed(centre: KnowledgeBase) -> Iterator[str]:
    """Yield articles that a language does not have, by the language they are shown in."""
    for locale in centre.locales:
        lent: dict[str, list[str]] = {}
        for id_ in centre.ids_in(locale):
            found = centre.content.source(id_, locale).locale
            if found != locale:
                lent.setdefault(found, []).append(id_)
        for other, ids in lent.items():
            yield f"{locale} has no text of its own for {', '.join(ids)}; its readers get {other}"


def _languages_without_readers(centre: KnowledgeBase) -> Iterator[str]:
    """Yield the host's folders for languages that the help centre does not have."""
    own = centre.content.own
    read = {centre.content.source(id_, locale).locale for id_ in centre.ids for locale in centre.locales}
    for folder in sorted(own.iterdir()) if own else ():
        is_read = folder.name in {*read, *centre.locales, GLOSSARY}
        if folder.is_dir() and any(folder.glob("*.md")) and not is_read:
            matching = [one for one in centre.locales if one.casefold() == folder.name.replace("-", "_").casefold()]
            fix = f'. Did you mean "{matching[0]}"?' if matching else ""
            yield f"{folder.name}/ is not read: the help centre has {', '.join(centre.locales)}{fix}"


def _borrowed_terms(centre: KnowledgeBase) -> Iterator[str]:
    """Yield terms of the glossary that a language does not have."""
    for locale in centre.locales:
        language = locale.partition("_")[0]
        others = [
            one
            for one in glossary.terms(centre.content, locale, centre.platform)
            if one.locale.partition("_")[0] != language
        ]
        if others:
            names = ", ".join(f"{one.name} {{#{one.id}}}" for one in others)
            yield f"the glossary in {locale} has no words of its own for {names}"


def _unused_topics(centre: KnowledgeBase) -> Iterator[str]:
    """Yield topics for which the host has words, and no article."""
    facts = [centre.content.first(id_).facts for id_ in centre.ids]
    used = {"categories": {one.category for one in facts}, "tags": {tag for one in facts for tag in one.tags}}
    help_ = centre.platform.config.help
    for kind, named in (("categories", help_.categories), ("tags", help_.tags)):
        for name in named:
            if name not in used[kind]:
                yield f"[help.{kind}] {name} is used by no article"


def _absent(centre: KnowledgeBase) -> Iterator[str]:
    """Yield mentions of switched-off features that may be meant otherwise or that the host cannot fix."""
    for id_ in centre.ids:
        for locale in centre.locales_of(id_):
            source = centre.content.source(id_, locale)
            if source.file.is_relative_to(IN_REPOSITORY):
                continue
            try:
                article = centre.article(id_, locale)
            except KbError:
                continue
            yield from (str(error) for error in absent.sentences(article, centre.platform, centre.content))
