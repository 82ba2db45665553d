"""A base template of the host's that leaves no room for our screens is named by ``flask acct check``."""

from __future__ import annotations

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from flask_acct import Acct, cli

from ..scopes import SECRET_KEY

EXTENDS = '{% extends "base.html" %}'
PAGE = "{% block page %}"
END = "{% endblock %}"
MAIN = "{% block main %}{% endblock %}"
FILLED = EXTENDS + "{% block content %}" + MAIN + "{% endblock %}"


def checked(database_url: str, **templates: str) -> str:
    app = Flask("shop")
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_DATABASE_URL=database_url, ACCT_WORKER=False)
    named = {"flask_acct/layout.html" if name == "layout" else f"{name}.html": text for name, text in templates.items()}
    app.jinja_loader = ChoiceLoader([DictLoader(named)])  # type: ignore[assignment]
    Acct(app, config="client-area")
    said = app.test_cli_runner().invoke(cli.acct, ["check", "client-area"])
    return said.output if said.exit_code else ""


@pytest.mark.parametrize(
    "templates",
    [
        {},
        {"layout": EXTENDS, "base": f"<body>{MAIN}</body>"},
        {"layout": FILLED, "base": "{% block content %}{% endblock %}"},
        {"layout": EXTENDS, "base": '{% extends "root.html" %}', "root": MAIN},
        {"layout": EXTENDS, "base": "{% block page %}<div>" + MAIN + "</div>{% endblock %}"},
        {
            "layout": EXTENDS + "{% block page %}<b>{{ super() }}</b>{% endblock %}",
            "base": "{% block page %}" + MAIN + "{% endblock %}",
        },
        {"layout": "{% extends config.BASE %}"},
    ],
    ids=[
        "ours",
        "in the base",
        "in a block of the base's",
        "in the base's base",
        "nested",
        "shown by super",
        "unknown",
    ],
)
def test_a_base_with_room_for_our_screens_is_fine(templates: dict[str, str], database_url: str) -> None:
    assert checked(database_url, **templates) == ""


@pytest.mark.parametrize(
    ("templates", "named"),
    [
        ({"layout": EXTENDS, "base": "<body>{% block content %}{% endblock %}</body>"}, "base.html has no block main"),
        ({"layout": "<body></body>"}, "flask_acct/layout.html has no block main"),
        ({"layout": FILLED, "base": "<body>{% block body %}{% endblock %}</body>"}, "base.html has no block main"),
        (
            {
                "layout": EXTENDS + "{% block page %}{% endblock %}",
                "base": "{% block page %}" + MAIN + "{% endblock %}",
            },
            "base.html has no block main",
        ),
        ({"layout": EXTENDS, "base": '{% extends "root.html" %}' + MAIN, "root": ""}, "root.html has no block main"),
        ({"layout": EXTENDS}, "flask_acct/layout.html extends base.html, which no template folder of the app has"),
        ({"layout": EXTENDS, "base": "<body>\n{% block main"}, "base.html:2: "),
    ],
    ids=["other name", "none at all", "filled where none is", "overridden", "base's base", "no base", "does not parse"],
)
def test_a_base_without_is_named_with_what_to_write(templates: dict[str, str], named: str, database_url: str) -> None:
    assert named in checked(database_url, **templates)
