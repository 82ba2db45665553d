"""Roughly which browser somebody used, and where it was, for mails that say from where something was asked for.

Nothing of what a browser says of itself is repeated: a mail must not carry the words of whoever asked for it. A family
and a system of these lists are named, or nothing is.
"""

from __future__ import annotations

import ipaddress

FAMILIES = (
    # What is built upon another names that one, too: the most particular first.
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def origin(user_agent: str, network: str) -> tuple[str, ...]:
    """Return what is known, ``("Firefox, Windows", "IP 8.8.8.*")``; nothing of it needs a translation.

    Args:
        network: The visitor's address, or the network it is in.
    """
    device = ", ".join(filter(None, (_first(FAMILIES, user_agent), _first(SYSTEMS, user_agent))))
    return tuple(filter(None, (device, anonymised(network))))


def anonymised(network: str) -> str:
    """Return the beginning that an address shares with its neighbours; empty unless it is one of the internet."""
    try:
        found = ipaddress.ip_network(network, strict=False)
    except ValueError:
        return ""
    if not found.network_address.is_global:
        return ""
    if isinstance(found, ipaddress.IPv4Network):
        return f"IP {str(found.network_address).rpartition('.')[0]}.*"
    return f"IP {found.network_address.exploded[:14]}:*"


def _first(known: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in known if mark in user_agent), "")
