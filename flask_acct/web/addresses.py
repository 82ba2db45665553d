"""Where things are: screens, the configuration's addresses, the help site, and the way back after sign-in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from flask import request

from ..labels import language_tag
from ..screen import PREFIX
from .state import State, state

LONGEST_RETURN = 2000

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
"""A parameter in the path of a screen: ``contacts/<int:contact>``."""


def screen_url(name: str, at: Mapping[str, object] | None = None, /, **query: str) -> str:
    """The local address of a screen.

    Args:
        at: The parameters of its path: ``{"contact": 5}``.
        query: What follows the question mark. Visitors name it, so it may be called as anything here is.
    """
    screen = state().edition.declared.screens[name]
    path = PARAMETER.sub(lambda found: quote(str((at or {})[found[1]]), safe=""), screen.path)
    address = f"{request.script_root}{PREFIX}/{path}"
    return f"{address}?{urlencode(query, safe='/')}" if query else address


def target_url(to: str, **at: object) -> str | None:
    """Where a ``Link.to`` leads; ``None`` for a screen or address this configuration does not have."""
    acct = state()
    if to == "support":
        return support_url(acct)
    if to in acct.edition.declared.screens:
        return screen_url(to, at)
    table, _, key = to.partition(".")
    address = getattr(getattr(acct.edition.config, table, None), "home" if to == "site.home" else key, None)
    return _within(address) if address else None


def support_url(acct: State) -> str | None:
    """Where a person helps: the configured address, else the request page, else a mail."""
    site = acct.edition.config.site
    if site.support_url:
        return _within(site.support_url)
    if "recovery.request" in acct.edition.declared.screens:
        return screen_url("recovery.request")
    return f"mailto:{site.support_email}"


def help_url(about: str, locale: str) -> str | None:
    """The article about a screen, or what helps with a message, in the nearest language the help site has."""
    language = help_locale(locale)
    link = state().help_links.get(language, {}).get(about)
    if link is None:
        return None
    article, mark, heading = link.partition("#")
    return f"{help_root()}/{language_tag(language)}/{article}/{mark}{heading}"


def help_root() -> str:
    """Where the help site begins."""
    return _within(state().edition.config.help.url or "/help").rstrip("/")


def help_locale(locale: str) -> str:
    offered = state().help_locales
    language = locale.partition("_")[0]
    default = state().edition.config.site.default_locale
    return next(
        (choice for choice in (locale, language, default) if choice in offered), offered[0] if offered else locale
    )


def local_path(address: str | None) -> str | None:
    """The address if it leads to this host and nowhere else, rebuilt from its path and query; else ``None``.

    Browsers read ``\\`` as ``/`` and drop tabs and line ends, so ``/\\evil.example`` and ``/<tab>/evil.example``
    leave the host. Source: ASVS 3.7.2; CVE-2023-49438.
    """
    if not address or len(address) > LONGEST_RETURN or address.startswith("//"):
        return None
    if "\\" in address or any(ord(sign) < 33 or ord(sign) == 127 or 0xD800 <= ord(sign) < 0xE000 for sign in address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _within(address: str) -> str:
    """A path of the configuration below the app's mount point; a whole address as it is."""
    return f"{request.script_root}{address}" if address.startswith("/") else address
