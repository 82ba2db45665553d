"""A hosting company's client area: what a host writes around flask_acct."""

from __future__ import annotations

from flask import Flask, render_template

from flask_acct.extension import Acct

acct = Acct()


def create_app() -> Flask:
    """The sample client area; its settings come from the environment."""
    app = Flask(__name__)
    app.config.from_prefixed_env()
    acct.init_app(app, config=app.config.get("ACCT_CONFIG", "client-area"))
    app.add_url_rule("/", "home", home)
    return app


def home() -> str:
    """The company's front door, and the way in for those who are signed in."""
    return render_template("home.html")
