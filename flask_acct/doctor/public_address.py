"""The public address: its certificate, its proxies, and what the app behind them sees of its visitors."""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ..monitoring import mirror
from ..security.startup import is_loopback
from ..values.amounts import counted
from .asking import REDIRECTS, TIMEOUT_SECONDS, NoAnswer, ask
from .checkup import Checkup
from .database import difference
from .lines import Line, fail, not_checked, ok, warn

DAYS_TO_RENEW, DAYS_LEFT = 21, 7
PRETENDED = "203.0.113.77"
"""An address that the doctor claims to come from, as a visitor might who wants limits of their own for each try.

Source: RFC 5737, "IPv4 Address Blocks Reserved for Documentation"."""

PROXY_FIX = (
    "Tell the app how many proxies are in front of it: from werkzeug.middleware.proxy_fix import ProxyFix; "
    "app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)"
)
FROM_PAGE = "this page is answered by the site itself"
BY_COMMAND = "Run: flask acct doctor"


def certificate(checkup: Checkup) -> Line:
    """Whether visitors' browsers trust the certificate, and for how long."""
    site = urlsplit(checkup.site)
    if site.scheme != "https":
        return _without_tls(checkup.site)
    try:
        days = _days_left(site.hostname or "", site.port or 443, checkup.tls)
    except ssl.SSLCertVerificationError as error:
        return fail("TLS", f"the certificate is not trusted: {error.verify_message}", "Get one for this name: certbot")
    except OSError as error:
        what = f"{site.hostname} cannot be reached: {type(error).__name__}"
        return fail("TLS", what, "Start the web server, and let port 443 through.")
    what = f"the certificate is trusted and ends in {counted(days, 'day')}"
    renew = "Renew it, and look why that does not happen by itself: certbot renew"
    if days < DAYS_LEFT:
        return fail("TLS", what, renew)
    return warn("TLS", what, renew) if days < DAYS_TO_RENEW else ok("TLS", what)


def redirect(checkup: Checkup) -> Iterator[Line]:
    """Whether who comes by http is led to https."""
    site = urlsplit(checkup.site)
    if site.scheme != "https" or site.port not in (None, 443):
        return
    try:
        answered = ask(f"http://{site.hostname}/", checkup.tls)
    except NoAnswer:
        yield ok("http", "nobody answers there")
        return
    if answered.status in REDIRECTS and answered.headers.get("location", "").startswith("https://"):
        yield ok("http", "leads to https")
    else:
        yield warn("http", f"answers {answered.status} without leading to https", "Redirect all of it with 301 or 308.")


def proxies(checkup: Checkup) -> Iterator[Line]:
    """Whether this app answers at the public address, and sees scheme, host and visitor as they are."""
    if checkup.is_page:
        yield not_checked("Public address", FROM_PAGE, BY_COMMAND)
        return
    url = f"{checkup.site}{checkup.acct.mount.url_prefix}/-/seen"
    sent = {mirror.HEADER: mirror.signature(checkup.acct.keys, int(time.time())), "X-Forwarded-For": PRETENDED}
    try:
        answered = ask(url, checkup.tls, sent)
    except NoAnswer as failed:
        yield fail("Public address", f"{checkup.site} does not answer: {failed}", "Start the app and the web server.")
        return
    if answered.status == 404:
        fix = "Check where the web server leads, ACCT_URL_PREFIX, and that SECRET_KEY is the same in all processes."
        yield fail("Public address", f"{url} is answered by another app, or one with another SECRET_KEY", fix)
        return
    seen = _read(answered.body)
    if answered.status != 200 or seen is None:
        fix = "Look into the log of the web server and of the app."
        yield fail("Public address", f"{url} answers {answered.status}", fix)
        return
    yield ok("Public address", f"{checkup.site} is answered by this app")
    yield from _of_proxies(checkup, seen)
    yield difference("Server's clock", abs(time.time() - float(seen["time"])), "the server's")


