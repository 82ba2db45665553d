"""Apps of hosts who changed something."""

from __future__ import annotations

import os

from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from flask_acct.extension import Acct

RENAMED = """\
{% filter replace(">Send</button>"|safe, ">Submit request</button>"|safe) %}
{% include "flask_acct/screen.html" %}
{% endfilter %}
"""

WITHOUT_FIELD = """\
{% filter replace('data-acct="recovery.password.email"'|safe, "") %}
{% include "flask_acct/screen.html" %}
{% endfilter %}
"""

WITHOUT_PASSWORD = """\
{% filter replace('name="password"'|safe, 'name="passwort"'|safe) %}
{% include "flask_acct/screen.html" %}
{% endfilter %}
"""


def plain() -> Flask:
    """Nothing changed."""
    return _host({})


def renamed() -> Flask:
    """A template of the host says something else on a button."""
    return _host({"flask_acct/recovery.password.html": RENAMED})


def without_field() -> Flask:
    """A template of the host lost what tells a field."""
    return _host({"flask_acct/recovery.password.html": WITHOUT_FIELD})


def without_password() -> Flask:
    """A template of the host sends the password of the sign-in form under a name nobody reads."""
    return _host({"flask_acct/login.form.html": WITHOUT_PASSWORD})


def in_use() -> Flask:
    """The app keeps to a database of its own, in which somebody lives."""
    os.environ["ACCT_DATABASE_URL"] = os.environ["TEST_DATABASE_IN_USE"]
    return _host({})


def other_configuration() -> Flask:
    """The app does not read ACCT_CONFIG."""
    return _host({}, config="sending-platform")


def _host(templates: dict[str, str], config: str = "client-area") -> Flask:
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.jinja_loader = ChoiceLoader([DictLoader(templates)])
    app.add_url_rule("/", "home", lambda: "Welcome")
    Acct(app, config=config)
    return app
