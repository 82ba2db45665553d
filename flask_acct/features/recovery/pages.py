"""The recovery forms over HTTP."""

from __future__ import annotations

from typing import assert_never

from ...declare.formats import all_of
from ...security import tokens
from ...values import user_agents
from ...web.asking import ask
from ...web.page import Handled, Page, View
from ...web.replies import ForgetLink, Open, RememberTyped, Reply, done, go
from . import flows


def begin_password(page: Page) -> None:
    """The form starts with what its visitor typed on the sign-in form, or here before."""
    typed = page.visitor.typed
    page.start_with({**flows.fields_of(typed.get("identifier", ""), page.config), **typed})


def begin_username(page: Page) -> None:
    """The form starts with the address that its visitor typed elsewhere."""
    page.start_with({**flows.address_in(page.visitor.typed.get("identifier", "")), **page.visitor.typed})


def ask_by_mail(page: Page) -> Handled:
    """The request is remembered, and what was typed stays at hand: for the sentence, to send again, and to sign in."""
    # The result sends the form again, so it has the fields.
    typed = all_of(flows.named_in(page.values), locale=page.locale)
    asked = ask(page, "sent", typed=typed, **page.values)
    if isinstance(asked, Reply):
        return asked.with_effects(RememberTyped(flows.kept_of(page.values, page.visitor.typed, page.config)))
    return asked


def ask_for_help(page: Page) -> Handled:
    return ask(page, "received")


def arrive_to_confirm(page: Page) -> Reply:
    if page.token and not tokens.find(page.scope, page.token, "confirm_recovery"):
        return _dead(page, page.token)
    if not page.token and not page.is_result:
        return go("recovery.password")
    return Open()


def confirm(page: Page) -> Reply:
    secret = page.token or ""
    asked_from = user_agents.origin(page.visitor.user_agent, page.visitor.network)
    outcome = flows.confirm(page.scope, secret, locale=page.locale, asked_from=asked_from)
    match outcome:
        case flows.ConfirmationLinkDead():
            return _dead(page, secret)
        case flows.Confirmed():
            return done("sent").with_effects(ForgetLink())
        case _:
            assert_never(outcome)


def _dead(page: Page, secret: str) -> Reply:
    """Return the page that says why a link confirms nothing any more: it was followed before, or is void."""
    token = tokens.find_any(page.db, secret, "confirm_recovery")
    return go("recovery.password", "confirmed" if token is not None and token.used_at else "dead").with_effects(
        ForgetLink()
    )


PAGES = {
    "recovery.password": View(load=begin_password, post=ask_by_mail),
    "recovery.username": View(load=begin_username, post=ask_by_mail),
    "recovery.request": View(post=ask_for_help),
    "recovery.confirm": View(get=arrive_to_confirm, post=confirm),
}
