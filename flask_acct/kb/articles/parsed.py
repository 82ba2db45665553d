"""How an article's Markdown is understood, according to the parser that makes the page.

Nothing here guesses from lines what is a list, a link or code. The text gets marks, each a number between two
characters for private use: at the beginning of blocks and items, and at the address of each link. Python-Markdown
parses it, and the places of the marks in its tree are those on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE, HtmlStash

from .markdown import EXTENSION_CONFIGS, EXTENSIONS, MARKS

PLACE = re.compile("\ue010(\\d+)\ue011")

PREFIX = re.compile(r"(?:[ ]{0,3}>[ ]?)*[ ]*")
ITEM = re.compile(r"(?:(\d{1,3})[.)]|[-*+])[ ]+(?=\S)")
HEADING = re.compile(r"#{1,6}")
WHITE = re.compile(r"[ \t\n\r\f\v]+")
"""White space that may be any other: a no-break space stays, as French has it before a question mark."""
RULE = re.compile(r"(?:[-*_][ ]*){3,}$")
ADDRESS = re.compile(r"\]\([ ]*<?(?=\S)|^[ >]*\[[^\]^][^\]]*\]:[ ]*<?(?=\S)")
"""Where the address of a link or picture begins, also in a line ``[name]: address``."""

STASHED = re.compile("\x02wzxhzdk:(\\d+)\x03")
ESCAPED = re.compile("\x02(\\d+)\x03")
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
OPTIONAL = frozenset({"dd", "dt", "li", "option", "p", "tbody", "td", "tfoot", "th", "thead", "tr"})
"""Elements whose end tag is optional."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the page."""

    line: int
    """Of the parsed text, from 0: the line itself, or the first of its block."""
    item: int = 0
    """The numbered item around it, the outermost if they are nested; counted from 1 through the page, 0 for none."""
    block: int = 0
    """The index of the page's child that it is in."""
    in_code: bool = False
    in_html: bool = False


@dataclass(frozen=True, slots=True)
class MarkdownLink:
    """A link, or a picture, which has an alternative text."""

    address: str
    words: str
    spot: Spot
    is_picture: bool = False
    place: tuple[int, int] | None = None
    """Its line, and which address on that line it is; ``None`` for one in another syntax, such as ``<https://…>``."""


@dataclass(frozen=True, slots=True)
class MarkdownHeading:
    level: int
    words: str
    id: str
    line: int
    is_own: bool
    """Whether the author gave it its id."""
    is_top: bool
    """Whether it is inside nothing else."""


@dataclass(frozen=True, slots=True)
class Tag:
    """An element with its attributes: written as HTML, or made by Markdown with attributes of the author's."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    line: int
    is_html: bool


@dataclass(slots=True)
class ParsedPage:
    """A page as its parser sees it."""

    lines: list[str]
    steps: dict[int, Spot] = field(default_factory=dict)
    boxes: dict[int, Spot] = field(default_factory=dict)
    places: dict[int, Spot] = field(default_factory=dict)
    """By the line where a block or an item begins."""
    starts: dict[int, int] = field(default_factory=dict)
    """The first lines of numbered items, with their numbers on the page."""
    bullets: set[int] = field(default_factory=set)
    """The first lines of other items."""
    unlisted: dict[int, Spot] = field(default_factory=dict)
    """Lines that are written as an item; only those in ``starts`` and ``bullets`` are one."""
    links: list[MarkdownLink] = field(default_factory=list)
    headings: list[MarkdownHeading] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    loose: list[tuple[str, int]] = field(default_factory=list)
    """Marks of Markdown that the page shows as they are, with the line: a reference without an address."""
    summary: str = ""
    """The words of its first paragraph."""
    codes: set[int] = field(default_factory=set)
    """Which of the numbered places passed in are in code."""


class Stash(HtmlStash):  # type: ignore[misc]
    """Remembers which of the HTML that Python-Markdown sets aside was written by an author."""

    def __init__(self) -> None:
        super().__init__()
        self.is_authors = False
        self.authors: set[int] = set()

    def store(self, html: Any) -> str:
        if self.is_authors:
            self.authors.add(self.html_counter)
        return str(super().store(html))

    def reset(self) -> None:
        super().reset()
        self.authors = set()


class _Announced(Preprocessor):  # type: ignore[misc]
    """A processor during which the stash knows that HTML is an author's."""

    def __init__(self, inner: Any, stash: Stash) -> None:
        super().__init__(inner.md)
        self._inner, self._stash = inner, stash

    def run(self, lines: list[str]) -> list[str]:
        self._stash.is_authors = True
        try:
            return list(self._inner.run(lines))
        finally:
            self._stash.is_authors = False


