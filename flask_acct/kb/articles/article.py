"""A rendered article: its text, the steps a reader takes, and its pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from ...declare.labels import SLOT
from ...platform import Platform
from .alts import Alt
from .content import ArticleHead, Source
from .markdown import VIDEO, escape, with_ids

if TYPE_CHECKING:
    from .images import Image

Verb = Literal["visit", "click", "fill", "choose", "tick", "see", "mail", "shot", "ui", "title", "article"]

VERBS: tuple[Verb, ...] = get_args(Verb)

FUNCTIONS = frozenset({*VERBS, "term", "meaning", "example", "video", "plural"})
NAMES = FUNCTIONS | {"config", "platform", "platforms", "articles"}
"""What a slot may begin with that is a slot also in code: ``{{ config.site.name }}``."""

Platforms = Mapping[str | None, Platform]
"""By platform; the only key is ``None`` if the configuration has none."""


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
    """The platform in whose part it stands; ``None`` outside such a part."""
    item: int = 0
    """The numbered item of the article, counted from its beginning; 0 outside of any."""
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
    """A picture of a screen: its marks and its alternative text."""

    number: int
    """Counted from 1 within the article."""
    platform: str | None
    screen: str
    """Empty if only elements around every page are marked."""
    marks: tuple[str, ...]
    words: Alt

    @property
    def alt(self) -> str:
        """The alternative text while it is unknown what filled the slots."""
        return self.words.text({})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was taken."""

    file: str
    width: int
    height: int
    dark: str = ""
    """The same page in dark; empty if it looks the same as in light."""
    shown: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What elements with slots showed."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box that a reader may open, below the place where a term appears first."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one language under one configuration."""

    id: str
    locale: str
    source: Source
    facts: ArticleHead
    title: str
    body: str
    """Markdown; the places of pictures and boxes are still marked, see ``markdown``."""
    steps: tuple[Step, ...]
    shots: tuple[Shot, ...]
    boxes: tuple[Box, ...] = ()
    anchors: tuple[str, ...] = ()
    """The ids of its headings that have one."""
    images: tuple[Image, ...] = ()
    """The pictures and other files that its author put beside it."""
    links: tuple[tuple[str, int], ...] = ()
    """The addresses of its links, as written, each with its line in the file."""
    ids: frozenset[str] = frozenset()
    """All ids on its page, which links may lead to."""
    summary: str = ""
    """The words of its first paragraph; empty if it has none."""

    @property
    def synonyms(self) -> tuple[str, ...]:
        """Words that readers of this text search for although it does not use them."""
        return self.source.facts.synonyms

    def markdown(
        self, pictures: Mapping[int, Picture], folder: str = "", *, for_site: bool = False, for_book: bool = False
    ) -> str:
        """Return plain Markdown, with the existing pictures by the number of their shot.

        Args:
            for_site: With what only our own site understands: pictures in dark beside the others, told apart by
                ``#only-light`` and ``#only-dark``; boxes to open; ids at headings. Another generator gets the ids as
                empty links, and the meaning of a term on the page of all terms.
            for_book: With the ids alone: a book has all terms at its end.
        """

        def picture(place_: re.Match[str]) -> str:
            number = int(place_[2])
            if number not in pictures:
                return ""
            one = pictures[number]
            alt = escape(self.shots[number - 1].words.text(one.shown))
            files = [f"{one.file}#only-light", f"{one.dark}#only-dark"] if for_site and one.dark else [one.file]
            return "".join(f"\n{place_[1]}![{alt}]({folder}{file})" for file in files) + "\n"

        def box(place_: re.Match[str]) -> str:
            one, indent = self.boxes[int(place_[2])], place_[1]
            return f'\n{indent}??? info acct-term "{one.title}"\n\n{indent}    {one.text}\n' if for_site else ""

        text = re.sub("\n([ >]*)\ue002(\\d+)\ue003\n", picture, self.body)
        text = re.sub("\n([ >]*)\ue004(\\d+)\ue005\n", box, text)
        text = text.replace(VIDEO, "{: .acct-video }" if for_site else "")
        return with_ids(text, for_site=for_site or for_book)


def pattern(sentence: str) -> re.Pattern[str]:
    """Return a pattern of what a page may show for a sentence: anything for its slots, any white space for a space."""
    parts = SLOT.split(" ".join(sentence.split()))[:: SLOT.groups + 1]
    return re.compile(r".+?".join(re.escape(part).replace(r"\ ", r"\s+") for part in parts), re.DOTALL)


def screen_of(element: str, platform: Platform) -> str | None:
    """Return the one screen that has the element; ``None`` if it is around every page or on several."""
    return platform.declared.homes.get(element)
