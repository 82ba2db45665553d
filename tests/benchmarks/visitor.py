"""A visitor of a running app: plain HTTP/1.1, cookies, and forms sent with their token."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

TIMEOUT_SECONDS = 60
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Unexpected(Exception):
    """The app gave another response than the benchmark is meant to measure."""


@dataclass(frozen=True)
class Reply:
    status: int
    location: str
    text: str


@dataclass
class Visitor:
    """A browser with what a benchmark needs. Each request opens a connection, because sync workers close them."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Reply:
        headers = {"Accept-Language": "es", "Accept": "text/html", "Connection": "close"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, headers)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie") or ():
            self._keep(cookie)
        return Reply(response.status, response.headers.get("Location", ""), body.decode())

    def get(self, path: str) -> Reply:
        """Return the page. Raises ``Unexpected`` unless the status is 200."""
        return _expect(self.ask("GET", path), 200, path)

    def send(self, path: str, *, expect: int = 303, **form: str) -> Reply:
        """Send the form of a page with its token. Raises ``Unexpected`` if the response has another status."""
        return _expect(self.ask("POST", path, {**form, "csrf_token": self.token(path)}), expect, path)

    def token(self, path: str) -> str:
        found = TOKEN.search(self.get(path).text)
        if found is None:
            raise Unexpected(f"{path} has no form")
        return found[1]

    def _keep(self, set_cookie: str) -> None:
        for name, morsel in SimpleCookie(set_cookie).items():
            if morsel.value:
                self.cookies[name] = morsel.value
            else:
                self.cookies.pop(name, None)


def crowd(tasks: list[Callable[[], object]], at_once: int = 3) -> None:
    """Run all tasks, a few at the same time, so that the server always has another request waiting."""
    with ThreadPoolExecutor(at_once) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result()


def _expect(reply: Reply, status: int, path: str) -> Reply:
    if reply.status != status:
        raise Unexpected(f"{path} answered {reply.status}, not {status}: {reply.text[-300:]}")
    return reply
