"""A declared screen in one language, ready for its template: words looked up once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..edition import Edition
from ..screen import Action, Field, Link, Option, Part, Screen, Text
from . import addresses


@dataclass(frozen=True, slots=True)
class Shown:
    """One element as its template wants it. ``kind`` names the template: ``elements/<kind>.html``."""

    kind: str
    id: str
    name: str
    text: str
    part: Text
    help: str = ""
    options: tuple[Shown, ...] = ()

    @property
    def href(self) -> str | None:
        """Where a link leads, ``None`` when this configuration has no such place."""
        return addresses.target_url(self.part.to) if isinstance(self.part, Link) else None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A screen in one language: its title, its parts before the form's button, the button, and what follows."""

    name: str
    title: Shown
    before: tuple[Shown, ...]
    """Paragraphs, tips and fields above the button."""
    action: Shown | None
    after: tuple[Shown, ...]
    has_password: bool


def draw(screen: Screen, parts: tuple[Part, ...], edition: Edition, locale: str) -> Drawing:
    """The screen with the given parts: its own, or those of a result."""
    shown = tuple(_shown(part, edition, locale) for part in parts)
    at = next((index for index, one in enumerate(shown) if one.kind == "action"), len(shown))
    return Drawing(
        name=screen.name,
        title=_shown(screen.title, edition, locale),
        before=shown[:at],
        action=shown[at] if at < len(shown) else None,
        after=shown[at + 1 :],
        has_password=any(field.kind == "password" for field in screen.fields),
    )


def _shown(text: Text, edition: Edition, locale: str) -> Shown:
    words: Mapping[str, str] = edition.sentences(locale)
    return Shown(
        kind=_kind(text),
        id=text.id,
        name=text.name,
        text=words[text.id],
        part=text,
        help=words[text.help.id] if isinstance(text, Field) and text.help else "",
        options=tuple(_shown(option, edition, locale) for option in text.options) if isinstance(text, Field) else (),
    )


def _kind(text: Text) -> str:
    if isinstance(text, Field):
        return {"choice": "choice", "long_text": "long_text", "password": "password"}.get(text.kind, "field")
    if isinstance(text, Action):
        return "action"
    if isinstance(text, Option):
        return "option"
    return type(text).__name__.lower()
