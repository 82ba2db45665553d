"""Finds blueprints and routes of the host's that conflict with ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import wraps
from typing import Any

from flask import Blueprint, Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, RoutingException, Rule

from ..errors import SetupError
from .options import Mount
from .state import State


class NameTaken(SetupError, ValueError):
    """A blueprint of the host's has the name of one of ours. It is a ``ValueError``, as Flask's own is."""

    def __init__(self, name: str, mount: Mount) -> None:
        super().__init__(
            f"This app has a blueprint {name!r}, and flask_acct has one of that name. Give ours another name, "
            f'Acct(name="clients"), or yours: app.register_blueprint(..., name="..."). Ours are now '
            f"{', '.join(sorted(mount.blueprints))}."
        )


class NoSubdomains(SetupError):
    """The app does not match subdomains, so that a page on one would not be found."""


def raise_unless_free(app: Flask, mount: Mount) -> None:
    """Raise ``NameTaken`` or ``NoSubdomains`` unless the app has room for our blueprints."""
    for name in sorted(mount.blueprints & app.blueprints.keys()):
        raise NameTaken(name, mount)
    if mount.subdomain is not None and not app.subdomain_matching:
        raise NoSubdomains(
            f"Acct(subdomain={mount.subdomain!r}) needs an app that matches subdomains. Write "
            'Flask(__name__, subdomain_matching=True) and set SERVER_NAME, "example.com".'
        )


def watch(app: Flask, mount: Mount) -> None:
    """A blueprint with one of our names that the host registers later is refused too, with the fix."""
    register = app.register_blueprint

    @wraps(register)
    def refusing(blueprint: Blueprint, **options: Any) -> None:
        name = options.get("name", blueprint.name)
        if name in mount.blueprints and app.blueprints.get(name) is not blueprint:
            raise NameTaken(name, mount)
        register(blueprint, **options)

    app.register_blueprint = refusing  # type: ignore[method-assign, assignment]


def shadows(app: Flask) -> Iterator[str]:
    """Yield each rule of ours that another one answers instead, and each of the host's that ours answers.

    The URL map itself decides: which of two rules answers depends on their parts, and only between equal ones
    on which was registered first.
    """
    acct: State = app.extensions["acct"]
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            winner = _winner(app.url_map, rule, method)
            if winner is None or _is_ours(winner, acct.mount) == _is_ours(rule, acct.mount):
                continue
            who = f"{winner.rule} ({winner.endpoint})", f"{rule.rule} ({rule.endpoint})"
            whose = ("yours", "flask_acct's") if _is_ours(rule, acct.mount) else ("flask_acct's", "yours")
            yield (
                f"{method} {who[1]}, {whose[1]}, is never asked: {who[0]}, {whose[0]}, comes before it. "
                'Move yours, or ours: Acct(url_prefix="/clients").'
            )


VALUES = (1, "a", "00000000-0000-4000-8000-000000000000", *("1" * length for length in range(2, 41)))
"""Values to try for the parameters of a rule."""


def _winner(rules: Map, rule: Rule, method: str) -> Rule | None:
    """Return the rule that answers an address of this one; ``None`` if it has none, or it leads elsewhere."""
    for value in (*VALUES, *_choices(rule)):
        try:
            built = rule.build(dict.fromkeys(rule.arguments, value), append_unknown=False)
            if built is None or not _fits(rules, rule, built):
                continue
            return _adapter(rules, built).match(built[1], method=method, return_rule=True)[0]
        except (ValueError, HTTPException, RoutingException):
            continue
    return None


def _fits(rules: Map, rule: Rule, built: tuple[str, str]) -> bool:
    """Whether the address is one of the rule's: a converter may accept less than it writes."""
    alone = Map([rule.empty()], converters=rules.converters, host_matching=rules.host_matching)
    return bool(_adapter(alone, built).test(built[1], method=next(iter(rule.methods or ()), None)))


def _adapter(rules: Map, built: tuple[str, str]) -> MapAdapter:
    domain = built[0]
    return rules.bind(domain) if rules.host_matching else rules.bind("localhost", subdomain=domain)


def _choices(rule: Rule) -> list[str]:
    """Return the values of ``<any(...):name>``, which cannot be found in any other way."""
    return [choice.strip(" '\"") for found in re.findall(r"any\(([^)]*)\)", rule.rule) for choice in found.split(",")]


def _is_ours(rule: Rule, mount: Mount) -> bool:
    return rule.endpoint.rpartition(".")[0] in mount.blueprints
