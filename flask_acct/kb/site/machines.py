"""What programs read of a help page: its Markdown beside the HTML, an ``llms.txt``, its steps and answers as data of
schema.org, and what a link to it shows in a chat (OpenGraph)."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from mkdocs.structure.pages import Page

from ...declare.labels import elided, language_name, language_tag
from ..articles.article import Article
from ..articles.knowledge_base import KnowledgeBase
from ..articles.markdown import escape, plain
from ..articles.rendering import answers
from . import lists, tree
from .layout import Copy, default_tag, root_url

CARD = "assets/acct/card.png"
"""The picture for links to a page without one."""

CARD_SIZE = (1200, 630)
"""The size that chats and networks show without cutting."""

SHOWN_BY_OTHERS = (".webp", ".png", ".jpg", ".jpeg", ".gif")
"""Kinds of pictures that chats and networks show."""

LLMS = "llms.txt"

BLOCKS = frozenset({"p", "li", "ul", "ol", "br", "td", "th", "tr", "div", "blockquote", "pre", "details", "dd", "dt"})
EMPTY = frozenset({"img", "br", "hr", "input", "wbr", "col", "source"})


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """How a link to a page is shown elsewhere, and the data in its head."""

    markdown: str
    """The file of its Markdown, relative to the start of its language."""
    title: str
    description: str
    site: str
    locale: str
    """The language of the text, ``es_AR``."""
    url: str = ""
    """Empty if the page has no address."""
    image: str = ""
    alt: str = ""
    data: tuple[str, ...] = ()
    """Each a JSON text that is safe in a script element."""


@dataclass
class HowToStep:
    """A numbered item, as shown on the page."""

    text: str = ""
    image: str = ""


@dataclass
class PageSection:
    """A heading and what follows it, up to the next one."""

    level: int
    id: str
    heading: str = ""
    text: str = ""
    steps: list[HowToStep] = field(default_factory=list)


def link(centre: KnowledgeBase, locale: str, page: Page, copy: Copy) -> PageMetadata:
    """Return the metadata for the head of a page."""
    name, site = page.file.src_uri, centre.platform.config.site.name
    url = "" if copy.offline else page.canonical_url or ""
    id_ = name.removesuffix(".md")
    if id_ not in centre.ids_in(locale):
        title = getattr(page.title, "plain", None) or str(page.title or site)
        words = centre.say("help.site.intro", locale)
        return PageMetadata(name, title, words, site, locale, url, _of_site(url, centre, locale))
    article = centre.article(id_, locale)
    parts = read(page.content or "")
    shown = next(((src, alt) for src, alt in parts.pictures if src.lower().endswith(SHOWN_BY_OTHERS)), None)
    image = urljoin(url, shown[0]) if url and shown else _of_site(url, centre, locale)
    return PageMetadata(
        name,
        article.title,
        tree.description(article),
        site,
        article.source.locale,
        url,
        image,
        shown[1] if shown else "",
        tuple(map(embedded, data(centre, article, parts, url))),
    )


def data(centre: KnowledgeBase, article: Article, read_: Parts, url: str) -> Iterator[dict[str, Any]]:
    """Return the article in terms of schema.org: ``HowTo`` if it has steps, ``FAQPage`` if it answers questions."""
    common = {
        "@context": "https://schema.org",
        "inLanguage": language_tag(article.source.locale),
        "description": tree.description(article),
        **({"url": url} if url else {}),
    }
    if steps := _steps(read_.parts, url):
        pictures = [src for src, _ in read_.pictures]
        yield {
            **common,
            "@type": "HowTo",
            "name": article.title,
            "totalTime": f"PT{article.facts.minutes}M",
            **({"image": urljoin(url, pictures[0])} if url and pictures else {}),
            **({"tool": tools} if (tools := _tools(centre, article)) else {}),
            "step": steps,
        }
    if questions := _questions(centre, article, read_.parts):
        yield {**common, "@type": "FAQPage", "name": article.title, "mainEntity": questions}


def embedded(value: dict[str, Any]) -> str:
    """Return JSON that is safe between ``<script>`` and ``</script>``, whatever its words are."""
    text = json.dumps(value, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def write(centre: KnowledgeBase, locale: str, folder: Path, copy: Copy) -> None:
    """The folder of a language has each page as Markdown, and the list of them for programs."""
    articles = [centre.article(id_, locale) for id_ in centre.ids_in(locale)]
    texts = {name: plain(text) for name, text in lists.pages(centre, locale).items()}
    texts |= {f"{article.id}.md": tree.page(centre, article) for article in articles}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    base = "" if copy.offline else f"{root_url(centre)}{language_tag(locale)}/"
    (folder / LLMS).write_text(llms(centre, locale, base), "utf-8")


def llms(centre: KnowledgeBase, locale: str, base: str) -> str:
    """Return the list of a language's articles for programs, see https://llmstxt.org."""
    title = f"{centre.platform.config.site.name} · {centre.say('help.site.title', locale)}"
    lines = [f"# {escape(title)}", "", f"> {escape(centre.say('help.site.intro', locale))}"]
    for category, articles in lists.by_category(centre, locale):
        lines += ["", f"## {escape(category or centre.say('help.site.all_pages', locale))}", ""]
        for article in articles:
            about = tree.description(article)
            lines.append(
                f"- [{escape(article.title)}]({base}{article.id}.md)" + (f": {escape(about)}" if about else "")
            )
    if lists.glossary(centre, locale):
        words = centre.say("help.site.glossary", locale)
        lines += ["", f"## {escape(words)}", "", f"- [{escape(words)}]({base}{lists.GLOSSARY})"]
    return "\n".join(lines) + "\n"


