"""A mail worker in a process of its own: ``python -m tests.mail.process URL PORT [fork]``.

Without ``fork`` it works in the foreground until SIGTERM. With ``fork`` it starts the mail thread and forks; the child
queues a mail and sends it by a thread of its own. Exits with 0 if that mail was sent.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import UTC, datetime

from flask_acct import features
from flask_acct.config import Config
from flask_acct.db.database import Database, open_engine
from flask_acct.db.models import OutboxMail
from flask_acct.mail import outbox
from flask_acct.mail.smtp import Smtp
from flask_acct.mail.worker import Worker
from flask_acct.values.keys import Keys

from ..scopes import a_scope


class Resting(Smtp):
    """Tells when the worker has nothing to do."""

    def __init__(self, settings: dict[str, str]) -> None:
        super().__init__(settings)
        self.rests = threading.Event()

    def rest(self) -> None:
        super().rest()
        self.rests.set()


def main(url: str, port: str, *how: str) -> int:
    transport = Resting({"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port})
    worker = Worker(
        database=Database(open_engine(url)),
        platforms={None: features.platform(Config())},
        keys=Keys.of("a key of no importance"),
        clock=lambda: datetime.now(UTC),
        answers={},
        transport=transport,
        pause=60 if how else 1,
    )
    if how == ("fork",):
        return _fork(worker, transport.rests)
    worker.run_forever()
    return 0


def _fork(worker: Worker, rests: threading.Event) -> int:
    worker.ensure_running()
    # Fork only while the thread sleeps: if it held a lock inside SQLite, the lock would stay locked in the child.
    rests.wait()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os._exit(0 if _child(worker) else 1)
    finally:
        os._exit(2)


def _child(worker: Worker) -> bool:
    now = datetime.now(UTC)
    slots = {"reference": "R-1", "details": ["x"]}
    with worker.database.transaction() as db:
        mail = outbox.queue(
            a_scope(db, now=now), "recovery.requested", recipient="desk@example.com", locale="en", slots=slots
        )
    worker.ensure_running()
    for _ in range(800):
        with worker.database.session() as db:
            if db.get_one(OutboxMail, mail.id).state == "sent":
                return True
        time.sleep(0.05)
    return False


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
