"""A company's client area: what a host writes around flask_acct.

Read ``shop.py`` (the tables) and ``services.py`` (a page that lists, a page that changes) first; the other pages are
of the same kind, and ``trades.toml`` says which of them a company has. What each may open is said by ``@requires``, and
everything asked of the database is of ``current_account``.
"""

from __future__ import annotations

import os

from flask import Flask

from . import (
    affiliate,
    billing,
    campaigns,
    credit,
    domains,
    front,
    invoices,
    lists,
    orders,
    plan,
    provider,
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
"""Every page of the menu; ``trades.toml`` says which of them a company has."""


def create_app(instance_path: str | None = None) -> Flask:
    """The sample client area; its settings come from the environment."""
    app = Flask(__name__, instance_path=instance_path)
    app.config.from_prefixed_env()
    config = os.environ.get("ACCT_CONFIG", "client-area")
    acct.init_app(app, config=config, errors="all")
    trade = trades.init_app(app, config)
    acct.subscription(subscription.of)
    words.init_app(app)
    billing.init_app(app)
    front.init_app(app)
    for name in trade.pages:
        app.register_blueprint(PAGES[name])
    for blueprint in (plan.pages, provider.pages):
        app.register_blueprint(blueprint)
    return app
