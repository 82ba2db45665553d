"""What the page "My subscription" shows of an account: flask_acct has the page, this is what we know."""

from __future__ import annotations

from flask import url_for
from sqlalchemy.orm import Mapped, mapped_column

from flask_acct import Account, Invoice, Item, Subscription

from . import shop
from .extensions import acct
from .shop import Owned, Service, Table
from .words import money, say

NEWEST = 5
"""Invoices shown here; the others are on their own page."""


class Wallet(Owned, Table):
    """What an account has paid in advance, and how it pays."""

    __tablename__ = "shop_wallet"

    messages: Mapped[int] = mapped_column(default=0)
    """Text messages that can still be sent."""
    card: Mapped[str] = mapped_column(default="")
    """Its last four digits; whoever takes the payments keeps the others."""


def of(_account: Account) -> Subscription:
    """What the account has with us. Links lead only to what the reader may open."""
    running = shop.every(Service).where(Service.ends_on.is_(None)).order_by(Service.id)
    services = shop.db().scalars(running).all()
    first = services[0] if services else None
    newest = shop.every(shop.Invoice).order_by(shop.Invoice.issued_on.desc(), shop.Invoice.id.desc()).limit(NEWEST)
    wallet = shop.db().scalar(shop.every(Wallet).limit(1)) or Wallet(messages=0, card="")
    orders = url_for("orders.index") if acct.frame.may("orders") else ""
    return Subscription(
        plan=f"{first.plan} · {first.domain}" if first else "",
        services=[_item(service) for service in services[1:]],
        add_services=url_for("orders.new") if orders else "",
        credits=[Item(say("text_messages"), acct.frame.show(wallet.messages))] if wallet.messages else [],
        buy_credits=orders,
        payment_method=say("card", digits=wallet.card) if wallet.card else "",
        invoices=[_invoice(one) for one in shop.db().scalars(newest)],
        all_invoices=url_for("invoices.index"),
    )


def _item(service: Service) -> Item:
    return Item(f"{service.plan} · {service.domain}", say("a_month", sum=money(service.cents)))


def _invoice(one: shop.Invoice) -> Invoice:
    return Invoice(
        one.number, one.issued_on, money(one.cents), say(one.state), href=url_for("invoices.show", id_=one.id)
    )
