"""An article and its journey, in one act: rendering the text reads the steps.

A slot is a verb on an element, ``{{ click("login.form.submit") }}``: it prints the element's label in the article's
language, in bold, and records a ``Step``. So the text cannot name what the screens do not have, and the steps run in
the browser are the steps written. Knows no Flask, no MkDocs and no browser.

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

A heading that pages lead to has an id, the same in every language: ``## If it does not work {#not-working}``.

Besides them an article may use ``config``, and ``{% for platform in platforms %}`` for a part that differs from one
platform to the next: ``platform`` is its name, empty where the configuration has no platforms. Only the part of the
platform that runs is run.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Any, Literal, get_args

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel

from ...edition import Edition
from ...labels import SLOT
from ...screen import Action, Field, Link, Message, Option, Paragraph, Press, Result, Text, Tip
from . import glossary, images
from .content import SOURCE_LOCALE, Content, Facts, KbError, Source, did_you_mean, digest, place
from .images import Image

Verb = Literal["visit", "click", "fill", "choose", "tick", "see", "mail", "shot", "ui", "title", "article"]

VERBS: tuple[Verb, ...] = get_args(Verb)

Editions = Mapping[str | None, Edition]
"""By platform; the only key is ``None`` where the configuration has none."""

Pieces = tuple[tuple[int, str], ...]
"""Text between the slots of an article, piece by piece, each with the line it begins on."""

SENTENCES = (Message, Result, Paragraph, Tip)
"""Elements that say a whole sentence, set in quotation marks; all others are names, set in bold."""

QUOTES = {"es": ("«", "»"), "it": ("«", "»"), "pt": ("«", "»"), "de": ("„", "“")}

_STEP = re.compile("\ue000(\\d+)\ue001")
_SHOT = re.compile("\ue002(\\d+)\ue003")
_BOX = re.compile("\ue004(\\d+)\ue005")
_ITEM = re.compile(r"^\d+[.)]\s")
_ANCHOR = re.compile(r"^(#{2,6} )(.*?) *\{#([a-z0-9]+(?:-[a-z0-9]+)*)\}$", re.MULTILINE)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*|__([^_\n]+)__|<(?:b|strong)>([^<\n]+)</(?:b|strong)>")


class Ready(str):
    """Markdown that needs no escaping any more."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a reader does, or looks at.

    Sample: ``Step("fill", "recovery.password.email", item=2, line=14)``.
    """

    verb: Verb
    element: str = ""
    """An element's id, or the name of the screen, mail or article that the verb is about."""
    variant: str = ""
    row: str = ""
    platform: str | None = None
    """The platform whose part it stands in; ``None`` outside of such a part."""
    item: int = 0
    """Which numbered item of the article, counted from its beginning; 0 outside of any."""
    line: int = 0

    @property
    def what(self) -> tuple[str | None, str, str, str, str]:
        """What a translation must do in the same item."""
        return (self.platform or "", self.verb, self.element, self.variant, self.row)

    def __str__(self) -> str:
        arguments = [f'"{value}"' for value in (self.element, self.variant) if value]
        arguments += [f'row="{self.row}"'] if self.row else []
        return f"{self.verb}({', '.join(arguments)})"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a screen: what it marks, and what it says to who cannot see it."""

    number: int
    """Counted from 1 within the article."""
    platform: str | None
    screen: str
    """Empty where only what stands around every page is marked."""
    marks: tuple[str, ...]
    alt: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was taken."""

    file: str
    width: int
    height: int
    dark: str = ""
    """The same page in dark; empty where it looks as it does in light."""


