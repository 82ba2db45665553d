"""Signing in and out over HTTP."""

from __future__ import annotations

from typing import assert_never

from ... import signals
from ...security import sessions
from ...security.admission import ElsewhereFirst, NewPasswordFirst, Stopped, Welcome
from ...security.limits import TooMany
from ...web.page import Handled, Page, View
from ...web.replies import Enter, Reply, SignOut, go, show
from . import flows


def sign_in(page: Page) -> Handled:
    outcome = flows.sign_in(
        page.scope,
        page.values["identifier"],
        page.values["password"],
        network=page.visitor.network,
        browser=page.visitor.browser,
        user_agent=page.visitor.user_agent,
        before=page.host.before_sign_in(),
        own=page.host.own_identifiers(),
    )
    match outcome:
        case TooMany():
            return outcome
        case flows.SignInRefused():
            return show("wrong").sending(signals.sign_in_failed)
        case Stopped():
            return show("stopped", why=outcome.in_language(page.locale, page.config.site.default_locale))
        case ElsewhereFirst() | NewPasswordFirst() | Welcome():
            return Enter(outcome)
        case _:
            assert_never(outcome)


def raise_if_unknown(page: Page) -> None:
    """Raise ``NoIdentifier`` for an identifier of the host's without a function to find it."""
    page.host.own_identifiers()


def sign_out(page: Page) -> Reply:
    here, reply = page.here, go("login.form", "signed_out")
    if here is not None:
        sessions.end(page.db, here.session.id)
        reply = reply.sending(signals.user_signed_out, user=here.user)
    return reply.with_effects(SignOut())


def already_out(page: Page) -> Reply | None:
    """A visitor who signed out in another tab is signed out, and sees a message."""
    if page.here is None and page.visitor.was_rendered_for_user:
        return go("login.form", "signed_out")
    return None


PAGES = {
    "login.form": View(load=raise_if_unknown, post=sign_in),
    "login.logout": View(load=already_out, post=sign_out),
}
