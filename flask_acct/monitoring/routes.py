"""The addresses below ``/account/-/``: for load balancers, Prometheus and the doctor, not for visitors.

They set no cookie, open no session and count under no limit, and are answered before ``public_url`` is set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, request

from ..errors import SetupError
from ..web import addresses
from ..web.state import state
from . import access, health, metrics, mirror
from .health import Needs

Answer = Callable[[], Response]

PREFIX = f"/{addresses.OPERATORS}"
NAME = "operators"
SHORTEST_TOKEN = 20


class WeakToken(SetupError):
    """``ACCT_METRICS_TOKEN`` could be guessed."""


def operator_pages(name: str, *, token: str | None, findings: Answer | None, with_metrics: bool) -> Blueprint:
    """Return the blueprint. Raises ``WeakToken``.

    Args:
        token: ``ACCT_METRICS_TOKEN``.
        findings: The page of ``flask acct doctor``; ``None`` if there is none, ``[health] doctor``.
        with_metrics: Whether there are figures, ``[metrics] enabled``.
    """
    _raise_if_weak(token)
    blueprint = Blueprint(name, __name__)
    for path, view in (("live", _live), ("ready", _ready), ("seen", _seen)):
        blueprint.add_url_rule(f"{PREFIX}/{path}", path, view)
    if with_metrics:
        blueprint.add_url_rule(f"{PREFIX}/metrics", "metrics", _only_operators(_metrics, token))
    if findings is not None:
        blueprint.add_url_rule(f"{PREFIX}/doctor", "doctor", _only_operators(findings, token, is_for_staff=True))
    blueprint.after_request(_plain)
    return blueprint


def _raise_if_weak(token: str | None) -> None:
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise WeakToken(
            f"ACCT_METRICS_TOKEN has {len(token)} characters, and {SHORTEST_TOKEN} are needed. Make one with "
            'python -c "import secrets; print(secrets.token_urlsafe(32))".'
        )


def _live() -> Response:
    """Answer that this process answers. The database is not asked: a process is not mended by being started anew."""
    return jsonify(status="live")


def _ready() -> Response:
    """Answer whether this process can serve; 503 with what is missing if not."""
    acct = state()
    config = acct.platform.config.health
    lacking = health.missing(Needs(acct.database, acct.clock(), config.worker_minutes))
    if lacking:
        return make_response(jsonify(status="not ready", missing=lacking), 503)
    return jsonify(status="ready")


def _seen() -> Response:
    if not mirror.is_doctors(request.headers.get(mirror.HEADER, ""), state().keys):
        abort(404)
    return jsonify(mirror.seen())


def _metrics() -> Response:
    acct = state()
    text, kind = metrics.written(acct.database, acct.clock())
    return Response(text, content_type=kind)


def _only_operators(view: Answer, token: str | None, *, is_for_staff: bool = False) -> Answer:
    def guarded() -> Response:
        match access.refusal(token, is_for_staff=is_for_staff):
            case "token":
                return _refused(401, f"Send the header Authorization: Bearer and ACCT_METRICS_TOKEN.{or_sign_in()}")
            case "here":
                how = "Only this machine is answered. Set ACCT_METRICS_TOKEN to ask from elsewhere."
                return _refused(403, f"{how}{or_sign_in()}")
            case None:
                return view()

    def or_sign_in() -> str:
        if not (is_for_staff and state().platform.config.staff.enabled):
            return ""
        return f" Staff sign in at {addresses.role_url('staff_sign_in')} first."

    guarded.__module__ = view.__module__
    return guarded


def _refused(code: int, how: str) -> Response:
    response = Response(f"{how}\n", code, mimetype="text/plain")
    if code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="flask_acct"'
    return response


HEADERS: dict[str, Any] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def _plain(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