class _OwnIds(Treeprocessor):  # type: ignore[misc]
    """Remembers the headings with ids before those without get theirs."""

    found: set[int]

    def run(self, root: Element) -> None:
        self.found = {id(one) for one in root.iter() if re.fullmatch("h[1-6]", one.tag) and one.get("id")}


class _Reader(Treeprocessor):  # type: ignore[misc]
    """Reads a page from the tree."""

    page: ParsedPage
    numbers: dict[int, tuple[int, int, bool]]

    def __init__(self, md: Markdown, own: _OwnIds, stash: Stash) -> None:
        super().__init__(md)
        self._own, self._stash = own, stash

    def run(self, root: Element) -> None:
        self._line = self._count = 0
        self._root = root
        self._inline = _Html(self._tag)
        for number, child in enumerate(root):
            self._element(child, Spot(0, block=number), root)
            self._text(child.tail, Spot(0, block=number))
        self._unbalanced(self._inline)

    def _element(self, element: Element, around: Spot, parent: Element) -> None:
        here = around
        if element.tag == "li" and parent.tag == "ol" and not around.item:
            self._count += 1
            here = replace(around, item=self._count)
        if element.tag in ("code", "pre"):
            here = replace(here, in_code=True)
        self._begin(element, parent)
        self._text(element.text, here)
        self._fact(element, here, is_top=parent is self._root)
        for child in element:
            self._element(child, here, element)
            self._text(child.tail, here)

    def _begin(self, element: Element, parent: Element) -> None:
        """An item begins with the mark of its line."""
        if element.tag != "li":
            return
        first = element[0].text if len(element) and not (element.text or "").strip() else element.text
        found = PLACE.match((first or "").lstrip())
        if found is None or int(found[1]) not in self.numbers:
            return
        line, _, is_item = self.numbers[int(found[1])]
        if not is_item:
            return
        if parent.tag == "ol":
            self.page.starts[line] = int(parent.get("start", "1")) + list(parent).index(element)
        else:
            self.page.bullets.add(line)

    def _text(self, text: str | None, here: Spot) -> None:
        for part in re.split("(\x02wzxhzdk:\\d+\x03)", text or ""):
            if stashed := STASHED.fullmatch(part):
                self._stashed(int(stashed[1]), here)
            else:
                self._marks(part, here)
                if not here.in_code:
                    self._loose(part)

    def _stashed(self, number: int, here: Spot) -> None:
        html = self._stash.rawHtmlBlocks[number]
        text = html if isinstance(html, str) else "".join(html.itertext())
        is_authors = number in self._stash.authors or (text.startswith("<") and text.count("<") == 1)
        if not is_authors:
            is_code = not re.fullmatch(r"&#?\w+;", text)
            self._marks(text, replace(here, in_code=is_code))
            return
        is_block = number in self._stash.authors
        # Within a line, each tag is set aside by itself.
        reader = _Html(self._tag) if is_block else self._inline
        reader.line = self._line + 1 - reader.getpos()[0]
        for part in re.split("(\ue010\\d+\ue011)", text):
            self._marks(part, replace(here, in_html=True))
            if found := PLACE.fullmatch(part):
                # The mark of a block stands two lines before it, that of an item in its line.
                is_item = self.numbers.get(int(found[1]), (0, 0, True))[2]
                reader.line = self._line + 1 - reader.getpos()[0] - (0 if is_item else 2)
            else:
                reader.feed(part)
        if is_block:
            self._unbalanced(reader)

    def _unbalanced(self, reader: _Html) -> None:
        """Tags that an author opened and did not close, or closed without opening, are recorded."""
        reader.close()
        faults = [(f"<{tag}> is not closed. Write </{tag}> where it ends", at) for tag, at in reader.open]
        faults += [(f"has {tag}, which ends nothing that was begun. Delete it", at) for tag, at in reader.stray]
        self.page.loose += faults

    def _near(self, words: str) -> int:
        """Return the line of the paragraph with these words."""
        for line in range(self._line, len(self.page.lines)):
            if words.lower() in self.page.lines[line].lower():
                return line
            if not self.page.lines[line].strip(" >"):
                break
        return self._line

    def _tag(self, tag: Tag) -> None:
        if tag.line == self._line:
            tag = replace(tag, line=self._near(f"<{tag.name}"))
        self.page.tags.append(tag)
        self.page.ids |= {value for name, value in tag.attributes if name in ("id", "name") and value}

    def _marks(self, text: str, here: Spot) -> None:
        page = self.page
        for found in re.finditer("([\ue000\ue004\ue010])(\\d+)[\ue001\ue005\ue011]", text):
            number = int(found[2])
            if found[1] != "\ue010":
                known = page.steps if found[1] == "\ue000" else page.boxes
                known.setdefault(number, replace(here, line=self._line))
            elif number not in self.numbers:
                page.codes |= {number} if here.in_code else set()
            elif self.numbers[number][1] < 0:
                self._line, _, is_item = self.numbers[number]
                spot = replace(here, line=self._line)
                page.places.setdefault(self._line, spot)
                if is_item:
                    page.unlisted.setdefault(self._line, spot)

    def _loose(self, text: str) -> None:
        """Marks that Markdown would have understood if they were complete are recorded."""
        for found in re.finditer(r"\[\^([^\]\s]+)\]", text):
            what = f"has no footnote [^{found[1]}]. Write what it says on a line [^{found[1]}]: … of its own"
            self.page.loose.append((what, self._near(found[0])))
        for found in re.finditer(r"(?:\]\[|\[(?=[^\]]*\]\[\]))([^\]\n^]+)\]", text):
            fix = f"Write it on a line [{found[1]}]: sign-in.md, or write [words](sign-in.md)"
            what = f"has no address for [{found[1]}]. {fix}"
            self.page.loose.append((what, self._near(found[0])))
        for found in re.finditer(r"\[\[([^\[\]\n]+)\]\]|\[[^\[\]\n]*\]\(", text):
            fix = (
                "Write [words](sign-in.md), all of it in one line"
                if found[1] is None
                else f"Write [{found[1]}](sign-in.md)"
            )
            self.page.loose.append((f"has {found[0]}, which is no link on the page. {fix}", self._near(found[0])))
        if "{#" in text:
            what = "has {# where no heading ends. An id stands once, at the end of a heading, after a blank: "
            what += "## If it does not work {#not-working}. A comment is written {## so ##}"
            self.page.loose.append((what, self._near("{#")))

    def _fact(self, element: Element, here: Spot, *, is_top: bool) -> None:
        page = self.page
        for value in element.attrib.values():
            self._marks(value or "", here)
        if id_ := element.get("id"):
            page.ids.add(id_)
        if re.fullmatch("h[1-6]", element.tag):
            own = id(element) in self._own.found
            level, words = int(element.tag[1]), self._words(element)
            page.headings.append(MarkdownHeading(level, words, element.get("id", ""), self._line, own, is_top))
        if element.tag == "p" and is_top and not page.summary:
            page.summary = self._words(element)
        if element.tag in ("a", "img"):
            page.links.append(self._link(element, here))
        if element.attrib:
            attributes = tuple((name, PLACE.sub("", _shown(value or ""))) for name, value in element.attrib.items())
            page.tags.append(Tag(element.tag, attributes, self._line, is_html=False))

    def _link(self, element: Element, here: Spot) -> MarkdownLink:
        is_picture = element.tag == "img"
        address = element.get("src" if is_picture else "href") or ""
        found = PLACE.search(address)
        place = self.numbers[int(found[1])][:2] if found and int(found[1]) in self.numbers else None
        words = MARKS.sub("", _shown(element.get("alt", ""))) if is_picture else self._words(element)
        line = place[0] if place else self._line
        spot = replace(here, line=line)
        return MarkdownLink(_shown(PLACE.sub("", address)), words, spot, is_picture, place)

    def _words(self, element: Element) -> str:
        """Return what a reader sees of it, without its marks."""

        def resolved(text: str) -> str:
            text = _shown(text)
            return STASHED.sub(lambda found: self._entity(int(found[1])), text)

        return WHITE.sub(" ", MARKS.sub("", "".join(map(resolved, element.itertext())))).strip()

    def _entity(self, number: int) -> str:
        html = self._stash.rawHtmlBlocks[number]
        return unescape(html) if isinstance(html, str) and not html.startswith("<") else ""


