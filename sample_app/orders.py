"""Ordering a service, a bigger plan for one, and cancelling one. Each is kept as a row, and mailed.

What cannot be undone is a page of its own with a question and a button: it works without JavaScript.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import StringField, ValidationError
from wtforms.validators import DataRequired, Length

from flask_acct import current_account, requires
from flask_acct.values.identifiers import domain_key

from . import shop
from .extensions import acct
from .forms import Choice, Form, strip
from .shop import PLANS, Order, Service
from .words import in_every_language, later, money, say

pages = Blueprint("orders", __name__, url_prefix="/orders")

PERIOD = timedelta(days=30)


class NewPlan(Form):
    plan = Choice("plan")


class NewService(NewPlan):
    domain = StringField(
        "domain", [DataRequired(), Length(max=253)], filters=[strip], description="domain_help",
        render_kw={"autocapitalize": "none", "spellcheck": "false", "placeholder": "example.com"},
    )  # fmt: skip

    def validate_domain(self, field: StringField) -> None:
        if domain_key(field.data or "") is None:
            raise ValidationError(say("domain_wrong"))


@pages.get("")
@requires("orders")
@acct.nav(later("orders"), group="billing", icon="cart")
def index() -> str:
    orders = shop.db().scalars(shop.every(Order).order_by(Order.id.desc())).all()
    services = shop.db().scalars(shop.every(Service).order_by(Service.id)).all()
    return render_template("orders.html", orders=orders, services=services, dearest=max(PLANS.values()))


@pages.route("/new", methods=["GET", "POST"])
@requires("orders")
def new() -> ResponseReturnValue:
    form = NewService()
    form.plan.choices = _offers(0)
    if form.validate_on_submit():
        ordered = {"plan": form.plan.data, "domain": form.domain.data, "renews_on": shop.today() + PERIOD}
        service = Service(account_id=current_account.id, **ordered)
        shop.db().add(service)
        return _done("order", service)
    return render_template("form.html", form=form, heading="order_new", back=url_for(".index"))


@pages.route("/upgrade/<int:id_>", methods=["GET", "POST"])
@requires("orders")
def upgrade(id_: int) -> ResponseReturnValue:
    service = _running(id_)
    form = NewPlan()
    form.plan.choices = _offers(service.cents)
    if not form.plan.choices:
        abort(404)
    if form.validate_on_submit():
        service.plan = form.plan.data
        return _done("upgrade", service)
    return render_template("form.html", form=form, heading="upgrade", about=service.domain, back=url_for(".index"))


@pages.route("/cancel/<int:id_>", methods=["GET", "POST"])
@requires("orders")
def cancel(id_: int) -> ResponseReturnValue:
    """The service ends when what was paid for does."""
    service = _running(id_)
    form = Form()
    if form.validate_on_submit():
        service.ends_on = service.renews_on
        return _done("cancel", service)
    question = say("cancel_text", plan=service.plan, domain=service.domain, on=acct.frame.show(service.renews_on))
    return render_template(
        "form.html", form=form, heading="cancel", text=question, back=url_for(".index"), is_grave=True
    )


def _running(id_: int) -> Service:
    """A service of the account in view that has not been cancelled; 404 for any other."""
    service = shop.one(Service, id_)
    return service if service.ends_on is None else abort(404)


def _offers(above: int) -> list[tuple[str, str]]:
    """The plans that cost more, with what a month costs."""
    return [(plan, f"{plan}: {say('a_month', sum=money(cents))}") for plan, cents in PLANS.items() if cents > above]


def _done(kind: str, service: Service) -> ResponseReturnValue:
    """The order is kept, and mailed to whoever in the account gets the mails about products."""
    about = {"plan": service.plan, "domain": service.domain}
    made = Order(account_id=current_account.id, kind=kind, ordered_by=current_user.id, ordered_at=shop.now(), **about)
    shop.db().add(made)
    acct.send(
        current_account,
        "products",
        subject=in_every_language(f"{kind}_mail", **about),
        text=in_every_language("order_mail_text", who=current_user.full_name),
        link=url_for("orders.index"),
        button=in_every_language("orders"),
    )
    shop.db().commit()
    flash(f"{kind}_done")
    return redirect(url_for("orders.index"), 303)