@dataclass(frozen=True, slots=True)
class Box:
    """What a reader may open below the place where a term stands first."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language under one configuration."""

    id: str
    locale: str
    source: Source
    facts: Facts
    title: str
    body: str
    """Markdown; the places of pictures and boxes are still marked, see ``markdown``."""
    steps: tuple[Step, ...]
    shots: tuple[Shot, ...]
    boxes: tuple[Box, ...] = ()
    anchors: tuple[str, ...] = ()
    """The ids of its headings that have one."""
    images: tuple[Image, ...] = ()
    """The pictures its author put beside it."""

    @property
    def synonyms(self) -> tuple[str, ...]:
        """Words readers of this text search for although it does not use them."""
        return self.source.facts.synonyms

    def markdown(self, pictures: Mapping[int, Picture], folder: str = "", *, for_site: bool = False) -> str:
        """Plain Markdown, with the pictures there are by the number of their shot.

        Args:
            for_site: With what only our own site understands: pictures in dark beside the others, told apart by
                ``#only-light`` and ``#only-dark``; boxes to open; ids at headings. Another generator gets the ids as
                empty links, and the meaning of a term on the page of all terms.
        """

        def picture(place_: re.Match[str]) -> str:
            number = int(place_[2])
            if number not in pictures:
                return ""
            one, alt = pictures[number], escape(self.shots[number - 1].alt)
            files = [f"{one.file}#only-light", f"{one.dark}#only-dark"] if for_site and one.dark else [one.file]
            return "".join(f"\n{place_[1]}![{alt}]({folder}{file})" for file in files) + "\n"

        def box(place_: re.Match[str]) -> str:
            one, indent = self.boxes[int(place_[2])], place_[1]
            return f'\n{indent}??? info acct-term "{one.title}"\n\n{indent}    {one.text}\n' if for_site else ""

        text = re.sub("\n( *)\ue002(\\d+)\ue003\n", picture, self.body)
        text = re.sub("\n( *)\ue004(\\d+)\ue005\n", box, text)
        return text if for_site else plain(text)


def applies(id_: str, *, content: Content, edition: Edition) -> bool:
    """Whether the configuration has what the article is about. Raises ``KbError`` for a condition that has no sense."""
    source = content.first(id_)
    condition = source.facts.when
    if not condition:
        return True
    settings = {name: _setting(getattr(edition.config, name), name) for name in type(edition.config).model_fields}
    try:
        return bool(_environment().compile_expression(condition, undefined_to_none=False)(**settings))
    except (KbError, TemplateError) as error:
        reason = error.what if isinstance(error, KbError) else str(error.message)
        raise KbError(f"when: {reason}", file=source.file, line=source.facts.lines["when"]) from None


def help_links(edition: Edition, content: Content, locale: str = SOURCE_LOCALE) -> Mapping[str, str]:
    """Where the pages of a language lead for help, by the screen's name or the message's id.

    Sample: ``{"login.form": "sign-in", "login.form.wrong": "sign-in#not-working"}``. Of several articles that claim
    the same, the host's go before ours, then one for a configuration like this (``when``) before one for all.
    """
    links: dict[str, str] = {}
    sources = [content.first(id_) for id_ in content.ids if content.has(id_, locale)]
    for source in sorted(sources, key=lambda one: (not content.is_own(one), not one.facts.when)):
        if applies(source.id, content=content, edition=edition):
            for screen in source.facts.screens:
                if screen in edition.declared.screens:
                    links.setdefault(screen, source.id)
            for message, anchor in answers(source):
                if message in edition.declared.texts:
                    links.setdefault(message, f"{source.id}#{anchor}" if anchor else source.id)
    return links


def answers(source: Source) -> Iterator[tuple[str, str]]:
    """The messages an article helps with, and the heading each leads to: ``("login.form.wrong", "not-working")``."""
    for claim in source.facts.answers:
        message, _, anchor = claim.partition("#")
        yield message, anchor


def journey(id_: str, *, content: Content, editions: Editions, platform: str | None) -> tuple[Step, ...]:
    """The steps to run on one platform, in the order of the article's first text."""
    steps = first(id_, content=content, editions=editions).steps
    return tuple(step for step in steps if step.platform in (None, platform))


