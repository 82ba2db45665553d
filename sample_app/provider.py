"""A stand-in for a payment provider: it says what it is, asks for no card, and takes no money.

A real one is on a site of its own, and tells the app by a signed message what was paid.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from flask_acct import requires

from . import billing, shop
from .forms import Form
from .shop import LARGEST_ID, Invoice

pages = Blueprint("provider", __name__, url_prefix="/pretend-payment")

MOST = 100
"""Invoices at once."""


@pages.route("", methods=["GET", "POST"])
@requires("invoices")
def pay() -> ResponseReturnValue:
    """The invoices named in the address, ``?invoice=3&invoice=4``, are paid at the press of a button, once."""
    asked = _asked()
    payable = [invoice for invoice in asked if invoice.is_payable]
    if len(payable) < len(asked):
        return _look_again(asked, payable)
    form = Form()
    if form.validate_on_submit():
        receipt = billing.settle(payable)
        if receipt is None:
            return _look_again(asked, [])
        flash("payment_done")
        return redirect(url_for("invoices.receipt", id_=receipt.id), 303)
    return render_template("provider.html", form=form, invoices=payable, total=billing.total(payable))


def _asked() -> Sequence[Invoice]:
    """Return the invoices that the address names; 404 if there is none, or one is not of the account in view."""
    ids = {id_ for id_ in request.args.getlist("invoice", type=int) if 0 < id_ <= LARGEST_ID}
    named = shop.every(Invoice).where(Invoice.id.in_(ids)).order_by(Invoice.due_on, Invoice.id)
    found = shop.db().scalars(named).all() if 0 < len(ids) <= MOST else []
    return found if found and len(found) == len(request.args.getlist("invoice")) else abort(404)


def _look_again(asked: Sequence[Invoice], payable: Sequence[Invoice]) -> ResponseReturnValue:
    """Something has been paid, or reported as paid, since the link was made: nothing is paid twice."""
    flash("paid_already", "info")
    if payable:
        return redirect(billing.pay_link(*payable), 303)
    one = asked[0] if len(asked) == 1 else None
    return redirect(url_for("invoices.show", id_=one.id) if one else url_for("invoices.index"), 303)
