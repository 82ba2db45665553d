"""Which permission a route of the app requires, by its view or by what is called before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

View = Callable[..., Any]


def permission_of(app: Flask, rule: Rule) -> str | None:
    """Return the permission that a page requires, or that is required before it."""
    views = (app.view_functions[rule.endpoint], *before_view(app, rule))
    return next(filter(None, (getattr(one, "acct_permission", None) for one in views)), None)


def before_view(app: Flask, rule: Rule) -> list[View]:
    """Return the functions called before the view, for the whole app and for each blueprint it is in."""
    return [one for name in (None, *blueprints(rule)) for one in app.before_request_funcs.get(name, ())]


def blueprints(rule: Rule) -> list[str]:
    """Return the names of the blueprints a route is in, the innermost last: ``["shop", "shop.orders"]``."""
    parts = rule.endpoint.split(".")[:-1]
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
