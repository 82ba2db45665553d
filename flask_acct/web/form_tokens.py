"""The token in every form of ours, so that no other page can send it. Source: OWASP CSRF Prevention Cheat Sheet,
"Signed Double-Submit Cookie".

It is bound to the session of a signed-in user, and to our own cookie for a visitor: never to Flask's session, which
others may be able to plant (see ``visits``). It has no expiry of its own: it is valid as long as what it is bound to.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import current_app, g, request

from . import clients, current, staff_sessions
from .state import state
from .submission import submission


def token() -> str:
    """Return the token of the forms of this page. No two pages have the same.

    Sample: ``nd83Kz0qP1aB.<its proof>``; for a signed-in user
    ``nd83Kz0qP1aB.<its proof>.<user id>.<proof of the user>``, so that a form that arrives after the session has ended
    still says whose it was.
    """
    binding = current.form_binding()
    bound, made = g.get("acct_form_token", (None, ""))
    if bound != binding:
        made = _made(binding)
        g.acct_form_token = binding, made
    return str(made)


def _made(binding: str) -> str:
    if "acct_copy" not in g:
        g.acct_copy = secrets.token_urlsafe(9)
    copy, key = g.acct_copy, state().keys.current
    parts = [copy, _proof("form", binding, copy, key=key)]
    here = current.present()
    if here is not None:
        user = str(here.user.id)
        parts += [user, _proof("form of user", user, copy, key=key)]
    return ".".join(parts)


def are_off() -> bool:
    """Whether a host's tests send forms without having opened them: ``TESTING`` and ``WTF_CSRF_ENABLED = False``.

    One of them alone changes nothing: no setting of another extension opens the forms of a live app.
    """
    return current_app.testing and not current_app.config.get("WTF_CSRF_ENABLED", True)


def problem() -> str | None:
    """Return what is wrong with the token of this request's form, as the id of a message."""
    if are_off() or clients.is_app():
        # Browsers send a foreign page's request without asking only if cookies alone authenticate it.
        return None
    sent = submission().token
    copy, _, rest = sent.partition(".")
    proof = rest.partition(".")[0]
    if _is_proven(proof, "form", current.form_binding(), copy) or _is_of_staff(proof, copy):
        return None
    if not sent:
        return "shell.form.foreign"
    if current.brought_cookies():
        return "shell.form.stale"
    return "shell.form.not_secure" if state().is_https and _scheme() == "http" else "shell.form.no_cookies"


def _is_of_staff(proof: str, copy: str) -> bool:
    """Whether a page of the staff area has this form: each page has the one that changes the language."""
    binding = staff_sessions.binding()
    return binding is not None and _is_proven(proof, "form", binding, copy)


def rendered_for() -> int | None:
    """Return the id of the user that this request's form was rendered for, whether or not they are still signed in."""
    parts = submission().token.split(".")
    if len(parts) != 4 or not (parts[2].isascii() and parts[2].isdecimal()):
        return None
    copy, _, user, proof = parts
    return int(user) if _is_proven(proof, "form of user", user, copy) else None


def _proof(*about: str, key: bytes) -> str:
    message = "\0".join(("flask_acct", *about)).encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:40]


def _is_proven(proof: str, *about: str) -> bool:
    """Whether it was made with the application's key, or with a fallback key."""
    given = proof.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(given, _proof(*about, key=key).encode()) for key in state().keys)


def _scheme() -> str:
    """Return the scheme the browser used, as it says itself, because a proxy may have spoken https to it."""
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        return urlsplit(origin).scheme or request.scheme
    except ValueError:
        return request.scheme
