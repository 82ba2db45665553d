"""Ordering a service, a bigger plan for one, and cancelling one. Each is kept as a row, and mailed.

What costs something, or cannot be undone, says so on a page of its own first, with a button: it works without
JavaScript. What was chosen is in that page's address, and is checked again when the button is pressed.
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, ValidationError
from wtforms.validators import DataRequired, Length

from flask_acct import current_account, requires
from flask_acct.values.identifiers import domain_key

from . import billing, ordering, shop
from .extensions import acct
from .forms import Choice, Form, strip
from .shop import PLANS, Order, Service
from .words import day_in, later, money, say, sum_in

pages = Blueprint("orders", __name__, url_prefix="/orders")


class NewPlan(Form):
    plan = Choice("plan")


class NewService(NewPlan):
    domain = StringField(
        "domain", [DataRequired(), Length(max=253)], filters=[strip], description="domain_help",
        render_kw={"autocapitalize": "none", "spellcheck": "false", "placeholder": "example.com"},
    )  # fmt: skip

    def validate_domain(self, field: StringField) -> None:
        key = domain_key(field.data or "")
        if key is None:
            raise ValidationError(say("domain_wrong"))
        if any(key == domain_key(service.domain) for service in _running_ones()):
            raise ValidationError(say("domain_has_plan"))


@pages.get("")
@requires("orders")
@acct.nav(later("orders"), group="billing", icon="cart")
def index() -> str:
    orders = shop.db().scalars(shop.every(Order).order_by(Order.id.desc())).all()
    services = shop.db().scalars(shop.every(Service).order_by(Service.id)).all()
    return render_template("orders.html", orders=orders, services=services, dearest=max(PLANS.values()))


@pages.get("/<int:id_>")
@requires("orders")
def show(id_: int) -> str:
    return ordering.page(id_, back=url_for(".index"), back_says="orders")


@pages.route("/new", methods=["GET", "POST"])
@requires("orders")
def new() -> ResponseReturnValue:
    form = NewService(data=request.args)
    form.plan.choices = _offers(0)
    if form.validate_on_submit():
        return redirect(url_for(".new_summary", plan=form.plan.data, domain=form.domain.data), 303)
    return render_template("form.html", form=form, heading="order_new", button="go_on", back=url_for(".index"))


@pages.route("/new/summary", methods=["GET", "POST"])
@requires("orders")
def new_summary() -> ResponseReturnValue:
    """What was chosen, what it costs and when; nothing is ordered before the button is pressed."""
    asked = NewService(request.args, meta={"csrf": False})
    asked.plan.choices = _offers(0)
    change = url_for(".new", plan=request.args.get("plan"), domain=request.args.get("domain"))
    if not asked.validate():
        return redirect(change, 303)
    plan, domain, form = asked.plan.data, asked.domain.data or "", Form()
    if form.validate_on_submit():
        service = Service(
            account_id=current_account.id, plan=plan, domain=domain, renews_on=shop.today() + billing.PERIOD
        )
        shop.db().add(service)
        invoice = billing.issue(say("invoice_line", plan=plan, domain=domain), PLANS[plan])
        return ordering.keep("order", plan, domain, invoice=invoice)
    facts = [("plan", plan), ("domain", domain), *billing.price_facts(PLANS[plan], a_month=True)]
    facts += [
        ("charged", say("charged_now", due=acct.frame.show(shop.today() + billing.TERM))),
        ("renews", say("renews_each_month", day=acct.frame.show(shop.today() + billing.PERIOD))),
        billing.mail_fact("products"),
    ]
    return render_template("summary.html", form=form, facts=facts, button="order_confirm", back=change)


@pages.route("/upgrade/<int:id_>", methods=["GET", "POST"])
@requires("orders")
def upgrade(id_: int) -> ResponseReturnValue:
    service = _running(id_)
    form = NewPlan(data=request.args)
    form.plan.choices = _offers(service.cents) or abort(404)
    if form.validate_on_submit():
        return redirect(url_for(".upgrade_summary", id_=id_, plan=form.plan.data), 303)
    about = {"heading": "upgrade", "about": service.domain, "button": "go_on"}
    return render_template("form.html", form=form, back=url_for(".index"), **about)


@pages.route("/upgrade/<int:id_>/summary", methods=["GET", "POST"])
@requires("orders")
def upgrade_summary(id_: int) -> ResponseReturnValue:
    service, plan, form = _running(id_), request.args.get("plan", ""), Form()
    change = url_for(".upgrade", id_=id_, plan=plan)
    if plan not in dict(_offers(service.cents)):
        # Also after a second press of the button: the service has the plan already.
        return redirect(url_for(".index") if plan == service.plan else change, 303)
    if form.validate_on_submit():
        service.plan = plan
        cost, day = sum_in(service.cents), day_in(service.renews_on)
        return ordering.keep("upgrade", plan, service.domain, sum=cost, day=day)
    facts = [
        ("domain", service.domain),
        ("plan_now", f"{service.plan}, {say('a_month', sum=money(service.cents))}"),
        ("plan_new", plan),
        *billing.price_facts(PLANS[plan], a_month=True),
        ("charged", say("charged_later", day=acct.frame.show(service.renews_on))),
        billing.mail_fact("products"),
    ]
    return render_template("summary.html", form=form, facts=facts, button="upgrade_confirm", back=change)


@pages.route("/cancel/<int:id_>", methods=["GET", "POST"])
@requires("orders")
def cancel(id_: int) -> ResponseReturnValue:
    """The service ends when what was paid for does."""
    service, form = _running(id_), Form()
    if form.validate_on_submit():
        service.ends_on = service.renews_on
        return ordering.keep("cancel", service.plan, service.domain, day=day_in(service.ends_on))
    ends = acct.frame.show(service.renews_on)
    facts = [
        ("domain", service.domain),
        ("plan", service.plan),
        ("works_until", ends),
        ("deleted_then", say("deleted_things", domain=service.domain)),
        ("charged", say("charged_never")),
        billing.mail_fact("products"),
    ]
    danger = {"heading": "cancel", "button": "cancel_confirm", "warning": say("cancel_text", on=ends), "is_grave": True}
    back = {"back": url_for(".index"), "back_says": "keep_service"}
    return render_template("summary.html", form=form, facts=facts, **danger, **back)


def _running(id_: int) -> Service:
    """A service of the account in view that has not been cancelled; 404 for any other."""
    service = shop.one(Service, id_)
    return service if service.ends_on is None else abort(404)


def _running_ones() -> list[Service]:
    return list(shop.db().scalars(shop.every(Service).where(Service.ends_on.is_(None))))


def _offers(above: int) -> list[tuple[str, str]]:
    """The plans that cost more, with what a month costs."""
    return [(plan, f"{plan}: {say('a_month', sum=money(cents))}") for plan, cents in PLANS.items() if cents > above]
