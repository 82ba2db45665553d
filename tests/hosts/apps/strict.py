"""An app with StrictUndefined, and with a base template of its own that the client area's pages also extend."""

from flask import Flask, render_template
from jinja2 import StrictUndefined

from flask_acct import Acct, requires


def create_app(settings=None):
    app = Flask(__name__, template_folder="strict_templates")
    app.config.from_prefixed_env()
    app.config.update(settings or {})
    app.jinja_env.undefined = StrictUndefined
    Acct(app)

    @app.get("/")
    @requires()
    def home():
        return render_template("home.html")

    return app
