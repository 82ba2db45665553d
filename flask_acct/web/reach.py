"""From where the pages can be reached: below which path, and by whom while the app is set up for one machine only.

``public_url`` is loopback until somebody changes it, and loopback needs no https, hides no debugger and may show
the mails of the demo. Whoever forgot to change it learns that from the first visitor, not from the last.
"""

from __future__ import annotations

import ipaddress
import logging
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask.globals import request_ctx

from ..security.startup import is_loopback
from . import current, html
from .addresses import local_path
from .dispatch import page_of
from .headers import is_of_file, protect
from .state import State, state

log = logging.getLogger("flask_acct")

TOLD = "told that only this machine is answered"


def install(app: Flask) -> None:
    """Every request is checked before any page of ours answers it."""
    app.before_request(hold_mount)
    app.before_request(only_here)


def hold_mount() -> None:
    """A mount point that would lead to another host is ignored: ``//evil.example`` in a header SCRIPT_NAME, say.

    Servers and proxies pass on whatever they were sent, and addresses of pages and files begin with it.
    """
    root = request.root_path
    if root and local_path(root) != root:
        request.root_path = request.environ["SCRIPT_NAME"] = ""
        if request_ctx.url_adapter is not None:
            request_ctx.url_adapter.script_name = "/"


def only_here() -> Response | None:
    """Return a page that says what to fix, for visitors from elsewhere while ``public_url`` is this machine."""
    acct = state()
    if request.blueprint not in acct.mount.blueprints or _is_public(acct) or is_of_file() or _is_from_here():
        return None
    if request.blueprint == acct.mount.beside("operators"):
        # Load balancers and containers ask from outside, and nothing of anybody is there; figures have a guard.
        return None
    if TOLD not in acct.cache:
        acct.cache[TOLD] = True
        log.error(
            "Somebody came from another machine and was refused: public_url is %s, where nothing is encrypted. Set "
            "ACCT_PUBLIC_URL to the https address of this site. In a container, or to look from a phone, name the "
            "network it comes from: FLASK_ACCT_LOCAL_NETWORKS=172.17.0.0/16.",
            acct.platform.config.site.public_url,
        )
    current.ask_no_more()
    return protect(html.show_message(page_of(acct.platform.declared.screens["error.only_here"]), None, {}))


def _is_public(acct: State) -> bool:
    return not is_loopback(urlsplit(acct.platform.config.site.public_url).hostname)


def _is_from_here() -> bool:
    """Whether the visitor is at this machine, or in a local network, and used a name of it."""
    return _is_near(request.remote_addr or "127.0.0.1") and _is_near(_host())


def _host() -> str:
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def _is_near(name: str) -> bool:
    if is_loopback(name):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    # A server that listens on both protocols writes an IPv4 address as ::ffff:127.0.0.1.
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or any(address in network for network in state().local_networks)
