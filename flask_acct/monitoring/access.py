"""Who may see figures and findings: whoever brings the operator's token, else who is at this machine."""

from __future__ import annotations

import hmac
from typing import Literal
from urllib.parse import urlsplit

from flask import request

from ..security.startup import is_loopback

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")
"""What proxies add: with one of them, the visitor is not at this machine although the proxy is."""

BEARER = "bearer "

Refusal = Literal["token", "here"]
"""What is missing: a good token, or to be at this machine."""


def refusal(token: str | None) -> Refusal | None:
    """Return why this request may not see them; ``None`` if it may.

    Args:
        token: ``ACCT_METRICS_TOKEN``. Without one, only this machine may.
    """
    if token:
        return None if _brings(token) else "token"
    return None if _is_at_this_machine() else "here"


def _brings(token: str) -> bool:
    sent = request.headers.get("Authorization", "")
    if sent[: len(BEARER)].lower() != BEARER:
        return False
    given = sent[len(BEARER) :].strip().encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, token.encode())


def _is_at_this_machine() -> bool:
    """Whether it came from this machine without a proxy, under a name of it.

    A page elsewhere could lead a browser here, but only under a name of its own.
    """
    if any(name in request.headers for name in FORWARDED):
        return False
    came_from = request.environ.get("werkzeug.proxy_fix.orig", request.environ).get("REMOTE_ADDR")
    return is_loopback(came_from or None) and is_loopback(_host())


def _host() -> str:
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""
