"""Logs as JSON, one line an event, for programs that collect them: ``ACCT_LOG=json``, or ``configure()``.

Nothing personal is in what we write: no address, name, secret or path, and of an error its class and where it happened,
never its text. What a host logs itself is written as it is.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from flask import Flask, Response, g, has_request_context, request

from .errors import SetupError

REQUEST_ID = "X-Request-ID"
SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""What an id of a proxy's may be: nothing that begins a line or an address."""

EVENT = "acct_event"
"""The attribute of a log record that holds the further fields of its line."""

QUIET = ("live", "ready", "metrics")
"""Addresses that programs ask many times a minute, of which nothing is logged."""

FRAMES = 8
"""How many steps of an error are named, the innermost ones."""

QUIETER = ("werkzeug", "gunicorn.access", "alembic")
"""Loggers of which only warnings are written. Those of servers write each request with its address and whole path: ours
has a line for each instead."""

SERVERS = ("gunicorn.error",)
"""Loggers of servers that would go on writing text."""

log = logging.getLogger("flask_acct.requests")


class UnknownLog(SetupError):
    """``ACCT_LOG`` names no kind of log."""


def configure(level: int = logging.INFO, stream: IO[str] | None = None) -> None:
    """Everything that is logged is written as JSON, one line an event, in place of what was configured before.

    Args:
        level: The least important level that is written.
        stream: Where to. Default: ``sys.stderr``.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIETER:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in (*QUIETER, *SERVERS):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True


def install(app: Flask, wanted: str | None) -> None:
    """The app logs as ``ACCT_LOG`` says. Raises ``UnknownLog``."""
    if not wanted:
        return
    if wanted != "json":
        raise UnknownLog(f"ACCT_LOG = {wanted!r} is no kind of log. Set ACCT_LOG=json, or remove it for text.")
    configure()
    log_requests(app)


def log_requests(app: Flask) -> None:
    """Every request has an id, which its answer carries, and a line when it is answered."""
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    # Called in reverse: after whatever else changes the answer.
    app.after_request_funcs.setdefault(None, []).insert(0, _end)


def request_id() -> str:
    """Return the id of this request: its proxy's, if it named a sane one, else one of our own."""
    if "acct_request_id" not in g:
        sent = request.headers.get(REQUEST_ID, "")
        g.acct_request_id = sent if SANE.fullmatch(sent) else uuid.uuid4().hex
    return str(g.acct_request_id)


class JsonFormatter(logging.Formatter):
    """One line of JSON for each event: ``{"time": "…", "level": "info", "logger": "…", "event": "…"}``."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _message(record),
        }
        if has_request_context():
            line["request_id"] = request_id()
        line |= getattr(record, EVENT, {})
        if record.exc_info and record.exc_info[1] is not None:
            line["errors"] = list(_errors(record.exc_info[1]))
        # ASCII: some programs break lines at U+2028 or U+0085, too.
        return json.dumps(line, default=str)


def _message(record: logging.LogRecord) -> str:
    """Return what is said; for an error that Flask met, without the path, which may hold a secret or a number."""
    if record.exc_info and str(record.msg).startswith("Exception on "):
        return "A request failed"
    return record.getMessage()


def _errors(error: BaseException) -> Iterator[dict[str, Any]]:
    """Yield the class of an error and of those it came from, and where each happened, without their texts."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        frames = traceback.extract_tb(one.__traceback__)[-FRAMES:]
        where = [f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in reversed(frames)]
        yield {"type": type(one).__name__, "at": where, **_told(one)}
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _told(error: BaseException) -> dict[str, str]:
    """Return the reference that a visitor was told, by which support finds the error."""
    notes = " ".join(getattr(error, "__notes__", ()))
    found = re.search(r"told the reference ([0-9a-f]{8})\b", notes)
    return {"reference": found[1]} if found else {}


def _begin() -> None:
    g.acct_log_began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[REQUEST_ID] = request_id()
    if not is_quiet():
        began = g.get("acct_log_began", time.perf_counter())
        log.info("request", extra={EVENT: _facts(response, time.perf_counter() - began)})
    return response


def is_quiet() -> bool:
    """Whether this request is one of those that programs make many times a minute."""
    return (request.endpoint or "").rpartition(".")[2] in QUIET and "/-/" in request.path


def _facts(response: Response, seconds: float) -> dict[str, Any]:
    """Return what is said of a request. Not its path: that may hold a number, a domain or the secret of a link."""
    return {
        "method": request.method if request.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other",
        "endpoint": request.endpoint or "",
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }
