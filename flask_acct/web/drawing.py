"""A declared screen in one language, ready for its template: words looked up once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..edition import Edition
from ..labels import slots
from ..screen import Action, Field, Link, Option, Part, Screen, Text
from . import addresses

ELEMENTS = "flask_acct/elements"


@dataclass(frozen=True, slots=True)
class Shown:
    """One element as its template wants it. ``kind`` names the template: ``elements/<kind>.html``."""

    kind: str
    id: str
    name: str
    text: str
    part: Text
    has_slots: bool = False
    """Whether the page must fill slots in the text."""
    help: str = ""
    help_id: str = ""
    example: str = ""
    """The whole sentence: ``Example: ana@example.com``."""
    options: tuple[Shown, ...] = ()
    follows_choice: bool = False
    """Whether the field before it is a choice, whose option then gives the example."""
    has_toggle: bool = False
    """Whether the button that shows passwords stands here: in the first password field of a form."""

    @property
    def template(self) -> str:
        return f"{ELEMENTS}/{self.kind}.html"

    @property
    def href(self) -> str | None:
        """Where a link leads, ``None`` when this configuration has no such place."""
        return addresses.target_url(self.part.to) if isinstance(self.part, Link) else None


Group = tuple[Shown, ...]
"""What is met together: links in a row, a paragraph with the links that answer it, or one part alone."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A screen in one language: its title, the fields and texts of its form, the form's button, and what follows.

    A screen or result without a button has everything in ``after``.
    """

    name: str
    title: Shown
    before: tuple[Shown, ...]
    action: Shown | None
    after: tuple[Group, ...]
    is_result: bool
    has_slots: bool
    """Whether any of its texts waits for the page's own values."""
    key: tuple[str, str]
    """Tells it from every other drawing of its language: its screen and its first part."""

    @property
    def templates(self) -> tuple[str, ...]:
        """Of all its elements; every kind of field is drawn inside the plain one's."""
        parts = (*self.before, *(one for group in self.after for one in group))
        return (f"{ELEMENTS}/field.html", *(one.template for one in parts))


def draw(screen: Screen, parts: tuple[Part, ...], edition: Edition, locale: str) -> Drawing:
    """The screen with the given parts: its own, or those of a result."""
    shown = tuple(_in_place(part, parts, edition, locale) for part in parts)
    at = next((index for index, one in enumerate(shown) if one.kind == "action"), -1)
    return Drawing(
        name=screen.name,
        title=_shown(screen.title, edition, locale),
        before=shown[: max(at, 0)],
        action=shown[at] if at >= 0 else None,
        after=_groups(shown[at + 1 :]),
        is_result=parts is not screen.parts,
        has_slots=any(one.has_slots for one in shown),
        key=(screen.name, shown[0].id if shown else ""),
    )


def _groups(shown: tuple[Shown, ...]) -> tuple[Group, ...]:
    groups: list[list[Shown]] = []
    for one in shown:
        if one.kind == "link" and groups and groups[-1][0].kind in {"link", "paragraph"}:
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(tuple(group) for group in groups)


def _in_place(part: Part, parts: tuple[Part, ...], edition: Edition, locale: str) -> Shown:
    """The part, knowing what stands before it."""
    passwords = [field for field in parts if isinstance(field, Field) and field.kind == "password"]
    before = parts[: parts.index(part)]
    return _shown(
        part,
        edition,
        locale,
        follows_choice=bool(before) and isinstance(before[-1], Field) and before[-1].kind == "choice",
        has_toggle=part in passwords[:1],
    )


def _shown(text: Text, edition: Edition, locale: str, **place: bool) -> Shown:
    words: Mapping[str, str] = edition.sentences(locale)
    field = text if isinstance(text, Field) else None
    example = text.example if isinstance(text, Field | Option) else ""
    return Shown(
        kind=_kind(text),
        id=text.id,
        name=text.name,
        text=words[text.id],
        part=text,
        has_slots=bool(slots(words[text.id])),
        help=words[field.help.id] if field and field.help else "",
        help_id=field.help.id if field and field.help else "",
        example=edition.say("shell.form.example", locale, example=example) if example else "",
        options=tuple(_shown(option, edition, locale) for option in field.options) if field else (),
        **place,
    )


def _kind(text: Text) -> str:
    if isinstance(text, Field):
        return {"choice": "choice", "long_text": "long_text", "password": "password"}.get(text.kind, "field")
    if isinstance(text, Action):
        return "action"
    if isinstance(text, Option):
        return "option"
    return type(text).__name__.lower()
