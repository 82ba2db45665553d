"""Renders an article and records its journey in one pass: rendering the text yields the steps.

A slot is a verb on an element, ``{{ click("login.form.submit") }}``: it prints the element's label in the article's
language, in bold, and records a ``Step``. So the text cannot name what the screens do not have, and the steps run in
the browser are the steps written. Needs no Flask, no MkDocs and no browser.

Verbs:
    visit(screen): opens the screen by its address; prints its title as a link.
    click(element): presses a button, follows a link or opens a menu.
    fill(element, variant): types the fixture's value (see ``fixtures``) into a field, or chooses the file of that name.
    choose(option): picks an option of the field it belongs to.
    tick(element): ticks a box.
    see(element): the page says this sentence; printed in quotation marks, a heading or label in bold.
    mail(mail): waits for the mail, then opens its link or takes its temporary password; prints its subject.
    ui(element): names an element without doing anything; printed as ``see`` prints it.
    title(screen): the screen's heading as plain words.
    article(id): the title of another article in quotation marks, linked. One that this configuration has no page for
        is an error, since a sentence about it would lead nowhere; ask ``{% if "sign-in" in articles %}`` first.
    shot(): a picture here, with the elements of its numbered item marked; printed after the item.
    term(name, words): a word of the glossary, linked to its meaning. Where it stands first, the site lets a reader open
        the meaning below the item. No step, so that each language names the terms its readers need.
    meaning(name): a word of the glossary and what it means, in the text itself: ``**Owner**: The person …``.
    video(address, title): a video to play: a file beside the articles, ``../videos/order.mp4``, or one of an origin
        that ``[help] video_origins`` names. In a book, and for other generators, a link.
    plural(number, one, other): a number and the word it counts in the form it asks for, in the order of the plural
        categories of the language: ``plural(config.users.invitation_days, "day", "days")``. ``#`` stands for the number
        where it does not come first: ``plural(config.limits.recoveries_per_day, "once", "# times")``.
    example(element): the example at a field or option, as the page shows it: ``Example: 9000``.

A heading that pages lead to has an id, the same in every language: ``## If it does not work {#not-working}``.

Besides them an article may use ``config``, and ``{% for platform in platforms %}`` for a part that differs between
platforms: ``platform`` is its name, empty if the configuration has no platforms. Only the part of the
platform that runs is run.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError

from ...declare import plurals
from ...declare.elements import Action, Lead, Link, PostButton
from ...declare.fields import Field, Option
from ...declare.formats import pair
from ...declare.labels import elided
from ...declare.texts import Text
from ...platform import Platform
from ...values.languages import fallbacks
from . import glossary, slot_faults, videos
from .alts import is_sentence
from .article import FUNCTIONS, Box, Platforms, Step
from .bounds import ArticleEnvironment, Ready, SlotRefused
from .content import SOURCE_LOCALE, Content, KbError, Source, did_you_mean
from .folding import slug
from .markdown import BOX, LINE, PRIVATE, STEP, escape, heading_words
from .sandbox import (
    Pieces,
    applies,
    compiled,
    filled,
    is_code,
    parsed,
    setting,
    with_braces,
    with_code_aside,
)

QUOTES = {
    "en": ("“", "”"),
    "es": ("«", "»"),
    "it": ("«", "»"),
    "pt": ("«", "»"),
    "pt_BR": ("“", "”"),
    "ca": ("«", "»"),
    "fr": ("«\N{NO-BREAK SPACE}", "\N{NO-BREAK SPACE}»"),
    "de": ("„", "“"),
    "ar": ("«", "»"),
}
"""Others have the English ones."""

_FAULTS = (KbError, TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
"""What an author's slots can raise."""

_BOLD = re.compile(r"\*\*([^*\n]+)\*\*|__([^_\n]+)__|<(?:b|strong)>([^<\n]+)</(?:b|strong)>")


