"""How the account's campaigns were received: what share opened them, and followed a link."""

from __future__ import annotations

from flask import Blueprint, render_template

from flask_acct import requires

from . import shop
from .extensions import acct
from .shop import Campaign
from .words import later

pages = Blueprint("reports", __name__, url_prefix="/reports")


@pages.get("")
@requires("products")
@acct.nav(later("reports"), group="host", icon="chart")
def index() -> str:
    best_first = sorted(shop.db().scalars(shop.every(Campaign)), key=lambda one: one.opened_share, reverse=True)
    return render_template("reports.html", campaigns=best_first)
