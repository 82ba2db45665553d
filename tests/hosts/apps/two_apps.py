"""Two client areas in one process, with users of their own: customers at /, dealers below /dealers."""

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from flask_acct import Acct, current_account, requires


def create_app(name, settings=None):
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.update(settings or {})
    Acct(app, config="acct.toml")

    @app.get("/")
    @requires()
    def home():
        return f"{name}: {current_account.name}"

    return app


def create_site(customers, dealers):
    return DispatcherMiddleware(create_app("Customers", customers), {"/dealers": create_app("Dealers", dealers)})