def render(id_: str, *, content: Content, editions: Editions, locale: str) -> Article:
    """The article in a language. Raises ``KbError`` for anything to mend in it.

    The steps of another language must be those of the first text, item by item, and its headings have the same ids.
    """
    article = read(id_, locale, content=content, editions=editions)
    english = first(id_, content=content, editions=editions, reader=locale)
    if article.source != english.source:
        same_steps(english, article)
        _same_anchors(english, article)
    return article


def first(id_: str, *, content: Content, editions: Editions, reader: str = "") -> Article:
    """The text that is translated, in its own language.

    Args:
        reader: Another language, to speak of the articles that one has: the host may hide some in it.
    """
    return read(id_, content.first(id_).locale, content=content, editions=editions, reader=reader)


def read(id_: str, locale: str, *, content: Content, editions: Editions, reader: str = "") -> Article:
    """One file, rendered by itself."""
    source, facts = content.source(id_, locale), content.first(id_).facts
    writing = _Writing(source, locale, editions, content, reader)
    steps, text = _placed(writing.steps, writing.text())
    text, pictures = images.placed(text, source)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    if title is None:
        what = 'has no heading. Begin the text with # {{ title("…") }} or words of your own'
        raise KbError(what, file=source.file)
    return Article(
        source.id,
        locale,
        source,
        facts,
        _plain(title[1]),
        text.strip() + "\n",
        steps,
        tuple(_shots(steps, editions, locale)),
        tuple(writing.boxes),
        _anchors(text, source),
        pictures,
    )


def plain(text: str) -> str:
    """Markdown for any generator: an id as an empty link, unless a generator makes the same from the heading."""

    def heading(found: re.Match[str]) -> str:
        level, words, id_ = found.groups()
        return f"{level}{words}" if glossary.slug(words) == id_ else f'{level}<a id="{id_}"></a>{words}'

    return _ANCHOR.sub(heading, text)


def same_steps(english: Article, other: Article) -> None:
    """Nothing if both name the same steps in the same numbered items. Raises ``KbError`` naming both places."""
    for item in sorted({step.item for step in (*english.steps, *other.steps)}):
        wanted = [step for step in english.steps if step.item == item]
        got = [step for step in other.steps if step.item == item]
        lacks = list((Counter(s.what for s in wanted) - Counter(s.what for s in got)).elements())
        adds = list((Counter(s.what for s in got) - Counter(s.what for s in wanted)).elements())
        if lacks or adds:
            raise _differs(item, (english, wanted, lacks), (other, got, adds))


def stale(id_: str, content: Content, locales: Collection[str] = ()) -> Iterator[KbError]:
    """Each translation made from another text than today's first one.

    Args:
        locales: The languages of the help centre; without them, every translation there is.
    """
    english = content.first(id_)
    used = {content.source(id_, locale).locale for locale in locales}
    for source in content.translations(id_):
        if source.facts.hidden or (locales and source.locale not in used):
            continue
        if content.is_own(english) and not content.is_own(source):
            yield _replaced(english, source)
        elif source.facts.translates != digest(english):
            said = source.facts.translates or "nothing"
            yield KbError(
                f"translates {said}, but {place(english.file)} is {digest(english)} now. Read what changed there, "
                f"bring this text up to date, and run: flask acct kb stamp {id_} --locale {source.locale}",
                file=source.file,
                line=source.facts.lines.get("translates", 2),
            )


def _replaced(english: Source, source: Source) -> KbError:
    """A shipped translation of what the host has replaced."""
    wanted = place(english.layer / source.locale / english.file.name)
    return KbError(
        f"takes the place of our text, and so {place(source.file)} no longer translates it. Write {wanted} with the "
        f"line translates: {digest(english)}, or with hidden: true if there shall be no such page in that language",
        file=english.file,
    )


