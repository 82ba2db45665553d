"""The elements of a screen as JSON, each by its kind; what the page supplies to them is data, with its words beside it.

A kind that is not listed here has its words, the elements within it, and what the page supplies by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from functools import singledispatch
from typing import Any, cast

from ..declare.elements import Codes, Facts, Figure, Link, Paragraphs, PostButton, Rows, Tip
from ..declare.fields import Choice, Field, Matches, Option, PermissionOption, Ticks, TypedField
from ..declare.texts import Text
from .drawing import ElementView
from .layout import frame
from .page import Page
from .page_view import PageView
from .rows import PersonCell, Row, RowPage, SeveralCell, StateCell, TimeCell
from .state import state

Json = dict[str, Any]

SAME_DATA = {"menu_rows": "rows", "grants": "ticks"}
"""The kinds that differ only in how our pages draw them: programs know them as these."""


def parts_of(views: Iterable[ElementView], page: Page) -> list[Json]:
    """Return the elements that this visit shows, in their order."""
    seen = PageView(page, frame())
    made = (part(view.part, view, page, seen) for view in views)
    return [one for one in made if one is not None]


def plain(value: object) -> Any:
    """Return a value as JSON has it: a day ``2026-12-31``, a time in UTC, a length of time in seconds."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Text():
            return {"id": value.id, "text": frame().words[value.id]}
        case Mapping():
            return {str(name): plain(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(one) for one in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {name: plain(one) for name, one in asdict(value).items()}
        case _:
            return frame().show(value)


def worded(value: object) -> Json:
    """Return a value as data, and in words for its reader."""
    if isinstance(value, PersonCell | SeveralCell | StateCell | TimeCell):
        return {"value": plain(value.value), "text": value.words}
    return {"value": plain(value), "text": frame().show(value)}


def _named(view: ElementView, text: str | None = None) -> Json:
    kind = SAME_DATA.get(view.kind, view.kind)
    return {"kind": kind, "id": view.id, "name": view.name, "text": view.text if text is None else text}


@singledispatch
def part(declared: Text, view: ElementView, page: Page, seen: PageView) -> Json | None:
    """Return one element; ``None`` for one that this visit does not show."""
    made = _named(view, seen.text(view, page.slots))
    made |= {name: _within(held, page, seen) for name, held in view.inside.items() if held}
    if declared.is_brought:
        made["brought"] = plain(page.brought.get(view.name))
    return made


def _within(held: ElementView | tuple[ElementView, ...] | None, page: Page, seen: PageView) -> Any:
    if isinstance(held, tuple):
        return [part(one.part, one, page, seen) for one in held]
    return part(held.part, held, page, seen) if held else None


@part.register
def _tip(_declared: Tip, view: ElementView, page: Page, seen: PageView) -> Json:
    lead = cast("ElementView | None", view["lead"])
    return _named(view, seen.text(view, page.slots)) | {"lead": lead.text if lead else None}


@part.register
def _paragraphs(_declared: Paragraphs, view: ElementView, page: Page, _seen: PageView) -> Json:
    return _named(view) | {"brought": plain(page.brought.get(view.name, ()))}


@part.register
def _field(declared: Field, view: ElementView, page: Page, seen: PageView) -> Json:
    made = _named(view) | {
        "required": declared.required,
        "help": seen.help_of(view, page.slots) or None,
        "schema": declared.json_schema(),
    }
    if isinstance(declared, TypedField):
        made |= {"example": declared.example or None, "autocomplete": declared.autocomplete}
    if isinstance(declared, Choice | Ticks):
        made["choices"] = [*_options(view), *_listed(view, seen)]
    if isinstance(declared, Matches):
        things = cast("Sequence[tuple[str, str]]", page.brought.get(view.name, ()))
        made["matched"] = [{"text": words, "help": help_} for words, help_ in things]
        made["choices"] = _listed(view, seen)
    return made


def values_of(fields: Iterable[Field], page: Page) -> Json:
    """Return the values of the form, by field. Neither a password nor a file is sent back."""
    return {one.name: plain(page.values.get(one.name, one.read(()))) for one in fields if one.may_be_kept}


def _options(view: ElementView) -> list[Json]:
    options = cast("tuple[ElementView, ...]", view["options"])
    return [_option(one, cast(Option, one.part)) for one in options]


def _option(view: ElementView, declared: Option) -> Json:
    made: Json = {
        "value": view.name,
        "text": view.text,
        "help": view.help or None,
        "example": declared.example or None,
        "includes": [text.id.rpartition(".")[2] for text in declared.includes],
    }
    return made | ({"sensitive": declared.is_sensitive} if isinstance(declared, PermissionOption) else {})


def _listed(view: ElementView, seen: PageView) -> list[Json]:
    return [{"value": value, "text": text} for value, text in seen.choices_of(view)]


@part.register
def _link(declared: Link, view: ElementView, page: Page, _seen: PageView) -> Json | None:
    href = view.href_at(page.at) if declared.to else page.links.get(view.name)
    is_open = frame().user is None or frame().opens(declared.to)
    return _named(view) | way_to(href, declared.to) if href and is_open else None


@part.register
def _post_button(declared: PostButton, view: ElementView, page: Page, _seen: PageView) -> Json:
    return _named(view) | way_to(view.href_at(page.at), declared.to, method="POST")


def way_to(url: str | None, to: str = "", *, method: str = "GET") -> Json:
    """Return a link to another place; ``screen`` is its name if it is one of ours."""
    return {"url": url, "screen": to if to in state().platform.declared.screens else None, "method": method}


@part.register
def _rows(declared: Rows, view: ElementView, page: Page, seen: PageView) -> Json | None:
    listed = page.rows.get(view.name)
    if listed is None or not (listed.rows or declared.empty or listed.query):
        return None
    empty = cast("ElementView | None", view["empty"])
    return _named(view, seen.text(view, page.slots)) | {
        "columns": [
            _named(one) | {"sorts": one.name in declared.sorts}
            for one in cast("tuple[ElementView, ...]", view["columns"])
        ],
        "empty": seen.text(empty, page.slots) if empty and not listed.rows else None,
        "begin": _begin(declared, view) if not listed.rows else None,
    }


def _begin(declared: Rows, view: ElementView) -> Json | None:
    """Return the link to what one does where a list has nothing in it."""
    link = cast("ElementView | None", view["begin"])
    if declared.begin is None or link is None or not frame().opens(declared.begin.to):
        return None
    return _named(link) | way_to(link.href, declared.begin.to)


def lists_of(views: Iterable[ElementView], page: Page) -> dict[str, Json]:
    """Return the rows of each list by its name, with which page of it this is and where the others are."""
    seen = PageView(page, frame())
    return {one.name: _list(page.rows[one.name], one, seen) for one in views if one.name in page.rows}


def _list(listed: RowPage, view: ElementView, seen: PageView) -> Json:
    before = seen.page_url(listed.page - 1) if listed.page > 1 else None
    after = seen.page_url(listed.page + 1) if listed.page < listed.pages else None
    return {
        "rows": [_row(row, view) for row in listed.rows],
        "page": listed.page,
        "pages": listed.pages,
        "previous": before,
        "next": after,
        "searched": listed.query or None,
        "can_be_searched": view["find"] is not None,
        "sorted": listed.sort or None,
        "bulk": [_named(one) | way_to(one.href, cast(Link, one.part).to) for one in _views(view["bulk"])],
    }


def _views(held: ElementView | tuple[ElementView, ...] | None) -> tuple[ElementView, ...]:
    return held if isinstance(held, tuple) else ()


def _row(row: Row, view: ElementView) -> Json:
    actions = [one for one in cast("tuple[ElementView, ...]", view["actions"]) if row.offers(one.name)]
    return {
        "key": row.key,
        "chosen": row.chosen_as or None,
        "at": plain(row.at),
        "cells": [worded(cell) for cell in row.cells],
        "url": row.href or None,
        "actions": [_action(one, row) for one in actions],
    }


def _action(view: ElementView, row: Row) -> Json:
    declared = cast("Link | PostButton", view.part)
    method = "POST" if isinstance(declared, PostButton) else "GET"
    return _named(view) | way_to(view.href_at(row.at), declared.to, method=method)


@part.register
def _facts(_declared: Facts, view: ElementView, page: Page, seen: PageView) -> Json:
    known = page.facts.get(view.name, {})
    facts = [one for one in cast("tuple[ElementView, ...]", view["facts"]) if one.name in known]
    empty = cast("ElementView | None", view["empty"])
    return _named(view, seen.text(view, page.slots)) | {
        "facts": [_named(one) | worded_lines(known[one.name]) for one in facts],
        "empty": seen.text(empty, page.slots) if empty and not facts else None,
    }


def worded_lines(value: object) -> Json:
    """Return the lines of a fact; most have one."""
    lines: Sequence[object] = value if isinstance(value, list | tuple) else [value]
    return {"lines": [worded(one) for one in lines]}


@part.register
def _figure(_declared: Figure, view: ElementView, page: Page, seen: PageView) -> Json | None:
    shape = page.brought.get(view.name)
    return _named(view, seen.text(view, page.slots)) | {"figure": plain(shape)} if shape else None


@part.register
def _codes(_declared: Codes, view: ElementView, page: Page, seen: PageView) -> Json:
    return _named(view, seen.text(view, page.slots)) | {"codes": plain(page.brought.get(view.name, ()))}
