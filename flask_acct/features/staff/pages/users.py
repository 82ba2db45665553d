"""A user in the staff area: what is known of them, and what can be done for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from ....db.models import User
from ....staff import erasure, export, users
from ....staff.acts import Actor, Outcome
from ....web.page import Handled, Page, View
from ....web.replies import Event, Missing, Reply
from ....web.rows import Row, RowPage
from ..screens import ADDRESS_STATES, NEVER, OWNER, SUB_USER, USER_STATES
from .shared import after, as_file, boxed, leave_out_for_support, show_log

OF_ADMINS = ("unlock", "change_address", "keep_address", "disable", "enable", "export", "delete")


def find(page: Page) -> Reply | None:
    user = users.find(page.db, page.number("user"))
    if user is None:
        return Missing()
    page.found["user"] = page.row = user
    page.slots |= {"name": user.full_name, "email": user.email}
    return None


def show(page: Page) -> Reply | None:
    if reply := find(page):
        return reply
    user = _user(page)
    shown = users.show(page.scope, user)
    about = {
        "email": user.email,
        "verified": ADDRESS_STATES["yes" if user.email_verified_at else "no"],
        "username": user.username,
        "state": boxed(USER_STATES["disabled" if user.disabled_at else "active"], page),
        "since": user.created_at,
        "seen": user.last_signed_in_at or NEVER,
        "limited": shown.limited_until,
        "sessions": str(shown.open_sessions),
        "pending": [shown.pending.email, shown.pending.due_at] if shown.pending else None,
    }
    page.facts["about"] = {name: value for name, value in about.items() if value is not None}
    accounts = [
        Row(
            one.account.number,
            (one.account.name, one.account.number, OWNER if one.is_owner else SUB_USER),
            href=page.host.url_at("staff.account", {"account": one.account_id}),
        )
        for one in shown.memberships
    ]
    page.rows["accounts"] = RowPage(accounts)
    show_log(page, "user", user.id, user.created_at)
    leave_out_for_support(page, *OF_ADMINS)
    page.screen = page.screen.without(
        "disable" if user.disabled_at else "enable", "change_address" if shown.pending else "keep_address"
    )
    return None


def change_address(page: Page) -> Handled:
    outcome = users.change_address(
        page.scope, _user(page), page.values["email"], by=page.staff.actor, reason=page.values["reason"]
    )
    due = page.now + timedelta(hours=page.config.staff.address_wait_hours)
    return after(page, outcome, "staff.user", "address_planned", page.at, due=due)


Act = Callable[..., Outcome]


def _doing(act: Act, message: str) -> View:
    """Return the view of a page that does one act for the user, and then shows the user with a message."""

    def do(page: Page) -> Handled:
        by: Actor = page.staff.actor
        outcome = act(page.scope, _user(page), by=by, reason=page.values["reason"])
        return after(page, outcome, "staff.user", message, page.at)

    return View(load=find, post=do)


def export_data(page: Page) -> Handled:
    user = _user(page)
    outcome = export.export_user(page.scope, user, by=page.staff.actor, reason=page.values["reason"])
    return as_file(page, outcome, "staff.user", f"user-{user.id}")


def delete(page: Page) -> Handled:
    user = _user(page)
    outcome = erasure.delete_user(
        page.scope, user, by=page.staff.actor, reason=page.values["reason"], announce=page.host.announce
    )
    reply = after(page, outcome, "staff.home", "user_deleted", {}, email=page.slots["email"])
    return reply.sending_all(Event(*one) for one in erasure.signals_of(outcome))


def _user(page: Page) -> User:
    return cast(User, page.found["user"])


PAGES = {
    "staff.user": View(load=show),
    "staff.user_recover": _doing(users.send_recovery, "recovery_sent"),
    "staff.user_sign_out": _doing(users.end_sessions, "signed_out"),
    "staff.user_unlock": _doing(users.unlock, "unlocked"),
    "staff.user_address": View(load=find, post=change_address),
    "staff.user_keep": _doing(users.keep_address, "address_kept"),
    "staff.user_disable": _doing(users.disable, "was_disabled"),
    "staff.user_enable": _doing(users.enable, "was_enabled"),
    "staff.user_export": View(load=find, post=export_data),
    "staff.user_delete": View(load=find, post=delete),
}
