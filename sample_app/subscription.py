"""What the page "My subscription" shows of an account: flask_acct has the page, this is what we know."""

from __future__ import annotations

from flask import url_for

from flask_acct import Account, Invoice, Item, Subscription

from . import billing, plan, shop, trades
from .extensions import acct
from .shop import Service
from .words import money, say, tone

NEWEST = 5
"""Invoices shown here; the others are on their own page."""


def _at_the_start(words: str) -> str:
    """Return words as they stand at the start of a line."""
    return words[:1].upper() + words[1:]


def of(_account: Account) -> Subscription:
    """What the account has with us. Links lead only to what the reader may open."""
    running = shop.every(Service).where(Service.ends_on.is_(None)).order_by(Service.id)
    services = shop.db().scalars(running).all()
    first = services[0] if services else None
    newest = shop.every(shop.Invoice).order_by(shop.Invoice.issued_on.desc(), shop.Invoice.id.desc()).limit(NEWEST)
    wallet, trade = shop.wallet(), trades.here()
    more = url_for(f"{trade.buys}.new") if trade.buys and acct.frame.may("orders") else ""
    left = [(kind, getattr(wallet, kind)) for kind in dict.fromkeys(pack.credit for pack in trade.packs)]
    renew = url_for("plan.renew") if acct.frame.may("orders") and plan.can_be_renewed() else ""
    return Subscription(
        renew=renew,
        buy=renew,
        plan=f"{first.plan} · {first.domain}" if first else trade.plan,
        services=[_item(service) for service in services[1:]],
        add_services="" if left else more,
        credits=[Item(_at_the_start(say(kind)), acct.frame.show(number)) for kind, number in left if number],
        buy_credits=more if left else "",
        payment_method=say("card", digits=wallet.card) if wallet.card else "",
        invoices=[_invoice(one) for one in shop.db().scalars(newest)],
        all_invoices=url_for("invoices.index"),
    )


def _item(service: Service) -> Item:
    href = url_for("services.show", id_=service.id) if acct.frame.may("products") else ""
    return Item(f"{service.plan} · {service.domain}", say("a_month", sum=money(service.cents)), href=href)


def _invoice(one: shop.Invoice) -> Invoice:
    """An invoice; what is to be paid leads to where it is paid."""
    href = billing.pay_link(one) if one.is_payable else url_for("invoices.show", id_=one.id)
    return Invoice(one.number, one.issued_on, money(one.cents), say(one.state), href=href, tone=tone(one.state))