def escape(text: str) -> str:
    """The text as Markdown shows it, letter by letter."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    return re.sub(r"([\\`*_\[\]{}])", r"\\\1", text)


def prose(source: Source) -> Pieces:
    """What an article says outside of its slots."""
    return _compiled(str(source.file), source.body)[1]


def pattern(sentence: str) -> re.Pattern[str]:
    """What a page may show for a sentence: anything in place of its slots, any white space in place of a blank."""
    parts = SLOT.split(" ".join(sentence.split()))[::2]
    return re.compile(r".+?".join(re.escape(part).replace(r"\ ", r"\s+") for part in parts), re.DOTALL)


def screen_of(element: str, edition: Edition) -> str | None:
    """The one screen that has the element; ``None`` for what stands around every page or on several."""
    owners = [
        screen.name for screen in edition.declared.screens.values() if any(t.id == element for t in screen.texts())
    ]
    return owners[0] if len(owners) == 1 else None


class _Writing:
    """One rendering of one file: what the verbs print and remember."""

    def __init__(self, source: Source, locale: str, editions: Editions, content: Content, reader: str = "") -> None:
        self.source = source
        self.reader = reader or locale
        self.content = content
        self.locale = locale
        self.editions = editions
        self.edition = next(iter(editions.values()))
        self.platform: str | None = None
        self.steps: list[Step] = []
        self.boxes: list[Box] = []

    def text(self) -> str:
        environment = _environment()
        environment.globals.update({verb: getattr(self, verb) for verb in VERBS})
        environment.globals.update(
            term=self.term, config=_Settings(self), platforms=_Platforms(self), articles=_Articles(self)
        )
        try:
            code, pieces = _compiled(str(self.source.file), self.source.body)
            self._refuse_typed_labels(pieces)
            return environment.template_class.from_code(environment, code, environment.globals).render()
        except TemplateSyntaxError as error:
            raise KbError(str(error.message), file=self.source.file, line=error.lineno) from None
        except (KbError, TemplateError, TypeError) as error:
            raise self._located(error) from None

    def visit(self, screen: str, *, line: int = 0) -> Ready:
        declared = self._screen(screen)
        url = f"{self.edition.config.site.public_url}/account/{declared.path}"
        return self._step(Step("visit", screen, line=line), f"[{self._label(declared.title.id)}]({url})")

    def click(self, element: str, *, row: str = "", line: int = 0) -> Ready:
        if type(self._element(element)) is not Text:
            self._element(element, Action, Link, Press)
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
        mails = self.edition.declared.mails
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

    def term(self, name: str, words: str = "") -> Ready:
        found = glossary.term(name, content=self.content, locale=self.locale, written_in=self.source.locale)
        is_english = glossary.slug(name) == found.id and self.source.locale != SOURCE_LOCALE
        shown = words or (found.name if is_english else name)
        title = self.edition.say("help.site.meaning", self.locale, term=found.name)
        box = Box(escape(title.replace('"', "'")), escape(found.meaning))
        mark = "" if box in self.boxes else f"\ue004{len(self.boxes)}\ue005"
        self.boxes += [box] if mark else []
        return Ready(f"{mark}[{escape(shown)}]({glossary.PAGE}#{found.id})")

    def _step(self, step: Step, printed: str) -> Ready:
        self.steps.append(replace(step, platform=self.platform))
        return Ready(f"\ue000{len(self.steps) - 1}\ue001{printed}")

    def _label(self, element: str) -> str:
        return f"**{escape(self._sentence(element))}**"

    def _as_fits(self, element: str) -> str:
        if not isinstance(self.edition.declared.texts[element], SENTENCES):
            return self._label(element)
        return self._quoted(escape(self._sentence(element)))

    def _quoted(self, words: str) -> str:
        opening, closing = QUOTES.get(self.locale.partition("_")[0], ("“", "”"))
        return f"{opening}{words}{closing}"

    def _sentence(self, element: str) -> str:
        return SLOT.sub("…", self.edition.sentences(self.locale)[element])

    def _heading(self, id_: str) -> str:
        """The title of another article; nothing else of it is rendered."""
        source = self.content.source(id_, self.locale)
        heading = next((line[2:] for line in source.body.splitlines() if line.startswith("# ")), id_)
        words = _Writing(replace(source, body=heading), self.locale, self.editions, self.content).text()
        return _BOX.sub("", _STEP.sub("", words))

    def _element(self, element: str, *kinds: type[Text]) -> Text:
        texts = self.edition.declared.texts
        if element not in texts:
            raise KbError(f"{element!r} is not an element of this configuration. {did_you_mean(element, texts)}")
        if kinds and not isinstance(texts[element], kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise KbError(f"{element!r} is a {type(texts[element]).__name__}; this verb takes a {wanted}")
        return texts[element]

    def _screen(self, screen: str) -> Any:
        screens = self.edition.declared.screens
        if screen not in screens:
            raise KbError(f"{screen!r} is not a screen of this configuration. {did_you_mean(screen, screens)}")
        return screens[screen]

    def _refuse_typed_labels(self, pieces: Pieces) -> None:
        labels: dict[str, str] = {}
        for edition in self.editions.values():
            for text, sentence in edition.sentences(self.locale).items():
                labels.setdefault(_folded(sentence), text)
        for begin, text in pieces:
            for found in _BOLD.finditer(text):
                typed = next(group for group in found.groups() if group)
                if (element := labels.get(_folded(typed))) is not None:
                    line = begin + text.count("\n", 0, found.start())
                    slot = f'{{{{ ui("{element}") }}}}'
                    what = f'types the label "{typed}" by hand. Write {slot}, or the verb for what is done'
                    raise KbError(what, file=self.source.file, line=line)

    def _located(self, error: Exception) -> KbError:
        if isinstance(error, KbError) and error.file:
            return error
        frames = traceback.extract_tb(error.__traceback__ or sys.exc_info()[2])
        line = next((frame.lineno for frame in reversed(frames) if frame.filename == str(self.source.file)), 0)
        return KbError(error.what if isinstance(error, KbError) else str(error), file=self.source.file, line=line or 0)


class _Platforms:
    """The names of the platforms; while one is looked at, verbs and ``config`` are its own."""

    def __init__(self, writing: _Writing) -> None:
        self._writing = writing

    def __iter__(self) -> Iterator[str]:
        writing = self._writing
        before = writing.edition
        for platform, edition in writing.editions.items():
            writing.platform, writing.edition = platform, edition
            yield edition.config.site.name if platform is not None else ""
        writing.platform, writing.edition = None, before


class _Articles:
    """The other articles an article can speak of: those of this configuration, asked for by ``in``."""

    def __init__(self, writing: _Writing) -> None:
        self._writing = writing

    def __contains__(self, id_: object) -> bool:
        content, name = self._writing.content, str(id_)
        return content.has(name, self._writing.reader) and applies(name, content=content, edition=self._writing.edition)


class _Settings:
    """``config`` in an article: the keys of acct.toml and nothing else of the object."""

    def __init__(self, writing: _Writing) -> None:
        self._writing = writing

    def __getattr__(self, key: str) -> object:
        return _setting(self._writing.edition.config, "config").of(key)


class _Table:
    """One table of acct.toml. A key that does not exist is a ``KbError``, not an empty word."""

    def __init__(self, table: BaseModel, path: str) -> None:
        self._table = table
        self._path = path

    def __getattr__(self, key: str) -> object:
        return self.of(key)

    def of(self, key: str) -> object:
        keys = type(self._table).model_fields
        if key not in keys:
            raise KbError(f"{self._path}.{key} is not a key of acct.toml. {did_you_mean(key, keys)}")
        return _setting(getattr(self._table, key), f"{self._path}.{key}")


def _setting(value: Any, path: str) -> Any:
    if isinstance(value, BaseModel):
        return _Table(value, path)
    if isinstance(value, dict):
        return {key: _setting(inner, f"{path}.{key}") for key, inner in value.items()}
    return value


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finished,
        # Jinja's own {# would begin at the id of a heading.
        comment_start_string="{##",
        comment_end_string="##}",
    )
    environment.globals.clear()
    return environment


def _finished(value: object) -> object:
    """Whatever a slot prints that is no verb's: shown letter by letter."""
    return escape(value) if isinstance(value, str) and not isinstance(value, Ready) else value


