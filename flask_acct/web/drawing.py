"""A declared screen in one language, ready for its template: words looked up once and kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..declare.elements import Action, Facts, Field, Link, Option, Part, PostButton, Rows, Screen, Text
from ..declare.labels import slots
from ..platform import Platform
from . import addresses, choices

ELEMENTS = "flask_acct/elements"


@dataclass(frozen=True, slots=True)
class ElementView:
    """One element as its template wants it. ``kind`` names the template: ``elements/<kind>.html``."""

    kind: str
    id: str
    name: str
    text: str
    part: Text
    has_slots: bool = False
    """Whether the page must fill slots in the text, or bring rows or options."""
    help: str = ""
    help_id: str = ""
    example: str = ""
    """The whole sentence: ``Example: ana@example.com``."""
    options: tuple[ElementView, ...] = ()
    listed: tuple[choices.Choice, ...] = ()
    """Further options of a choice, which no catalog holds."""
    tick_all: ElementView | None = None
    columns: tuple[ElementView, ...] = ()
    facts: tuple[ElementView, ...] = ()
    actions: tuple[ElementView, ...] = ()
    empty: ElementView | None = None
    find: ElementView | None = None
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

    @property
    def is_list(self) -> bool:
        """Whether it has a caption and a place of its own."""
        return self.kind in {"rows", "facts"}

    def href_at(self, at: Mapping[str, object]) -> str | None:
        """Where a link or button of a row leads, given the row's parameters."""
        return addresses.target_url(self.part.to, **at) if isinstance(self.part, Link | PostButton) else None


Group = tuple[ElementView, ...]
"""What is met together: links in a row, a paragraph with the links that answer it, or one part alone."""


@dataclass(frozen=True, slots=True)
class ScreenView:
    """A screen in one language: its title, the fields and texts of its form, the form's button, and what follows.

    A screen or result without a button has everything in ``after``. Lists, which have forms of their own, stand
    ``above`` the form with what comes before them.
    """

    name: str
    title: ElementView
    above: tuple[Group, ...]
    before: tuple[ElementView, ...]
    action: ElementView | None
    after: tuple[Group, ...]
    is_result: bool
    has_slots: bool
    """Whether any of its texts waits for the page's own values."""
    key: tuple[str, tuple[str, ...], str, int]
    """Tells it from every other drawing of its language: its screen, what that leaves out, its first part, and how many
    it has."""
    is_wide: bool = False
    """Whether it needs the width of the page: it has a list, or a long form."""
    is_long: bool = False
    """Whether its form is so long that it has headings; it stands in columns where there is room."""
    needs_account: bool = False
    """Whether its forms say for which account they were drawn."""
    has_files: bool = False
    lacks_identifier: bool = False
    """Whether its form has a password and does not ask whose it is, so that a password manager must be told."""

    @property
    def templates(self) -> tuple[str, ...]:
        """Of all its elements; every kind of field is drawn inside the plain one's."""
        parts = (*self.before, *(one for group in (*self.above, *self.after) for one in group))
        return (f"{ELEMENTS}/field.html", *(one.template for one in parts))


def draw(screen: Screen, parts: tuple[Part, ...], platform: Platform, locale: str) -> ScreenView:
    """The screen with the given parts: its own, or those of a result."""
    shown = tuple(_in_place(part, parts, platform, locale) for part in parts)
    at = next((index for index, one in enumerate(shown) if one.kind == "action"), -1)
    lists = [index for index, one in enumerate(shown) if one.kind == "rows"]
    form_at = max((index + 1 for index in lists if index < at), default=0)
    is_long = any(one.kind == "heading" for one in shown[form_at : max(at, 0)])
    return ScreenView(
        name=screen.name,
        title=_shown(screen.title, platform, locale),
        above=_groups(shown[:form_at]),
        before=shown[form_at : max(at, 0)],
        action=shown[at] if at >= 0 else None,
        after=_groups(shown[at + 1 :]),
        is_result=parts is not screen.parts,
        has_slots=any(one.has_slots for one in shown),
        key=(screen.name, screen.left_out, shown[0].id if shown else "", len(shown)),
        is_wide=bool(lists) or is_long,
        is_long=is_long,
        needs_account=bool(screen.needs),
        has_files=any(field.kind == "file" for field in screen.fields),
        lacks_identifier=_lacks_identifier(shown[form_at : max(at, 0)]),
    )


