"""The account's campaigns: what was sent, to whom and when, and how it was received."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from flask_acct import requires

from . import shop, trades
from .extensions import acct
from .shop import Audience, Campaign
from .words import later

pages = Blueprint("campaigns", __name__, url_prefix="/campaigns")


@pages.get("")
@requires("products")
@acct.nav(later("campaigns"), group="host", icon="megaphone")
def index() -> str:
    newest_first = shop.every(Campaign).order_by(Campaign.sent_on.desc(), Campaign.id.desc())
    return render_template("campaigns.html", campaigns=shop.db().scalars(newest_first).all())


@pages.get("/<int:id_>")
@requires("products")
def show(id_: int) -> str:
    """A campaign, how it was received, and the list it went to, if there still is one."""
    campaign = shop.one(Campaign, id_)
    has_lists = "lists" in current_app.blueprints
    named = shop.every(Audience).where(Audience.name == campaign.audience).limit(1)
    return render_template(
        "campaign.html",
        campaign=campaign,
        audience=shop.db().scalar(named) if has_lists else None,
        costs_credit=bool(trades.here().packs),
    )
