"""An account in the staff area: what is known of it, its status, plan and domains."""

from __future__ import annotations

from datetime import date
from typing import cast

from .... import signals
from ....accounts.account_status import State
from ....db.models import Account
from ....staff import accounts, erasure, export, users
from ....staff.acts import ActDone
from ....staff.erasure import Erased
from ....web.page import Handled, Page, View
from ....web.replies import Event, Missing, Reply
from ....web.rows import Row, RowPage
from ..screens import ACCOUNT_STATES, OWNER, PLANS, SUB_USER, USER_STATES
from .shared import after, as_file, boxed, leave_out_for_support, show_log


def find(page: Page) -> Reply | None:
    account = accounts.find(page.db, page.number("account"))
    if account is None:
        return Missing()
    page.found["account"] = page.row = account
    page.slots["name"] = account.name
    return None


def show(page: Page) -> Reply | None:
    if reply := find(page):
        return reply
    account = _account(page)
    shown = accounts.show(page.scope, account)
    about = {
        "number": account.number,
        "state": boxed(ACCOUNT_STATES[account.state], page),
        "plan": PLANS.get(account.plan, account.plan),
        "until": account.plan_expires_on,
        "domains": list(shown.domains) or None,
        "billing": account.billing_email,
        "since": account.created_at,
    }
    page.facts["about"] = {name: value for name, value in about.items() if value is not None}
    members = [
        Row(
            str(one.user_id),
            (
                one.user.full_name,
                one.user.email,
                OWNER if one.is_owner else SUB_USER,
                boxed(USER_STATES["disabled" if one.user.disabled_at else "active"], page),
            ),
            href=page.host.url_at("staff.user", {"user": one.user_id}),
        )
        for one in shown.memberships
    ]
    page.rows["members"] = RowPage(members)
    show_log(page, "account", account.id, account.created_at)
    leave_out_for_support(page, "change_state", "change_plan", "change_domains", "export", "delete")
    return None


def begin_state(page: Page) -> Reply | None:
    reply = find(page)
    if reply is None:
        page.start["state"] = _account(page).state
    return reply


def set_state(page: Page) -> Handled:
    account, state = _account(page), cast(State, page.values["state"])
    was = account.state
    outcome = accounts.set_state(page.scope, account, state, by=page.staff.actor, reason=page.values["reason"])
    reply = after(page, outcome, "staff.account", "state_set", page.at)
    if isinstance(outcome, ActDone):
        return reply.sending(signals.account_state_changed, account=account, was=was)
    return reply


def begin_plan(page: Page) -> Reply | None:
    reply = find(page)
    if reply is None:
        until = _account(page).plan_expires_on
        page.start |= {"plan": _account(page).plan, "until": until.isoformat() if until else ""}
    return reply


def set_plan(page: Page) -> Handled:
    typed = page.values
    until = date.fromisoformat(typed["until"]) if typed["until"] else None
    outcome = accounts.set_plan(
        page.scope, _account(page), typed["plan"], until, by=page.staff.actor, reason=typed["reason"]
    )
    return after(page, outcome, "staff.account", "plan_set", page.at)


def begin_domains(page: Page) -> Reply | None:
    reply = find(page)
    if reply is None:
        page.start["domains"] = "\n".join(accounts.show(page.scope, _account(page)).domains)
    return reply


def set_domains(page: Page) -> Handled:
    typed = page.values
    outcome = accounts.set_domains(
        page.scope, _account(page), typed["domains"], by=page.staff.actor, reason=typed["reason"]
    )
    return after(page, outcome, "staff.account", "domains_set", page.at)


def export_data(page: Page) -> Handled:
    account = _account(page)
    outcome = export.export_account(page.scope, account, by=page.staff.actor, reason=page.values["reason"])
    return as_file(page, outcome, "staff.account", f"account-{account.number}")


def begin_delete(page: Page) -> Reply | None:
    if reply := find(page):
        return reply
    would = erasure.would_go(page.scope, _account(page))
    about: dict[str, object] = {
        "number": _account(page).number,
        "users": [users.named(one) for one in would.users],
        "domains": list(would.domains),
        "contacts": str(would.contacts),
        "staying": [users.named(one) for one in would.staying],
    }
    page.facts["about"] = {name: value for name, value in about.items() if value}
    return None


def delete(page: Page) -> Handled:
    account = _account(page)
    number = account.number
    outcome = erasure.delete_account(
        page.scope, account, by=page.staff.actor, reason=page.values["reason"], announce=page.host.announce
    )
    count = len(outcome.users) if isinstance(outcome, Erased) else 0
    reply = after(page, outcome, "staff.home", "account_deleted", {}, number=number, users=count)
    return reply.sending_all(Event(*one) for one in erasure.signals_of(outcome, account))


def _account(page: Page) -> Account:
    return cast(Account, page.found["account"])


PAGES = {
    "staff.account": View(load=show),
    "staff.account_state": View(load=begin_state, post=set_state),
    "staff.account_plan": View(load=begin_plan, post=set_plan),
    "staff.account_domains": View(load=begin_domains, post=set_domains),
    "staff.account_export": View(load=find, post=export_data),
    "staff.account_delete": View(load=begin_delete, post=delete),
}
