"""A server on loopback for an app of the tests, for a real browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server


@contextmanager
def served(app: Any, certificate: Path | None = None, *, port: int = 0) -> Iterator[int]:
    """Serve the app until the block ends; by TLS with the certificate and key of a file. Yields the port."""
    tls = certificate and (str(certificate), str(certificate))
    server = make_server("127.0.0.1", port, Whole(app), threaded=True, ssl_context=tls)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class Whole:
    """WSGI middleware that reads and closes each response before it is sent.

    If the browser goes away while a response is being sent, Werkzeug's server does not close it, and a file that it was
    sending stays open.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self.app(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            getattr(answer, "close", lambda: None)()


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
