"""Replies as pages: what a reply says, drawn in the brand and the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any, cast

from flask import Response, abort, current_app, make_response, redirect, render_template, request

from ..declare.elements import Message, Screen
from ..declare.elements import Result as DeclaredResult
from ..declare.fields import Choice
from ..declare.labels import slots as slots_of
from ..errors import AcctError
from ..security.tokens import digest
from . import addresses, arrival
from .choices import Listed, with_kept
from .drawing import ElementView, ScreenView, draw
from .filled import Complaint
from .layout import Layout, frame
from .page import Page
from .replies import Away, Done, Enter, File, Go, Home, Missing, Open, Reply, Show
from .state import state
from .visits import visit


@dataclass(frozen=True, slots=True)
class Flash:
    """What a page says at its head: a message, its words and tone."""

    id: str
    text: str
    tone: str
    field: str = ""


class NotAtOnce(AcctError):
    """A secret was to be shown by another answer than the one to the form, so that a cookie would have to hold it."""

    def __init__(self, result: str) -> None:
        super().__init__(f'The result "{result}" holds what is shown once. Answer with Done(..., at_once=True).')


def drawn(reply: Reply, page: Page) -> Response:
    """The reply as what a browser gets."""
    match reply:
        case Open():
            return _found(page)
        case Show(message, slots, status):
            return shown(page, message, slots, status)
        case Done(result, slots, at_once=True):
            page.slots |= slots
            return _draw(page, page.screen.result(result).status, result=page.screen.result(result))
        case Done(result) if page.screen.result(result).is_shown_once:
            raise NotAtOnce(page.screen.result(result).id)
        case Done(result, slots):
            return _say_at(page.screen.name, page.screen.result(result).id, slots, page.at)
        case Go():
            return _gone(reply)
        case Home():
            return see_other(page.visitor.onward or addresses.target_url("site.home") or "/")
        case Enter(entry, goes_back):
            return see_other(arrival.entered(entry, onward=page.visitor.onward if goes_back else None))
        case Away(address):
            return see_other(address)
        case File(content, media_type, name):
            response = make_response(content)
            response.headers["Content-Type"] = f"{media_type}; charset=utf-8"
            response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return response
        case Missing(was_there):
            return abort(410 if was_there else 404)
        case _:
            raise TypeError(f"{type(reply).__name__} is no reply that can be drawn as a page.")


def shown(page: Page, message: str | None, slots: Mapping[str, object], status: int | None = None) -> Response:
    """The screen, with one of its messages, or by its whole id one that another screen declares as well."""
    page.slots |= slots
    declared = _message(page.screen, message) if message else None
    said = _said(declared, slots) if declared else None
    found = {said.field: said} if said and said.field else {}
    code = status or (declared.status if declared else page.screen.status)
    response = _draw(page, code, said=None if found else said, problems=found)
    wait = slots.get("wait")
    if code in (429, 503) and isinstance(wait, timedelta):
        response.headers["Retry-After"] = str(ceil(wait.total_seconds()))
    return response


def complaints(page: Page) -> Response:
    """The form again, with what is wrong with it."""
    words = frame().words
    if page.filled.csrf:
        return _draw(page, 400, said=Flash(page.filled.csrf.id, words[page.filled.csrf.id], "warning"))
    problems = {name: _complaint(name, complaint) for name, complaint in page.filled.complaints.items()}
    head = Flash("shell.form.problems", words["shell.form.problems"], "error")
    return _draw(page, 422, said=head, problems=problems)


def see_other(address: str) -> Response:
    return cast(Response, redirect(address, 303))


def _found(page: Page) -> Response:
    """The screen as somebody finds it: with what was said to them on the way, or the result of what they sent."""
    said = visit().said
    if said is None or said["at"] != page.screen.name:
        return _draw(page, page.screen.status)
    visit().heard()
    for result in page.screen.results:
        if result.id == said["id"]:
            page.slots |= said["slots"]
            return _draw(page, result.status, result=result)
    for message in page.screen.messages:
        if message.id == said["id"]:
            return _draw(page, message.status, said=_said(message, said["slots"]))
    return _draw(page, page.screen.status)


def _gone(reply: Go) -> Response:
    if reply.message is None:
        return see_other(addresses.screen_url(reply.screen, reply.at, **({"next": reply.then} if reply.then else {})))
    message = state().platform.declared.screens[reply.screen].message(reply.message)
    return _say_at(reply.screen, message.id, reply.slots, reply.at)


def _say_at(screen: str, id_: str, slots: Mapping[str, object], at: Mapping[str, object]) -> Response:
    visit().say(screen, id_, {name: frame().show(value) for name, value in slots.items()})
    return see_other(addresses.screen_url(screen, at))


def _message(screen: Screen, name: str) -> Message:
    return screen.message(name) if "." not in name else cast(Message, state().platform.declared.texts[name])


def _said(message: Message, slots: Mapping[str, object]) -> Flash:
    return Flash(message.id, frame().say(message, **slots), message.tone, message.field)


def _complaint(name: str, complaint: Complaint) -> Flash:
    return Flash(complaint.id, frame().say(complaint.id, **complaint.slots), "error", name)


def _draw(
    page: Page,
    status: int,
    *,
    said: Flash | None = None,
    problems: Mapping[str, Flash] | None = None,
    result: DeclaredResult | None = None,
) -> Response:
    layout = frame()
    if page.is_brought_back and said is None:
        said = Flash("shell.form.brought_back", layout.words["shell.form.brought_back"], "info")
    view = _view(page.screen, result.parts if result else None, result.id if result else "", layout.locale)
    body = render_template(
        _template(page.screen.name),
        page=PageView(page, layout),
        screen=view,
        said=said,
        problems=problems or {},
        result=Flash(result.id, layout.say(result, **page.slots), result.tone) if result else None,
        slots=page.slots,
        acct=layout,
    )
    return make_response(body, status)


def _view(screen: Screen, parts: Any, result: str, locale: str) -> ScreenView:
    made = state().platform.drawn
    key = ("drawing", screen.name, screen.left_out, result, locale)
    if key not in made:
        made[key] = draw(screen, screen.parts if parts is None else parts, state().platform, locale)
    return cast(ScreenView, made[key])


def _template(screen: str) -> str:
    """The screen's own template if the app has one, else the one they all share."""
    made = state().drawn
    key = ("template", screen)
    # Jinja keeps what it finds but not what it misses: it would look for the first one at every request.
    if key not in made or current_app.jinja_env.auto_reload:
        names = [f"flask_acct/{screen}.html", "flask_acct/screen.html"]
        made[key] = current_app.jinja_env.select_template(names).name
    return cast(str, made[key])


