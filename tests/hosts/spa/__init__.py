"""A host whose pages are one script, which knows none of the screens and shows what the account area sends in JSON."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response

from flask_acct import Acct, public
from flask_acct.config import parse

CONFIG = """
[site]
name = "Example"
locales = ["en"]
default_locale = "en"

[users]
enabled = true

[api]
enabled = true
apps = true
"""


def create_app(settings: dict[str, Any]) -> Flask:
    app = Flask(__name__)
    app.config.update(settings)
    Acct(app, config=parse(CONFIG))

    @app.get("/")
    @public
    def home() -> Response:
        return app.send_static_file("index.html")

    return app
