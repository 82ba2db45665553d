"""A hosting company's client area: what a host writes around flask_acct."""

from __future__ import annotations

import os

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from flask_acct import Acct, requires

acct = Acct()


def create_app(instance_path: str | None = None) -> Flask:
    """The sample client area; its settings come from the environment."""
    app = Flask(__name__, instance_path=instance_path)
    app.config.from_prefixed_env()
    acct.init_app(app, config=os.environ.get("ACCT_CONFIG", "client-area"))
    app.add_url_rule("/", "home", home)
    app.add_url_rule("/plans", "plans", lambda: render_template("plans.html"))
    app.add_url_rule("/contact", "contact", lambda: render_template("contact.html"))
    return app


def home() -> ResponseReturnValue:
    """The company's front door; for somebody signed in, their client area."""
    if current_user.is_authenticated:
        return client_area()
    return render_template("home.html")


@requires()
def client_area() -> ResponseReturnValue:
    """What a customer sees first. A suspended, closed or expired account is told so instead."""
    return render_template("client_area.html")
