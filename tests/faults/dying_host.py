"""The sample client area in a process that kills itself at the moment named in the URL: ``POST ...?die=answered``.

Moments of the request: ``before_commit``, its rows are written and not committed; ``after_commit``, they are committed
and the visitor has no answer. Moments of the mail thread, which waits there until the visitor has the whole answer:
``waking``, it is about to begin a transaction; ``answering``, the request is looked up, its token and mail are written
and not committed; ``answered``, they are committed and nothing is sent; ``taken``, the mail server has taken a mail and
the outbox does not say so.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

import sample_app
from flask_acct.mail.outbox import LEASE

LATER = "DYING_HOST_LATER"
"""The environment variable that names a file; once the file exists, the app's clock is past every lease."""

WORKER = "flask-acct-post"
WORK = ("INSERT INTO acct_request", "UPDATE acct_user")
"""The statements by which requests of these tests write their rows, apart from those for rate limits."""
ANSWER_LEAVES_WITHIN_SECONDS = 20


def create_app() -> Flask:
    app = sample_app.create_app()
    app.extensions["acct"].clock = clock(Path(os.environ[LATER]))
    Death().watch(app)
    return app


def clock(later: Path) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + (LEASE * 1.5 if later.exists() else LEASE * 0)


class Death:
    """Kills the process at the moment that a request has named."""

    def __init__(self) -> None:
        self.asked: str | None = None
        """The moment that the current request names."""
        self.armed: str | None = None
        """The same, but only from its commit on, so that the mail thread does not die during earlier work."""
        self.has_written = False
        """Whether the current request has written its rows."""
        self.has_left = threading.Event()
        self.writing = ""
        """The first table that the mail thread's transaction has changed."""

    def watch(self, app: Flask) -> None:
        app.before_request(self.read)
        app.after_request(self.follow)
        engine = app.extensions["acct"].database.engine
        event.listen(engine, "begin", self.begin)
        event.listen(engine, "before_cursor_execute", self.before_statement)
        event.listen(engine, "commit", self.before_commit)
        event.listen(Session, "after_commit", self.after_commit)

    def read(self) -> None:
        self.asked = request.args.get("die") if request.method == "POST" else None
        self.has_written = False

    def follow(self, response: Response) -> Response:
        if self.asked:
            # gunicorn closes a response once all of it has been sent to the visitor.
            response.call_on_close(self.has_left.set)
        return response

    def begin(self, _connection: Connection) -> None:
        if in_worker():
            self.writing = ""

    def before_statement(self, _c: Connection, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not in_worker():
            # A try is counted and committed before the password is checked; the process must not die at that commit.
            self.has_written = self.has_written or statement.startswith(WORK)
            return
        if statement.startswith("BEGIN"):
            self.die_once_answered("waking")
        elif statement.startswith("UPDATE"):
            self.writing = self.writing or statement.split()[1]
            if self.writing == "acct_outbox" and "sent" in parameters:
                self.die_once_answered("taken")

    def before_commit(self, _connection: Connection) -> None:
        if not in_worker():
            if not self.has_written:
                return
            self.die_at("before_commit")
            # Here the request holds SQLite's only lock for writers: the mail thread cannot have seen its rows.
            self.armed = self.asked
        elif self.writing == "acct_request":
            self.die_once_answered("answering")

    def after_commit(self, _session: Session) -> None:
        if not in_worker():
            if self.has_written:
                self.die_at("after_commit")
        elif self.writing == "acct_request":
            self.die_once_answered("answered")

    def die_at(self, moment: str) -> None:
        if self.asked == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def die_once_answered(self, moment: str) -> None:
        if self.armed == moment and self.has_left.wait(ANSWER_LEAVES_WITHIN_SECONDS):
            os.kill(os.getpid(), signal.SIGKILL)


def in_worker() -> bool:
    return threading.current_thread().name == WORKER
