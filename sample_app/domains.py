"""The account's domains, and the name servers they point at."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, ValidationError
from wtforms.validators import DataRequired, Length, Optional, Regexp

from flask_acct import requires

from . import shop
from .extensions import acct
from .forms import Form, strip
from .shop import Registration, Service
from .words import later, say

pages = Blueprint("domains", __name__, url_prefix="/domains")

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def host(form: Any, field: Any) -> None:
    Regexp(rf"(?i)\A({LABEL}\.)+{LABEL}\Z", message=say("nameserver_wrong"))(form, field)


def server(number: int, *validators: Any, **options: Any) -> StringField:
    how = {"autocapitalize": "none", "spellcheck": "false", "dir": "ltr", "autocomplete": "off"}
    return StringField(
        " ".join(("nameserver", str(number))),
        [*validators, Length(max=253), host],
        filters=[strip],
        render_kw=how,
        **options,
    )


class Nameservers(Form):
    one = server(1, DataRequired(), description="nameserver_help")
    two = server(2, DataRequired())
    three = server(3, Optional())
    four = server(4, Optional())

    @property
    def names(self) -> list[str]:
        return [field.data.lower() for field in self if field.name != "csrf_token" and field.data]

    def validate_two(self, field: StringField) -> None:
        if len(set(self.names)) < len(self.names):
            raise ValidationError(say("nameserver_twice"))


@pages.get("")
@requires("domains")
@acct.nav(later("domains"), group="host", icon="globe")
def index() -> str:
    found = shop.db().scalars(shop.every(Registration).order_by(Registration.name)).all()
    return render_template("domains.html", domains=found)


@pages.get("/<int:id_>")
@requires("domains")
def show(id_: int) -> str:
    domain = shop.one(Registration, id_)
    service = shop.db().scalar(
        shop.every(Service).where(Service.domain == domain.name).order_by(Service.id.desc()).limit(1)
    )
    return render_template("domain.html", domain=domain, service=service)


@pages.route("/<int:id_>/nameservers", methods=["GET", "POST"])
@requires("manage_domains")
def nameservers(id_: int) -> ResponseReturnValue:
    domain, back = shop.one(Registration, id_), url_for(".show", id_=id_)
    form = Nameservers(data=dict(zip(("one", "two", "three", "four"), domain.nameservers, strict=False)))
    if form.validate_on_submit():
        domain.nameservers = form.names
        shop.db().commit()
        flash("nameservers_saved")
        return redirect(back, 303)
    about = {"heading": "nameservers", "about": domain.name, "button": "save", "back": back}
    return render_template("form.html", form=form, **about)
