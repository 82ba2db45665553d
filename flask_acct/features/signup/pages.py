"""Signing up over HTTP."""

from __future__ import annotations

from ... import signals
from ...accounts.naming import display_name
from ...values import identifiers
from ...web import new_users
from ...web.asking import ask
from ...web.page import Handled, Page, View
from ...web.replies import ForgetLink, Home, Open, Reply, done, go, show
from . import flows


def find_form(page: Page) -> Reply | None:
    """The field says whose addresses may sign up; if none may, there is nothing to send."""
    domains = [identifiers.readable(domain) for domain in page.config.signup.domains]
    page.slots["domains"] = ", ".join(domains)
    return None if page.config.signup.is_open else Open()


def ask_for_link(page: Page) -> Handled:
    key = identifiers.email_key(page.values["email"]) or ""
    if not page.config.signup.takes(key):
        return show("other_domain", domains=page.slots["domains"])
    return ask(page, "sent")


def find_waiting(page: Page) -> Reply | None:
    """The page says whose address the link proves; a dead link leads to the page that says why."""
    if page.is_result:
        return None
    found = flows.find(page.scope, page.token or "")
    if isinstance(found, flows.SignUpLinkDead):
        return _dead(page, found)
    page.slots["email"] = page.signs_in_as = found.email
    return None


def arrive(page: Page) -> Reply:
    """Show the form, with a suggested user name if one is needed."""
    if not page.is_result:
        new_users.suggest_user_name(page, page.signs_in_as)
    return Open()


def finish(page: Page) -> Handled:
    outcome = flows.finish(
        page.scope,
        page.token or "",
        new_users.filled_in(page),
        account_name=page.values.get("account_name", ""),
        own={field.id: page.values[field.name] for field in page.screen.fields if field.id.startswith("fields.")},
        locale=page.locale,
        user_agent=page.visitor.user_agent,
        before=page.host.before_sign_in(),
    )
    match outcome:
        case flows.SignedUp():
            return _signed_up(page, outcome)
        case flows.SignUpLinkDead():
            return _dead(page, outcome)
        case _:
            return new_users.show_again(page, outcome)


def _signed_up(page: Page, new: flows.SignedUp) -> Reply:
    number = new.account.number if new.account else ""
    welcome = done("done", username=display_name(new.user, page.config), number=number)
    entered = new_users.enter(page, new.user, new.entry, welcome)
    return entered.sending(signals.user_signed_up, user=new.user, account=new.account)


def _dead(page: Page, dead: flows.SignUpLinkDead) -> Reply:
    if page.visitor.signed_in is not None:
        # They need not sign up, and whoever uses this browser next must not read of it.
        return Home().with_effects(ForgetLink())
    reply = go("signup.form") if dead.why == "closed" else go("signup.form", dead.why, until=dead.until)
    return reply.with_effects(ForgetLink())


PAGES = {
    "signup.form": View(post=ask_for_link, load=find_form),
    "signup.finish": View(get=arrive, post=finish, load=find_waiting),
}
