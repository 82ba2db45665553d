"""Renders replies as pages, in the brand and the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from flask import Response, abort, current_app, make_response, redirect, render_template

from ..declare.elements import Result
from ..errors import AcctError
from . import addresses, arrival
from .layout import frame
from .page import Page
from .page_view import (
    PageView,
    ScreenState,
    flash,
    flash_of,
    flash_of_result,
    found_as,
    problems_of,
    screen_view,
    state_after,
    with_retry_after,
)
from .replies import Away, Done, Enter, File, Go, Home, Missing, Open, Reply, Show
from .state import state
from .visits import visit


class NotAtOnce(AcctError):
    """A secret was to be shown by another answer than the one to the form, so that a cookie would have to hold it."""

    def __init__(self, result: str) -> None:
        super().__init__(f'The result "{result}" holds what is shown once. Answer with Done(..., at_once=True).')


def render(reply: Reply, page: Page) -> Response:
    """Return the reply as the response for a browser."""
    match reply:
        case Open():
            return _found(page)
        case Show(message, slots, status):
            return show_message(page, message, slots, status)
        case Done(result, slots, at_once=True):
            page.slots |= slots
            return _draw(page, result=page.screen.result(result))
        case Done(result) if page.screen.result(result).is_shown_once:
            raise NotAtOnce(page.screen.result(result).id)
        case Done(result, slots):
            return _say_at(page.screen.name, page.screen.result(result).id, slots, page.at)
        case Go():
            return _gone(reply)
        case Home():
            return see_other(page.visitor.onward or addresses.target_url("site.home") or "/")
        case Enter(entry, goes_back):
            return see_other(
                arrival.announced(arrival.entered(entry, onward=page.visitor.onward if goes_back else None))
            )
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


def show_message(page: Page, message: str | None, slots: Mapping[str, object], status: int | None = None) -> Response:
    """Return the screen with one of its messages, or, by its complete id, one that another screen declares as well."""
    return with_retry_after(_draw(page, state_after(page, message, slots, status)), slots)


def show_problems(page: Page) -> Response:
    """Return the form again, with what is wrong with it."""
    return _draw(page, problems_of(page))


def see_other(address: str) -> Response:
    return cast(Response, redirect(address, 303))


def _found(page: Page) -> Response:
    """Return the screen as it is opened: with messages from the page before, or the result of what was sent."""
    flashed = visit().said
    if flashed is None or flashed["at"] != page.screen.name:
        return _draw(page)
    visit().heard()
    for result in page.screen.results:
        if result.id == flashed["id"]:
            page.slots |= flashed["slots"]
            return _draw(page, result=result)
    for message in page.screen.messages:
        if message.id == flashed["id"]:
            return _draw(page, ScreenState(message.status, flash(message, flashed["slots"])))
    return _draw(page)


def _gone(reply: Go) -> Response:
    if reply.message is None:
        return see_other(addresses.screen_url(reply.screen, reply.at, **({"next": reply.then} if reply.then else {})))
    message = state().platform.declared.screens[reply.screen].message(reply.message)
    return _say_at(reply.screen, message.id, reply.slots, reply.at)


def _say_at(screen: str, id_: str, slots: Mapping[str, object], at: Mapping[str, object]) -> Response:
    visit().say(screen, id_, {name: frame().show(value) for name, value in slots.items()})
    return see_other(addresses.screen_url(screen, at))


def _draw(page: Page, outcome: ScreenState | None = None, *, result: Result | None = None) -> Response:
    layout, outcome = frame(), outcome or found_as(page, result)
    message = outcome.message or (flash_of("shell.form.brought_back", "info") if page.is_brought_back else None)
    body = render_template(
        _template(page.screen.name),
        page=PageView(page, layout),
        screen=screen_view(page.screen, result, layout.locale),
        message=message,
        problems=outcome.problems,
        wait_seconds=outcome.wait_seconds,
        result=flash_of_result(result, page),
        slots=page.slots,
        acct=layout,
    )
    return make_response(body, outcome.status)


def _template(screen: str) -> str:
    """Return the screen's own template if the app has one, else the one they all share."""
    made = state().cache
    key = ("template", screen)
    # Jinja caches what it finds but not what it misses: it would look for the first one at every request.
    if key not in made or current_app.jinja_env.auto_reload:
        names = [f"flask_acct/{screen}.html", "flask_acct/screen.html"]
        made[key] = current_app.jinja_env.select_template(names).name
    return cast(str, made[key])
