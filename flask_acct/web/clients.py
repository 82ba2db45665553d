"""What made a request: somebody's browser, a script in it, or an app that keeps no cookies."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import Forbidden

from ..security.startup import is_loopback
from . import cookies
from .state import state

APP_HEADER = "X-Acct-Client"
"""``X-Acct-Client: app`` says that cookies are neither kept nor sent. Other sites' pages cannot set it."""

BEARER = "Bearer "

JSON = frozenset({"application/json"})
PAGE = frozenset({"text/html", "text/*", "application/xhtml+xml"})
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class NotSecure(Forbidden):
    """An app came by http, where its secret can be read on the way."""

    name_for_programs = "not_secure"
    description = (
        "Apps are answered over https only. If a proxy speaks https for this server, let ProxyFix tell so: "
        "app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1)."
    )


def wants_json() -> bool:
    """Whether a script asks rather than a person: a redirect into a form would be read as success."""
    if request.headers.get("X-Requested-With") == "XMLHttpRequest" or request.is_json or is_app():
        return True
    return request.headers.get("Sec-Fetch-Dest") == "empty" or _accepts_json()


def speaks_json() -> bool:
    """Whether this request for a screen is answered in JSON, ``[api] enabled``: by what it sends, else by what it asks.

    A form is answered with a page whatever its script accepts, as it was before there was JSON.
    """
    if not state().platform.config.api.enabled:
        return False
    if request.is_json or is_app():
        return True
    return request.mimetype not in FORMS and _accepts_json()


def is_app() -> bool:
    """Whether an app asks, ``[api] apps``: it says so, or brings the secret of a session. Its cookies are not read."""
    if not state().platform.config.api.apps:
        return False
    return request.headers.get(APP_HEADER, "").lower() == "app" or _sent_bearer() is not None


def bearer() -> str | None:
    """Return what an app signed in with, as ``cookies.marked`` made it; ``None`` where others could read it.

    A token of the host's own is none of ours.
    """
    sent = _sent_bearer()
    return sent if sent and _is_secure() else None


def raise_if_insecure_app() -> None:
    """Raise ``NotSecure`` unless nobody can read along: by https, or on a machine that is set up for itself alone."""
    if is_app() and not _is_secure():
        raise NotSecure


def _sent_bearer() -> str | None:
    sent = request.headers.get("Authorization", "")
    if not state().platform.config.api.apps or sent[: len(BEARER)].lower() != BEARER.lower() or len(sent) > 200:
        return None
    value = sent[len(BEARER) :].strip()
    return value if cookies.is_ours(value, state().mount, state().keys) else None


def _is_secure() -> bool:
    return request.is_secure or is_loopback(urlsplit(state().platform.config.site.public_url).hostname)


def _accepts_json() -> bool:
    accepted = request.accept_mimetypes
    json, html = accepted["application/json"], accepted["text/html"]
    # Libraries write "application/json, text/plain, */*"; a browser always names the kind of a page.
    return json > html or (0 < json == html and _names(JSON) and not _names(PAGE))


def _names(kinds: Collection[str]) -> bool:
    """Whether the request names one of the kinds as wanted, and not only by a wildcard for all."""
    return any(kind.lower() in kinds and quality > 0 for kind, quality in request.accept_mimetypes)
