"""The first page of the client area: what needs attention, and a tile for each page with how much there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from sqlalchemy import func, select

from flask_acct import Account, News, current_account

from . import billing, shop, trades
from .extensions import acct
from .shop import SOON, Audience, Campaign, Invoice, Order, Referral, Registration, Service, Ticket
from .words import money, say

BEHIND: dict[str, Any] = {
    "services": Service,
    "domains": Registration,
    "invoices": Invoice,
    "support": Ticket,
    "campaigns": Campaign,
    "lists": Audience,
    "orders": Order,
    "affiliate": Referral,
}
"""What each page lists."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A page of the client area, and how many rows it lists; ``None`` for one that lists nothing."""

    page: str
    icon: str
    number: int | None


def tiles() -> list[Tile]:
    """Return those that the signed-in user may open."""
    return [Tile(page, _icon(page), _number(page)) for page in trades.here().pages if _is_open(page)]


def every_tile() -> list[Tile]:
    """Return all that the company has, for somebody who is not signed in."""
    return [Tile(page, _icon(page), None) for page in trades.here().pages]


def dates() -> list[tuple[str, str]]:
    """Return the days to know, by the ids of their words: until when the plan is valid, when a service is renewed."""
    ends, running = current_account.plan_expires_on, shop.every(Service).where(Service.ends_on.is_(None))
    found: list[tuple[str, str]] = [("until", acct.frame.when(ends))] if ends else []
    services = shop.db().scalars(running.order_by(Service.renews_on)).all() if _is_open("services") else ()
    if services:
        cost = money(sum(service.cents for service in services))
        found += [("renews_next", acct.frame.when(services[0].renews_on)), ("price_a_month", cost)]
    return found


@acct.news
def unpaid(_account: Account) -> Iterator[News]:
    """Invoices that are overdue."""
    if _is_open("invoices"):
        for invoice in billing.due():
            if invoice.state == "overdue":
                said = say("news_overdue", number=invoice.number, sum=money(invoice.cents), day=_shown(invoice.due_on))
                yield News(said, say("news_pay"), billing.pay_link(invoice), "error")


@acct.news
def renewals(_account: Account) -> Iterator[News]:
    """What is renewed, or ends, within a month."""
    until = shop.today() + SOON
    if _is_open("services"):
        for service in shop.db().scalars(shop.every(Service).where(Service.renews_on.between(shop.today(), until))):
            if service.ends_on is None:
                said = say("news_renews", plan=service.plan, domain=service.domain, day=_shown(service.renews_on))
                yield News(said, say("news_see"), url_for("services.show", id_=service.id))
    if _is_open("domains"):
        soon = Registration.expires_on.between(shop.today(), until)
        for domain in shop.db().scalars(shop.every(Registration).where(soon).order_by(Registration.expires_on)):
            said = say("news_expires", domain=domain.name, day=_shown(domain.expires_on))
            yield News(said, say("news_see"), url_for("domains.show", id_=domain.id), "warning")


@acct.news
def answers(_account: Account) -> Iterator[News]:
    """Support requests that have an answer."""
    if _is_open("support"):
        for ticket in shop.db().scalars(shop.every(Ticket).where(Ticket.is_answered).limit(3)):
            said = say("news_answered", subject=ticket.subject)
            yield News(said, say("news_read"), url_for("support.show", id_=ticket.id), "success")


def _is_open(page: str) -> bool:
    """Whether the company has this page, and the signed-in user may open it."""
    needs = trades.here().pages.get(page)
    return needs is not None and acct.frame.may(needs)


def _icon(page: str) -> str:
    view: Any = current_app.view_functions[f"{page}.index"]
    return str(view.acct_nav.icon)


def _number(page: str) -> int | None:
    listed = BEHIND.get(page)
    if listed is None:
        return None
    return shop.db().scalar(select(func.count()).select_from(shop.every(listed).subquery()))


def _shown(day: object) -> str:
    return acct.frame.show(day)
