"""Cooperates with a host's ``CSRFProtect``: it protects the host's forms, and ours have tokens of their own.

Flask-WTF's check knows one kind of token, of Flask's session, under one name. It cannot read ours (see
``form_tokens``), nor does it know of forms that need none: the signed address in a mail, a vote sent by a help
page that is a static file. Without this module it would answer 400 to all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFProtect

from . import clients, current
from .addresses import is_below_ours
from .state import State


def install(app: Flask) -> None:
    """No form of ours is checked by a ``CSRFProtect``, whether the app has it already or gets it later."""
    # The first of all: the check is one of them, and may have been registered earlier.
    app.before_request_funcs.setdefault(None, []).insert(0, leave_ours)


def leave_ours() -> None:
    """The app's ``CSRFProtect``, if it has one by now, checks only forms that are not ours."""
    found = current_app.extensions.get("csrf")
    if isinstance(found, CSRFProtect) and not hasattr(found.protect, "acct_leaves_ours"):
        # Not ``exempt``: a host that decides itself what is checked calls ``protect``, which ignores exemptions. Nor
        # would the extension, which several apps may share, ever release the blueprint.
        found.protect = _without_ours(found.protect)


def _without_ours(protect: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(protect)
    def check(*args: Any, **options: Any) -> Any:
        return None if _is_ours() or _is_of_app() else protect(*args, **options)

    check.acct_leaves_ours = True  # type: ignore[attr-defined]
    return check


def _is_of_app() -> bool:
    """Whether an app sends this, signed in by a secret that no other site's page can make a browser send."""
    return "acct" in current_app.extensions and clients.bearer() is not None and current.present() is not None


def _is_ours() -> bool:
    """Whether a page of ours answers this request, or would if its address had no slash at its end."""
    acct: State | None = current_app.extensions.get("acct")
    if acct is None:
        return False
    if request.endpoint is None:
        return is_below_ours()
    return request.blueprint in acct.mount.blueprints
