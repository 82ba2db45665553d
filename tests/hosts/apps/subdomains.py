"""One app with several subdomains: the client area is on my.example.com only."""

from flask import Flask

from flask_acct import Acct, current_account, public, requires


def create_app(settings=None):
    app = Flask(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "bakery.localhost:5000"
    app.config.from_prefixed_env()
    app.config.update(settings or {})
    Acct(app, subdomain="my")

    @app.get("/", subdomain="my")
    @requires()
    def home():
        return f"Welcome, {current_account.name}"

    @app.get("/", subdomain="www")
    @public
    def front():
        return "Bread since 1907"

    return app