class _Html(HTMLParser):
    """The tags in HTML that an author wrote."""

    def __init__(self, found: Any) -> None:
        super().__init__(convert_charrefs=True)
        self.line = 0
        self.open: list[tuple[str, int]] = []
        self.stray: list[tuple[str, int]] = []
        self._found = found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self._at()
        self._found(Tag(tag, tuple((name, MARKS.sub("", value or "")) for name, value in attrs), line, is_html=True))
        if tag not in VOID | OPTIONAL:
            self.open.append((tag, line))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        for number in range(len(self.open) - 1, -1, -1):
            if self.open[number][0] == tag:
                del self.open[number]
                return
        if tag not in VOID | OPTIONAL:
            self.stray.append((f"</{tag}>", self._at()))

    def handle_comment(self, data: str) -> None:
        # Browsers end such a comment at once, and take what follows for HTML.
        if data.startswith((">", "->")):
            self.stray.append(("<!-->", self._at()))

    def _at(self) -> int:
        return self.line + self.getpos()[0] - 1


class _Reading(Extension):  # type: ignore[misc]
    """Puts the reader after everything that changes the tree, and before escapes become characters again."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        stash = Stash()
        md.htmlStash = stash
        md.preprocessors.register(_Announced(md.preprocessors["html_block"], stash), "html_block", 20)
        own = _OwnIds(md)
        md.treeprocessors.register(own, "acct-own-ids", 6)
        self.reader = _Reader(md, own, stash)
        md.treeprocessors.register(self.reader, "acct-reader", 1)


def markdown(*more: Extension) -> Markdown:
    """Return a parser like the site's, with further extensions."""
    return Markdown(
        extensions=[*EXTENSIONS, *more],
        extension_configs={key: dict(known) for key, known in EXTENSION_CONFIGS.items()},
    )


