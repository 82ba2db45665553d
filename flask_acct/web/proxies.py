"""Warns about a reverse proxy that the app was not told of: all visitors would share one visitor's limits."""

from __future__ import annotations

import ipaddress
import logging
from urllib.parse import urlsplit

from flask import request

from ..security.startup import is_loopback
from .state import state

log = logging.getLogger("flask_acct")

FORWARDED = "X-Forwarded-For"

INNER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "::1/128",
        "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""Networks where proxies are, and nobody from the internet."""

WARNING = (
    "Every visitor seems to come from %s, which is a proxy: its header X-Forwarded-For names others. So all of them "
    "share the limits of one visitor, and one of them can make everybody wait. Tell the app how many proxies are in "
    "front of it: from werkzeug.middleware.proxy_fix import ProxyFix; app.wsgi_app = ProxyFix(app.wsgi_app, x_for=%d)"
)


def notice() -> None:
    """The log warns once for each process, if a visitor's address is a proxy's."""
    acct = state()
    if acct.has_noticed_proxy or FORWARDED not in request.headers:
        return
    forwarded = [part.strip() for part in request.headers[FORWARDED].split(",")]
    others = [part for part in forwarded if part and part != request.remote_addr]
    is_public = not is_loopback(urlsplit(acct.platform.config.site.public_url).hostname)
    if is_public and others and _is_of_this_network(request.remote_addr):
        acct.has_noticed_proxy = True
        log.warning(WARNING, _named(request.remote_addr), len(others))


def _named(address: str | None) -> str:
    """Return the address for the log; empty for any other text, because anybody may have written it."""
    try:
        return str(ipaddress.ip_address(address or ""))
    except ValueError:
        return "nowhere"


def _is_of_this_network(address: str | None) -> bool:
    """Whether no visitor from the internet has such an address; one that came by a socket has none."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return True
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in INNER)
