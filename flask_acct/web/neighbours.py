"""Blueprints and routes of the host's that want what ours have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from typing import Any

from flask import Blueprint, Flask
from werkzeug.routing import Rule

from ..errors import AcctError
from ..options import Mount
from .state import State


class NameTaken(AcctError, ValueError):
    """A blueprint of the host's is called as one of ours. It is a ``ValueError``, as Flask's own is."""

    def __init__(self, name: str, mount: Mount) -> None:
        super().__init__(
            f"This app has a blueprint {name!r}, and flask_acct has one of that name. Give ours another name, "
            f'Acct(name="clients"), or yours: app.register_blueprint(..., name="..."). Ours are now '
            f"{', '.join(sorted(mount.blueprints))}."
        )


class NoSubdomains(AcctError):
    """The app does not match subdomains, so that a page on one would be nowhere."""


def refuse(app: Flask, mount: Mount) -> None:
    """The app has room for our blueprints. Raises ``NameTaken`` or ``NoSubdomains``."""
    for name in sorted(mount.blueprints & app.blueprints.keys()):
        raise NameTaken(name, mount)
    if mount.subdomain is not None and not app.subdomain_matching:
        raise NoSubdomains(
            f"Acct(subdomain={mount.subdomain!r}) needs an app that matches subdomains. Write "
            'Flask(__name__, subdomain_matching=True) and set SERVER_NAME, "example.com".'
        )


def watch(app: Flask, mount: Mount) -> None:
    """A blueprint of one of our names that the host registers later is refused with the fix as well."""
    register = app.register_blueprint

    @wraps(register)
    def refusing(blueprint: Blueprint, **options: Any) -> None:
        name = options.get("name", blueprint.name)
        if name in mount.blueprints and app.blueprints.get(name) is not blueprint:
            raise NameTaken(name, mount)
        register(blueprint, **options)

    app.register_blueprint = refusing  # type: ignore[method-assign, assignment]


def shadows(app: Flask) -> Iterator[str]:
    """Each rule of ours that another one answers in its place, and each of the host's below our prefix that ours does.

    Flask takes the rule that was registered first; the other is never asked.
    """
    acct: State = app.extensions["acct"]
    first: dict[tuple[str, str | None, str], Rule] = {}
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            earlier = first.setdefault((_shape(rule), rule.subdomain, method), rule)
            ours = [_is_ours(one, acct.mount) for one in (earlier, rule)]
            if earlier is rule or ours[0] == ours[1]:
                continue
            who = f"{earlier.rule} ({earlier.endpoint})", f"{rule.rule} ({rule.endpoint})"
            whose = ("flask_acct's", "yours") if ours[0] else ("yours", "flask_acct's")
            yield (
                f"{method} {who[1]}, {whose[1]}, is never asked: {who[0]}, {whose[0]}, was registered first. "
                'Move yours, or ours: Acct(url_prefix="/clients").'
            )


def _shape(rule: Rule) -> str:
    """The path, whatever its parameters are called."""
    return "".join("<>" if is_dynamic else part for is_dynamic, part in rule._trace)


def _is_ours(rule: Rule, mount: Mount) -> bool:
    return rule.endpoint.rpartition(".")[0] in mount.blueprints
