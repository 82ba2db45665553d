"""An article and its journey, in one act: rendering the text reads the steps.

A slot is a verb on an element, ``{{ click("login.form.submit") }}``: it prints the element's label in the article's
language, in bold, and records a ``Step``. So the text cannot name what the screens do not have, and the steps run in
the browser are the steps written. Knows no Flask, no MkDocs and no browser.

Verbs:
    visit(screen): opens the screen by its address; prints its title as a link.
    click(element): presses a button, follows a link or opens a menu.
    fill(element, variant): types the fixture's value (see ``fixtures``) into a field.
    choose(option): picks an option of the field it belongs to.
    tick(element): ticks a box.
    see(element): the page says this sentence; printed in quotation marks, a heading or label in bold.
    mail(mail): waits for the mail, then opens its link or takes its temporary password; prints its subject.
    ui(element): names an element without doing anything; printed as ``see`` prints it.
    title(screen): the screen's heading as plain words.
    article(id): the title of another article in quotation marks, linked. One that this configuration has no page for
        is an error, since a sentence about it would lead nowhere; ask ``{% if "sign-in" in articles %}`` first.
    shot(): a picture here, with the elements of its numbered item marked; printed after the item.

Besides them an article may use ``config``, and ``{% for platform in platforms %}`` for a part that differs from one
platform to the next: ``platform`` is its name, empty where the configuration has no platforms. Only the part of the
platform that runs is run.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel

from ..edition import Edition
from ..labels import SLOT
from ..screen import Action, Field, Link, Message, Option, Paragraph, Result, Text, Tip
from .content import SOURCE_LOCALE, Content, Facts, KbError, Source, did_you_mean, digest, place

Verb = Literal["visit", "click", "fill", "choose", "tick", "see", "mail", "shot", "ui", "title", "article"]

VERBS: tuple[Verb, ...] = get_args(Verb)

Editions = Mapping[str | None, Edition]
"""By platform; the only key is ``None`` where the configuration has none."""

SENTENCES = (Message, Result, Paragraph, Tip)
"""Elements that say a whole sentence, set in quotation marks; all others are names, set in bold."""

QUOTES = {"es": ("«", "»"), "it": ("«", "»"), "pt": ("«", "»"), "de": ("„", "“")}

_STEP = re.compile("\ue000(\\d+)\ue001")
_SHOT = re.compile("\ue002(\\d+)\ue003")
_ITEM = re.compile(r"^\d+[.)]\s")
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
    marks: tuple[str, ...]
    alt: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was taken."""

    file: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language under one configuration."""

    id: str
    locale: str
    source: Source
    facts: Facts
    title: str
    body: str
    """Markdown; the places of pictures are still marked, see ``markdown``."""
    steps: tuple[Step, ...]
    shots: tuple[Shot, ...]

    def markdown(self, pictures: Mapping[int, Picture], folder: str = "") -> str:
        """Plain Markdown, with the pictures there are by the number of their shot."""

        def picture(place_: re.Match[str]) -> str:
            number = int(place_[2])
            if number not in pictures:
                return ""
            alt = escape(self.shots[number - 1].alt)
            return f"\n{place_[1]}![{alt}]({folder}{pictures[number].file})\n"

        return re.sub("\n( *)\ue002(\\d+)\ue003\n", picture, self.body)


def applies(id_: str, *, content: Content, edition: Edition) -> bool:
    """Whether the configuration has what the article is about. Raises ``KbError`` for a condition that has no sense."""
    source = content.english(id_)
    condition = source.facts.when
    if not condition:
        return True
    settings = {name: _setting(getattr(edition.config, name), name) for name in type(edition.config).model_fields}
    try:
        return bool(_environment().compile_expression(condition, undefined_to_none=False)(**settings))
    except (KbError, TemplateError) as error:
        reason = error.what if isinstance(error, KbError) else str(error.message)
        raise KbError(f"when: {reason}", file=source.file, line=source.facts.lines["when"]) from None


def help_links(edition: Edition, content: Content) -> Mapping[str, str]:
    """The article each screen links to, by the screen's name.

    Of several that claim a screen, one written for a configuration like this (``when``) goes before one for all.
    """
    links: dict[str, str] = {}
    for id_ in sorted(content.ids, key=lambda id_: not content.english(id_).facts.when):
        if applies(id_, content=content, edition=edition):
            source = content.english(id_)
            for screen in _known_screens(source, edition):
                links.setdefault(screen, id_)
    return links


def journey(id_: str, *, content: Content, editions: Editions, platform: str | None) -> tuple[Step, ...]:
    """The steps to run on one platform, in the order of the English article."""
    article = read(id_, SOURCE_LOCALE, content=content, editions=editions)
    return tuple(step for step in article.steps if step.platform in (None, platform))


def render(id_: str, *, content: Content, editions: Editions, locale: str) -> Article:
    """The article in a language. Raises ``KbError`` for anything to mend in it.

    The steps of another language must be those of the English article, item by item.
    """
    article = read(id_, locale, content=content, editions=editions)
    if article.source.locale == SOURCE_LOCALE:
        return article
    same_steps(read(id_, SOURCE_LOCALE, content=content, editions=editions), article)
    return article


def read(id_: str, locale: str, *, content: Content, editions: Editions) -> Article:
    """One file, rendered by itself."""
    source, facts = content.source(id_, locale), content.english(id_).facts
    writing = _Writing(source, locale, editions, content)
    text = writing.text()
    steps, text = _placed(writing.steps, text)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    if title is None:
        what = 'has no heading. Begin the text with # {{ title("…") }} or words of your own'
        raise KbError(what, file=source.file)
    shots = tuple(_shots(steps, editions, locale))
    return Article(source.id, locale, source, facts, _plain(title[1]), text.strip() + "\n", steps, shots)


def same_steps(english: Article, other: Article) -> None:
    """Nothing if both name the same steps in the same numbered items. Raises ``KbError`` naming both places."""
    for item in sorted({step.item for step in (*english.steps, *other.steps)}):
        wanted = [step for step in english.steps if step.item == item]
        got = [step for step in other.steps if step.item == item]
        lacks = list((Counter(s.what for s in wanted) - Counter(s.what for s in got)).elements())
        adds = list((Counter(s.what for s in got) - Counter(s.what for s in wanted)).elements())
        if lacks or adds:
            raise _differs(item, (english, wanted, lacks), (other, got, adds))


def stale(id_: str, content: Content) -> Iterator[KbError]:
    """Each translation made from another English text than today's."""
    english = content.english(id_)
    for source in content.translations(id_):
        if source.facts.translates != digest(english):
            said = source.facts.translates or "nothing"
            yield KbError(
                f"translates {said}, but {place(english.file)} is {digest(english)} now. Read what changed there, "
                f"bring this text up to date, and write translates: {digest(english)}",
                file=source.file,
                line=source.facts.lines.get("translates", 2),
            )