@lru_cache(maxsize=512)
def _compiled(name: str, body: str) -> tuple[CodeType, Pieces]:
    """A text as a program, and its prose. Kept, for every language and platform asks for the same few texts."""
    environment = _environment()
    tree = environment.parse(body)
    pieces = tuple((data.lineno, data.data) for data in tree.find_all(nodes.TemplateData))
    _tell_lines(tree)
    return environment.compile(tree, name, name), pieces


def _tell_lines(tree: nodes.Template) -> None:
    """Each verb is told on which line it stands."""
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in VERBS:
            call.kwargs.append(nodes.Keyword("line", nodes.Const(call.lineno)))


def _placed(steps: list[Step], text: str) -> tuple[tuple[Step, ...], str]:
    """The steps with their items, in the order written, and the text with pictures and boxes at the ends of items."""
    placed: list[Step] = []
    lines: list[str] = []
    waiting: list[str] = []
    item = items = number = shots = 0
    for line in text.splitlines():
        starts = _ITEM.match(line)
        if starts or line.startswith("#") or _leaves(line, lines):
            _put_pictures(waiting, lines, item)
            items += bool(starts)
            item = items if starts else 0
            number = number + 1 if starts else number if not line.startswith("#") else 0
        for index in _STEP.findall(line):
            placed.append(replace(steps[int(index)], item=item))
            if placed[-1].verb == "shot":
                shots += 1
                waiting.append(f"\ue002{shots}\ue003")
        waiting += [found[0] for found in _BOX.finditer(line)]
        line = _BOX.sub("", _STEP.sub("", line))
        lines.append(re.sub(r"(?<=\S)  +", " ", _ITEM.sub(f"{number}. ", line, count=bool(starts))).rstrip())
    _put_pictures(waiting, lines, item)
    return tuple(placed), re.sub(r"\n{3,}", "\n\n", "\n".join(lines) + "\n")


