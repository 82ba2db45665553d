"""Addresses: of screens, from the configuration, of the help site, and the way back after sign-in."""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

import idna
from flask import current_app, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from ..declare.labels import language_tag
from .state import State, state

LONGEST_RETURN = 8000
"""Most characters of an address to go back to."""

LONGEST_IN_ADDRESS = 2000
"""Most characters of it inside another address; servers refuse lines longer than about 4,000."""

PACKED = "~"
"""The prefix of an address that was compressed."""

IN_PATH, IN_QUERY = "/!$&'()*+,;=:@", "%/?!$&'()*+,;=:@"
"""Characters that stand in an address unescaped."""

OPERATORS = "-"
"""The part of an address below which programs and operators ask: ``/account/-/ready``."""

PORTS = {"http": 80, "https": 443}

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
"""A parameter in the path of a screen: ``contacts/<int:contact>``."""


def screen_url(name: str, at: Mapping[str, object] | None = None, /, **query: str) -> str:
    """Return the local path of a screen.

    Args:
        at: The parameters of its path: ``{"contact": 5}``.
        query: What follows the question mark. Visitors choose its names, so they may equal any name here.
    """
    screen = state().platform.declared.screens[name]
    path = PARAMETER.sub(lambda found: quote(str((at or {})[found[1]]), safe=""), screen.path)
    address = f"{root()}/{path}"
    if "next" in query:
        query = {**query, "next": _packed(query["next"])}
    return f"{address}?{urlencode(query, safe='/')}" if query else address


def named(role: str) -> str:
    """Return the name of the screen that has a role, see ``Feature.roles``: ``named("sign_in")``."""
    return state().platform.declared.roles[role]


def role_url(role: str, at: Mapping[str, object] | None = None, **query: str) -> str:
    """Return the path of the screen that has a role."""
    return screen_url(named(role), at, **query)


def root() -> str:
    """Return the local path below which the screens are."""
    return f"{_mounted()}{state().mount.url_prefix}"


def target_url(to: str, **at: object) -> str | None:
    """Return where a ``Link.to`` leads; ``None`` for a screen or address that this configuration does not have."""
    acct = state()
    if to == "support":
        return support_url(acct)
    if to == "doctor":
        return f"{root()}/{OPERATORS}/doctor"
    if to in acct.platform.declared.screens:
        return screen_url(to, at)
    table, _, key = to.partition(".")
    address = getattr(getattr(acct.platform.config, table, None), "home" if to == "site.home" else key, None)
    return within(address) if address else None


def support_url(acct: State) -> str | None:
    """Return where a person helps: the configured address, else the request page, else a mail."""
    site = acct.platform.config.site
    if site.support_url:
        return within(site.support_url)
    if named("support") in acct.platform.declared.screens:
        return role_url("support")
    return f"mailto:{site.support_email}"


def help_url(about: str, locale: str) -> str | None:
    """Return the article about a screen, or about a message, in the nearest language of the help site."""
    language = help_locale(locale)
    link = state().help_links.get(language, {}).get(about)
    if link is None:
        return None
    article, mark, heading = link.partition("#")
    return f"{help_root()}/{language_tag(language)}/{article}/{mark}{heading}"


def help_root() -> str:
    """Return the address of the help site."""
    return within(state().platform.config.help.url or "/help").rstrip("/")


def help_locale(locale: str) -> str:
    offered = state().help_locales
    language = locale.partition("_")[0]
    default = state().platform.config.site.default_locale
    return next(
        (choice for choice in (locale, language, default) if choice in offered), offered[0] if offered else locale
    )


def is_below_ours() -> bool:
    """Whether this request's path is below the prefix of our pages."""
    return not is_elsewhere() and state().mount.holds(request.path)


def requested_address() -> str:
    """Return the address of this request as it came, with special characters percent-encoded."""
    environ = request.environ
    whole = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    path = quote(whole.encode("latin-1"), safe=IN_PATH)
    if path.startswith("//"):
        # Browsers would take what follows for a host.
        path = f"/%2F{path[2:]}"
    query = quote(request.query_string, safe=IN_QUERY)
    return f"{path}?{query}" if query else path


def opens_by_get() -> bool:
    """Whether the address of this request can be opened by GET, whatever method it came with."""
    if request.method in {"GET", "HEAD"}:
        return True
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter is not None and bool(adapter.match(method="GET"))
    except HTTPException:
        return False


def onward(address: str | None) -> str | None:
    """Return where an address to go back to leads, compressed or not, if it is on this host."""
    if address is not None and address.startswith(PACKED):
        address = _unpacked(address)
    return local_path(address)


def _packed(address: str) -> str:
    """Return the address compressed, if it is long."""
    if len(quote(address, safe="/")) <= LONGEST_IN_ADDRESS or address.startswith(PACKED):
        return address
    short = zlib.compress(address.encode("utf-8", "surrogatepass"), 9)
    return PACKED + urlsafe_b64encode(short).decode().rstrip("=")


def _unpacked(packed: str) -> str | None:
    try:
        short = urlsafe_b64decode(packed.removeprefix(PACKED) + "==")
        unpacking = zlib.decompressobj()
        address = unpacking.decompress(short, 4 * LONGEST_RETURN)
        return None if unpacking.unconsumed_tail else address.decode()
    except (ValueError, zlib.error):
        return None


def local_path(address: str | None) -> str | None:
    """Return the address if it leads to this host and nowhere else, rebuilt from its path and query; else ``None``.

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


def origin(address: str | None) -> str | None:
    """Return an address's origin, as browsers write it: ``https://example.com``; ``None`` if it is no web address."""
    try:
        parts = urlsplit(address or "")
        host, port = parts.hostname, parts.port
        if host and not host.isascii():
            host = idna.encode(host, uts46=True).decode("ascii")
    except (ValueError, idna.IDNAError):
        return None
    if parts.scheme not in PORTS or not host:
        return None
    return f"{parts.scheme}://{host}" if port in (None, PORTS[parts.scheme]) else f"{parts.scheme}://{host}:{port}"


def own_origins() -> set[str | None]:
    """Return the origins of our pages: the host this request came to, and that of each platform."""
    platforms = state().platforms.values()
    return {origin(request.host_url), *(origin(platform.config.site.public_url) for platform in platforms)}


def within(address: str) -> str:
    """Return a path of the configuration below the app's mount point; a complete address unchanged."""
    return f"{_mounted()}{address}" if address.startswith("/") else address


def link_url(place: str) -> str:
    """Return the address of a link of the configuration: of a screen by its name, else as ``within``."""
    return screen_url(place) if place in state().platform.declared.screens else within(place)


def is_elsewhere() -> bool:
    """Whether this request came to another subdomain than that of our pages."""
    subdomain, adapter = state().mount.subdomain, request_ctx.url_adapter
    return subdomain is not None and adapter is not None and adapter.subdomain != subdomain


def _mounted() -> str:
    """Return where the app is mounted, on the subdomain of our pages."""
    adapter = request_ctx.url_adapter
    if adapter is None or not is_elsewhere():
        return request.script_root
    return f"{adapter.url_scheme}://{state().mount.subdomain}.{adapter.server_name}{request.script_root}"
