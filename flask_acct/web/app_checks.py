"""What ``flask acct check`` says of a host's app: what must be mended, and what flask_acct found there."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

from .. import csp, safety
from . import host_login, host_migrations, neighbours, rules
from .state import State


def problems(app: Flask) -> Iterator[str]:
    """What must be mended, a line each."""
    yield from rules.problems(app)
    yield from neighbours.shadows(app)
    yield from host_migrations.problems(app)


def summary(app: Flask) -> Iterator[tuple[str, str]]:
    """What is so, each with its name: ``("Routes", "each says who may open it")``."""
    state: State = app.extensions["acct"]
    yield "Routes", _routes(state)
    yield "Flask-Login", host_login.summary(app)
    yield from host_migrations.summary(app)
    yield "Policy", f"{csp.policy(state.edition.config.security.csp)}, on flask_acct's pages whatever else is set"
    yield "Cookies", safety.cookies(app.config, state.edition.config)


def _routes(state: State) -> str:
    left_out = f", but for {', '.join(state.unchecked)}" if state.unchecked else ""
    return f"each says who may open it{left_out}"
