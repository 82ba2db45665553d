"""The names of our cookies, so that apps of one host do not take each other's.

Browsers separate cookies by host alone: not by port, and those of ``/one`` and ``/two`` only if each names its
path. Under https ours begin with ``__Host-``, so that no neighbouring host can set them (see ``visits``), and such a
cookie must be for the whole host. So the name separates apps, and not the path: it holds the port a browser came to,
the path the app is mounted at and the prefix of the pages, as far as they are not the usual ones. A host that chose
a name, ``Acct(cookie_name=...)``, has exactly that one. Source: RFC 6265bis §4.1.3.2, §8.5 and §8.6.

If two apps have the same name all the same, each ignores what it does not know: the cookie of a session says with
whose key it was written, and at which place.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from flask import has_request_context, request

from ..declare.elements import PREFIX
from ..values.keys import Keys
from .options import Mount

USUAL_PORTS = {"", "80", "443"}
LONGEST_PART = 40
"""Characters of a path that stand in a name unchanged."""

MARK_LENGTH = 12
"""Characters that say whose a cookie is. They protect nothing: the secret before them does."""


def label(mount: Mount) -> str:
    """Return the prefix of all our cookies of this request: ``acct``, ``acct-5001``, ``acct.one~clients``."""
    if mount.cookie_name is not None:
        return mount.cookie_name
    prefix = "" if mount.url_prefix == PREFIX else f"~{_part(mount.url_prefix)}"
    if not has_request_context():
        return f"{mount.name}{prefix}"
    port, root = _port(), request.script_root.strip("/")
    return f"{mount.name}{f'-{port}' if port else ''}{f'.{_part(root)}' if root else ''}{prefix}"


def marked(secret: str, mount: Mount, keys: Keys) -> str:
    """Return the value of a session's cookie: the secret, and whose it is."""
    return f"{secret}.{_mark(secret, mount, keys.current)}"


def secret_of(value: str) -> str:
    """Return the secret in the value of a session's cookie."""
    return value.partition(".")[0]


def is_ours(value: str, mount: Mount, keys: Keys) -> bool:
    """Whether a session's cookie was written by this app: by one with its key, at its place."""
    secret, _, mark = value.partition(".")
    given = mark.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(given, _mark(secret, mount, key).encode()) for key in keys)


def _mark(secret: str, mount: Mount, key: bytes) -> str:
    root = request.script_root if has_request_context() else ""
    place = f"{mount.name} {root}{mount.url_prefix}"
    message = f"flask_acct session {secret} {place}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:MARK_LENGTH]


def _port() -> str:
    """Return the port the browser names; empty for a default port."""
    port = request.environ.get("HTTP_HOST", "").rpartition(":")[2]
    is_port = port.isascii() and port.isdecimal() and len(port) <= 5
    return port if is_port and port not in USUAL_PORTS else ""


def _part(path: str) -> str:
    """Return a path as part of a name, a different one for each path: ``/one/two`` is ``one!two``."""
    path = path.strip("/")
    if len(path) <= LONGEST_PART and re.fullmatch(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", path):
        return path.replace("/", "!")
    return f"!{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
