"""What the account owes: invoices are issued when something is ordered, added up, and paid once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import Flask, url_for
from flask_login import current_user
from sqlalchemy import func, select, update

from flask_acct import current_account

from . import shop, trades
from .extensions import acct
from .shop import Invoice, Line, Receipt
from .words import in_every_language, money, say, sum_in

TERM = timedelta(days=14)
"""How long an invoice may wait."""
PERIOD = timedelta(days=30)
"""What a plan is paid for at once."""
MOST_ADDRESSES = 5

Facts = list[tuple[str, str]]
"""What a summary says: ids of words, and what there is to them."""


def init_app(app: Flask) -> None:
    """Templates know where invoices are paid, and the tax in a price."""
    app.add_template_global(pay_link)
    app.add_template_global(tax_in)
    app.add_template_global(tax_percent)


def due() -> Sequence[Invoice]:
    """Return the invoices that wait to be paid, the oldest first."""
    unpaid = shop.every(Invoice).where(Invoice.paid_on.is_(None)).order_by(Invoice.due_on, Invoice.id)
    return [invoice for invoice in shop.db().scalars(unpaid) if invoice.is_payable]


def total(invoices: Sequence[Invoice]) -> int:
    return sum(invoice.cents for invoice in invoices)


def pay_link(*invoices: Invoice) -> str:
    """Return where these are paid. They stand in the address: nothing is paid that the page does not show."""
    return url_for("provider.pay", invoice=[invoice.id for invoice in invoices])


def tax_in(cents: int) -> int:
    """Return how much of a price is tax; every price contains it."""
    return round(cents * tax_percent() / (100 + tax_percent()))


def tax_percent() -> int:
    return trades.here().tax_percent


def issue(text: str, cents: int) -> Invoice:
    """An invoice of today waits to be paid."""
    today, account = shop.today(), current_account
    number = shop.db().scalar(select(func.count()).select_from(shop.every(Invoice).subquery())) or 0
    invoice = Invoice(
        account_id=account.id,
        number=f"{today.year}-{account.number}-{number + 1}",
        issued_on=today,
        due_on=today + TERM,
        lines=[Line(text=text, cents=cents)],
    )
    shop.db().add(invoice)
    return invoice


def settle(invoices: Sequence[Invoice]) -> Receipt | None:
    """The invoices are paid, and whoever gets the mails about invoices has a receipt.

    Returns ``None``, and changes nothing, if one of them has been paid meanwhile.
    """
    unpaid = Invoice.id.in_([invoice.id for invoice in invoices]), Invoice.paid_on.is_(None)
    paid = shop.db().execute(update(Invoice).where(*unpaid).values(paid_on=shop.today()))
    if paid.rowcount < len(invoices):  # type: ignore[attr-defined]
        shop.db().rollback()
        return None
    receipt = Receipt(account_id=current_account.id, paid_at=shop.now(), paid_by=current_user.full_name)
    receipt.invoices = list(invoices)
    shop.db().add(receipt)
    shop.db().flush()
    _mail(receipt)
    shop.db().commit()
    return receipt


def price_facts(cents: int, a_month: bool) -> Facts:
    """Return what something costs, and how much of that is tax."""
    price = say("a_month", sum=money(cents)) if a_month else money(cents)
    return [("price", price), ("tax", say("tax_in_it", sum=money(tax_in(cents)), percent=tax_percent()))]


def mail_fact(category: str) -> tuple[str, str]:
    """Return who is told. The addresses of contacts are for those who may see contacts."""
    to = acct.recipients(current_account, category)
    if acct.frame.may("contacts") and len(to) <= MOST_ADDRESSES:
        return "mailed", ", ".join(one.address for one in to)
    return "mailed", say("mailed_to_all", number=len(to))


def _mail(receipt: Receipt) -> None:
    numbers = ", ".join(invoice.number for invoice in receipt.invoices)
    slots = {"number": receipt.number, "invoices": numbers, "sum": sum_in(receipt.cents), "who": receipt.paid_by}
    acct.send(
        current_account,
        "invoices",
        subject=in_every_language("receipt_mail", **slots),
        text=in_every_language("receipt_mail_text", **slots),
        link=url_for("invoices.receipt", id_=receipt.id),
        button=in_every_language("receipt_see"),
    )
