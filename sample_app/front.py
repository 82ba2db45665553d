"""What is open to everybody: the front door, the plans, and how to reach us."""

from __future__ import annotations

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from flask_acct import public, requires

from . import overview, trades
from .extensions import acct
from .shop import HAS, PLANS


def init_app(app: Flask) -> None:
    app.add_url_rule("/", "home", home)
    app.add_url_rule("/plans", "plans", plans)
    app.add_url_rule("/contact", "contact", contact)


@public
def home() -> ResponseReturnValue:
    """The company's front door; for somebody signed in, their client area."""
    if current_user.is_authenticated:
        return client_area()
    return render_template("home.html", pages=overview.every_tile())


@requires()
def client_area() -> ResponseReturnValue:
    """What a customer sees first. A suspended, closed or expired account is told so instead."""
    return render_template("client_area.html", tiles=overview.tiles(), dates=overview.dates())


@public
def plans() -> str:
    """What there is to buy, and the way to it: orders for those who may order, signing in for strangers."""
    trade, account = trades.here(), acct.frame.account
    return render_template(
        "plans.html",
        offers={trade.plan: trade.monthly_cents} if trade.plan else PLANS,
        has=HAS,
        trade=trade,
        account=account,
        may_order=acct.frame.may("orders"),
    )


@public
def contact() -> str:
    """Where people ask: those who may, by a support request, so that the answer is kept with the account."""
    return render_template("contact.html", may_ask=acct.frame.may("tickets"))
