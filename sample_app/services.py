"""What the account has ordered, and a new password for it.

The pattern of every page here: ``@requires`` says who may open it, ``shop.every`` and ``shop.one`` ask for the
account in view only, and a form that was good redirects (so that reloading does not send it again).
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from flask_acct import requires
from flask_acct.security.passwords import hashed

from . import shop
from .extensions import acct
from .forms import Form
from .shop import PLANS, Service
from .words import later, say

pages = Blueprint("services", __name__, url_prefix="/services")


class NewPassword(Form):
    own = PasswordField("own_password", [InputRequired()], render_kw={"autocomplete": "current-password"})
    new = PasswordField(
        "new_password",
        [InputRequired(), Length(15, 128)],
        description="new_password_help",
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField("again", [EqualTo("new")], render_kw={"autocomplete": "new-password"})


@pages.get("")
@requires("products")
@acct.nav(later("services"), group="host", icon="server")
def index() -> str:
    return render_template("services.html", services=shop.db().scalars(shop.every(Service).order_by(Service.id)).all())


@pages.get("/<int:id_>")
@requires("products")
def show(id_: int) -> str:
    return render_template("service.html", service=shop.one(Service, id_), dearest=max(PLANS.values()))


@pages.route("/<int:id_>/password", methods=["GET", "POST"])
@requires("manage_products")
def password(id_: int) -> ResponseReturnValue:
    """A new password for the service's control panel. Whoever finds an open session must know the user's own, too."""
    service = shop.one(Service, id_)
    form, back = NewPassword(), url_for(".show", id_=id_)
    if form.validate_on_submit():
        if acct.is_own_password(form.own.data or ""):
            service.password_hash = hashed(form.new.data or "")
            shop.db().commit()
            flash("password_changed")
            return redirect(back, 303)
        form.own.errors = [say("own_password_wrong")]
    return render_template(
        "form.html", form=form, heading="panel_password", about=service.domain, keeper=service.domain, back=back
    )
