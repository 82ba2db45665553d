"""Reads and writes our cookies: an app that stores none neither sends nor gets any (see ``clients``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from flask import Response, request

from .clients import is_app
from .state import state


def read(name: str) -> str | None:
    """Return the value the browser sent, the first of several; ``None`` if it sent none."""
    return None if is_app() else request.cookies.get(name)


def read_all(name: str) -> Sequence[str]:
    """Return all values of this name; a browser sends several when others have set one."""
    return [] if is_app() else request.cookies.getlist(name)


def has_any(*names: str) -> bool:
    """Whether the browser sent one of them."""
    return not is_app() and not request.cookies.keys().isdisjoint(names)


SameSite = Literal["Lax", "Strict"]


def write(
    response: Response, name: str, value: str, *, lasts: timedelta | None = None, same_site: SameSite = "Lax"
) -> None:
    """The browser keeps the cookie, until it is closed unless *lasts* is given."""
    if not is_app():
        response.set_cookie(
            name, value, max_age=lasts, path="/", secure=state().is_https, httponly=True, samesite=same_site
        )


def delete(response: Response, name: str, *, same_site: SameSite = "Lax") -> None:
    """The browser deletes the cookie."""
    if not is_app():
        response.delete_cookie(name, path="/", secure=state().is_https, httponly=True, samesite=same_site)
