"""A new app: nothing but Flask and flask_acct."""

from flask import Flask

from flask_acct import Acct, current_account, requires

acct = Acct()


def create_app(settings=None):
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.update(settings or {})
    acct.init_app(app)

    @app.get("/")
    @requires()
    def home():
        return f"Welcome, {current_account.name}"

    @app.get("/invoices")
    @requires("invoices")
    def invoices():
        return f"Invoices of {current_account.name}"

    return app