class Writing:
    """One rendering of one file: what the verbs print and record."""

    def __init__(self, source: Source, locale: str, platforms: Platforms, content: Content, reader: str = "") -> None:
        self.source = source
        self.reader = reader or locale
        self.content = content
        self.locale = locale
        self.platforms = platforms
        self.platform = next(iter(platforms.values()))
        self.platform_name: str | None = None
        self.steps: list[Step] = []
        self.boxes: list[Box] = []
        self.lines: list[int] = []
        """The line in the file of each line of the text."""

    def text(self) -> str:
        """Return the written text, with marks for steps and boxes."""
        lines: list[str] = []
        for line in with_braces(self._rendered()).split("\n"):
            found = LINE.search(line)
            self.lines.append(int(found[1]) if found else (self.lines or [1])[-1])
            lines.append(LINE.sub("", line))
        return "\n".join(lines)

    def _rendered(self) -> str:
        verbs = {name: getattr(self, name) for name in FUNCTIONS}
        if found := PRIVATE.search(self.source.body):
            line = self.source.body.count("\n", 0, found.start()) + 1
            what = f"has a character for private use, U+{ord(found[0]):04X}. Write another"
            raise KbError(what, file=self.source.file, line=line)
        try:
            name, body = str(self.source.file), with_code_aside(self._own_words(self.source.body))
            read = parsed(name, body)
            if read.simple is None:
                compiled(name, body)
            self._raise_if_labels_are_typed(read.prose)
            if read.simple is not None:
                with suppress(*_FAULTS):
                    return filled(read.simple, verbs)
                # As a program it fails at the same slot, and says on which line.
                self.steps.clear()
                self.boxes.clear()
            names = {"config": _Settings(self), "platforms": _Platforms(self), "articles": _Articles(self), **verbs}
            environment = ArticleEnvironment()
            return environment.template_class.from_code(environment, compiled(name, body), names).render()
        except TemplateSyntaxError as error:
            raise KbError(slot_faults.sentence(str(error.message)), file=self.source.file, line=error.lineno) from None
        except SlotRefused as error:
            raise KbError(error.what, file=self.source.file, line=error.line) from None
        except (RecursionError, MemoryError, SyntaxError):
            lines = self.source.body.splitlines()
            deepest = max(range(len(lines)), key=lambda number: len(re.findall(r"[(\[{]", lines[number])))
            what = "a slot or condition is nested too deep. Write it shorter"
            raise KbError(what, file=self.source.file, line=deepest + 1) from None
        except _FAULTS as error:
            raise self._located(error) from None

    def visit(self, screen: str, *, line: int = 0) -> Ready:
        declared = self._screen(screen)
        url = f"{self.platform.address}/{declared.path}"
        return self._step(Step("visit", screen, line=line), f"[{self._label(declared.title.id)}]({url})")

    def click(self, element: str, *, row: str = "", line: int = 0) -> Ready:
        if type(self._element(element)) is not Text:
            self._element(element, Action, Link, PostButton)
        return self._step(Step("click", element, row=row, line=line), self._label(element))

    def fill(self, element: str, variant: str = "", *, row: str = "", line: int = 0) -> Ready:
        self._element(element, Field)
        return self._step(Step("fill", element, variant, row=row, line=line), self._label(element))

    def choose(self, option: str, *, line: int = 0) -> Ready:
        self._element(option, Option)
        return self._step(Step("choose", option, line=line), self._label(option))

    def tick(self, element: str, *, row: str = "", line: int = 0) -> Ready:
        self._element(element, Field, Option)
        return self._step(Step("tick", element, row=row, line=line), self._label(element))

    def see(self, element: str, *, row: str = "", line: int = 0) -> Ready:
        self._element(element)
        return self._step(Step("see", element, row=row, line=line), self._as_fits(element))

    def mail(self, mail: str, *, line: int = 0) -> Ready:
        mails = self.platform.declared.mails
        if mail not in mails:
            raise KbError(f"{mail!r} is not a mail of this configuration. {did_you_mean(mail, mails)}")
        return self._step(Step("mail", mail, line=line), self._label(mails[mail].subject.id))

    def ui(self, element: str, *, line: int = 0) -> Ready:
        self._element(element)
        return self._step(Step("ui", element, line=line), self._as_fits(element))

    def title(self, screen: str, *, line: int = 0) -> Ready:
        title = self._screen(screen).title
        return self._step(Step("title", screen, line=line), escape(self._sentence(title.id)))

    def article(self, id_: str, *, line: int = 0) -> Ready:
        if id_ not in _Articles(self):
            if not self.content.knows(id_):
                raise KbError(f"{id_!r} is not an article. {did_you_mean(id_, self.content.ids)}")
            around = f'{{% if "{id_}" in articles %}} and {{% endif %}}'
            raise KbError(f"{id_!r} has no page under this configuration. Put what is said of it between {around}")
        return self._step(Step("article", id_, line=line), self._quoted(f"[{self._heading(id_)}]({id_}.md)"))

    def shot(self, *, line: int = 0) -> Ready:
        return self._step(Step("shot", line=line), "")

    def _own_words(self, text: str) -> str:
        """Return a text of our article in the host's words; a host's own article stays as it is."""
        if self.content.is_own(self.source):
            return text
        return self.platform.labels.in_own_words(text, self.locale, self.source.locale)

    def term(self, name: str, words: str = "") -> Ready:
        found = self._term(name)
        if found is None and self.content.is_own(self.source):
            raise KbError(f"{name!r} is of nothing that this configuration has. Say it without term()")
        if found is None:
            # What the configuration does not have is no link either.
            return Ready(escape(self._own_words(words or name)))
        is_id = slug(name) == found.id and (self.source.locale != SOURCE_LOCALE or "-" in name)
        shown = self._own_words(words) or (found.name if is_id else self._own_words(name))
        title = self.platform.say("help.site.meaning", self.locale, term=found.title)
        box = Box(escape(title.replace('"', "'")), escape(found.meaning))
        mark = "" if box in self.boxes else f"\ue004{len(self.boxes)}\ue005"
        self.boxes += [box] if mark else []
        return Ready(f"{mark}[{escape(shown)}]({glossary.PAGE}#{found.id})")

    def meaning(self, name: str) -> Ready:
        found = self._term(name)
        if found is None:
            raise KbError(f"{name!r} is of nothing that this configuration has")
        return Ready(pair(f"**{escape(found.title)}**", escape(found.meaning), locale=self.locale))

    def example(self, element: str) -> Ready:
        found = self._element(element, Field, Option)
        value = getattr(found, "example", "")
        if not value:
            raise KbError(f"{element!r} has no example")
        return Ready(escape(self.platform.say("shell.form.example", self.locale, example=value)))

    def video(self, address: str, title: str = "") -> Ready:
        if not title.strip():
            raise KbError(f'video("{address}") has no title. Write {{{{ video("{address}", "What it shows") }}}}')
        if reason := videos.fault(address, self.platform.config):
            raise KbError(f"shows the video {address}, {reason}")
        return Ready(f"[{escape(title)}](<{address}>)\ue00c0\ue00d")

    def plural(self, number: object = None, *forms: str) -> Ready:
        if not isinstance(number, int) or isinstance(number, bool):
            raise KbError(f"plural() counts a whole number, and {number!r} is none. Name a key that holds one")
        words = tuple(self._own_words(str(form)) for form in forms)
        if what := plurals.fault(words, self.source.locale):
            order = ", ".join(plurals.categories(self.source.locale))
            raise KbError(f"plural() {what}. Write the words in this order: {order}")
        return Ready(escape(plurals.counted(str(number), words, self.source.locale)))

    def _term(self, name: str) -> glossary.Term | None:
        return glossary.term(
            name, self.platform, content=self.content, locale=self.locale, written_in=self.source.locale
        )

    def _step(self, step: Step, printed: str) -> Ready:
        self.steps.append(replace(step, platform=self.platform_name))
        return Ready(f"\ue000{len(self.steps) - 1}\ue001{printed}")

    def _label(self, element: str) -> str:
        return f"**{escape(self._sentence(element))}**"

    def _as_fits(self, element: str) -> str:
        if not is_sentence(self.platform.declared.texts[element]):
            return self._label(element)
        return self._quoted(escape(self._sentence(element)))

    def _quoted(self, words: str) -> str:
        opening, closing = next(QUOTES[one] for one in fallbacks(self.locale) if one in QUOTES)
        return f"{opening}{words}{closing}"

    def _sentence(self, element: str) -> str:
        return elided(self.platform.sentences(self.locale)[element])

    def _heading(self, id_: str) -> str:
        """Return the title of another article; nothing else of it is rendered."""
        source = self.content.source(id_, self.locale)
        heading = _heading_of(source) or id_
        words = Writing(replace(source, body=heading), self.locale, self.platforms, self.content).text()
        words = BOX.sub("", STEP.sub("", words))
        if "](" not in words:
            return words
        from .parsed import parse

        return escape(parse(f"# {words}").headings[0].words)

    def _element(self, element: str, *kinds: type[Text]) -> Text:
        texts = self.platform.declared.texts
        if element not in texts:
            raise KbError(f"{element!r} is not an element of this configuration. {did_you_mean(element, texts)}")
        if kinds and not isinstance(texts[element], kinds):
            raise KbError(slot_faults.of_another_kind(texts[element]))
        return texts[element]

    def _screen(self, screen: str) -> Any:
        screens = self.platform.declared.screens
        if screen not in screens:
            raise KbError(f"{screen!r} is not a screen of this configuration. {did_you_mean(screen, screens)}")
        return screens[screen]

    def _raise_if_labels_are_typed(self, pieces: Pieces) -> None:
        labels = [_labels(platform, self.locale) for platform in self.platforms.values()]
        for begin, text in pieces:
            for found in _BOLD.finditer(text):
                typed = next(group for group in found.groups() if group)
                label = _folded(typed)
                element = next((one[label] for one in labels if label in one), None)
                line = begin + text.count("\n", 0, found.start())
                if element is not None and not is_code(self.source, line, found[0]):
                    slot = f'{{{{ ui("{element}") }}}}'
                    what = f'types the label "{typed}" by hand. Write {slot}, or the verb for what is done'
                    raise KbError(what, file=self.source.file, line=line)

    def _located(self, error: Exception) -> KbError:
        if isinstance(error, KbError) and error.file:
            return error
        frames = traceback.extract_tb(error.__traceback__ or sys.exc_info()[2])
        line = next((frame.lineno for frame in reversed(frames) if frame.filename == str(self.source.file)), 0)
        what = error.what if isinstance(error, KbError) else slot_faults.sentence(str(error))
        return KbError(what, file=self.source.file, line=line or 0)


