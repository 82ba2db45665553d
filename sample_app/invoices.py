"""The account's invoices: what is due, each on a page to print, slips, receipts, and "I have paid this"."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import DateField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from flask_acct import Badge, requires

from . import billing, shop
from .extensions import acct
from .forms import Form, strip
from .shop import Invoice, Payment, Receipt
from .words import later, say

pages = Blueprint("invoices", __name__, url_prefix="/invoices")


class Report(Form):
    paid_on = DateField("paid_on", [InputRequired()], default=shop.today)
    reference = StringField(
        "reference", [DataRequired(), Length(max=100)], filters=[strip], description="reference_help"
    )

    def validate_paid_on(self, field: DateField) -> None:
        if field.data and field.data > shop.today():
            raise ValidationError(say("paid_later"))


def overdue() -> Badge:
    """How many invoices should have been paid by now."""
    found = sum(invoice.state == "overdue" for invoice in shop.db().scalars(shop.every(Invoice)))
    return Badge(found, later("overdue"), "error")


@pages.get("")
@requires("invoices")
@acct.nav(later("invoices"), group="billing", icon="invoice", badge=overdue)
def index() -> str:
    newest_first = shop.every(Invoice).order_by(Invoice.issued_on.desc(), Invoice.id.desc())
    invoices = shop.db().scalars(newest_first).all()
    return render_template("invoices.html", invoices=invoices, due=billing.due())


@pages.get("/<int:id_>")
@requires("invoices")
def show(id_: int) -> str:
    return render_template("invoice.html", invoice=shop.one(Invoice, id_))


@pages.get("/receipts/<int:id_>")
@requires("invoices")
def receipt(id_: int) -> str:
    return render_template("receipt.html", receipt=shop.one(Receipt, id_))


@pages.get("/<int:id_>/slip")
@requires("invoices")
def slip(id_: int) -> ResponseReturnValue:
    """A slip to print and to pay with, as long as there is something to pay."""
    invoice = shop.one(Invoice, id_)
    if not invoice.is_payable:
        return redirect(url_for("invoices.show", id_=invoice.id), 303)
    return render_template("slip.html", invoice=invoice)


@pages.route("/<int:id_>/payment", methods=["GET", "POST"])
@requires("invoices")
def report(id_: int) -> ResponseReturnValue:
    """A payment is reported once; a second visit, or a button pressed twice, leads to what is known."""
    invoice = shop.one(Invoice, id_)
    to_invoice = redirect(url_for("invoices.show", id_=invoice.id), 303)
    if not invoice.is_payable:
        return to_invoice
    form = Report()
    if form.validate_on_submit():
        known = {"paid_on": form.paid_on.data, "reference": form.reference.data, "reported_by": current_user.id}
        invoice.payments.append(Payment(**known))
        shop.db().commit()
        flash("payment_reported")
        return to_invoice
    return render_template(
        "form.html", form=form, heading="report_payment", about=invoice.number, back=url_for(".index")
    )
