"""Signing up over HTTP."""

from __future__ import annotations

from flask import Response

from ... import signals
from ...accounts.naming import called
from ...values import identifiers
from ...web import arrival, current, new_users
from ...web.asking import ask
from ...web.page import Page, View
from . import flows


def find_form(page: Page) -> Response | None:
    """Whose addresses may sign up is said at the field; where none may, there is nothing to send."""
    domains = [identifiers.readable(domain) for domain in page.config.signup.domains]
    page.slots["domains"] = ", ".join(domains)
    return None if page.config.signup.is_open else page.arrived()


def ask_for_link(page: Page) -> Response:
    key = identifiers.email_key(page.values["email"]) or ""
    if not page.config.signup.takes(key):
        return page.show("other_domain", domains=page.slots["domains"])
    return ask(page, "sent")


def find_waiting(page: Page) -> Response | None:
    """Whose address the link proves is said on the page; a dead one leads to where it is said what became of it."""
    if page.is_result:
        return None
    found = flows.find(page.scope, page.token or "")
    if isinstance(found, flows.SignUpLinkDead):
        return _dead(page, found)
    page.slots["email"] = page.signs_in_as = found.email
    return None


def arrive(page: Page) -> Response:
    """The form, with a user name to begin with where one is asked for."""
    if not page.is_result:
        new_users.suggest_user_name(page, page.signs_in_as)
    return page.arrived()


def finish(page: Page) -> Response:
    outcome = flows.finish(
        page.scope,
        page.token or "",
        new_users.filled_in(page),
        account_name=page.values.get("account_name", ""),
        own={field.id: page.values[field.name] for field in page.screen.fields if field.id.startswith("fields.")},
        locale=page.frame.locale,
        user_agent=page.user_agent,
        before=arrival.before(),
    )
    match outcome:
        case flows.SignedUp():
            return _signed_up(page, outcome)
        case flows.SignUpLinkDead():
            return _dead(page, outcome)
        case _:
            return new_users.show_again(page, outcome)


def _signed_up(page: Page, new: flows.SignedUp) -> Response:
    away = new_users.enter(page, new.user, new.entry)
    page.tell(signals.user_signed_up, user=new.user, account=new.account)
    number = new.account.number if new.account else ""
    return away or page.done("done", username=called(new.user, page.config), number=number)


def _dead(page: Page, dead: flows.SignUpLinkDead) -> Response:
    page.forget_token()
    if current.signed_in() is not None:
        # They need not sign up, and whoever comes next in this browser must not read of it.
        return page.go_home()
    if dead.why == "closed":
        return page.go("signup.form")
    return page.go("signup.form", dead.why, until=dead.until)


PAGES = {
    "signup.form": View(submit=ask_for_link, prepare=find_form),
    "signup.finish": View(arrive=arrive, submit=finish, prepare=find_waiting),
}