def write_root(centre: KnowledgeBase, out: Path, copy: Copy) -> None:
    """The folder of all languages says where each has its list."""
    first = default_tag(centre, copy)
    locales = sorted(copy.languages_of(centre), key=lambda locale: language_tag(locale) != first)
    base = "" if copy.offline else root_url(centre)
    lines = [f"# {escape(centre.platform.config.site.name)}", ""]
    lines += [f"> {escape(centre.say('help.site.intro', locales[0]))}", ""]
    lines += [f"- [{language_name(locale)}]({base}{language_tag(locale)}/{LLMS})" for locale in locales]
    (out / LLMS).write_text("\n".join(lines) + "\n", "utf-8")


def card(accent: str) -> bytes:
    """Return a PNG for links to pages without a picture: a sheet with numbered lines on the brand's colour."""
    width, height = CARD_SIZE
    rows = [bytes(width)] * height
    # Left, top, right, bottom, and the index of the colour: the sheet, its heading, then three numbered lines.
    shapes = [(330, 75, 870, 555, 1), (390, 135, 690, 165, 0)]
    for top in (240, 330, 420):
        shapes += [(390, top, 435, top + 45, 0), (465, top + 12, 810, top + 33, 2)]
    for left, top, right, bottom, colour in shapes:
        for y in range(top, bottom):
            rows[y] = rows[y][:left] + bytes([colour]) * (right - left) + rows[y][right:]
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    palette = bytes.fromhex(accent.lstrip("#")) + b"\xff\xff\xff" + b"\xc9\xce\xd6"
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def read(content: str) -> Parts:
    """Return the headings, steps and pictures of a page's text."""
    reader = Parts()
    reader.feed(content)
    reader.close()
    return reader


