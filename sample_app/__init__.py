"""A company's client area: what a host writes around flask_acct.

Read ``shop.py`` (the tables) and ``services.py`` (a page that lists, a page that changes) first; the other pages are
of the same kind, and ``trades.toml`` says which of them a company has. What each may open is said by ``@requires``, and
everything asked of the database is of ``current_account``.
"""

from __future__ import annotations

import os

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from flask_acct import public, requires

from . import (
    affiliate,
    campaigns,
    credit,
    domains,
    invoices,
    lists,
    orders,
    overview,
    reports,
    services,
    subscription,
    support,
    trades,
    words,
)
from .extensions import acct

PAGES = {
    module.pages.name: module.pages
    for module in (affiliate, campaigns, credit, domains, invoices, lists, orders, reports, services, support)
}
"""Every page there is; ``trades.toml`` says which of them a company has."""


def create_app(instance_path: str | None = None) -> Flask:
    """The sample client area; its settings come from the environment."""
    app = Flask(__name__, instance_path=instance_path)
    app.config.from_prefixed_env()
    config = os.environ.get("ACCT_CONFIG", "client-area")
    acct.init_app(app, config=config, errors="all")
    trade = trades.init_app(app, config)
    acct.subscription(subscription.of)
    words.init_app(app)
    app.add_url_rule("/", "home", home)
    app.add_url_rule("/plans", "plans", plans)
    app.add_url_rule("/contact", "contact", contact)
    for name in trade.pages:
        app.register_blueprint(PAGES[name])
    return app


@public
def home() -> ResponseReturnValue:
    """The company's front door; for somebody signed in, their client area."""
    if current_user.is_authenticated:
        return client_area()
    return render_template("home.html")


@requires()
def client_area() -> ResponseReturnValue:
    """What a customer sees first. A suspended, closed or expired account is told so instead."""
    return render_template("client_area.html", tiles=overview.tiles())


@public
def plans() -> str:
    return render_template("plans.html")


@public
def contact() -> str:
    return render_template("contact.html")
