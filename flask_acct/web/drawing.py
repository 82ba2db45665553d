"""A declared screen in one language, ready for its template: words are looked up once and cached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..declare.elements import (
    Action,
    Fold,
    Heading,
    Link,
    MainLink,
    Paragraph,
    PostButton,
    RowLink,
    Rows,
    Screen,
    Setting,
)
from ..declare.fields import Choice, Field, FileField, Grants, Option, PasswordField, TypedField
from ..declare.labels import isolated, slots
from ..declare.texts import Part, Text
from ..platform import Platform
from . import addresses, choices

ELEMENTS = "flask_acct/elements"


@dataclass(frozen=True, slots=True)
class ElementView:
    """One element as its template needs it. ``kind`` names the template: ``elements/<kind>.html``."""

    kind: str
    id: str
    name: str
    text: str
    part: Text
    has_slots: bool = False
    """Whether the page must fill slots in the text, or supply rows or options."""
    help: str = ""
    help_id: str = ""
    example: str = ""
    """The complete sentence: ``Example: ana@example.com``."""
    inside: Mapping[str, ElementView | tuple[ElementView, ...] | None] = field(default_factory=dict)
    """The elements within it, by the attribute that holds them: templates say ``part.columns``."""
    listed: tuple[choices.Listed, ...] = ()
    """Further options of a choice, which are in no catalog."""
    follows_choice: bool = False
    """Whether the field before it is a choice, whose option then supplies the example."""
    has_toggle: bool = False
    """Whether the button that shows passwords is here: in the first password field of a form."""

    def __getitem__(self, name: str) -> ElementView | tuple[ElementView, ...] | None:
        return self.inside[name]

    @property
    def template(self) -> str:
        return f"{ELEMENTS}/{self.kind}.html"

    @property
    def href(self) -> str | None:
        """Where a link leads, ``None`` if this configuration has no such page."""
        return addresses.target_url(self.part.to) if isinstance(self.part, Link) else None

    @property
    def row_link(self) -> ElementView | None:
        """Return the link on the first column of a list, or ``None``."""
        return next((one for one in self._actions if isinstance(one.part, RowLink)), None)

    @property
    def row_actions(self) -> tuple[ElementView, ...]:
        """Return what stands at the end of each row of a list."""
        return tuple(one for one in self._actions if not isinstance(one.part, RowLink))

    @property
    def _actions(self) -> tuple[ElementView, ...]:
        found = self.inside.get("actions")
        return found if isinstance(found, tuple) else ()

    @property
    def is_setting(self) -> bool:
        """Whether it stands in a box with the link that changes it."""
        return isinstance(self.part, Setting)

    @property
    def is_list(self) -> bool:
        """Whether it has a caption and a section of its own."""
        return isinstance(self.part, Part) and self.part.has_caption

    def href_at(self, at: Mapping[str, object]) -> str | None:
        """Return where a link or button of a row leads, given the row's parameters."""
        return addresses.target_url(self.part.to, **at) if isinstance(self.part, Link | PostButton) else None


Group = tuple[ElementView, ...]
"""Elements that belong together: links in a row, a paragraph with its links, or one element alone."""


@dataclass(frozen=True, slots=True)
class ScreenView:
    """A screen in one language: its title, the fields and texts of its form, the form's button, and what follows.

    A screen or result without a button has everything in ``after``. Lists, which have forms of their own, are
    ``above`` the form with what comes before them, and so are settings.
    """

    name: str
    title: ElementView
    main: tuple[ElementView, ...]
    """The links beside the title."""
    above: tuple[Group, ...]
    before: tuple[ElementView, ...]
    action: ElementView | None
    after: tuple[Group, ...]
    is_result: bool
    has_slots: bool
    """Whether any of its texts needs the page's own values."""
    key: tuple[str, tuple[str, ...], str, int]
    """Distinguishes it from other views in its language: its screen, what that leaves out, its first part, and the
    number of parts."""
    is_wide: bool = False
    """Whether it needs the width of the page: it has permissions in groups, or a list and no folded form."""
    has_one_list: bool = False
    """Whether it is a list and nothing else, so that its title says what is listed."""
    is_long: bool = False
    """Whether its form is so long that it has headings; its card is then somewhat wider, unless it is folded."""
    needs_account: bool = False
    """Whether its forms say for which account they were rendered."""
    is_for_staff: bool = False
    has_files: bool = False
    lacks_identifier: bool = False
    """Whether its form has a password and does not ask whose it is, so that a password manager must be told."""

    def link(self, name: str) -> ElementView | None:
        """Return the link of this name, or ``None``."""
        links = (one for group in self.after for one in group if isinstance(one.part, Link))
        return next((one for one in links if one.name == name), None)

    @property
    def templates(self) -> tuple[str, ...]:
        """The templates of all its elements; every kind of field is inside the plain field's."""
        parts = (*self.main, *self.before, *(one for group in (*self.above, *self.after) for one in group))
        return (f"{ELEMENTS}/field.html", *(one.template for one in parts))


