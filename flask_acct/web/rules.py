"""Checks that every route of a host's in the account area says who may open it, by ``@requires`` or ``@public``.

Without a rule a route would be open to everybody without anyone having decided so, so ``flask acct check`` refuses
it. A host's other means are understood: Flask-Login's ``@login_required``, functions that a blueprint or the app calls
before each request, Flask-Admin's ``is_accessible``. Others must be listed, ``Acct(unchecked=...)``. Source:
ASVS 8.1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from flask import Flask, current_app, url_for
from flask_login import fresh_login_required, login_required
from werkzeug.routing import Rule

from ..accounts import permissions
from ..accounts.permissions import UnknownPermission
from ..config.problems import did_you_mean
from ..security.sessions import CurrentSession
from .guards import may
from .layout import frame
from .nav import NavLink
from .required import View, before_view, blueprints, permission_of
from .state import State, state

PACKAGE = __name__.partition(".")[0]

LOGIN_REQUIRED = {decorate(lambda: None).__code__ for decorate in (login_required, fresh_login_required)}
"""What Flask-Login's decorators put around a view; all views they decorate share it."""

ADMIN = "flask_admin"

SAYS_NOTHING = 'says nothing about who may open it. Write @requires(), @requires("invoices") or @public at its view.'
OPEN_ADMIN = (
    "is open to everybody: its Flask-Admin view has no is_accessible of its own. Write one, "
    "return current_user.is_authenticated and ..., or @public at the view."
)


def problems(app: Flask) -> Iterator[str]:
    """Yield what must be fixed, one route a line; nothing for an app whose routes all have a rule."""
    acct: State = app.extensions["acct"]
    yield from _unknown(app, acct.unchecked)
    for rule in sorted(_host_rules(app, acct), key=lambda one: (one.rule, one.endpoint)):
        before = before_view(app, rule)
        for view in _handlers(app.view_functions[rule.endpoint]):
            if problem := _problem(view, before, acct):
                yield f"{rule.rule} ({rule.endpoint}) {problem}"


def doors(here: CurrentSession) -> list[NavLink]:
    """Return what the signed-in user may do in the account in view as it is now, each with the first page it opens."""
    acct = state()
    if here.membership is None:
        return []
    places = _places(acct)
    return [
        NavLink(id_, frame().words[id_], _address(places.get(name)))
        for name in permissions.of(here.membership, acct.platform.config)
        if may(here, name)
        for id_ in [f"users.permission.{name}"]
    ]


def _places(acct: State) -> Mapping[str, str]:
    """Return the page a permission opens first, by its endpoint: of the menu, else the host's shortest path."""
    if "places" not in acct.cache:
        declared = acct.platform.declared
        menu = {declared.screens[link.to].needs: link.to for link in declared.menu if link.to in declared.screens}
        found = {needs: acct.mount.endpoint(screen.replace(".", "_")) for needs, screen in menu.items()}
        for rule in sorted(current_app.url_map.iter_rules(), key=lambda one: (len(one.rule), one.rule)):
            needs = permission_of(current_app, rule)
            if needs and not rule.arguments and "GET" in (rule.methods or ()):
                found.setdefault(needs, rule.endpoint)
        acct.cache["places"] = found
    return cast("Mapping[str, str]", acct.cache["places"])


def _address(endpoint: str | None) -> str:
    return url_for(endpoint) if endpoint else ""


def _problem(view: View, before: Sequence[View], acct: State) -> str:
    decided = [one for one in (*before, view) if _is_decided(one)]
    if not decided:
        return OPEN_ADMIN if _is_of_admin(view) else SAYS_NOTHING
    try:
        for needs in (getattr(one, "acct_permission", None) for one in decided):
            if needs is not None:
                permissions.raise_unless_declared(needs, acct.platform.config)
    except UnknownPermission as error:
        return f"requires a permission that there is not: {error}"
    return ""


def _is_decided(view: View) -> bool:
    """Whether a view, or a function called before it, decides who may open it."""
    if _has_mark(view) or any(getattr(one, "__code__", None) in LOGIN_REQUIRED for one in _layers(view)):
        return True
    accessible = getattr(getattr(view, "__self__", None), "is_accessible", None)
    return accessible is not None and _package(accessible) != ADMIN


def _has_mark(view: View) -> bool:
    return hasattr(view, "acct_permission") or hasattr(view, "acct_is_public")


def _layers(view: View) -> Iterator[View]:
    """Yield a view and everything that wraps it, from the outside in."""
    layer: View | None = view
    while layer is not None:
        yield layer
        layer = getattr(layer, "__wrapped__", None)


def _is_of_admin(view: View) -> bool:
    return any(_package(kind) == ADMIN for kind in type(getattr(view, "__self__", None)).__mro__)


def _host_rules(app: Flask, acct: State) -> Iterator[Rule]:
    """Yield the host's routes in the area, without unchecked ones; static files are for everybody."""
    for rule in app.url_map.iter_rules():
        # Views of the help site are partials, whose own module is functools.
        is_ours = _package(app.view_functions[rule.endpoint]) == PACKAGE or acct.mount.blueprints & {*blueprints(rule)}
        is_static = rule.endpoint.rpartition(".")[2] == "static"
        if not is_ours and not is_static and _is_in(acct.area, rule) and not _is_in(acct.unchecked, rule):
            yield rule


def _is_in(places: Sequence[str], rule: Rule) -> bool:
    """Whether a route is below one of the paths, or in one of the blueprints."""
    return any(_is_within(rule.rule, place) or place in blueprints(rule) for place in places)


def _unknown(app: Flask, unchecked: Sequence[str]) -> Iterator[str]:
    """Yield entries of ``unchecked`` that do not exist: a misspelt name would have no effect."""
    for place in unchecked:
        if not place.startswith("/") and place not in app.blueprints:
            yield f"Acct(unchecked=...) names {place!r}, which is no blueprint. {did_you_mean(place, app.blueprints)}"


def _is_within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix.rstrip('/')}/")


def _package(made: Any) -> str:
    return str(getattr(made, "__module__", "")).partition(".")[0]


def _handlers(view: View) -> list[View]:
    """Return the view, or each method of its class, if the view itself has no rule."""
    kind = getattr(view, "view_class", None)
    if kind is None or _is_decided(view):
        return [view]
    methods = [getattr(kind, name.lower(), None) for name in sorted(getattr(kind, "methods", None) or ())]
    return [method for method in methods if method is not None] or [getattr(kind, "dispatch_request", view)]
