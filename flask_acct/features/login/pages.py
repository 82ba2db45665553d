"""Signing in and out over HTTP."""

from __future__ import annotations

from typing import assert_never

from ... import signals
from ...security import sessions
from ...security.admission import ElsewhereFirst, NewPasswordFirst, Stopped, Welcome
from ...security.limits import TooMany
from ...web.page import Handled, Page, View
from ...web.replies import Enter, RememberTyped, Reply, SignOut, go, show
from . import flows

IDENTIFIER = "identifier"
"""The field that says who signs in."""


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
    return _reply(page, outcome).sending(signals.sign_in_tried, outcome=NAMES[type(outcome)])


NAMES = {
    Welcome: "signed_in",
    flows.SignInRefused: "wrong",
    TooMany: "too_many",
    Stopped: "stopped",
    ElsewhereFirst: "elsewhere_first",
    NewPasswordFirst: "new_password_first",
}
"""What each outcome is called in ``sign_in_tried``."""


def _reply(
    page: Page, outcome: TooMany | flows.SignInRefused | Stopped | ElsewhereFirst | NewPasswordFirst | Welcome
) -> Reply:
    match outcome:
        case TooMany(wait):
            return show("too_many", wait=wait).with_effects(_typed(page))
        case flows.SignInRefused():
            return show("wrong").with_effects(_typed(page)).sending(signals.sign_in_failed)
        case Stopped():
            return show("stopped", why=outcome.in_language(page.locale, page.config.site.default_locale))
        case ElsewhereFirst() | NewPasswordFirst() | Welcome():
            return Enter(outcome)
        case _:
            assert_never(outcome)


def _typed(page: Page) -> RememberTyped:
    return RememberTyped({IDENTIFIER: page.values[IDENTIFIER]})


def begin(page: Page) -> None:
    """The form starts with what its visitor typed here or on the way back in.

    Raises ``NoIdentifier`` for an identifier of the host's without a function to find it.
    """
    page.host.own_identifiers()
    page.start_with(page.visitor.typed)


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
    "login.form": View(load=begin, post=sign_in),
    "login.logout": View(load=already_out, post=sign_out),
}
