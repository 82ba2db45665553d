"""The account's lists: whom its campaigns go to."""

from __future__ import annotations

from flask import Blueprint, render_template

from flask_acct import requires

from . import shop
from .shop import Audience

pages = Blueprint("lists", __name__, url_prefix="/lists")


@pages.get("")
@requires("products")
def index() -> str:
    found = shop.db().scalars(shop.every(Audience).order_by(Audience.name)).all()
    return render_template("audiences.html", audiences=found)
