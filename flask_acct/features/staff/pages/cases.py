"""Requests of people who know nothing to sign in with."""

from __future__ import annotations

from typing import cast

from ....db.models import SupportCase
from ....staff import cases, search, users
from ....web.page import Handled, Page, View
from ....web.replies import Missing, Reply
from ....web.rows import Row, RowPage
from ..screens import CASE_STATES
from .shared import after, boxed, show_log

STEPS = ("take", "ask", "verify", "answer")


def list_cases(page: Page) -> None:
    query = page.visitor.search
    found = cases.browse(page.scope, query=query, page=page.visitor.page_number)
    rows = [
        Row(
            one.reference,
            (one.reference, one.name, boxed(CASE_STATES[one.state], page), one.taken_by, one.created_at),
            href=page.host.url_at("staff.case", {"case": one.id}),
        )
        for one in found.cases
    ]
    page.rows["all"] = RowPage(rows, found.page, found.pages, query)


def find(page: Page) -> Reply | None:
    one = cases.find(page.db, page.number("case"))
    if one is None:
        return Missing()
    page.found["case"] = page.row = one
    page.slots |= {"reference": one.reference, "email": one.email}
    return None


def show(page: Page) -> Reply | None:
    if reply := find(page):
        return reply
    one = _case(page)
    user = users.find(page.db, one.user_id) if one.user_id else None
    about = {
        "state": boxed(CASE_STATES[one.state], page),
        "name": one.name,
        "email": one.email,
        "on": one.created_at,
        "by": one.taken_by,
        "user": user.email if user else None,
    }
    page.facts["about"] = {name: value for name, value in about.items() if value is not None}
    page.brought["text"] = one.text.splitlines()
    if user:
        page.links["see_user"] = page.host.url_at("staff.user", {"user": user.id})
    show_log(page, "case", one.id, one.created_at)
    page.screen = page.screen.without(*(step for step in STEPS if step not in cases.NEXT[one.state]))
    return None


def take(page: Page) -> Handled:
    outcome = cases.take(page.scope, _case(page), by=page.staff.actor, reason=page.values["reason"])
    return after(page, outcome, "staff.case", "was_taken", page.at)


def ask(page: Page) -> Handled:
    typed = page.values
    outcome = cases.ask(page.scope, _case(page), typed["text"], by=page.staff.actor, reason=typed["reason"])
    return after(page, outcome, "staff.case", "was_asked", page.at)


def verify(page: Page) -> Handled:
    typed = page.values
    user = search.one_user(page.db, typed["user"])
    outcome = cases.verify(page.scope, _case(page), user, by=page.staff.actor, reason=typed["reason"])
    return after(page, outcome, "staff.case", "was_verified", page.at)


def answer(page: Page) -> Handled:
    typed = page.values
    outcome = cases.answer(
        page.scope,
        _case(page),
        typed["text"],
        sends=typed["recover"],
        by=page.staff.actor,
        reason=typed["reason"],
    )
    return after(page, outcome, "staff.case", "was_answered", page.at)


def _case(page: Page) -> SupportCase:
    return cast(SupportCase, page.found["case"])


PAGES = {
    "staff.cases": View(load=list_cases),
    "staff.case": View(load=show),
    "staff.case_take": View(load=find, post=take),
    "staff.case_ask": View(load=find, post=ask),
    "staff.case_verify": View(load=find, post=verify),
    "staff.case_answer": View(load=find, post=answer),
}
