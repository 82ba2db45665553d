"""What the account has paid in advance, and buying more of it. Each purchase is kept as a row, and mailed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from flask_acct import current_account, requires

from . import shop, trades
from .extensions import acct
from .forms import Choice, Form
from .shop import Order
from .trades import Pack
from .words import in_every_language, later, money, say

pages = Blueprint("credits", __name__, url_prefix="/orders")


class Purchase(Form):
    pack = Choice("pack")


@pages.get("")
@requires("orders")
@acct.nav(later("credits"), group="billing", icon="wallet")
def index() -> str:
    orders = shop.db().scalars(shop.every(Order).order_by(Order.id.desc())).all()
    return render_template("credits.html", wallet=shop.wallet(), kinds=_kinds(), orders=orders)


@pages.route("/new", methods=["GET", "POST"])
@requires("orders")
def new() -> ResponseReturnValue:
    form = Purchase()
    form.pack.choices = [(str(n), f"{_named(pack)}: {money(pack.cents)}") for n, pack in enumerate(trades.here().packs)]
    if form.validate_on_submit():
        _buy(trades.here().packs[int(form.pack.data)])
        flash("credits_bought")
        return redirect(url_for(".index"), 303)
    return render_template("form.html", form=form, heading="credits_buy", back=url_for(".index"))


def _buy(pack: Pack) -> None:
    """The account has the credit, and whoever gets the mails about products is told."""
    wallet = shop.wallet()
    setattr(wallet, pack.credit, getattr(wallet, pack.credit) + pack.number)
    made = {"kind": "order", "plan": _named(pack), "domain": "", "ordered_by": current_user.id}
    shop.db().add_all([wallet, Order(account_id=current_account.id, **made, ordered_at=shop.now())])
    acct.send(
        current_account,
        "products",
        subject=in_every_language("credits_mail", what=_named(pack)),
        text=in_every_language("order_mail_text", who=current_user.full_name),
        link=url_for(".index"),
        button=in_every_language("credits"),
    )
    shop.db().commit()


def _kinds() -> list[str]:
    return list(dict.fromkeys(pack.credit for pack in trades.here().packs))


def _named(pack: Pack) -> str:
    return f"{acct.frame.show(pack.number)} {say(pack.credit)}"