_parsers: list[tuple[Markdown, _Reader]] = []


def parse(text: str) -> ParsedPage:
    """Return the page of a text, with the numbers of steps in the text found on it again."""
    marked, numbers, lines = _marked(text)
    return _read(marked, numbers, lines)


def in_code(text: str, places: Sequence[int]) -> frozenset[int]:
    """Return which places of a text are in code: fenced, indented, between backticks or in ``<pre>``."""
    for place in sorted(set(places), reverse=True):
        text = f"{text[:place]}\ue010{place}\ue011{text[place:]}"
    return frozenset(_read(text, {}, text.split("\n")).codes)


def _read(text: str, numbers: dict[int, tuple[int, int, bool]], lines: list[str]) -> ParsedPage:
    if not _parsers:
        reading = _Reading()
        _parsers.append((markdown(reading), reading.reader))
    parser, reader = _parsers[0]
    parser.reset()
    reader.page, reader.numbers = ParsedPage(lines), numbers
    # As ``Markdown.convert``, without its last step, which writes the tree as HTML.
    source = text.split("\n")
    for before in parser.preprocessors:
        source = before.run(source)
    root = parser.parser.parseDocument(source).getroot()
    for change in parser.treeprocessors:
        changed = change.run(root)
        root = root if changed is None else changed
    return reader.page


def _marked(text: str) -> tuple[str, dict[int, tuple[int, int, bool]], list[str]]:
    """Return the text with marks; for each its line, which address there (-1: none), and whether an item begins."""
    lines = text.expandtabs(4).split("\n")
    numbers: dict[int, tuple[int, int, bool]] = {}
    marked: list[str] = []

    def mark(line: int, address: int = -1, *, is_item: bool = False) -> str:
        numbers[len(numbers)] = line, address, is_item
        return f"\ue010{len(numbers) - 1}\ue011"

    is_after_blank = True
    for number, line in enumerate(lines):
        prefix = PREFIX.match(line)[0]  # type: ignore[index]
        rest = line[len(prefix) :]
        item = ITEM.match(rest) if not RULE.match(rest) else None
        if rest and not item and (is_after_blank or HEADING.match(rest)):
            blank = prefix.rstrip(" ")
            marked += [blank] if not is_after_blank else []
            marked += [f"{prefix}{mark(number)}", blank]
        begin = f"{prefix}{item[0]}{mark(number, is_item=True)}" if item else prefix
        marked.append(begin + _with_addresses(rest[item.end() if item else 0 :], prefix, number, mark))
        is_after_blank = not rest
    return "\n".join(marked), numbers, lines


def _with_addresses(rest: str, prefix: str, number: int, mark: Any) -> str:
    parts: list[str] = []
    end = 0
    for count, found in enumerate(_addresses(prefix + rest)):
        at = found - len(prefix)
        parts += [rest[end:at], mark(number, count)]
        end = at
    return "".join([*parts, rest[end:]])


def _addresses(line: str) -> Iterator[int]:
    return (found.end() for found in ADDRESS.finditer(line))


def replaced(line: str, addresses: dict[int, str]) -> str:
    """Return a line with other addresses, each by its index on the line, in angle brackets if they contain a space."""
    for count, at in reversed(list(enumerate(_addresses(line)))):
        if count in addresses:
            line = line[:at] + addresses[count] + line[at + _length(line, at) :]
    return line


def _length(line: str, at: int) -> int:
    """Return the length of the address that begins there."""
    if line[at - 1] == "<":
        return max(line.find(">", at), at) - at
    depth = 0
    for end in range(at, len(line)):
        depth += (line[end] == "(") - (line[end] == ")")
        if depth < 0 or re.match(r"[ \t]+(?:[\"'].*[\"'][ \t]*\)|\(?$)|[ \t]+[\"'][^\"']*[\"'][ \t]*$", line[end:]):
            return end - at
    return len(line) - at


def _shown(text: str) -> str:
    """Return text of the tree as a reader sees it: its escapes and entities as characters."""
    text = ESCAPED.sub(lambda found: chr(int(found[1])), text)
    return unescape(text.replace(AMP_SUBSTITUTE, "&"))