def _leaves(line: str, before: list[str]) -> bool:
    """Whether the line is no part of what came before it: an unindented line after an empty one."""
    after_blank = bool(before) and not before[-1]
    return bool(line.strip()) and not line[0].isspace() and after_blank


def _put_pictures(waiting: list[str], lines: list[str], item: int) -> None:
    """The waiting pictures stand after the last line that is not empty, as a part of the item."""
    while lines and not lines[-1] and waiting:
        lines.pop()
    for mark in waiting:
        lines += ["", f"{'    ' if item else ''}{mark}"]
    if waiting:
        lines.append("")
    waiting.clear()


def _shots(steps: tuple[Step, ...], editions: Editions, locale: str) -> Iterator[Shot]:
    number = 0
    for index, step in enumerate(steps):
        if step.verb != "shot":
            continue
        number += 1
        edition = editions.get(step.platform) or next(iter(editions.values()))
        shown = _shown_with(index, steps)
        screen = next((found for other in shown if (found := _screen(other, edition))), "")
        texts = edition.declared.texts
        marks = dict.fromkeys(
            other.element for other in shown if other.element in texts and (_screen(other, edition) or "") == screen
        )
        yield Shot(number, step.platform, screen, tuple(marks), _alt(screen, tuple(marks), edition, locale))


def _shown_with(index: int, steps: tuple[Step, ...]) -> list[Step]:
    """The steps of a picture's item that are done on the page as it is then: from what led there to what leads away."""
    first = last = index
    while first > 0 and steps[first - 1].item == steps[index].item and steps[first - 1].verb not in ("click", "mail"):
        first -= 1
    while last + 1 < len(steps) and steps[last + 1].item == steps[index].item and steps[last].verb != "click":
        last += 1
    return list(steps[first : last + 1])