def escape(text: str) -> str:
    """The text as Markdown shows it, letter by letter."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    return re.sub(r"([\\`*_\[\]{}])", r"\\\1", text)


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

    def __init__(self, source: Source, locale: str, editions: Editions, content: Content) -> None:
        self.source = source
        self.content = content
        self.locale = locale
        self.editions = editions
        self.edition = next(iter(editions.values()))
        self.platform: str | None = None
        self.steps: list[Step] = []

    def text(self) -> str:
        environment = _environment()
        environment.globals.update({verb: getattr(self, verb) for verb in VERBS})
        environment.globals.update(config=_Settings(self), platforms=_Platforms(self), articles=_Articles(self))
        name = str(self.source.file)
        try:
            tree = environment.parse(self.source.body)
            self._refuse_typed_labels(tree)
            _tell_lines(tree)
            code = environment.compile(tree, name, name)
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
            self._element(element, Action, Link)
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
        if id_ not in self.content.ids:
            raise KbError(f"{id_!r} is not an article. {did_you_mean(id_, self.content.ids)}")
        if id_ not in _Articles(self):
            around = f'{{% if "{id_}" in articles %}} and {{% endif %}}'
            raise KbError(f"{id_!r} has no page under this configuration. Put what is said of it between {around}")
        return self._step(Step("article", id_, line=line), self._quoted(f"[{self._heading(id_)}]({id_}.md)"))

    def shot(self, *, line: int = 0) -> Ready:
        return self._step(Step("shot", line=line), "")

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
        return _STEP.sub("", _Writing(replace(source, body=heading), self.locale, self.editions, self.content).text())

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

    def _refuse_typed_labels(self, tree: nodes.Template) -> None:
        labels: dict[str, str] = {}
        for edition in self.editions.values():
            for text, sentence in edition.sentences(self.locale).items():
                labels.setdefault(_folded(sentence), text)
        for data in tree.find_all(nodes.TemplateData):
            for found in _BOLD.finditer(data.data):
                typed = next(group for group in found.groups() if group)
                if (element := labels.get(_folded(typed))) is not None:
                    line = data.lineno + data.data.count("\n", 0, found.start())
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
        content = self._writing.content
        return id_ in content.ids and applies(str(id_), content=content, edition=self._writing.edition)


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
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, finalize=_finished
    )
    environment.globals.clear()
    return environment


def _finished(value: object) -> object:
    """Whatever a slot prints that is no verb's: shown letter by letter."""
    return escape(value) if isinstance(value, str) and not isinstance(value, Ready) else value


def _tell_lines(tree: nodes.Template) -> None:
    """Each verb is told on which line it stands."""
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in VERBS:
            call.kwargs.append(nodes.Keyword("line", nodes.Const(call.lineno)))


def _placed(steps: list[Step], text: str) -> tuple[tuple[Step, ...], str]:
    """The steps with their items, in the order written, and the text with its pictures at the ends of their items."""
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
        lines.append(
            re.sub(r"(?<=\S)  +", " ", _ITEM.sub(f"{number}. ", _STEP.sub("", line), count=bool(starts))).rstrip()
        )
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
        marks = tuple(
            dict.fromkeys(
                other.element for other in shown if other.verb != "visit" and _screen(other, edition) == screen
            )
        )
        yield Shot(number, step.platform, screen, marks, _alt(screen, marks, edition, locale))


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
    if screen not in edition.declared.screens:
        return ""
    names = [element for element in marks if not isinstance(edition.declared.texts[element], SENTENCES)]
    words = [SLOT.sub("…", sentences[element]) for element in names or marks]
    title = sentences[edition.declared.screens[screen].title.id]
    return f"{title}: {', '.join(words)}" if words else title


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


def _known_screens(source: Source, edition: Edition) -> Iterator[str]:
    for screen in source.facts.screens:
        if screen in edition.declared.screens:
            yield screen


def _folded(text: str) -> str:
    return " ".join(text.split()).strip(" .,:;").casefold()


def _plain(markdown: str) -> str:
    """A heading's words: escapes and marks taken away."""
    text = re.sub(r"\\(.)", r"\1", markdown.replace("**", ""))
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&#124;", "|").replace("&amp;", "&")