def _without_tls(site: str) -> Line:
    if is_loopback(urlsplit(site).hostname):
        fix = "Set ACCT_PUBLIC_URL to the https address when the site goes online."
        return warn("TLS", f"none: {site} is this machine alone", fix)
    return fail("TLS", f"none: {site} is not encrypted", "Use https.")


def _days_left(host: str, port: int, tls: ssl.SSLContext) -> int:
    with (
        socket.create_connection((host, port), timeout=TIMEOUT_SECONDS) as plain,
        tls.wrap_socket(plain, server_hostname=host) as secure,
    ):
        ends: Any = (secure.getpeercert() or {})["notAfter"]
    left = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) - datetime.now(UTC)
    return left.days


def _read(body: bytes) -> Mapping[str, Any] | None:
    try:
        seen = json.loads(body)
    except ValueError:
        return None
    return seen if isinstance(seen, dict) and "visitor" in seen else None


def _of_proxies(checkup: Checkup, seen: Mapping[str, Any]) -> Iterator[Line]:
    """Yield what the app does not see as it is."""
    site = urlsplit(checkup.site)
    found = [*_of_address(site.scheme, site.netloc, seen), *_of_visitor(checkup, str(seen["visitor"]))]
    yield from found
    if not found:
        yield ok("Proxies", f"the app sees {seen['scheme']}://{seen['host']} and the visitor {seen['visitor']}")


def _of_address(scheme: str, host: str, seen: Mapping[str, Any]) -> Iterator[Line]:
    if seen["scheme"] != scheme:
        yield fail("Proxies", f"the app sees {seen['scheme']} where visitors use {scheme}", PROXY_FIX)
    if seen["host"] != host:
        yield warn("Proxies", f"the app sees the host {seen['host']} where visitors use {host}", PROXY_FIX)


def _of_visitor(checkup: Checkup, visitor: str) -> Iterator[Line]:
    if visitor == PRETENDED:
        fix = (
            "Let the outermost proxy replace X-Forwarded-For, nginx: proxy_set_header X-Forwarded-For $remote_addr; "
            "and give ProxyFix(x_for=...) no larger number than there are proxies."
        )
        yield fail("Proxies", "the app believes whatever address a visitor claims, so that limits stop nobody", fix)
    elif _is_proxys(checkup, visitor):
        what = f"the app sees {visitor or 'no address'} for every visitor, so that all share the limits of one"
        yield fail("Proxies", what, PROXY_FIX)
    elif _is_private(visitor) and not _leads_inside(checkup):
        what = f"the app sees {visitor}, an inner address, where this visit came by the public one"
        yield warn("Proxies", f"{what}; that is right only if you are in that network", PROXY_FIX)


def _is_proxys(checkup: Checkup, visitor: str) -> bool:
    """Whether the visitor's address is that of this machine, although the site is elsewhere."""
    if is_loopback(urlsplit(checkup.config.site.public_url).hostname):
        return False
    try:
        return ipaddress.ip_address(visitor).is_loopback and not _is_here(checkup)
    except ValueError:
        return True


def _is_here(checkup: Checkup) -> bool:
    """Whether the site's name leads to loopback on this machine, so that we are a visitor from there."""
    return all(ipaddress.ip_address(address).is_loopback for address in _addresses(checkup))


def _is_private(visitor: str) -> bool:
    return ipaddress.ip_address(visitor).is_private


def _leads_inside(checkup: Checkup) -> bool:
    """Whether the site's name leads to a private network, as inside a company."""
    return any(_is_private(address) for address in _addresses(checkup))


def _addresses(checkup: Checkup) -> list[str]:
    """Return where the site's name leads; nothing if that is unknown."""
    try:
        found = socket.getaddrinfo(urlsplit(checkup.site).hostname, None)
    except OSError:
        return []
    return [str(address[4][0]).partition("%")[0] for address in found]