def _screen(step: Step, edition: Edition) -> str | None:
    if step.verb in ("visit", "title"):
        return step.element
    return screen_of(step.element, edition) if step.element and step.verb != "mail" else None


def _alt(screen: str, marks: tuple[str, ...], edition: Edition, locale: str) -> str:
    sentences = edition.sentences(locale)
    names = [element for element in marks if not isinstance(edition.declared.texts[element], SENTENCES)]
    words = [SLOT.sub("…", sentences[element]) for element in names or marks]
    if screen not in edition.declared.screens:
        return ", ".join(words)
    title = sentences[edition.declared.screens[screen].title.id]
    return f"{title}: {', '.join(words)}" if words else title


def _anchors(text: str, source: Source) -> tuple[str, ...]:
    """The ids of the headings. Raises ``KbError`` for one that stands twice, or elsewhere than at a heading."""
    found = tuple(heading[3] for heading in _ANCHOR.finditer(text))
    twice = next((id_ for id_ in found if found.count(id_) > 1), None)
    stray = re.search(r"(?<!\\)\{#", _ANCHOR.sub("", text))
    if twice or stray:
        what = f"has two headings with the id {twice!r}" if twice else "has {# where no heading ends"
        what += ". An id stands once, at the end of a heading: ## If it does not work {#not-working}"
        mark = f"{{#{twice}}}" if twice else "{#"
        line = 1 + source.body[: source.body.rfind(mark)].count("\n") if mark in source.body else 0
        raise KbError(f"{what}. A comment is written {{## so ##}}", file=source.file, line=line)
    return found


def _same_anchors(english: Article, other: Article) -> None:
    """Raises ``KbError`` unless pages lead to the same headings in both languages."""
    lacks, adds = ([f"{{#{id_}}}" for id_ in ids] for ids in _differences(english.anchors, other.anchors))
    if lacks or adds:
        parts = [f"lacks {', '.join(lacks)}"] if lacks else []
        parts += [f"adds {', '.join(adds)}"] if adds else []
        what = f"{' and '.join(parts)} at the end of a heading, unlike {place(english.source.file)}"
        raise KbError(f"{what}. Give the same headings the same ids", file=other.source.file)


def _differences(wanted: Collection[str], got: Collection[str]) -> tuple[list[str], list[str]]:
    return [one for one in wanted if one not in got], [one for one in got if one not in wanted]


def _differs(
    item: int, english: tuple[Article, list[Step], list[Any]], other: tuple[Article, list[Step], list[Any]]
) -> KbError:
    first, wanted, lacks = english
    second, got, adds = other

    def line(steps: list[Step], whats: list[Any], article: Article) -> int:
        exact = [step.line for step in steps if step.what in whats]
        before = [step.line for step in article.steps if step.item <= item]
        return (exact or [step.line for step in steps] or before[-1:] or [1])[0]

    where = f"item {item}" if item else "outside the numbered items"
    parts = [f"it lacks {', '.join(_named(wanted, lacks))}"] if lacks else []
    parts += [f"it adds {', '.join(_named(got, adds))}"] if adds else []
    there = place(first.source.file, line(wanted, lacks, first))
    what = f"{where} does not do what {there} does: {'; '.join(parts)}. Do the same steps in the same item"
    return KbError(what, file=second.source.file, line=line(got, adds, second))


def _named(steps: list[Step], whats: list[Any]) -> list[str]:
    return [str(next(step for step in steps if step.what == what)) for what in whats]


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    return " ".join(text.split()).strip(" .,:;").casefold()


def _plain(markdown: str) -> str:
    """A heading's words: escapes and marks taken away."""
    text = re.sub(r"\\(.)", r"\1", markdown.replace("**", ""))
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&#124;", "|").replace("&amp;", "&")
