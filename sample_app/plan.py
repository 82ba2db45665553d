"""Renewing the account's plan, and buying it after a trial: also for an account whose plan has ended."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import update

from flask_acct import Account, current_account, requires

from . import billing, ordering, shop, trades
from .extensions import acct
from .forms import Form
from .shop import Service
from .words import day_in, say

pages = Blueprint("plan", __name__, url_prefix="/plan")


def can_be_renewed() -> bool:
    """Whether the plan of the account in view has an end, and a price."""
    return current_account.plan_expires_on is not None and monthly_cents() > 0


def monthly_cents() -> int:
    """What a month costs: the plan, or all services together."""
    running = shop.every(Service).where(Service.ends_on.is_(None))
    return trades.here().monthly_cents or sum(service.cents for service in shop.db().scalars(running))


@pages.route("/renew", methods=["GET", "POST"])
@requires("orders", also_when=["expired"])
def renew() -> ResponseReturnValue:
    ends = current_account.plan_expires_on
    if ends is None or not can_be_renewed():
        return redirect(url_for("contact"), 303)
    until, form = max(ends, shop.today()) + billing.PERIOD, Form()
    if form.validate_on_submit():
        return _renew(ends, until)
    facts = [
        ("plan", _name()),
        ("until", acct.frame.show(ends)),
        ("until_then", acct.frame.show(until)),
        *billing.price_facts(monthly_cents(), a_month=False),
        ("charged", say("charged_now", due=acct.frame.show(shop.today() + billing.TERM))),
        billing.mail_fact("products"),
    ]
    button = "plan_buy_confirm" if current_account.plan == "trial" else "renew_confirm"
    back = {"back": url_for("plans"), "back_says": "cancel_form"}
    return render_template("summary.html", form=form, facts=facts, button=button, **back)


@pages.get("/<int:id_>")
@requires("orders")
def show(id_: int) -> str:
    return ordering.page(id_, back=url_for("plans"), back_says="plans")


def _renew(ends: date, until: date) -> ResponseReturnValue:
    """The plan is valid for longer, and is a purchased one. A second press of the button renews nothing."""
    seen = Account.id == current_account.id, Account.plan_expires_on == ends
    changed = shop.db().execute(update(Account).where(*seen).values(plan="purchased", plan_expires_on=until))
    if not changed.rowcount:  # type: ignore[attr-defined]
        return redirect(url_for("plans"), 303)
    invoice = billing.issue(say("invoice_line_plan", plan=_name()), monthly_cents())
    return ordering.keep("renew", _name(), invoice=invoice, until=day_in(until))


def _name() -> str:
    return trades.here().plan or acct.frame.config.site.name
