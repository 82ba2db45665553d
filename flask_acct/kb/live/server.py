"""Serves a ``LiveSite`` on this machine, watches for changes, and notifies open pages."""

from __future__ import annotations

import mimetypes
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import quote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from werkzeug.security import safe_join

from ..articles.content import KbError
from . import watching
from .site import LiveSite, Origin

LOOK_SECONDS = 0.25
"""How often files are checked."""

SETTLE_SECONDS = 0.1
"""An editor writes a file in several steps, and a checkout many files."""

CHECK_AFTER_SECONDS = 0.7
"""The checks of ``kb check`` run after the open page had time to load."""

POLL_SECONDS = 25

NEWS = "/~news/"
"""Where an open page learns that it may have changed."""

MOST_DIGITS = 9
"""Digits of a revision: one for each time that something was saved."""

SCRIPT = """
<script>
(() => {
  let busy = false;
  const ask = async () => {
    if (busy || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch("/~news/%s");
      if (answer.ok && (await answer.text()) !== "%s") return location.reload();
    } catch { await new Promise((done) => setTimeout(done, 1000)); }
    busy = false;
    ask();
  };
  document.addEventListener("visibilitychange", ask);
  addEventListener("load", ask);
})();
</script>
"""

BOX = """
<section id="acct-to-mend" role="alert" style="position:sticky;top:0;z-index:99;max-height:45vh;overflow:auto;
padding:.8rem 1.2rem;background:#fff4ce;color:#1b1b1b;border-bottom:3px solid #b3261e;font:15px/1.5 sans-serif">
<strong>To be mended. Below is the page as it was or as it can be.</strong>
<ul style="margin:.4rem 0 0;padding-left:1.2rem">{items}</ul></section>
"""

EMPTY = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Help</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><p>{text}</p></body></html>
"""

Respond = Callable[..., Any]


@dataclass
class Pages:
    """A WSGI app: the pages of the live site, each with its problems and with the script that reloads it."""

    site: LiveSite
    also: Path | None = None
    """A folder with more than the languages, such as pages for developers."""
    started: str = field(default_factory=lambda: f"{time.time_ns():x}")

    def __call__(self, environ: dict[str, Any], respond: Respond) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _answer(respond, "405 Method Not Allowed", "text/plain; charset=utf-8", b"This is only read.")
        if path.startswith(NEWS):
            return _answer(respond, "200 OK", "text/plain; charset=utf-8", self._news(path).encode())
        status, kind, body = self._page(path)
        if kind == "location":
            return _answer(respond, "302 Found", "text/plain", b"", Location=quote(body.decode()))
        return _answer(respond, status, kind, body)

    @property
    def stamp(self) -> str:
        return f"{self.started}-{self.site.revision}"

    def _news(self, path: str) -> str:
        known = path.removeprefix(NEWS).rpartition("-")
        if known[0] == self.started and known[2].isdecimal() and len(known[2]) <= MOST_DIGITS:
            self.site.wait(int(known[2]), POLL_SECONDS)
        return self.stamp

    def _page(self, path: str) -> tuple[str, str, bytes]:
        # Taken first: a change while the page is being made must make it reload.
        stamp = self.stamp
        tag = path.lstrip("/").partition("/")[0]
        if path == "/" and self.site.choice:
            return self._whole(self.site.choice.encode(), self.site.problems(), stamp)
        if tag in self.site.tags:
            with self.site.language(tag) as (folder, problems):
                return self._file(folder.parent, path, stamp, problems) or self._missing(folder, stamp, problems)
        found = self._file(self.also, path, stamp, self.site.problems()) if self.also and self.site.tags else None
        return found or self._missing(None, stamp, self.site.problems())

    def _file(self, root: Path, path: str, stamp: str, problems: tuple[str, ...]) -> tuple[str, str, bytes] | None:
        name = safe_join(str(root), path.lstrip("/"))
        if name is None or "\0" in name:
            return None
        if os.path.isdir(name):  # noqa: PTH112
            if not path.endswith("/"):
                return "302 Found", "location", f"{path}/".encode()
            name = f"{name}/index.html"
        if not os.path.isfile(name):  # noqa: PTH113
            return None
        body = Path(name).read_bytes()
        return self._whole(body, problems, stamp) if name.endswith(".html") else ("200 OK", _kind(name), body)

    def _missing(self, folder: Path | None, stamp: str, problems: tuple[str, ...]) -> tuple[str, str, bytes]:
        """Return a page that says there is none; if nothing could be built at all, with the problems."""
        page = folder / "404.html" if folder else None
        has_page = page is not None and page.is_file()
        text = "There is no such page." if has_page or not problems else "There is no page yet."
        body = page.read_bytes() if page and has_page else EMPTY.format(text=text).encode()
        status = "200 OK" if problems and not has_page else "404 Not Found"
        return (status, *self._whole(body, problems, stamp)[1:])

    def _whole(self, body: bytes, problems: tuple[str, ...], stamp: str) -> tuple[str, str, bytes]:
        script = (SCRIPT % (stamp, stamp)).encode()
        box = BOX.format(items="".join(f"<li>{escape(line)}</li>" for line in problems)).encode() if problems else b""
        begin = body.find(b">", body.find(b"<body")) + 1 if b"<body" in body else 0
        end = body.rfind(b"</body>")
        end = len(body) if end < begin else end
        whole = b"".join((body[:begin], box, body[begin:end], script, body[end:]))
        return "200 OK", "text/html; charset=utf-8", whole


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: what matters is shown on the pages."""

    def handle(self) -> None:
        # A browser that has gone to another page does not wait for the rest.
        with suppress(ConnectionError):
            super().handle()


