"""Who may open a host's pages: every route under the account area says so, by ``@requires`` or ``@public``.

A route that says nothing would be open to everybody without anyone having decided it, so ``flask acct check`` refuses
it. Source: ASVS 8.1.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from flask import Flask, current_app, url_for
from werkzeug.routing import Rule

from .. import permissions
from ..permissions import UnknownPermission
from ..sessions import Present
from .frame import Door, frame
from .guards import may
from .state import State, state

PACKAGE = __name__.partition(".")[0]


def problems(app: Flask) -> Iterator[str]:
    """What must be mended, a route a line; nothing for an app whose routes all have a rule."""
    acct: State = app.extensions["acct"]
    for rule in sorted(_host_rules(app, acct.area), key=lambda one: (one.rule, one.endpoint)):
        for view in _handlers(app.view_functions[rule.endpoint]):
            if problem := _problem(view, acct):
                yield f"{rule.rule} ({rule.endpoint}) {problem}"


def doors(here: Present) -> list[Door]:
    """What the one who is here may do in the account in view as it stands, each with the first page it opens."""
    acct = state()
    if here.membership is None:
        return []
    places = _places(acct)
    return [
        Door(id_, frame().words[id_], _address(places.get(name)))
        for name in permissions.of(here.membership, config=acct.edition.config)
        if may(here, name)
        for id_ in [f"users.permission.{name}"]
    ]


def _places(acct: State) -> Mapping[str, str]:
    """The page a permission opens first, by its endpoint: of the menu, else the shortest path of the host's."""
    if "places" not in acct.drawn:
        declared = acct.edition.declared
        menu = {declared.screens[link.to].needs: link.to for link in declared.menu if link.to in declared.screens}
        found = {needs: acct.mount.endpoint(screen.replace(".", "_")) for needs, screen in menu.items()}
        for rule in sorted(current_app.url_map.iter_rules(), key=lambda one: (len(one.rule), one.rule)):
            needs = getattr(current_app.view_functions[rule.endpoint], "acct_permission", None)
            if needs and not rule.arguments and "GET" in (rule.methods or ()):
                found.setdefault(needs, rule.endpoint)
        acct.drawn["places"] = found
    return cast("Mapping[str, str]", acct.drawn["places"])


def _address(endpoint: str | None) -> str:
    return url_for(endpoint) if endpoint else ""


def _problem(view: Callable[..., Any], acct: State) -> str:
    if not (hasattr(view, "acct_permission") or hasattr(view, "acct_is_public")):
        return 'says nothing about who may open it. Write @requires(), @requires("invoices") or @public at its view.'
    needs = getattr(view, "acct_permission", None)
    try:
        if needs is not None:
            permissions.refuse_unknown(needs, config=acct.edition.config)
    except UnknownPermission as error:
        return f"requires a permission that there is not: {error}"
    return ""


def _host_rules(app: Flask, area: tuple[str, ...]) -> Iterator[Rule]:
    """The routes of the host's under the area; static files are for everybody."""
    for rule in app.url_map.iter_rules():
        is_ours = _module(app.view_functions[rule.endpoint]).partition(".")[0] == PACKAGE
        is_static = rule.endpoint.rpartition(".")[2] == "static"
        if not is_ours and not is_static and any(_is_within(rule.rule, prefix) for prefix in area):
            yield rule


def _is_within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix.rstrip('/')}/")


def _module(view: Callable[..., Any]) -> str:
    return str(getattr(view, "__module__", ""))


def _handlers(view: Callable[..., Any]) -> list[Callable[..., Any]]:
    """The view, or each method of a class that stands for one, if the view itself has no rule."""
    kind = getattr(view, "view_class", None)
    if kind is None or hasattr(view, "acct_permission") or hasattr(view, "acct_is_public"):
        return [view]
    methods = [getattr(kind, name.lower(), None) for name in sorted(getattr(kind, "methods", None) or ())]
    return [method for method in methods if method is not None] or [view]
