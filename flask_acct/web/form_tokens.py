"""The token every form of ours carries, so that no other page can send it. Source: OWASP CSRF Prevention Cheat Sheet,
"Signed Double-Submit Cookie".

It is bound to the session of who is signed in, and to our own cookie for a visitor: never to Flask's session, which
others may be able to plant (see ``visits``). It has no time of its own: it is good as long as what it is bound to.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import current_app, g, request

from . import clients, current
from .state import state
from .submission import submission


def token() -> str:
    """The token of the forms of this page. No two pages carry the same.

    Sample: ``nd83Kz0qP1aB.<its proof>``; of somebody who is signed in
    ``nd83Kz0qP1aB.<its proof>.<user id>.<proof of the user>``, by which a form that arrives after the session has ended
    still says whose it was.
    """
    if "acct_copy" not in g:
        g.acct_copy = secrets.token_urlsafe(9)
    parts = [g.acct_copy, _proof("form", current.form_binding(), g.acct_copy, key=state().keys.current)]
    here = current.present()
    if here is not None:
        user = str(here.user.id)
        parts += [user, _proof("form of user", user, g.acct_copy, key=state().keys.current)]
    return ".".join(parts)


def are_off() -> bool:
    """Whether a host's tests send forms without having opened them: ``TESTING`` and ``WTF_CSRF_ENABLED = False``.

    Each alone changes nothing: no setting of another extension opens the forms of a live app.
    """
    return current_app.testing and not current_app.config.get("WTF_CSRF_ENABLED", True)


def problem() -> str | None:
    """What is wrong with the token of the form of this request: the id of a message."""
    if are_off() or clients.is_app():
        # Browsers send a foreign page's request without asking only where cookies alone open.
        return None
    sent = submission().token
    copy, _, rest = sent.partition(".")
    proof = rest.partition(".")[0]
    if _is_proven(proof, "form", current.form_binding(), copy):
        return None
    if not sent:
        return "shell.form.foreign"
    if current.brought_cookies():
        return "shell.form.stale"
    return "shell.form.not_secure" if state().is_https and _scheme() == "http" else "shell.form.no_cookies"


def drawn_for() -> int | None:
    """The id of the user the form of this request was drawn for, whether or not they are still signed in."""
    parts = submission().token.split(".")
    if len(parts) != 4 or not (parts[2].isascii() and parts[2].isdecimal()):
        return None
    copy, _, user, proof = parts
    return int(user) if _is_proven(proof, "form of user", user, copy) else None


def _proof(*about: str, key: bytes) -> str:
    message = "\0".join(("flask_acct", *about)).encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:40]


def _is_proven(proof: str, *about: str) -> bool:
    """Whether it was made with the application's key, or with one that is kept for what was made before."""
    given = proof.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(given, _proof(*about, key=key).encode()) for key in state().keys)


def _scheme() -> str:
    """How the browser came here: what it says itself, for a proxy may have spoken https to it."""
    said = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        return urlsplit(said).scheme or request.scheme
    except ValueError:
        return request.scheme
