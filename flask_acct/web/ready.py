"""Addresses that browsers and people try unprompted.

Only addresses without a route of the host's are answered here: after Flask has found none, whenever the host's routes
were registered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import quote

from flask import Response, current_app, make_response, redirect, request
from werkzeug.exceptions import HTTPException, NotFound

from . import addresses, brand, current
from .state import state

MODES = {"GET", "HEAD"}


def answer() -> Response | None:
    """Return the answer to an address that no route has; ``None`` if there is a route, or nothing to answer."""
    if not isinstance(request.routing_exception, NotFound):
        return None
    if request.method in MODES and request.path.rstrip("/") == state().mount.url_prefix:
        return _account()
    known = KNOWN.get(request.path) if request.method in MODES else None
    if known is not None:
        return known()
    return _without_slash()


def _account() -> Response | None:
    """Redirect a signed-in user to where they belong."""
    prefix = state().mount.url_prefix
    if addresses.is_elsewhere() or _has_route(f"{prefix}/" if request.path == prefix else prefix):
        return None
    here = current.present()
    if here is None:
        return _see_other(addresses.role_url("sign_in"))
    if here.may_only_set_password:
        return _see_other(addresses.role_url("set_password"))
    home = state().platform.config.site.home
    # A home page that is this very address, and that the host does not have.
    own = addresses.role_url("own_data")
    return _see_other(own if home.rstrip("/") == prefix else addresses.target_url("site.home") or own)


def _change_password() -> Response:
    """Redirect to the form; visitors get there by way of the sign-in form.

    Source: W3C, "A Well-Known URL for Changing Passwords".
    """
    return _see_other(addresses.role_url("change_password"))


def _icon() -> Response:
    """Return the brand's own image, else its letter. Browsers request it whatever the page says."""
    favicon = addresses.target_url("brand.favicon")
    response = cast(Response, redirect(favicon, 302)) if favicon else brand.serve_icon()
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


KNOWN: Mapping[str, Callable[[], Response | None]] = {
    "/.well-known/change-password": _change_password,
    "/favicon.ico": _icon,
}


def _without_slash() -> Response | None:
    """Redirect to the page of ours meant by an address with an extra slash at its end; a form is sent on."""
    path = request.path.rstrip("/")
    if path == request.path or not addresses.is_below_ours() or not _has_route(path, is_ours=True):
        return None
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return cast(Response, redirect(f"{request.script_root}{quote(path, safe='/')}{query}", 308))


def _has_route(path: str, *, is_ours: bool = False) -> bool:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        endpoint, _ = adapter.match(path, method=request.method)
    except HTTPException:
        return False
    return not is_ours or str(endpoint).startswith(state().mount.endpoint(""))


def _see_other(address: str) -> Response:
    response = make_response(redirect(address, 303))
    response.headers["Cache-Control"] = "no-store"
    return response