class Parts(HTMLParser):
    """``parts`` in the order of the page, the first without a heading; ``pictures`` as address and alt text."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [PageSection(1, "")]
        self.pictures: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._passed_by = 0
        self._lists: list[str] = []
        self._step: HowToStep | None = None
        self._heads = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "img":
            self._show(attributes)
        if tag in EMPTY:
            self._say("\n" if tag in BLOCKS else "")
            return
        # The meaning of a term stands beside the step, and a heading's own link is not part of its words.
        if self._passed_by or {"acct-term", "headerlink"} & set(attributes.get("class", "").split()):
            self._passed_by += 1
        elif tag in BLOCKS:
            self._say("\n")
        self._begin(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag in EMPTY:
            return
        if self._passed_by:
            self._passed_by -= 1
            return
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        if tag == "li" and len(self._lists) == 1:
            self._step = None
        if tag[:1] == "h" and tag[1:].isdigit():
            self._heads = False

    def handle_data(self, data: str) -> None:
        if not self._passed_by:
            self._say(data)

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if self._passed_by:
            return
        if tag in ("ol", "ul"):
            self._lists.append(tag)
        elif tag == "li" and self._lists == ["ol"]:
            self._step = HowToStep()
            self.parts[-1].steps.append(self._step)
        elif tag[:1] == "h" and tag[1:].isdigit():
            self._heads = True
            if tag != "h1":
                self.parts.append(PageSection(int(tag[1:]), attributes.get("id", "")))

    def _show(self, attributes: dict[str, str]) -> None:
        src, _, shade = attributes.get("src", "").partition("#")
        if self._passed_by or shade == "only-dark" or not src:
            return
        self.pictures.append((src, attributes.get("alt", "")))
        if self._step is not None:
            self._step.image = self._step.image or src

    def _say(self, words: str) -> None:
        part = self.parts[-1]
        if self._heads:
            part.heading += words
            return
        part.text += words
        if self._step is not None:
            self._step.text += words


def _steps(parts: list[PageSection], url: str) -> list[dict[str, Any]]:
    """Return ``HowToStep``s, each in a ``HowToSection`` if several headings have some."""
    with_steps = [(part, steps) for part in parts if (steps := [step for step in part.steps if step.text.strip()])]
    sections = []
    for part, steps in with_steps:
        address = f"{url}#{part.id}" if part.id else url
        listed = [
            {
                "@type": "HowToStep",
                "position": number,
                "text": _one_line(step.text),
                **({"url": address} if url else {}),
                **({"image": urljoin(url, step.image)} if url and step.image else {}),
            }
            for number, step in enumerate(steps, start=1)
        ]
        sections.append((_one_line(part.heading), listed))
    if len(sections) < 2 or not all(heading for heading, _ in sections):
        listed = [step for _, steps in sections for step in steps]
        return [{**step, "position": number} for number, step in enumerate(listed, start=1)]
    return [
        {"@type": "HowToSection", "name": heading, "position": number, "itemListElement": steps}
        for number, (heading, steps) in enumerate(sections, start=1)
    ]


def _questions(centre: KnowledgeBase, article: Article, parts: list[PageSection]) -> list[dict[str, Any]]:
    """Return what the article answers: headings that are questions, and messages with what to do about them."""
    questions = {
        _one_line(part.heading): _under(part, parts) for part in parts if part.heading.rstrip().endswith(("?", "？"))
    }
    sentences = centre.platform.sentences(article.locale)
    for message, anchor in answers(centre.content.first(article.id)):
        part = next((part for part in parts if anchor and part.id == anchor), None)
        if part is not None and message in sentences:
            sentence = _one_line(elided(sentences[message]))
            questions.setdefault(sentence, _about(sentence, part) or _under(part, parts))
    return [
        {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}}
        for question, answer in questions.items()
        if answer
    ]


def _about(sentence: str, part: PageSection) -> str:
    """Return the paragraph or item that names a message and goes on about it; empty if there is none."""
    lines = (_one_line(line) for line in part.text.split("\n"))
    return next((line for line in lines if sentence in line and len(line) > len(sentence) + 20), "")


def _under(part: PageSection, parts: list[PageSection]) -> str:
    """Return what stands below a heading, the headings below it included."""
    begin = parts.index(part)
    after = range(begin + 1, len(parts))
    end = next((number for number in after if parts[number].level <= part.level), len(parts))
    below = [f"{one.heading} {one.text}" for one in parts[begin + 1 : end]]
    return _one_line(" ".join((part.text, *below)))


def _tools(centre: KnowledgeBase, article: Article) -> list[dict[str, str]]:
    names = [centre.say(f"help.tools.{tool}", article.locale) for tool in article.facts.tools]
    return [{"@type": "HowToTool", "name": name} for name in names]


def _of_site(url: str, centre: KnowledgeBase, locale: str) -> str:
    return f"{root_url(centre)}{language_tag(locale)}/{CARD}" if url else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
