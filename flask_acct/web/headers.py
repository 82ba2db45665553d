"""The headers of every page of the blueprint: nothing inline, nothing from elsewhere, nothing cached."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, g, request

from ..config import csp
from .current import write_cookie
from .state import state

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Not "no-referrer": Flask-WTF refuses an https form without a Referer.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


POLICY = "Content-Security-Policy"

KEPT = (POLICY, *HEADERS)
"""Headers of ours that stay on our pages, whatever a host sets on every page of its app."""

FILES = ("static", "brand", "icon")
"""Pages whose answers are the same for everybody, and may be cached."""

FOR_GOOD = "public, max-age=31536000, immutable"
"""The address of a file contains its fingerprint, so it changes when the file does."""


def is_of_file() -> bool:
    """Whether this request is for a file of ours, the same for everybody."""
    return request.endpoint in {state().mount.endpoint(name) for name in FILES}


def install(app: Flask) -> None:
    """What a host's Flask-Talisman, or a function of its own, sets on every page is not set on ours.

    Its policy would break our pages or weaken them. What ours say nothing about stays as the host wants it.
    """
    # Called in reverse: the last of all, whenever the host's are registered.
    app.after_request_funcs.setdefault(None, []).insert(0, restore)


def keep_for(blueprint: Blueprint) -> None:
    """The headers of the blueprint's pages stay ours."""
    blueprint.after_request_funcs.setdefault(None, []).insert(0, keep)


def keep(response: Response) -> Response:
    """The response's present headers are remembered as the final ones."""
    g.acct_headers = response, {name: response.headers[name] for name in KEPT if name in response.headers}
    return response


def restore(response: Response) -> Response:
    """The response has the headers that we gave it, if it is one of ours."""
    given, stored = g.pop("acct_headers", (None, {}))
    if response is not given and request.blueprint not in state().mount.blueprints:
        # A page of the host's, during which one of ours was made and not shown.
        return response
    for name, value in stored.items():
        response.headers[name] = value
    if POLICY in stored:
        # The header's name before it was standardised.
        response.headers.pop(f"X-{POLICY}", None)
    return response


def policy() -> str:
    """Return the Content-Security-Policy of our pages: what they need, and what acct.toml adds."""
    cache = state().cache
    if POLICY not in cache:
        cache[POLICY] = csp.policy(state().platform.config.security.csp)
    return str(cache[POLICY])


def protect(response: Response) -> Response:
    """Return the response with the headers of our pages; files that are the same for all keep their own caching."""
    is_file = is_of_file() and response.status_code < 400
    response.headers[POLICY] = policy()
    for name, value in HEADERS.items():
        if not (is_file and name == "Cache-Control"):
            response.headers[name] = value
    if state().is_https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if is_file:
        if "v" in request.args:
            response.headers["Cache-Control"] = FOR_GOOD
        return keep(response)
    response.vary.update(("Cookie", "Accept-Language"))
    return keep(write_cookie(response))
