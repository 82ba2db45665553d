"""What the app sees of a request that came the whole way, told to ``flask acct doctor`` alone.

The doctor asks the public address and signs its request with the application's key. So an answer proves that this app
answers there, with the same key, and says which scheme, host and visitor it sees behind the proxies.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

from flask import request

from ..values.keys import Keys

HEADER = "X-Acct-Doctor"
SECONDS = 300
"""How old a signature may be: the clocks of two machines may differ."""


def signature(keys: Keys, at: int) -> str:
    """Return what the doctor sends: ``"1767225600.3f…"``."""
    return f"{at}.{_digest(keys.current, at)}"


def is_doctors(sent: str, keys: Keys) -> bool:
    """Whether a request was signed with one of our keys, lately."""
    at, _, digest = sent.partition(".")
    if not (at.isascii() and at.isdecimal() and len(at) <= 12) or abs(time.time() - int(at)) > SECONDS:
        return False
    given = digest.encode("utf-8", "surrogateescape")
    return any(hmac.compare_digest(given, _digest(key, int(at)).encode()) for key in keys)


def seen() -> dict[str, Any]:
    """Return what the app sees of this request."""
    return {
        "scheme": request.scheme,
        "host": request.host,
        "root": request.script_root,
        "visitor": request.remote_addr or "",
        "time": time.time(),
    }


def _digest(key: bytes, at: int) -> str:
    return hmac.new(key, f"flask_acct doctor {at}".encode(), hashlib.sha256).hexdigest()