class PageView:
    """A visit as its template sees it: ``page``."""

    def __init__(self, page: Page, layout: Layout) -> None:
        self._page = page
        self._layout = layout
        self.screen = page.screen
        self.at = page.at
        self.values = page.values
        self.rows = page.rows
        self.facts = page.facts
        self.links = page.links
        self.brought = page.brought

    @property
    def onward(self) -> str | None:
        """Where the visitor wanted to go when this page came in between."""
        return self._page.visitor.onward

    @property
    def identifier(self) -> str:
        """What a password manager keeps the password of this form under."""
        return self._page.signs_in_as or self._layout.identifier

    @property
    def link_mark(self) -> str:
        """Which link the forms of this page are about, so that one drawn for another is not taken for it."""
        return link_mark(self._page)

    def text(self, element: ElementView, slots: Mapping[str, object]) -> str:
        """The words of an element with the page's own slots filled."""
        return self._layout.say(element.part, **slots) if "{" in element.text else element.text

    def choices_of(self, element: ElementView) -> Sequence[Listed]:
        """The options of a choice that no catalog holds."""
        source = cast(Choice, element.part).source
        if not source:
            # Its options are declared, and drawn as such.
            return element.listed
        kept = self._page.start.get(element.name, "")
        return self._page.offered.get(element.name) or with_kept(
            element.listed, kept, source, locale=self._layout.locale
        )

    def help_of(self, element: ElementView, slots: Mapping[str, object]) -> str:
        """The help at a field; one whose slots this visit does not fill is not there."""
        wanted = slots_of(element.help)
        if not wanted:
            return element.help
        return self._layout.say(element.help_id, **slots) if wanted <= slots.keys() else ""

    def page_url(self, number: int) -> str:
        """The address of another page of this screen's list; what else was asked for stays."""
        asked = {**request.args.to_dict(), "page": str(number)}
        return addresses.screen_url(self.screen.name, self.at, **asked)

    @property
    def whole_list_url(self) -> str:
        """The address of this screen's list, not searched."""
        return addresses.screen_url(self.screen.name, self.at, **({"next": self.onward} if self.onward else {}))


def link_mark(page: Page) -> str:
    return digest(page.token)[:16] if page.token else ""