class _Http(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        # Without the look-up of a name for the address, which may take seconds.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class LiveServer:
    """The site on an address of this machine, until Ctrl-C.

    It also replaces MkDocs' own server, whose methods ``serve`` and ``shutdown`` it has.

    Args:
        before: Called with the changed files, before the site is rebuilt.
    """

    def __init__(
        self,
        origin: Origin,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        also: Path | None = None,
        report: Callable[[str], object] = print,
        before: Callable[[frozenset[str]], object] = lambda _: None,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="acct-live-"))
        self.site = LiveSite(origin, self._folder)
        self.pages = Pages(self.site, also)
        self._where = (host, port)
        self._report, self._before = report, before
        self._ended = threading.Event()
        self._http: _Http | None = None

    @property
    def url(self) -> str:
        host, port = self._where[0], self._http.server_port if self._http else self._where[1]
        return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    def serve(self, *, open_in_browser: bool = False) -> None:
        """Pages are served and changes are watched for, until Ctrl-C or the end of the process."""
        with ExitStack() as stack:
            stack.callback(self.shutdown)
            http = self._http = self._bound()
            before = watching.seen(self.site.watched)
            self.site.refresh()
            threading.Thread(target=http.serve_forever, args=(0.1,), daemon=True).start()
            self._report(f"The help site is at {self.url}. It follows every change. Ctrl-C ends it.")
            if open_in_browser:
                webbrowser.open(self.url)
            if threading.current_thread() is threading.main_thread():
                stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _end))
            with suppress(KeyboardInterrupt):
                self._follow(before)

    def shutdown(self, wait: bool = False) -> None:
        """Nothing is served any more, and the pages are deleted."""
        self._ended.set()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _bound(self) -> _Http:
        """Return the open socket. Raises ``KbError`` if it cannot be opened."""
        host, port = self._where
        kind = type("_Http6", (_Http,), {"address_family": socket.AF_INET6}) if ":" in host else _Http
        try:
            http: _Http = kind((host, port), _Handler)
        except OSError as error:
            why = error.strerror or str(error)
            raise KbError(f"cannot serve on port {port} of {host}: {why}. Name another port or address.") from None
        http.set_app(self.pages)
        return http

    def _follow(self, before: watching.Seen) -> None:
        """Changes are watched for until the end."""
        last = -1.0
        is_checked = False
        self._report_problems()
        before = watching.seen(self.site.watched)
        while not self._ended.wait(LOOK_SECONDS):
            now = watching.seen(self.site.watched)
            if files := watching.changed(before, now):
                before = self._when_quiet(now)
                self._report(f"Changed: {', '.join(sorted(_near(file) for file in files)[:3])}")
                self._before(files)
                self.site.refresh()
                last, is_checked = time.monotonic(), False
            elif not is_checked and time.monotonic() - last > CHECK_AFTER_SECONDS:
                is_checked = True
                self.site.check()
                self._report_problems()
            elif is_checked:
                self.site.try_again()

    def _when_quiet(self, now: watching.Seen) -> watching.Seen:
        """Return the state of the files when nobody has written for a moment."""
        for _ in range(20):
            before = now
            if self._ended.wait(SETTLE_SECONDS):
                break
            now = watching.seen(self.site.watched)
            if now == before:
                break
        return now

    def _report_problems(self) -> None:
        for line in self.site.problems():
            self._report(line)


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def _near(file: str) -> str:
    with suppress(ValueError):
        return str(Path(file).relative_to(Path.cwd()))
    return file


def _kind(name: str) -> str:
    if name.endswith(".md"):
        return "text/markdown; charset=utf-8"
    if name.endswith((".js", ".mjs")):
        return "text/javascript; charset=utf-8"
    guess = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{guess}; charset=utf-8" if guess.startswith("text/") else guess


def _answer(respond: Respond, status: str, kind: str, body: bytes, **more: str) -> Iterable[bytes]:
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store", **more}
    respond(status, list(headers.items()))
    return [body]
