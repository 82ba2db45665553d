"""The account's lists: whom its campaigns go to."""

from __future__ import annotations

from flask import Blueprint, render_template

from flask_acct import requires

from . import shop
from .extensions import acct
from .shop import Audience, Campaign
from .words import later

pages = Blueprint("lists", __name__, url_prefix="/lists")


@pages.get("")
@requires("products")
@acct.nav(later("lists"), group="host", icon="list")
def index() -> str:
    found = shop.db().scalars(shop.every(Audience).order_by(Audience.name)).all()
    return render_template("audiences.html", audiences=found)


@pages.get("/<int:id_>")
@requires("products")
def show(id_: int) -> str:
    """A list, and the campaigns that went to it."""
    audience = shop.one(Audience, id_)
    newest_first = shop.every(Campaign).where(Campaign.audience == audience.name).order_by(Campaign.sent_on.desc())
    return render_template("audience.html", audience=audience, campaigns=shop.db().scalars(newest_first).all())
