"""The account's campaigns: what was sent, to how many, and when."""

from __future__ import annotations

from flask import Blueprint, render_template

from flask_acct import requires

from . import shop
from .extensions import acct
from .shop import Campaign
from .words import later

pages = Blueprint("campaigns", __name__, url_prefix="/campaigns")


@pages.get("")
@requires("products")
@acct.nav(later("campaigns"), group="host", icon="megaphone")
def index() -> str:
    newest_first = shop.every(Campaign).order_by(Campaign.sent_on.desc(), Campaign.id.desc())
    return render_template("campaigns.html", campaigns=shop.db().scalars(newest_first).all())