def _heading_of(source: Source) -> str:
    """Return the line of the heading, without its marks."""
    lines = [line for line in source.body.splitlines() if line.startswith("# ")]
    first = source.body.lstrip().partition("\n")[0]
    heading = first if first in lines else next((line for line in lines if not is_code(source, 0, line)), "")
    return heading_words(heading)


def _labels(platform: Platform, locale: str) -> Mapping[str, str]:
    """Return the element of each sentence that a page shows unchanged."""
    cache: dict[Any, dict[str, str]] = platform.cache
    if ("labels", locale) not in cache:
        labels: dict[str, str] = {}
        for id_, sentence in platform.sentences(locale).items():
            if not isinstance(platform.declared.texts[id_], Lead):
                labels.setdefault(_folded(sentence), id_)
        cache["labels", locale] = labels
    return cache["labels", locale]


class _Platforms:
    """The names of the platforms; during each turn of the loop, verbs and ``config`` are that platform's."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def __iter__(self) -> Iterator[str]:
        writing = self._writing
        before = writing.platform
        for name, platform in writing.platforms.items():
            writing.platform_name, writing.platform = name, platform
            yield platform.config.site.name if name is not None else ""
        writing.platform_name, writing.platform = None, before


class _Articles:
    """The other articles that an article can mention: those of this configuration, tested by ``in``."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def __contains__(self, id_: object) -> bool:
        content, name = self._writing.content, str(id_)
        return content.has(name, self._writing.reader) and applies(name, self._writing.platform, content=content)


class _Settings:
    """``config`` in an article: the keys of acct.toml and nothing else of the object."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def __getattr__(self, key: str) -> object:
        return setting(self._writing.platform.config, "config").of(key)


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    return " ".join(text.split()).strip(" .,:;").casefold()
