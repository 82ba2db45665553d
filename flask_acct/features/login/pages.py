"""Signing in and out over HTTP."""

from __future__ import annotations

from typing import assert_never

from flask import Response, redirect

from ... import signals
from ...security import sessions
from ...security.admission import ElsewhereFirst, NewPasswordFirst, Stopped, Welcome
from ...security.limits import TooMany
from ...web import arrival, current, host_identifiers
from ...web.page import Page, View
from . import flows


def sign_in(page: Page) -> Response:
    outcome = flows.sign_in(
        page.scope,
        page.values["identifier"],
        page.values["password"],
        network=page.network,
        browser=page.browser,
        user_agent=page.user_agent,
        before=arrival.before(),
        own=host_identifiers.lookup(),
    )
    match outcome:
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case flows.SignInRefused():
            page.tell(signals.sign_in_failed)
            return page.show("wrong")
        case Stopped():
            return page.show("stopped", why=arrival.words(outcome, page.frame.locale))
        case ElsewhereFirst():
            return redirect(arrival.go_elsewhere(outcome, onward=page.onward), 303)  # type: ignore[return-value]
        case NewPasswordFirst() | Welcome():
            return redirect(arrival.enter(outcome, onward=page.onward), 303)  # type: ignore[return-value]
        case _:
            assert_never(outcome)


def refuse_unknown(_page: Page) -> None:
    """Nothing, unless the configuration names what nobody has said how to find: whoever opens the form learns it."""
    host_identifiers.lookup()


def sign_out(page: Page) -> Response:
    here = page.here
    if here is not None:
        sessions.end(page.db, here.session.id)
        page.tell(signals.user_signed_out, user=here.user)
    current.leave()
    return page.go("login.form", "signed_out")


def already_out(page: Page) -> Response | None:
    """Whoever signed out in another tab is out, and is told so."""
    if page.here is None and page.was_drawn_for_user:
        return page.go("login.form", "signed_out")
    return None


PAGES = {
    "login.form": View(prepare=refuse_unknown, submit=sign_in),
    "login.logout": View(prepare=already_out, submit=sign_out),
}
