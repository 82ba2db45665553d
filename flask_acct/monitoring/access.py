"""Who may see figures and findings: whoever brings the operator's token, else who is at this machine.

Findings are for the company's own people as well, who are signed in to the staff area.
"""

from __future__ import annotations

import hmac
from typing import Literal
from urllib.parse import urlsplit

from flask import request
from sqlalchemy.exc import SQLAlchemyError

from ..security.startup import is_loopback
from ..web import staff_sessions
from ..web.state import session, state

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")
"""What proxies add: with one of them, the visitor is not at this machine although the proxy is."""

BEARER = "bearer "

Refusal = Literal["token", "here"]
"""What is missing: a good token, or to be at this machine."""


def refusal(token: str | None, *, is_for_staff: bool = False) -> Refusal | None:
    """Return why this request may not see them; ``None`` if it may.

    Args:
        token: ``ACCT_METRICS_TOKEN``. Without one, only this machine may.
        is_for_staff: Staff who are signed in may, too. They are asked for last, for their sessions need the database.
    """
    if _brings(token) if token else _is_at_this_machine():
        return None
    if is_for_staff and _is_one_of_the_staff():
        return None
    return "token" if token else "here"


def _is_one_of_the_staff() -> bool:
    """Whether a session of the staff area is brought and goes on. Nobody is while the database cannot be asked."""
    if not state().platform.config.staff.enabled:
        return False
    try:
        return staff_sessions.visiting() is not None
    except SQLAlchemyError:
        return False
    finally:
        # What is looked at next takes connections of its own.
        session().close()


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
