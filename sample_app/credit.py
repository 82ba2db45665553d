"""What the account has paid in advance, what it was used for, and buying more of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import update

from flask_acct import requires

from . import billing, ordering, shop, trades
from .extensions import acct
from .forms import Choice, Form
from .shop import Order, Use, Wallet
from .trades import Pack
from .words import later, money, named, say

pages = Blueprint("credits", __name__, url_prefix="/orders")


class Purchase(Form):
    pack = Choice("pack")


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the history: ``Movement(day, "Spring offers", "emails", -1100)``."""

    on: date
    what: str
    credit: str
    number: int
    order: Order | None = None
    """The one by which it was bought."""


@pages.get("")
@requires("orders")
@acct.nav(later("credits"), group="billing", icon="wallet")
def index() -> str:
    return render_template("credits.html", wallet=shop.wallet(), kinds=_kinds(), history=_history())


@pages.get("/<int:id_>")
@requires("orders")
def show(id_: int) -> str:
    return ordering.page(id_, back=url_for(".index"), back_says="credits")


@pages.route("/new", methods=["GET", "POST"])
@requires("orders")
def new() -> ResponseReturnValue:
    form = Purchase(data=request.args)
    form.pack.choices = [(str(n), f"{named(_bought(one))}: {money(one.cents)}") for n, one in enumerate(_packs())]
    if form.validate_on_submit():
        return redirect(url_for(".new_summary", pack=form.pack.data), 303)
    return render_template("form.html", form=form, heading="credits_buy", button="go_on", back=url_for(".index"))


@pages.route("/new/summary", methods=["GET", "POST"])
@requires("orders")
def new_summary() -> ResponseReturnValue:
    """What was chosen and what it costs; nothing is bought before the button is pressed."""
    number, form = request.args.get("pack", -1, type=int), Form()
    if not 0 <= number < len(_packs()):
        return redirect(url_for(".new"), 303)
    pack = _packs()[number]
    if form.validate_on_submit():
        return _buy(pack)
    facts = [
        ("what", named(_bought(pack))),
        *billing.price_facts(pack.cents, a_month=False),
        ("charged", say("charged_now", due=acct.frame.show(shop.today() + billing.TERM))),
        ("credits_usable", say("credits_at_once")),
        billing.mail_fact("products"),
    ]
    back = url_for(".new", pack=number)
    return render_template("summary.html", form=form, facts=facts, button="credits_confirm", back=back)


def _buy(pack: Pack) -> ResponseReturnValue:
    """The account has the credit, and an invoice for it."""
    wallet = shop.wallet()
    shop.db().add(wallet)
    shop.db().flush()
    column = getattr(Wallet, pack.credit)
    # Added by the database: two purchases at once must not overwrite each other.
    shop.db().execute(update(Wallet).where(Wallet.id == wallet.id).values({column: column + pack.number}))
    invoice = billing.issue(named(_bought(pack)), pack.cents)
    return ordering.keep("credits", _bought(pack), invoice=invoice)


def _history() -> Sequence[Movement]:
    """Return what was bought and used, the newest first."""
    bought = [
        Movement(order.ordered_at.date(), "", credit, int(number), order)
        for order in shop.db().scalars(shop.every(Order).where(Order.kind == "credits").order_by(Order.id))
        for credit, _, number in [order.plan.partition(" ")]
    ]
    used = [
        Movement(use.used_on, use.what, use.credit, -use.number)
        for use in shop.db().scalars(shop.every(Use).order_by(Use.id))
    ]
    return sorted([*used, *bought], key=lambda one: one.on)[::-1]


def _packs() -> Sequence[Pack]:
    return trades.here().packs


def _kinds() -> list[str]:
    return list(dict.fromkeys(pack.credit for pack in _packs()))


def _bought(pack: Pack) -> str:
    """What an order keeps of it."""
    return f"{pack.credit} {pack.number}"
