"""A person's own data and the account's details over HTTP."""

from __future__ import annotations

from typing import assert_never

from ... import signals
from ...accounts import usernames
from ...db.models import Account
from ...declare import own_fields
from ...security.limits import TooMany
from ...security.reauthentication import WrongPassword
from ...values import phones
from ...web.page import Handled, Page, View
from ...web.replies import ForgetLink, Open, Reply, Speak, done, done_at_once, go, show
from . import flows


def show_me(page: Page) -> None:
    user = page.user
    page.slots |= {"email": user.email, "username": user.username}
    pending = flows.pending_email(page.scope, user)
    if pending is None:
        page.screen = page.screen.without("pending", "email_again", "email_cancel")
    else:
        page.slots |= {"new_email": pending.email, "until": pending.until}
    page.start |= {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "locale": user.locale or page.locale,
        "time_zone": user.time_zone or "",
        **own_fields.typed("user", user, page.config),
    }
    page.facts["details"] = own_fields.fact_values("user", user, page.config)


def save_me(page: Page) -> Reply:
    user = page.user
    flows.save_me(page.scope, user, page.values)
    saved = go("profile.me", "saved").sending(signals.user_changed, user=user)
    return saved.with_effects(Speak(user.locale, user)) if user.locale else saved


def show_email(page: Page) -> None:
    page.slots["email"] = page.user.email


def ask_for_email(page: Page) -> Handled:
    outcome = _ask(page, page.values["new"])
    match outcome:
        case TooMany():
            return outcome
        case WrongPassword():
            return show("wrong")
        case flows.Unchanged():
            return show("same")
        case flows.Respelled(user):
            return go("profile.me", "respelled", email=user.email).sending(signals.user_changed, user=user)
        case flows.EmailChangeRequested():
            return done("sent", email=page.values["new"])
        case _:
            assert_never(outcome)


def _ask(
    page: Page, new: str
) -> flows.EmailChangeRequested | flows.Respelled | flows.Unchanged | WrongPassword | TooMany:
    return flows.ask_for_email(
        page.scope, page.session, new, page.values["password"], locale=page.locale, form=page.visitor.form_copy
    )


def find_pending(page: Page) -> Reply | None:
    """The change of address that waits to be confirmed is loaded; without one there is nothing to do here."""
    user = page.user
    pending = flows.pending_email(page.scope, user)
    if pending is None:
        return go("profile.me", "gone")
    page.slots |= {"email": user.email, "new_email": pending.email}
    return None


def ask_again(page: Page) -> Handled:
    outcome = _ask(page, str(page.slots["new_email"]))
    match outcome:
        case TooMany():
            return outcome
        case WrongPassword():
            return show("wrong")
        case flows.Unchanged() | flows.Respelled():
            return go("profile.me", "gone")
        case flows.EmailChangeRequested():
            return go("profile.me", "email_sent", email=page.slots["new_email"])
        case _:
            assert_never(outcome)


def cancel_email(page: Page) -> Reply:
    user = page.user
    outcome = flows.cancel_email(page.scope, user)
    match outcome:
        case flows.EmailChangeCancelled():
            return go("profile.me", "email_kept", email=user.email)
        case flows.NothingPending():
            return go("profile.me", "gone")
        case _:
            assert_never(outcome)


def find_link(page: Page) -> Reply | None:
    """The address of the link is loaded; for a dead link the page says so, as for an unknown one."""
    secret = page.token or ""
    token = flows.confirmable_token(page.scope, secret)
    if token is None:
        over = Open() if page.is_result else _over(flows.followed(page.db, secret, page.user))
        return over.with_effects(ForgetLink())
    page.slots["email"] = token.about["email"]
    page.found["user_id"] = token.user_id
    return None


def arrive_to_confirm(page: Page) -> Reply:
    user = page.user
    if "user_id" in page.found and user.id != page.found["user_id"]:
        return done_at_once("other_user", name=user.full_name)
    return Open()


def confirm_email(page: Page) -> Reply:
    return _confirmed(flows.confirm_email(page.scope, page.token or "", page.session), page).with_effects(ForgetLink())


def _confirmed(
    outcome: flows.OtherUsersLink
    | flows.UsedLink
    | flows.EmailLinkDead
    | flows.IdentifierInUse
    | flows.IdentifierChanged,
    page: Page,
) -> Reply:
    match outcome:
        case flows.OtherUsersLink():
            return done_at_once("other_user", name=page.user.full_name)
        case flows.UsedLink() | flows.EmailLinkDead():
            return _over(outcome)
        case flows.IdentifierInUse(wanted):
            return done("taken", email=wanted)
        case flows.IdentifierChanged(user, was):
            return done("changed", email=user.email).sending(signals.email_changed, user=user, was=was)
        case _:
            assert_never(outcome)


def _over(found: flows.UsedLink | flows.EmailLinkDead | None) -> Reply:
    """Return the page that says why a link confirms nothing any more."""
    return done_at_once("already", email=found.email) if isinstance(found, flows.UsedLink) else done_at_once("dead")


def show_username(page: Page) -> None:
    page.slots |= {"username": page.user.username, "days": usernames.RESERVED_FOR.days}


def rename(page: Page) -> Handled:
    outcome = flows.rename(page.scope, page.session, page.values["new"], page.values["password"])
    match outcome:
        case TooMany():
            return outcome
        case WrongPassword():
            return show("wrong")
        case flows.UnusableName():
            return show("unfit")
        case flows.Unchanged():
            return show("same")
        case flows.IdentifierInUse():
            return show("taken")
        case flows.IdentifierChanged(user, was):
            renamed = go("profile.me", "renamed", username=user.username)
            return renamed.sending(signals.username_changed, user=user, was=was)
        case _:
            assert_never(outcome)


def show_account(page: Page) -> None:
    account = page.account
    page.slots["number"] = account.number
    own = own_fields.typed("account", account, page.config)
    page.start |= {field.name: own.get(field.name) or _typed(account, field.name) for field in page.screen.fields}
    page.facts["details"] = own_fields.fact_values("account", account, page.config)


def save_account(page: Page) -> Reply:
    flows.save_account(page.scope, page.session, page.values)
    return go("profile.account", "saved").sending(signals.account_changed, account=page.account)


def _typed(account: Account, field: str) -> str:
    """Return what the form would have to hold for the account to be as it is."""
    value = getattr(account, field, "") or ""
    return phones.written(value) if field == "phone" else value


PAGES = {
    "profile.me": View(load=show_me, post=save_me),
    "profile.email": View(load=show_email, post=ask_for_email),
    "profile.email_again": View(load=find_pending, post=ask_again),
    "profile.email_cancel": View(load=find_pending, post=cancel_email),
    "profile.confirm_email": View(load=find_link, get=arrive_to_confirm, post=confirm_email),
    "profile.username": View(load=show_username, post=rename),
    "profile.account": View(load=show_account, post=save_account),
}
