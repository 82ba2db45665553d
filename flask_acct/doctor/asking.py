"""Requests of the doctor's to the site, as a visitor makes them: by its public address, without a proxy of ours."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

TIMEOUT_SECONDS = 10
MOST_BYTES = 1_000_000
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):
    """No server answered. The text says why."""


def ask(url: str, tls: ssl.SSLContext, headers: Mapping[str, str] | None = None) -> Answered:
    """Return what a server answers, without following where it leads. Raises ``NoAnswer``."""
    parts = urlsplit(url)
    try:
        connection = _connection(parts.scheme, parts.hostname or "", parts.port, tls)
        try:
            path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            connection.request("GET", path, headers={"User-Agent": "flask_acct doctor", **(headers or {})})
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answered(response.status, named, response.read(MOST_BYTES))
        finally:
            connection.close()
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer(f"its certificate is not trusted: {error.verify_message}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}".rstrip(": ")) from error


def follow(url: str, tls: ssl.SSLContext) -> Answered:
    """Return the answer at the end of redirects. Raises ``NoAnswer``."""
    for _ in range(MOST_REDIRECTS):
        answered = ask(url, tls)
        if answered.status not in REDIRECTS:
            return answered
        url = urljoin(url, answered.headers.get("location", ""))
    raise NoAnswer("it redirects in a circle")


def _connection(scheme: str, host: str, port: int | None, tls: ssl.SSLContext) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=tls)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