def _lacks_identifier(shown: tuple[ElementView, ...]) -> bool:
    fields = [one.part for one in shown if isinstance(one.part, Field)]
    has_password = any(field.kind == "password" for field in fields)
    return has_password and all(field.autocomplete != "username" for field in fields)


def _groups(shown: tuple[ElementView, ...]) -> tuple[Group, ...]:
    groups: list[list[ElementView]] = []
    for one in shown:
        if (
            one.kind in {"link", "post_button"}
            and groups
            and groups[-1][0].kind in {"link", "post_button", "paragraph"}
        ):
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(tuple(group) for group in groups)


def _in_place(part: Part, parts: tuple[Part, ...], platform: Platform, locale: str) -> ElementView:
    """The part, knowing what stands before it."""
    passwords = [field for field in parts if isinstance(field, Field) and field.kind == "password"]
    before = parts[: parts.index(part)]
    return _shown(
        part,
        platform,
        locale,
        follows_choice=bool(before) and isinstance(before[-1], Field) and before[-1].kind == "choice",
        has_toggle=part in passwords[:1],
    )


def _shown(text: Text, platform: Platform, locale: str, **place: Any) -> ElementView:
    words = platform.sentences(locale)
    example = text.example if isinstance(text, Field | Option) else ""
    help_ = text.help if isinstance(text, Field | Option) else None
    help_words = words[help_.id] if help_ else ""
    return ElementView(
        kind=_kind(text),
        id=text.id,
        name=text.name,
        text=words[text.id],
        part=text,
        has_slots=bool(slots(words[text.id] + help_words)) or _waits_for_page(text, platform),
        help=help_words,
        help_id=help_.id if help_ else "",
        example=platform.say("shell.form.example", locale, example=example) if example else "",
        **_inside(text, platform, locale),
        **place,
    )


def _inside(text: Text, platform: Platform, locale: str) -> Mapping[str, Any]:
    """What belongs to a field with options, or to a list."""

    def shown(texts: Iterable[Text]) -> tuple[ElementView, ...]:
        return tuple(_shown(one, platform, locale) for one in texts)

    if isinstance(text, Field):
        return {
            "options": shown(text.options),
            "listed": choices.choices(text.source, platform.config, locale=locale),
            "tick_all": _shown(text.tick_all, platform, locale) if text.tick_all else None,
        }
    if isinstance(text, Rows):
        return {
            "columns": shown(text.columns),
            "actions": shown(text.actions),
            "empty": _shown(text.empty, platform, locale) if text.empty else None,
            "find": _shown(text.find, platform, locale) if text.find else None,
        }
    if isinstance(text, Facts):
        return {
            "facts": shown(text.facts),
            "empty": _shown(text.empty, platform, locale) if text.empty else None,
        }
    return {}


def _waits_for_page(text: Text, platform: Platform) -> bool:
    """Whether an element is another one at another visit: who is here, and the address, decide about links."""
    if isinstance(text, Link):
        if not text.to:
            return True
        target = platform.declared.screens.get(text.to)
        return target is not None and (bool(target.needs) or target.for_several or "<" in target.path)
    return isinstance(text, Rows | Facts | PostButton) or (isinstance(text, Field) and text.source == "page")


WORDS_OF_A_NAME = re.compile("(?<=[a-z])(?=[A-Z])")

KINDS = {
    "choice": "choice",
    "file": "file",
    "long_text": "long_text",
    "password": "password",
    "tick": "tick",
    "ticks": "ticks",
}
"""Templates of the fields that are more than one line to type in."""


def _kind(text: Text) -> str:
    if isinstance(text, Field):
        return KINDS.get(text.kind, "field")
    if isinstance(text, Action):
        return "action"
    if isinstance(text, Option):
        return "option"
    return WORDS_OF_A_NAME.sub("_", type(text).__name__).lower()
