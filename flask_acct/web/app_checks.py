"""What ``flask acct check`` says of a host's app: what must be mended, and what flask_acct found there."""

from __future__ import annotations

import os
from collections.abc import Iterator

from flask import Flask

from .. import csp, safety
from ..screen import PREFIX
from . import host_identifiers, host_login, host_migrations, neighbours, rules
from .state import State


def problems(app: Flask) -> Iterator[str]:
    """What must be mended, a line each."""
    yield from rules.problems(app)
    yield from neighbours.shadows(app)
    yield from host_migrations.problems(app)
    yield from host_identifiers.problems(app)


def summary(app: Flask) -> Iterator[tuple[str, str]]:
    """What is so, each with its name: ``("Routes", "each says who may open it")``."""
    state: State = app.extensions["acct"]
    yield "Routes", _routes(state)
    yield "Flask-Login", host_login.summary(app)
    yield from host_migrations.summary(app)
    yield "Help site", _articles(state)
    yield "Policy", f"{csp.policy(state.edition.config.security.csp)}, on flask_acct's pages whatever else is set"
    yield "Cookies", safety.cookies(app.config, state.edition.config)


def _articles(state: State) -> str:
    """Which addresses the help site's articles will name: ``flask acct kb`` knows no app's arguments."""
    prefix = state.mount.url_prefix
    if not state.edition.config.help.enabled:
        return "no help site"
    told = (os.environ.get("ACCT_URL_PREFIX") or PREFIX).rstrip("/")
    if told == prefix:
        return f"articles name addresses below {prefix}, where the pages are"
    return (
        f"WARNING: articles name addresses below {told}, and the pages are below {prefix}. Set "
        f"ACCT_URL_PREFIX={prefix} in the environment of flask acct kb"
    )


def _routes(state: State) -> str:
    left_out = f", but for {', '.join(state.unchecked)}" if state.unchecked else ""
    return f"each says who may open it{left_out}"
