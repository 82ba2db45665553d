"""A person's own data and the account's details over HTTP."""

from __future__ import annotations

from typing import assert_never, cast

from flask import Response

from ... import signals
from ...accounts import usernames
from ...db.models import Account
from ...declare import own_fields
from ...security.limits import TooMany
from ...security.reauthentication import WrongPassword
from ...security.sessions import CurrentSession
from ...values import phones
from ...web import language
from ...web.page import Page, View
from . import flows


def show_me(page: Page) -> None:
    user = _here(page).user
    page.slots |= {"email": user.email, "username": user.username}
    pending = flows.pending_email(page.scope, user)
    if pending is None:
        page.screen = page.screen.without("pending", "email_again", "email_cancel")
    else:
        page.slots |= {"new_email": pending.email, "until": pending.until}
    page.start |= {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "locale": user.locale or page.frame.locale,
        "time_zone": user.time_zone or "",
        **own_fields.typed("user", user, page.config),
    }
    page.facts["details"] = own_fields.told("user", user, page.config)


def save_me(page: Page) -> Response:
    user = _here(page).user
    flows.save_me(page.scope, user, page.values)
    page.tell(signals.user_changed, user=user)
    response = page.go("profile.me", "saved")
    if user.locale:
        language.settle(user, user.locale, response)
    return response


def show_email(page: Page) -> None:
    page.slots["email"] = _here(page).user.email


def ask_for_email(page: Page) -> Response:
    outcome = _ask(page, page.values["new"])
    match outcome:
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case WrongPassword():
            return page.show("wrong")
        case flows.Same():
            return page.show("same")
        case flows.Respelled(user):
            page.tell(signals.user_changed, user=user)
            return page.go("profile.me", "respelled", email=user.email)
        case flows.EmailChangeRequested():
            return page.done("sent", email=page.values["new"])
        case _:
            assert_never(outcome)


def _ask(page: Page, new: str) -> flows.EmailChangeRequested | flows.Respelled | flows.Same | WrongPassword | TooMany:
    return flows.ask_for_email(
        page.scope, _here(page), new, page.values["password"], locale=page.frame.locale, form=page.form_copy
    )


def find_pending(page: Page) -> Response | None:
    """The change of address that waits to be confirmed; without one there is nothing to do here."""
    user = _here(page).user
    pending = flows.pending_email(page.scope, user)
    if pending is None:
        return page.go("profile.me", "gone")
    page.slots |= {"email": user.email, "new_email": pending.email}
    return None


def ask_again(page: Page) -> Response:
    outcome = _ask(page, str(page.slots["new_email"]))
    match outcome:
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case WrongPassword():
            return page.show("wrong")
        case flows.Same() | flows.Respelled():
            return page.go("profile.me", "gone")
        case flows.EmailChangeRequested():
            return page.go("profile.me", "email_sent", email=page.slots["new_email"])
        case _:
            assert_never(outcome)


def cancel_email(page: Page) -> Response:
    user = _here(page).user
    outcome = flows.cancel_email(page.scope, user)
    match outcome:
        case flows.EmailChangeCancelled():
            return page.go("profile.me", "email_kept", email=user.email)
        case flows.NothingPending():
            return page.go("profile.me", "gone")
        case _:
            assert_never(outcome)


def find_link(page: Page) -> Response | None:
    """Which address the link is for; a page that says so for a dead one, as for none."""
    secret = page.token or ""
    token = flows.asked_for(page.scope, secret)
    if token is None:
        page.forget_token()
        return page.arrived() if page.is_result else _over(flows.followed(page.db, secret, _here(page).user), page)
    page.slots |= {"email": token.about["email"], "user_id": token.user_id}
    return None


def arrive_to_confirm(page: Page) -> Response:
    user = _here(page).user
    if "user_id" in page.slots and user.id != page.slots["user_id"]:
        return page.answer("other_user", name=user.full_name)
    return page.arrived()


def confirm_email(page: Page) -> Response:
    here = _here(page)
    outcome = flows.confirm_email(page.scope, page.token or "", here)
    page.forget_token()
    match outcome:
        case flows.OtherUsersLink():
            return page.answer("other_user", name=here.user.full_name)
        case flows.UsedLink() | flows.EmailLinkDead():
            return _over(outcome, page)
        case flows.IdentifierInUse(wanted):
            return page.done("taken", email=wanted)
        case flows.IdentifierChanged(user, was):
            page.tell(signals.email_changed, user=user, was=was)
            return page.done("changed", email=user.email)
        case _:
            assert_never(outcome)


def _over(found: flows.UsedLink | flows.EmailLinkDead | None, page: Page) -> Response:
    """What became of a link that confirms nothing any more."""
    return page.answer("already", email=found.email) if isinstance(found, flows.UsedLink) else page.answer("dead")


def show_username(page: Page) -> None:
    page.slots |= {"username": _here(page).user.username, "days": usernames.KEPT_FOR.days}


def rename(page: Page) -> Response:
    outcome = flows.rename(page.scope, _here(page), page.values["new"], page.values["password"])
    match outcome:
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case WrongPassword():
            return page.show("wrong")
        case flows.UnusableName():
            return page.show("unfit")
        case flows.Same():
            return page.show("same")
        case flows.IdentifierInUse():
            return page.show("taken")
        case flows.IdentifierChanged(user, was):
            page.tell(signals.username_changed, user=user, was=was)
            return page.go("profile.me", "renamed", username=user.username)
        case _:
            assert_never(outcome)


def show_account(page: Page) -> None:
    account = cast(Account, _here(page).account)
    page.slots["number"] = account.number
    own = own_fields.typed("account", account, page.config)
    page.start |= {field.name: own.get(field.name) or _typed(account, field.name) for field in page.screen.fields}
    page.facts["details"] = own_fields.told("account", account, page.config)


def save_account(page: Page) -> Response:
    here = _here(page)
    flows.save_account(page.scope, here, page.values)
    page.tell(signals.account_changed, account=here.account)
    return page.go("profile.account", "saved")


def _here(page: Page) -> CurrentSession:
    """Who is here; the guard has seen to it that somebody is."""
    return cast(CurrentSession, page.here)


def _typed(account: Account, field: str) -> str:
    """What the form would have to hold for the account to be as it is."""
    value = getattr(account, field, "") or ""
    return phones.written(value) if field == "phone" else value


PAGES = {
    "profile.me": View(prepare=show_me, submit=save_me),
    "profile.email": View(prepare=show_email, submit=ask_for_email),
    "profile.email_again": View(prepare=find_pending, submit=ask_again),
    "profile.email_cancel": View(prepare=find_pending, submit=cancel_email),
    "profile.confirm_email": View(prepare=find_link, arrive=arrive_to_confirm, submit=confirm_email),
    "profile.username": View(prepare=show_username, submit=rename),
    "profile.account": View(prepare=show_account, submit=save_account),
}
