"""Kill a mail worker by SIGKILL at three points of its conversation, many times, and count what became of the mails.

    python tests/faults/kill_worker.py --times 30

Each time three mails are queued; a worker in a new process is killed while it delivers the first; then another worker,
whose clock is two minutes later, delivers the rest. Prints for each point how many mails were lost, how many came
twice, and whether those that came twice share a Message-ID. Exits with 1 if any mail was lost, came twice although the
process died before the 250, or came twice with different Message-IDs.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

from fake_smtp import POINTS, FakeServer, Point

from flask_acct import features
from flask_acct.config import Config
from flask_acct.db import models
from flask_acct.db.database import Database, open_engine
from flask_acct.mail import outbox
from flask_acct.mail.smtp import Smtp
from flask_acct.mail.worker import Worker
from flask_acct.scope import Scope
from flask_acct.security import tokens
from flask_acct.testing.records import add_user
from flask_acct.values.keys import Keys

KEYS = Keys.of("an-example-key-for-fault-tests-0123456789")
MAILS = 3


@dataclass
class Count:
    """What became of the mails when the worker was killed at one point."""

    point: Point
    kills: int = 0
    mails: int = 0
    lost: int = 0
    twice: int = 0
    two_ids: int = 0
    """Mails that came twice under different Message-IDs."""

    @property
    def is_good(self) -> bool:
        may_come_twice = self.kills if self.point == "after_250" else 0
        return self.lost == 0 and self.two_ids == 0 and self.twice <= may_come_twice

    def __str__(self) -> str:
        return (
            f"{self.point:<12} kills {self.kills:>3}   mails {self.mails:>3}   lost {self.lost}   "
            f"came twice {self.twice:>2}   under two Message-IDs {self.two_ids}"
        )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--victim", nargs=2, metavar=("URL", "PORT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.victim:
        worker(options.victim[0], int(options.victim[1])).run_forever()
        return 0
    counts = [kill_at(point, options.times) for point in POINTS]
    print("\n".join(str(count) for count in counts))
    return 0 if all(count.is_good for count in counts) else 1


def kill_at(point: Point, times: int) -> Count:
    count = Count(point)
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            _kill_once(f"sqlite:///{Path(folder) / 'acct.db'}", count)
    return count


def _kill_once(url: str, count: Count) -> None:
    server = FakeServer()
    posted = _put_mails(url)
    server.arm(count.point)
    victim = subprocess.Popen([sys.executable, __file__, "--victim", url, str(server.port)])
    try:
        if not server.reached.wait(60):
            raise RuntimeError("the worker never came to the point where it is killed")
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        server.go.set()
    rescuer = worker(url, server.port, ahead=outbox.LEASE)
    end = time.monotonic() + 60
    while _waits(rescuer.database) and time.monotonic() < end:
        rescuer.run_once()
        time.sleep(0.05)
    rescuer.database.engine.dispose()
    server.close()
    _add(count, posted, server.taken)


def _waits(database: Database) -> bool:
    with database.session() as db:
        counts = outbox.waiting(db).counts
    return bool(counts.get("queued") or counts.get("leased"))


def worker(url: str, port: int, ahead: timedelta = timedelta(0)) -> Worker:
    return Worker(
        database=Database(open_engine(url)),
        platforms={None: features.platform(Config())},
        keys=KEYS,
        clock=lambda: datetime.now(UTC) + ahead,
        answers={},
        transport=Smtp({"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port}),
    )


def _put_mails(url: str) -> set[str]:
    """Three mails with links are queued. Returns their addresses, which tell them apart."""
    now = datetime.now(UTC)
    database = Database(open_engine(url))
    models.metadata.create_all(database.engine)
    with database.transaction() as db:
        for number in range(MAILS):
            _put_mail(f"user{number}", db=db, now=now)
    database.engine.dispose()
    return {f"user{number}@example.com" for number in range(MAILS)}


def _put_mail(name: str, *, db: outbox.Session, now: datetime) -> None:
    scope = Scope(db, features.platform(Config()), KEYS, now)
    user = add_user(scope, f"{name}@example.com", username=name, has_password=False)
    token = tokens.issue(scope, "password_link", user=user, lifetime=timedelta(hours=1))
    outbox.queue_for_user(scope, "recovery.reset", to=user, token=token, slots={"username": name})


def _add(count: Count, posted: set[str], taken: list[bytes]) -> None:
    messages = [message_from_bytes(wire) for wire in taken]
    arrived = Counter(str(message["To"]) for message in messages)
    ids = {(str(message["To"]), str(message["Message-ID"])) for message in messages}
    count.kills += 1
    count.mails += len(posted)
    count.lost += len(posted - set(arrived))
    count.twice += sum(number - 1 for number in arrived.values())
    count.two_ids += len(ids) - len(arrived)


if __name__ == "__main__":
    sys.exit(main())
