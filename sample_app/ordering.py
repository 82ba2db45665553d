"""What everything that is ordered has in common: the row that is kept, the mail, and the order's own page."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from flask_acct import current_account

from . import shop
from .extensions import acct
from .shop import Charge, Invoice, Order, Service
from .words import day_in, in_every_language, name_in, sum_in


def keep(
    kind: str, plan: str, domain: str = "", *, invoice: Invoice | None = None, **slots: object
) -> ResponseReturnValue:
    """The order is kept, whoever in the account gets the mails about products is told, and its page says so.

    Args:
        kind: ``order``, whose words are ``order_mail``, ``order_mail_text`` and ``order_done``.
        slots: What else the mail says.
    """
    about = {"kind": kind, "plan": plan, "domain": domain, "ordered_by": current_user.id}
    order = Order(account_id=current_account.id, ordered_at=shop.now(), **about)
    if invoice is not None:
        order.charge = Charge(invoice=invoice)
        slots |= {"number": invoice.number, "sum": sum_in(invoice.cents), "day": day_in(invoice.due_on)}
    shop.db().add(order)
    shop.db().flush()
    _mail(order, slots)
    shop.db().commit()
    flash(f"{kind}_done")
    return redirect(url_for(".show", id_=order.id), 303)


def page(id_: int, back: str, back_says: str) -> str:
    """An order: what, when, who, its invoice and the service it is about."""
    order = shop.one(Order, id_)
    service = shop.db().scalar(shop.every(Service).where(Service.domain == order.domain).limit(1))
    return render_template("order.html", order=order, service=service, back=back, back_says=back_says)


def _mail(order: Order, slots: dict[str, object]) -> None:
    """Who asked for what, and what comes of it."""
    known = {"plan": name_in(order.plan), "domain": order.domain, "account": current_account.name}
    known |= {"who": current_user.full_name, **slots}
    acct.send(
        current_account,
        "products",
        subject=in_every_language(f"{order.kind}_mail", **known),
        text=in_every_language(f"{order.kind}_mail_text", **known),
        link=url_for(".show", id_=order.id),
        button=in_every_language("order_see"),
        shown=[order.domain] if order.domain else [],
    )