def draw(screen: Screen, parts: tuple[Part, ...], platform: Platform, locale: str) -> ScreenView:
    """Return the screen with the given parts: its own, or those of a result."""
    is_result = parts is not screen.parts
    main = tuple(_shown(part, platform, locale) for part in parts if isinstance(part, MainLink))
    # Of several buttons, a page leaves out all but one.
    spare = [part for part in parts if type(part) is Action][1:]
    parts = tuple(part for part in parts if not isinstance(part, MainLink) and part not in spare)
    shown = tuple(_in_place(part, parts, platform, locale) for part in parts)
    at = next((index for index, one in enumerate(shown) if isinstance(one.part, Action)), -1)
    lists = [index for index, one in enumerate(shown) if isinstance(one.part, Rows)]
    form_at = max((index + 1 for index in (*lists, *_settings(shown)) if index < at), default=0)
    form = [one.part for one in shown[form_at : max(at, 0)]]
    is_folded = any(isinstance(part, Fold) for part in form)
    is_long = not is_folded and any(isinstance(part, Heading) for part in form)
    return ScreenView(
        name=screen.name,
        title=_shown(screen.title, platform, locale),
        main=main,
        above=_groups(shown[:form_at]),
        before=shown[form_at : max(at, 0)],
        action=shown[at] if at >= 0 else None,
        after=_groups(shown[at + 1 :]),
        is_result=is_result,
        has_slots=any(one.has_slots for one in shown),
        key=(screen.name, screen.left_out, shown[0].id if shown else "", len(shown)),
        is_wide=(bool(lists) and not is_folded) or any(isinstance(one.part, Grants) for one in shown),
        has_one_list=at < 0 and len(lists) == sum(one.is_list for one in shown) == 1,
        is_long=is_long,
        needs_account=bool(screen.needs),
        is_for_staff=screen.is_for_staff,
        has_files=any(isinstance(one, FileField) for one in screen.fields),
        lacks_identifier=_lacks_identifier(shown[form_at : max(at, 0)]),
    )


def _settings(shown: tuple[ElementView, ...]) -> list[int]:
    """Return where the settings above the form are, with what belongs to them: everything before the first field."""
    if not any(isinstance(one.part, Setting) for one in shown):
        return []
    return [*range(next((index for index, one in enumerate(shown) if isinstance(one.part, Field)), 0))]


def _lacks_identifier(shown: tuple[ElementView, ...]) -> bool:
    typed = [one.part for one in shown if isinstance(one.part, TypedField)]
    has_password = any(isinstance(one, PasswordField) for one in typed)
    return has_password and all(one.autocomplete != "username" for one in typed)


def _groups(shown: tuple[ElementView, ...]) -> tuple[Group, ...]:
    groups: list[list[ElementView]] = []
    for one in shown:
        begins = groups[-1][0].part if groups else None
        if isinstance(one.part, Link | PostButton) and isinstance(begins, Link | PostButton | Paragraph):
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(tuple(group) for group in groups)


def _in_place(part: Part, parts: tuple[Part, ...], platform: Platform, locale: str) -> ElementView:
    """Return the part, knowing what precedes it."""
    passwords = [one for one in parts if isinstance(one, PasswordField)]
    before = parts[: parts.index(part)]
    return _shown(
        part,
        platform,
        locale,
        follows_choice=bool(before) and isinstance(before[-1], Choice),
        has_toggle=part in passwords[:1],
    )


def _shown(text: Text, platform: Platform, locale: str, **place: Any) -> ElementView:
    words = platform.sentences(locale)
    example = text.example if isinstance(text, TypedField | Option) else ""
    help_ = text.help if isinstance(text, Field | Option) else None
    help_words = words[help_.id] if help_ else ""
    return ElementView(
        kind=text.kind,
        id=text.id,
        name=text.name,
        text=words[text.id],
        part=text,
        has_slots=bool(slots(words[text.id] + help_words)) or _waits_for_page(text, platform),
        help=help_words,
        help_id=help_.id if help_ else "",
        example=platform.say("shell.form.example", locale, example=isolated(example, locale)) if example else "",
        inside={name: _within(getattr(text, name), platform, locale) for name in text.within},
        listed=choices.choices(text.source, platform.config, locale=locale) if isinstance(text, Choice) else (),
        **place,
    )


def _within(
    held: Text | tuple[Text, ...] | None, platform: Platform, locale: str
) -> ElementView | tuple[ElementView, ...] | None:
    if isinstance(held, tuple):
        return tuple(_shown(one, platform, locale) for one in held)
    return _shown(held, platform, locale) if held else None


def _waits_for_page(text: Text, platform: Platform) -> bool:
    """Whether an element can differ between visits: links depend on who is signed in, and on the address."""
    target = platform.declared.screens.get(text.to) if isinstance(text, Link) else None
    if target is not None and (target.needs or target.for_several or "<" in target.path):
        return True
    return text.is_brought
