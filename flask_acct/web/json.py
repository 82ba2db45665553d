"""Renders replies as JSON: the screen, its fields and its messages, as data, and in the reader's words.

Nothing waits for the next page: results and messages are in the answer to what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from flask import Response, abort, jsonify

from ..declare.elements import Message, Result
from . import addresses, arrival, clients, cookies, current, form_tokens, known_browsers
from .drawing import ElementView, ScreenView
from .json_parts import Json, lists_of, parts_of, values_of, way_to
from .layout import frame
from .page import Page
from .page_view import (
    Flash,
    ScreenState,
    flash,
    flash_of_result,
    found_as,
    problems_of,
    screen_view,
    state_after,
    with_retry_after,
)
from .replies import Away, Done, Enter, File, Go, Home, Missing, Open, Reply, Show
from .state import state


def render(reply: Reply, page: Page) -> Response:
    """Return the reply as the response for a program."""
    match reply:
        case Open():
            return _screen(page)
        case Show(message, slots, status):
            return show_message(page, message, slots, status)
        case Done(result, slots):
            page.slots |= slots
            return _screen(page, result=page.screen.result(result))
        case Go():
            return _onward(page, _way(reply), _message_of(reply), reply.slots)
        case Home():
            return _onward(page, way_to(page.visitor.onward or addresses.target_url("site.home") or "/"))
        case Enter(entry, goes_back):
            onward = page.visitor.onward if goes_back else None
            return _entered(page, arrival.entered(entry, onward=onward))
        case Away(address):
            return _onward(page, way_to(address))
        case File(content, media_type, name):
            return _answer(page, file={"name": name, "media_type": media_type, "content": content})
        case Missing(was_there):
            return abort(410 if was_there else 404)
        case _:
            raise TypeError(f"{type(reply).__name__} is no reply that JSON has a form for.")


def show_message(page: Page, message: str | None, slots: Mapping[str, object], status: int | None = None) -> Response:
    """Return the screen with one of its messages, which is at its field if it is about one."""
    return with_retry_after(_screen(page, state_after(page, message, slots, status)), slots)


def show_problems(page: Page) -> Response:
    """Return the form again, with what is wrong with it by field."""
    return _screen(page, problems_of(page))


def _screen(page: Page, shown: ScreenState | None = None, *, result: Result | None = None) -> Response:
    """Return the screen as it is now: its elements, its form, and its messages."""
    layout, shown = frame(), shown or found_as(page, result)
    view = screen_view(page.screen, result, layout.locale)
    met = _met_in_order(view)
    return _answer(
        page,
        shown.status,
        title=layout.say(page.screen.title, **page.slots),
        parts=parts_of(met, page),
        rows=lists_of(met, page),
        form=None if result else _form(page, view),
        message=_message(shown.message),
        errors={name: _message(one) for name, one in shown.problems.items()},
        result=_message(flash_of_result(result, page)),
        help=layout.help_for(page.screen.name),
    )


def _onward(page: Page, way: Json, shown: Message | None = None, slots: Mapping[str, object] | None = None) -> Response:
    """Return where to go from here, with the message on the way.

    It is no success where a form was sent to a screen that is not open to its visitor: 409, unless the message says
    what else.
    """
    status = shown.status if shown and shown.status >= 400 else 200 if page.is_open else 409
    return _answer(page, status, next=way, message=_message(flash(shown, slots or {}) if shown else None))


def _entered(page: Page, destination: arrival.Destination) -> Response:
    return _onward(page, way_to(destination.address, destination.screen), destination.message)


def _answer(page: Page, status: int = 200, **more: Any) -> Response:
    """Return an answer with what every answer has: the screen, who is signed in, and the token of the next form."""
    secret = current.begun_secret()
    if secret:
        # The rest of the answer is for the user who has just signed in.
        current.become(secret)
    made: Json = {
        "screen": page.screen.name,
        "url": addresses.screen_url(page.screen.name, page.at),
        "locale": page.locale,
        "title": None, "parts": [], "rows": {}, "form": None, "message": None, "errors": {}, "result": None,
        "next": None, "file": None, "help": None,
        "session": _session(secret),
        "csrf_token": None if clients.is_app() else form_tokens.token(),
    }  # fmt: skip
    response = jsonify({**made, **more})
    response.status_code = status
    return response


def _session(secret: str | None) -> Json | None:
    """Return who is signed in; for an app that has just signed in also the secret that it sends from now on."""
    here = current.present()
    if here is None:
        return None
    made: Json = {
        "user": frame().called or None,
        "account": here.account.number if here.account and not here.may_only_set_password else None,
        "may_only_set_password": here.may_only_set_password,
        "ends_in": frame().idle_seconds,
    }
    if secret and clients.is_app():
        made["token"] = cookies.marked(secret, state().mount, state().keys)
        made["known_as"] = known_browsers.known_as()
    return made


def _form(page: Page, view: ScreenView) -> Json | None:
    screen, account = page.screen, frame().account
    if view.action is None and not screen.unseen:
        return None
    return {
        "url": addresses.screen_url(screen.name, page.at),
        "method": "POST",
        "fields": [one.name for one in screen.sent_fields],
        "values": values_of(screen.sent_fields, page),
        "submit": {"id": view.action.id, "text": view.action.text} if view.action else None,
        "account": account.number if screen.needs and account else None,
        "takes_link": bool(screen.opened_by),
    }


def _message(shown: Flash | None) -> Json | None:
    return (
        {"id": shown.id, "text": shown.text, "tone": shown.tone, "help": frame().help_for(shown.id)} if shown else None
    )


def _way(reply: Go) -> Json:
    query = {"next": reply.then} if reply.then else {}
    return way_to(addresses.screen_url(reply.screen, reply.at, **query), reply.screen)


def _message_of(reply: Go) -> Message | None:
    screen = state().platform.declared.screens[reply.screen]
    return screen.message(reply.message) if reply.message else None


def _met_in_order(view: ScreenView) -> list[ElementView]:
    return [*view.main, *chain.from_iterable(view.above), *view.before, *chain.from_iterable(view.after)]
