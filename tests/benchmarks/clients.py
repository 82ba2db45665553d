"""Requests that are written beforehand and sent as they are, so that sending them costs next to nothing."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from .visitor import TIMEOUT_SECONDS, TOKEN, Unexpected, Visitor

Request = bytes


def page(visitor: Visitor, path: str) -> Request:
    """Return the request of that page by that visitor."""
    return f"GET {path} HTTP/1.1\r\n{_headers(visitor)}\r\n".encode()


class OpenForm:
    """A form that a visitor has open and sends again and again, filled in differently.

    The page is fetched once; the token and the cookies of its answer go along each time.
    """

    def __init__(self, port: int, path: str, visitor: Visitor | None = None) -> None:
        self.path, self.visitor = path, visitor or Visitor(port)
        found = TOKEN.search(self.visitor.get(path).text)
        if found is None:
            raise Unexpected(f"{path} has no form")
        self.token = found[1]

    def filled(self, form: dict[str, str]) -> Request:
        """Return the request that sends it."""
        body = urlencode({**form, "csrf_token": self.token})
        headers = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return f"POST {self.path} HTTP/1.1\r\n{_headers(self.visitor)}{headers}\r\n{body}".encode()


def send(port: int, requests: Sequence[Request], *, at_once: int, expect: Sequence[int]) -> None:
    """All are answered, so many at the same time. Raises ``Unexpected`` for another status."""
    if at_once == 1:
        _send_in_turn(port, requests, expect)
        return
    with ThreadPoolExecutor(at_once) as pool:
        parts = [requests[start::at_once] for start in range(at_once)]
        for done in [pool.submit(_send_in_turn, port, part, expect) for part in parts]:
            done.result()


def _send_in_turn(port: int, requests: Sequence[Request], expect: Sequence[int]) -> None:
    for request in requests:
        answer = _answer(port, request)
        if int(answer[9:12]) not in expect:
            raise Unexpected(f"{request[:60]!r} was answered by {answer[:30]!r}… {answer[-300:]!r}")


def _answer(port: int, request: Request) -> bytes:
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def _headers(visitor: Visitor) -> str:
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    return (
        f"Host: 127.0.0.1:{visitor.port}\r\nAccept: text/html\r\nAccept-Language: es\r\nConnection: close\r\n"
        f"{f'Cookie: {cookies}' if cookies else 'X-Cookie: none'}\r\n"
    )
